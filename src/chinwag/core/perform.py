"""What each effect does to the turn: an answer on the spot, or a wait.

A function here gets the turn, the branch and the effect. It returns ``WAITS``, or the answer as (value, error).
"""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

from msgspec.structs import astuple, replace

from chinwag.core import effects
from chinwag.core.codec import copied, digest, journaled
from chinwag.core.conversation import Branch, Conversation, Turn
from chinwag.core.effects import Ask, Choose, Delivered, Edit, Listen, Say, Sleep, Start, Step, name_of
from chinwag.core.errors import ChinwagError, Timeout
from chinwag.core.journal import Opened
from chinwag.core.markup import spans_of
from chinwag.core.sent import Sent
from chinwag.core.values import Address, Outgoing

WAITS: Any = type("Waits", (), {"__repr__": lambda _: "WAITS"})()


def _say(turn: Turn, branch: Branch, effect: Say) -> Any:
    del branch
    number = number_outgoing(turn)
    clears = turn.conversation.keyboard and clear_keyboard(turn.conversation)
    if turn.replay is None:
        account, room, user = turn.where or place(turn.conversation)
        words = effect.words
        spans = () if type(words) is str else spans_of(words)
        outgoing = Outgoing(
            number, account, room, user, "say", str(words), effect.buttons, attachments=effect.attachments, spans=spans
        )
        if effect.visibility or effect.warning:
            outgoing = _posted(outgoing, effect, posts=turn.conversation.manner.posts)
        turn.says.append((replace(outgoing, clears=True) if clears else outgoing, effect.delivery))
    return Sent(number), None


def _posted(message: Outgoing, effect: Say, *, posts: bool) -> Outgoing:
    """What only posts have; elsewhere the warning stands above the words."""
    if posts:
        return replace(message, visibility=effect.visibility, warning=effect.warning)
    if not effect.warning:
        return message
    above = f"{effect.warning}\n\n"
    spans = tuple(replace(span, start=span.start + len(above)) for span in message.spans)
    return replace(message, text=above + message.text, spans=spans)


def say_text(turn: Turn, text: str) -> None:
    """Let the bot say something of its own accord."""
    if text:
        _say(turn, Branch(None), Say(text, (), (), "at_least_once"))


def _edit(turn: Turn, branch: Branch, effect: Edit) -> Any:
    del branch
    if turn.replay is None:
        turn.more().edits.append((effect.sent, effect.words, 0))
    return None, None


def _ask(turn: Turn, branch: Branch, effect: Ask) -> Any:
    prompt = number_outgoing(turn)
    conversation = turn.conversation
    clears = conversation.keyboard and type(effect) is Ask and clear_keyboard(conversation)
    if type(effect) is Choose and not shows_buttons(conversation, effect):
        conversation.keyboard = True
    if turn.replay is None:
        message = question(conversation, effect, prompt, where=turn.where)
        turn.says.append((replace(message, clears=True) if clears else message, "at_least_once"))
    due = turn.at + effect.timeout if effect.timeout is not None else 0
    label = name_of(effect.parse) if type(effect) is Ask else effect.label()
    return _wait(turn, branch, effect, label, due, prompt)


def shows_buttons(conversation: Conversation, effect: Choose) -> bool:
    """Whether a choice has its buttons at the message itself, and no keyboard."""
    return effect.inline and conversation.manner.inline


def clear_keyboard(conversation: Conversation) -> bool:
    """Whether the message that comes now is the first after a choice with a keyboard: it takes the keyboard away."""
    for branch in conversation.waits():
        if isinstance(branch.effect, Choose) and not shows_buttons(conversation, branch.effect):
            return False
    conversation.keyboard = False
    return True


def question(
    conversation: Conversation, effect: Ask, number: int, *, again: bool = False, where: Sequence[str] | None = None
) -> Outgoing:
    """The message that asks; ``where`` the conversation lives, if that is known."""
    account, room, user = where or place(conversation)
    if type(effect) is Ask and type(effect.prompt) is str:  # what most questions are
        return Outgoing(number, account, room, user, "say", effect.prompt, again=again, question=True)
    choices, inline = (effect.labels, effect.inline) if isinstance(effect, Choose) else ((), False)
    return Outgoing(
        number,
        account,
        room,
        user,
        "say",
        effect.text(),
        choices,
        again=again,
        question=True,
        spans=spans_of(effect.prompt),
        inline=inline,
    )


