"""Conversations as data: what a generated bot does, as a tree that can be read, shrunk and written down.

A program is a tree of frozen nodes. ``talk.py`` runs it, through the real chat and through the reference's. Owns the
nodes and how they are drawn from a seed. Knows nothing of how they are run.

Rules: whatever a program says holds a fingerprint of all that it has seen, so that an answer that is lost, repeated,
swapped or altered shows in what users read. Times are in seconds.
"""

from __future__ import annotations

from random import Random

from msgspec import Struct


class Say(Struct, frozen=True, tag=True):
    """Says something; ``then`` is what follows: nothing, an edit, a delete, or waiting until it is delivered."""

    then: str = ""
    once: bool = False
    dated: bool = False
    """Its words change with the version of the code."""


class Ask(Struct, frozen=True, tag=True):
    parse: str = "str"
    retry: str | None = "again"
    """``again``, a text, or None."""
    timeout: float | None = None
    default: int | None = None
    mine: bool = False
    """Only the user who began it may answer."""
    dated: bool = False


class Choose(Struct, frozen=True, tag=True):
    options: int = 3
    timeout: float | None = None


class Confirm(Struct, frozen=True, tag=True):
    timeout: float | None = None


class Listen(Struct, frozen=True, tag=True):
    timeout: float | None = None


class Sleep(Struct, frozen=True, tag=True):
    seconds: float = 1.0
    until: bool = False
    """Until an instant that far from now, instead of for so long."""


class Step(Struct, frozen=True, tag=True):
    takes: float = 0.0
    fails: int = 0
    """So many attempts of it fail; -1: all."""
    retries: int = 0
    timeout: float | None = None
    once: bool = False
    plain: bool = False
    """A plain function, that runs in a thread."""


class Know(Struct, frozen=True, tag=True):
    """Looks without waiting: ``random``, ``uuid``, ``now``, ``get``, ``set``, ``pop``, ``keys``, ``log``."""

    what: str
    key: str = "a"


class Start(Struct, frozen=True, tag=True):
    """Begins another conversation, here or where somebody else is."""

    program: int
    to: int | None = None
    cut: int = 0


class Fail(Struct, frozen=True, tag=True):
    """Raises, until the version that mends it."""

    mended: int = 0


class Patch(Struct, frozen=True, tag=True):
    """A guarded change, there from a version on."""

    name: str
    since: int
    body: Node


class Grow(Struct, frozen=True, tag=True):
    """A change without a guard, there from one version on and gone with another."""

    since: int
    until: int
    body: Node


class Seq(Struct, frozen=True, tag=True):
    nodes: tuple[Node, ...]


class Repeat(Struct, frozen=True, tag=True):
    times: int
    body: Node


class First(Struct, frozen=True, tag=True):
    nodes: tuple[Node, ...]


class All(Struct, frozen=True, tag=True):
    nodes: tuple[Node, ...]


class Finally(Struct, frozen=True, tag=True):
    body: Node
    last: Node


class Catch(Struct, frozen=True, tag=True):
    body: Node
    swallow: bool = False
    """A cancel, too."""


Node = (
    Say | Ask | Choose | Confirm | Listen | Sleep | Step | Know | Start | Fail | Patch | Grow | Seq | Repeat | First
    | All | Finally | Catch
)  # fmt: skip


class Program(Struct, frozen=True, tag=True):
    """One conversation function: its states, each a checkpoint."""

    states: tuple[Node, ...]


class Taste(Struct, frozen=True):
    """What a scenario's programs like: how often each kind of leaf is drawn."""

    weights: dict[str, int]
    depth: int
    length: int
    quick: bool
    """Short timeouts and sleeps."""


LEAVES = {
    "ask": 10, "say": 5, "choose": 2, "confirm": 1, "listen": 2, "sleep": 3, "step": 5, "know": 4, "start": 2,
    "fail": 1, "patch": 1, "grow": 1, "delivered": 2, "edit": 1,
}  # fmt: skip
TREES = {"seq": 3, "first": 3, "all": 2, "finally": 2, "catch": 3, "repeat": 2}


def taste(draw: Random) -> Taste:
    """Some leaves are left out of some scenarios: what always happens together hides what happens alone."""
    weights = {name: weight for name, weight in LEAVES.items() if name == "ask" or draw.random() < 0.6}
    weights["trees"] = draw.choice((0, 2, 6))
    return Taste(weights, draw.choice((1, 2, 3)), draw.choice((2, 4, 6)), draw.random() < 0.7)


