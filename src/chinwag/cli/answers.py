"""How a command ends that had another process do something."""

import typer

from chinwag.cli.speech import tell
from chinwag.runtime.control import Answer


def done(answer: Answer) -> Answer:
    """The answer to an order that was carried out; any other is told, and ends the command as failed.

    Args:
        answer: the other process's.

    Raises:
        typer.Exit: it was not done.
    """
    if not answer.done:
        tell(f"chinwag: {answer.words}")
        raise typer.Exit(1)
    return answer
