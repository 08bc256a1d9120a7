"""A second try of a message of several calls goes on with the one that failed."""

from collections.abc import Sequence

import pytest

from chinwag.core.errors import Ambiguous, Refused, SendError
from chinwag.transport.threads import Threads


class Network:
    """Makes what it is told to, unless something is wrong."""

    def __init__(self, **faults: SendError) -> None:
        self.faults = faults
        self.calls: list[str] = []

    async def make(self, call: str, made: Sequence[str]) -> str:
        self.calls.append(f"{call} behind {len(made)}")
        fault = self.faults.pop(call, None)
        if fault is not None:
            raise fault
        return call.upper()


async def test_it_goes_on_with_the_call_that_failed() -> None:
    network, threads = Network(b=Ambiguous("lost")), Threads()
    with pytest.raises(Ambiguous):
        await threads.made(1, "abc", network.make)
    assert await threads.made(2, "x", network.make) == ["X"], "another message is none of it"
    assert await threads.made(1, "abc", network.make) == ["A", "B", "C"]
    assert network.calls == ["a behind 0", "b behind 1", "x behind 0", "b behind 1", "c behind 2"]


async def test_once_sent_a_message_is_forgotten() -> None:
    network, threads = Network(), Threads()
    assert await threads.made(1, "ab", network.make) == await threads.made(1, "ab", network.make) == ["A", "B"]
    assert len(network.calls) == 4


async def test_what_is_refused_is_not_gone_on_with() -> None:
    network, threads = Network(b=Refused("no")), Threads()
    with pytest.raises(Refused):
        await threads.made(1, "ab", network.make)
    assert await threads.made(1, "ab", network.make) == ["A", "B"]
    assert network.calls == ["a behind 0", "b behind 1", "a behind 0", "b behind 1"]
