"""What mutmut left behind: which mutants there are, what became of each, and which of them nothing explains.

mutmut writes, beside a module, the exit code of the tests for each mutant, and into the module the function as it was
(``…__mutmut_orig``) and each of its mutants (``…__mutmut_7``). A mutant is known here by what was changed, not by its
number, which moves with every edit.
"""

import ast
import difflib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

# A test failed, or pytest did, or mutmut had to end it. 255: pytest did at its very end, over a coroutine left alone.
KILLED = frozenset({1, 3, 24, 36, 152, 255, -24})
NAME = re.compile(r"x(?:_|ǁ(?P<owner>\w+)ǁ)(?P<function>\w+)__mutmut_(?P<number>orig|\d+)")
LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
SENTENCE = re.compile(r"\w\W* \W*\w")


Explanations = dict[tuple[str, str, str], str]
"""Reasons by module, function and change."""


class Mutant(Struct, frozen=True):
    """One change of one function.

    Args:
        module: such as ``retry``.
        function: such as ``TokenBucket.take``.
        before: the line as it is; several are joined by a space.
        after: the line as it was made.
        killed: whether a test noticed; None if it was not tried.
    """

    module: str
    function: str
    before: str
    after: str
    killed: bool | None

    @property
    def change(self) -> str:
        """How ``survivors.toml`` names it within its function."""
        return f"{self.before} → {self.after}"

    @property
    def wording(self) -> bool:
        """Whether only letters of a sentence were changed, a sentence being a literal of two words or more.

        >>> Mutant("m", "f", 'msg = "not an index"', 'msg = "XXnot an indexXX"', killed=False).wording
        True
        >>> Mutant("m", "f", 'mode = "strict"', 'mode = "STRICT"', killed=False).wording
        False
        """
        if self.before.casefold() != self.after.replace("XX", "").casefold():
            return False
        was, now = LITERAL.findall(self.before), LITERAL.findall(self.after)
        changed = [a for a, b in zip(was, now, strict=False) if a != b]
        return len(was) == len(now) and all(SENTENCE.search(text) for text in changed)


def mutants_of(folder: Path) -> Iterator[Mutant]:
    """Every mutant of every module of a folder that mutmut has worked on."""
    for meta in sorted(folder.glob("*.meta")):
        source = meta.with_suffix("")
        lines = functions(source.read_text())
        for key, code in json.loads(meta.read_bytes())["exit_code_by_key"].items():
            name = key.rpartition(".")[2]
            found = NAME.fullmatch(name)
            assert found is not None, name
            before, after = changed(lines[f"{name[: found.start('number')]}orig"], lines[name])
            function = f"{found['owner']}.{found['function']}" if found["owner"] else found["function"]
            yield Mutant(source.stem, function, before, after, None if code is None else code in KILLED)


def functions(source: str) -> dict[str, list[str]]:
    """The lines of each function that mutmut wrote, by its name, which they do not hold any more."""
    rows = source.splitlines()
    return {
        node.name: [row.replace(node.name, "").strip() for row in rows[node.lineno - 1 : node.end_lineno]]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and NAME.fullmatch(node.name)
    }


def changed(was: list[str], now: list[str]) -> tuple[str, str]:
    """What differs, from the first line that does to the last.

    >>> changed(["a", "b", "c"], ["a", "B", "c"])
    ('b', 'B')
    """
    matcher = difflib.SequenceMatcher(None, was, now, autojunk=False)
    parts = [part for part in matcher.get_opcodes() if part[0] != "equal"]
    first, last = parts[0], parts[-1]
    return " ".join(was[first[1] : last[2]]), " ".join(now[first[3] : last[4]])


def judge(mutants: Iterable[Mutant], explained: Explanations) -> tuple[list[Mutant], Explanations]:
    """The survivors that nothing explains, and the explanations of what did not survive, or is not there."""
    tried = [mutant for mutant in mutants if mutant.killed is not None]
    survivors = [mutant for mutant in tried if not mutant.killed and not mutant.wording]
    stale = {key: reason for key, reason in explained.items() if key[0] in {mutant.module for mutant in tried}}
    unexplained = []
    for mutant in survivors:
        key = (mutant.module, mutant.function, mutant.change)
        if key not in explained:
            unexplained.append(mutant)
        stale.pop(key, None)
    return unexplained, stale
