"""The checking proxy: every call and every answer that passes is held against the Bot API's schema.

It is a program of its own, ``telegram_spec_proxy.py``, which stands with the schema in a folder beside the repository,
or in the one that `CHINWAG_SHARED` names. Where it is missing a test is skipped in words; with
``CHINWAG_REQUIRE_SERVICES=1`` it fails.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Self

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = Path("tools/telegram_spec_proxy.py")
SCHEMA = Path("specs/telegram-bot-api.json")

# The proxy is run as it is, with three additions from outside. It says nothing when it is ready: it gets a word for
# where it listens. It reads a request's body before its fields, after which aiohttp finds no fields in a multipart one:
# the body is put back, so that uploads are checked too. And it takes a part that is named as `attach://name` for a
# parameter that the schema does not know: such parts are left out.
RUN = """
import runpy, sys
from aiohttp import web
start, multipart, post = web.TCPSite.start, web.BaseRequest.multipart, web.BaseRequest.post
async def again(request):
    request._payload.unread_data(await request.read())
    return await multipart(request)
async def fields(request):
    found = dict(await post(request))
    texts = " ".join(value for value in found.values() if isinstance(value, str))
    return {name: value for name, value in found.items() if isinstance(value, str) or f"attach://{name}" not in texts}
web.BaseRequest.multipart, web.BaseRequest.post = again, fields
async def told(site):
    await start(site)
    print("listening", site._server.sockets[0].getsockname()[1], flush=True)
web.TCPSite.start = told
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def shared(path: Path) -> Path:
    """A file of the shared folder; skips the test that asks for it if it is not there."""
    folder = Path(os.environ.get("CHINWAG_SHARED") or ROOT.parent / "shared")
    if (folder / path).exists():
        return folder / path
    reason = f"there is no {path} in {folder}: name the folder that has it in CHINWAG_SHARED"
    if os.environ.get("CHINWAG_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{reason}; CHINWAG_REQUIRE_SERVICES=1 asks for it", pytrace=False)
    pytest.skip(reason)


class CheckingProxy:
    """``async with CheckingProxy(upstream) as proxy``: at its end `proxy.violations` are complete."""

    def __init__(self, upstream: str) -> None:
        self.url = ""
        self.lines: list[str] = []
        """What it has said: ``ok method status`` or ``VIOLATION …`` for each call."""
        self._upstream = upstream
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def violations(self) -> list[str]:
        return [line for line in self.lines if not line.startswith("ok ")]

    @property
    def methods(self) -> set[str]:
        """The methods, in lower case, whose calls and answers were found to be right."""
        return {line.split()[1] for line in self.lines if line.startswith("ok ")}

    async def __aenter__(self) -> Self:
        arguments = ["-W", "ignore::DeprecationWarning", "-c", RUN, str(shared(PROGRAM)), "0", self._upstream]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, limit=1 << 20
        )
        assert self._process.stdout
        words = (await self._process.stdout.readline()).split()
        assert words[:1] == [b"listening"], f"the proxy did not start: {words}"
        self.url = f"http://127.0.0.1:{int(words[1])}"
        self._reader = asyncio.create_task(self._read(self._process.stdout))
        return self

    async def _read(self, stream: asyncio.StreamReader) -> None:
        async for line in stream:
            self.lines.append(line.decode().strip())

    async def __aexit__(self, *_: object) -> None:
        assert self._process
        assert self._reader
        if self._process.returncode is None:
            self._process.kill()  # it has told of every call before it passed the answer on
        await self._reader
        await self._process.wait()
