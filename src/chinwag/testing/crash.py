"""``crash_everywhere``: a scripted scenario, repeated with trouble at every commit and every send, and compared.

Owns what "the same" means: every room reads the same, each message once; every conversation ends the same way; the
data are the same; nothing more is left to do. A message may stand in a room twice only if the store has counted that
it may have been doubled, and never on a network that takes keys. One of ``at_most_once`` may be missing only if the
store calls it uncertain.

Rule: a scenario is a function of the world; it is run again and again, so it keeps nothing outside of it.
"""

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any

from msgspec import Struct

from chinwag.bot import Bot
from chinwag.runtime.account import user_of
from chinwag.testing.disk import AFTER, BEFORE, REFUSED, Plan, Trouble, no_trouble
from chinwag.testing.network import SimulatedNetwork
from chinwag.testing.world import World

Script = Callable[[World], object]
EVICTED = "evicted at every await"
RESTARTED = "restarted in good order after everything that happens"
EVICTIONS = [(EVICTED, no_trouble), (RESTARTED, no_trouble)]
MakeNetwork = Callable[[], SimulatedNetwork]


class Record(Struct):
    """What came of one run.

    Args:
        rooms: what reads in each room, each message once.
        conversations: name, address and status of each.
        data: what ``chat.data`` holds, by user.
        open: messages not decided, and conversations with something to do at the next start.
        commits: how many there were.
        sends: how many there were.
    """

    rooms: dict[str, list[str]]
    conversations: list[tuple[str, str, str]]
    data: dict[str, Any]
    open: tuple[int, int]
    commits: int
    sends: int


class Runs(Struct, frozen=True):
    """What was tried.

    Args:
        commits: commits of the undisturbed run.
        sends: sends of the undisturbed run.
        runs: how many disturbed runs agreed with it.
    """

    commits: int
    sends: int
    runs: int


def crash_everywhere(
    script: Script, *, bot: Bot, network: MakeNetwork = SimulatedNetwork, most: int | None = None
) -> Runs:
    """Repeat a scenario with a crash and a cold start before and after every commit and every send, and compare.

    Args:
        script: the scenario, a function that gets the world.
        bot: the bot.
        network: makes the network of one run.
        most: at how many commits and sends at most, evenly spread; left out, at all.

    Raises:
        AssertionError: if users saw something else, with both transcripts.

    >>> from chinwag import Bot, Chat
    >>> bot = Bot("hello")
    >>> @bot.on_command("start")
    ... async def hello(chat: Chat) -> None:
    ...     await chat.say(f"Hello {await chat.ask('What is your name?')}!")
    >>> def script(world: World) -> None:
    ...     anna = world.user("anna")
    ...     anna.says("/start")
    ...     anna.says("Anna")
    >>> crash_everywhere(script, bot=bot)
    Runs(commits=4, sends=2, runs=17)
    """
    __tracebackhide__ = True
    return _compared(script, bot, network, lambda hot: _crashes(hot, most))


def fail_everywhere(
    script: Script, *, bot: Bot, network: MakeNetwork = SimulatedNetwork, most: int | None = None
) -> Runs:
    """Repeat a scenario while the store refuses one commit, and then every commit once and twice, and compare.

    Args:
        script: as for ``crash_everywhere``.
        bot: the bot.
        network: makes the network of one run.
        most: at how many commits at most.

    Raises:
        AssertionError: if users saw something else, with both transcripts.
    """
    __tracebackhide__ = True
    return _compared(script, bot, network, lambda hot: _refusals(hot, most))


def evict_everywhere(script: Script, *, bot: Bot, network: MakeNetwork = SimulatedNetwork) -> Runs:
    """Repeat a scenario with all conversations evicted after every commit, then with restarts, and compare.

    Args:
        script: as for ``crash_everywhere``.
        bot: the bot.
        network: makes the network of one run.

    Raises:
        AssertionError: if users saw something else, with both transcripts.
    """
    __tracebackhide__ = True
    return _compared(script, bot, network, lambda _: EVICTIONS)


def three_ways(script: Script, *, bot: Bot, network: MakeNetwork = SimulatedNetwork, most: int | None = None) -> Runs:
    """Hot, evicted at every await, crashed at every commit and send, every commit refused: all must agree.

    Args:
        script: as for ``crash_everywhere``.
        bot: the bot.
        network: makes the network of one run.
        most: at how many commits and sends at most.

    Raises:
        AssertionError: if users saw something else, with both transcripts.
    """
    __tracebackhide__ = True
    return _compared(script, bot, network, lambda hot: [*EVICTIONS, *_crashes(hot, most), *_refusals(hot, most)])


def _crashes(hot: Record, most: int | None) -> list[tuple[str, Plan]]:
    return [
        *_plans("commit", hot.commits, BEFORE, most),
        *_plans("commit", hot.commits, AFTER, most),
        *_plans("send", hot.sends, BEFORE, most),
        *_plans("send", hot.sends, AFTER, most),
        ("with a crash before ever fewer commits", _more_rarely("commit", BEFORE)),
        ("with a crash after ever fewer commits", _more_rarely("commit", AFTER)),
        ("with crashes before and after ever fewer commits", _more_rarely("commit", BEFORE, AFTER)),
        ("with a crash before ever fewer sends", _more_rarely("send", BEFORE)),
        ("with a crash after ever fewer sends", _more_rarely("send", AFTER)),
    ]


