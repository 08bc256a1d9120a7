"""What ``chinwag run --on line`` needs besides the bot: the channel's token and secret, recipients."""

from chinwag.cli.audience import addressed
from chinwag.cli.kind import Kind, Setup
from chinwag.core.errors import UsageError
from chinwag.core.parts import split
from chinwag.core.values import EVERYBODY, Outgoing
from chinwag.networks.line.outgoing import LONGEST_TEXT
from chinwag.networks.line.settings import Settings
from chinwag.runtime.account import Account

DIRECT = "U"
ROOMS = ("C", "R")


def line(setup: Setup) -> Account:
    """A bot's account on LINE.

    Raises:
        UsageError: in one sentence, if a recipient is none.
    """
    found = [recipient(setup.name, text) for text in setup.recipients]
    from chinwag.networks.line.adapter import Line  # noqa: PLC0415 - line-bot-sdk takes seconds to import

    return Account(setup.name, setup.bot, Line(setup.name, setup.settings), found)


def recipient(account: str, text: str) -> tuple[str, str]:
    """Address and time zone of a recipient.

    Args:
        account: the account's name.
        text: the id of a user, or of a group for all who are there, or ``group/user``; behind ``@`` a time zone, if it
            is not this machine's.

    Raises:
        UsageError: if it is none of them.

    >>> recipient("line:medbot", "U4af4980629@Asia/Tokyo")
    ('line:medbot/U4af4980629/U4af4980629', 'Asia/Tokyo')
    >>> recipient("line:medbot", "Ca56f94637c@Asia/Tokyo")[0]
    'line:medbot/Ca56f94637c/*'
    """
    place, _, zone = text.partition("@")
    room, _, user = place.partition("/")
    known = room.startswith((DIRECT, *ROOMS)) and room.isalnum() and (not user or user.startswith(DIRECT))
    if not known or (user and not user.isalnum()):
        raise UsageError(f"--to takes the id of a user (U…) or a group (C…), or group/user; not {text!r}")
    return addressed(account, room, user or (room if room.startswith(DIRECT) else EVERYBODY), zone)


def parts(message: Outgoing) -> list[str]:
    """The messages for a long text."""
    return [part for part in split(message.text, LONGEST_TEXT) if part.strip()] or [message.text]


KIND = Kind(
    settings=Settings,
    build=line,
    parts=parts,
    environment={"token": "LINE_TOKEN", "secret": "LINE_SECRET", "server": "LINE_API_URL"},
    needs={"linebot": "line"},
    pushes=lambda _: True,
)
