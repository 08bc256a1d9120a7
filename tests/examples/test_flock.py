"""The flock: every sheep posts its poem in order, whatever happens, and changes with age as its personality says."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.cli.loading import load
from chinwag.core.errors import Ambiguous, RateLimited, Refused, Unreachable
from chinwag.testing import SimulatedNetwork, play
from chinwag.testing.world import World

FOLDER = Path(__file__).parent.parent.parent / "examples" / "flock"
POEMS = {"tyger": (24, "Tyger Tyger, burning bright,"), "captain": (24, "O Captain!"), "hope": (12, "Hope is")}


@pytest.fixture(scope="module")
def sheep() -> Iterator[ModuleType]:
    load(str(FOLDER / "sheep.py"))
    yield sys.modules["sheep"]
    for name in ("sheep", "verses"):
        sys.modules.pop(name, None)
    sys.path.remove(str(FOLDER))


@pytest.fixture
def poem(tmp_path: Path) -> str:
    path = tmp_path / "poem.txt"
    path.write_text("  one\n\n\ttwo \n \nthree\n", encoding="utf-8")
    return str(path)


def posts(world: World) -> list[str]:
    return [line.shown for line in world.network.seen("-")]


@pytest.mark.parametrize("name", POEMS)
def test_the_poems_are_there(sheep: ModuleType, name: str) -> None:
    lines, first = POEMS[name]
    found = sheep.lines(str(FOLDER / "poems" / f"{name}.txt"))
    assert len(found) == lines
    assert found[0].startswith(first)
    assert all(line == line.strip() and line for line in found)


def test_one_post_a_line_and_a_long_pause_behind_the_last(sheep: ModuleType, poem: str) -> None:
    with play(sheep.bot, settings=sheep.Sheep(poem=poem)) as world:
        world.passes(0)
        assert posts(world) == ["one"]
        world.passes(30)
        assert posts(world) == ["one", "two"]
        world.passes(30)
        assert posts(world) == ["one", "two", "three"]
        world.passes(5399)
        assert len(posts(world)) == 3
        world.passes(1)
        assert posts(world) == ["one", "two", "three", "one"]


def test_a_crash_anywhere_loses_no_line_and_doubles_none(sheep: ModuleType, poem: str) -> None:
    with play(sheep.bot, settings=sheep.Sheep(poem=poem)) as world:
        for _ in range(40):
            world.crash(down=17)
            world.passes(400)
        lines = posts(world)
        assert len(lines) > 9
        assert lines == [("one", "two", "three")[number % 3] for number in range(len(lines))]


@pytest.mark.parametrize(
    "trouble", [Unreachable("503"), RateLimited("429", 20.0), Ambiguous("a 200 that does not parse")]
)
def test_what_is_not_taken_now_is_sent_again_and_nothing_is_skipped(
    sheep: ModuleType, poem: str, trouble: Exception
) -> None:
    network = SimulatedNetwork(window=3_600_000_000)
    with play(sheep.bot, network=network, settings=sheep.Sheep(poem=poem, poem_interval=30)) as world:
        network.fails(trouble, times=3)
        world.passes(300)
        lines = posts(world)
        assert lines[:6] == ["one", "two", "three", "one", "two", "three"]
        assert network.repeats == {}


def test_a_refused_line_is_tried_again_and_never_skipped(
    sheep: ModuleType, poem: str, caplog: pytest.LogCaptureFixture
) -> None:
    network = SimulatedNetwork()
    with play(sheep.bot, network=network, settings=sheep.Sheep(poem=poem)) as world:
        world.passes(0)
        network.fails(Refused("too many hashtags"), times=2)
        world.passes(30)
        assert posts(world) == ["one"]
        assert "the line 'two' was refused, and is tried again: too many hashtags" in caplog.text
        world.passes(60)
        world.restart()
        world.passes(120)
        assert posts(world) == ["one", "two"]
        world.passes(30)
        assert posts(world) == ["one", "two", "three"]


def test_a_poem_that_is_mended_under_way_is_gone_on_with(sheep: ModuleType, poem: str) -> None:
    with play(sheep.bot, settings=sheep.Sheep(poem=poem)) as world:
        world.passes(30)
        Path(poem).write_text("uno\n", encoding="utf-8")
        world.passes(30)
        assert posts(world) == ["one", "two", "uno"]


@pytest.mark.parametrize("text", ["", " \n\t\n"])
def test_an_empty_poem_is_named(sheep: ModuleType, tmp_path: Path, text: str) -> None:
    path = tmp_path / "empty.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"the poem .*empty\.txt has no lines"):
        sheep.Sheep(poem=str(path)).check()


# -- personalities


@given(at=st.integers(0, 23), age=st.floats(0, 1000), draw=st.floats(0, 1, exclude_max=True))
def test_a_personality_answers_with_a_line_of_the_poem_silence_or_its_end(at: int, age: float, draw: float) -> None:
    load(str(FOLDER / "sheep.py"))
    personalities: dict[str, Any] = sys.modules["sheep"].PERSONALITIES
    for choose in personalities.values():
        assert -1 <= choose(at, 24, age, draw) <= 24


@given(at=st.integers(0, 23), draw=st.floats(0, 1, exclude_max=True))
def test_a_young_sheep_is_faithful_whatever_it_will_be(at: int, draw: float) -> None:
    load(str(FOLDER / "sheep.py"))
    personalities: dict[str, Any] = sys.modules["sheep"].PERSONALITIES
    for choose in personalities.values():
        assert choose(at, 24, 0, draw) == at or (draw == 0 and choose.__name__ == "shuffles")


@pytest.mark.parametrize(("personality", "at", "old"), [
    ("faithful", 5, 5), ("forgets", 5, -1), ("bored", 5, 24), ("fixated", 5, 12), ("shuffles", 5, 2), ("bored", 0, 0),
])  # fmt: skip
def test_age_changes_a_sheep(sheep: ModuleType, personality: str, at: int, old: int) -> None:
    assert sheep.PERSONALITIES[personality](at, 24, 1000, 0.1) == old


def test_a_bored_sheep_rests_and_a_forgetful_one_counts_only_what_it_posts(sheep: ModuleType, poem: str) -> None:
    settings = sheep.Sheep(poem=poem, personality="bored")
    assert sheep.verse(settings, 1, 3000, 0.5) == ("", 0)
    settings = sheep.Sheep(poem=poem, personality="forgets")
    assert sheep.verse(settings, 2, 3000, 0.1) == ("", 0)
    assert sheep.verse(settings, 1, 3000, 0.1) == ("", 2)
