"""Key files: one JSON object an account, with what an account of ``chinwag.toml`` may have, its secrets above all.

Owns the reading of one. Refuses, in one sentence that names the file and never what is in it: one that is missing, that
others may read, that is too large, or is no JSON object.
"""

import os
import stat
from pathlib import Path
from typing import Any

import msgspec

from chinwag.core.errors import ChinwagError

LARGEST = 64 * 1024
"""Bytes."""


def read_key(path: Path) -> dict[str, Any]:
    """What a key file says.

    Args:
        path: the file.

    Raises:
        ChinwagError: in one sentence, if it cannot be used.
    """
    try:
        with path.open("rb") as file:
            _check(path, os.fstat(file.fileno()))
            found = msgspec.json.decode(file.read(LARGEST + 1))
    except OSError as error:
        msg = f"the key {path} cannot be read ({error.strerror}): `chinwag auth` writes one"
        raise ChinwagError(msg) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict):
        msg = f'the key {path} is no JSON object: it looks like {{"name": "blake", "token": "..."}}'
        raise ChinwagError(msg)
    return found


def _check(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        msg = f"the key {path} is no file"
        raise ChinwagError(msg)
    if found.st_mode & 0o077:
        msg = f"the key {path} can be read by others (mode {stat.S_IMODE(found.st_mode):04o}): chmod 600 {path}"
        raise ChinwagError(msg)
    if found.st_size > LARGEST:
        msg = f"the key {path} has {found.st_size:,} bytes, and a key has {LARGEST:,} at most"
        raise ChinwagError(msg)
