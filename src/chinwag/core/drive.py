"""Driving coroutines: one ``send`` after another until every branch waits or has ended.

``advance`` answers effects that need no waiting on the spot (``perform``) and stops at those that do. ``first`` and
``all`` make branches; a branch that ends tells its parent. Nothing here knows of journals or stores.
"""

from collections.abc import Coroutine
from types import CoroutineType
from typing import Any

from chinwag.core.chat import CHAT
from chinwag.core.codec import state_to_plain
from chinwag.core.conversation import CANCELLED, ENDED, FAILED, Branch, Conversation, JoinState, Turn
from chinwag.core.effects import Effect, First, Join, Step, name_of
from chinwag.core.errors import (
    Cancelled,
    ChinwagError,
    Evicted,
    NotJournalable,
    Timeout,
    TooManyStates,
    UsageError,
)
from chinwag.core.foreign import foreign
from chinwag.core.perform import PERFORM, WAITS, say_text
from chinwag.core.running import RUNNING
from chinwag.core.state import State

REFUSALS = 50
LONGEST_CHAIN = 1000
DEEPEST = 100
"""So many joins within each other; their ends are calls within each other, too."""


def advance(turn: Turn, branch: Branch, value: Any, error: BaseException | None = None) -> None:
    """Run one branch with an answer until it waits or ends."""
    context = turn.conversation.context
    assert context is not None  # noqa: S101 - given at birth
    run = context.run
    coroutine = branch.coroutine
    while True:
        try:
            effect = run(coroutine.send, value) if error is None else run(coroutine.throw, error)
        except StopIteration as stop:
            _ended(turn, branch, stop.value, None)
            return
        except BaseException as raised:  # noqa: BLE001 - whatever leaves the function decides the turn
            _ended(turn, branch, None, raised)
            return
        perform = PERFORM.get(type(effect))
        if perform is not None:
            answer = perform(turn, branch, effect)
        elif isinstance(effect, Join):
            answer = _fork(turn, branch, effect)
        else:
            answer = None, foreign(effect)
        if answer is WAITS:
            return
        value, error = answer


def _ended(turn: Turn, branch: Branch, value: Any, error: BaseException | None) -> None:
    branch.coroutine = None
    branch.effect = None
    if branch.parent is not None:
        _joined(turn, branch.parent, branch.index, value, error)
    elif error is not None:
        _raised(turn, error)
    elif isinstance(value, State):
        _moved(turn, value)
    elif isinstance(value, type) and issubclass(value, State):
        _raised(
            turn, UsageError(f"the class {value.__name__} was returned, not a state: write `{value.__name__}(...)`")
        )
    else:
        turn.status = ENDED


def _raised(turn: Turn, error: BaseException) -> None:
    """An exception left the function."""
    if isinstance(error, Cancelled):
        turn.status = CANCELLED
    elif type(error) is Timeout:
        turn.status = ENDED
        say_text(turn, turn.conversation.manner.texts.timeout)
    else:
        turn.status = FAILED
        turn.error = turn.error or error


def _moved(turn: Turn, state: State) -> None:
    """The function returned its next state: a checkpoint, and on with that."""
    if turn.states:  # the loop below goes on with it: a chain of states must not be a chain of calls
        turn.successor = state
        return
    while True:
        turn.states += 1
        turn.successor = None
        error = _unfit(turn, state)
        if error is not None:
            _raised(turn, error)
            return
        # Paths count on through the states of a conversation: an outcome that comes late must not find a new step.
        base = turn.conversation.root.count if turn.conversation.root is not None else 0
        turn.restart(state)
        turn.path = str(base)
        begin(turn)
        if turn.successor is None:
            return
        state = turn.successor


def _unfit(turn: Turn, state: State) -> ChinwagError | None:
    """Why there is no going on to a state."""
    if turn.states >= LONGEST_CHAIN:
        return TooManyStates(
            f"{LONGEST_CHAIN} states followed each other without one wait, the last was {state!r:.200}: "
            "ask, sleep or take a step in one of them, or end"
        )
    try:
        state_to_plain(state)
    except NotJournalable as error:
        return error
    return None


def begin(turn: Turn) -> None:
    """Run the conversation's function, or its state, from the top."""
    conversation = turn.conversation
    try:
        coroutine = _coroutine(conversation)
    except BaseException as error:  # noqa: BLE001 - wrong arguments, say: it is the function's failure
        _raised(turn, error)
        return
    conversation.root = root = Branch(coroutine)
    if turn.path:
        root.count = int(turn.path)
    advance(turn, root, None)


