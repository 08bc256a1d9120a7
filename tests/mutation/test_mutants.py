"""The reading of what mutmut leaves, and the verdict over it."""

import json
from pathlib import Path

import pytest
from tests.mutation.mutants import Mutant, judge, mutants_of

GENERATED = """
class Bucket:
    @_mutmut_mutated(mutants_xǁBucketǁtake__mutmut)
    def take(self, now):
        return now < 1

    def xǁBucketǁtake__mutmut_orig(self, now):
        return now < 1

    def xǁBucketǁtake__mutmut_1(self, now):
        return now <= 1


async def x_wait__mutmut_orig(a,
    b=1):
    msg = "not yet"

async def x_wait__mutmut_1(a,
    b=2):
    msg = "not yet"

async def x_wait__mutmut_2(a,
    b=1):
    msg = "NOT YET"
"""
CODES = {"m.xǁBucketǁtake__mutmut_1": 1, "m.x_wait__mutmut_1": 0, "m.x_wait__mutmut_2": None}


def test_a_mutant_is_known_by_what_was_changed(tmp_path: Path) -> None:
    (tmp_path / "retry.py").write_text(GENERATED)
    (tmp_path / "retry.py.meta").write_text(json.dumps({"exit_code_by_key": CODES}))
    assert list(mutants_of(tmp_path)) == [
        Mutant("retry", "Bucket.take", "return now < 1", "return now <= 1", killed=True),
        Mutant("retry", "wait", "b=1):", "b=2):", killed=False),
        Mutant("retry", "wait", 'msg = "not yet"', 'msg = "NOT YET"', killed=None),
    ]


@pytest.mark.parametrize(
    ("before", "after", "wording"),
    [
        ('msg = "not an index"', 'msg = "XXnot an indexXX"', True),
        ("msg = 'Or end it'", "msg = 'or end it'", True),
        ('raise E(f"{a} is no b; write c")', "raise E(None)", False),
        ('", ".join(names)', '"XX, XX".join(names)', False),
        ('mode = "strict"', 'mode = "STRICT"', False),
        ('f("of two words", "strict")', 'f("of two words", "STRICT")', False),
        ("a = b", "a = None", False),
    ],
)
def test_the_letters_of_a_sentence_may_change(before: str, after: str, wording: bool) -> None:  # noqa: FBT001
    assert Mutant("m", "f", before, after, killed=False).wording is wording


def test_what_is_not_explained_and_what_explains_nothing_are_told() -> None:
    killed, alive, other = (
        Mutant("m", "f", "a < b", "a <= b", killed=True),
        Mutant("m", "f", "a + b", "a - b", killed=False),
        Mutant("m", "g", "a + b", "a - b", killed=False),
    )
    reasons = {(one.module, one.function, one.change): "why" for one in (killed, alive)}
    not_run = {("n", "f", "x → y"): "of a module that was not mutated this time"}
    unexplained, stale = judge([killed, alive, other], reasons | not_run)
    assert unexplained == [other]
    assert list(stale) == [("m", "f", killed.change)]
