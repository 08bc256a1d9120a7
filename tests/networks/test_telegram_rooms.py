"""What happens in rooms: groups of several who talk at once, topics, moves, joins, blocks, and Telegram's limits."""

import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.networks.telegram_life import Living, Scene
from tests.networks.telegram_stage import PATIENCE, Person, Telegram

from chinwag import Bot, Chat, Texts, Undeliverable

pytestmark = pytest.mark.timeout(120)

bot = Bot("rooms", texts=Texts(busy="Already running."))
told: list[str] = []
ready, told_to_wait = threading.Event(), threading.Event()


@bot.on_command("count")
async def count(chat: Chat) -> None:
    """Count what one user says."""
    heard = 0
    while (text := await chat.ask(f"{heard} so far")) != "stop":
        heard += 1
        await chat.say(f"{heard}: {text}")


@bot.on_command("share", per="room")
async def share(chat: Chat) -> None:
    """Hear whoever speaks, then one alone."""
    first = await chat.listen()
    await chat.say(f"first {first.text}")
    again = await chat.ask("Again?", from_=first.user)
    await chat.say(f"again {again}")


@bot.on_command("pick")
async def pick(chat: Chat) -> None:
    """Choose by keyboard."""
    await chat.say(await chat.choose("Which?", ["a", "b"]))


@bot.on_join()
async def welcome(chat: Chat) -> None:
    """Welcome whoever comes."""
    await chat.say("Welcome!")


@bot.on_leave()
async def farewell(chat: Chat) -> None:
    """Note who goes."""
    told.append(f"left {chat.user}")
    await chat.sleep(0)


def until_ready() -> bool:
    return ready.wait(PATIENCE)


@bot.on_command("wait")
async def wait(chat: Chat) -> None:
    """Say something later, and hear whether it arrived."""
    await chat.say("Later.")
    await chat.step(until_ready)
    try:
        await (await chat.say("Here.")).delivered()
    except Undeliverable as error:
        told.append(f"undeliverable: {error}")
        told_to_wait.set()


@bot.on_text("talk")
async def talk(chat: Chat) -> None:
    """Say three things."""
    for number in range(3):
        await chat.say(f"{number}")


@bot.on_text("long")
async def long(chat: Chat) -> None:
    """Say something that is three messages."""
    await chat.say("x" * 8193)


@pytest.fixture
def scene(telegram: Telegram, tmp_path: Path) -> Iterator[Scene]:
    yield Scene(telegram, tmp_path)
    telegram("clear_faults")


@pytest.fixture
def living(scene: Scene) -> Iterator[Living]:
    with scene.living(bot) as living:
        yield living


def heard(scene: Scene, user: Person, chat: int, number: int) -> list[dict[str, Any]]:
    """The bot's messages in a group, once there are so many."""
    found: list[dict[str, Any]] = scene.telegram("wait_messages", user=user.id, chat=chat, count=number)
    return found


def say(scene: Scene, user: Person, chat: int, text: str, **more: Any) -> int:
    number: int = scene.telegram("say", user=user.id, chat=chat, text=text, **more)
    return number


# -- groups ------------------------------------------------------------------------------------------------------------


def test_several_talk_at_once_and_each_answer_is_a_reply_to_its_asker(scene: Scene) -> None:
    people = [scene.person(name) for name in ("Ann", "Ben", "Cleo")]
    chat = scene.group(*people)
    asked: dict[int, str] = {}
    with scene.living(bot):
        for person in people:
            asked[say(scene, person, chat, "/count")] = "0 so far"
        heard(scene, people[0], chat, 3)
        for person in people:
            asked[say(scene, person, chat, f"I am {person.id}")] = f"1: I am {person.id}"
        heard(scene, people[0], chat, 9)
    with scene.living(bot):
        again = {say(scene, person, chat, "again"): person for person in people}
        found = heard(scene, people[0], chat, 15)
    assert {number: next(one["text"] for one in found if one["reply_to"] == number) for number in asked} == asked
    assert {one["reply_to"] for one in found[9:]} == again.keys()
    assert [one["text"] for one in found if one["text"].startswith("2")] == ["2: again", "2 so far"] * 3


def test_what_a_room_shares_and_who_alone_may_answer(scene: Scene, living: Living) -> None:
    del living
    ann, ben = scene.person("Ann"), scene.person("Ben")
    chat = scene.group(ann, ben)
    say(scene, ann, chat, "/share")
    say(scene, ben, chat, "/share@" + scene.account["username"])
    say(scene, ben, chat, "me")
    say(scene, ann, chat, "not I")
    say(scene, ben, chat, "yes")
    found = heard(scene, ann, chat, 4)
    assert [one["text"] for one in found] == ["Already running.", "first me", "Again?", "again yes"]


