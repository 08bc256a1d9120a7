"""The handle: what its methods refuse, what its attributes tell, and that it works nowhere else."""

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import pytest
from tests.core.stage import ADDRESS, SECOND, SEED, START, Stage

from chinwag import Address, Chat, Message, Sent, UsageError, minutes
from chinwag.core.arguments import LONGEST_TEXT
from chinwag.core.chat import CHAT
from chinwag.core.conversation import ENDED
from chinwag.core.running import RUNNING, running
from chinwag.core.values import Attachment

Use = Callable[[Any], Any]  # most of the uses here would not pass a type checker


def refusal(use: Use) -> str:
    """What a use of the handle is answered with, at the user's own line."""
    told: list[str] = []

    async def uses(chat: Chat) -> None:
        try:
            await use(chat)
        except UsageError as error:
            told.append(str(error))

    assert Stage(uses).begin().status == ENDED
    (words,) = told
    return words


def nothing() -> int:
    return 0


async def other(chat: Chat) -> None: ...


async def named(chat: Chat, change: Any) -> None:
    chat.patched(change)


MISUSES: list[tuple[Use, str]] = [
    (lambda c: c.say(""), "chat.say got an empty text"),
    (lambda c: c.say(" \n"), "chat.say got an empty text"),
    (lambda c: c.say(None), "chat.say takes a text, not NoneType"),
    (lambda c: c.say("\ud800"), "chat.say got a text that is no valid Unicode: '\\ud800'"),
    (lambda c: c.say("?", buttons=["\ud800"]), "chat.say(buttons=...) got a text that is no valid Unicode"),
    (lambda c: c.say(image="\ud800.png"), "chat.say(image=...) got a text that is no valid Unicode"),
    (lambda c: c.say(file=b"x", description="\ud800"), "chat.say(description=...) got a text that is no valid Unicode"),
    (lambda c: c.start(other, to="t:a/\ud800/u"), "chat.start(to=...) got a text that is no valid Unicode"),
    (lambda c: c.say("x" * (LONGEST_TEXT + 1)), "chat.say got 100,001 characters; 100,000 is the limit"),
    (lambda c: named(c, 3), 'chat.patched takes a name for the change, such as "ask-for-size", not 3'),
    (lambda c: named(c, "\ud800"), "chat.patched takes a name for the change, such as \"ask-for-size\", not '\\ud800'"),
    (lambda c: c.say("x", visibility="friends"), "chat.say(visibility='friends') is none: write 'public', "),
    (lambda c: c.say("x", warning=" "), "chat.say(warning=...) got an empty text"),
    (lambda c: c.say("x", warning="a\nb"), "chat.say(warning=...) takes one plain line"),
    (lambda c: c.say("x", description="a tiger"), "give one of them too"),
    (lambda c: c.ask(""), "chat.ask got an empty text"),
    (lambda c: c.ask(7), "chat.ask takes a text, not int"),
    (lambda c: c.ask("x" * (LONGEST_TEXT + 1)), "send it as file="),
    (lambda c: c.ask("?", bool), 'parse=bool is true for every answer, "no" too'),
    (lambda c: c.ask("?", "int"), "parse= takes a function from text to a value, such as int, not 'int'"),
    (lambda c: c.ask("?", default=3), "so it needs timeout="),
    (lambda c: c.ask("?", timeout=-1), "a duration cannot be negative"),
    (lambda c: c.choose("", ["a"]), "chat.choose got an empty text"),
    (lambda c: c.choose("?", []), "takes 1 to 100 options"),
    (lambda c: c.choose("?", ["a"], default=None), "so it needs timeout="),
    (lambda c: c.listen(default=None), "so it needs timeout="),
    (lambda c: c.sleep(-1), "a duration cannot be negative"),
    (lambda c: c.sleep_until(dt.datetime(2030, 1, 1)), "needs a datetime with a time zone"),  # noqa: DTZ001
    (lambda c: c.step(nothing()), "takes the function and its arguments"),
    (lambda c: c.step(nothing, retries=-1), "retries= is 0 or more, not -1"),
    (lambda c: c.step(nothing, timeout=float("nan")), "nan"),
    (lambda c: c.first(), "chat.first needs at least one thing"),
    (lambda c: c.all("x"), "chat.all takes effects such as chat.sleep(3)"),
    (lambda c: c.start("other"), "chat.start takes a function or a State class"),
    (lambda c: c.start(other, to="nowhere"), "an address is written account/room/user"),
    (lambda _: Sent(1).edit(""), "sent.edit got an empty text"),
]


@pytest.mark.parametrize(("use", "words"), MISUSES)
def test_a_misuse_is_told_at_the_line(use: Use, words: str) -> None:
    assert words in refusal(use)


def test_a_coroutine_is_no_step() -> None:
    coroutine = other(CHAT)
    assert "not fetch(city)" in refusal(lambda c: c.step(coroutine))
    assert "not other(chat, city)" in refusal(lambda c: c.start(coroutine))
    coroutine.close()


def test_the_longest_text_and_a_text_of_another_class_are_said() -> None:
    class Words(str):
        __slots__ = ()

    async def says(chat: Chat) -> None:
        await chat.say("x" * LONGEST_TEXT)
        await chat.say(Words("Zürich"))

    assert Stage(says).begin().said[1] == "Zürich"


