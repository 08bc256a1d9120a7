"""RabbitMQ for tests: a virtual host of one's own on a broker that runs, or a private broker that may be restarted.

A private broker needs nothing of the system but its programs: its folder, its node's name and its port mapper are its
own, everything listens on loopback, and it is ended by its process ids.
"""

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

PATIENCE = 90.0
"""Seconds that a broker may take to start on a busy machine."""
STANDARD = ("127.0.0.1", 5672)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def answers(port: int, host: str = "127.0.0.1") -> bool:
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True


def control(*arguments: str) -> bool:
    """Whether the broker that runs did as it was told."""
    if shutil.which("rabbitmqctl") is None:
        return False
    try:
        done = subprocess.run(["rabbitmqctl", "-q", *arguments], capture_output=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


@contextmanager
def virtual_host() -> Iterator[str | None]:
    """The URL of a virtual host of one's own on the broker that runs; None if there is none, or it does not obey."""
    name = f"chinwag-test-{uuid4().hex[:12]}"
    permitted = ("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
    if not (answers(STANDARD[1]) and control("add_vhost", name)):
        yield None
        return
    try:
        yield f"amqp://guest:guest@127.0.0.1:{STANDARD[1]}/{name}" if control(*permitted) else None
    finally:
        control("delete_vhost", name)


class PrivateBroker:
    """A broker of one's own.

    Args:
        folder: where all of it lives.
        secure: paths of a CA's, the broker's certificate and its key, for a second port that speaks TLS.
    """

    def __init__(self, folder: Path, secure: Mapping[str, Path] | None = None) -> None:
        self.folder = folder
        self.port, self.secure_port = free_port(), free_port()
        self._distribution, self._mapper = free_port(), free_port()
        self._secure = secure
        self._process: subprocess.Popen[bytes] | None = None
        self.told: list[str] = []
        for part in ("mnesia", "log", "home"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / "rabbitmq.conf").write_text(self._configuration())
        (folder / "enabled_plugins").write_text("[].\n")

    @staticmethod
    def program() -> str | None:
        """Where the broker is installed; None if it is not."""
        found = [*Path("/usr/lib/rabbitmq/bin").glob("rabbitmq-server"), shutil.which("rabbitmq-server")]
        return str(found[0]) if found[0] else None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def start(self) -> None:
        program = self.program()
        assert program is not None
        self._process = process = subprocess.Popen(
            [program],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        begun = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(process, begun), daemon=True)
        self._reader.start()
        assert begun.wait(PATIENCE), "the broker did not start in time"
        assert answers(self.port), "".join(self.told)

    def _read(self, process: "subprocess.Popen[bytes]", begun: threading.Event) -> None:
        """Wait for the broker's own word; whatever comes, or the end, is no reason to wait any longer."""
        assert process.stdout is not None
        with process.stdout as told:
            for line in told:
                self.told.append(line.decode("utf-8", "replace"))
                if b"completed with" in line:
                    begun.set()
        begun.set()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the broker, in order or not; what it keeps on the disk stays."""
        if self._process is None:
            return
        os.killpg(self._process.pid, number)
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)  # at the end of its output the broker itself is gone, not only the shell around it
        self._process = None

    def remove(self) -> None:
        self.stop(signal.SIGKILL)
        subprocess.run(
            ["epmd", "-port", str(self._mapper), "-kill"], capture_output=True, timeout=PATIENCE, check=False
        )

    def _configuration(self) -> str:
        lines = [
            f"listeners.tcp.local = 127.0.0.1:{self.port}",
            "loopback_users = none",
            "log.console = false",
            "vm_memory_high_watermark.absolute = 1GB",
            "disk_free_limit.absolute = 100MB",
        ]
        if self._secure:
            lines += [f"listeners.ssl.local = 127.0.0.1:{self.secure_port}", "ssl_options.verify = verify_none"]
            lines += [f"ssl_options.{option} = {path}" for option, path in self._secure.items()]
        return "\n".join(lines) + "\n"

    def _environment(self) -> dict[str, str]:
        folder = str(self.folder)
        return {
            "PATH": os.environ.get("PATH", ""),
            "LANG": "C.UTF-8",
            "HOME": f"{folder}/home",
            "RABBITMQ_NODENAME": f"chinwag{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "",
            "RABBITMQ_BASE": folder,
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._mapper),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none",
        }
