# pyright: reportMissingImports=false
"""aiogram 3 in its Redis storage; the handlers are those of ``aiogram_fsm``.

The Redis is one of our own, in the peer's folder behind a Unix socket, with its append-only file as its documentation
sets it (written out every second). It outlives the bot's process, as a Redis does. Updates are handled at once, as
aiogram's polling does.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from aiogram.fsm.storage.redis import RedisStorage
from redis.asyncio import Redis

from benchmarks.comparison.aiogram_fsm import VERSION, peer_with
from benchmarks.comparison.shape import Missing, Peer, Setting, Tasks, Used, used_here

__all__ = ["VERSION", "open_peer"]


class RedisPeer(Tasks):
    """aiogram and its Redis."""

    server: Any
    home: Path

    async def used(self) -> Used:
        """What this process and the Redis have used."""
        here = used_here()
        memory, cpu = await self.server.info("memory"), await self.server.info("cpu")
        return Used(here.cpu + cpu["used_cpu_user"] + cpu["used_cpu_sys"], here.rss + memory["used_memory_rss"])

    async def close(self) -> None:
        """Close the storage, then end the Redis."""
        await super().close()
        await self.server.aclose()
        await asyncio.to_thread(_end, self.home)


async def open_peer(setting: Setting) -> Peer:
    """Start aiogram with its Redis storage.

    Raises:
        Missing: there is no Redis.
    """
    socket = await asyncio.to_thread(_redis_in, setting.folder)
    peer: RedisPeer = await peer_with(
        setting, RedisStorage.from_url(f"unix://{socket}", {"max_connections": 1_000}), RedisPeer, at_once=True
    )
    peer.home = setting.folder
    peer.server = Redis(unix_socket_path=str(socket))
    return peer


def _redis_in(folder: Path) -> Path:
    """The socket of the Redis of this folder, which is started if it does not run."""
    program = shutil.which("redis-server")
    if not program:
        raise Missing("there is no redis-server on the path")
    home = folder.resolve()
    socket, pid = home / "redis.sock", home / "redis.pid"
    if pid.exists() and socket.exists():
        return socket  # it has outlived the bot
    socket.unlink(missing_ok=True)
    options = {"port": "0", "unixsocket": str(socket), "pidfile": str(pid), "dir": str(home), "appendonly": "yes"}
    arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
    null = subprocess.DEVNULL
    command = [program, *arguments, "--save", ""]
    server = subprocess.Popen(command, stdin=null, stdout=null, stderr=null)  # noqa: S603
    while not socket.exists():
        if server.poll() is not None:
            raise Missing(f"redis-server ended with {server.returncode}")
        time.sleep(0.01)
    return socket


def _end(folder: Path) -> None:
    """End the Redis of this folder in good order."""
    file = folder / "redis.pid"
    os.kill(int(file.read_text(encoding="ascii")), signal.SIGTERM)
    while file.exists():  # it takes that away last
        time.sleep(0.01)
