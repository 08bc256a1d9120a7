"""Chinwag's benches do the work that they claim, on a small scale. Nothing here is timed."""

import asyncio
import io
import json
import sqlite3
import sys
from pathlib import Path

import pytest
from benchmarks.__main__ import ROWS
from benchmarks.chinwag_system import ACCOUNT, InProcess, patient_bot, started
from benchmarks.parked_store import FIRST_NEW, FIRST_PARKED, TEMPLATES, Parked, parked_store
from benchmarks.report import Report
from benchmarks.traffic import CLOSING, FIRST_QUESTION, SECOND_QUESTION, Traffic, update_bytes

from benchmarks import (
    cold_wake,
    disk,
    hot_path,
    lone_message,
    million_parked,
    open_loop_latency,
    overdue,
    parked_memory,
    schedules,
    turn_cost,
    two_questions,
)

SMALL = Parked(200)


@pytest.fixture
def parked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(disk.SHARED, str(tmp_path))
    with parked_store(SMALL) as path:
        return path


async def test_everybody_goes_through_the_two_questions(tmp_path: Path) -> None:
    assert await two_questions.measure(tmp_path / "x.db", Traffic(20), under_way=7) > 0

    database = sqlite3.connect(tmp_path / "x.db")
    sent = database.execute("SELECT status, count(*) FROM outbox GROUP BY status").fetchall()
    database.close()
    assert sent == [("sent", 60)]


def test_a_message_takes_no_more_steps_of_python_than_it_did(tmp_path: Path) -> None:
    counts = hot_path.Counts()
    bare = hot_path.Counts()
    traffic = Traffic(100)
    before = sys.gettrace()
    try:
        hot_path.talk(tmp_path / "x.db", traffic, 50, counts)
        hot_path.talk_bare(tmp_path / "bare.db", traffic, 50, bare)
    finally:
        sys.settrace(before)

    # What is asked of every message is paid by every message: a number that grows wants a reason, and a larger bound.
    assert 40 < counts.calls / traffic.messages < 62
    assert 1_500 < counts.bytecodes / traffic.messages < 2_550
    assert 0 < bare.calls / traffic.messages < 8


async def test_lone_messages_are_all_answered(tmp_path: Path) -> None:
    took = await lone_message.measure(tmp_path / "x.db", Traffic(20), gap=0.0)
    bare = lone_message.measure_bare(tmp_path / "bare.db", Traffic(20), gap=0.0)

    assert len(took) == len(bare) == 60 - lone_message.WARM


async def test_an_open_loop_is_answered_to_the_end(tmp_path: Path) -> None:
    latency, _ = await open_loop_latency.measure(tmp_path / "x.db", Traffic(30))
    bare, _ = open_loop_latency.measure_bare(tmp_path / "bare.db", Traffic(30))

    assert latency.worst >= latency.p50 > 0
    assert bare.worst >= bare.p50 > 0


async def test_every_turn_is_one_row_of_one_conversation(tmp_path: Path) -> None:
    costs = await turn_cost.measure(tmp_path / "x.db", (10, 100), people=2)

    database = sqlite3.connect(tmp_path / "x.db")
    rows = database.execute("SELECT count(*) FROM journal GROUP BY conv").fetchall()
    database.close()
    assert rows == [(150,)] * 3
    assert [len(costs[turn]) for turn in (10, 100)] == [2, 2]


async def test_a_wake_replays_the_rows_it_names(tmp_path: Path) -> None:
    wakes = await cold_wake.measure(tmp_path / "x.db", rows=10, repeats=2)

    assert len(wakes.cold) == len(wakes.live) == len(wakes.replay) == 2
    assert all(whole > replay for whole, replay in zip(wakes.cold, wakes.replay, strict=True))


async def test_parked_conversations_are_live_until_they_are_evicted(tmp_path: Path) -> None:
    seen = await parked_memory.measure(tmp_path / "x.db", (50, 1000))

    # A conversation and its coroutine are some twenty blocks; evicted, they are gone but for its deadline. There are so
    # many that it does not count what other tests leave behind, and the process lets go meanwhile.
    assert seen["live_1000"].blocks - seen["empty"].blocks > 1000 * 10
    assert seen["evicted"].blocks - seen["empty"].blocks < 1000 * 5


