"""The reference's conversation: what a program must do with its answers, told without one line of chinwag.

Owns the coroutine of one conversation, its branches, and what each turn of it brings about. Refuses to know when and
why a turn happens: ``model.py`` says so. It is written from DESIGN.md, to be read beside the engine, not to share with
it: no import of chinwag is allowed here (a test looks).

Rules: live, data comes from the model; in a rebuild, from the history. A rebuild compares as DESIGN.md says under
"Matching", and answers with what differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.simulation.chat import GONE, Book, Raised, ReferenceCancelled, ReferenceChat, Want

WAITING, ENDED, CANCELLED, FAILED = "waiting", "ended", "cancelled", "failed"
TIMEOUT = "Timeout"


class Differs(Exception):
    """The code does not do what the history says."""


class Branch:
    """One line of execution: the conversation's own, or a member of a ``first`` or ``all``."""

    def __init__(self, coroutine: Any, prefix: str = "", parent: Branch | None = None, index: int = 0) -> None:
        self.coroutine, self.prefix, self.parent, self.index = coroutine, prefix, parent, index
        self.count = 0
        self.want: Want | None = None
        self.members: list[Branch] = []
        self.path = ""
        self.due = self.prompt = self.asked = 0
        # Of a `first` or `all` under way:
        self.results: dict[int, Any] = {}
        self.winner = -1
        self.error: BaseException | None = None
        self.done = 0
        self.closing = self.starting = False

    def leaves(self) -> Iterator[Branch]:
        if self.members:
            for member in self.members:
                yield from member.leaves()
        elif self.want is not None:
            yield self

    def forget(self) -> None:
        self.want, self.due, self.prompt = None, 0, 0


class Opened:
    """A wait as the journal must have it."""

    __slots__ = ("due", "kind", "label", "path", "prompt", "text")

    def __init__(self, branch: Branch, want: Want) -> None:
        self.path, self.kind, self.label, self.text = branch.path, want.kind, want.label, want.text
        self.due, self.prompt = branch.due, branch.prompt


class Turn:
    """What one turn brings about, and what it needs to be run again."""

    def __init__(self, at: int, cause: str, first: int, starts: list[int]) -> None:
        self.at, self.cause, self.first, self.spoken_from = at, cause, first, first
        self.children = list(starts)
        self.path = self.how = ""
        self.answer: Any = None
        self.error: BaseException | None = None
        self.opened: list[Opened] = []
        self.said = 0
        self.says: list[tuple[str, bool, Want | None]] = []
        self.edits: list[tuple[int, str | None]] = []
        self.starts: list[tuple[str, str, int]] = []
        self.births: list[tuple[int, Want]] = []
        self.steps: list[tuple[Branch, Want]] = []
        self.stopped: list[Want] = []
        self.read: dict[str, Any] = {}
        self.keys: list[str] | None = None
        self.patches: list[str] = []
        self.writes: dict[str, Any] = {}
        self.carried: dict[str, Any] = {}
        self.draws = self.drawn = 0
        self.status = WAITING
        self.failure: BaseException | None = None
        self.checkpoint: Any = None
        self.states = 0
        self.successor: Any = None
        self.replay = False


