"""The bot's code: conversation functions that run a program through a chat, the real one or the reference's.

Owns what each node of a program does and the fingerprint of what it has seen. Knows of chinwag only what a user's code
would; the reference has a chat of its own with the same methods, so both run this very code.

Rules: no branch on which of the two it is. Whatever comes back from an await goes into ``chain``, and whatever is said
shows the chain.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from tests.simulation import programs
from tests.simulation.programs import Node, Program

from chinwag import Chat, Reject, State

MOST_PROGRAMS = 12
LOW = "At least 10, please."


class Code:
    """What is deployed: one for the process, set before it starts, and one for the reference."""

    book: tuple[Program, ...] = ()
    version: int = 0
    addresses: tuple[str, ...] = ()
    work: Callable[[str, float, int], Awaitable[str]]
    """What a step does in the outside world."""


class Flop(Exception):
    """A step that failed, as planned."""


class Broken(Exception):
    """A fault of the bot's own code, as planned."""


def low(text: str) -> int:
    number = int(text)
    if number < 10:
        raise Reject(LOW)
    return number


PARSES: dict[str, Callable[[str], Any]] = {"str": str, "int": int, "low": low}


async def work(key: str, takes: float, fails: int) -> str:
    return await Code.work(key, takes, fails)


def plain_work(key: str, takes: float, fails: int) -> str:
    coroutine: Any = Code.work(key, takes, fails)
    try:
        coroutine.send(None)
    except StopIteration as stop:
        value: str = stop.value
        return value
    msg = "a plain step does not wait"
    raise RuntimeError(msg)


def named(error: BaseException) -> str:
    return getattr(error, "named", None) or type(error).__name__


EXPECTED = {"Timeout", "Undeliverable", "StepTimeout", "OutcomeUnknown", "Flop"}


class Talk:
    """One run of a state of a program."""

    def __init__(self, chat: Any, index: int, tag: str, chain: int) -> None:
        self.chat, self.index, self.tag, self.chain = chat, index, tag, chain
        self.count = 0

    def learn(self, value: object) -> None:
        self.chain = crc32(repr(value).encode(), self.chain)

    def words(self, kind: str, *, dated: bool = False) -> str:
        version = f" v{Code.version}" if dated else ""
        return f"{self.tag} {kind} {self.chain:08x}{version}"

    async def state(self, number: int) -> Part | None:
        program = Code.book[self.index]
        await self.run(program.states[number])
        if number + 1 < len(program.states):
            return Part(self.index, number + 1, self.tag, self.chain)
        return None

    async def run(self, node: Node) -> Any:
        value = await DOES[type(node)](self, node)
        self.learn(value)
        return value

    # -- leaves -------------------------------------------------------------------------------------------------------

    async def say(self, node: programs.Say) -> str:
        delivery = "at_most_once" if node.once else "at_least_once"
        sent = await self.chat.say(self.words("says", dated=node.dated), delivery=delivery)
        if node.then == "edit":
            await sent.edit(self.words("edits"))
        elif node.then == "delete":
            await sent.delete()
        elif node.then == "delivered":
            await sent.delivered()
        return "said"

    async def ask(self, node: programs.Ask) -> Any:
        more: dict[str, Any] = {} if node.retry == "again" else {"retry": node.retry}
        if node.default is not None:
            more["default"] = node.default
        if node.mine and self.chat.user != "*":
            more["from_"] = self.chat.user
        prompt = self.words(f"asks {node.parse}", dated=node.dated)
        return await self.chat.ask(prompt, PARSES[node.parse], timeout=node.timeout, **more)

    async def choose(self, node: programs.Choose) -> Any:
        options = {f"option {i}": i for i in range(node.options)}
        return await self.chat.choose(self.words("asks choose"), options, timeout=node.timeout)

    async def confirm(self, node: programs.Confirm) -> Any:
        return await self.chat.confirm(self.words("asks confirm"), timeout=node.timeout)

    async def listen(self, node: programs.Listen) -> Any:
        message = await self.chat.listen(timeout=node.timeout)
        return message.text, message.user

    async def sleep(self, node: programs.Sleep) -> None:
        if node.until:
            await self.chat.sleep_until(self.chat.now() + dt.timedelta(seconds=node.seconds))
        else:
            await self.chat.sleep(node.seconds)

    async def step(self, node: programs.Step) -> Any:
        self.count += 1
        key = f"{self.tag}.{self.chain:08x}.{self.count}"
        function = plain_work if node.plain else work
        return await self.chat.step(
            function, key, node.takes, node.fails, retries=node.retries, timeout=node.timeout, once=node.once
        )

    async def know(self, node: programs.Know) -> Any:
        return getattr(self, f"know_{node.what}")(node.key)

    def know_random(self, _: str) -> float:
        value: float = self.chat.random.random()
        return value

    def know_uuid(self, _: str) -> str:
        return str(self.chat.uuid())

    def know_now(self, _: str) -> str:
        return str(self.chat.now().isoformat())

    def know_get(self, key: str) -> Any:
        return self.chat.data.get(key)

    def know_set(self, key: str) -> None:
        self.chat.data[key] = f"{self.chain:08x}"

    def know_pop(self, key: str) -> Any:
        return self.chat.data.pop(key, None)

    def know_keys(self, _: str) -> list[str]:
        return list(self.chat.data)

    def know_log(self, _: str) -> None:
        self.chat.log.info("%s notes", self.tag)

    async def start(self, node: programs.Start) -> Any:
        to = Code.addresses[node.to % len(Code.addresses)] if node.to is not None else None
        return await self.chat.start(TALKS[node.program], f"{self.tag}.{self.chain:08x}", to=to)

    async def fail(self, node: programs.Fail) -> None:
        if Code.version < node.mended:
            msg = f"{self.tag} is broken"
            raise Broken(msg)

    # -- trees --------------------------------------------------------------------------------------------------------

    async def patch(self, node: programs.Patch) -> None:
        if Code.version >= node.since and self.chat.patched(node.name):
            await self.run(node.body)

    async def grow(self, node: programs.Grow) -> None:
        if node.since <= Code.version < node.until:
            await self.run(node.body)

    async def seq(self, node: programs.Seq) -> None:
        for part in node.nodes:
            await self.run(part)

    async def repeat(self, node: programs.Repeat) -> None:
        for _ in range(node.times):
            await self.run(node.body)

    async def first(self, node: programs.First) -> Any:
        index, _ = await self.chat.first(*(self.run(part) for part in node.nodes))
        return index

    async def all(self, node: programs.All) -> None:
        await self.chat.all(*(self.run(part) for part in node.nodes))

    async def finally_(self, node: programs.Finally) -> None:
        try:
            await self.run(node.body)
        finally:
            self.learn("finally")
            await self.run(node.last)

    async def catch(self, node: programs.Catch) -> str:
        try:
            await self.run(node.body)
        except Exception as error:
            if named(error) not in EXPECTED:
                raise
            return f"{named(error)} {error if named(error) == 'Flop' else ''}"
        except BaseException as error:
            if named(error) != "Cancelled" or not node.swallow:
                raise
            return "swallowed"
        return "done"


