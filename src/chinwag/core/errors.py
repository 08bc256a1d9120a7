"""Every error of Chinwag, and the two signals that are not errors.

    ChinwagError
    ├── UsageError            the bot's code or the command line asks for something that cannot be
    │   ├── ForeignAwait      something awaited that is not an effect of the chat
    │   ├── ForgottenAwait    an effect was made and never awaited
    │   ├── NotJournalable    a value that would not come back from the journal as it went in
    │   └── TooManyStates     a chain of states that never waits
    ├── Timeout               nobody answered in time (also a TimeoutError)
    ├── StepTimeout           a step took longer than its ``timeout=`` (also a TimeoutError)
    ├── StepFailed            a step raised an exception that could not be rebuilt from the journal
    ├── OutcomeUnknown        a ``once=True`` step was running when the process died
    ├── Undeliverable         the network refused a message for good
    ├── FetchError            a network did not give the bytes of a file
    ├── Diverged              the code no longer matches the journal
    ├── StoreError            the store refused, with one sentence that says what to do
    │   ├── StoreLocked       another process owns the store
    │   ├── StoreFull         no room on the disk
    │   ├── StoreRefused      something in a commit cannot be written, however often it is tried
    │   └── StoreCorrupt      not a database of ours, of a newer version, or damaged
    └── SendError             what a network's ``send`` may raise
        ├── Refused           decided: the network will never take this message
        ├── Unreachable       the message never reached the network
        ├── RateLimited       not now; ``retry_after`` says when
        └── Ambiguous         it may or may not have arrived
    Reject                    (a ValueError) a parse function's own words to the user
    Cancelled, Evicted        (BaseException) control signals, not to be caught by ``except Exception``

A message says what happened, where, and what to write instead.
"""


class ChinwagError(Exception):
    """The root of every error that Chinwag raises."""


class UsageError(ChinwagError):
    """The bot's code or the command line asks for something that cannot be."""


class ForeignAwait(UsageError):
    """Something was awaited inside a conversation that is not an effect of the chat."""


class ForgottenAwait(UsageError):
    """An effect such as ``chat.say(...)`` was made and never awaited."""


class NotJournalable(UsageError):
    """A value that would not come back from the journal as it went in."""


class TooManyStates(UsageError):
    """A thousand states followed each other without one wait between them."""


class Timeout(ChinwagError, TimeoutError):
    """Nobody answered in time."""


class StepTimeout(ChinwagError, TimeoutError):
    """A step took longer than its ``timeout=``."""


class StepFailed(ChinwagError):
    """A step raised an exception whose class could not be rebuilt from the journal."""


class OutcomeUnknown(ChinwagError):
    """A step with ``once=True`` was running when the process died: it may or may not have happened."""


class Undeliverable(ChinwagError):
    """The network refused a message for good, for instance because the user has blocked the bot."""


class Diverged(ChinwagError):
    """The code no longer matches the journal of a conversation that is under way."""


class StoreError(ChinwagError):
    """The store refused; the message says what to do."""


class StoreLocked(StoreError):
    """Another process owns the store."""


class StoreFull(StoreError):
    """There is no room on the disk; nothing was lost, and work goes on when there is room."""


class StoreRefused(StoreError):
    """Something in a commit cannot be written, however often it is tried; what else was in it can."""


class StoreCorrupt(StoreError):
    """Not a Chinwag database, one of a newer version, or a damaged row."""


class FetchError(ChinwagError):
    """A network did not give the bytes of a file that came from it."""


class SendError(ChinwagError):
    """The root of what a network's ``send`` may raise."""


class Refused(SendError):
    """Decided: the network will never take this message."""


class Unreachable(SendError):
    """The message never reached the network; it is sent again with backoff."""


class RateLimited(SendError):
    """Not now.

    Args:
        message: what the network said.
        retry_after: how long to wait, in seconds.
    """

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Ambiguous(SendError):
    """The message may or may not have arrived: the answer was lost after the request was written."""


class Reject(ValueError):
    """A parse function raises this to refuse an answer in its own words.

    >>> def even(text: str) -> int:
    ...     if int(text) % 2:
    ...         raise Reject("An even number, please.")
    ...     return int(text)
    >>> even("4")
    4
    """


class Cancelled(BaseException):
    """The conversation was cancelled. ``finally`` blocks run and may still say and ask."""


class Evicted(BaseException):
    """The conversation leaves memory; its journal brings it back. Never seen outside ``finally``."""
