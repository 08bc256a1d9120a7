"""The bare loop does the work that it is measured by. Nothing here is timed."""

import sqlite3
from collections import Counter, deque
from pathlib import Path

import apsw
import pytest
from benchmarks.bare_loop import BareLoop
from benchmarks.report import Figure, merged, shares
from benchmarks.traffic import ClosedLoop, Traffic, update_body, update_bytes

from benchmarks import bare_loop


def test_everybody_is_answered_in_batches_of_what_queued(tmp_path: Path) -> None:
    measured = bare_loop.measure(tmp_path, Traffic(users=20), under_way=7)

    assert sum(measured.batches) == 60
    assert max(measured.batches) == 7


def test_every_message_leaves_its_rows_on_disk(tmp_path: Path) -> None:
    bare_loop.measure(tmp_path, Traffic(users=5, first_user=42), under_way=2)

    database = sqlite3.connect(tmp_path / "bare_loop.db")
    counts = [database.execute(f"select count(*) from {table}").fetchone() for table in ("seen", "journal", "outbox")]  # noqa: S608
    said = [text for (text,) in database.execute("select text from outbox where user = 43 order by id")]
    turns = database.execute("select count(*) from journal group by conversation").fetchall()
    database.close()
    assert counts == [(15,), (15,), (15,)]
    assert said == ["How many?", "Of what?", "2 pears, noted."]
    assert turns == [(3,)] * 5


def test_the_database_syncs_at_every_commit(tmp_path: Path) -> None:
    bare = BareLoop(tmp_path / "bare.db")

    assert bare.pragma("synchronous") == 2, "synchronous=FULL"
    assert bare.pragma("journal_mode") == "wal"
    bare.close()


def test_a_repeated_update_is_refused(tmp_path: Path) -> None:
    bare = BareLoop(tmp_path / "bare.db")
    number = update_bytes(2, update_body(42, 3, "7", date=0))
    bare.feed(update_bytes(1, update_body(42, 1, "/start", date=0)))
    bare.feed(number)
    bare.turn(lambda _user, _text: None)

    bare.feed(number)
    with pytest.raises(apsw.ConstraintError):
        bare.turn(lambda _user, _text: None)
    bare.close()


def test_a_run_in_which_somebody_was_not_answered_is_no_figure() -> None:
    queue: deque[bytes] = deque()
    loop = ClosedLoop(Traffic(users=2, first_user=42), under_way=2, feed=queue.append)
    loop.start()
    for _ in range(3):
        loop.on_send(42, "1 apples, noted.")

    with pytest.raises(AssertionError, match="user 1 read 0 messages"):
        loop.check()


def test_a_share_is_taken_round_by_round_and_only_of_like_work() -> None:
    def round_of(bare: float, ours: float) -> list[Figure]:
        few, many = {"users": 10, "under_way": 1}, {"users": 10, "under_way": 5}
        return [
            Figure("two_questions", "bare_loop", "messages_per_second", (bare,), details=few),
            Figure("two_questions", "bare_loop", "messages_per_second", (1e9,), details=many),
            Figure("two_questions", "chinwag", "messages_per_second", (ours,), details=few),
        ]

    rounds = [round_of(100.0, 50.0), round_of(200.0, 150.0)]
    (share,) = merged(shares(one) for one in rounds)

    assert (share.system, share.raw) == ("chinwag", (0.5, 0.75))
    assert share.details == {"users": 10, "under_way": 1}


def test_a_figure_without_a_run_is_refused() -> None:
    with pytest.raises(ValueError, match="needs finite runs"):
        Figure("two_questions", "bare_loop", "messages_per_second", ())


def test_the_traffic_is_the_same_for_the_same_seed_and_shuffled() -> None:
    plan = Traffic(users=50, seed=3).shuffled()

    assert plan == Traffic(users=50, seed=3).shuffled()
    assert plan != Traffic(users=50, seed=4).shuffled()
    assert plan != sorted(plan)
    assert set(Counter(plan).values()) == {3}
