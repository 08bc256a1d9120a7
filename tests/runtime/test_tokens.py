"""Reply tokens: who gets one, and that each is handed out once."""

import pytest

from chinwag.core.values import EVERYBODY, Arrival, Outgoing
from chinwag.runtime import tokens
from chinwag.runtime.tokens import Tokens


class Network:
    """Takes every token but an old one."""

    def known_until(self, message: Outgoing, begun: int) -> int:
        return 0 if message.reply == "old" else begun + 1


def heard(user: str, ref: str, room: str = "room") -> Arrival:
    return Arrival("line:x", room, user, "hi", ref=ref)


def answered(found: Tokens, user: str, room: str = "room", reply: str = "", act: str = "say") -> str:
    message = Outgoing(1, "line:x", room, user, act, "hello", reply=reply)  # type: ignore[arg-type]
    return found.answer(message, Network(), 7).reply


def test_each_is_handed_out_once_and_the_newest_first() -> None:
    found = Tokens()
    found.heard(heard("ann", "one"))
    found.heard(heard("ann", "two"))
    found.heard(heard("bob", "three"))
    found.heard(heard("bob", ""))
    assert [answered(found, "ann"), answered(found, "ann"), answered(found, "bob")] == ["two", "", "three"]


def test_the_whole_room_gets_the_newest_of_all() -> None:
    found = Tokens()
    for user, ref in (("ann", "one"), ("bob", "two"), ("ann", "three")):
        found.heard(heard(user, ref))
    assert [answered(found, EVERYBODY) for _ in range(3)] == ["three", "two", ""]
    assert answered(found, EVERYBODY, "elsewhere") == ""


def test_an_edit_needs_none_and_what_is_old_or_used_is_none() -> None:
    found = Tokens()
    found.heard(heard("ann", "one"))
    assert answered(found, "ann", act="edit", reply="as it was") == "as it was"
    assert answered(found, "ann", reply="of a message in a group") == "one"
    assert answered(found, "ann", reply="of a message in a group") == ""
    found.heard(heard("ann", "old"))
    assert answered(found, "ann") == ""
    found.heard(heard("ann", "two"))
    found.used(heard("ann", "two"))
    assert answered(found, "ann") == ""


def test_they_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_ROOMS", 2)
    found = Tokens()
    for room in ("one", "two", "one", "three"):
        found.heard(heard("ann", f"in {room}", room))
    assert [answered(found, "ann", room) for room in ("one", "two", "three")] == ["in one", "", "in three"]
