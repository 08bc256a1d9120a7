"""The adapter between LINE's emulator and an inbox: what comes in, and which way each message goes out."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.networks.line_stage import Stage, staged
from tests.servers.line.line_emulator import Fault, LineEmulator
from tests.servers.line.line_events import event, group_id, presses, redelivered, room_id, says, sends, source, user_id

from chinwag.core.errors import Ambiguous, FetchError, RateLimited, Refused, Unreachable
from chinwag.core.values import Attachment, Outgoing
from chinwag.networks.line import names
from chinwag.networks.line.wire import FRESH
from chinwag.ports import Budgeted, Fetching, Gathering, Pressable, Receipt, Typing

ANN, BOB, GROUP, ROOM = user_id(1), user_id(2), group_id(1), room_id(1)
_numbers = iter(range(1, 10_000))


@pytest.fixture
async def line() -> AsyncIterator[LineEmulator]:
    async with LineEmulator() as line:
        yield line


@pytest.fixture
async def stage(line: LineEmulator) -> AsyncIterator[Stage]:
    async with staged(line) as stage:
        await line.wait_for(lambda: bool(line.called("/consumption")))
        yield stage


def message(text: str = "hi", room: str = ANN, **more: Any) -> Outgoing:
    number = next(_numbers)
    return Outgoing(number, "line:guess", room, more.pop("user", room), text=text, key=f"store-{number}", **more)


def fresh(line: LineEmulator, room: str = ANN) -> str:
    """A reply token that LINE takes, as a message has it."""
    said = says(ANN, "x", "" if room == ANN else room)
    line.know(said)
    return f"{time.time_ns() // 1_000_000 + FRESH:x}:{said['replyToken']}"


def test_what_the_adapter_can(stage: Stage) -> None:
    for protocol in (Gathering, Pressable, Typing, Fetching, Budgeted):
        assert isinstance(stage.network, protocol)


# -- in ----------------------------------------------------------------------------------------------------------------


async def test_a_push_is_answered_once_all_of_it_is_durable(stage: Stage) -> None:
    stage.inbox.at_once = False
    pushing = asyncio.create_task(stage.deliver(says(ANN, "one"), {"type": 7}, says(BOB, "two", GROUP)))
    assert [one.text for one in await stage.inbox.wait(2)] == ["one", "two"]
    first, second = stage.inbox.dones
    second()
    for _ in range(20):
        await asyncio.sleep(0)
    assert not pushing.done()
    first()
    assert await pushing == 200


async def test_verification_and_what_is_nothing_is_answered_at_once(stage: Stage) -> None:
    stage.inbox.at_once = False
    assert await stage.deliver() == 200
    assert await stage.deliver(event("of tomorrow", source(ANN)), {"type": "x"}) == 200
    assert stage.inbox.arrivals == []


async def test_names_are_asked_for_once_and_the_order_is_kept(
    line: LineEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "PATIENCE", 30.0)
    line.profiles = {ANN: "Ann", BOB: "Bob"}
    async with staged(line, names=True) as stage:
        await stage.deliver(says(ANN, "one"), says(ANN, "two"), says(BOB, "three", GROUP), says(ANN, "four", ROOM))
        found = await stage.inbox.wait(4)
        assert [(one.name, one.text) for one in found if one.user == ANN] == [
            ("Ann", "one"),
            ("Ann", "two"),
            ("Ann", "four"),
        ]
        await stage.deliver(says(BOB, "five", ROOM))
        assert (await stage.inbox.wait(5))[-1].name == "Bob"
    paths = [path for _, path, _, _ in line.calls if "profile" in path or "member" in path]
    assert sorted(paths) == sorted([f"/v2/bot/profile/{ANN}", f"/v2/bot/group/{GROUP}/member/{BOB}"])


@pytest.mark.parametrize("fault", [500, "cut before", 404])
async def test_a_name_that_is_not_told_holds_nobody_up(line: LineEmulator, fault: int | str) -> None:
    line.faults.append(Fault(f"/profile/{ANN}", fault))
    async with staged(line, names=True) as stage:
        assert await stage.deliver(says(ANN, "one")) == 200
        assert [one.name for one in await stage.inbox.wait(1)] == [""]


async def test_a_profile_that_hangs_is_waited_for_half_a_second(line: LineEmulator) -> None:
    line.profiles[ANN] = "Ann"
    line.hold = asyncio.Event()
    async with staged(line, names=True) as stage:
        assert await stage.deliver(says(ANN, "one")) == 200
        assert (await stage.inbox.wait(1))[0].name == ""
        line.hold.set()


async def test_a_file_is_fetched(line: LineEmulator, stage: Stage) -> None:
    sent = sends(ANN, "image", contentProvider={"type": "line"})
    line.contents[sent["message"]["id"]] = b"\xff\xd8 picture \xff"
    await stage.deliver(sent)
    (attachment,) = (await stage.inbox.wait(1))[0].attachments
    assert await stage.network.fetch(attachment) == b"\xff\xd8 picture \xff"
    with pytest.raises(FetchError, match="LINE did not give the file: Not found"):
        await stage.network.fetch(Attachment("image", b"", "line:image/7"))
    for link in ("line:sticker/1/2", "geo:1,2", "https://example.org/a.jpg", "line:"):
        with pytest.raises(FetchError, match="has no bytes"):
            await stage.network.fetch(Attachment("image", b"", link))


# -- out ---------------------------------------------------------------------------------------------------------------


async def test_an_answer_uses_its_token_and_all_else_is_a_push(line: LineEmulator, stage: Stage) -> None:
    receipt = await stage.network.send(message("answer", reply=fresh(line)))
    assert receipt.ref
    await stage.network.send(message("of my own accord"))
    assert line.texts(ANN) == ["answer", "of my own accord"]
    assert [body["to"] for body in line.called("/push")] == [ANN]


async def test_several_go_in_one_call_and_more_than_five_in_two(line: LineEmulator, stage: Stage) -> None:
    first = message("0", reply=fresh(line))
    others = [message(str(number)) for number in range(1, 7)]
    outcomes = await stage.network.send_together((first, *others), again=False)
    assert all(isinstance(one, Receipt) and one.ref for one in outcomes)
    assert [len(body["messages"]) for body in line.called("/reply")] == [5]
    assert [len(body["messages"]) for body in line.called("/push")] == [2]
    assert line.texts(ANN) == list("0123456")


@pytest.mark.parametrize("age", [1, -1])
async def test_a_token_that_is_too_old_costs_a_push_and_nothing_more(
    line: LineEmulator, stage: Stage, age: int
) -> None:
    token = fresh(line) if age < 0 else f"{time.time_ns() // 1_000_000 - 1:x}:{'f' * 32}"
    if age < 0:
        line.tokens.clear()
    await stage.network.send(message("late", reply=token))
    assert line.texts(ANN) == ["late"]
    assert len(line.called("/push")) == 1


async def test_a_second_try_of_an_answer_that_arrived_sends_nothing(line: LineEmulator, stage: Stage) -> None:
    line.faults.append(Fault("/reply", "cut after"))
    said = message("once", reply=fresh(line))
    with pytest.raises(Ambiguous):
        await stage.network.send_together((said,), again=False)
    assert await stage.network.send_together((said,), again=True) == [Receipt()]
    assert line.texts(ANN) == ["once"]
    assert line.called("/push") == []


async def test_a_second_try_of_an_answer_that_did_not_arrive_sends_it(line: LineEmulator, stage: Stage) -> None:
    line.faults.append(Fault("/reply", 500))
    said = message("once", reply=fresh(line))
    with pytest.raises(Ambiguous):
        await stage.network.send_together((said,), again=False)
    await stage.network.send_together((said,), again=True)
    assert line.texts(ANN) == ["once"]


async def test_a_second_try_of_a_push_is_taken_once(line: LineEmulator, stage: Stage) -> None:
    line.faults.append(Fault("/push", "cut after"))
    said = message("once")
    with pytest.raises(Ambiguous):
        await stage.network.send_together((said,), again=False)
    assert await stage.network.send_together((said,), again=True) == [Receipt()]
    assert line.texts(ANN) == ["once"]
    assert [status for _, path, _, status in line.calls if path.endswith("/push")] == [599, 409]


async def test_what_is_known_of_a_second_try(stage: Stage) -> None:
    assert stage.network.known_until(message(reply="3e8:token"), 7) == 1_000 * 1_000
    assert stage.network.known_until(message(), 7) == 7 + stage.network.window
    with pytest.raises(Ambiguous, match="too old to tell"):
        await stage.network.send_together((message(reply="3e8:token"),), again=True)


async def test_one_that_is_refused_does_not_take_the_others_along(line: LineEmulator, stage: Stage) -> None:
    line.refuse = "bad"
    picture = message("", attachments=(Attachment("image", b"bytes"),))
    messages = (message("good", reply=fresh(line)), message("bad"), picture, message("good too"))
    good, bad, none, too = await stage.network.send_together(messages, again=False)
    assert isinstance(good, Receipt)
    assert isinstance(too, Receipt)
    assert "May not be bad" in str(bad)
    assert "https:// address" in str(none)
    assert line.texts(ANN) == ["good", "good too"]


async def test_a_push_in_the_place_of_an_answer_stays_one(line: LineEmulator, stage: Stage) -> None:
    said = message("once", reply=fresh(line))
    line.tokens.clear()
    line.faults.append(Fault("/push", "cut before"))
    with pytest.raises(Ambiguous):
        await stage.network.send_together((said,), again=False)
    await stage.network.send_together((said,), again=True)
    assert line.texts(ANN) == ["once"], "the refused token was not used by us"


@pytest.mark.parametrize("fault", ["cut before", 429])
async def test_a_part_that_went_out_is_not_sent_again(line: LineEmulator, stage: Stage, fault: int | str) -> None:
    line.faults.append(Fault("/push", fault))
    first, others = message("0", reply=fresh(line)), [message(str(number)) for number in range(1, 7)]
    with pytest.raises(Ambiguous):
        await stage.network.send_together((first, *others), again=False)
    await stage.network.send_together((first, *others), again=True)
    assert line.texts(ANN) == list("0123456")
    assert sum(path.endswith("/reply") for _, path, _, _ in line.calls) == 1


async def test_too_many_calls_are_told_to_wait_and_longer_each_time(line: LineEmulator, stage: Stage) -> None:
    waits = []
    for headers in ({}, {}, {"Retry-After": "30"}):
        line.faults.append(Fault("/push", 429, "The API rate limit has been exceeded.", **headers))
        with pytest.raises(RateLimited) as caught:
            await stage.network.send(message())
        waits.append(caught.value.retry_after)
    assert waits == [1.0, 2.0, 30.0]
    await stage.network.send(message())
    line.faults.append(Fault("/push", 429))
    with pytest.raises(RateLimited) as caught:
        await stage.network.send(message())
    assert caught.value.retry_after == 1.0


async def test_the_quota_is_counted_and_warned_of_and_refuses_in_the_end(
    line: LineEmulator, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "chinwag")
    line.limit, line.used = 10, 7
    await stage.network.quota.refresh()
    assert caplog.messages == []
    for _ in range(3):
        await stage.network.send(message())
    with pytest.raises(Refused, match="monthly limit"):
        await stage.network.send(message())
    await stage.network.send(message("an answer costs nothing", reply=fresh(line)))
    told = [words.partition(": ")[2] for words in caplog.messages]
    assert told[0] == "8 of this month's 10 pushes are used."
    assert told[1].startswith("this month's pushes are used up; until the next, or a larger plan, only what answers a ")
    assert len(told) == 2
    budget = stage.network.budget
    assert budget is not None
    assert (budget.left, budget.of) == (0, 10)
    line.limit, line.used = 10, 0
    await stage.network.quota.refresh()  # another month
    await stage.network.send(message())


async def test_a_server_that_is_gone_was_never_reached(line: LineEmulator) -> None:
    async with LineEmulator() as gone:
        url = gone.url
    line.url = url
    async with staged(line) as stage:
        with pytest.raises(Unreachable):
            await stage.network.send(message())


async def no_time(_: float) -> None:
    """A pause that is over."""


async def test_a_start_without_line_is_told_and_tried_again(
    line: LineEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    line.faults += [Fault("/info", "cut before"), Fault("/info", 500)]
    async with staged(line) as stage:
        stage.network._pauses.sleep = no_time
        assert await stage.deliver(says(ANN, "hi")) == 200, "what comes in meanwhile is taken in"
        await line.wait_for(lambda: bool(line.called("/consumption")))
    *troubles, last = [words.partition(": ")[2] for words in caplog.messages]
    assert troubles
    assert all(words.startswith("LINE cannot be reached (") for words in troubles)
    assert last == "LINE answers again."


async def test_a_token_that_is_withdrawn_ends_it(line: LineEmulator, stage: Stage) -> None:
    line.faults.append(Fault("/push", 401, "Authentication failed."))
    with pytest.raises(Unreachable):
        await stage.network.send(message())
    assert stage.network.closed.is_set()
    assert "check LINE_TOKEN" in str(stage.network.failure)
    assert await stage.deliver(says(ANN, "hi")) == 503


async def test_an_answer_that_says_done_is_never_a_failure(line: LineEmulator, stage: Stage) -> None:
    for odd in (b"", b"{", b"\xff", b"[" * 100_000, b'{"sentMessages": 7}', b'{"sentMessages": [7]}'):
        line.odd = odd
        assert isinstance(await stage.network.send(message()), Receipt)
    assert len(line.chats[ANN]) == 6


async def test_no_secret_is_in_an_error(line: LineEmulator, stage: Stage) -> None:
    line.faults.append(Fault("/push", 400, "the token emulated-token and emulated-secret are no good"))
    with pytest.raises(Refused) as caught:
        await stage.network.send(message())
    assert str(caught.value) == "the token … and … are no good"


async def test_typing_is_shown_in_direct_chats_alone(line: LineEmulator, stage: Stage) -> None:
    stage.network.typing(GROUP)
    stage.network.typing(ANN)
    await line.wait_for(lambda: bool(line.called("/loading/start")))
    assert line.called("/loading/start") == [{"chatId": ANN, "loadingSeconds": 20}]


async def test_a_press_that_was_no_answer_is_answered_in_words(line: LineEmulator, stage: Stage) -> None:
    await stage.deliver(presses(ANN, "7:0"), {**redelivered(presses(ANN, "7:0")), "timestamp": 1})
    first, late = await stage.inbox.wait(2)
    stage.network.pressed(first, "")
    stage.network.pressed(late, "That is no longer open.")
    stage.network.pressed(first, "This is no longer open.")
    await line.wait_texts(ANN, 1)
    assert line.texts(ANN) == ["This is no longer open."], "LINE takes a redelivered token only within its minute"


async def test_every_call_is_valid(prism: str) -> None:
    async with LineEmulator(prism) as line:
        line.profiles = {ANN: "Ann"}
        async with staged(line, names=True) as stage:
            for room in ("", GROUP, ROOM):
                await stage.deliver(says(ANN, "hi", room))
            attachments = (
                Attachment("image", b"", "https://example.org/a.jpg"),
                Attachment("audio", b"", "https://example.org/a.m4a#t=12.5"),
                Attachment("file", b"", "https://example.org/a.mp4#preview=https://example.org/a.jpg"),
                Attachment("file", b"", "https://example.org/a.pdf", "paper"),
                Attachment("image", b"", "line:sticker/446/1988"),
                Attachment("file", b"", "geo:35.5,-139.25", "home"),
            )
            many = tuple(f"number {number}" for number in range(14))
            for one in (
                message("answer", reply=fresh(line)),
                message("to a group", GROUP, user=ANN),
                message("look", attachments=attachments),
                message("Which?", choices=many),
                message("Which?", choices=many, inline=True),
                message("x" * 12_000),
            ):
                await stage.network.send(one)
            stage.network.typing(ANN)
            await line.wait_for(lambda: bool(line.called("/loading/start")) and bool(line.called("/consumption")))
        assert line.violations == []
        assert {one["type"] for one in line.chats[ANN]} == {
            *("text", "image", "audio", "video", "sticker", "location", "template")
        }