async def test_clones_wake_like_conversations_that_were_begun(parked: Path) -> None:
    said: list[tuple[int, str]] = []
    network = InProcess()
    network.on_send = lambda user, text: said.append((user, text))
    worker = await started(parked, network, patient_bot)
    for index in (0, 19, 20, 77, 199):
        _, number, word = Traffic(1, first_user=SMALL.user(index)).bodies()
        network.feed(update_bytes(FIRST_NEW + 2 * index, number))
        network.feed(update_bytes(FIRST_NEW + 2 * index + 1, word))
        await worker.quiet()
    await worker.stop()

    users = [SMALL.user(index) for index in (0, 19, 20, 77, 199)]
    closing = CLOSING.format(number=1, word="apples")
    assert said == [(user, text) for user in users for text in (SECOND_QUESTION, closing)]


def test_a_store_has_one_clone_for_each_user_and_no_template(parked: Path) -> None:
    database = sqlite3.connect(parked)
    counts = [database.execute(f"SELECT count(*) FROM {table}").fetchone() for table in ("conv", "address", "outbox")]  # noqa: S608
    strangers = database.execute("SELECT count(*) FROM seen WHERE id NOT IN (SELECT number FROM conv)").fetchone()
    outbox = database.execute("SELECT conv, room, body FROM outbox").fetchall()
    lowest = database.execute("SELECT min(number) FROM conv").fetchone()[0]
    places = {address for (address,) in database.execute("SELECT address FROM address")}
    database.close()

    assert counts == [(200,)] * 3
    assert strangers == (0,)
    assert lowest == TEMPLATES + 1
    assert places == {f"{ACCOUNT}/{user}/{user}" for user in range(FIRST_PARKED, FIRST_PARKED + 200)}
    assert all(json.loads(body)["room"] == room and json.loads(body)["id"] == conv for conv, room, body in outbox)


async def test_only_the_soon_are_overdue(parked: Path) -> None:
    worked = await overdue.measure(parked, SMALL.soon, FIRST_NEW)

    assert worked.seconds > 0


async def test_parked_and_new_users_are_answered_side_by_side(parked: Path) -> None:
    people = [SMALL.user(index) for index in range(30, 60)]

    assert await million_parked.woken_users(parked, people, under_way=7, update=FIRST_NEW) > 0
    newcomers = Traffic(10, first_user=FIRST_NEW, first_update=2 * FIRST_NEW)
    assert await million_parked.new_users(parked, newcomers, under_way=3) > 0


async def test_a_first_answer_is_told_with_its_times(parked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await million_parked.answer_one(parked, FIRST_NEW, "/start", FIRST_NEW)

    told = json.loads(capsys.readouterr().out)
    assert told["words"] == FIRST_QUESTION
    assert told["imported"] < told["ready"] < told["answered"]


def test_no_two_rows_have_one_name() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_a_report_writes_a_line_a_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHINWAG_BENCH_DIR", str(tmp_path))
    out = io.StringIO()
    cold_wake.run(Report(figures=out), True)  # noqa: FBT003 - as every bench is called

    figures = [json.loads(line) for line in out.getvalue().splitlines()]
    assert {figure["system"] for figure in figures} == {"chinwag"}
    assert [figure["rows"] for figure in figures] == [10, 10, 100, 100, 1000, 1000]


def test_schedules_that_are_due_at_one_instant_all_ask(tmp_path: Path) -> None:
    path = tmp_path / "due.db"
    assert asyncio.run(schedules.plan(path, 30)) > 0
    assert asyncio.run(schedules.fire(path, 30)) > 0


def test_a_start_with_many_schedules_compares_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chinwag.runtime.recipients.PAGE", 20)
    path = tmp_path / "many.db"
    asyncio.run(schedules.plan(path, 0))
    schedules.write(path, 50)
    monkeypatch.delattr("chinwag.runtime.recipients.Recipients._everybody")
    assert asyncio.run(schedules.start(path, 50)) > 0
    assert asyncio.run(schedules.weigh(path, 50)) > 0
