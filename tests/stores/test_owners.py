"""One owner at a time, by real processes: who comes second is told so, and a killed one leaves all that it reported."""

# ruff: noqa: ASYNC220, ASYNC221 - nothing else runs in these loops

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import chinwag
from chinwag.core.errors import StoreLocked
from chinwag.stores.reader import Reader
from chinwag.stores.schema import connect_reader
from chinwag.stores.sqlite import SqliteStore
from chinwag.testing.contract.store_rows import batch, birth, place

OWNER = Path(__file__).with_name("owner.py")
# The package may not be installed, but found by the path of the tests' configuration.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(chinwag.__file__).parents[1])}


@contextmanager
def owner(path: Path, count: int) -> "Iterator[subprocess.Popen[str]]":
    """A process that has opened the store; killed in the end."""
    command = [sys.executable, str(OWNER), str(path), str(count)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "open\n"
            yield process
        finally:
            process.kill()


def reported(process: "subprocess.Popen[str]", count: int) -> list[int]:
    """The next numbers that it reports."""
    assert process.stdout is not None
    return [int(process.stdout.readline()) for _ in range(count)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


async def test_a_second_process_is_refused_while_readers_look(path: Path) -> None:
    with owner(path, 5) as process:
        assert reported(process, 5) == [1, 2, 3, 4, 5]
        with pytest.raises(
            StoreLocked, match=rf"in use by another chinwag \(process {process.pid}\): stop that one first"
        ):
            await SqliteStore(path).open()
        link = path.with_name("link.db")
        link.symlink_to(path)
        with pytest.raises(StoreLocked):
            await SqliteStore(link).open()
        command = [sys.executable, str(OWNER), str(path), "1"]
        second = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
        assert (second.returncode, second.stdout) == (1, "")
        assert second.stderr.startswith("StoreLocked: the store ")
        with Reader(str(path)) as reader:
            assert [parked.number for parked in reader.parked(range(10))] == [1, 2, 3, 4, 5]


async def test_the_lock_dies_with_its_owner(path: Path) -> None:
    with owner(path, 1) as process:
        reported(process, 1)
        process.kill()
        process.wait()
    store = SqliteStore(path)
    assert (await store.open()).epoch == 2
    await store.close()
    again = SqliteStore(path)
    assert (await again.open()).epoch == 3
    await again.close()


async def test_two_owners_in_one_process_are_two(path: Path) -> None:
    one, two = SqliteStore(path), SqliteStore(path)
    await one.open()
    with pytest.raises(StoreLocked):
        await two.open()
    await one.commit(batch(births=[birth(1)]))
    await one.close()
    assert (await two.open()).conversation == 1
    await two.close()


async def test_an_owner_that_ends_leaves_one_file(path: Path) -> None:
    with owner(path, 3) as process:
        reported(process, 3)
        process.communicate(timeout=30)
        assert process.returncode == 0
    assert sorted(file.name for file in path.parent.iterdir()) == ["store.db", "store.db.lock"]


def test_a_reader_finds_what_a_killed_owner_left(path: Path) -> None:
    with owner(path, 100) as process:
        reported(process, 100)
        process.kill()
        process.wait()
    with closing(connect_reader(str(path))) as reader:
        assert list(reader.execute("SELECT max(number) FROM conv")) == [(100,)]


async def test_every_reported_commit_survives_a_kill(path: Path) -> None:
    """Killed in the middle of thousands of commits, again and again: what was reported is there, no half of more."""
    last = 0
    for _ in range(6):
        with owner(path, 1_000_000) as process:
            last = reported(process, random.randint(1, 400))[-1]  # noqa: S311 - when to kill
            process.kill()
            process.wait()
        store = SqliteStore(path)
        counters = await store.open()
        assert last <= counters.conversation <= last + 50, "what it did between its last report and its end"
        numbers = range(1, counters.conversation + 1)
        parked = await store.parked(numbers)
        assert [found.number for found in parked] == list(numbers)
        assert {len(found.rows) for found in parked} == {1}
        assert counters.outbox == len(await store.open_outbox()) == counters.conversation
        living = await store.at([place(str(number)) for number in numbers])
        assert [found.number for found in living] == [number for number in numbers if number % 2 == 0]
        assert [number for _, number in await store.due((0, 0), 10_000)] == [found.number for found in living]
        await store.close()


FORKING = """
import asyncio, os, sys
from chinwag.stores.sqlite import SqliteStore


async def own():
    await SqliteStore(sys.argv[1]).open()
    if not os.fork():
        print("forked", flush=True)
        sys.stdin.read()
        os._exit(0)
    await asyncio.Event().wait()


asyncio.run(own())
"""


async def test_a_forked_process_neither_keeps_nor_ends_the_ownership(path: Path) -> None:
    command = [sys.executable, "-c", FORKING, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "forked\n"
        with pytest.raises(StoreLocked):
            await SqliteStore(path).open()
        process.kill()
        process.wait()
        store = SqliteStore(path)  # what was forked lives on until its input ends
        assert (await store.open()).epoch == 2
        await store.close()
