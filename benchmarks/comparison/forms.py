"""The scripts as state machines have them: which question comes in which order, and what is known at the end.

aiogram and python-telegram-bot cut a conversation into handlers, one a question. What they share, so that they play the
same, is this table; the handlers, the states and the storage are each framework's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from benchmarks.comparison import scripts
from benchmarks.comparison.shape import number
from benchmarks.traffic import CLOSING, FIRST_QUESTION, SECOND_QUESTION

Known: TypeAlias = Mapping[str, Any]

QUESTIONS = {
    "number": FIRST_QUESTION,
    "word": SECOND_QUESTION,
    "name": scripts.NAME,
    "city": scripts.CITY,
    "age": scripts.AGE,
}
PARSES: dict[str, Callable[[str], object]] = {"number": number}


@dataclass(frozen=True, slots=True)
class Form:
    """One script.

    Args:
        order: the questions, by the names of what they ask for.
        closing: makes the last message of all that is known.
        looked_up: topics that are looked up before the question about the city.
    """

    order: tuple[str, ...]
    closing: Callable[[Known], str]
    looked_up: tuple[str, ...] = ()

    def after(self, asked: str) -> str:
        """What is asked next, or nothing."""
        return dict(zip(self.order, self.order[1:], strict=False)).get(asked, "")

    def learned(self, asked: str, text: str) -> dict[str, object]:
        """What is known from the answer, and what is looked up then."""
        topics = self.looked_up if self.after(asked) == "city" else ()
        return {asked: PARSES.get(asked, str)(text), **{topic: scripts.look_up(topic) for topic in topics}}


_TWO = Form(("number", "word"), lambda known: CLOSING.format(number=known["number"], word=known["word"]))
FORMS = {
    scripts.TWO: _TWO,
    scripts.PATIENT: _TWO,
    scripts.PLAIN: Form(("name", "city"), lambda known: scripts.plain(known["name"], known["city"])),
    scripts.INSERTED: Form(
        ("age", "name", "city"), lambda known: scripts.inserted(known["age"], known["name"], known["city"])
    ),
    scripts.SWAPPED: Form(("city", "name"), lambda known: scripts.plain(known["name"], known["city"])),
    scripts.STEPPED: Form(
        ("name", "city"), lambda known: scripts.stepped(known["name"], known["city"], known["weather"]), ("weather",)
    ),
    scripts.OTHER_STEP: Form(
        ("name", "city"),
        lambda known: scripts.other_step(known["name"], known["city"], known["weather"], known["news"]),
        ("news", "weather"),
    ),
}
