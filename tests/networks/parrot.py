"""A process with a terminal network and hardly a bot: it repeats what it is told, and a few signals make it speak.

`choose` asks for a choice, `escape` sends what would clear a screen. SIGUSR1 is news from elsewhere, SIGUSR2 prints
past the network, SIGINT is told, SIGALRM ends the process politely and SIGTERM at once. Its argument, if any, is the
history's file.
"""

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

from chinwag.core.errors import Unreachable
from chinwag.core.values import Arrival, Outgoing
from chinwag.networks.terminal.adapter import Terminal

numbers = count(1)


class Parrot:
    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.sends: set[asyncio.Task[None]] = set()

    def receive(self, arrival: Arrival, done: Callable[[], None] | None = None) -> None:
        if arrival.text == "choose":
            self.say("What next?", choices=("continue", "quit"))
        elif arrival.text == "escape":
            self.say("before\x1b[2Jafter [bold]bold[/bold]")
        else:
            self.say(f"you said {arrival.text!r}")
        if done is not None:
            done()

    def say(self, text: str, choices: tuple[str, ...] = ()) -> None:
        message = Outgoing(
            next(numbers), "terminal:parrot", "local", "you", text=text, choices=choices, question=bool(choices)
        )
        with contextlib.suppress(Unreachable):  # the terminal says so too
            answer = self.terminal.send(message)
            if isinstance(answer, Awaitable):
                task = asyncio.ensure_future(finish(answer))
                self.sends.add(task)
                task.add_done_callback(self.sends.discard)


async def finish(answer: Awaitable[object]) -> None:
    with contextlib.suppress(Unreachable):
        await answer


def print_past_the_network() -> None:
    """As a step of a bot may, or a library that it uses."""
    thread = threading.Thread(target=sys.stdout.write, args=("printed by a thread\n",))
    sys.stdout.write("printed in \x1b[2Jparts")
    sys.stdout.write(", one line\n")
    sys.stderr.write("an error\n")
    thread.start()
    thread.join()


async def main() -> int:
    terminal = Terminal("terminal:parrot", history=Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    parrot = Parrot(terminal)
    news = count(1)

    def leave() -> None:
        terminal.restore()
        os._exit(3)

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGALRM, stopped.set)
    loop.add_signal_handler(signal.SIGUSR1, lambda: parrot.say(f"news {next(news)}"))
    loop.add_signal_handler(signal.SIGUSR2, print_past_the_network)
    loop.add_signal_handler(signal.SIGINT, lambda: parrot.say("interrupted"))
    loop.add_signal_handler(signal.SIGTERM, leave)
    await terminal.start(parrot)
    ends = [asyncio.ensure_future(end.wait()) for end in (terminal.finished, terminal.closed, stopped)]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    parrot.say("bye")
    while parrot.sends and not terminal.closed.is_set():
        await asyncio.wait(parrot.sends)
    for end in ends:
        end.cancel()
    await terminal.stop()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
