"""The demonstration: a game in a real process, killed with ``kill -9`` at fifty random moments, and played to its end.

The guesses go below and above all numbers in turn, so that the hint tells which of them was the last to count. What the
store has after a kill is the truth: at least every answer whose hint was seen, at most those that were sent.
"""

import random
from pathlib import Path
from threading import Event

import pytest
from tests.cli.shell import EXAMPLES, Talk

from chinwag.core.journal import MESSAGE, VALUE, decode
from chinwag.stores.reader import Reader

KILLS = 50
LOW, HIGH = 1, 1000
GUESSES = (str(LOW - 1), str(HIGH + 1))
HINTS = ("Too small", "Too large")
FIRST_HINT = f"Guess a number between {LOW} to {HIGH}"
BOUNDS = 2
STORE = ".chinwag/guess.db"


def counted(folder: Path) -> int:
    """How many guesses the store knows of."""
    with Reader(str(folder / STORE)) as reader:
        (parked,) = reader.parked([1])
        rows = [decode(row) for row in parked.rows]
    return sum(row.cause == MESSAGE and row.how == VALUE for row in rows) - BOUNDS


def hint(count: int) -> str:
    """The question that is open after so many guesses."""
    return HINTS[(count - 1) % 2] if count else FIRST_HINT


def passes(seconds: float) -> None:
    """Let some time go by: a kill comes at no particular moment."""
    Event().wait(seconds)


def killed_somewhere(folder: Path, count: int, chance: random.Random) -> int:
    """Start, perhaps guess, and kill; how many guesses have counted then."""
    with Talk(folder, "chat", EXAMPLES / "guess.py") as talk:
        moment = chance.choice(("at the start", "early guess", "in play", "in play", "in play"))
        seen = count
        if moment == "at the start":
            passes(chance.uniform(0, 0.4))
        elif moment == "early guess":
            talk.say(GUESSES[count % 2])
            passes(chance.uniform(0.1, 0.4))
        else:
            assert set(talk.hear_until(hint(count))) <= {"To what number?", FIRST_HINT, *HINTS}, (
                "the open question is shown again"
            )
            for _ in range(chance.randrange(3)):
                talk.say(GUESSES[seen % 2])
                seen += 1
                assert talk.hear() == hint(seen), "nothing is asked twice, nothing is left out"
            talk.say(GUESSES[seen % 2])
            passes(chance.uniform(0, 0.004))
        talk.kill()
    now = counted(folder)
    assert seen <= now <= seen + 1, "what was answered has counted, and once"
    return now


@pytest.mark.timeout(180)
def test_fifty_kills(tmp_path: Path) -> None:
    # pytest-randomly sets the seed of `random`, and tells it.
    chance = random.Random(random.random())  # noqa: S311 - moments, no secrets
    with Talk(tmp_path, "chat", EXAMPLES / "guess.py") as talk:
        for line in ("guess", str(LOW), str(HIGH)):
            talk.say(line)
            talk.hear()
        assert talk.shown[-1] == FIRST_HINT
        talk.kill()
    count = 0
    for _ in range(KILLS):
        count = killed_somewhere(tmp_path, count, chance)
    with Talk(tmp_path, "chat", EXAMPLES / "guess.py") as talk:
        talk.hear_until(hint(count))
        low, high = LOW, HIGH
        while True:
            middle = (low + high) // 2
            talk.say(str(middle))
            count += 1
            answer = talk.hear()
            if answer not in HINTS:
                break
            low, high = (middle + 1, high) if answer == HINTS[0] else (low, middle - 1)
        assert answer == f"You spent {count} times to guess the secret number."
        talk.end_input()
        assert talk.code() == 0
        assert talk.rest() == []
        assert talk.errors() == ""
