"""Key files: one JSON object each, for its owner's eyes alone.

Owns that a key is whole or not there: it is written beside its place, put on the disk, and moved there in one step, so
a kill leaves the old one or the new one. Refuses a file that others may read. No value of a key stands in an error.
"""

import json
import os
import secrets
import stat
from pathlib import Path
from typing import Any

from chinwag.core.errors import UsageError

LARGEST = 64 * 1024
"""Bytes."""


def read_key(path: Path) -> dict[str, Any]:
    """Read a key.

    Args:
        path: where it is.

    Raises:
        UsageError: with one sentence that names the file, and nothing of what is in it.
    """
    try:
        with path.open("rb") as file:
            _check(path, os.fstat(file.fileno()))
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"the key {path} cannot be read ({error.strerror}): `chinwag auth` writes one") from None
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UsageError(f'the key {path} is no JSON object: it looks like {{"name": "blake", "token": "..."}}')
    return found


def _check(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise UsageError(f"the key {path} is no file")
    if found.st_mode & 0o077:
        mode = f"{stat.S_IMODE(found.st_mode):04o}"
        raise UsageError(f"the key {path} can be read by others (mode {mode}): chmod 600 {path}")
    if found.st_size > LARGEST:
        raise UsageError(f"the key {path} has {found.st_size:,} bytes, and a key has {LARGEST:,} at most")


def write_key(path: Path, key: dict[str, Any]) -> None:
    """Write a key; once this returns it is on the disk.

    Args:
        path: where it is to be; the folder is made if there is none, for its owner alone.
        key: plain JSON.

    Raises:
        UsageError: if it cannot be written; then what was there is there still.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                json.dump(key, file, indent=1)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        _settle(path.parent)
    except OSError as error:
        raise UsageError(f"the key {path} cannot be written: {error.strerror}") from None


def _settle(folder: Path) -> None:
    """Have the folder's own entry on the disk, too."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
