"""Who takes a message. Pure: it is told which conversations live where the message arrived, and answers with a route.

In this order: commands; the open question asked last that accepts it; a text trigger; the mailbox of an attended
conversation; ``on_message``; the fallback, in direct chats only.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from msgspec import Struct

from chinwag.core.conversation import Branch, Conversation
from chinwag.core.effects import Ask, Choose, Listen
from chinwag.core.engine import Accepted, Refused, offer
from chinwag.core.values import Arrival, Message, Texts

QUESTIONS = (Ask, Listen)
LARGEST_MAILBOX = 1000
CANCEL, HELP = "cancel", "help"
SUBSCRIBE, UNSUBSCRIBE, TIMEZONE = "subscribe", "unsubscribe", "timezone"


class Definition(Protocol):
    """What routing needs to know of a conversation that can be begun."""

    @property
    def name(self) -> str:
        """Its name in journals."""
        ...

    @property
    def function(self) -> Any:
        """The function, or the State class."""
        ...

    @property
    def busy(self) -> str | None:
        """The answer to its command while it runs here; None for the bot's own text."""
        ...


class Bot(Protocol):
    """What routing needs to know of a bot."""

    fallback: str | None
    texts: Texts
    subscribers: bool

    @property
    def commands(self) -> dict[str, Any]:
        """By command, without the slash."""
        ...

    @property
    def triggers(self) -> dict[str, Any]:
        """By text, in lower case."""
        ...

    @property
    def listener(self) -> Any:
        """What takes every message that nothing else takes; None if nothing does."""
        ...

    @property
    def greeter(self) -> Any:
        """What begins when somebody joins; None if nothing does."""
        ...

    @property
    def farewell(self) -> Any:
        """What begins when somebody leaves; None if nothing does."""
        ...

    def help(self) -> str:
        """The answer to ``/help``."""
        ...


class Begin(Struct, frozen=True):
    """Begin a conversation; it is attended."""

    definition: Any
    message: Message


class Answer(Struct, frozen=True):
    """A question takes it, as an answer or as bad input."""

    conversation: Conversation
    branch: Branch
    offer: Accepted | Refused


class Keep(Struct, frozen=True):
    """A conversation keeps it for its next question."""

    conversation: Conversation


class Cancel(Struct, frozen=True):
    """The user cancels a conversation."""

    conversation: Conversation


class Reply(Struct, frozen=True):
    """The bot itself answers."""

    text: str


class Enlist(Struct, frozen=True):
    """Somebody writes themselves into the list of recipients, or out of it, or says what their time zone is.

    Args:
        command: subscribe, unsubscribe or timezone.
        argument: what stands behind it.
    """

    command: str
    argument: str


class Drop(Struct, frozen=True):
    """Nobody takes it."""

    reason: str


Route = Begin | Answer | Keep | Cancel | Reply | Enlist | Drop


def route(bot: Bot, arrival: Arrival, here: Sequence[Conversation]) -> Route:
    """Decide who takes a message.

    Args:
        bot: the bot's declarations.
        arrival: what arrived.
        here: the conversations that live there, the oldest first.
    """
    if arrival.event != "message":
        return _event(bot, arrival, here)
    text = arrival.text
    if text and text[0] == "/" and (command := _command(bot, arrival, here)) is not None:
        return command
    answer, meant = _question(arrival, here) if here else (None, True)
    if answer is not None:
        return answer
    trigger = bot.triggers.get(text.strip().casefold()) if bot.triggers else None
    return (
        _begun(trigger, arrival, here)
        or _mailbox(here, meant=meant)
        or _begun(bot.listener, arrival, here)
        or _unclaimed(bot, arrival)
    )


def enlists(text: str) -> bool:
    """Whether a text is a command about the list of recipients, of a bot that has one.

    >>> enlists("/subscribe"), enlists("/timezone@bot UTC"), enlists("/subscribed")
    (True, True, False)
    """
    word = text[1:].split(None, 1)[:1]
    return bool(word) and word[0].partition("@")[0].lower() in {SUBSCRIBE, UNSUBSCRIBE, TIMEZONE}


