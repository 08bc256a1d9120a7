"""The scenes that golden journals are played from: one for each example and for each room of the gallery.

A version's golden files hold their scenes themselves; a scene that is changed or added here counts from the next
version on. Every scene parks where a conversation is worth keeping: at an open question, asleep, within a step.
"""

from datetime import UTC, datetime
from typing import Any

from tests.golden.acting import Act, Scene
from tests.golden.gallery import LONG

from chinwag.testing.clock import instant

WEEK = 7 * 86_400
HALF_PAST_SIX = instant(datetime(2026, 3, 27, 18, 30, tzinfo=UTC))
BERLIN = {
    "$": "record",
    "c": "City",
    "v": {"name": "Berlin", "country": "Germany", "latitude": 52.52, "longitude": 13.41},
}
PICTURE = {"kind": "image", "data": "AAEC/w==", "name": "dot.png"}


def says(user: str, *texts: str) -> list[Act]:
    """One message after the other."""
    return [["says", user, text] for text in texts]


def room(
    name: str, begin: str, before: list[Act], after: list[Act], *, first: list[Act] | None = None, **more: Any
) -> Scene:
    """A scene of the gallery, whose user has its name."""
    return Scene(name, "gallery", [*(first or ()), *says(name, begin), *before], after, **more)


def tupled(*values: Any) -> Any:
    """A tuple, as a step's outcome is written here."""
    return {"$": "tuple", "v": list(values)}


def slow(result: str, duration: float) -> list[Act]:
    """Let ``look_up`` take its time from here on."""
    return [["step", "look_up", [result], None, duration]]


EXAMPLES = [
    Scene("hello", "hello", says("anna", "/start"), says("anna", "Anna")),
    Scene("in_fastapi", "in_fastapi", says("anna", "hello"), says("anna", "Anna")),
    Scene("in_django", "in_django", says("anna", "hello"), says("anna", "Anna")),
    Scene(
        "guess",
        "guess",
        says("anna", "guess", "1", "x", "0", "100", "50", "fifty", "1000"),
        [["passes", 29], *says("anna", "43", "45", "44", "guess")],
    ),
    Scene("guess-timeout", "guess", says("anna", "guess", "1"), [["passes", 31], *says("anna", "100")]),
    Scene(
        "medbot",
        "medbot",
        [["recipient", "anna", "Europe/Berlin"], ["passes", 2_400], *says("anna", "not yet")],
        [["passes", 1_200], *says("anna", "Yes!"), ["passes", 2 * 86_400]],  # over the night when the clocks change
        start=HALF_PAST_SIX,
    ),
    Scene(
        "weather",
        "weather",
        [
            ["step", "find_city", [None, BERLIN]],
            ["step", "temperature", [21.5]],
            *says("anna", "/start", "Atlantis", "Berlin", "what?"),
        ],
        [["step", "find_city", [BERLIN]], *says("anna", "continue", "Berlin", "quit")],
    ),
    Scene(
        "weather-step",
        "weather",
        [
            ["step", "find_city", [BERLIN], None, 5],
            ["step", "temperature", [-3.25]],
            *says("anna", "/start", "Berlin", "quit"),
            ["passes", 2],
        ],
        [["passes", 5]],
        delayed=True,
    ),
    Scene("weather-cancel", "weather", says("anna", "/start"), says("anna", "/cancel", "/cancel")),
    Scene(
        "sheep",
        "sheep",
        [["step", "verse", [tupled("One", 1), tupled("Two", 2), tupled("", 3)]], ["passes", 75]],
        [["step", "verse", [tupled("Three", 0), tupled("One", 1)]], ["passes", 5_500]],
        settings=("Sheep", {"poem": "poem.txt", "personality": "forgets"}),
    ),
    Scene(
        "quarreller",
        "quarreller",
        [["step", "next_verse", [tupled(1, "To begin.")]], *says("paper", "No!")],
        [["step", "next_verse", [tupled(2, "Never.")]], *says("paper", "No, no!"), ["passes", 86_400]],
        settings=("Quarreller", {"opinions": "for.txt", "rival": "paper", "opens": True}),
    ),
    Scene(
        "answerer",
        "answerer",
        [["step", "next_verse", [tupled(1, "Hope is")], None, 5], *says("anna", "hi"), ["passes", 2]],
        [["passes", 5], ["step", "next_verse", [tupled(2, "the thing")]], *says("anna", "and?")],
        delayed=True,
        settings=("Answerer", {"poem": "poem.txt"}),
    ),
]

