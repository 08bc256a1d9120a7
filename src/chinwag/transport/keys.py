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
        UsageError: with one sentence that names the file.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"the key {path} cannot be read: {error.strerror}") from None
    if stat.S_IMODE(mode) & 0o077:
        raise UsageError(f"the key {path} can be read by others: chmod 600 {path}")
    try:
        found = json.loads(data) if len(data) <= LARGEST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UsageError(f"the key {path} is no key: it has to be one JSON object, as `chinwag auth` writes it")
    return found


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
