"""What a call brought: parameters from the query string, a form, JSON or multipart, and the files in it.

All four carriers mean the same. A parameter that is an object or a list may come as JSON text, as forms have nothing
else. Numbers that are none count as 0, as at Telegram; what is required and missing is refused by who needs it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web
from tests.servers.telegram.telegram_refusals import Json, bad

MOST_BYTES = 50 << 20
"""A request may be this large (Bot API, "Sending files")."""

TRUE = {"true", "yes", "1"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a multipart request."""

    name: str
    mime: str
    content: bytes


@dataclass(slots=True, eq=False)
class Call:
    """One call of a method."""

    method: str
    """As the client wrote it."""
    values: Json = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    status: int = 0
    """The HTTP status of the answer; 0 while there is none."""
    bot: int = 0
    """The id of whose call it is."""

    def text(self, name: str) -> str:
        value = self.values.get(name)
        if value is None or value is False:
            return ""
        return value if isinstance(value, str) else msgspec.json.encode(value).decode()

    def integer(self, name: str, default: int = 0) -> int:
        value = self.values.get(name, default)
        if isinstance(value, bool):
            return int(value)
        try:
            return int(value)
        except (TypeError, ValueError):
            return 0

    def decimal(self, name: str) -> float | None:
        try:
            return float(self.values[name])
        except (KeyError, TypeError, ValueError):
            return None

    def flag(self, name: str) -> bool:
        value = self.values.get(name, False)
        return value if isinstance(value, bool) else str(value).lower() in TRUE

    def value(self, name: str, what: str) -> Any:
        """An object or a list; None if it is missing. `what` names it in the complaint about bad JSON."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            raise bad(f"Can't parse {what} JSON object") from None

    def required(self, name: str) -> str:
        text = self.text(name)
        if not text:
            raise bad(f'Parameter "{name}" is required')
        return text


async def read_call(request: web.Request, method: str) -> Call:
    """The call that an HTTP request makes."""
    call = Call(method, dict(request.query))
    kind = request.content_type
    if kind == "application/json":
        call.values |= json_body(await request.read())
    elif kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        take_form(call, await request.post())
    return call


def json_body(body: bytes) -> Json:
    if not body:
        return {}
    try:
        value = msgspec.json.decode(body)
    except msgspec.DecodeError:
        value = None
    if not isinstance(value, dict):
        raise bad("Can't parse JSON object")
    return value


def take_form(call: Call, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        if isinstance(value, web.FileField):
            call.uploads[name] = Upload(value.filename, value.content_type, value.file.read())
        else:
            call.values[name] = value if isinstance(value, str) else bytes(value).decode()
