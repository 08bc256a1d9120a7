"""The command ``chinwag``: its list of commands, its options, and how every error ends.

One module a command, imported when it is called: ``chinwag chat`` pays for nothing that it does not use. Whatever can
be expected to go wrong ends with one sentence on stderr: exit code 2 if nothing was begun, 1 if it failed on the way.
"""

import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from chinwag.cli import speech
from chinwag.core.errors import ChinwagError

COMMANDS = {
    "chat": "Talk with a bot in the terminal; it goes on after a kill.",
    "run": "Serve a bot on a network, or all accounts of a file.",
    "room": "Talk in a room on RabbitMQ: listen, send, or join.",
    "stop": "Stop one account of a file that is served.",
    "start": "Start an account that was stopped or given up.",
    "reload": "Have the file of accounts read anew.",
    "contacts": "List who waits to be a contact, and accept or refuse them.",
    "missed": "List what came while a bot was down, too old to be answered.",
    "ps": "List the conversations that are under way, or the accounts.",
    "show": "Show what happened in a conversation.",
    "cancel": "Cancel a conversation.",
    "resume": "Let a failed or diverged conversation go on.",
    "retry": "Send a conversation's failed or uncertain messages again.",
    "check": "Replay every conversation under way against this code.",
    "graph": "Draw a bot's states.",
    "auth": "Make the key of an account, by a link to open.",
    "init": "Begin a new bot: a file, its test, a Makefile.",
}
"""Each a module of this package with a function of its name, whose help begins with this line."""

FAILED, REFUSED = 1, 2


class Commands(TyperGroup):
    """The list knows every command by name and line; the command itself is imported when it is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name, help=line) for name, line in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that is called."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, command(name) if found is not None and name is not None else found, rest


def command(name: str) -> Any:
    """Import a command.

    Args:
        name: one of ``COMMANDS``.
    """
    found = getattr(import_module(f"chinwag.cli.{name}"), name)
    if isinstance(found, typer.Typer):  # a command with commands of its own
        return typer.main.get_command(found)
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(name)(found)
    return typer.main.get_command(single)


# Plain help: it is wrapped to any width, and reads no brackets as markup, as in chinwag[graph].
app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


class Wishes:
    """The global options, for whoever tells of errors.

    Attributes:
        debug: tracebacks are shown.
    """

    def __init__(self) -> None:
        self.debug = False


def _version(wanted: bool) -> None:  # noqa: FBT001 - the signature that typer calls
    if wanted:
        from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - only this option needs it

        try:
            number = version("chinwag")
        except PackageNotFoundError:
            number = "(not installed)"
        typer.echo(f"chinwag {number}")
        raise typer.Exit


@app.callback(epilog="Begin with: chinwag init mybot, or: chinwag chat examples/guess.py")
def options(
    context: typer.Context,
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks, and log everything.")] = False,
    version: Annotated[  # noqa: ARG001 - the callback does it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Conversations as plain async functions, on any chat network, that survive a kill.

    Example: chinwag chat examples/guess.py
    """
    context.obj.debug = debug
    speech.listen(debug=debug)


def main() -> None:
    """Run the command line, and end the process."""
    wishes = Wishes()
    try:
        app(obj=wishes, prog_name="chinwag")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else FAILED
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        code = 0
    except (ChinwagError, OSError) as error:
        speech.complain(error, debug=wishes.debug)
        code = REFUSED
    except Exception as error:  # noqa: BLE001 - a mistake of our own: it too is told in one sentence
        speech.complain(_own(error) if not wishes.debug else error, debug=wishes.debug)
        code = FAILED
    _leave(code)


def _own(error: Exception) -> Exception:
    what = f"{type(error).__name__}: {error}"
    return ChinwagError(f"an error of chinwag's own, {what}; `chinwag --debug ...` shows where")


def _leave(code: int) -> None:
    """End the process. A reader that has left is no error, and a thread that hangs holds nobody up."""
    out = sys.stdout
    if out is not None:
        try:
            out.flush()
        except OSError:
            # What is left in the buffer would be complained about once more at the very end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
    if _hangs():
        os._exit(code)
    sys.exit(code)


def _hangs() -> bool:
    """Whether a step's thread is under way that nobody waits for; Python would wait for it."""
    if "concurrent.futures.thread" not in sys.modules:
        return False
    import threading  # noqa: PLC0415 - it is imported already

    return any(thread.name.startswith("chinwag-step") for thread in threading.enumerate())
