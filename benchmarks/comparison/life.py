"""``python -m benchmarks.comparison.life SYSTEM SCRIPT FOLDER``: one life of a system, led by lines.

Each line of stdin is an update; each message for a user is a line of stdout, and so is the end of what an update did,
with what the system says went wrong. Ends with its stdin. Another run on the same folder is the next life: what the
user then meets is what survived. A message is written out before the process may be killed: the user has it.
"""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path

from benchmarks.comparison.shape import Peer, Setting, die_at
from benchmarks.comparison.systems import opener
from benchmarks.traffic import SECOND_QUESTION

QUIET_AT_START = 1.0
"""Seconds in which a system may say something by itself after its start."""

PAUSE = 0.5
"""Seconds that the user takes at least to answer."""


def write(**what: object) -> None:
    """Write one line of JSON at once."""
    os.write(1, (json.dumps(what) + "\n").encode())


async def live(system: str, script: str, folder: Path) -> None:
    """Lead one life."""
    heard = asyncio.Event()
    loop = asyncio.get_running_loop()

    def sent(user: int, text: str) -> None:
        write(sent=[user, text])
        if text == SECOND_QUESTION:
            die_at("send")
        loop.call_soon_threadsafe(heard.set)

    peer = await opener(system)(Setting(folder, script, sent))
    await asyncio.sleep(QUIET_AT_START)
    write(done=True, trouble=await peer.trouble())
    while line := await asyncio.to_thread(sys.stdin.readline):
        heard.clear()
        peer.feed(line.strip().encode())
        await _handled(peer, heard)
        write(done=True, trouble=await peer.trouble())
    await peer.close()


async def _handled(peer: Peer, heard: asyncio.Event) -> None:
    """Wait until a message was sent, and then as long as nobody answers; or until nothing is under way any more."""
    waits = [asyncio.ensure_future(heard.wait()), asyncio.ensure_future(peer.quiet())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.wait(waits, timeout=PAUSE)
    for wait in waits:
        wait.cancel()
    await asyncio.wait(waits)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    asyncio.run(live(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
    os._exit(0)  # some systems leave threads behind that would keep the process