DOES: dict[type, Callable[[Talk, Any], Coroutine[Any, Any, Any]]] = {
    programs.Say: Talk.say,
    programs.Ask: Talk.ask,
    programs.Choose: Talk.choose,
    programs.Confirm: Talk.confirm,
    programs.Listen: Talk.listen,
    programs.Sleep: Talk.sleep,
    programs.Step: Talk.step,
    programs.Know: Talk.know,
    programs.Start: Talk.start,
    programs.Fail: Talk.fail,
    programs.Patch: Talk.patch,
    programs.Grow: Talk.grow,
    programs.Seq: Talk.seq,
    programs.Repeat: Talk.repeat,
    programs.First: Talk.first,
    programs.All: Talk.all,
    programs.Finally: Talk.finally_,
    programs.Catch: Talk.catch,
}


@dataclass(frozen=True)
class Part(State):
    """A program's later state."""

    index: int
    number: int
    tag: str
    chain: int

    async def run(self, chat: Any) -> State | None:
        return await Talk(chat, self.index, self.tag, self.chain).state(self.number)


async def converse(chat: Any, index: int, arguments: tuple[str, ...]) -> State | None:
    """A program from its beginning; what began it goes into the fingerprint."""
    talk = Talk(chat, index, chat.uuid().hex[:10], 0)
    talk.learn((chat.message.text, chat.message.arguments, chat.message.user, arguments))
    return await talk.state(0)


def _talk(index: int) -> Callable[..., Coroutine[Any, Any, State | None]]:
    async def talk(chat: Chat, *arguments: str) -> State | None:
        return await converse(chat, index, arguments)

    talk.__name__ = talk.__qualname__ = f"talk{index}"
    talk.__doc__ = f"Talk {index}."
    setattr(sys.modules[__name__], talk.__name__, talk)
    return talk


TALKS = tuple(_talk(index) for index in range(MOST_PROGRAMS))
"""Each stands at the top of this module under its own name, as a started conversation's function must."""
