"""Posts: a visibility, a content warning, and a description of what is attached."""

import pytest
from tests.core.stage import Stage

from chinwag import Chat, bold
from chinwag.core.conversation import Manner
from chinwag.core.values import Attachment, Outgoing, Span


def said(*, posts: bool) -> list[Outgoing]:
    async def post(chat: Chat) -> None:
        await chat.say(bold("Burn") + " bright", visibility="unlisted", warning="fire")
        await chat.say("plain")
        await chat.say(image=b"png", description="A tiger.")

    stage = Stage(post, manner=Manner(posts=posts)).begin()
    assert stage.turn is not None
    return [message for message, _ in stage.turn.says]


def test_a_post_has_its_visibility_and_its_warning() -> None:
    first, second, third = said(posts=True)
    assert (first.text, first.visibility, first.warning) == ("Burn bright", "unlisted", "fire")
    assert (second.visibility, second.warning) == ("", "")
    assert third.attachments == (Attachment("image", b"png", description="A tiger."),)


def test_where_nothing_is_folded_away_the_warning_stands_above() -> None:
    first, *_ = said(posts=False)
    assert (first.text, first.visibility, first.warning) == ("fire\n\nBurn bright", "", "")
    assert first.spans == (Span(6, 4, "bold"),)


@pytest.mark.parametrize("posts", [True, False])
def test_a_visibility_alone_changes_no_words(posts: bool) -> None:  # noqa: FBT001 - a parameter of a test
    async def post(chat: Chat) -> None:
        await chat.say("Burn", visibility="private")

    stage = Stage(post, manner=Manner(posts=posts)).begin()
    assert stage.turn is not None
    assert [(message.text, message.visibility) for message, _ in stage.turn.says] == [
        ("Burn", "private" if posts else "")
    ]


def test_a_warning_alone_is_no_less_of_one() -> None:
    async def post(chat: Chat) -> None:
        await chat.say("Burn", warning="fire")

    posted = Stage(post, manner=Manner(posts=True)).begin()
    above = Stage(post).begin()
    assert [(message.text, message.visibility, message.warning) for message, _ in posted.now.says] == [
        ("Burn", "", "fire")
    ]
    assert [(message.text, message.warning) for message, _ in above.now.says] == [("fire\n\nBurn", "")]


def test_a_file_of_the_disk_keeps_its_description() -> None:
    async def post(chat: Chat) -> None:
        await chat.say(image="tiger.png", description="A tiger.")

    (message, _), *_ = Stage(post).begin().now.says
    assert message.attachments == (Attachment("image", b"", "tiger.png", "tiger.png", "A tiger."),)
