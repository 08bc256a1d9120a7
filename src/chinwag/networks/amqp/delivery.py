"""A message as a broker delivered it, and the ways to hear one. Pure values.

Owns nothing that moves: who took a delivery in calls ``done``, and the link acknowledges it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec import Struct

Ears = Literal["none", "exclusive", "inbox", "work"]
"""How one hears: not at all; by a queue of one's own, as long as the connection lives; by a durable one that keeps what
is said meanwhile; by a queue of which each message goes to one consumer. Where the settings name a work queue, that one
takes the room's place."""


class Delivery(Struct, frozen=True):
    """A message as it was delivered.

    Args:
        key: its routing key.
        body: its bytes.
        headers: its headers.
        id: its id; empty if it has none.
        reply_to: the queue at which its sender waits for an answer; empty if nobody waits.
        exchange: by which it came; empty if it was sent to the queue itself.
        again: whether it may have been delivered before.
        done: to be called once it is taken in.
        leave: to be called instead, if it cannot be: a broker that was told so puts it aside.
    """

    key: str
    body: bytes
    headers: Mapping[str, Any]
    id: str
    reply_to: str
    exchange: str
    again: bool
    done: Callable[[], None]
    leave: Callable[[], None]
