"""Chinwag: a chat conversation is one plain async function; it runs on any network and survives ``kill -9``."""

from chinwag.bot import Bot
from chinwag.core.asks import at_least, at_most, yes
from chinwag.core.chat import Chat, Sent
from chinwag.core.durations import days, hours, minutes, seconds
from chinwag.core.errors import (
    Cancelled,
    ChinwagError,
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
from chinwag.core.state import State
from chinwag.core.values import Address, Attachment, Message, Texts

__all__ = [
    "Address",
    "Attachment",
    "Bot",
    "Cancelled",
    "Chat",
    "ChinwagError",
    "ForeignAwait",
    "Message",
    "NotJournalable",
    "OutcomeUnknown",
    "Reject",
    "Sent",
    "State",
    "StepFailed",
    "StepTimeout",
    "Texts",
    "Timeout",
    "Undeliverable",
    "UsageError",
    "at_least",
    "at_most",
    "days",
    "hours",
    "minutes",
    "seconds",
    "yes",
]
