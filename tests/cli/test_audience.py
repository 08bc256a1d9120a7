"""Whom an account speaks to, and whether it listens."""

import pytest

from chinwag import Bot, Chat
from chinwag.cli.audience import addressed, hears
from chinwag.core.errors import UsageError


def test_a_recipient_without_a_zone_lives_in_this_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert addressed("x:a", "@42", "42", "") == ("x:a/@42/42", "Asia/Tokyo")
    assert addressed("x:a", "-", "-", "Europe/Berlin") == ("x:a/-/-", "Europe/Berlin")


def test_a_zone_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="Mars/Base"):
        addressed("x:a", "42", "42", "Mars/Base")


async def sheep(chat: Chat) -> None:
    await chat.say("baa")


def test_a_bot_that_only_posts_does_not_listen() -> None:
    bot = Bot("sheep")
    bot.always()(sheep)
    assert not hears(bot, joins=True)
    bot.on_text("next")(sheep)
    assert hears(bot)


def test_who_greets_listens_where_the_network_tells_who_joins() -> None:
    bot = Bot("sheep")
    bot.on_join()(sheep)
    assert hears(bot, joins=True)
    assert not hears(bot)
