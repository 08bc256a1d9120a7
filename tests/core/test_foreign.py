"""The words for what is no effect of the chat."""

import asyncio

import pytest

from chinwag.core.errors import ForeignAwait
from chinwag.core.foreign import foreign, refusal


@pytest.mark.parametrize(
    ("call", "instead"),
    [
        ("asyncio.sleep", "write `await chat.sleep(seconds)`; for I/O `await chat.step(function, ...)`"),
        ("asyncio.Event.wait", "write `await chat.listen()` to wait for a message"),
        ("asyncio.wait", "write `await chat.all(a, b)`"),
        ("asyncio.create_task", "write `await chat.start(conversation)`"),
        ("httpx.AsyncClient.get", "write `await chat.step(function, ...)`"),
    ],
)
def test_every_refusal_ends_with_what_to_write(call: str, instead: str) -> None:
    error = refusal(call)
    assert type(error) is ForeignAwait
    assert str(error).startswith(f"`{call}` does not work inside a conversation: {instead}")


def test_what_was_yielded_is_named() -> None:
    loop = asyncio.new_event_loop()
    try:
        future = loop.create_future()
        assert str(foreign(future)).startswith("`asyncio.Future` does not work")
    finally:
        loop.close()
    for module, named in (("anyio.abc", "anyio"), ("_trio", "trio"), ("Xlib.display", "Xlib")):
        event = type("Event", (), {"__module__": module})()
        assert str(foreign(event)).startswith(f"`{named}.Event` does not work")
    assert str(foreign(None)).startswith("a bare pause such as `asyncio.sleep(0)` does not work")
    assert str(foreign(7)).startswith("`int` does not work")
