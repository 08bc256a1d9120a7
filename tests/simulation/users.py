"""What simulated users write: mostly an answer to the question that stands in the room, sometimes something else."""

from random import Random
from typing import Any


def words(world: Any, draw: Random, room: str, number: int) -> str:
    """A text with a number of its own wherever the question allows it."""
    question: str = world.network.room(room).question
    chance = draw.random()
    if question and chance < 0.72:
        return answer(question, draw, number)
    if chance < 0.92:
        return begins(world, draw, number)
    return draw.choice(
        (f"m{number}", "/help", "/cancel", "/cancel", "/nothing", f"/ {number}", "/", "hey", "yes", "12")
    )


def answer(question: str, draw: Random, number: int) -> str:
    kind = question.split()[2]
    if draw.random() < 0.15:
        return draw.choice((f"m{number}", "5", "no idea", "y"))
    if kind in {"int", "low"}:
        return str(10 + number)
    if kind == "choose":
        return draw.choice(("option 0", "Option 1", "option 2", "option 3"))
    if kind == "confirm":
        return draw.choice((f"yes {number}", f"no {number}"))
    return f"m{number}"


def begins(world: Any, draw: Random, number: int) -> str:
    setting = world.setting
    if setting.triggers and draw.random() < 0.3:
        trigger: str = draw.choice(list(setting.triggers))
        return trigger.upper()
    return f"/{draw.choice(list(setting.commands))} n{number}"
