"""The tree of errors stands as its docstring draws it."""

import inspect
import re

import pytest

from chinwag import Reject, Timeout
from chinwag.core import errors
from chinwag.core.errors import Cancelled, ChinwagError, Evicted, RateLimited, StepTimeout


def test_the_docstring_draws_every_class_under_its_parent() -> None:
    drawn: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r" {4}((?:[│ ] {3})*)(?:[├└]── )(\w+)", line)
        if found:
            depth = len(found[1]) // 4
            above[depth + 1 :] = [found[2]]
            drawn[found[2]] = above[depth]
        elif line == "    ChinwagError":
            above = ["ChinwagError"]
    real = {
        name: kind.__bases__[0].__name__
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, ChinwagError) and kind is not ChinwagError
    }
    assert drawn == real


def test_signals_are_no_exceptions_and_timeouts_are_pythons_own() -> None:
    for signal in (Cancelled, Evicted):
        assert not issubclass(signal, Exception)
    assert issubclass(Timeout, TimeoutError)
    assert issubclass(StepTimeout, TimeoutError)
    assert issubclass(Reject, ValueError)


def test_a_rate_limit_says_when() -> None:
    with pytest.raises(RateLimited, match="slow down") as limited:
        raise RateLimited("slow down", 7.5)
    assert limited.value.retry_after == 7.5