def _coroutine(conversation: Conversation) -> Any:
    entry: Any = conversation.entry
    if isinstance(entry, type):
        entry = entry(*conversation.arguments)
    coroutine = entry.run(CHAT) if isinstance(entry, State) else entry(CHAT, *conversation.arguments)
    if type(coroutine) is not CoroutineType and not isinstance(coroutine, Coroutine):
        msg = f"{name_of(entry)} is not an async function: write `async def`"
        raise UsageError(msg)
    return coroutine


def _fork(turn: Turn, parent: Branch, effect: Join) -> Any:
    """Start the members of a ``first`` or ``all``, in order."""
    if parent.prefix.count(".") >= 2 * DEEPEST:
        _discard(effect)
        return None, UsageError(f"chat.{effect.kind} within {DEEPEST} others: write a loop, or return a State")
    prefix = f"{parent.prefix}{parent.count}."
    parent.count += 1
    parent.effect = effect
    parent.join = join = JoinState(effect)
    for index, member in enumerate(effect.members):
        coroutine = member.__await__() if isinstance(member, Effect) else member
        join.children.append(Branch(coroutine, f"{prefix}{index}.", parent, index))
    for child in join.children:
        advance(turn, child, None)
    join.starting = False
    return _settled(turn, parent, join)


def _joined(turn: Turn, parent: Branch, index: int, value: Any, error: BaseException | None) -> None:
    """A member has ended; its parent goes on if that was the last one to wait for."""
    join = parent.join
    assert join is not None  # noqa: S101 - its child has just ended
    join.done += 1
    if error is None:
        join.results[index] = value
        if isinstance(join.effect, First) and not join.closing and join.winner < 0 and join.error is None:
            join.winner = index
    elif not (isinstance(error, Cancelled) and join.closing):
        # What a member raises while it is cancelled counts more than that it was, as in a `finally` of plain code.
        join.error = error if join.error is None or isinstance(join.error, Cancelled) else join.error
    if not join.starting:
        answer = _settled(turn, parent, join)
        if answer is not WAITS:
            advance(turn, parent, *answer)


def _settled(turn: Turn, parent: Branch, join: JoinState) -> Any:
    """The parent's answer, once every member has ended; the losers are cancelled first."""
    decided = join.error is not None or join.winner >= 0
    if decided and not join.closing:
        join.closing = True
        join.starting = True
        for child in join.children:
            cancel(turn, child)
        join.starting = False
    if join.done < len(join.children):
        return WAITS
    parent.join = None
    parent.effect = None
    if join.error is not None:
        return None, join.error
    if isinstance(join.effect, First):
        return (join.winner, join.results[join.winner]), None
    return tuple(join.results[i] for i in range(len(join.children))), None


def cancel(turn: Turn, branch: Branch) -> None:
    """Throw ``Cancelled`` where a branch waits; members before their parent."""
    if branch.join is not None:
        join = branch.join
        join.error = Cancelled()
        join.closing = True
        for child in list(join.children):
            cancel(turn, child)
    elif branch.effect is not None:
        if isinstance(branch.effect, Step):
            turn.more().stopped.append(branch.path)
        forget(branch)
        advance(turn, branch, None, Cancelled())


def forget(branch: Branch) -> None:
    """A wait is over: clear it."""
    branch.effect = None
    branch.due = 0
    branch.prompt = 0


def evict(conversation: Conversation) -> list[Any]:
    """Throw ``Evicted`` into every coroutine, members before their parents; whatever they ask for is refused.

    Returns:
        Coroutines that would not end after 50 refusals; the caller keeps them, for garbage collection would close them.
    """
    conversation.evicting = True
    stubborn: list[Any] = []
    root = conversation.root
    if root is not None and conversation.context is not None and (root.coroutine is not None or root.join is not None):
        here = RUNNING.here
        before = here.conversation
        here.conversation = conversation
        _evict(conversation, root, stubborn)
        here.conversation = before
        here.fresh.clear()
    conversation.root = None
    return stubborn


def _evict(conversation: Conversation, branch: Branch, stubborn: list[Any]) -> None:
    for child in branch.join.children if branch.join is not None else ():
        _evict(conversation, child, stubborn)
    if branch.coroutine is None or conversation.context is None:
        return
    for _ in range(REFUSALS):
        try:
            refused = conversation.context.run(branch.coroutine.throw, Evicted())
        except BaseException:  # noqa: BLE001 - it has ended, and nobody hears how
            return
        _discard(refused)
    stubborn.append(branch.coroutine)


def _discard(refused: Any) -> None:
    """Close what a refused ``first`` or ``all`` would have started; Python warns of coroutines that never ran."""
    if isinstance(refused, Join):
        for member in refused.members:
            _discard(member)
    elif isinstance(refused, Coroutine):
        refused.close()
