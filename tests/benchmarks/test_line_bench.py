"""The bench of LINE's webhook does the work that it claims, on a small scale. Nothing here is timed."""

import sqlite3
from pathlib import Path

from benchmarks.line_load import body, request

from benchmarks import line_webhook
from chinwag.core.values import Arrival
from chinwag.networks.line.signature import HEADER, signature
from chinwag.networks.line.wire import Reader


async def test_every_push_is_consumed_and_journaled(tmp_path: Path) -> None:
    taken = await line_webhook.chinwag(tmp_path, 300)
    assert taken.p99 >= taken.p50 > 0

    database = sqlite3.connect(tmp_path / "webhook.db")
    (seen,) = database.execute("SELECT count(*) FROM seen").fetchone()
    (born,) = database.execute("SELECT count(*) FROM conv").fetchone()
    database.close()
    assert (seen, born) == (300, 300)


async def test_the_bare_app_answers_what_is_signed(tmp_path: Path) -> None:
    assert (await line_webhook.bare(tmp_path, 100)).rate > 0


def test_a_push_is_as_line_makes_it() -> None:
    data = body(1_234)
    (arrival,) = Reader("line:bench").read(data, 0)
    assert isinstance(arrival, Arrival)
    assert (arrival.text, arrival.user) == ("word 1234", f"U{234:032x}")
    assert f"{HEADER}: {signature('secret', data)}\r\n".encode() in request(1_234, "secret")
