"""What a bot on LINE is set up with: what is none is refused in a sentence, and no secret is shown."""

from typing import Any

import pytest

from chinwag.cli.networks.line import recipient
from chinwag.core.errors import UsageError
from chinwag.networks.line.settings import Settings


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"token": ""}, "LINE needs the channel access token: set LINE_TOKEN"),
        ({"secret": ""}, "LINE needs the channel secret: set LINE_SECRET"),
        ({"token": "hu sh"}, "LINE_TOKEN is not the channel access token"),
        ({"secret": "hu\nsh"}, "LINE_SECRET is not the channel secret"),
        ({"secret": "hüsh"}, "LINE_SECRET is not the channel secret"),
        ({"server": "api.line.me"}, "LINE_API_URL is no URL"),
        ({"server": "http://[::1"}, "LINE_API_URL is no URL"),
        ({"server": "https://x.org/?key=hush"}, "LINE_API_URL is no URL"),
        ({"path": "line"}, "the webhook's path begins with a slash"),
        ({"path": "/{hush}"}, "the webhook's path begins with a slash"),
    ],
)
def test_what_is_none_is_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        Settings(**{"token": "token", "secret": "secret", **more})
    assert str(caught.value).startswith(words)
    assert "hu" not in str(caught.value).partition("this is")[0]


def test_no_secret_is_shown() -> None:
    assert "hush" not in repr(Settings("hush", "hush", "https://example.org"))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("U1@Asia/Tokyo", "line:x/U1/U1"),
        ("C1@Asia/Tokyo", "line:x/C1/*"),
        ("R1@Asia/Tokyo", "line:x/R1/*"),
        ("C1/U2@Asia/Tokyo", "line:x/C1/U2"),
    ],
)
def test_a_recipient_is_a_user_or_a_group_or_both(text: str, address: str) -> None:
    assert recipient("line:x", text) == (address, "Asia/Tokyo")
    assert recipient("line:x", text.partition("@")[0])[0] == address


@pytest.mark.parametrize("text", ["", "ann", "42", "U1/C2", "C1/U-2", "U 1", "C1/*", "U1@Nowhere"])
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(UsageError):
        recipient("line:x", text)
