"""How a figure leaves a benchmark: one JSON object a line on stdout, words for people on stderr.

A figure is the median of its runs, and every run stands beside it in ``raw``, so that nobody has to trust the choice.
It names the bench (what was done), the system (who did it) and the metric with its unit in the name, and then whatever
details the bench adds, such as the number of users. A figure without a run, and one that is not a number, are refused.
"""

import json
import math
import os
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TextIO, TypeAlias

Better: TypeAlias = Literal["higher", "lower"]

CIRCUMSTANCES = ("users", "messages", "shuffled", "under_way")
"""The details that tell one measurement of a metric from another."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    Example:
        >>> print(Figure("lone_message", "chinwag", "p50_ms", (0.4, 0.5, 0.3), "lower", {"users": 1}).line())
        {"bench": "lone_message", "system": "chinwag", "metric": "p50_ms", "value": 0.4, "better": "lower", \
"best": 0.3, "repeats": 3, "raw": [0.4, 0.5, 0.3], "users": 1}
    """

    bench: str
    system: str
    metric: str
    raw: tuple[float, ...]
    better: Better = "higher"
    details: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what would print as a figure without being one.

        Raises:
            ValueError: there is no run, or one of them is not a finite number.
        """
        if not self.raw or not all(map(math.isfinite, self.raw)):
            message = f"{self.bench}, {self.system}, {self.metric}: a figure needs finite runs, not {self.raw}"
            raise ValueError(message)

    @property
    def value(self) -> float:
        """The median of the runs."""
        return statistics.median(self.raw)

    def line(self) -> str:
        """Write the figure as one line of JSON, without the line's end."""
        return json.dumps(
            {
                "bench": self.bench,
                "system": self.system,
                "metric": self.metric,
                "value": _readable(self.value),
                "better": self.better,
                "best": _readable(max(self.raw) if self.better == "higher" else min(self.raw)),
                "repeats": len(self.raw),
                "raw": [_readable(run) for run in self.raw],
                **self.details,
            }
        )

    def words(self) -> str:
        """Write the figure for people, in columns."""
        told = ", ".join(f"{key} {value}" for key, value in self.details.items() if isinstance(value, int | float))
        return f"{self.bench:>20}  {self.system:<20} {self.metric:<22} {self.value:>12,.2f}  {told}"


def read(line: str) -> Figure:
    """Read back the figure that was written as ``line``.

    Raises:
        KeyError: a field is missing.
        ValueError: the line is not JSON.

    Example:
        >>> figure = Figure("turn_cost", "chinwag", "us", (25.0,), details={"turn": 10})
        >>> read(figure.line()) == figure
        True
    """
    fields = json.loads(line)
    for derived in ("value", "best", "repeats"):
        del fields[derived]
    bench, system, metric, raw, better = (fields.pop(key) for key in ("bench", "system", "metric", "raw", "better"))
    return Figure(bench, system, metric, tuple(raw), better, fields)


class Report:
    """Where a benchmark writes to.

    Args:
        figures: takes the JSON lines; stdout if left out.
        words: takes what is for people; stderr if left out.

    Example:
        >>> import io
        >>> out = io.StringIO()
        >>> Report(figures=out).write(Figure("turn_cost", "chinwag", "us_at_turn_10", (25.0,), "lower", {"rows": 10}))
        >>> json.loads(out.getvalue())["rows"]
        10
    """

    def __init__(self, figures: TextIO | None = None, words: TextIO | None = None) -> None:
        """Write to the two streams given."""
        self._figures = figures or sys.stdout
        self._words = words or sys.stderr

    def write(self, figure: Figure) -> None:
        """Write one figure."""
        self._figures.write(figure.line() + "\n")
        self._figures.flush()

    def say(self, words: str) -> None:
        """Say something to the person who waits."""
        self._words.write(words + "\n")
        self._words.flush()


def load() -> dict[str, float]:
    """How busy the machine was during the last minute, as a figure's detail: on a busy one, figures are too bad.

    Example:
        >>> list(load())
        ['load']
    """
    return {"load": round(os.getloadavg()[0], 2)}


def expect(holds: bool, words: str) -> None:  # noqa: FBT001 - a condition, as of an assertion
    """See that a bench did the work that it is measured by.

    Raises:
        AssertionError: it did not, and ``words`` say what was found instead.

    Example:
        >>> expect(1 + 1 == 2, "1 + 1 is not 2")
    """
    if not holds:
        raise AssertionError(words)


def percentile(values: Sequence[float], share: float) -> float:
    """Give the smallest value that at least ``share`` (0 to 1) of ``values`` do not exceed.

    Raises:
        ValueError: there are no values.

    Example:
        >>> percentile([4.0, 1.0, 3.0, 2.0], 0.5)
        2.0
    """
    if not values:
        message = "a percentile of nothing: no value was measured"
        raise ValueError(message)
    rank = math.ceil(share * len(values))
    return sorted(values)[max(rank, 1) - 1]


def merged(rounds: Iterable[Iterable[Figure]]) -> list[Figure]:
    """Put together the runs of what was measured in several rounds, in order: one figure for each thing.

    Figures of one round are never put together, however alike.

    Example:
        >>> first = [Figure("b", "s", "us", (1.0,), "lower"), Figure("b", "s", "us", (9.0,), "lower")]
        >>> [figure.raw for figure in merged([first, first])]
        [(1.0, 1.0), (9.0, 9.0)]
    """
    together: dict[object, Figure] = {}
    for figures in rounds:
        met: Counter[object] = Counter()
        for figure in figures:
            thing = (figure.system, figure.metric, _circumstances(figure))
            key = (thing, met[thing])
            met[thing] += 1
            earlier = together.get(key)
            together[key] = replace(figure, raw=(*earlier.raw, *figure.raw)) if earlier else figure
    return list(together.values())


def shares(figures: Iterable[Figure], reference: str = "bare_loop") -> Iterator[Figure]:
    """Tell what share of the ``reference`` system's messages per second every other one reached.

    Only like is compared with like: the same bench, users, messages, order and number of messages under way. Figures
    of one round give the truest share: a machine's speed may drift more from one round to the next than systems differ.

    Example:
        >>> bare, ours = (
        ...     Figure("b", name, "messages_per_second", (value,))
        ...     for name, value in (("bare_loop", 100.0), ("chinwag", 60.0))
        ... )
        >>> [(share.system, share.metric, share.raw) for share in shares([bare, ours])]
        [('chinwag', 'share_of_bare_loop', (0.6,))]
    """
    speeds = [figure for figure in figures if figure.metric == "messages_per_second"]
    references = {_circumstances(figure): figure.value for figure in speeds if figure.system == reference}
    for figure in speeds:
        fastest = references.get(_circumstances(figure))
        if figure.system != reference and fastest:
            same = {key: figure.details[key] for key in CIRCUMSTANCES if key in figure.details}
            yield Figure(figure.bench, figure.system, f"share_of_{reference}", (figure.value / fastest,), details=same)


def _circumstances(figure: Figure) -> tuple[object, ...]:
    return (figure.bench, *(figure.details.get(key) for key in CIRCUMSTANCES))


def _readable(value: float) -> float:
    """Five digits: more than any run repeats, and short enough to read."""
    return float(f"{value:.5g}")
