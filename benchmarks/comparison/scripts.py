"""The conversations that every system plays, and what the user answers to each question.

``TWO`` is timed; ``PATIENT`` is the same and waits for weeks. ``LOOP`` asks for ever. The others come in pairs: one is
parked at its second question, and goes on as another, as if the program had been changed while the user thought. What
he answers is always the truth, so a summary with anything else in it is wrong.
"""

from benchmarks.traffic import FIRST_QUESTION, SECOND_QUESTION, TIMEOUT

TWO, PATIENT, LOOP = "two", "patient", "loop"
PLAIN, INSERTED, SWAPPED = "plain", "inserted", "swapped"
STEPPED, OTHER_STEP = "stepped", "other_step"

CHANGES = {
    "a question inserted before": (PLAIN, INSERTED),
    "two questions swapped": (PLAIN, SWAPPED),
    "the same step inserted with another argument": (STEPPED, OTHER_STEP),
}
"""What was changed: the script that was parked, and the one that goes on."""

NAME, CITY, AGE, MORE = "Your name?", "Your city?", "Your age?", "More?"
ANSWERS = {FIRST_QUESTION: "3", SECOND_QUESTION: "pears", NAME: "Ann", CITY: "Rome", AGE: "33", MORE: "more"}
WAIT = 30 * 86_400
"""Seconds that a question waits which is left open for long."""
BRIEFLY = int(TIMEOUT)


def look_up(topic: str) -> str:
    """The step: what the outside world says about a topic."""
    return f"the {topic}"


def plain(name: str, city: str) -> str:
    """The last message of ``PLAIN`` and ``SWAPPED``."""
    return f"name {name}, city {city}"


def inserted(age: str, name: str, city: str) -> str:
    """The last message of ``INSERTED``."""
    return f"age {age}, name {name}, city {city}"


def stepped(name: str, city: str, weather: str) -> str:
    """The last message of ``STEPPED``."""
    return f"name {name}, city {city}, weather: {weather}"


def other_step(name: str, city: str, weather: str, news: str) -> str:
    """The last message of ``OTHER_STEP``."""
    return f"name {name}, city {city}, weather: {weather}, news: {news}"


TRUTHS = {
    PLAIN: plain("Ann", "Rome"),
    INSERTED: inserted("33", "Ann", "Rome"),
    SWAPPED: plain("Ann", "Rome"),
    STEPPED: stepped("Ann", "Rome", look_up("weather")),
    OTHER_STEP: other_step("Ann", "Rome", look_up("weather"), look_up("news")),
}
"""What the user has to read last."""
