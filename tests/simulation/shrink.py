"""Making a failing scenario small: acts and nodes are left out as long as the same invariant still fails.

Owns the order of the attempts and the words in which a scenario is shown. What it finds need not be the smallest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from tests.simulation.programs import Program, Say
from tests.simulation.scenario import Knobs, Scenario
from tests.simulation.world import World

replace = msgspec.structs.replace
CALM: dict[str, Any] = {
    "slow_commits": 0.0, "slow_reads": 0.0, "slow_sends": 0.0, "bad_sends": 0.0, "twice": 0.0, "late": 0.0,
    "volatile": False, "window": 0, "budget": 1000, "stamped": False,
}  # fmt: skip


def shrink(scenario: Scenario, invariant: int, patience: float = 20.0) -> Scenario:
    """Leave out what is not needed for an invariant to fail.

    Args:
        scenario: fails.
        invariant: by this one.
        patience: how long to try, in seconds of the processor: a busy machine shrinks as far.
    """
    end = time.process_time() + patience

    def fails(candidate: Scenario) -> bool:
        if time.process_time() > end:
            return False
        violation = World(candidate).run().violation
        return violation is not None and violation.invariant == invariant

    before = None
    while before != scenario and time.process_time() < end:
        before = scenario
        scenario = _acts(scenario, fails)
        scenario = _simpler(scenario, fails)
    return scenario


def _acts(scenario: Scenario, fails: Callable[[Scenario], bool]) -> Scenario:
    """Ever smaller pieces of the acts are left out, from the end."""
    size = max(1, len(scenario.acts) // 2)
    while size > 1:  # mostly, what failed needs nothing of what came behind it
        candidate = replace(scenario, acts=scenario.acts[:-size])
        if len(candidate.acts) and fails(candidate):
            scenario = candidate
        size //= 2
    size = max(1, len(scenario.acts) // 2)
    while True:
        at = len(scenario.acts)
        while at > 0:
            start = max(0, at - size)
            candidate = replace(scenario, acts=scenario.acts[:start] + scenario.acts[at:])
            if fails(candidate):
                scenario = candidate
            at = start
        if size == 1:
            return scenario
        size //= 2


def _simpler(scenario: Scenario, fails: Callable[[Scenario], bool]) -> Scenario:
    progress = True
    while progress:
        progress = False
        for candidate in _candidates(scenario):
            if candidate != scenario and fails(candidate):
                scenario, progress = candidate, True
                break
    return scenario


def _candidates(scenario: Scenario) -> Iterator[Scenario]:
    for name, value in CALM.items():
        if getattr(scenario.knobs, name) != value:
            yield replace(scenario, knobs=replace(scenario.knobs, **{name: value}))
    for name, nothing in (("schedules", ()), ("standing", ()), ("listener", None), ("greeter", None), ("per_room", ())):
        if getattr(scenario.declared, name) != nothing:
            yield replace(scenario, declared=replace(scenario.declared, **{name: nothing}))
    for index, program in enumerate(scenario.programs):
        for smaller in _programs(program):
            programs = (*scenario.programs[:index], smaller, *scenario.programs[index + 1 :])
            yield replace(scenario, programs=programs)


def _programs(program: Program) -> Iterator[Program]:
    if program != Program((Say(),)):
        yield Program((Say(),))
    for index, state in enumerate(program.states):
        rest = program.states[:index] + program.states[index + 1 :]
        if rest:
            yield Program(rest)
        for smaller in _nodes(state):
            yield Program((*program.states[:index], smaller, *program.states[index + 1 :]))


def _nodes(node: Any) -> Iterator[Any]:
    """The same with one node less."""
    if hasattr(node, "nodes"):
        for index, part in enumerate(node.nodes):
            if len(node.nodes) > 1:
                yield replace(node, nodes=node.nodes[:index] + node.nodes[index + 1 :])
            yield part
            for smaller in _nodes(part):
                yield replace(node, nodes=(*node.nodes[:index], smaller, *node.nodes[index + 1 :]))
    for name in ("body", "last"):
        part = getattr(node, name, None)
        if part is not None:
            yield part
            for smaller in _nodes(part):
                yield replace(node, **{name: smaller})


def told(scenario: Scenario) -> str:
    """A scenario in words, without what is as it always is."""
    calm = Knobs(**CALM)
    odd = {name: getattr(scenario.knobs, name) for name in CALM if getattr(scenario.knobs, name) != getattr(calm, name)}
    declared = scenario.declared
    lines = [f"  {scenario.users} users, {scenario.rooms} rooms; {odd or 'nothing goes wrong by chance'}"]
    lines += [f"  {word} begins talk{index}" for word, index in {**declared.commands, **declared.triggers}.items()]
    for name in ("listener", "greeter", "standing", "per_room", "schedules"):
        if getattr(declared, name):
            lines.append(f"  {name}: {getattr(declared, name)}")
    lines += [f"  talk{i}: {p.states}" for i, p in enumerate(scenario.programs) if p != Program((Say(),))]
    for act in scenario.acts[:60]:
        where = f" in g{act.room}" if act.room >= 0 else ""
        lines.append(f"  {act.at / 1_000_000:>12.6f} s  u{act.who}{where} {act.kind} ({act.roll})")
    if len(scenario.acts) > 60:
        lines.append(f"  and {len(scenario.acts) - 60} acts more")
    return "\n".join(lines)
