"""The words for an await that is not an effect of the chat.

A conversation is driven by ``send``, not by an event loop: there is nothing that would wake it from ``asyncio.sleep``.
Owns what such an error says, for the guard that sees the call and for the engine that sees what was yielded. Refuses to
know any event loop: it is told names and values.

Rule: every message ends with the line to write instead.
"""

from chinwag.core.errors import ForeignAwait

_DOES_NOT = "does not work inside a conversation"
_STEP = "`await chat.step(function, ...)`"
_SLEEP = f"write `await chat.sleep(seconds)`; for I/O {_STEP}"
_LIMIT = "write `timeout=seconds` at the ask, the listen or the step: `await chat.step(function, ..., timeout=seconds)`"
_SEVERAL = f"write `await chat.all(a, b)` or `await chat.first(a, b)` with effects of the chat; for I/O {_STEP}"
_BESIDE = f"write `await chat.start(conversation)`, or `await chat.all(a, b)` to wait for both; for I/O {_STEP}"
_SIGNAL = f"write `await chat.listen()` to wait for a message; for I/O {_STEP}"
_COROUTINE = f"write `await` before the coroutine if it only uses the chat; for I/O {_STEP}"

_INSTEAD = {
    "sleep": _SLEEP,
    "timeout": _LIMIT,
    "timeout_at": _LIMIT,
    "Timeout": _LIMIT,
    "wait_for": _LIMIT,
    "fail_after": _LIMIT,
    "move_on_after": _LIMIT,
    "Event": _SIGNAL,
    "Queue": _SIGNAL,
    "Condition": _SIGNAL,
    "Lock": _SIGNAL,
    "Semaphore": _SIGNAL,
    "Barrier": _SIGNAL,
    "TaskGroup": _SEVERAL,
    "create_task_group": _SEVERAL,
    "gather": _SEVERAL,
    "wait": _SEVERAL,
    "as_completed": _SEVERAL,
    "create_task": _BESIDE,
    "ensure_future": _BESIDE,
    "Runner": _COROUTINE,
    "run": _COROUTINE,
    "run_until_complete": _COROUTINE,
}


def refusal(call: str) -> ForeignAwait:
    """The error for a call of a foreign function.

    Args:
        call: its dotted name, as the user writes it.

    >>> str(refusal("asyncio.to_thread"))
    '`asyncio.to_thread` does not work inside a conversation: write `await chat.step(function, ...)`'
    """
    instead = (_INSTEAD[part] for part in call.split(".") if part in _INSTEAD)
    return ForeignAwait(f"`{call}` {_DOES_NOT}: {next(instead, f'write {_STEP}')}")


def foreign(yielded: object) -> ForeignAwait:
    """The error for something that a conversation yielded and that is no effect.

    Args:
        yielded: what came out of the coroutine; ``asyncio.sleep(0)`` yields None, a future itself.

    >>> str(foreign(None))
    'a bare pause such as `asyncio.sleep(0)` does not work inside a conversation: write `await chat.sleep(...'
    """
    if yielded is None:
        # A library pauses like this before it does something else, so the name may not be in the user's code.
        return ForeignAwait(f"a bare pause such as `asyncio.sleep(0)` {_DOES_NOT}: {_SLEEP}")
    kind = type(yielded)
    module = kind.__module__.partition(".")[0].lstrip("_")
    return refusal(kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}")
