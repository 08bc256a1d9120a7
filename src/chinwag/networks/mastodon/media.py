"""Files on their way to a post.

Owns what was uploaded and is not posted yet, so that a post that is tried again does not upload once more. A file is
read from the disk or taken as it is; a link is posted as a link. A large one is worked on by the instance for a while,
and there is no other way to learn when that is over than to ask: a few times, then the message is tried again later.
"""

import asyncio
import mimetypes
from pathlib import Path

from chinwag.core.errors import Refused, Unreachable
from chinwag.core.recent import Recent
from chinwag.core.values import Attachment
from chinwag.networks.mastodon.client import Client
from chinwag.networks.mastodon.schema import Attachments

WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between questions for a file that is worked on."""
MOST = 100
LARGEST = 100 * 1024 * 1024
_KINDS = {"image": "image/png", "audio": "audio/mpeg", "file": "application/octet-stream"}


class Uploads:
    """Files that an account has uploaded for messages that are not posted yet.

    Args:
        client: the account's calls.
    """

    __slots__ = ("_client", "_ids")

    def __init__(self, client: Client) -> None:
        self._client = client
        self._ids: Recent[int, tuple[str, bool]] = Recent(MOST)

    async def id_of(self, message: int, file: Attachment, limits: Attachments) -> str:
        """The id under which the instance has a file, once it can be posted.

        Args:
            message: the number of the message that it is of.
            file: the file.
            limits: what the instance takes.

        Raises:
            Refused, RateLimited, Unreachable, Ambiguous: it cannot be posted, or not yet.
        """
        if message not in self._ids:
            name, kind, data = await asyncio.to_thread(_content, file)
            _check(name, kind, len(data), limits)
            description = file.description[: limits.description_limit]
            self._ids[message] = await self._client.upload(name, kind, data, description)
        id_, ready = self._ids[message]
        for wait in () if ready else WAITS:
            if await self._client.is_ready(id_):
                self._ids[message] = (id_, True)
                return id_
            await asyncio.sleep(wait)
        if not ready:
            raise Unreachable("the instance still works on the file")
        return id_

    def forget(self, message: int) -> None:
        """A message is posted."""
        self._ids.pop(message, None)


def _check(name: str, kind: str, size: int, limits: Attachments) -> None:
    """Refuse what the instance says that it does not take, before it is sent there.

    Raises:
        Refused: if it is of another kind, or too large.
    """
    kinds = limits.supported_mime_types
    if kinds and kind not in kinds:
        raise Refused(f"the instance takes no {kind}, which {name} is: it takes {', '.join(kinds)[:200]}")
    most = limits.image_size_limit if kind.startswith("image/") else limits.video_size_limit
    if size > most:
        raise Refused(f"{name} has {size:,} bytes, and the instance takes {most:,} at most")


def _content(file: Attachment) -> tuple[str, str, bytes]:
    """Name, MIME type and bytes of a file.

    Raises:
        Refused: if there is no such file, or it is too large.
    """
    name = file.name or (Path(file.link).name if file.link else "")
    kind = mimetypes.guess_type(name)[0] or _sniffed(file.data) or _KINDS[file.kind]
    if file.data:
        return name or f"file{mimetypes.guess_extension(kind) or ''}", kind, file.data
    path = Path(file.link)
    try:
        if path.stat().st_size > LARGEST:
            raise Refused(f"{file.link} is larger than {LARGEST:,} bytes")
        data = path.read_bytes()
    except OSError as error:
        raise Refused(f"{file.link} cannot be read: {error.strerror}") from None
    return name, mimetypes.guess_type(name)[0] or _sniffed(data) or _KINDS[file.kind], data


def _sniffed(data: bytes) -> str:
    """What the first bytes say of a picture, where there is no name."""
    for start, kind in ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif")):
        if data.startswith(start):
            return kind
    return "image/webp" if data[8:12] == b"WEBP" else ""
