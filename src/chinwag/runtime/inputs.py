"""What can wake the worker: a closed set of values, each decided in its turn, kept until its commit."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from chinwag.core.values import Address, Arrival
from chinwag.ports import Planned


class Arrived(Struct):
    """A message came in, at a place (an address); ``done`` is called once it is durable."""

    arrival: Arrival
    at: int
    place: str
    done: Callable[[], None] | None = None


class Fired(Struct):
    """A conversation's deadline may have come."""

    number: int


class Stepped(Struct):
    """A step has ended."""

    number: int
    path: str
    value: Any
    error: BaseException | None


class Settled(Struct):
    """The network has taken a message that somebody waits for (error is empty), or refused it."""

    number: int
    outgoing: int
    error: str


class Mailed(Struct):
    """A conversation may have an open question and kept messages."""

    number: int


class Woken(Struct):
    """A conversation is to be brought to life, for what it holds."""

    number: int


class Scheduled(Struct):
    """A schedule's time has come."""

    planned: Planned


class Standing(Struct):
    """A conversation that always runs for an account does not."""

    account: str
    name: str


class Ordered(Struct):
    """An operator wants something of a conversation; ``reply`` hears one sentence, once it is durable."""

    number: int
    order: str
    reply: Callable[[str], None]


class Kept(Struct):
    """A network wants something of its own kept; ``done`` is called once it is durable."""

    user: str
    key: str
    value: Any
    done: Callable[[], None]


class Spoken(Struct):
    """The process itself has something to say at an address."""

    where: Address
    text: str


Input = Arrived | Fired | Stepped | Settled | Mailed | Woken | Scheduled | Standing | Ordered | Kept | Spoken
