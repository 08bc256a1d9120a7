"""Who has a keyboard of choices on the screen.

Telegram shows it until it is told otherwise, so the message that comes after a choice takes it away. What a command is
answered while the choice is open (it already runs, the help) leaves it. Of what was shown before a start nothing is
known here, but a conversation knows: the message that ends its choice says so (``clears``).
"""

from typing import Any

from chinwag.core.recent import Recent
from chinwag.core.values import Outgoing
from chinwag.networks.telegram.outgoing import buttons, is_for_all, keyboard, removal

MOST_SHOWN = 10_000
"""Keyboards that are remembered; who answers one that is forgotten has it taken away by the conversation's word."""
_CANCEL = "/cancel"


class Keyboards:
    """The keyboards of one bot, by room and user."""

    def __init__(self) -> None:
        self._shown: Recent[tuple[str, str], bool] = Recent(MOST_SHOWN)

    def heard(self, room: str, user: str, text: str) -> None:
        """A user wrote; after a command the next message is taken for its answer, and not for the end of a choice."""
        if self._shown:
            for key in ((room, user), (room, "*")):
                if key in self._shown:
                    self._shown[key] = text.startswith("/") and not text.lower().startswith(_CANCEL)

    def markup(self, message: Outgoing, *, group: bool) -> dict[str, Any] | None:
        """The keyboard that a message brings, or takes away; None for neither."""
        if message.act != "say":
            return None
        selective = group and not is_for_all(message)
        if message.choices and message.inline:
            return buttons(message.id, message.choices)
        if message.choices:
            return keyboard(message.choices, selective=selective)
        key = (message.room, message.user)
        gone = message.clears or self._shown.get(key) is False
        return removal(selective=selective) if gone else None

    def sent(self, message: Outgoing, markup: dict[str, Any] | None) -> None:
        """A message is on its way with this keyboard."""
        if message.act != "say":
            return
        key = (message.room, message.user)
        if message.inline:
            return
        if message.choices:
            self._shown[key] = False
        elif markup is not None:
            self._shown.pop(key, None)
        elif key in self._shown:
            self._shown[key] = False