def _event(bot: Bot, arrival: Arrival, here: Sequence[Conversation]) -> Route:
    """What is no message: it answers a question that hears of it, or begins what is declared for it, or is nothing."""
    if arrival.event in {"edit", "button"}:
        answer, _ = _question(arrival, here)
        return answer or Drop("no open question hears of it")
    definition = bot.greeter if arrival.event == "join" else bot.farewell
    return Begin(definition, arrival.message()) if definition else Drop(f"nothing begins by a {arrival.event}")


def _command(bot: Bot, arrival: Arrival, here: Sequence[Conversation]) -> Route | None:
    word, *rest = arrival.text[1:].split(None, 1) or [""]
    name = word.partition("@")[0].lower() if arrival.text.startswith(f"/{word}") else ""
    definition = bot.commands.get(name)
    if definition is not None:
        if _runs(definition, here):
            return Reply(bot.texts.busy if definition.busy is None else definition.busy)
        return Begin(definition, arrival.message("".join(rest).rstrip()))
    if name == CANCEL:
        target = cancellable(here)
        return Cancel(target) if target is not None else Reply(bot.texts.idle)
    if bot.subscribers and name in {SUBSCRIBE, UNSUBSCRIBE, TIMEZONE}:
        return Enlist(name, "".join(rest).strip())
    return Reply(bot.help()) if name == HELP else None


def _begun(definition: Definition | None, arrival: Arrival, here: Sequence[Conversation]) -> Begin | None:
    """A trigger or the listener begins its conversation, unless it runs here already."""
    if definition is None or _runs(definition, here):
        return None
    return Begin(definition, arrival.message())


def _mailbox(here: Sequence[Conversation], *, meant: bool) -> Route | None:
    """An attended conversation keeps it, unless a question is open here that means somebody else."""
    keeper = next((conversation for conversation in reversed(here) if conversation.attended), None)
    if keeper is None:
        return None
    if not meant:
        return Drop("a question is open here, for somebody else")
    if keeper.mail is not None and len(keeper.mail) >= LARGEST_MAILBOX:
        return Drop(f"the mailbox of {keeper} is full")
    return Keep(keeper)


def _unclaimed(bot: Bot, arrival: Arrival) -> Route:
    if bot.fallback and arrival.direct:
        return Reply(bot.fallback)
    return Drop("nothing takes it")


def _runs(definition: Definition, here: Sequence[Conversation]) -> bool:
    return bool(here) and any(c.name == definition.name for c in here)


def cancellable(here: Sequence[Conversation]) -> Conversation | None:
    """What ``/cancel`` means: the youngest attended conversation, else the youngest."""
    attended = [c for c in here if c.attended]
    return attended[-1] if attended else here[-1] if here else None


def _hears(branch: Branch, arrival: Arrival) -> bool:
    """Whether a question hears of an event that is no message."""
    effect = branch.effect
    if arrival.event == "edit":
        return isinstance(effect, Listen) and effect.edits
    return isinstance(effect, Choose) and branch.prompt == arrival.target != 0


def _asked(question: tuple[Conversation, Branch]) -> int:
    return question[1].asked


def _question(arrival: Arrival, here: Sequence[Conversation]) -> tuple[Answer | None, bool]:
    """The newest open question that takes it; and whether it may be kept by somebody otherwise."""
    questions: Sequence[tuple[Conversation, Branch]]
    if len(here) == 1 and (root := here[0].root) is not None and root.join is None:
        questions = ((here[0], root),) if type(root.effect) is Ask or isinstance(root.effect, QUESTIONS) else ()
    else:
        questions = sorted(((c, b) for c in here for b in c.questions()), key=_asked)[::-1]
    meant = True
    for conversation, branch in questions:
        only = branch.effect.from_  # type: ignore[union-attr]  # a question
        if only is not None and only != arrival.user:
            meant = False
            continue
        heard = arrival.event == "message" or _hears(branch, arrival)
        offered = offer(conversation, branch, arrival) if heard else None
        if offered is not None:
            return Answer(conversation, branch, offered), True
    return None, meant
