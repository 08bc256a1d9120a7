"""What a broker or the way to it refuses, in one sentence that says what to do.

Owns which troubles pass by themselves, and which do not: a password, a virtual host, a certificate, an exchange of
another kind. No password stands in any of them.
"""

import asyncio
import re
import ssl
from pathlib import Path

from aiormq.exceptions import (
    AuthenticationError,
    ChannelAccessRefused,
    ChannelPreconditionFailed,
    ConnectionNotAllowed,
    InvalidFrameError,
    ProbableAuthenticationError,
)
from msgspec import Struct

from chinwag.networks.amqp.settings import Settings

_UNEQUAL = re.compile(
    r"inequivalent arg '([\w-]+)' for (exchange|queue) '(.*?)' in vhost .*?(?:but current is '?([^']*))?'?$"
)
_IN_USE = "in exclusive use"


class Trouble(Struct, frozen=True):
    """What is wrong.

    Args:
        words: a sentence for the user.
        lasting: whether it stays wrong until somebody does something.
    """

    words: str
    lasting: bool = False


def trouble(error: BaseException, settings: Settings) -> Trouble:
    """Tell what an error of the library means.

    Args:
        error: what was raised while connecting or declaring.
        settings: what was connected to.
    """
    place = settings.place
    if isinstance(error, ProbableAuthenticationError | AuthenticationError):
        return Trouble(f"RabbitMQ at {place} does not take this user and password: check AMQP_URL.", lasting=True)
    if isinstance(error, InvalidFrameError | ConnectionNotAllowed) and "Connection." in str(error):
        return Trouble(
            f"RabbitMQ at {place} does not let this user into the virtual host at the end of AMQP_URL: "
            "create it and give the permission, or name another.",
            lasting=True,
        )
    if isinstance(error, ChannelPreconditionFailed):
        return Trouble(_unequal(str(error)), lasting=True)
    if _IN_USE in str(error):
        return Trouble(f"Another process has this queue at {place}, and only one may: stop the other.")
    if isinstance(error, ChannelAccessRefused):
        return Trouble(f"RabbitMQ at {place} does not permit this: {_plain(str(error))}.", lasting=True)
    return _unreached(error, place)


def _unreached(error: BaseException, place: str) -> Trouble:
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Trouble(
            f"The certificate of {place} is not accepted ({cause.verify_message.rstrip('.')}): "
            "name the file of the one who vouches for it, by ca or AMQP_CA.",
            lasting=True,
        )
    if isinstance(cause, ssl.SSLError):
        return Trouble(f"{place} does not speak TLS as it should: is amqps:// the right one, and the port?")
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
        return Trouble(f"The file for certificates, {error.filename}, cannot be read: {error.strerror}.", lasting=True)
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        return Trouble(f"RabbitMQ at {place} does not answer: is it one, and is AMQP_URL right?")
    reason = getattr(cause, "strerror", None) or (cause.args[-1] if cause.args else type(cause).__name__)
    return Trouble(f"RabbitMQ at {place} cannot be reached ({_plain(str(reason))}): start it, or set AMQP_URL.")


def _unequal(text: str) -> str:
    """An exchange or a queue is there already, and is of another kind."""
    found = _UNEQUAL.search(text)
    if found is None:
        return f"RabbitMQ refuses: {_plain(text)}."
    what, kind, name, current = found.groups()
    if what == "type":
        return (
            f"The exchange {name!r} exists, and is of type {current}, where the chat needs fanout: "
            "choose another one by --exchange, or delete it."
        )
    if what == "durable":
        other = "add --durable" if current == "true" else "leave --durable out"
        return f"The {kind} {name!r} exists, and is {'' if current == 'true' else 'not '}durable: {other}."
    return f"The {kind} {name!r} exists with another {what!r}: choose another name, or delete it."


def _plain(words: str) -> str:
    """Words of a library without its own punctuation; a path of a certificate is named by its file."""
    return re.sub(r"\s+", " ", words).strip().rstrip(".").replace(str(Path.home()), "~")
