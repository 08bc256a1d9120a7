"""A scenario: everything that a seed decides, as one value that can be read, shrunk, written down and run again.

Owns the draw: programs, what the bot declares, who does what and when, what goes wrong, and how often. What a user
writes is decided at its moment from ``roll``, by what stands in the room; how long things take, by the seed.

Rules: every kind of trouble is left out of some scenarios, so that none hides another.
"""

from __future__ import annotations

from random import Random

from msgspec import Struct
from tests.simulation.programs import Program, Writer, taste
from tests.simulation.talk import MOST_PROGRAMS

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
SEND_FAULTS = ("refused", "limited", "unreachable", "unknown", "unknown", "unknown")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")


class Knobs(Struct, frozen=True):
    """How often what goes wrong."""

    budget: int = 1000
    window: int = 0
    """How long the network knows a key, in seconds."""
    slow_commits: float = 0.0
    slow_reads: float = 0.0
    slow_sends: float = 0.0
    bad_sends: float = 0.0
    send_faults: tuple[str, ...] = SEND_FAULTS
    twice: float = 0.0
    """How many messages the network brings twice."""
    late: float = 0.0
    """How many it brings late, and so in another order."""
    stamped: bool = False
    """Whether the network says when a message was written."""
    volatile: bool = True
    """Whether the disk forgets what was not synced."""


class Scheduled(Struct, frozen=True):
    """A schedule: ``daily``, ``every`` or ``cron``, and its argument."""

    kind: str
    spec: str
    index: int
    grace: int


class Declared(Struct, frozen=True):
    """What starts which program."""

    commands: dict[str, int]
    triggers: dict[str, int]
    listener: int | None = None
    greeter: int | None = None
    standing: tuple[int, ...] = ()
    per_room: tuple[int, ...] = ()
    busy: dict[int, str] = {}
    fallback: str | None = "What?"
    schedules: tuple[Scheduled, ...] = ()


class Act(Struct, frozen=True):
    """Somebody does something, or something goes wrong."""

    at: int
    kind: str
    who: int = 0
    room: int = -1
    roll: int = 0


class Scenario(Struct, frozen=True):
    """All of it."""

    seed: int
    begins: int
    users: int
    rooms: int
    programs: tuple[Program, ...]
    declared: Declared
    zones: tuple[str, ...]
    knobs: Knobs
    acts: tuple[Act, ...]


TROUBLES = {
    "crash": 3, "crash_callback": 5, "crash_commit": 4, "crash_send": 3, "tear": 3, "restart": 1, "evict": 4, "jump": 3,
    "outage": 2, "full": 2, "deploy": 2, "cancel": 2, "resume": 3, "retry": 1,
}  # fmt: skip
STARTS = (
    1_767_607_200,  # a Monday in winter
    1_774_659_600,  # hours before summer time begins in Europe
    1_792_890_000,  # hours before it ends
    1_773_000_000,  # hours after it began in New York
)


def scenario(seed: int) -> Scenario:
    """Draw a scenario.

    Args:
        seed: decides all.
    """
    draw = Random(f"scenario {seed}")  # noqa: S311 - a simulation needs no secrets
    users, rooms, size = draw.choice((1, 2, 3, 6, 12)), draw.randint(0, 2), draw.choice((80, 200, 400))
    count = draw.randint(2, MOST_PROGRAMS)
    writer = Writer(draw, taste(draw), count, users)
    programs = tuple(writer.program(index) for index in range(count))
    knobs = _knobs(draw)
    zones = tuple(draw.choice(ZONES) for _ in range(users))
    return Scenario(
        seed,
        draw.choice(STARTS) * SECOND + draw.randrange(DAY),
        users,
        rooms,
        programs,
        _declared(draw, count),
        zones,
        knobs,
        _acts(draw, users, rooms, size),
    )


def _some(draw: Random, often: float, most: float) -> float:
    return draw.random() * most if draw.random() < often else 0.0


def _knobs(draw: Random) -> Knobs:
    return Knobs(
        draw.choice((0, 1, 3, 1000)),
        draw.choice((0, 0, 20, 3600)),
        _some(draw, 0.6, 0.8),
        _some(draw, 0.25, 0.5),
        _some(draw, 0.6, 0.8),
        _some(draw, 0.5, 0.4),
        tuple(draw.sample(SEND_FAULTS, draw.randint(1, len(SEND_FAULTS)))),
        _some(draw, 0.5, 0.3),
        _some(draw, 0.5, 0.3),
        draw.random() < 0.5,
        draw.random() < 0.5,
    )


def _declared(draw: Random, count: int) -> Declared:
    def one(often: float) -> int | None:
        return draw.randrange(count) if draw.random() < often else None

    commands = {f"go{index}": index for index in range(count) if draw.random() < 0.7}
    triggers = {f"hey{index}": index for index in range(count) if draw.random() < 0.4}
    standing = one(0.3)
    return Declared(
        commands or {"go0": 0},
        triggers,
        one(0.2),
        one(0.3),
        () if standing is None else (standing,),
        tuple(index for index in range(count) if draw.random() < 0.15),
        {index: f"busy {index}" for index in commands.values() if draw.random() < 0.3},
        "What?" if draw.random() < 0.7 else None,
        tuple(_schedule(draw, count) for _ in range(draw.choice((0, 0, 1, 2)))),
    )


def _schedule(draw: Random, count: int) -> Scheduled:
    kind = draw.choice(("daily", "daily", "every", "cron"))
    spec = {
        "daily": f"{draw.choice((1, 2, 2, 3, 20)):02}:{draw.choice((0, 15, 30)):02}",
        "every": str(draw.choice((300, 3600, 7200))),
        "cron": f"{draw.choice((0, 30))} {draw.choice((1, 2, 2, 9))} * * {draw.choice(('*', 'SUN', '1-5'))}",
    }[kind]
    return Scheduled(kind, spec, draw.randrange(count), draw.choice((60, 3600, 86_400)))


def _acts(draw: Random, users: int, rooms: int, size: int) -> tuple[Act, ...]:
    pace = draw.choice((0, 1000, 50_000, SECOND, 5 * SECOND))
    trouble = draw.choice((0.0, 0.02, 0.05, 0.15))
    kinds = {kind: weight for kind, weight in TROUBLES.items() if draw.random() < 0.5} or {"crash": 1}
    gaps = draw.choice((0.0, 0.002, 0.01))
    acts, at = [], 0
    for _ in range(size):
        at += _gap(draw, pace, gaps)
        if draw.random() < trouble:
            kind = draw.choices(list(kinds), list(kinds.values()))[0]
            acts.append(Act(at, kind, draw.randrange(users), -1, draw.getrandbits(30)))
        else:
            kind = "join" if draw.random() < 0.01 else "say"
            room = draw.randrange(rooms) if rooms and draw.random() < 0.3 else -1
            acts.append(Act(at, kind, draw.randrange(users), room, draw.getrandbits(30)))
    return tuple(acts)


def _gap(draw: Random, pace: int, gaps: float) -> int:
    if draw.random() < gaps:
        return draw.choice((MINUTE, 20 * MINUTE, 5 * HOUR, 2 * DAY))
    return draw.randrange(2 * pace) if pace and draw.random() < 0.7 else 0
