"""A file is read where somebody fetches: in a step, and nowhere else."""

import pytest

from chinwag import Attachment, UsageError
from chinwag.core.fetching import FETCH


async def fetch(attachment: Attachment) -> bytes:
    return attachment.link.encode()


async def test_a_file_is_fetched_unless_it_is_here() -> None:
    token = FETCH.set(fetch)
    try:
        assert await Attachment("file", link="at the network").read() == b"at the network"
        assert await Attachment("file", b"here", "at the network").read() == b"here"
    finally:
        FETCH.reset(token)


async def test_outside_a_step_nobody_fetches() -> None:
    assert await Attachment("file", b"here").read() == b"here"
    with pytest.raises(
        UsageError, match=r"read in a step: write .*await chat\.step\(save, message\.attachments\[0\]\)"
    ):
        await Attachment("file", link="far").read()
