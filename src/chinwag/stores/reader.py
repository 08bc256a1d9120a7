"""A look into a store, beside its owner: nothing is locked, nothing is written.

Every question is answered from one named query; lists come in pages, so that a million conversations need no memory.
"""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from msgspec import Struct

from chinwag.ports import Parked
from chinwag.stores.assembly import bound, load
from chinwag.stores.queries import queries
from chinwag.stores.schema import connect_reader
from chinwag.stores.trouble import explained

PAGE = 500


class Said(Struct, frozen=True):
    """A message of the outbox.

    Args:
        number: its number.
        status: pending, sending, sent, failed or uncertain.
        attempts: how often it was tried.
        doubled: how often it may have been sent twice.
        at: when it was said, in microseconds.
        ref: the network's own id of it.
        error: why it failed, or what the network noted when it took it.
        body: the message as JSON.
    """

    number: int
    status: str
    attempts: int
    doubled: int
    at: int
    ref: str
    error: str
    body: str


class Tallies(Struct, frozen=True):
    """Figures over the whole store."""

    waiting: int
    failed: int
    diverged: int
    messages_pending: int
    messages_failed: int
    messages_uncertain: int
    messages_doubled: int


class Reader:
    """A store that is only looked at.

    Args:
        path: the database.

    Raises:
        StoreError: if there is none, or it cannot be read.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._sql = queries()
        self._connection = connect_reader(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def newest(self, limit: int) -> list[int]:
        """The newest conversations that are waiting, and the newest that are in trouble, all by number.

        Args:
            limit: how many of both kinds, at most.
        """
        with explained(self.path):
            return [row[0] for row in self._read("newest", {"limit": limit})]

    def unended(self) -> Iterator[list[int]]:
        """All conversations that are not over, in pages."""
        return self._pages("unended")

    def in_flight(self) -> Iterator[list[int]]:
        """All conversations that a start would take up, in pages."""
        return self._pages("in_flight")

    def _pages(self, name: str) -> Iterator[list[int]]:
        after = 0
        while True:
            with explained(self.path):
                page = [row[0] for row in self._read(name, (after, PAGE))]
            if not page:
                return
            yield page
            after = page[-1]

    def parked(self, numbers: Sequence[int]) -> list[Parked]:
        """These conversations, with their journals and what they hold."""
        with explained(self.path):
            return load(self._read, numbers)

    def data(self, users: Sequence[str]) -> list[tuple[str, str, str]]:
        """The durable data of these users: user, key, value as JSON."""
        with explained(self.path):
            return [(user, key, value) for user, key, value in self._read("data", bound(users))]

    def kept(self, key: str) -> list[tuple[str, str]]:
        """What networks keep under a key: account, value as JSON."""
        with explained(self.path):
            return [(account, value) for account, value in self._read("kept", {"key": key})]

    def said(self, number: int) -> list[Said]:
        """What a conversation said, in order."""
        with explained(self.path):
            return [Said(*row) for row in self._read("said", (number,))]

    def tallies(self) -> Tallies:
        """Figures over the whole store."""
        with explained(self.path):
            housed, *rest = next(self._read("tallies", ()))
        # A diverged conversation keeps its address.
        return Tallies(housed - rest[1], *rest)

    def _read(self, name: str, bindings: Any) -> Iterator[tuple[Any, ...]]:
        return iter(self._connection.execute(self._sql[name], bindings))
