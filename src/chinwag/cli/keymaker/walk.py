"""One walk through a network's consent: what is the same for all of them.

Owns the conversation with whoever sits there. The link is shown, and opened where there is a screen; then either the
browser comes back by itself, or what it shows is typed. ``n`` skips. Nothing secret is shown.
"""

import asyncio
import os
import sys
import webbrowser
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from chinwag.cli.keymaker.loopback import Loopback, is_of
from chinwag.cli.keymaker.window import Lines
from chinwag.core.errors import ChinwagError

SKIP = "n"


class Skipped(ChinwagError):
    """Whoever sits there does not want this one."""


class Window(Struct):
    """Where somebody sits.

    Args:
        lines: what is typed.
        say: shows a line.
        opens: whether links are opened in a browser.
    """

    lines: Lines
    say: Callable[[str], None]
    opens: bool = True

    async def ask(self, words: str) -> str:
        """Ask for a line.

        Raises:
            Skipped: for ``n``.
            ChinwagError: if nobody is there.
        """
        self.say(words)
        line = await self.lines.line()
        if line is None:
            raise ChinwagError("nobody is there to answer: `chinwag auth` needs somebody at a terminal")
        if line.lower() == SKIP:
            raise Skipped("skipped")
        return line

    def show(self, link: str) -> None:
        """Show a link, and open it where there is a screen."""
        self.say(f"\n  {link}\n")
        screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform == "darwin"
        if self.opens and screen:
            webbrowser.open(link)


async def come_back(window: Window, loopback: Loopback, link: str, state: str, name: str = "state") -> dict[str, str]:
    """Send somebody to a link, and wait until the browser comes back, or until what it shows is typed.

    Args:
        window: where somebody sits.
        loopback: where the browser comes back to.
        link: where consent is given.
        state: what belongs to this walk.
        name: of the parameter that has it.

    Returns:
        What the browser brought: the parameters of its address.

    Raises:
        Skipped: for ``n``, or if consent is refused.
        ChinwagError: if nobody is there.
    """
    window.show(link)
    window.say("Open it, and agree. If the browser ends at a page that does not load, paste its address here; n skips.")
    while True:
        typed = asyncio.ensure_future(window.lines.line())
        either: list[asyncio.Future[Any]] = [typed, loopback.visit]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if loopback.visit.done():
            typed.cancel()
            return _agreed(loopback.visit.result())
        line = typed.result()
        if line is None:
            await loopback.visit
            return _agreed(loopback.visit.result())
        if line.lower() == SKIP:
            raise Skipped("skipped")
        found = dict(parse_qsl(urlsplit(line).query))
        if is_of(found, name, state):
            return _agreed(found)
        window.say("That is not the address that the browser ended at, or it is of another link. Once more, or n:")


def _agreed(found: dict[str, str]) -> dict[str, str]:
    error = found.get("error") or ("denied" in found and "access_denied")
    if error:
        raise Skipped(f"consent was not given ({str(error)[:60]!r})")
    return found
