"""What the tests of networks share: Telegram's emulator behind the proxy that checks every call, and mastodon-mock."""

import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.networks.amqp_stage import broker
from tests.networks.mastodon_stage import Mastodon
from tests.networks.mastodon_stage import served as mastodon_served
from tests.networks.telegram_stage import PROXY, SHARED, Telegram
from tests.servers.line.line_prism import Prism, lacking
from tests.servers.xmpp.ejabberd import Ejabberd
from tests.servers.xmpp.prosody import Prosody
from tests.servers.xmpp.server import Server

__all__ = ["broker"]


@pytest.fixture(scope="session")
def telegram(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telegram]:
    """The emulator, for all tests; each takes a bot and users of its own. No call may break the Bot API's rules."""
    if not PROXY.is_file():
        reason = f"there is no {PROXY.name} in ../shared/tools; CHINWAG_SHARED names another folder"
        if os.environ.get("CHINWAG_REQUIRE_SERVICES") == "1":
            pytest.fail(f"{reason}, and CHINWAG_REQUIRE_SERVICES=1 asks for it", pytrace=False)
        pytest.skip(reason)
    with Telegram(tmp_path_factory.mktemp("telegram")) as telegram:
        yield telegram
        assert telegram.violations() == []


@pytest.fixture(scope="session")
def prism() -> Iterator[str]:
    """Where prism serves LINE's document, for all tests."""
    if (reason := lacking()) is not None:
        if os.environ.get("CHINWAG_REQUIRE_SERVICES") == "1":
            pytest.fail(f"{reason}, and CHINWAG_REQUIRE_SERVICES=1 asks for it", pytrace=False)
        pytest.skip(reason)
    with Prism() as prism:
        yield prism.url


@pytest.fixture(scope="session")
def x_prism() -> Iterator[str]:
    """Where prism serves X's document."""
    document = SHARED / "specs" / "x-openapi.json"
    if (reason := lacking(document)) is not None:
        if os.environ.get("CHINWAG_REQUIRE_SERVICES") == "1":
            pytest.fail(f"{reason}, and CHINWAG_REQUIRE_SERVICES=1 asks for it", pytrace=False)
        pytest.skip(reason)
    with Prism(document) as prism:
        yield prism.url


@pytest.fixture(scope="session")
def mastodon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mastodon]:
    """An instance for all tests; each takes people of its own."""
    if importlib.util.find_spec("mastodon_mock") is None:
        reason = "mastodon-mock is not installed: pip install mastodon-mock==0.6.1"
        if os.environ.get("CHINWAG_REQUIRE_SERVICES") == "1":
            pytest.fail(f"{reason}, and CHINWAG_REQUIRE_SERVICES=1 asks for it", pytrace=False)
        pytest.skip(reason)
    with mastodon_served(tmp_path_factory.mktemp("mastodon")) as mastodon:
        yield mastodon


@pytest.fixture(scope="session")
def prosody_folder(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where servers of the tests keep their files; skips, or fails, without prosody."""
    require("prosody")
    return tmp_path_factory.mktemp("prosody")


@pytest.fixture
def prosody(prosody_folder: Path, request: pytest.FixtureRequest) -> Iterator[Prosody]:
    """A server of the test's own."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)[:40]
    with Prosody(prosody_folder / name) as server:
        yield server


@pytest.fixture(scope="session")
def ejabberd_of_all(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ejabberd]:
    """A server for many tests; skips, or fails, without ejabberd."""
    require("ejabberdctl")
    with Ejabberd(tmp_path_factory.mktemp("ejabberd")) as server:
        yield server


@pytest.fixture
def ejabberd(ejabberd_of_all: Ejabberd) -> Ejabberd:
    """It, as new."""
    if not ejabberd_of_all.runs:
        ejabberd_of_all.start()
    ejabberd_of_all.forget()
    return ejabberd_of_all


@pytest.fixture(params=["prosody", "ejabberd"])
def xmpp_server(request: pytest.FixtureRequest) -> Server:
    """Each of the servers: what holds on one has to hold on the other."""
    server: Server = request.getfixturevalue(request.param)
    return server
