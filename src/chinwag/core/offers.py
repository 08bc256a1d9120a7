"""Whether a message answers a question: what the engine is told before a turn is made.

A parse function is the user's code, and may raise anything: a ValueError is bad input, a ``Reject`` speaks to the user
itself, and all else is told at the line that asked. Nothing is changed here.
"""

from typing import Any

from msgspec import Struct

from chinwag.core.asks import chosen
from chinwag.core.codec import Plain, error_from_plain, error_to_plain, hint_of, journaled
from chinwag.core.conversation import Branch, Conversation
from chinwag.core.effects import AGAIN, Ask, Choose, Listen, name_of
from chinwag.core.errors import ChinwagError, Reject, UsageError
from chinwag.core.tags import HIGHEST, LOWEST, as_text, is_text
from chinwag.core.values import Arrival, Message


class Accepted(Struct, frozen=True):
    """A message answers the question: the value as journaled, and as the code gets it."""

    plain: Any
    value: Any
    error: BaseException | None = None


class Refused(Struct, frozen=True):
    """A message is bad input to the question: what to say, and whether to ask again."""

    words: str
    again: bool


Offer = Accepted | Refused | None


def offer(conversation: Conversation, branch: Branch, arrival: Arrival) -> Offer:
    """Whether a message answers a question.

    Returns:
        Accepted, Refused (bad input that the question claims), or None: the question passes it on.
    """
    effect = branch.effect
    try:
        if isinstance(effect, Ask):
            return _parsed(conversation, effect, arrival)
        assert isinstance(effect, Listen)  # noqa: S101 - only these two take messages
        return _heard(arrival.message())
    except ValueError as error:
        return _refused(effect, error)
    except BaseException as error:  # noqa: BLE001 - the user's parse function; told at the user's line
        return _told(effect, arrival, error)


def _heard(message: Message) -> Accepted:
    """A message as ``listen`` gives it; words alone are written as the codec would write them, without its walk."""
    if message.attachments or not is_text(message.text + message.user + message.name + message.arguments):
        return Accepted(*journaled(message, Message, what="the message"))
    fields = {
        "text": message.text,
        "user": message.user,
        "name": message.name,
        "arguments": message.arguments,
        "attachments": {"$": "tuple", "v": []},
        "edited": message.edited,
    }
    return Accepted({"$": "record", "c": "Message", "v": fields}, message)


def _parsed(conversation: Conversation, effect: Ask, arrival: Arrival) -> Accepted:
    text = arrival.text
    if arrival.attachments and not text:
        msg = "a file is no answer"
        raise ValueError(msg)
    if type(effect) is Choose:
        numbered = conversation.manner.numbered or arrival.event == "button"
        index = chosen(effect, text, numbered=numbered)
        return Accepted([effect.labels[index], index], effect.values[index])
    if effect.parse is str and is_text(text):
        return Accepted(text, text)
    value = effect.parse(text)
    if type(value) is int and LOWEST <= value <= HIGHEST:  # what most answers are, and the same in any journal
        return Accepted(value, value)
    return Accepted(*journaled(value, hint_of(effect.parse), what=name_of(effect.parse)))


def _refused(effect: Any, error: ValueError) -> Refused | None:
    """Bad input: it is claimed, unless the question ignores it and the parse function has nothing to say."""
    if isinstance(error, Reject):
        return Refused(as_text(str(error)), again=effect.retry is not None)
    if effect.retry is None:
        return None
    return Refused("" if effect.retry is AGAIN else as_text(effect.retry), again=True)


def _told(effect: Any, arrival: Arrival, error: BaseException) -> Accepted:
    if not isinstance(error, ChinwagError):
        told = UsageError(
            f"the parse function {name_of(effect.parse)} raised {type(error).__name__}: {error} "
            f"for {arrival.text!r:.80}; raise ValueError for bad input"
        )
        told.__cause__ = error
        error = told
    plain, rebuilt = as_journaled(error)
    return Accepted(plain, None, rebuilt)


def as_journaled(error: BaseException) -> tuple[Plain, BaseException]:
    """An error as the journal has it, and as the journal will give it back: the code gets that one live too."""
    plain = error_to_plain(error)
    rebuilt = error_from_plain(plain)
    rebuilt.__cause__ = error.__cause__ if isinstance(error, ChinwagError) else error
    return plain, rebuilt
