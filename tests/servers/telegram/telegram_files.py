"""Files: what users and bots have sent, by file id, and what an upload must be to be taken.

A file id belongs to one bot, says what the file is, and stays valid. A photo must be a PNG, JPEG or GIF, since the
real server refuses what it cannot process; sizes are taken from the file's own header.
"""

import hashlib
import struct
from dataclasses import dataclass
from itertools import count

from tests.servers.telegram.telegram_parameters import Upload
from tests.servers.telegram.telegram_refusals import WRONG_FILE, Json, Refused, bad

LARGEST_DOWNLOAD = 20 << 20
LARGEST_PHOTO = 10 << 20

FOLDERS = {
    "photo": "photos",
    "audio": "music",
    "voice": "voice",
    "document": "documents",
    "video": "videos",
    "animation": "animations",
    "sticker": "stickers",
}
PREFIXES = {
    "photo": "AgACAgQ",
    "audio": "CQACAgQ",
    "voice": "AwACAgQ",
    "document": "BQACAgQ",
    "video": "BAACAgQ",
    "animation": "CgACAgQ",
    "sticker": "CAACAgQ",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file of one kind."""

    id: str
    unique: str
    kind: str
    name: str
    mime: str
    content: bytes
    path: str
    size: tuple[int, int] = (0, 0)
    """Width and height of a picture."""

    def json(self) -> Json:
        return {"file_id": self.id, "file_unique_id": self.unique, "file_size": len(self.content)}


class Files:
    """All files, shared by all chats."""

    def __init__(self) -> None:
        self.by_id: dict[str, File] = {}
        self.by_path: dict[str, File] = {}
        self._numbers = count(1)

    def add(self, kind: str, upload: Upload) -> File:
        """Keep a file; refuses an empty one, and a photo that is none."""
        if not upload.content:
            raise bad("File must be non-empty")
        size = dimensions(upload.content)
        if kind == "photo":
            check_photo(upload.content, size)
        number = next(self._numbers)
        unique = hashlib.sha256(kind.encode() + upload.content).hexdigest()[:15]
        ending = "." + upload.name.rpartition(".")[2] if "." in upload.name else ""
        file = File(
            id=f"{PREFIXES[kind]}{number:05d}{unique}",
            unique=f"AQAD{unique[:11]}",
            kind=kind,
            name=upload.name,
            mime=upload.mime,
            content=upload.content,
            path=f"{FOLDERS[kind]}/file_{number}{ending}",
            size=size or (0, 0),
        )
        self.by_id[file.id] = self.by_path[file.path] = file
        return file

    def at(self, path: str) -> File:
        """The file to download; refuses a path that is none."""
        file = self.by_path.get(path)
        if file is None:
            raise Refused(404, "Not Found")
        return file

    def find(self, file_id: str, kind: str) -> File:
        """The file to send again; refuses an unknown one, and one of another kind."""
        file = self.by_id.get(file_id)
        if file is None:
            raise bad(WRONG_FILE)
        if file.kind != kind:
            raise bad(f"Can't use file of type {file.kind.capitalize()} as {kind.capitalize()}")
        return file


def check_photo(content: bytes, size: tuple[int, int] | None) -> None:
    if len(content) > LARGEST_PHOTO:
        raise bad("File is too big")
    if size is None:
        raise bad("IMAGE_PROCESS_FAILED")
    width, height = size
    if not (width and height) or width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad("PHOTO_INVALID_DIMENSIONS")


def dimensions(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF or JPEG; None for anything else.

    >>> dimensions(b"GIF89a" + bytes([2, 0, 3, 0]))
    (2, 3)
    """
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content.startswith((b"GIF87a", b"GIF89a")) and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return width, height
    return jpeg(content) if content.startswith(b"\xff\xd8") else None


def jpeg(content: bytes) -> tuple[int, int] | None:
    """Width and height from the first start-of-frame segment."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        mark = content[at + 1]
        if 0xC0 <= mark <= 0xCF and mark not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None
