"""``chinwag chat``: a bot in the terminal, durable, without an account or a configuration."""

import typer

from chinwag.cli.loading import load
from chinwag.cli.options import File, Own, Store
from chinwag.cli.serving import serve_terminal
from chinwag.cli.settled import pairs


def chat(file: File, *, store: Store = None, own: Own = None) -> None:
    """Talk with a bot in the terminal; it goes on after a kill.

    A line is a message. At the end of the input (Ctrl-D) what is due is still delivered; exit code 0. SIGTERM stops in
    order within five seconds, exit code 0, SIGINT likewise with 130; a second signal ends it at once.

    Example: chinwag chat examples/guess.py
    """
    raise typer.Exit(serve_terminal(load(file), store, pairs(own or ())))
