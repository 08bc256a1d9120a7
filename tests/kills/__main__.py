"""``python -m tests.kills``: a real process, killed again and again, and every transcript held against the model.

The last line of stdout is the result as JSON; stderr tells how it goes. The exit code is 1 if anything was lost,
doubled without being counted, or wrong in any other way.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from random import Random

from tests.kills import phases
from tests.kills.harbor import Stuck
from tests.kills.phases import Skipped, say
from tests.kills.verdict import Verdict

import chinwag

SHOWN = 20
"""Faults that are shown."""


def main() -> int:
    """Run what the command line asks for; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=300, help="how often the process is killed")
    parser.add_argument("--users", type=int, default=200, help="how many users play")
    parser.add_argument("--seed", type=int, default=None, help="what the moments are drawn from")
    parser.add_argument("--only", choices=["kills", "terms", "full", "read-only"], help="one phase instead of all")
    parser.add_argument(
        "--source", type=Path, default=Path(chinwag.__file__).parents[1], help="where chinwag is imported from"
    )
    wishes = parser.parse_args()
    seed = wishes.seed if wishes.seed is not None else int(time.time())
    say(f"seed {seed}")
    result = asyncio.run(run(wishes, Random(seed)))  # noqa: S311 - moments, no secrets
    print(json.dumps(result))  # noqa: T201
    return int(bool(result["lost"] or result["uncounted_doubles"] or result["wrong"]))


async def run(wishes: argparse.Namespace, draw: Random) -> dict[str, object]:
    """All phases; the result."""
    began = time.monotonic()
    few, rounds = max(2, wishes.kills // 10), 2 if wishes.kills < 100 else 4
    less = min(wishes.users, 50)
    plan = {
        "kills": partial(phases.kills, wishes.kills, wishes.users),
        "terms": partial(phases.terms, few, less),
        "full": partial(phases.full, rounds, less),
        "read-only": partial(phases.read_only, rounds, less),
    }
    wanted = [name for name in plan if wishes.only in {None, name}]
    total = Verdict()
    ended: dict[str, str] = {}

    async def one(name: str) -> None:
        work = plan[name](Random(draw.random()), wishes.source)  # noqa: S311 - moments, no secrets
        ended[name] = await _phase(name, work, total)

    if "kills" in wanted:
        await one("kills")
    # The others mostly wait, and can do so together.
    await asyncio.gather(*(one(name) for name in wanted if name != "kills"))
    result = {name: getattr(total, name) for name in total.__struct_fields__ if name != "faults"}
    kills = wishes.kills if "kills" in ended else 0
    return {"bench": "kills", "kills": kills, **result, "phases": ended, "seconds": round(time.monotonic() - began, 1)}


async def _phase(name: str, work: Awaitable[Verdict], total: Verdict) -> str:
    """Run a phase, add it up, and say in a word how it ended."""
    say(f"{name}: begins")
    try:
        verdict = await work
    except Skipped as reason:
        say(f"{name}: skipped. {reason}")
        return "skipped"
    except Stuck as stuck:
        verdict = Verdict()
        verdict.fault(str(stuck))
    for words in verdict.faults[:SHOWN]:
        say(f"{name}: {words}")
    total.add(verdict)
    bad = verdict.lost or verdict.wrong or verdict.uncounted_doubles
    say(f"{name}: {'FAILED' if bad else 'well'}, {verdict.messages} messages, {verdict.answers} answers")
    return "failed" if bad else "well"


if __name__ == "__main__":
    sys.exit(main())