def test_with_privacy_it_hears_what_is_meant_for_it(scene: Scene, living: Living) -> None:
    del living
    ann = scene.person()
    chat = scene.group(ann, privacy=True)
    say(scene, ann, chat, "/count")
    (asked,) = heard(scene, ann, chat, 1)
    say(scene, ann, chat, "to nobody")
    say(scene, ann, chat, "to the bot", reply_to=asked["id"])
    assert [one["text"] for one in heard(scene, ann, chat, 3)] == ["0 so far", "1: to the bot", "1 so far"]


def test_a_keyboard_in_a_group_is_for_who_asked_and_goes_after_a_restart_too(scene: Scene) -> None:
    ann, ben = scene.person("Ann"), scene.person("Ben")
    chat = scene.group(ann, ben)
    with scene.living(bot):
        say(scene, ann, chat, "/pick")
        heard(scene, ann, chat, 1)
        assert scene.telegram("view", user=ann.id, chat=chat)["keyboard"] == [["a", "b"]]
        assert scene.telegram("view", user=ben.id, chat=chat)["keyboard"] is None
    with scene.living(bot):
        say(scene, ann, chat, "b")
        heard(scene, ann, chat, 2)
        assert scene.telegram("view", user=ann.id, chat=chat)["keyboard"] is None
    last = scene.calls("sendMessage", chat_id=chat)[-1]["values"]
    assert "remove_keyboard" in str(last["reply_markup"])


def test_topics_are_rooms_of_their_own(scene: Scene, living: Living) -> None:
    del living
    ann = scene.person()
    chat = scene.group(ann, forum=True)
    topics = [scene.telegram("add_topic", chat=chat, name=name, by=ann.id) for name in ("one", "two")]
    for topic in topics:
        say(scene, ann, chat, "/count", thread=topic)
    say(scene, ann, chat, "here", thread=topics[0])
    found = heard(scene, ann, chat, 4)
    assert sorted((one["thread"], one["text"]) for one in found) == sorted(
        [(topics[0], "0 so far"), (topics[1], "0 so far"), (topics[0], "1: here"), (topics[0], "1 so far")]
    )


# -- a group becomes a supergroup --------------------------------------------------------------------------------------


@pytest.mark.parametrize("restart", [False, True])
def test_a_conversation_goes_on_in_the_supergroup(scene: Scene, restart: bool) -> None:  # noqa: FBT001 - a parameter
    ann = scene.person()
    chat = scene.group(ann, kind="group")
    with scene.living(bot):
        say(scene, ann, chat, "/count")
        heard(scene, ann, chat, 1)
        new = scene.telegram("migrate", chat=chat)
        if not restart:
            say(scene, ann, new, "one")
            heard(scene, ann, new, 2)
    with scene.living(bot):
        if restart:
            say(scene, ann, new, "one")
        say(scene, ann, new, "two")
        texts = [one["text"] for one in heard(scene, ann, new, 4)]
    assert texts[-4:] == ["1: one", "1 so far", "2: two", "2 so far"]


def test_the_answer_to_a_call_tells_of_the_supergroup_before_the_update_does(scene: Scene) -> None:
    ann = scene.person()
    chat = scene.group(ann, kind="group")
    with scene.living(bot):
        say(scene, ann, chat, "/count")
        heard(scene, ann, chat, 1)
    say(scene, ann, chat, "one")
    new = scene.telegram("migrate", chat=chat)
    with scene.living(bot):
        say(scene, ann, new, "two")
        texts = [one["text"] for one in heard(scene, ann, new, 4)]
    assert texts[-4:] == ["1: one", "1 so far", "2: two", "2 so far"]
    with scene.living(bot):
        say(scene, ann, new, "three")
        assert [one["text"] for one in heard(scene, ann, new, 6)][-2:] == ["3: three", "3 so far"]


# -- joins, leaves, blocks ---------------------------------------------------------------------------------------------


def test_who_joins_is_welcomed_once_and_who_leaves_is_noted(scene: Scene, living: Living) -> None:
    del living
    told.clear()
    ann, ben = scene.person("Ann"), scene.person("Ben")
    chat = scene.group(ann)
    scene.telegram("join", user=ben.id, chat=chat)
    heard(scene, ann, chat, 1)
    scene.telegram("leave", user=ben.id, chat=chat)
    say(scene, ann, chat, "/count")
    assert [one["text"] for one in heard(scene, ann, chat, 2)] == ["Welcome!", "0 so far"]
    assert told == [f"left {ben.id}"]


