"""The bench of the flock does the work that it claims, on a small scale. Nothing here is timed."""

import sqlite3
import sys
from pathlib import Path

import pytest

from benchmarks import flock


async def test_every_sheep_posts_in_order_and_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flock, "FEW", 5)
    monkeypatch.setattr(flock, "LATENCY", 0.0)
    monkeypatch.setattr(flock, "tune_collector", lambda: None)
    seen = await flock.measure(tmp_path / "x.db", 20, 0.2, 1.0)
    sys.modules.pop("sheep", None)
    assert len(seen.late) >= 20
    assert min(seen.late) > 0
    database = sqlite3.connect(tmp_path / "x.db")
    accounts = database.execute("SELECT account, body ->> '$.text' FROM outbox ORDER BY number").fetchall()
    database.close()
    poem = [line.strip() for line in flock.SHEEP.with_name("poems").joinpath("tyger.txt").read_text().splitlines()]
    poem = [line for line in poem if line]
    for number in range(20):
        lines = [text for account, text in accounts if account == f"stub:sheep{number}"]
        assert lines
        assert lines == (poem * 3)[: len(lines)]
