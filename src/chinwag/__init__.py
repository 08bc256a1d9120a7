"""Chinwag: a chat conversation is one plain async function; it runs on any network and survives ``kill -9``."""

from chinwag.bot import Bot
from chinwag.core.asks import at_least, at_most, yes
from chinwag.core.chat import Chat, Sent
from chinwag.core.durations import days, hours, minutes, seconds
from chinwag.core.errors import (
    Cancelled,
    ChinwagError,
    FetchError,
    ForeignAwait,
    NotJournalable,
    OutcomeUnknown,
    Reject,
    StepFailed,
    StepTimeout,
    Timeout,
    Undeliverable,
    UsageError,
)
from chinwag.core.markup import Styled, bold, code, italic, link, strike, underline
from chinwag.core.settings import File
from chinwag.core.state import State
from chinwag.core.values import Address, Attachment, Message, Texts
from chinwag.mounting import asgi

__all__ = [
    "Address",
    "Attachment",
    "Bot",
    "Cancelled",
    "Chat",
    "ChinwagError",
    "FetchError",
    "File",
    "ForeignAwait",
    "Message",
    "NotJournalable",
    "OutcomeUnknown",
    "Reject",
    "Sent",
    "State",
    "StepFailed",
    "StepTimeout",
    "Styled",
    "Texts",
    "Timeout",
    "Undeliverable",
    "UsageError",
    "asgi",
    "at_least",
    "at_most",
    "bold",
    "code",
    "days",
    "hours",
    "italic",
    "link",
    "minutes",
    "seconds",
    "strike",
    "underline",
    "yes",
]