def _refusals(hot: Record, most: int | None) -> list[tuple[str, Plan]]:
    return [
        *_plans("commit", hot.commits, REFUSED, most),
        ("with every commit refused once", _in_turn("commit", REFUSED, None)),
        ("with every commit refused twice", _in_turn("commit", REFUSED, REFUSED, None)),
    ]


def record(script: Script, bot: Bot, network: MakeNetwork = SimulatedNetwork) -> Record:
    """Run a scenario undisturbed.

    Args:
        script: as for ``crash_everywhere``.
        bot: the bot.
        network: makes its network.
    """
    with World(bot, network=network()) as world:
        script(world)
        return _recorded(world)


def _compared(
    script: Script, bot: Bot, network: MakeNetwork, plans: Callable[[Record], Sequence[tuple[str, Plan]]]
) -> Runs:
    __tracebackhide__ = True
    hot = record(script, bot, network)
    disturbed = plans(hot)
    for where, plan in disturbed:
        with World(bot, network=network()) as world:
            try:
                other = _disturbed(world, script, where, plan)
            except Exception as error:
                rooms = {name: _read(world, name) for name in world.network.rooms}
                msg = f"{where}: {type(error).__name__}: {error}\n{_side_by_side(hot.rooms, rooms)}"
                raise AssertionError(msg) from error
        _same(hot, other, where)
    return Runs(hot.commits, hot.sends, len(disturbed))


def _disturbed(world: World, script: Script, where: str, plan: Plan) -> Record:
    world.plan(plan)
    world.evicting = where == EVICTED
    world.restarting = where == RESTARTED
    script(world)
    world.plan(no_trouble)
    world.evicting = world.restarting = False
    _repeats(world)
    return _recorded(world)


def _recorded(world: World) -> Record:
    talks = [(c.name, c.address, c.status) for c in world.conversations()]
    users = sorted({user_of(place) for _, place, _ in talks})
    return Record(
        {name: _read(world, name) for name in sorted(world.network.rooms)},
        talks,
        world.look("data", users),
        (len(world.look("open_outbox")), len(world.look("unfinished"))),
        world.disk.commits,
        world.sends,
    )


def _read(world: World, room: str) -> list[str]:
    """What reads in a room; a message that may or may not have arrived, and did not, stands where it belongs."""
    return [f"{line.speaker or 'bot'}: {line.shown}{_offer(line.choices)}" for line in world.network.seen(room)]


def _offer(choices: tuple[str, ...]) -> str:
    return f" [{' | '.join(choices)}]" if choices else ""


def _repeats(world: World) -> None:
    """Every repeat must have been counted."""
    for number, repeats in world.network.repeats.items():
        counted = 0 if world.network.window else world.disk.doubled[number]
        if repeats > counted:
            msg = f"message {number} stood there {repeats + 1} times, and {counted} repeats were counted"
            raise AssertionError(msg)


def _same(hot: Record, other: Record, where: str) -> None:
    __tracebackhide__ = True
    if hot.rooms != other.rooms:
        msg = f"{where}, the users see something else\n{_side_by_side(hot.rooms, other.rooms)}"
        raise AssertionError(msg)
    for what in ("conversations", "data", "open"):
        before, after = getattr(hot, what), getattr(other, what)
        if before != after:
            msg = f"{where}, the {what} differ\n  undisturbed: {before}\n  disturbed:   {after}"
            raise AssertionError(msg)


def _side_by_side(left: dict[str, list[str]], right: dict[str, list[str]]) -> str:
    """Two transcripts in columns, with a mark where they part."""
    lines: list[str] = []
    for room in sorted({*left, *right}):
        mine, yours = left.get(room, []), right.get(room, [])
        width = max((len(line) for line in mine), default=0)
        width = min(max(width, 11), 60)
        lines.append(f"  room {room}: {'undisturbed':{width}} | disturbed")
        for a, b in zip_longest(mine, yours, fillvalue=""):
            lines.append(f"  {'  ' if a == b else '->'} {a:{width}} | {b}")
    return "\n".join(lines)


def _plans(kind: str, count: int, trouble: Trouble, most: int | None) -> list[tuple[str, Plan]]:
    words = "a refusal of" if trouble == REFUSED else f"a crash {trouble}"
    return [
        (f"with {words} {kind} {number} of {count}", _once(kind, number, trouble)) for number in _spread(count, most)
    ]


def _spread(count: int, most: int | None) -> list[int]:
    """Numbers from 1 to ``count``; of too many, some, the first and the last among them.

    >>> _spread(4, None), _spread(100, 3)
    ([1, 2, 3, 4], [1, 50, 100])
    """
    if most is None or count <= most:
        return list(range(1, count + 1))
    return sorted({1 + (count - 1) * index // max(1, most - 1) for index in range(most)})


def _once(kind: str, number: int, trouble: Trouble) -> Plan:
    return lambda what, count: trouble if (what, count) == (kind, number) else None


def _more_rarely(kind: str, *troubles: Trouble) -> Plan:
    """Trouble at the numbers 1, 3, 6, 10 ...: were it as frequent as that for ever, nothing would ever get on."""
    found: dict[int, Trouble] = {}
    for index in range(1, 100):
        found[index * (index + 1) // 2] = troubles[index % len(troubles)]
    return lambda what, number: found.get(number) if what == kind else None


def _in_turn(kind: str, *troubles: Trouble | None) -> Plan:
    return lambda what, count: troubles[(count - 1) % len(troubles)] if what == kind else None
