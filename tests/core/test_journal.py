"""Rows are a public format: what is written is read, by this version and every later one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.errors import Diverged, StoreCorrupt
from chinwag.core.journal import Opened, Replay, Row, decode, encode

GOLDEN = (
    b'[1700000000000000,"message","0.1.2","value",{"$":"decimal","v":"1.50"},'
    b'[["3","ask","int","Age?","guess.py:14",1700000030000000,9]],2,[8,2],[["2","child",5]],{"a":[1],"b":[]},["a"],'
    b'["new greeting"],"1.50"]'
)


def test_a_row_of_today_reads_as_it_always_will() -> None:
    row = decode(GOLDEN)
    assert row == Row(
        at=1_700_000_000_000_000,
        cause="message",
        path="0.1.2",
        how="value",
        value={"$": "decimal", "v": "1.50"},
        opened=[Opened("3", "ask", "int", "Age?", "guess.py:14", 1_700_000_030_000_000, 9)],
        draws=2,
        sent=(8, 2),
        starts=(("2", "child", 5),),
        read={"a": [1], "b": []},
        keys=["a"],
        patches=("new greeting",),
        note="1.50",
    )
    assert encode(row) == GOLDEN


def test_fields_that_an_older_version_had_not_are_left_out() -> None:
    assert decode(b'[7,"start"]') == Row(7, "start")
    assert decode('[7,"start","","",null,[["0","sleep"]]]').opened == [Opened("0", "sleep")]


plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text(st.characters(codec="utf-8"))),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(st.characters(codec="utf-8")), inner)),
    max_leaves=5,
)


@given(plain, st.text(st.characters(codec="utf-8")))
def test_any_answer_comes_back(value: Any, note: str) -> None:
    row = Row(1, "message", "0", "value", value, note=note)
    assert decode(encode(row)) == row


@pytest.mark.parametrize("data", [b"", b"[", b"[1]", b'["x","start"]', b'[1,"\xff"]', '{"at":1}', b"[" * 100_000])
def test_a_damaged_row_says_so(data: bytes | str) -> None:
    with pytest.raises(StoreCorrupt, match=r"a journal row is damaged .*restore the database"):
        decode(data)


def test_a_wait_reads_well() -> None:
    assert str(Opened("0", "ask", "int", "Age?", "guess.py:14")) == "ask 'Age?' (int) at guess.py:14"
    assert str(Opened("0", "step", "fetch#ab", "fetch", "guess.py:15")) == "step 'fetch' at guess.py:15"
    assert str(Opened("0", "listen", line="guess.py:16")) == "listen at guess.py:16"


def test_numbers_that_the_journal_has_not_are_0() -> None:
    replay = Replay("conversation 1", [Row(1, "start", sent=(5, 2), starts=(("0", "child", 9),))])
    assert [replay.sent(i) for i in range(3)] == [5, 6, 0]
    assert [replay.started(i) for i in range(2)] == [9, 0]


def test_a_report_shows_both_sides() -> None:
    replay = Replay("conversation 1", [Row(1, "start", starts=(("0", "child", 9),))])
    with pytest.raises(Diverged) as diverged:
        replay.compare([], 0, [])
    assert "the journal has    started child\n  the code does      started no conversation" in str(diverged.value)
    replay = Replay("conversation 1", [Row(1, "start", starts=(("0", "child", 9), ("1", "aunt", 10)))])
    with pytest.raises(Diverged, match=r"the journal has    started child, aunt\n"):
        replay.compare([], 0, [("0", "child", 0)])
    slept, asked = Opened("0", "sleep", line="x:1"), Opened("1", "ask", "str", "?", "x:2")
    replay = Replay("conversation 1", [Row(1, "start", opened=[slept, asked, slept])])
    with pytest.raises(
        Diverged, match=r"the journal has    ask '\?' \(str\) at x:2\n  the code does      nothing more"
    ):
        replay.compare([slept], 0, ())
    with pytest.raises(
        Diverged, match="the journal has    nothing more in this turn\n  the code does      sleep at x:1"
    ):
        Replay("conversation 1", [Row(1, "start")]).compare([Opened("0", "sleep", line="x:1")], 0, [])
