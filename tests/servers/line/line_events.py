"""Webhook events as LINE's schema has them, every field that is required and some that are not."""

import itertools
from typing import Any

MILLISECOND = 1000
_numbers = itertools.count(1)


def ulid() -> str:
    """An id of an event, never used before."""
    return f"01HZZ{next(_numbers):021d}"


def user_id(number: int) -> str:
    return f"U{number:032x}"


def group_id(number: int) -> str:
    return f"C{number:032x}"


def room_id(number: int) -> str:
    return f"R{number:032x}"


def source(user: str = "", room: str = "") -> dict[str, Any]:
    """Where something happened: a direct chat, a group (``C``) or a multi-person chat (``R``)."""
    found: dict[str, Any] = {"type": "user"}
    if room.startswith("C"):
        found = {"type": "group", "groupId": room}
    elif room:
        found = {"type": "room", "roomId": room}
    return {**found, **({"userId": user} if user else {})}


def event(type_: str, where: dict[str, Any], *, at: int = 1_800_000_000_000, **more: Any) -> dict[str, Any]:
    """An event; ``at`` is in milliseconds."""
    return {
        "type": type_,
        "source": where,
        "timestamp": at,
        "mode": "active",
        "webhookEventId": ulid(),
        "deliveryContext": {"isRedelivery": False},
        **more,
    }


def says(user: str, text: str, room: str = "", **more: Any) -> dict[str, Any]:
    """Somebody writes."""
    number = next(_numbers)
    message = {"type": "text", "id": f"{number:018d}", "text": text, "quoteToken": f"quote-{number}"}
    return event("message", source(user, room), replyToken=f"{number:032x}", message=message, **more)


def sends(user: str, kind: str, room: str = "", **content: Any) -> dict[str, Any]:
    """Somebody sends something that is no text."""
    number = next(_numbers)
    message = {"type": kind, "id": f"{number:018d}", **content}
    return event("message", source(user, room), replyToken=f"{number:032x}", message=message)


def presses(user: str, data: str, room: str = "") -> dict[str, Any]:
    """Somebody presses a button."""
    return event("postback", source(user, room), replyToken=f"{next(_numbers):032x}", postback={"data": data})


def redelivered(events: dict[str, Any]) -> dict[str, Any]:
    """The same event, delivered once more."""
    return {**events, "deliveryContext": {"isRedelivery": True}}
