"""Long polling with an answer for every question: the offset, the pauses, and the words for each trouble."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from chinwag.core.errors import Refused, Unreachable
from chinwag.networks.telegram import polling as module
from chinwag.networks.telegram.client import BadToken
from chinwag.networks.telegram.outgoing import Call
from chinwag.networks.telegram.polling import Polling
from chinwag.networks.telegram.window import Window
from chinwag.networks.telegram.wire import ALLOWED, Reader, Update
from chinwag.transport.pauses import Pauses

TERMINATED = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
HOOKED = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


def updates(*numbers: int) -> tuple[int, bytes]:
    found = [{"update_id": number, "message": hello(number)} for number in numbers]
    return 200, json.dumps({"ok": True, "result": found}).encode()


def hello(number: int) -> dict[str, Any]:
    return {"message_id": number, "date": 0, "chat": {"id": 1, "type": "private"}, "from": {"id": 1}, "text": "hello"}


def refusal(code: int, words: str, **parameters: Any) -> tuple[int, bytes]:
    body = {"ok": False, "error_code": code, "description": words, "parameters": parameters}
    return code, json.dumps(body).encode()


class Telegram:
    """Answers polls as planned, then never again; hands over what came, and is told what is durable."""

    def __init__(self, *answers: tuple[int, bytes] | Exception) -> None:
        self.answers = list(answers)
        self.polls: list[dict[str, Any]] = []
        self.calls: list[Call] = []
        self.slept: list[float] = []
        self.handed: list[int] = []
        self.window = Window()
        self.over = asyncio.Event()
        self.refusing: Exception | None = None
        pauses = Pauses("telegram:mybot", "Telegram", self._sleep, lambda: 0.5)
        reader: Any = Reader("telegram:mybot", 1, "mybot")
        client: Any = self
        self.polling = Polling(client, reader, self.window, self._take, pauses)

    async def fetch(self, parameters: dict[str, Any], wait: float) -> tuple[int, bytes]:
        assert wait == parameters["timeout"]
        self.polls.append(parameters)
        if not self.answers:
            self.over.set()
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def call(self, call: Call) -> bool:
        self.calls.append(call)
        if self.refusing is not None:
            raise self.refusing
        return True

    def scrub(self, text: str) -> str:
        return text

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def _take(self, update: Update) -> bool:
        new = bool(update.number) and self.window.enter(update.number, len(update.events))
        self.handed += [update.number] if new else []
        return new

    async def run(self, then: Callable[[], None] = lambda: None) -> None:
        """Poll until all planned answers were given."""
        running = asyncio.create_task(self.polling.run())
        while not self.over.is_set() and not running.done():
            then()
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        if not running.cancelled():
            running.result()

    @property
    def offsets(self) -> list[int]:
        return [poll["offset"] for poll in self.polls]


async def test_the_offset_waits_for_the_commit() -> None:
    telegram = Telegram(updates(5, 6, 7), updates(8))
    order = [6, 7, 5, 8]

    def commit() -> None:
        if telegram.handed[-1:] and order and order[0] <= telegram.handed[-1]:
            assert len(telegram.polls) == (1 if order[0] < 8 else 2), "it polls on before the commit"
            telegram.window.settle(order.pop(0))

    await telegram.run(commit)
    assert telegram.offsets == [0, 8, 9]
    assert telegram.polls[0] == {"offset": 0, "timeout": 30, "limit": 100, "allowed_updates": ALLOWED}
    assert telegram.slept == []


async def test_an_update_without_a_commit_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0)
    telegram = Telegram(updates(5), updates(5, 6), updates(5, 6), updates(5, 6))
    await telegram.run()
    assert telegram.handed == [5, 6]
    assert telegram.offsets == [0, 5, 5, 5, 5]
    assert [poll["timeout"] for poll in telegram.polls] == [30, 0, 0, 0, 0]
    assert telegram.slept == [1.0, 1.0], "nothing new came, so it waits a while"
    assert caplog.messages == ["telegram:mybot: 1 updates wait for their commit."]


async def test_an_empty_answer_that_did_not_wait_is_waited_for() -> None:
    telegram = Telegram(updates(), updates())
    await telegram.run()
    assert telegram.slept == [1.0, 1.0]


@pytest.mark.parametrize("answer", [(200, b'{"ok":true,"result":[{"update_id":"x"}]}')])
async def test_what_cannot_even_be_counted_is_no_storm(answer: tuple[int, bytes]) -> None:
    telegram = Telegram(answer, answer)
    await telegram.run()
    assert telegram.slept == [1.0, 1.0]


async def test_trouble_is_told_once_and_tried_again_ever_more_slowly(caplog: pytest.LogCaptureFixture) -> None:
    lost, page = Unreachable("no route"), (502, b"<html>")
    telegram = Telegram(lost, lost, lost, page, refusal(500, "oops"), updates(), lost)
    await telegram.run()
    assert telegram.slept == [0.75, 1.5, 3.0, 6.0, 12.0, 1.0, 0.75]
    assert caplog.messages == [
        "telegram:mybot: Telegram cannot be reached (no route). Trying again, nothing is lost.",
        "telegram:mybot: Telegram has trouble (502: this is no JSON). Trying again, nothing is lost.",
        "telegram:mybot: Telegram has trouble (500: oops). Trying again, nothing is lost.",
        "telegram:mybot: Telegram answers again.",
        "telegram:mybot: Telegram cannot be reached (no route). Trying again, nothing is lost.",
    ]


async def test_no_pause_is_longer_than_a_minute() -> None:
    telegram = Telegram(*[Unreachable("no route")] * 100)
    await telegram.run()
    assert max(telegram.slept) == 45.0


async def test_slow_down() -> None:
    telegram = Telegram(refusal(429, "Too Many Requests: retry after 17", retry_after=17))
    await telegram.run()
    assert telegram.slept == [17.0]


async def test_a_bad_token_ends_it() -> None:
    telegram = Telegram(refusal(401, "Unauthorized"))
    with pytest.raises(BadToken):
        await telegram.run()
    assert len(telegram.polls) == 1


async def test_a_server_that_was_there_and_is_not_is_no_bad_token(caplog: pytest.LogCaptureFixture) -> None:
    telegram = Telegram(refusal(404, "Not Found"), (401, b"<html>log in first</html>"), updates())
    await telegram.run()
    assert telegram.slept[:2] == [0.75, 1.5]
    assert [line for line in caplog.messages if "trouble" in line] == [
        "telegram:mybot: Telegram has trouble (404: Not Found). Trying again, nothing is lost.",
        "telegram:mybot: Telegram has trouble (401: this is no JSON). Trying again, nothing is lost.",
    ]


async def test_a_second_process(caplog: pytest.LogCaptureFixture) -> None:
    telegram = Telegram(updates(5), refusal(409, TERMINATED), refusal(409, TERMINATED), updates())
    await telegram.run(lambda: telegram.window.settle(5) if telegram.window.open else None)
    assert telegram.slept[:2] == [0.75, 1.5]
    told, recovered = caplog.messages
    assert told == (
        "telegram:mybot: another process fetches this bot's updates with the same token (409); only one may, "
        "so stop the other. Trying again, nothing is lost."
    )
    assert recovered == "telegram:mybot: Telegram answers again."
    assert telegram.calls == []


async def test_a_webhook_that_was_set_before_is_removed_and_nothing_is_dropped() -> None:
    telegram = Telegram(refusal(409, HOOKED), updates())
    await telegram.run()
    assert telegram.calls == [Call("deleteWebhook", {})]
    assert telegram.slept == [1.0]


async def test_a_webhook_that_stays_is_no_storm(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    telegram = Telegram(refusal(409, HOOKED), refusal(409, HOOKED))
    telegram.refusing = Refused("no")
    await telegram.run()
    assert telegram.slept == [0.75, 1.5]


async def test_a_webhook_that_is_set_meanwhile_is_somebody_elses() -> None:
    telegram = Telegram(updates(), refusal(409, "Conflict: terminated by setWebhook request"), refusal(409, HOOKED))
    await telegram.run()
    assert telegram.calls == []
    assert telegram.slept == [1.0, 0.75, 1.5]
