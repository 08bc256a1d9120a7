"""What ``--dry-run`` prints: a line a post, as the network would part it."""

import io
import re

import pytest

from chinwag.cli.networks import kind
from chinwag.cli.rehearsal import Rehearsal
from chinwag.core.errors import Refused
from chinwag.core.values import Attachment, Outgoing

WORDS = " ".join(f"word{number:04}" for number in range(700))


def printed(network: str, text: str, room: str = "-", **more: object) -> list[str]:
    out = io.StringIO()
    message = Outgoing(7, f"{network}:a", room, room.removeprefix("@"), text=text, **more)  # type: ignore[arg-type]
    assert Rehearsal(f"{network}:a", out, kind(network).parts).send(message).ref == "7"
    return [re.sub(r"^\d\d:\d\d:\d\d  ", "", line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(("network", "longest"), [("mastodon", 500), ("x", 280), ("telegram", 4096), ("line", 5000)])
def test_a_long_text_is_shown_in_its_parts(network: str, longest: int) -> None:
    lines = printed(network, WORDS)
    count = len(lines)
    assert count == -(-len(WORDS) // longest)
    texts = [line.removeprefix(f"{network}:a  [{n} of {count}] ") for n, line in enumerate(lines, 1)]
    assert " ".join(text.strip() for text in texts) == WORDS
    assert all(longest - 10 < len(text) <= longest for text in texts[:-1])


@pytest.mark.parametrize("network", ["mastodon", "x", "telegram", "line", "xmpp", "amqp"])
def test_a_short_text_is_one_line(network: str) -> None:
    assert printed(network, "one\ntwo", "@ann", choices=("a", "b")) == [
        f"{network}:a to @ann  [0) a] [1) b] one \u23ce two"
    ]


def test_what_comes_along_stands_at_the_first_part() -> None:
    first, second = printed("x", WORDS[:300], attachments=(Attachment("image", b"abc", "", "a.png"),), warning="long")
    assert first.startswith("x:a  [warning: long] [image a.png] [1 of 2] word0000")
    assert second.startswith("x:a  [2 of 2] word")


def test_each_part_of_an_answer_begins_with_whom_it_is_for() -> None:
    lines = printed("mastodon", WORDS[:600], "@ann@a.example")
    assert [line[:50] for line in lines] == [
        "mastodon:a to @ann@a.example  [1 of 2] @ann@a.exam",
        "mastodon:a to @ann@a.example  [2 of 2] @ann@a.exam",
    ]


def test_what_the_network_would_refuse_is_refused() -> None:
    with pytest.raises(Refused, match="leaves no room for words"):
        printed("mastodon", "short", warning="w" * 490)


def test_an_edit_is_shown_whole() -> None:
    assert printed("x", WORDS, act="edit") == [f"x:a  [edit] {WORDS}"]
