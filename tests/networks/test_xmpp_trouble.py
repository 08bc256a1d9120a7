"""What goes wrong between bot and server: one sentence each; tried again where that can help."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from tests.networks.xmpp_stage import BOT, PATIENCE
from tests.servers.xmpp.prosody import Prosody
from tests.servers.xmpp.server import PASSWORD, free_port

from chinwag.core.errors import UsageError
from chinwag.core.values import Arrival
from chinwag.networks.xmpp.adapter import Xmpp
from chinwag.networks.xmpp.settings import Settings, endpoint

pytestmark = pytest.mark.timeout(120)
SECRET = "not-the-password"  # noqa: S105 - it is none


class Deaf:
    """An inbox that nobody reads."""

    def receive(self, arrival: Arrival, done: Any = None) -> None:
        del arrival, done


@asynccontextmanager
async def tried(server: str, **more: Any) -> AsyncIterator[Xmpp]:
    network = Xmpp("xmpp:medbot", Settings(BOT, more.pop("password", PASSWORD), server, **more))
    await network.start(Deaf())
    try:
        yield network
    finally:
        await network.stop()


async def failure(network: Xmpp) -> str:
    async with asyncio.timeout(PATIENCE):
        await network.closed.wait()
    assert network.failure is not None
    assert SECRET not in str(network.failure)
    return str(network.failure)


async def warned(words: str, caplog: pytest.LogCaptureFixture) -> None:
    async with asyncio.timeout(PATIENCE):
        while words not in caplog.text:  # noqa: ASYNC110 - a log sets no event
            await asyncio.sleep(0.02)
    assert SECRET not in caplog.text


async def test_a_wrong_password(prosody: Prosody) -> None:
    async with tried(f"127.0.0.1:{prosody.port}", plain=True, password=SECRET) as network:
        told = "the server does not take this password for medbot@localhost: check XMPP_JID and XMPP_PASSWORD."
        assert await failure(network) == f"xmpp:medbot: {told}"


async def test_a_domain_that_the_server_does_not_know(prosody: Prosody) -> None:
    network = Xmpp("xmpp:medbot", Settings("medbot@example.org", "pw", f"127.0.0.1:{prosody.port}", plain=True))
    await network.start(Deaf())
    assert "does not know the domain example.org" in await failure(network)
    await network.stop()


async def test_a_server_without_tls(prosody: Prosody) -> None:
    async with tried(f"127.0.0.1:{prosody.port}", password=SECRET) as network:
        assert "offers no TLS" in await failure(network)


async def test_nobody_answers_and_then_somebody_does(prosody_folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    server = Prosody(prosody_folder / "late", free_port())
    async with tried(f"127.0.0.1:{server.port}", plain=True) as network:
        await warned("nothing answers at 127.0.0.1", caplog)
        with server:
            async with asyncio.timeout(PATIENCE):
                await network.ready.wait()
            assert "it is connected again" in caplog.text


async def test_a_host_that_is_not_to_be_found(caplog: pytest.LogCaptureFixture) -> None:
    async with tried("nobody.invalid:5222", plain=True) as network:
        await warned("the server nobody.invalid:5222 is not to be found", caplog)
        assert network.failure is None


async def test_somebody_else_takes_its_place(prosody: Prosody) -> None:
    async with tried(f"127.0.0.1:{prosody.port}", plain=True) as one:
        async with asyncio.timeout(PATIENCE):
            await one.ready.wait()
        async with tried(f"127.0.0.1:{prosody.port}", plain=True) as two:
            assert "took this one's place" in await failure(one)
            async with asyncio.timeout(PATIENCE):
                await two.ready.wait()


# -- certificates ------------------------------------------------------------------------------------------------------

AUTHORITY = trustme.CA()


def certificate(folder: Path, name: str = "localhost", expires: dt.datetime | None = None) -> tuple[Path, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    issued = AUTHORITY.issue_cert(name, not_after=expires)
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(key)
    return chain, key


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="module")
def secure(prosody_folder: Path) -> Any:
    with Prosody(prosody_folder / "secure", certificate=certificate(prosody_folder / "certificate")) as server:
        yield server


@pytest.mark.parametrize("way", ["port", "direct"])
async def test_tls_by_starttls_and_from_the_start(secure: Prosody, authority: str, way: str) -> None:
    async with tried(f"127.0.0.1:{getattr(secure, way)}", ca=authority) as network:
        async with asyncio.timeout(PATIENCE):
            await network.ready.wait()


@pytest.mark.parametrize("way", ["port", "direct"])
async def test_an_authority_that_nobody_trusts(secure: Prosody, way: str) -> None:
    async with tried(f"127.0.0.1:{getattr(secure, way)}", password=SECRET) as network:
        assert "signed by nobody who is trusted here" in await failure(network)


@pytest.mark.parametrize("way", ["port", "direct"])
async def test_an_expired_certificate_is_waited_for(
    prosody_folder: Path, authority: str, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    old = certificate(prosody_folder / f"expired-{way}", expires=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    with Prosody(prosody_folder / f"old-{way}", certificate=old) as server:
        async with tried(f"127.0.0.1:{getattr(server, way)}", ca=authority, password=SECRET) as network:
            await warned("the certificate of localhost has expired", caplog)
            assert network.failure is None


async def test_a_certificate_of_another_name(prosody_folder: Path, authority: str) -> None:
    other = certificate(prosody_folder / "other-name", "example.org")
    with Prosody(prosody_folder / "other", certificate=other) as server:
        async with tried(f"127.0.0.1:{server.port}", ca=authority, password=SECRET) as network:
            assert "a certificate for another name than localhost" in await failure(network)


# -- settings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "XMPP needs the bot's address"),
        ({"jid": "bot"}, "XMPP_JID is no address"),
        ({"jid": "a@b@c"}, "XMPP_JID is no address"),
        ({"jid": "a@b"}, "XMPP needs the account's password"),
        ({"jid": "a@b", "password": "x", "server": "b"}, "XMPP_SERVER takes host:port"),
        ({"jid": "a@b", "password": "x", "server": "b:99999"}, "XMPP_SERVER takes host:port"),
        ({"jid": "a@b", "password": "x", "ca": "/no/such/file"}, "XMPP_CA names the file"),
        ({"jid": "a@b", "password": "x", "rooms": ("fun",)}, "a room has an address"),
        ({"jid": "a@b", "password": "x", "catch_up": -1}, "catch_up takes seconds"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Settings(**settings)


def test_what_a_server_is_written_as() -> None:
    assert endpoint("[::1]:5222") == ("::1", 5222)
    assert "x" not in repr(Settings("a@b", "x", "c:1")).replace("xmpp", "")
