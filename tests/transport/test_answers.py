"""What an answer means for a message, where a network has no rule of its own."""

import pytest

from chinwag.core.errors import Ambiguous, Refused, SendError, Unreachable
from chinwag.transport.answers import Revoked, trouble, understood
from chinwag.transport.http import Answer


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, Revoked),
        (400, Refused),
        (401, Revoked),
        (404, Refused),
        (408, Ambiguous),
        (409, Refused),
        (500, Ambiguous),
        (502, Ambiguous),
        (503, Unreachable),
    ],
)
def test_a_status_means_something(status: int, kind: type[SendError]) -> None:
    found = trouble(status, "so it is", {})
    assert type(found) is kind
    assert "so it is" in str(found)


def test_a_network_may_mean_something_else_by_it() -> None:
    assert type(trouble(409, "", {409: Ambiguous})) is Ambiguous
    assert type(trouble(401, "", {401: Refused})) is Refused


def test_a_success_that_cannot_be_read_proves_nothing() -> None:
    assert understood(Answer(200, {}, b"7"), int, "X") == 7
    with pytest.raises(Ambiguous, match="X answered HTTP 200 with what cannot be read"):
        understood(Answer(200, {}, b"7"), lambda _: None, "X")
