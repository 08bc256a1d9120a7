"""Cancel: thrown at every await, and what a function may still do then."""

from tests.core.stage import Stage, waiting

from chinwag import Chat
from chinwag.core.conversation import CANCELLED, FAILED, WAITING


async def fetch(city: str) -> list[str]:
    return [city]


def test_cancel_throws_at_the_await_and_finally_says() -> None:
    async def asks(chat: Chat) -> None:
        try:
            await chat.ask("?")
        finally:
            await chat.say("bye")

    stage = Stage(asks).begin().cancel()
    assert (stage.status, stage.words, stage.decoded()[1].cause) == (CANCELLED, ["bye"], "cancel")


def test_a_cancelled_step_is_stopped() -> None:
    async def steps(chat: Chat) -> None:
        await chat.step(fetch, "Ulm")

    stage = Stage(steps).begin().cancel()
    assert (stage.status, stage.now.more().stopped) == (CANCELLED, ["0"])


def test_a_swallowed_cancel_lets_the_conversation_go_on() -> None:
    async def stubborn(chat: Chat) -> None:
        try:
            await chat.ask("one?")
        except BaseException:  # noqa: BLE001
            await chat.say("no")
        await chat.ask("two?")

    stage = Stage(stubborn).begin().cancel()
    assert (stage.status, stage.words) == (WAITING, ["no", "two?"])
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)
    assert stage.cancel().status == CANCELLED


def test_finally_may_ask_and_a_second_cancel_is_thrown_there() -> None:
    async def asks(chat: Chat) -> None:
        try:
            await chat.ask("?")
        finally:
            try:
                await chat.ask("Save?")
            finally:
                await chat.say("gone")

    stage = Stage(asks).begin().cancel()
    assert (stage.status, stage.words) == (WAITING, ["Save?"])
    twin = stage.woken()
    assert waiting(twin.conversation) == waiting(stage.conversation)
    assert (stage.hear("yes").status, stage.words) == (CANCELLED, ["gone"])
    assert (twin.cancel().status, twin.words) == (CANCELLED, ["gone"])


def test_an_error_in_finally_under_cancel_fails() -> None:
    async def asks(chat: Chat) -> None:
        try:
            await chat.ask("?")
        finally:
            raise ValueError("in finally")

    stage = Stage(asks).begin().cancel()
    assert (stage.status, str(stage.error)) == (FAILED, "in finally")
