"""``chat.log``: a logger that belongs to the turn.

What a turn logs is handed out with its commit; so it is silent on replay and in a turn that is rolled back, and muted
while a conversation leaves memory.
"""

from chinwag.core.running import running

DEBUG, INFO, WARNING, ERROR = 10, 20, 30, 40


class Log:
    """The logger of whichever conversation runs; its levels are those of ``logging``."""

    __slots__ = ()

    def debug(self, text: str, *arguments: object) -> None:
        """Log with ``%``-style arguments."""
        _note(DEBUG, text, arguments)

    def info(self, text: str, *arguments: object) -> None:
        """Log with ``%``-style arguments."""
        _note(INFO, text, arguments)

    def warning(self, text: str, *arguments: object) -> None:
        """Log with ``%``-style arguments."""
        _note(WARNING, text, arguments)

    def error(self, text: str, *arguments: object) -> None:
        """Log with ``%``-style arguments."""
        _note(ERROR, text, arguments)


LOG = Log()


def _note(level: int, text: str, arguments: tuple[object, ...]) -> None:
    conversation = running()
    # A `finally` that logs before it cleans up must come to its cleaning when the conversation is evicted.
    if not conversation.evicting:
        conversation.here().more().logs.append((level, text, arguments))
