"""The adapter against the emulator: what a user sees of long texts, files, edits, moved groups, presses."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.servers.telegram.telegram_emulator import TelegramEmulator

from chinwag.core.errors import Ambiguous, RateLimited, Refused, SendError, Unreachable
from chinwag.core.values import Arrival, Attachment, Outgoing
from chinwag.networks.telegram.adapter import Telegram
from chinwag.networks.telegram.settings import Settings
from chinwag.ports import Receipt

ACCOUNT = "telegram:mybot"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


class Stage:
    """The emulator, the adapter, and an inbox that commits at once unless it is told to wait."""

    def __init__(self, server: TelegramEmulator) -> None:
        self.server = server
        self.network = Telegram(ACCOUNT, Settings(server.token, server.url), [("start", "Begin.")])
        self.arrivals: list[Arrival] = []
        self.waiting: list[Callable[[], None]] = []
        self.patient = False
        self.came = asyncio.Event()
        self._numbers = 0
        self.made: dict[int, str] = {}
        self.network.tells(lambda message, made: self.made.update({message.id: made}))

    def receive(self, arrival: Arrival, done: Callable[[], None] | None = None) -> None:
        assert done is not None or arrival.event == "move"
        self.arrivals.append(arrival)
        self.came.set()
        if done is not None and self.patient:
            self.waiting.append(done)
        elif done is not None:
            done()

    async def arrived(self, count: int) -> list[Arrival]:
        async with asyncio.timeout(20):
            while len(self.arrivals) < count:
                self.came.clear()
                await self.came.wait()
        return self.arrivals

    def message(self, room: object, text: str = "", **more: Any) -> Outgoing:
        self._numbers += 1
        return Outgoing(self._numbers, ACCOUNT, str(room), str(more.pop("user", room)), text=text, **more)

    async def send(self, message: Outgoing) -> Receipt:
        answer = self.network.send(replace(message, made=self.made.get(message.id, "")))
        assert isinstance(answer, Awaitable)
        return await answer

    async def failing(self, message: Outgoing) -> SendError:
        with pytest.raises(SendError) as caught:
            await self.send(message)
        return caught.value


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with TelegramEmulator(backoff=0.01) as server:
        stage = Stage(server)
        await stage.network.start(stage)
        yield stage
        await stage.network.stop()


@pytest.fixture
def ann(stage: Stage) -> int:
    return stage.server.rooms.add_user("Ann", started=True)


def texts(stage: Stage, user: int, **where: int) -> list[str]:
    return [one.text for one in stage.server.view(user, **where).messages if one.by_bot]


async def test_a_long_text_is_several_messages_and_one_to_edit_and_delete(stage: Stage, ann: int) -> None:
    receipt = await stage.send(stage.message(ann, "x" * 4096 + "y" * 4096 + "z"))
    assert texts(stage, ann) == ["x" * 4096, "y" * 4096, "z"]
    assert len(receipt.ref.split(",")) == 3
    await stage.send(stage.message(ann, "short", act="edit", ref=receipt.ref))
    assert texts(stage, ann) == ["short"]
    again = await stage.send(stage.message(ann, "other"))
    for _ in range(2):  # deleting what is gone is done
        await stage.send(stage.message(ann, act="delete", ref=again.ref))
    assert texts(stage, ann) == ["short"]


async def test_what_took_a_keyboard_away_is_edited_by_a_new_message(stage: Stage, ann: int) -> None:
    await stage.send(stage.message(ann, "Which?", choices=("a", "b"), question=True))
    first = await stage.send(stage.message(ann, "looking", clears=True))
    assert first.ref.endswith("k")
    second = await stage.send(stage.message(ann, "found", act="edit", ref=first.ref))
    assert texts(stage, ann) == ["Which?", "found"]
    third = await stage.send(stage.message(ann, "told", act="edit", ref=second.became))
    assert (texts(stage, ann), third.became) == (["Which?", "told"], "")
    assert [call["status"] for call in stage.server.calls("editMessageText")] == [200]


async def test_words_beneath_a_picture_that_took_a_keyboard_away(stage: Stage, ann: int) -> None:
    picture = (Attachment("image", PIXEL),)
    first = await stage.send(stage.message(ann, "look", attachments=picture, clears=True))
    second = await stage.send(stage.message(ann, "look there", act="edit", ref=first.ref))
    third = await stage.send(stage.message(ann, "look up", act="edit", ref=second.became))
    found = [(one.media, one.text) for one in stage.server.view(ann).messages if one.by_bot]
    assert (found, third.became) == ([("photo", "look up")], "")


async def test_what_is_too_old_to_be_deleted_stays_beside_its_edit(stage: Stage, ann: int) -> None:
    first = await stage.send(stage.message(ann, "looking", clears=True))
    stage.server.plan("error", method="deleteMessage", code=400)
    await stage.send(stage.message(ann, "found", act="edit", ref=first.ref))
    assert texts(stage, ann) == ["looking", "found"]


async def test_an_edit_that_changes_nothing_is_done(stage: Stage, ann: int) -> None:
    receipt = await stage.send(stage.message(ann, "hello"))
    await stage.send(stage.message(ann, "hello", act="edit", ref=receipt.ref))
    assert texts(stage, ann) == ["hello"]


async def test_what_was_never_sent_cannot_be_edited(stage: Stage, ann: int) -> None:
    assert isinstance(await stage.failing(stage.message(ann, "new", act="edit")), Refused)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [({"kind": "too_many", "retry_after": 3}, RateLimited), ({"kind": "error", "code": 502}, Ambiguous)],
)
async def test_after_a_failure_it_goes_on_with_the_part_that_failed(
    stage: Stage, ann: int, fault: dict[str, Any], kind: type[SendError]
) -> None:
    message = stage.message(ann, "a" * 4096 + "b" * 4096 + "c")
    stage.server.plan(**fault, method="sendMessage", times=1)
    error = await stage.failing(message)
    assert type(error) is kind
    assert getattr(error, "retry_after", 3) == 3
    await stage.send(message)
    first, *_ = stage.server.calls("sendMessage")
    assert len(first["values"]["text"]) == 4096
    assert texts(stage, ann) == ["a" * 4096, "b" * 4096, "c"]


async def test_a_part_that_went_out_is_not_sent_again(stage: Stage, ann: int) -> None:
    message = stage.message(ann, "a" * 4096 + "b")
    slow = stage.server.plan("slow", method="sendMessage", times=1)
    sending = asyncio.create_task(stage.failing(message))
    await stage.server.wait_calls("sendMessage", 1)
    stage.server.plan("error", method="sendMessage", times=1, code=500)
    slow.released.set()
    assert isinstance(await sending, Ambiguous)
    receipt = await stage.send(message)
    assert texts(stage, ann) == ["a" * 4096, "b"]
    assert len(receipt.ref.split(",")) == 2


async def test_files(stage: Stage, ann: int, tmp_path: Path) -> None:
    sound = tmp_path / "song.mp3"
    sound.write_bytes(b"ID3 sound")
    files = (Attachment("image", PIXEL, name="a.png"), Attachment("audio", link=str(sound)))
    receipt = await stage.send(stage.message(ann, "look *here*", attachments=files))
    found = [(one.media, one.text) for one in stage.server.view(ann).messages if one.by_bot]
    assert found == [("photo", "look *here*"), ("audio", "")]
    await stage.send(stage.message(ann, "look there", act="edit", ref=receipt.ref))
    assert texts(stage, ann) == ["look there", ""]


async def test_a_file_that_came_in_goes_out_again(stage: Stage, ann: int) -> None:
    stage.server.people.send_file(ann, "document", b"bytes", name="a.pdf", caption="keep")
    (arrival,) = await stage.arrived(1)
    assert (arrival.text, arrival.attachments[0].name) == ("keep", "a.pdf")
    await stage.send(stage.message(ann, "back", attachments=arrival.attachments))
    sent = [one for one in stage.server.view(ann).messages if one.by_bot]
    assert [(one.media, one.text) for one in sent] == [("document", "back")]


async def test_who_has_blocked_the_bot_is_not_written_to(stage: Stage, ann: int) -> None:
    stage.server.rooms.block(ann)
    error = await stage.failing(stage.message(ann, "hello"))
    assert isinstance(error, Refused)
    assert "blocked by the user" in str(error)


async def test_a_group_that_becomes_a_supergroup_is_followed(stage: Stage, ann: int) -> None:
    group = stage.server.rooms.add_group("Us", [ann])
    await stage.send(stage.message(group, "one", user=ann))
    new = stage.server.rooms.migrate(group)
    await stage.send(stage.message(group, "two", user=ann))
    await stage.send(stage.message(group, "three", user=ann))
    assert texts(stage, ann, chat=new)[-2:] == ["two", "three"]
    refused = [call for call in stage.server.calls("sendMessage") if call["status"] != 200]
    assert len(refused) <= 1, "it is told once at most"


async def test_a_move_that_only_an_answer_tells_of_is_told(stage: Stage, ann: int) -> None:
    group = stage.server.rooms.add_group("Us", [ann])
    stage.server.plan("error", method="getUpdates", times=1_000)
    new = stage.server.rooms.migrate(group)
    await stage.send(stage.message(group, "one", user=ann))
    await stage.send(stage.message(group, "two", user=ann))
    assert [(one.event, one.room, one.text) for one in stage.arrivals] == [("move", str(group), str(new))]


async def test_a_topic_is_a_room(stage: Stage, ann: int) -> None:
    group = stage.server.rooms.add_supergroup("Us", [ann], forum=True)
    stage.server.rooms.privacy(on=False)
    topic = stage.server.rooms.add_topic(group, "Weather", ann)
    stage.server.people.say(ann, "hello", chat=group, thread=topic)
    arrival = next(one for one in await stage.arrived(1) if one.event == "message")
    assert (arrival.room, arrival.direct) == (f"{group}:{topic}", False)
    await stage.send(stage.message(arrival.room, "hi", user=ann))
    (sent,) = [one for one in stage.server.view(ann, chat=group).messages if one.by_bot]
    assert (sent.text, sent.thread) == ("hi", topic)


async def test_a_press_is_answered_and_an_edit_is_told_as_one(stage: Stage, ann: int) -> None:
    number = stage.server.people.say(ann, "helo")
    stage.server.people.edit(ann, number, "hello")
    message = stage.message(ann, "choose", choices=("no", "yes"), inline=True, question=True)
    sent = await stage.send(message)
    for words in ("", "This is no longer open."):
        query = stage.server.people.press(ann, int(sent.ref), "yes")
        press = (await stage.arrived(len(stage.arrivals) + 1))[-1]
        assert (press.event, press.text, press.target, press.ref) == ("button", "1", message.id, query)
        stage.network.pressed(press, words)
        assert (await stage.server.people.wait_answer(query))["text"] == words
    await stage.server.wait_confirmed(4)
    heard = [(arrival.event, arrival.text) for arrival in stage.arrivals[:2]]
    assert heard == [("message", "helo"), ("edit", "hello")]


async def test_what_is_delivered_twice_is_handed_over_once_while_it_is_under_way(stage: Stage, ann: int) -> None:
    stage.patient = True
    stage.server.duplicate(1)
    stage.server.people.say(ann, "hello")
    stage.server.people.say(ann, "there")
    await stage.arrived(2)
    assert [arrival.text for arrival in stage.arrivals] == ["hello", "there"]
    assert stage.server.updates()["confirmed"] == 0
    for done in reversed(stage.waiting):
        done()
    await stage.server.wait_confirmed(2)


async def test_joins_and_leaves(stage: Stage, ann: int) -> None:
    group = stage.server.rooms.add_supergroup("Us", [ann])
    ben = stage.server.rooms.add_user("Ben")
    stage.server.rooms.join(ben, group)
    stage.server.rooms.leave(ben, group)
    stage.server.people.say(ann, "/end@test_bot", chat=group)
    await stage.arrived(3)
    assert [(one.event, one.user, one.text, one.name) for one in stage.arrivals] == [
        ("join", str(ben), "", "Ben"),
        ("leave", str(ben), "", "Ben"),
        ("message", str(ann), "/end", "Ann"),
    ]


async def test_a_server_without_webhooks_is_not_told_as_a_bad_token() -> None:
    async with TelegramEmulator() as server:
        server.plan("error", method="setWebhook", code=404)
        network = Telegram(ACCOUNT, Settings(server.token, server.url, webhook="https://bot.example/hook"))
        await network.start(Stage(server))
        async with asyncio.timeout(20):
            await network.closed.wait()
        await network.stop()
    assert str(network.failure).startswith("the server knows the bot, and no setWebhook (404)")


async def test_what_meets_no_server_is_sent_later(stage: Stage, ann: int) -> None:
    message = stage.message(ann, "hi")
    stage.server.plan("error", method="sendMessage", times=1, code=404)
    error = await stage.failing(message)
    assert type(error) is Unreachable
    assert "no Bot API server" in str(error)
    await stage.send(message)
    assert texts(stage, ann) == ["hi"]


async def test_a_server_that_is_none_is_told_as_one() -> None:
    async with TelegramEmulator() as server:
        url = f"{server.url}/elsewhere"
        network = Telegram(ACCOUNT, Settings(server.token, url))
        await network.start(Stage(server))
        async with asyncio.timeout(20):
            await network.closed.wait()
        await network.stop()
    assert str(network.failure) == (
        f"{url} knows no such bot (404): check TELEGRAM_API_URL, it has to be a Bot API server, then the token."
    )
