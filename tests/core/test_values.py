"""Addresses go to a string and back; an arrival shows a conversation its part."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chinwag import Address, Attachment, Message
from chinwag.core.values import Arrival, address, writable

parts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@given(parts, parts)
@example("a/b%", "c/d%")
@example("plain", "plain")
def test_an_address_comes_back(room: str, user: str) -> None:
    text = address("net:bot", room, user)
    assert text.count("/") == 2
    assert Address.parse(text) == Address("net:bot", room, user)
    assert str(Address.parse(text)) == text


def test_what_needs_no_escape_has_none() -> None:
    assert address("net:bot", "a b:c@d", "100 %") == "net:bot/a b:c@d/100 %25"
    assert address("net:bot", "50%", "a/b") == "net:bot/50%25/a%2Fb"


@pytest.mark.parametrize("text", ["", "a", "a/b", "a/b/c/d", "a//c", "/b/c", "a/b/"])
def test_an_address_has_three_parts(text: str) -> None:
    with pytest.raises(ValueError, match="is written account/room/user"):
        Address.parse(text)


def test_an_arrival_shows_a_message() -> None:
    cat = Attachment("image", b"x")
    arrival = Arrival("net:bot", "room", "ann", "/order two pizzas", name="Ann", attachments=(cat,))
    assert arrival.message("two pizzas") == Message("/order two pizzas", "ann", "Ann", "two pizzas", (cat,))


def test_an_edit_shows_that_it_is_one() -> None:
    assert Arrival("net:bot", "room", "ann", "a", event="edit").message() == Message("a", "ann", edited=True)
    assert not Arrival("net:bot", "room", "ann", "a").message().edited


def test_a_text_that_cannot_be_written_is_made_so() -> None:
    arrival = Arrival("net:bot", "room", "ann", "Zürich", id="7")
    assert writable(arrival) is arrival
    assert writable(Arrival("net:bot", "room", "ann", "Z\ud800!", id="7")) == Arrival(
        "net:bot", "room", "ann", "Z?!", id="7"
    )
