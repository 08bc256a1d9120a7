"""``chinwag room send``: who you are, then a line a message, until "exit", "quit" or the end of the input."""

from chinwag.cli.rooms.running import serve
from chinwag.cli.rooms.talking import Talker
from chinwag.cli.speech import tell
from chinwag.networks.amqp.link import Link
from chinwag.networks.amqp.settings import Settings


def send(settings: Settings) -> int:
    """Say what is typed.

    Args:
        settings: of the room.

    Returns:
        The exit code: 1 if something could not be said.
    """
    return serve(lambda: Sender(settings))


class Sender(Talker):
    """Says a line after the other, and hears nothing.

    Args:
        settings: of the room.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, Link(settings, "none", tell=tell))

    def _end(self) -> None:
        """The input is over in the middle of a line: its prompt stays behind, where no terminal ends it."""
        if not self._over.is_set() and not self._typed:
            self._face.write("\n")
        super()._end()
