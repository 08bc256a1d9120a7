"""Serve the emulator as a process: ``python tests/servers/telegram [--port 0] [--token …]``.

Prints one JSON line, ``{"url": …, "token": …}``, and serves until it is told to end (SIGINT or SIGTERM).
"""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path

# The script's own folder stands first on the path; its modules are known from the repository's root.
sys.path[0] = str(Path(__file__).resolve().parents[3])

from tests.servers.telegram.telegram_emulator import TelegramEmulator  # noqa: E402


async def serve(port: int, token: str, backoff: float) -> None:
    async with TelegramEmulator(port=port, token=token, backoff=backoff) as telegram:
        print(json.dumps({"url": telegram.url, "token": telegram.token}), flush=True)  # noqa: T201
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ended.set)
        await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tests/servers/telegram", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--token", default="", help="the first bot's token")
    parser.add_argument("--backoff", type=float, default=1.0, help="seconds of one unit of webhooks' retries")
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(given.port, given.token, given.backoff))


if __name__ == "__main__":
    main()