def test_a_bot_that_is_blocked_learns_of_it_and_is_welcome_again_later(scene: Scene, living: Living) -> None:
    del living
    told.clear()
    ann = scene.person()
    ready.clear()
    ann.says("/wait")
    ann.sees("Later.")
    scene.telegram("block", user=ann.id, bot=scene.bot)
    ready.set()
    told_to_wait.wait(PATIENCE)
    scene.telegram("unblock", user=ann.id, bot=scene.bot)
    ann.sees("Welcome!")
    assert sorted(told) == [f"left {ann.id}", "undeliverable: Forbidden: bot was blocked by the user"]


# -- limits ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def limited(telegram: Telegram) -> Iterator[Callable[..., None]]:
    yield lambda **sizes: telegram("limit", enforced=True, **sizes)
    telegram("limit", enforced=False, overall=30, per_chat=1, per_group=20)


def refusals(scene: Scene, *chats: int) -> list[Any]:
    return [call for chat in chats for call in scene.calls("sendMessage", chat_id=chat) if call["status"] != 200]


def test_who_must_wait_waits_and_holds_up_no_other(scene: Scene, living: Living) -> None:
    del living
    ann, ben = scene.person("Ann"), scene.person("Ben")
    ann.says("/count")
    ann.sees("0 so far")
    scene.telegram("plan", kind="too_many", method="sendMessage", chat=ann.id, retry_after=2)
    ann.says("hello")
    ben.says("talk")
    assert [one["text"] for one in ben.wait(3)] == ["0", "1", "2"]
    assert [one["text"] for one in ann.wait(1)] == ["0 so far"]
    ann.sees("1: hello")


def test_three_parts_are_three_messages_to_the_limits(scene: Scene, limited: Callable[..., None]) -> None:
    limited()
    with scene.living(bot, paced=True):
        ann, ben = scene.person("Ann"), scene.person("Ben")
        ann.says("long")
        ann.wait(1)
        ben.says("talk")
        ben.sees("0")
        assert len(ann.wait(1)) < 3, "Ben is not held up"
        assert [len(one["text"]) for one in ann.wait(3)] == [4096, 4096, 1]
    assert refusals(scene, ann.id, ben.id) == []


@pytest.mark.soak
def test_forty_chats_at_once_are_never_too_many(scene: Scene, limited: Callable[..., None]) -> None:
    limited()
    people = [scene.person(f"U{number}") for number in range(40)]
    chat = scene.group(*people[:5])
    with scene.living(bot, paced=True):
        for person in people:
            person.says("long" if person is people[0] else "talk")
        for person in people[:5]:
            say(scene, person, chat, "talk")
        firsts = [person.wait(1) for person in people]
        assert all(firsts), "nobody starves"
        for person in people:
            person.wait(3)
        heard(scene, people[0], chat, 15)
    assert refusals(scene, *(person.id for person in people), chat) == []


def test_twelve_chats_share_the_limit_of_all(scene: Scene, limited: Callable[..., None]) -> None:
    limited(overall=30)
    people = [scene.person(f"U{number}") for number in range(12)]
    with scene.living(bot, paced=True):
        for person in people:
            person.says("talk")
        for person in people:
            assert [one["text"] for one in person.wait(3)] == ["0", "1", "2"]
    assert refusals(scene, *(person.id for person in people)) == []


def test_the_limits_of_a_group_are_kept(scene: Scene, limited: Callable[..., None]) -> None:
    limited(per_group=3)
    ann = scene.person()
    chat = scene.group(ann)
    with scene.living(bot, paced=True):
        say(scene, ann, chat, "talk")
        heard(scene, ann, chat, 3)
    assert refusals(scene, chat) == []


def test_a_hundred_messages_at_once_of_one_user(scene: Scene, living: Living) -> None:
    del living
    ann = scene.person()
    ann.says("/count")
    for number in range(100):
        ann.says(f"word {number}")
    wanted = ["0 so far", *(text for n in range(1, 101) for text in (f"{n}: word {n - 1}", f"{n} so far"))]
    assert [one["text"] for one in ann.wait(201)] == wanted
    assert all(sooner["id"] < later["id"] for sooner, later in pairwise(ann.wait(201)))
