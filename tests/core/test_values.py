"""Addresses go to a string and back; an arrival shows a conversation its part."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chinwag import Address, Attachment, Message
from chinwag.core.values import Arrival, address

parts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@given(parts, parts)
@example("a/b%", "c/d%")
@example("plain", "plain")
def test_an_address_comes_back(room: str, user: str) -> None:
    text = address("net:bot", room, user)
    assert text.count("/") == 2
    assert Address.parse(text) == Address("net:bot", room, user)
    assert str(Address.parse(text)) == text


@pytest.mark.parametrize("text", ["", "a", "a/b", "a/b/c/d", "a//c", "/b/c", "a/b/"])
def test_an_address_has_three_parts(text: str) -> None:
    with pytest.raises(ValueError, match="is written account/room/user"):
        Address.parse(text)


def test_an_arrival_shows_a_message() -> None:
    cat = Attachment("image", b"x")
    arrival = Arrival("net:bot", "room", "ann", "/order two pizzas", name="Ann", attachments=(cat,))
    assert arrival.message("two pizzas") == Message("/order two pizzas", "ann", "Ann", "two pizzas", (cat,))
