"""What a conversation waits for, by its journal: the same as what the live conversation waits for."""

from typing import Any

import msgspec
import pytest

from chinwag import Bot, Chat
from chinwag.cli.timeline import timeline
from chinwag.cli.waits import open_waits, rows_of, status
from chinwag.testing import World, play

bot = Bot("waits")


async def look(word: str) -> str:
    return word


@bot.on_command("plain")
async def plain(chat: Chat) -> None:
    await chat.ask("How many?", int, retry="A number.")
    await chat.sleep(60)
    await chat.listen()


@bot.on_command("branches")
async def branches(chat: Chat) -> None:
    await chat.first(chat.ask("Left?"), chat.first(chat.sleep(10), chat.ask("Right?", int, retry=None)))
    await chat.all(asked_twice(chat), chat.sleep(5))
    await chat.listen()


async def asked_twice(chat: Chat) -> None:
    await chat.ask("One?")
    await chat.ask("Two?")


SCRIPTS: list[tuple[str, list[Any]]] = [
    ("/plain", ["many", "3", 61, "x"]),
    ("/branches", [11, "a", 6, "b", "c"]),
    ("/branches", ["7", "a", "b", 6, "c"]),
]


@pytest.mark.parametrize(("begin", "script"), SCRIPTS)
def test_the_same_as_the_live_conversation(begin: str, script: list[Any]) -> None:
    with play(bot) as world:
        anna = world.user("anna")
        anna.says(begin)
        for act in script:
            compare(world)
            if isinstance(act, str):
                anna.says(act)
            else:
                world.passes(act)


def compare(world: World) -> None:
    life = world._life
    assert life is not None
    (conversation,) = life.worker.table.live.values()
    live = sorted((branch.path, branch.effect.kind, branch.line()) for branch in conversation.waits() if branch.effect)
    (parked,) = life.loop.finish(world.disk.store.parked([conversation.number]))
    read = sorted((wait.opened.path, wait.opened.kind, wait.opened.line) for wait in open_waits(rows_of(parked)))
    assert read == live
    kinds = {kind for _, kind, _ in live}
    assert status(parked, open_waits(rows_of(parked))) == ("asking" if kinds & {"ask", "listen"} else "sleeping")
    assert timeline(parked, [])[0].what == "born"
    msgspec.json.encode(timeline(parked, []))
