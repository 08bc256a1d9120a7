"""What the XMPP servers of the tests have in common: accounts, rooms at rooms.localhost, a start and a stop."""

import signal
import socket
from typing import Protocol

USERS = ("medbot", "alice", "bob")
PASSWORD = "pw"  # noqa: S105 - of accounts that live for a test
LONGEST_START = 15.0


class Server(Protocol):
    """A server on loopback, without TLS, that can be stopped and started.

    Attributes:
        port: for clients.
        http: where files are put and fetched.
    """

    port: int
    http: int

    def start(self) -> None:
        """Serve, and be reached."""

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, in order or not."""


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def answers(port: int) -> bool:
    """Whether something on this machine takes a connection there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