class Writer:
    """Draws programs.

    Args:
        draw: the randomness.
        liking: what to draw how often.
        programs: how many there are, to start one another; one starts only those behind it.
        users: how many there are.
    """

    def __init__(self, draw: Random, liking: Taste, programs: int, users: int) -> None:
        self.draw, self.liking, self.programs, self.users = draw, liking, programs, users
        self.index = 0

    def program(self, index: int) -> Program:
        self.index = index
        states = self.draw.choices((1, 2, 3), (5, 3, 2))[0]
        return Program(tuple(self.sequence(self.liking.depth) for _ in range(states)))

    def sequence(self, depth: int) -> Node:
        return Seq(tuple(self.node(depth) for _ in range(self.draw.randint(1, self.liking.length))))

    def node(self, depth: int) -> Node:
        weights = self.liking.weights
        kind = self.draw.choices(list(weights), list(weights.values()))[0]
        if kind == "trees":
            kind = self.draw.choices(list(TREES), list(TREES.values()))[0] if depth else "ask"
        node: Node = getattr(self, f"a_{kind}")(depth - 1)
        return node

    def limit(self, often: float) -> float | None:
        if self.draw.random() > often:
            return None
        return self.draw.choice((1, 2, 5, 30) if self.liking.quick else (20, 60, 3600, 86_400))

    def a_say(self, _: int) -> Node:
        return Say(once=self.draw.random() < 0.3, dated=self.draw.random() < 0.3)

    def a_delivered(self, _: int) -> Node:
        return Say("delivered", once=self.draw.random() < 0.3)

    def a_edit(self, _: int) -> Node:
        return Say(self.draw.choice(("edit", "delete")))

    def a_ask(self, _: int) -> Node:
        timeout = self.limit(0.5)
        default = 7 if timeout is not None and self.draw.random() < 0.4 else None
        retry = self.draw.choice(("again", "again", None, "Once more, please."))
        parse = self.draw.choice(("str", "int", "int", "low"))
        return Ask(parse, retry, timeout, default, self.draw.random() < 0.2, dated=self.draw.random() < 0.15)

    def a_choose(self, _: int) -> Node:
        return Choose(self.draw.randint(1, 4), self.limit(0.3))

    def a_confirm(self, _: int) -> Node:
        return Confirm(self.limit(0.3))

    def a_listen(self, _: int) -> Node:
        return Listen(self.limit(0.4))

    def a_sleep(self, _: int) -> Node:
        return Sleep(self.limit(1) or 1, self.draw.random() < 0.4)

    def a_step(self, _: int) -> Node:
        draw = self.draw
        fails = draw.choice((0, 0, 0, 1, 2, -1))
        retries = draw.choice((0, 1, 3)) if fails else 0
        takes = draw.choice((0, 0, 0.01, 0.3, 3))
        timeout = draw.choice((0.1, 1, 10)) if takes and draw.random() < 0.4 else None
        node = Step(takes, fails, retries, timeout, draw.random() < 0.35, takes == 0 and draw.random() < 0.4)
        return Catch(node) if draw.random() < 0.85 else node

    def a_know(self, _: int) -> Node:
        what = self.draw.choice(("random", "uuid", "now", "get", "set", "set", "pop", "keys", "log"))
        return Know(what, self.draw.choice("abc"))

    def a_start(self, depth: int) -> Node:
        if self.index + 1 >= self.programs:
            return self.a_ask(depth)
        to = self.draw.randrange(self.users) if self.draw.random() < 0.4 else None
        return Start(self.draw.randrange(self.index + 1, self.programs), to)

    def a_fail(self, _: int) -> Node:
        return Fail(self.draw.choice((0, 0, 1, 2, 2, 9)))

    def a_patch(self, depth: int) -> Node:
        return Patch(f"p{self.draw.randrange(9)}", self.draw.choice((1, 2)), self.node(max(0, depth)))

    def a_grow(self, depth: int) -> Node:
        since = self.draw.choice((1, 1, 2))
        return Grow(since, since + self.draw.choice((1, 1, 8)), self.node(max(0, depth)))

    def a_seq(self, depth: int) -> Node:
        return self.sequence(depth)

    def a_repeat(self, depth: int) -> Node:
        return Repeat(self.draw.randint(2, 5), self.node(depth))

    def a_first(self, depth: int) -> Node:
        return First(tuple(self.node(depth) for _ in range(self.draw.randint(1, 3))))

    def a_all(self, depth: int) -> Node:
        return All(tuple(self.node(depth) for _ in range(self.draw.randint(1, 3))))

    def a_finally(self, depth: int) -> Node:
        last: Node = Say() if self.draw.random() < 0.6 else self.node(depth)
        return Finally(self.sequence(depth), last)

    def a_catch(self, depth: int) -> Node:
        return Catch(self.sequence(depth), self.draw.random() < 0.25)
