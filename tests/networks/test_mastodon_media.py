"""Files that an instance works on for a while, and what is found out about a file without a name."""

import json
from pathlib import Path

import pytest
from tests.networks.odd_server import OddServer, answer

from chinwag.core.errors import Refused, Unreachable
from chinwag.core.values import Attachment
from chinwag.networks.mastodon import media
from chinwag.networks.mastodon.client import Client
from chinwag.networks.mastodon.media import Uploads
from chinwag.networks.mastodon.schema import Attachments
from chinwag.networks.mastodon.settings import Settings

FILE = Attachment("image", b"\xff\xd8\xff" + bytes(16), description="d" * 40)
KEPT = json.dumps({"id": "7"})
LIMITS = Attachments(description_limit=20)


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "WAITS", (0.0, 0.0, 0.0))


async def test_a_file_is_posted_once_the_instance_has_worked_on_it() -> None:
    async with OddServer(answer(202, KEPT), answer(206, KEPT), answer(206, KEPT), answer(200, KEPT)) as server:
        client = Client(Settings(server.url, "t0ken", allow_http=True))
        uploads = Uploads(client)
        assert await uploads.id_of(1, FILE, LIMITS) == "7"
        assert await uploads.id_of(1, FILE, LIMITS) == "7"
        await client.close()
    assert [call for call, _ in server.asked] == ["media", "7", "7", "7"]
    body = server.asked[0][1]
    assert b"image/jpeg" in body
    assert b"d" * 20 in body
    assert b"d" * 21 not in body


async def test_one_that_takes_long_is_asked_for_again_and_not_uploaded_again() -> None:
    async with OddServer(answer(202, KEPT), answer(206, KEPT)) as server:
        client = Client(Settings(server.url, "t0ken", allow_http=True))
        uploads = Uploads(client)
        with pytest.raises(Unreachable, match="still works on the file"):
            await uploads.id_of(1, FILE, LIMITS)
        server.answers[0] = answer(200, KEPT)
        assert await uploads.id_of(1, FILE, LIMITS) == "7"
        await client.close()
    assert [call for call, _ in server.asked].count("media") == 1


@pytest.mark.parametrize(
    ("file", "found"),
    [
        (Attachment("image", b"GIF89a"), ("file.gif", "image/gif")),
        (Attachment("image", b"RIFF\0\0\0\0WEBPVP8 "), ("file.webp", "image/webp")),
        (Attachment("image", b"odd"), ("file.png", "image/png")),
        (Attachment("audio", b"odd", name="baa.ogg"), ("baa.ogg", "audio/ogg")),
        (Attachment("file", b"odd"), ("file.bin", "application/octet-stream")),
    ],
)
def test_what_a_file_is(file: Attachment, found: tuple[str, str]) -> None:
    assert media._content(file)[:2] == found


def test_a_file_on_the_disk_that_cannot_be_sent_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(bytes(101))
    with pytest.raises(Refused, match="Is a directory"):
        media._content(Attachment("image", link=str(tmp_path)))
    monkeypatch.setattr(media, "LARGEST", 100)
    with pytest.raises(Refused, match=r"large\.png is larger than 100 bytes"):
        media._content(Attachment("image", link=str(path)))
