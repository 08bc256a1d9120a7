"""A small room of the bench is filled and heard to the end. Nothing here is timed."""

import pytest
from tests.networks.amqp_stage import broker

from benchmarks import room_fanout

__all__ = ["broker"]


def test_all_hear_all(broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMQP_URL", broker)
    found = room_fanout.measure(people=8, own=4, messages=200, rate=500.0)

    assert found is not None
    assert (found["missing"], found["out_of_order"], len(found["lags"])) == (0, 0, 1600)


async def test_a_message_out_of_order_is_counted() -> None:
    crowd = room_fanout.Crowd(3)
    ear = room_fanout.Ear(crowd)
    for text in ("0 0.0", "2 0.0", "3 0.0"):
        ear.hear("anna", text)

    assert (crowd.out_of_order, crowd.left) == (1, 0)


def test_without_a_broker_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMQP_URL", "amqp://guest:guest@127.0.0.1:1/")

    assert room_fanout.measure(people=2, own=0, messages=5, rate=1.0) is None