GALLERY = [
    room("values", "/values", [], says("values", "yes")),
    room(
        "questions",
        "/questions now and then ",
        [
            *says("questions", "Quentin", "many", "2", "3", "odd", "5", "4", "here", "1,2.5"),
            ["passes", 30],
            ["passes", 30],
            *says("questions", "LARGE"),
        ],
        [
            *says("questions", "green", "Deep Blue", "perhaps", "yes"),
            ["says", "questions", "look", "", [PICTURE]],
            ["passes", 5],
            *says("questions", "tell"),
        ],
    ),
    room(
        "asked",
        "/questions",
        [
            *says("asked", "", "3", "2", "-1,-0.0", "here", "there", "small", "red", "no"),
            ["says", "asked", "", "", [PICTURE]],
            *says("asked", "not in time"),
        ],
        says("asked", "tell"),
    ),
    room("open", "/questions", says("open", "Olga", "few"), [["passes", 61]]),
    room(
        "reworded",
        "/colour",
        [["set", "COLOUR_QUESTION", "What is the colour?"], *says("reworded", "blue")],
        says("reworded", "green", "so"),
    ),
    room(
        "rounds",
        "/rounds",
        [*says("rounds", "one"), ["set", "ROUND_QUESTION", "One more?"], ["passes", 10], *says("rounds", "two")],
        [["passes", 10], *says("rounds", "enough")],
    ),
    room(
        "reworded-later",
        "/colour",
        [],
        [["set", "COLOUR_QUESTION", "And the colour?"], *says("reworded-later", "red", "so")],
    ),
    room(
        "branches",
        "/branches",
        [*says("branches", "quick", "half"), ["passes", 5], ["passes", 3], *says("branches", "nested", "inner")],
        [["passes", 40], *says("branches", "one")],
        first=slow("wols", 30),
        delayed=True,
    ),
    room(
        "branching",
        "/branches",
        [["passes", 1]],
        [
            ["passes", 30],
            *says("branching", "half", "whole"),
            ["passes", 1],
            *says("branching", "inner", "1", "2", "3"),
        ],
        first=slow("wols", 30),
        delayed=True,
    ),
    room("failures", "/failures", [["passes", 60]], says("failures", "yes")),
    room("once", "/once", [["passes", 1]], says("once", "yes"), first=slow("e", 10), repeats=False),
    room(
        "once-before",
        "/once",
        [["passes", 1], ["again", "crash"]],
        [["step", "look_up", ["niaga"]], *says("once-before", "yes")],
        first=slow("e", 10),
    ),
    room(
        "stepping",
        "/once",
        [["step", "look_up", ["never"], None, 10], *says("stepping", "go", "kept for later"), ["passes", 1]],
        [["passes", 20], *says("stepping", "more")],
        first=[["step", "look_up", ["at once"]]],
        repeats=False,
    ),
    room("data", "/data", says("data", "last", "x", "/data"), says("data", "visits", "yes", "/data", "gone")),
    room("draws", "/draws", says("draws", "yes"), says("draws", "yes")),
    room("patched", "/patched", says("patched", "Pia"), says("patched", "yes")),
    room(
        "patched-later",
        "/patched",
        says("patched-later", "Pia"),
        [["set", "REBUILT", True], *says("patched-later", "yes")],
    ),
    room("parent", "/parent", says("parent", "yes"), says("parent", "one", "two", "three")),
    room("elsewhere", "/parent", says("elsewhere", "1", "2", "3"), [["says", "elsewhere", "4", "elsewhere"]]),
    room("basket", "/basket", says("basket", "tea", "book", "milk"), says("basket", "bread", "pay")),
    room("message", "/message " + LONG, [], says("message", "yes")),
    room("asleep", "/sleep", [["passes", 600]], [["passes", 3_000], ["passes", 86_400]]),
    room("sleeping", "/sleep", [["passes", 3_700]], [["passes", 86_400]]),
    room("cancelled", "/cancelled", says("cancelled", "/cancel"), says("cancelled", "boredom")),
    room("broken", "/broken", says("broken", "7", "still there?"), [["set", "MENDED", True], ["orders", 1, "resume"]]),
    Scene(
        "fragile",
        "gallery",
        [
            *(["says", kind, f"/fragile {kind}"] for kind in ("start", "delivery", "step", "cancel", "none")),
            *says("cancel", "/cancel"),
        ],
        [
            ["set", "MENDED", True],
            *(["orders", number, "resume"] for number in (1, 2, 3, 4)),
            *(["says", kind, "well"] for kind in ("start", "delivery", "step", "cancel", "none")),
        ],
    ),
    room(
        "detour",
        "/detour",
        [["set", "DETOUR", True], *says("detour", "kept")],
        [["passes", 1], ["set", "DETOUR", False], *says("detour", "late")],
    ),
    Scene(
        "shared",
        "gallery",
        [["says", user, text, "a/b%20 c"] for user, text in (("ann", "/shared"), ("ann", "yes"), ("bob", "no"))],
        [["says", "cid", "perhaps", "a/b%20 c"]],
    ),
    Scene("joined", "gallery", [["joins", "dora", "hall"]], [["says", "dora", "Dora", "hall"]]),
    Scene(
        "schedules",
        "gallery",
        [
            ["recipient", "sam", "Europe/Berlin"],
            ["recipient", "tim", "Pacific/Chatham"],
            ["passes", 6 * 3_600 + 7_200],
            ["passes", 3_600 * 4],
        ],
        [["passes", 86_400], *says("sam", "done"), ["passes", WEEK]],
        start=HALF_PAST_SIX,
    ),
]
UNREACHABLE = [
    Scene(
        "unreachable",
        "gallery",
        [["fails", "unreachable", 4], *says("una", "/delivery"), ["passes", 1]],
        [["passes", 600], *says("una", "yes")],
        repeats=False,
    ),
    Scene(
        "refused",
        "gallery",
        [["fails", "refused", 1, 1], *says("ron", "/delivery")],
        [*says("ron", "yes"), ["orders", 1, "retry"]],
        repeats=False,  # the network of the process after has not refused it yet
    ),
]


ALONE = {
    "broken",
    "detour",
    "fragile",
    "message",
    "patched-later",
    "reworded",
    "reworded-later",
    "rounds",
    "schedules",
    "stepping",
}
"""They change the code for all, or are long."""


def everything() -> Scene:
    """All other rooms of the gallery in one store."""
    scenes = [scene for scene in GALLERY if scene.name not in ALONE]
    before = [act for scene in scenes for act in scene.before]
    after = [act for scene in scenes for act in scene.after]
    recipients: list[Act] = [["recipient", "sam", "Europe/Berlin"], ["recipient", "tim", "Pacific/Chatham"]]
    return Scene("everything", "gallery", [*recipients, *before], after, repeats=False)


SCENES = [*EXAMPLES, *GALLERY, *UNREACHABLE]