def test_files_go_along_and_words_may_be_left_out() -> None:
    async def says(chat: Chat) -> None:
        await chat.say(image=b"\x89PNG", audio="https://x.org/a.mp3", file=PurePath("docs/a.pdf"))
        await chat.say("look", image="cat.png", buttons=["nice", "not"], delivery="at_most_once")

    (one, _), (two, delivery) = Stage(says).begin().now.says
    assert one.attachments == (
        Attachment("image", b"\x89PNG"),
        Attachment("audio", b"", "https://x.org/a.mp3", "a.mp3"),
        Attachment("file", b"", "docs/a.pdf", "a.pdf"),
    )
    assert (one.text, two.text, two.choices, delivery) == ("", "look", ("nice", "not"), "at_most_once")


def test_each_kind_of_file_goes_along_alone() -> None:
    async def says(chat: Chat) -> None:
        await chat.say("look", image=b"x")
        await chat.say("look", audio=b"x")
        await chat.say("look", file=b"x")

    sent = [outgoing.attachments for outgoing, _ in Stage(says).begin().now.says]
    assert sent == [(Attachment("image", b"x"),), (Attachment("audio", b"x"),), (Attachment("file", b"x"),)]


def test_it_knows_where_it_is() -> None:
    async def looks(chat: Chat) -> None:
        await chat.say(f"{chat.user} {chat.room} {chat.address} {chat.message.text!r} {chat!r}")

    stage = Stage(looks).begin()
    assert stage.said == [f"ann room {ADDRESS} '' <Chat of conversation 1 ({looks.__qualname__})>"]
    stage = Stage(looks)
    stage.conversation.message = Message("/start 7")
    assert stage.begin().said[0].split(" ", 3)[3].startswith("'/start 7'")
    assert repr(CHAT) == "<Chat>"


def test_odd_addresses_are_escaped() -> None:
    async def looks(chat: Chat) -> None:
        await chat.ask(f"{chat.room}|{chat.user}")

    stage = Stage(looks)
    stage.conversation.address = str(Address("net:bot", "a/b%", "*"))
    (outgoing, _) = stage.begin().now.says[0]
    assert (outgoing.room, outgoing.user, outgoing.text) == ("a/b%", "*", "a/b%|*")


def test_confirm_takes_yes_and_no() -> None:
    async def confirms(chat: Chat) -> None:
        while await chat.confirm("More?", timeout=minutes(1)):
            pass

    stage = Stage(confirms).begin()
    assert stage.conversation.earliest() == START + 60 * SECOND
    stage.hear("perhaps")
    assert stage.words == ["Please answer yes or no.", "More?"]
    assert stage.hear("y").hear("no").status == ENDED


def test_the_log_belongs_to_the_turn() -> None:
    async def logs(chat: Chat) -> None:
        chat.log.debug("a %s", 1)
        chat.log.info("b")
        chat.log.warning("c")
        chat.log.error("d")
        await chat.ask("?")

    stage = Stage(logs).begin()
    assert stage.now.more().logs == [(10, "a %s", (1,)), (20, "b", ()), (30, "c", ()), (40, "d", ())]
    assert stage.hear("x").now.more().logs == []


USES: list[Use] = [
    lambda c: c.say("x"),
    lambda c: c.ask("x"),
    lambda c: c.choose("x", ["a"]),
    lambda c: c.confirm("x"),
    lambda c: c.listen(),
    lambda c: c.sleep(1),
    lambda c: c.step(nothing),
    lambda c: c.start(other),
    lambda c: c.start(other, to=ADDRESS),
    lambda c: c.now(),
    lambda c: c.uuid(),
    lambda c: c.patched("x"),
    lambda c: c.random.random(),
    lambda c: c.data["x"],
    lambda c: c.log.info("x"),
    lambda c: c.address,
    lambda c: c.user,
    lambda c: c.room,
    lambda c: c.message,
    lambda _: Sent(1).delete(),
    lambda _: Sent(1).delivered(),
]


@pytest.mark.parametrize("use", USES)
def test_outside_a_conversation_it_refuses(use: Use) -> None:
    with pytest.raises(UsageError, match="this works only inside a conversation function, while it runs"):
        use(CHAT)
    assert RUNNING.here.fresh == []


def test_in_a_thread_and_in_a_parse_function_it_refuses() -> None:
    told: list[str] = []

    def use() -> None:
        try:
            CHAT.now()
        except UsageError as error:
            told.append(str(error))

    def parse(text: str) -> str:
        CHAT.now()
        return text

    async def asks(chat: Chat) -> None:
        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        try:
            await chat.ask("?", parse)
        except UsageError as error:
            told.append(str(error))
        assert running().number == 1

    stage = Stage(asks).begin().hear("x")
    assert (stage.status, len(told), len(set(told))) == (ENDED, 2, 1)
    with pytest.raises(UsageError):
        running()


def test_a_sent_message_is_a_value() -> None:
    assert Sent(3) == Sent(3)
    assert (START, len(SEED)) == (1_700_000_000_000_000, 16)
