"""What every test may use: Hypothesis's profiles, and `require` for what a machine may lack.

A machine without tmux or a database is no reason to fail for somebody who cloned the repository, and no excuse on a
machine that gives the verdict: with `CHINWAG_REQUIRE_SERVICES=1` whatever is missing fails.
"""

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from hypothesis import settings

# Files that mypy and pyright read and nothing imports.
collect_ignore = ["typing/bad.py", "typing/use.py"]

# Without it the first test with a loop makes a second, implicit one, and leaves it open to fail some test later.
asyncio.set_event_loop(None)

# What a shell without job control runs in the background ignores Ctrl-C, and so would every process that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline: a slow machine is not a bug. Never derandomized, as the next bug waits in an input not yet drawn; what
# fails is printed so that it can be replayed.
settings.register_profile("fast", max_examples=50, deadline=None, print_blob=True)
settings.register_profile("ci", max_examples=200, deadline=None, print_blob=True, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "fast"))


def missing(need: str, reach: Callable[[tuple[str, int]], bool]) -> str | None:
    """Why `need` cannot be used here, in words; None if it can.

    `need` is a program on the path, such as ``"tmux"``, or an address, such as ``"amqp://localhost:5672"``.
    """
    if "://" not in need:
        return None if shutil.which(need) else f"the program {need!r} is not on the path"
    parts = urlsplit(need)
    if not parts.hostname or not parts.port:
        return f"the address {parts.scheme}://… names no host and port"
    where = (parts.hostname, parts.port)
    return None if reach(where) else f"nothing answers at {parts.hostname}:{parts.port} ({parts.scheme})"


def answers(where: tuple[str, int]) -> bool:
    """Whether something takes a connection at this host and port."""
    try:
        socket.create_connection(where, timeout=2).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def require() -> Callable[[str], None]:
    """Skip the test if a program or a service is missing; fail it where `CHINWAG_REQUIRE_SERVICES=1`."""

    def check(need: str) -> None:
        reason = missing(need, answers)
        if reason is None:
            return
        if os.environ.get("CHINWAG_REQUIRE_SERVICES") == "1":
            pytest.fail(f"{reason}, and CHINWAG_REQUIRE_SERVICES=1 asks for it", pytrace=False)
        pytest.skip(reason)

    return check
