"""What is kept of messages that nobody answered, and how an operator reads it."""

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.cli.shell import chinwag

from chinwag import Bot
from chinwag.core.values import Arrival, Attachment
from chinwag.networks.xmpp.missed import LONGEST, MOST, Record, missed
from chinwag.runtime.clock import RealClock
from chinwag.runtime.remembering import Memory
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import SqliteStore

NOON = 1_767_614_400_000_000
bot = Bot("medbot")


class Drawer:
    """A memory of one process."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    async def recall(self) -> dict[str, Any]:
        return dict(self.kept)

    async def keep(self, key: str, value: Any) -> None:
        self.kept[key] = value


def said(number: int, text: str = "yes", room: str = "ann@x.org", user: str = "ann@x.org", **more: Any) -> Arrival:
    return Arrival("xmpp:medbot", room, user, text, f"d {number}", at=NOON + number * 1_000_000, **more)


async def test_each_message_is_kept_once_and_the_newest_of_many() -> None:
    record = Record()
    await record.add([said(0)])
    record.memory = drawer = Drawer()
    await record.add([said(number) for number in range(3)])
    await record.add([said(number) for number in range(1, MOST + 2)])
    assert [one["id"] for one in drawer.kept["missed"]] == [f"d {number}" for number in range(2, MOST + 2)]


def test_files_are_told_by_their_addresses_and_a_long_text_by_its_beginning() -> None:
    file = Attachment("image", b"", "https://x.org/a.png", "a.png")
    assert missed(said(1, "", attachments=(file,))).text == "https://x.org/a.png"
    assert missed(said(1, "look", attachments=(file,))).text == "look\nhttps://x.org/a.png"
    assert missed(said(1, "y" * 2000)).text == "y" * LONGEST


async def test_an_operator_reads_them(tmp_path: Path) -> None:
    (tmp_path / ".chinwag").mkdir()
    worker = Worker(SqliteStore(tmp_path / ".chinwag" / "medbot.db"), [], RealClock(asyncio.get_running_loop()))
    await worker.start()
    nothing = await asyncio.to_thread(chinwag, tmp_path, "missed")
    record = Record()
    record.memory = Memory(worker, "xmpp:medbot")
    await record.add([said(1, "no\nwait"), said(0, "hello", "fun@rooms.x.org", "Al")])
    found = await asyncio.to_thread(chinwag, tmp_path, "missed", more={"TZ": "Europe/Berlin"})
    as_json = await asyncio.to_thread(chinwag, tmp_path, "missed", "--json")
    await worker.stop()
    assert nothing.stdout == "nothing was missed\n"
    assert found.stdout.splitlines() == [
        "2026-01-05 13:00:00  xmpp:medbot  fun@rooms.x.org/Al  hello",
        "2026-01-05 13:00:01  xmpp:medbot  ann@x.org  no\ufffdwait",
    ]
    assert json.loads(as_json.stdout)[0] == {
        "at": "2026-01-05T12:00:00+00:00", "account": "xmpp:medbot", "room": "fun@rooms.x.org", "user": "Al",
        "text": "hello",
    }  # fmt: skip
