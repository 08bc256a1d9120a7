"""A prosody of the tests' own, on loopback: accounts, a service for rooms, one for uploads, with TLS or without.

Run as a program it serves until it is ended, so that a bot can be tried by hand:

    python -m tests.servers.xmpp.prosody FOLDER PORT

Accounts are medbot, alice and bob at localhost, each with the password pw; rooms are at rooms.localhost.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.xmpp.server import LONGEST_START, PASSWORD, USERS, answers, free_port

CONFIG = """
pidfile = "{folder}/prosody.pid"; data_path = "{folder}/data"; run_as_root = true
interfaces = {{ "127.0.0.1" }}; local_interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}; c2s_direct_tls_ports = {{ {direct} }}
s2s_ports = {{}}; http_ports = {{ {http} }}; https_ports = {{}}; component_ports = {{}}
http_interfaces = {{ "127.0.0.1" }}
modules_enabled = {{ "roster"; "saslauth"; "disco"; "ping"; "posix"; {modules} }}
modules_disabled = {{ "s2s"; {disabled} }}
c2s_require_encryption = {encrypted}; allow_unencrypted_plain_auth = true
authentication = "internal_plain"; storage = "internal"; limits = {{}}
smacks_hibernation_time = {hibernation}
archive_expires_after = "never"; default_archive_policy = true; mam_smart_enable = false
max_archive_query_results = 50
log = {{ debug = "{folder}/prosody.log" }}
{ssl}
VirtualHost "localhost"
  http_host = "127.0.0.1"
Component "rooms.localhost" "muc"
  modules_enabled = {{ {rooms} }}
  restrict_room_creation = false; muc_room_locking = false; muc_room_default_public_jids = {real}
  muc_log_by_default = true
Component "share.localhost" "http_file_share"
  http_host = "127.0.0.1"; http_external_url = "http://127.0.0.1:{http}/"
  http_file_share_size_limit = 1048576
"""


class Prosody:
    """A prosody, started and stopped.

    Args:
        folder: for its files, which outlive a stop.
        port: for clients; 0 for a free one.
        certificate: files of a certificate with its chain, and of its key; without them there is no TLS.
        archive: whether it keeps what was said.
        counts: whether it counts stanzas (XEP-0198).
        real: whether rooms show real addresses.
        hibernation: how long a session waits for its client to come back, in seconds.
    """

    def __init__(  # noqa: PLR0913 - what a server can be
        self,
        folder: Path,
        port: int = 0,
        *,
        certificate: tuple[Path, Path] | None = None,
        archive: bool = True,
        counts: bool = True,
        real: bool = False,
        hibernation: int = 60,
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.direct = free_port() if certificate else 0
        self.http = free_port()
        modules = [
            "carbons",
            *(["tls"] if certificate else []),
            *(["mam"] if archive else ["offline"]),
            *(["smacks"] if counts else []),
        ]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "data").mkdir(exist_ok=True)
        self.config = folder / "prosody.cfg.lua"
        ssl = f'ssl = {{ certificate = "{certificate[0]}"; key = "{certificate[1]}" }}' if certificate else ""
        self.config.write_text(
            CONFIG.format(
                folder=folder,
                port=self.port,
                direct=self.direct or "",
                http=self.http,
                modules="; ".join(f'"{name}"' for name in modules),
                rooms='"muc_mam"' if archive else "",
                encrypted="true" if certificate else "false",
                hibernation=hibernation,
                real="true" if real else "false",
                ssl=ssl,
                disabled="" if certificate else '"tls"',
            )
        )
        self._process: subprocess.Popen[bytes] | None = None
        for user in USERS:
            self.add(user)

    def add(self, user: str, password: str = PASSWORD) -> None:
        """An account."""
        # As prosody keeps them: one file an account. `prosodyctl adduser` takes half a second each.
        accounts = self.folder / "data" / "localhost" / "accounts"
        accounts.mkdir(parents=True, exist_ok=True)
        (accounts / f"{user}.dat").write_text(f'return {{\n\t["password"] = "{password}";\n}};\n')

    def start(self) -> None:
        """Serve, and be reached."""
        program = shutil.which("prosody")
        assert program is not None, "prosody is not installed"
        self._process = subprocess.Popen(
            [program, "--root", "--config", str(self.config), "-F"] if os.geteuid() == 0
            else [program, "--config", str(self.config), "-F"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + LONGEST_START
        while not answers(self.port):
            assert self._process.poll() is None, (self.folder / "prosody.log").read_text()[-2000:]
            assert time.monotonic() < deadline, "prosody does not come up"
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, in order or not."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=LONGEST_START)
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


if __name__ == "__main__":
    with Prosody(Path(sys.argv[1]).absolute(), int(sys.argv[2])):
        signal.pause()
