"""An ejabberd of the tests' own, on loopback: the same accounts, rooms and uploads as on the tests' prosody.

It is one Erlang machine without distribution: it needs no epmd, no name and no user of its own, and disturbs no other.
It takes a second to start, so one serves many tests, and forgets between them. Run as a program it serves until it is
ended, so that a bot can be tried by hand:

    python -m tests.servers.xmpp.ejabberd FOLDER PORT
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import HTTPError

from tests.servers.xmpp.server import LONGEST_START, PASSWORD, USERS, answers, free_port

HOST = "localhost"

# YAML is a superset of JSON.
CONFIG = """
{{"hosts": ["localhost"], "loglevel": "info", "auth_method": "internal",
"listen": [
  {{"port": {port}, "ip": "127.0.0.1", "module": "ejabberd_c2s", "access": "all", "shaper": "none"}},
  {{"port": {http}, "ip": "127.0.0.1", "module": "ejabberd_http",
    "request_handlers": {{"/api": "mod_http_api", "/upload": "mod_http_upload"}}}}],
"api_permissions": {{"tests": {{"who": "all", "what": "*"}}}},
"modules": {{
  "mod_carboncopy": {{}}, "mod_disco": {{}}, "mod_http_api": {{}}, "mod_ping": {{}},
  "mod_roster": {{"versioning": true}},
  "mod_mam": {{"default": "always"}},
  "mod_muc": {{"host": "rooms.localhost", "default_room_options": {{"mam": true}}}},
  "mod_muc_admin": {{}},
  "mod_offline": {{}}, "mod_privacy": {{}}, "mod_blocking": {{}}, "mod_client_state": {{}}, "mod_last": {{}},
  "mod_stream_mgmt": {{"resume_timeout": 60, "resend_on_timeout": "if_offline"}},
  "mod_http_upload": {{"host": "share.localhost", "access": "all", "docroot": "{folder}/uploads", "max_size": 1048576,
    "put_url": "http://127.0.0.1:{http}/upload"}}}}}}
"""


class Ejabberd:
    """An ejabberd, started and stopped.

    Args:
        folder: for its files, which outlive a stop.
        port: for clients; 0 for a free one.
    """

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.port, self.http = port or free_port(), free_port()
        (folder / "spool").mkdir(parents=True, exist_ok=True)
        (folder / "ejabberd.yml").write_text(CONFIG.format(folder=folder, port=self.port, http=self.http))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        """Whether it serves."""
        return self._process is not None

    def start(self) -> None:
        """Serve, and be reached."""
        erl, control = shutil.which("erl"), shutil.which("ejabberdctl")
        assert erl is not None, "erlang is not installed"
        assert control is not None, "ejabberd is not installed"
        self._process = subprocess.Popen(
            [erl, "-noinput", "-mnesia", "dir", f'"{self.folder}/spool"', "-s", "ejabberd"],
            env={**os.environ, **_libraries(control), **self._files()},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + LONGEST_START
        while not (answers(self.port) and answers(self.http)):
            assert self._process.poll() is None, self._log()
            assert time.monotonic() < deadline, f"ejabberd does not come up: {self._log()}"
            time.sleep(0.02)
        with suppress(HTTPError):  # a conflict: they have outlived the last stop
            self._register()

    def _register(self) -> None:
        for user in USERS:
            self._call("register", user=user, host=HOST, password=PASSWORD)

    def forget(self) -> None:
        """Be as new: nobody is connected, nobody has said anything, nobody knows anybody."""
        for room in self._call("muc_online_rooms", service="global"):
            name, _, service = room.partition("@")
            self._call("destroy_room", name=name, service=service)
        for user in USERS:
            self._call("unregister", user=user, host=HOST)
        self._register()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, in order or not."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=LONGEST_START)
            self._process = None

    def _files(self) -> dict[str, str]:
        return {
            "EJABBERD_CONFIG_PATH": str(self.folder / "ejabberd.yml"),
            "EJABBERD_LOG_PATH": str(self.folder / "ejabberd.log"),
            "ERL_CRASH_DUMP": "/dev/null",
        }

    def _log(self) -> str:
        log = self.folder / "ejabberd.log"
        return log.read_text()[-2000:] if log.exists() else "it wrote no log"

    def _call(self, command: str, **arguments: str) -> list[str]:
        """Have a command of ejabberd's done, by its HTTP API."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.http}/api/{command}", json.dumps(arguments).encode(), method="POST"
        )
        with urllib.request.urlopen(asked, timeout=LONGEST_START) as answer:  # noqa: S310
            found = json.load(answer)
        return found if isinstance(found, list) else []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(signal.SIGKILL)


def _libraries(control: str) -> dict[str, str]:
    """Where ejabberd's own script says that its code is."""
    said = [line.strip() for line in Path(control).read_text().splitlines()]
    found = [line.partition("=")[2].strip("'\"") for line in said if line.startswith("ERL_LIBS=")]
    return {"ERL_LIBS": found[0]} if found else {}


if __name__ == "__main__":
    with Ejabberd(Path(sys.argv[1]).absolute(), int(sys.argv[2])):
        signal.pause()