def timed_out(effect: effects.Effect | None) -> Timeout:
    """What a question or a listen raises when time is up."""
    what = f"nobody answered {effect.prompt!r:.80} in time" if isinstance(effect, Ask) else "nobody wrote in time"
    return Timeout(what)


def _listen(turn: Turn, branch: Branch, effect: Listen) -> Any:
    due = turn.at + effect.timeout if effect.timeout is not None else 0
    return _wait(turn, branch, effect, "", due, 0)


def _sleep(turn: Turn, branch: Branch, effect: Sleep) -> Any:
    until = effect.until
    due = turn.at + effect.duration if until is None else max(turn.at, round(until.timestamp() * 1_000_000))
    return _wait(turn, branch, effect, "", max(due, 1), 0)


def _step(turn: Turn, branch: Branch, effect: Step) -> Any:
    # What the step does to them must not be seen here: run again, this function would not see it.
    effect.arguments = tuple(map(copied, effect.arguments))
    answer = _wait(turn, branch, effect, f"{name_of(effect.function)}#{digest(effect.arguments)}", 0, 0)
    turn.more().steps.append((branch.path, effect))
    return answer


def _delivered(turn: Turn, branch: Branch, effect: Delivered) -> Any:
    turn.more().waited.append(effect.sent)
    return _wait(turn, branch, effect, "", 0, effect.sent)


def _start(turn: Turn, branch: Branch, effect: Start) -> Any:
    path = f"{branch.prefix}{branch.count}"
    branch.count += 1
    name = function_name(effect.function, turn.conversation)
    if turn.replay is not None:
        number = turn.replay.started(len(turn.starts))
        turn.starts += ((path, name, number),)
        return number, None
    try:
        _, arguments = journaled(effect.arguments, what=f"the arguments of {name}")
    except ChinwagError as error:
        return None, error
    turn.numbers.conversation += 1
    number = turn.numbers.conversation
    parent = turn.conversation
    # By its place in the parent's life, not by its number: a turn that is decided again gives it the same.
    origin = f"{parent.seq}/{turn.states}/{path}".encode()
    seed = blake2b(origin, digest_size=16, key=parent.seed).digest()
    child = Conversation(number, name, effect.function, arguments, effect.address, seed)
    child.born = turn.at
    child.manner, child.zone = parent.manner, parent.zone
    turn.more().births.append(child)
    turn.starts += ((path, name, number),)
    return number, None


def function_name(function: Any, parent: Conversation) -> str:
    """The name under which a store can find a function again: without its module, if that is one of the bot's own."""
    module = getattr(function, "__module__", "")
    return name_of(function) if module in parent.manner.homes else f"{module}:{name_of(function)}"


def _wait(turn: Turn, branch: Branch, effect: effects.Effect, label: str, due: int, prompt: int) -> Any:
    count = branch.count
    branch.path = path = f"{branch.prefix}{count}"
    branch.count = count + 1
    branch.effect, branch.due, branch.prompt, branch.asked = effect, due, prompt, turn.at
    words = effect.prompt if type(effect) is Ask and type(effect.prompt) is str else effect.text()
    turn.opened.append(Opened(path, effect.kind, label, words, branch.line(), due, prompt))
    return WAITS


def number_outgoing(turn: Turn) -> int:
    """The next outbox number: a new one, or on replay the one that the journal has."""
    said, numbers = turn.said, turn.numbers
    turn.said = said + 1
    if turn.replay is not None:
        return turn.replay.sent(said)
    numbers.outbox = number = numbers.outbox + 1
    if not said:
        turn.sent = number
    return number


def place(conversation: Conversation) -> Sequence[str]:
    """Account, room and user of a conversation."""
    where = conversation.address
    return where.split("/") if "%" not in where else astuple(Address.parse(where))


PERFORM: dict[type, Callable[[Turn, Branch, Any], Any]] = {
    Say: _say,
    Edit: _edit,
    Ask: _ask,
    Choose: _ask,
    Listen: _listen,
    Sleep: _sleep,
    Step: _step,
    Delivered: _delivered,
    Start: _start,
}
