"""Pictures on their way to a post.

Owns what was uploaded and is not posted yet, so that a post that is tried again does not upload once more. Only
pictures are taken: X wants videos in pieces, and has no place for sounds and files.
"""

import asyncio
import base64
from pathlib import Path

from chinwag.core.errors import Refused
from chinwag.core.recent import Recent
from chinwag.core.values import Attachment
from chinwag.networks.x.client import Client

LARGEST = 5 * 1024 * 1024
"""Bytes of a picture: https://docs.x.com/x-api/media/quickstart/best-practices"""
LONGEST_DESCRIPTION = 1000
MOST = 100
_STARTS = ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"BM", "image/bmp"))


class Uploads:
    """Pictures that an account has uploaded for messages that are not posted yet.

    Args:
        client: the account's calls.
    """

    __slots__ = ("_client", "_ids")

    def __init__(self, client: Client) -> None:
        self._client = client
        self._ids: Recent[int, str] = Recent(MOST)

    async def id_of(self, message: int, file: Attachment, *, direct: bool) -> str:
        """The id under which X has a picture.

        Args:
            message: the number of the message that it is of.
            file: the picture.
            direct: whether it is for a direct message.

        Raises:
            Refused, RateLimited, Unreachable, Ambiguous: it cannot be posted, or not yet.
        """
        if message not in self._ids:
            data = file.data or await asyncio.to_thread(_content, file.link)
            fields = {
                "media": base64.b64encode(data).decode(),
                "media_category": "dm_image" if direct else "tweet_image",
                "media_type": _kind(data),
            }
            made = await self._client.post("/2/media/upload", fields, upload=True)
            if file.description:
                await self._client.describe(made, file.description[:LONGEST_DESCRIPTION])
            self._ids[message] = made
        return self._ids[message]

    def forget(self, message: int) -> None:
        """A message is posted."""
        self._ids.pop(message, None)


def _content(link: str) -> bytes:
    path = Path(link)
    try:
        if path.stat().st_size > LARGEST:
            raise Refused(f"{link} is larger than {LARGEST:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"{link} cannot be read: {error.strerror}") from None


def _kind(data: bytes) -> str:
    found = next((kind for start, kind in _STARTS if data.startswith(start)), "")
    found = found or ("image/webp" if data[8:12] == b"WEBP" else "")
    if not found or len(data) > LARGEST:
        raise Refused(f"X takes pictures alone (PNG, JPEG, WebP, BMP), of up to {LARGEST:,} bytes: send a link instead")
    return found
