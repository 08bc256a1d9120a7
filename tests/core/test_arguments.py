"""What the handle's methods are given is checked, and comes out as one of few kinds."""

import pytest

from chinwag import UsageError
from chinwag.core.arguments import LONGEST_TEXT, words
from chinwag.core.markup import Styled, bold


class Words(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("text", "kind"), [("a", str), ("Zürich", str), (Words("Zürich"), str), (Words("a"), str), (bold("a"), Styled)]
)
def test_a_text_comes_out_plain_or_styled(text: str, kind: type) -> None:
    assert (words(text, "chat.say"), type(words(text, "chat.say"))) == (text, kind)


@pytest.mark.parametrize("letter", ["x", "ü"])
def test_the_longest_text_is_no_longer_than_the_limit(letter: str) -> None:
    assert len(words(letter * LONGEST_TEXT, "chat.say")) == LONGEST_TEXT
    with pytest.raises(UsageError, match=r"chat\.say got 100,001 characters; 100,000 is the limit"):
        words(letter * (LONGEST_TEXT + 1), "chat.say")
