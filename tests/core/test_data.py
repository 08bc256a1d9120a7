"""The durable mapping: what is read is journaled, values are copies, and two conversations see each other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.stage import Stage, waiting

from chinwag import Chat, State, UsageError
from chinwag.core.conversation import DELETED, FAILED, Manner, UserData
from chinwag.core.data import DATA
from chinwag.core.errors import NotJournalable

Use = Callable[[Chat], Any]


def script(*uses: Use) -> Callable[[Chat], Any]:
    """One use a turn; each says what came of it."""

    async def uses_data(chat: Chat) -> None:
        for use in uses:
            try:
                told = repr(use(chat))
            except (KeyError, UsageError) as error:
                told = f"{type(error).__name__}: {error}"
            await chat.ask(told)

    return uses_data


def told(stage: Stage, turns: int) -> list[str]:
    """What was said, and the same after a restart at every turn."""
    stage.begin()
    for _ in range(turns - 1):
        twin = stage.woken()
        assert waiting(twin.conversation) == waiting(stage.conversation)
        assert twin.conversation.seen == stage.conversation.seen
        stage.hear("go on")
    return stage.said


def put(key: str, value: Any) -> Use:
    def use(chat: Chat) -> None:
        chat.data[key] = value

    return use


def test_a_value_is_read_and_written_and_removed() -> None:
    stage = Stage(
        script(
            lambda chat: chat.data["n"],
            put("n", 1),
            lambda chat: chat.data["n"],
            lambda chat: chat.data.pop("n"),
            lambda chat: chat.data.get("n", "gone"),
            lambda chat: chat.data.__delitem__("n"),
            lambda _: DATA,
        )
    )
    assert told(stage, 7) == ["KeyError: 'n'", "None", "1", "1", "'gone'", "KeyError: 'n'", "chat.data"]
    reads = [row.read for row in stage.decoded()]
    assert reads == [{"n": []}, {}, {}, {}, {}, {}, {}]  # what it wrote itself it has seen
    assert stage.data.plain == {}


def test_keys_are_iterated_sorted_and_journaled_when_they_changed() -> None:
    def fill(chat: Chat) -> list[str]:
        chat.data.update({"b": 1, "a": 2})
        del chat.data["z"]
        return list(chat.data)

    stage = Stage(
        script(lambda chat: len(chat.data), fill, lambda chat: dict(chat.data), lambda chat: "q" in chat.data),
        data=UserData("ann", {"z": 0}),
    )
    assert told(stage, 4) == ["1", "['a', 'b']", "{'a': 2, 'b': 1}", "False"]
    assert [row.keys for row in stage.decoded()] == [["z"], None, None, None]
    assert stage.data.plain == {"b": 1, "a": 2}


def test_the_longest_key_has_512_characters() -> None:
    assert told(Stage(script(put("x" * 512, 1), lambda chat: chat.data["x" * 512])), 2) == ["None", "1"]


def test_what_a_woken_conversation_has_seen_it_does_not_journal_again() -> None:
    def look(chat: Chat) -> str:
        return f"{chat.data['a']} {chat.data.get('b')}"

    stage = Stage(script(look, look, look), data=UserData("ann", {"a": [1, 1.5]})).begin()
    twin = stage.woken()
    assert (twin.hear("on").words, twin.now.read) == (["'[1, 1.5] None'"], {})
    twin.data.plain["b"] = 2
    assert (twin.hear("on").words, twin.now.read) == (["'[1, 1.5] 2'"], {"b": [2]})


def test_a_removed_value_is_journaled_as_absent() -> None:
    stage = Stage(script(*[lambda chat: chat.data.get("a")] * 2), data=UserData("ann", {"a": 1})).begin()
    del stage.data.plain["a"]
    assert (stage.hear("on").words, stage.now.read) == (["None"], {"a": []})


@pytest.mark.parametrize("key", ["", 7, "x" * 513, "a\0b"])
def test_a_key_is_a_short_text(key: Any) -> None:
    stage = Stage(script(lambda chat: chat.data[key], put(key, 1)))
    assert all(words.startswith("UsageError: a key of chat.data is a text of 1 to 512") for words in told(stage, 2))


def test_a_value_that_does_not_come_back_is_refused_at_the_line() -> None:
    (words,) = told(Stage(script(put("a", object()))), 1)
    assert words.startswith("NotJournalable: chat.data['a']: ")


def grow(chat: Chat) -> None:
    chat.data["a"].append(2)


def grow_written(chat: Chat) -> None:
    orders = chat.data["b"] = [1]
    orders.append(2)


def retype(chat: Chat) -> None:
    chat.data["a"][0] = True


def reorder(chat: Chat) -> None:
    chat.data["d"]["x"] = chat.data["d"].pop("x")
    mapping = chat.data["d"]
    mapping["x"] = mapping.pop("x")


def grow_and_write_another(chat: Chat) -> None:
    orders = chat.data["a"]
    chat.data["c"] = 1
    orders.append(2)


def spoil(chat: Chat) -> None:
    chat.data["a"].append(object())


@pytest.mark.parametrize("change", [grow, grow_written, grow_and_write_another, retype, reorder, spoil])
def test_a_value_changed_in_place_fails_the_turn(change: Use) -> None:
    stage = Stage(script(change), data=UserData("ann", {"a": [1], "d": {"x": 1, "y": 2}})).begin()
    assert stage.status == FAILED
    assert "was changed in place, which is not kept; assign it" in str(stage.error)
    assert stage.data.plain == {"a": [1], "d": {"x": 1, "y": 2}}


def test_a_value_changed_and_assigned_is_kept() -> None:
    def add(chat: Chat) -> None:
        orders = chat.data.get("orders", [])
        orders.append(len(orders))
        chat.data["orders"] = orders

    stage = Stage(script(add, add, lambda chat: chat.data["orders"]))
    assert told(stage, 3)[2] == "[0, 1]"


def test_values_are_copies() -> None:
    shared = UserData("ann", {"a": [1]})
    stage = Stage(script(lambda chat: chat.data["a"] is chat.data["a"], lambda chat: chat.data["a"]), data=shared)
    assert told(stage, 2) == ["False", "[1]"]


def test_a_failed_turn_writes_nothing() -> None:
    async def fails(chat: Chat) -> None:
        chat.data["a"] = 1
        raise ValueError

    stage = Stage(fails).begin()
    assert (stage.status, stage.data.plain) == (FAILED, {})


def test_two_conversations_of_a_user_see_each_other_and_replay_alike() -> None:
    async def counts(chat: Chat) -> None:
        while True:
            chat.data["n"] = chat.data.get("n", 0) + 1
            await chat.ask(f"{chat.data['n']} {sorted(chat.data)}")

    shared = UserData("ann", {})
    one, two = Stage(counts, data=shared).begin(), Stage(counts, data=shared, number=2).begin()
    for _ in range(3):
        one.hear("x")
        two.hear("x")
    assert one.said == ["1 ['n']", "3 ['n']", "5 ['n']", "7 ['n']"]
    assert two.said == ["2 ['n']", "4 ['n']", "6 ['n']", "8 ['n']"]
    for stage in (one, two):
        assert waiting(stage.woken().conversation) == waiting(stage.conversation)
        assert [row.read for row in stage.decoded()][1:] == [{"n": [n]} for n in stage_reads(stage)]


def stage_reads(stage: Stage) -> list[int]:
    return [int(words.split()[0]) - 1 for words in stage.said[1:]]


@pytest.mark.parametrize("other", [1.0, True, "1", None])
def test_values_that_are_equal_but_not_the_same_are_news(other: Any) -> None:
    stage = Stage(
        script(lambda chat: chat.data.get("a"), lambda chat: chat.data.get("a")), data=UserData("ann", {"a": 1})
    )
    stage.begin()
    stage.data.plain["a"] = other
    stage.hear("x")
    assert (stage.said, stage.decoded()[1].read) == (["1", repr(other)], {"a": [other]})


def test_the_order_of_a_mapping_is_news() -> None:
    stage = Stage(script(lambda chat: chat.data["d"], lambda chat: chat.data["d"]), data=UserData("ann", {}))
    stage.data.plain["d"] = {"x": 1, "y": 2}
    stage.begin()
    stage.data.plain["d"] = {"y": 2, "x": 1}
    stage.hear("x")
    assert stage.said == ["{'x': 1, 'y': 2}", "{'y': 2, 'x': 1}"]
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


def test_what_another_conversation_removed_is_gone() -> None:
    stage = Stage(script(*[lambda chat: chat.data.get("a")] * 3), data=UserData("ann", {"a": 1})).begin()
    del stage.data.plain["a"]
    stage.hear("x").hear("x")
    assert (stage.said, [row.read for row in stage.decoded()]) == (["1", "None", "None"], [{"a": [1]}, {"a": []}, {}])


def test_a_user_without_data_may_get_some() -> None:
    found = UserData("ann", {"a": 7})
    stage = Stage(script(*[lambda chat: chat.data.get("a")] * 2), manner=Manner(data_of=lambda _: found))
    stage.conversation.data = None
    assert stage.begin().said == ["7"]
    stage = Stage(script(*[lambda chat: (chat.data.get("a"), len(chat.data))] * 2))
    stage.conversation.data = None
    assert stage.begin().said == ["(None, 0)"]


@dataclass(frozen=True)
class After(State):
    async def run(self, chat: Chat) -> State | None:
        keys = sorted(chat.data)
        before = (chat.data.get("a"), chat.data.get("b"), chat.data.get("old"))
        chat.data["a"] = "after"
        await chat.ask(f"{keys} {before} {chat.data['a']} {sorted(chat.data)}")
        await chat.ask(f"{chat.data['a']} {sorted(chat.data)}")
        return None


def test_what_was_written_before_a_checkpoint_in_the_same_turn_is_read_behind_it() -> None:
    async def before(chat: Chat) -> State:
        chat.data["a"] = "before"
        chat.data["b"] = [1]
        del chat.data["old"]
        return After()

    stage = Stage(before, data=UserData("ann", {"old": 1})).begin()
    assert stage.said == ["['a', 'b'] ('before', [1], None) after ['a', 'b']"]
    assert stage.now.writes == {"a": "after", "b": [1], "old": DELETED}
    assert stage.data.plain == {"a": "after", "b": [1]}
    assert stage.decoded()[0].read == {"a": ["before"], "b": [[1]], "old": []}
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)
    stage.hear("x")
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


@dataclass(frozen=True)
class Third(State):
    async def run(self, chat: Chat) -> State | None:
        await chat.ask(f"{chat.data['n']}")
        return None


@dataclass(frozen=True)
class SecondWrite(State):
    async def run(self, chat: Chat) -> State | None:
        chat.data["n"] += 1
        return Third()


def test_writes_of_several_states_of_one_turn_add_up() -> None:
    async def begins(chat: Chat) -> State:
        chat.data["n"] = 1
        return SecondWrite()

    stage = Stage(begins).begin()
    assert (stage.said, stage.data.plain) == (["2"], {"n": 2})
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=3), st.binary()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=2), inner, max_size=3)),
    max_leaves=5,
)


@given(values)
def test_what_is_written_is_read_and_no_untouched_value_counts_as_changed(value: Any) -> None:
    async def writes(chat: Chat) -> None:
        chat.data["a"] = value
        chat.data["b"] = {str(value)}
        await chat.ask(repr(chat.data["a"]))
        await chat.ask(repr((chat.data["a"], chat.data["b"])))

    stage = Stage(writes).begin()
    assert stage.said == [repr(value)]
    assert stage.hear("x").said[1] == repr((value, {str(value)}))
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


def test_outside_a_conversation_it_refuses() -> None:
    for use in (lambda: DATA["a"], lambda: len(DATA), lambda: list(DATA), lambda: DATA.pop("a")):
        with pytest.raises(UsageError, match="only inside a conversation function"):
            use()
    assert issubclass(NotJournalable, UsageError)