class Tale:
    """One conversation.

    Args:
        number: its id.
        book: what it shares with all others.
        begins: makes its coroutine.
        seed: 16 bytes.
    """

    def __init__(self, number: int, book: Book, begins: Callable[[Any], Any], seed: bytes) -> None:
        self.number, self.book, self.begins, self.seed = number, book, begins, seed
        self.chat = ReferenceChat(self)
        self.name = self.address = self.user = ""
        self.message: Any = None
        self.attended = False
        self.root: Branch | None = None
        self.turn: Turn | None = None
        self.draws = self.base_draws = 0
        self.seen: dict[str, Any] = {}
        self.patches: dict[str, bool] = {}
        self.history: list[Turn] = []
        self.last = 0
        self.unmarked = False
        self.before = (begins, 0, self.history, 0)

    # -- looking ------------------------------------------------------------------------------------------------------

    def waits(self) -> list[Branch]:
        return list(self.root.leaves()) if self.root is not None else []

    def find(self, path: str) -> Branch | None:
        return next((branch for branch in self.waits() if branch.path == path), None)

    def earliest(self) -> int:
        return min((branch.due for branch in self.waits() if branch.due), default=0)

    def questions(self) -> list[Branch]:
        return [b for b in self.waits() if b.want is not None and b.want.kind in {"ask", "choose", "listen"}]

    @property
    def here(self) -> Turn:
        assert self.turn is not None
        return self.turn

    # -- turns --------------------------------------------------------------------------------------------------------

    def open(self, turn: Turn) -> Turn:
        self.before = (self.begins, self.base_draws, self.history, self.last)
        turn.at = self.last = max(turn.at, self.last)
        turn.draws = self.draws
        self.turn = turn
        return turn

    def begin(self, turn: Turn) -> Turn:
        # What a first turn that failed has drawn and read is rolled back with it.
        self.draws, self.seen, self.patches = self.base_draws, {}, {}
        self.open(turn)
        self._enter(0)
        return self._close(turn)

    def answer(self, turn: Turn, branch: Branch, value: Any, error: BaseException | None = None) -> Turn:
        self.open(turn)
        turn.path, turn.answer, turn.error = branch.path, value, error
        branch.forget()
        self._run(branch, value, error)
        return self._close(turn)

    def cancel(self, turn: Turn) -> Turn:
        self.open(turn)
        assert self.root is not None
        self._cancel(self.root)
        return self._close(turn)

    def mark(self, turn: Turn) -> Turn:
        """Other code has come, and asks in other words what was answered."""
        return self._close(self.open(turn))

    def again(self, turn: Turn, branch: Branch, words: str, *, ask: bool) -> Turn:
        """Bad input, or new words: the question is asked once more; the function does not hear of it."""
        self.open(turn)
        turn.path = branch.path
        want = branch.want
        assert want is not None
        if words:
            turn.said += 1
            turn.says.append((words, False, None))
        if ask:
            branch.prompt = turn.first + turn.said
            turn.said += 1
            turn.says.append((want.text, False, want))
            branch.due = turn.at + want.timeout if want.timeout is not None else 0
            branch.asked = turn.at
            turn.opened.append(Opened(branch, want))
        return self._close(turn)

    def _enter(self, base: int) -> None:
        self.root = Branch(self.begins(self.chat))
        self.root.count = base
        self._run(self.root, None)

    def _close(self, turn: Turn) -> Turn:
        self.turn = None
        turn.drawn = self.draws - turn.draws
        if turn.status != WAITING:
            self.drop()
        if turn.status == FAILED:
            self.begins, self.base_draws, self.history, self.last = self.before
        else:
            self.seen.update(turn.writes)
            if "" in self.seen and turn.writes:
                self.seen[""] = with_writes(self.seen[""], turn.writes)
            turn.writes = {**turn.carried, **turn.writes}
            self.history = [*self.history, turn]
        return turn

    def drop(self) -> None:
        """Let go of its coroutines without a word, as nobody closes them otherwise."""
        root, self.root, self.turn = self.root, None, None
        if root is not None:
            _drop(root)

    # -- driving ------------------------------------------------------------------------------------------------------

    def _run(self, branch: Branch, value: Any, error: BaseException | None = None) -> None:
        """Answer one branch until it waits or ends."""
        while True:
            try:
                want = branch.coroutine.throw(error) if error is not None else branch.coroutine.send(value)
            except StopIteration as stop:
                self._ended(branch, stop.value, None)
                return
            except (Raised, ReferenceCancelled, Differs) as raised:
                self._ended(branch, None, raised)
                return
            except Exception as raised:  # noqa: BLE001 - a planned fault of the program
                self._ended(branch, None, raised)
                return
            answer = self._fork(branch, want) if want.kind in {"first", "all"} else self._perform(branch, want)
            if answer is None:
                return
            value, error = answer

    def _perform(self, branch: Branch, want: Want) -> tuple[Any, BaseException | None] | None:
        turn = self.here
        if want.kind == "say":
            turn.says.append((want.text, want.once, None))
            turn.said += 1
            return self.chat.sent(turn.first + turn.said - 1 if turn.first else 0), None
        if want.kind == "edit":
            turn.edits.append((want.target, want.words))
            return None, None
        branch.path = f"{branch.prefix}{branch.count}"
        branch.count += 1
        if want.kind == "start":
            number = turn.children.pop(0) if turn.children else 0
            turn.starts.append((branch.path, want.name, number))
            turn.births.append((number, want))
            return number, None
        self._wait(branch, want)
        return None

    def _wait(self, branch: Branch, want: Want) -> None:
        turn = self.here
        branch.want, branch.asked, branch.due, branch.prompt = want, turn.at, 0, want.target
        if want.timeout is not None and want.kind != "step":
            branch.due = turn.at + want.timeout
        if want.until:
            branch.due = max(turn.at, want.until)
        if want.kind in {"ask", "choose"}:
            branch.prompt = turn.first + turn.said if turn.first else 0
            turn.said += 1
            turn.says.append((want.text, False, want))
        if want.kind == "step":
            turn.steps.append((branch, want))
        turn.opened.append(Opened(branch, want))

    def _fork(self, parent: Branch, want: Want) -> tuple[Any, BaseException | None] | None:
        prefix = f"{parent.prefix}{parent.count}."
        parent.count += 1
        parent.want, parent.results, parent.winner, parent.error, parent.done = want, {}, -1, None, 0
        parent.closing, parent.starting = False, True
        parent.members = [Branch(c, f"{prefix}{i}.", parent, i) for i, c in enumerate(want.members)]
        for member in list(parent.members):
            self._run(member, None)
        parent.starting = False
        return self._settled(parent)

    def _ended(self, branch: Branch, value: Any, error: BaseException | None) -> None:
        branch.forget()
        branch.coroutine = None
        turn = self.here
        if branch.parent is not None:
            self._joined(branch.parent, branch.index, value, error)
        elif error is not None:
            self._raised(turn, error)
        elif type(value).__name__ == "Part":
            self._moved(turn, value)
        else:
            turn.status = ENDED

    def _raised(self, turn: Turn, error: BaseException) -> None:
        named = getattr(error, "named", type(error).__name__)
        if named == "Cancelled":
            turn.status = CANCELLED
        elif named == TIMEOUT:
            turn.status = ENDED
            turn.says.append((TIMEOUT, False, None))
            turn.said += 1
        else:
            turn.status, turn.failure = FAILED, turn.failure or error

    def _moved(self, turn: Turn, part: Any) -> None:
        """A checkpoint: the history before it goes; what is said and started stays, as do the numbers of paths."""
        assert self.root is not None
        if turn.states:
            turn.successor = part  # the loop below goes on with it
            return
        while part is not None:
            turn.states += 1
            turn.successor = None
            base = self.root.count
            self.begins = part.run
            turn.checkpoint, turn.cause, turn.path, turn.how, turn.answer, turn.error = (
                part,
                "state",
                str(base),
                "",
                0,
                None,
            )
            turn.opened, turn.starts, turn.read, turn.keys, turn.patches = [], [], {}, None, []
            turn.first, turn.said = turn.first + turn.said if turn.first else 0, 0
            self.seen, self.patches, self.history = {}, {}, []
            turn.draws = self.base_draws = self.draws
            turn.carried, turn.writes = {**turn.carried, **turn.writes}, {}
            self._enter(base)
            part = turn.successor

    def _joined(self, parent: Branch, index: int, value: Any, error: BaseException | None) -> None:
        want = parent.want
        assert want is not None
        parent.done += 1
        if error is None:
            parent.results[index] = value
            if want.kind == "first" and not parent.closing and parent.winner < 0 and parent.error is None:
                parent.winner = index
        elif not (isinstance(error, ReferenceCancelled) and parent.closing) and (
            parent.error is None or isinstance(parent.error, ReferenceCancelled)
        ):
            parent.error = error
        if not parent.starting:
            answer = self._settled(parent)
            if answer is not None:
                self._run(parent, *answer)

    def _settled(self, parent: Branch) -> tuple[Any, BaseException | None] | None:
        want = parent.want
        assert want is not None
        if (parent.error is not None or parent.winner >= 0) and not parent.closing:
            parent.closing = parent.starting = True
            for member in list(parent.members):
                self._cancel(member)
            parent.starting = False
        if parent.done < len(parent.members):
            return None
        count, parent.members, parent.want = len(parent.members), [], None
        if parent.error is not None:
            return None, parent.error
        if want.kind == "first":
            return (parent.winner, parent.results[parent.winner]), None
        return tuple(parent.results[i] for i in range(count)), None

    def _cancel(self, branch: Branch) -> None:
        if branch.members:
            branch.error, branch.closing = ReferenceCancelled(), True
            for member in list(branch.members):
                self._cancel(member)
        elif branch.want is not None:
            if branch.want.kind == "step":
                self.here.stopped.append(branch.want)
            branch.forget()
            self._run(branch, None, ReferenceCancelled())

    # -- data ---------------------------------------------------------------------------------------------------------

    def read(self, key: str) -> Any:
        turn = self.here
        if key in turn.writes:
            return turn.writes[key]
        if turn.replay:
            if key not in self.seen:
                raise Differs(f"{key} of chat.data was not read")
            return self.seen[key]
        value = turn.carried.get(key, self.book.data(self.address).get(key, GONE))
        if key not in self.seen or self.seen[key] != value:
            turn.read[key] = value
        self.seen[key] = value
        return value

    def keys(self) -> list[str]:
        turn = self.here
        if not turn.replay:
            there = {**self.book.data(self.address), **turn.carried}
            keys = sorted(key for key, value in there.items() if value is not GONE)
            if self.seen.get("") != keys:
                self.seen[""] = turn.keys = keys
        elif "" not in self.seen:
            raise Differs("the keys of chat.data were not read")
        return with_writes(self.seen[""], turn.writes)

    def patched(self, name: str) -> bool:
        turn = self.here
        if name not in self.patches:
            self.patches[name] = not turn.replay
            if not turn.replay:
                turn.patches.append(name)
        return self.patches[name]


def _drop(branch: Branch) -> None:
    for member in branch.members:
        _drop(member)
    for _ in range(50):
        if branch.coroutine is None:
            return
        try:
            want = branch.coroutine.throw(Dropped())
        except BaseException:  # noqa: BLE001 - it has ended
            return
        for member in want.members:
            member.close()


class Dropped(BaseException):
    """Thrown into a coroutine that nobody needs any more."""


def with_writes(keys: list[str], writes: dict[str, Any]) -> list[str]:
    return sorted(key for key in {*keys, *writes} if writes.get(key) is not GONE)


__all__ = ["GONE", "Branch", "Differs", "Opened", "Tale", "Turn", "with_writes"]
