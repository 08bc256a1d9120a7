"""Files that Telegram has already: what was uploaded once is sent by its id from then on.

A file on the disk counts as the same while its size and time of change are. Nothing here outlives the process; an id
that is not known is an upload more, and nothing worse.
"""

from collections import OrderedDict
from hashlib import blake2b
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from chinwag.core.values import Attachment
from chinwag.networks.telegram.outgoing import Call

MOST = 10_000


class Uploads:
    """The ids of what was uploaded, by content."""

    def __init__(self) -> None:
        self._ids: OrderedDict[tuple[str, ...], str] = OrderedDict()

    def known(self, call: Call) -> Call:
        """The same call, by the file's id if Telegram has the file."""
        key = _key(call)
        id_ = self._ids.get(key, "") if key else ""
        if not id_:
            return call
        self._ids.move_to_end(key)
        return replace(call, parameters={**call.parameters, call.field: id_}, file=None)

    def forget(self, call: Call) -> None:
        """Telegram does not know the id of this call's file any more."""
        self._ids.pop(_key(call), None)

    def note(self, call: Call, answer: Any) -> None:
        """Remember under which id Telegram has the file of a call that it answered."""
        key, id_ = _key(call), _id(call.field, answer)
        if key and id_:
            self._ids[key] = id_
            if len(self._ids) > MOST:
                self._ids.popitem(last=False)


def _key(call: Call) -> tuple[str, ...]:
    """What makes a file the same: the kind as which it is sent, and its bytes or its place; empty for none."""
    if call.file is None:
        return ()
    return (call.method, *_identity(call.file))


def _identity(file: Attachment) -> tuple[str, ...]:
    if file.data:
        return blake2b(file.data, digest_size=16).hexdigest(), file.name
    if "://" in file.link:
        return (file.link,)
    try:
        found = Path(file.link).stat()
    except OSError:
        return (file.link, "")
    return file.link, str(found.st_mtime_ns), str(found.st_size)


def _id(field: str, answer: Any) -> str:
    """The id in a message that was sent; of a photo, which comes in several sizes, the largest one's."""
    found = answer.get(field) if isinstance(answer, dict) else None
    if isinstance(found, list):
        found = found[-1] if found else None
    id_ = found.get("file_id") if isinstance(found, dict) else None
    return id_ if isinstance(id_, str) else ""
