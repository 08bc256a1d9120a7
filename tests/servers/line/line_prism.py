"""prism, which others wrote: it serves a network's own OpenAPI document, and refuses every call that breaks it."""

import os
import subprocess
import threading
from pathlib import Path
from typing import Self

from tests.cli.shell import ROOT
from tests.networks.telegram_stage import PATIENCE, SHARED, free_port

PRISM = ROOT / "build" / "node_modules" / ".bin" / "prism"
DOCUMENT = SHARED / "specs" / "line-messaging-api.yml"


def lacking(document: Path = DOCUMENT) -> str | None:
    """What is missing for it, in words."""
    if not PRISM.exists():
        return "prism is not in build/node_modules: npm install --prefix build @stoplight/prism-cli"
    if not document.is_file():
        return f"there is no {document.name} in ../shared/specs; CHINWAG_SHARED names another folder"
    return None


class Prism:
    """The process.

    Attributes:
        url: where it listens.
    """

    def __init__(self, document: Path = DOCUMENT) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        arguments = [str(PRISM), "mock", "-h", "127.0.0.1", "-p", str(port), "--errors", str(document)]
        self._process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ,
        )
        self._listens = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        """Its log is read to the end, so that it never waits for a reader."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "is listening" in line:
                self._listens.set()

    def __enter__(self) -> Self:
        if not self._listens.wait(PATIENCE):
            raise AssertionError("prism does not listen")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._thread.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
