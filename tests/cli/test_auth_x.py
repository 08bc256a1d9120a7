"""`chinwag auth x` at a terminal: OAuth 1.0a against oauthlib's server side, OAuth 2 against a strict provider."""

import asyncio
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.cli.shell import ROOT, chinwag
from tests.cli.test_auth import Terminal, key
from tests.networks.telegram_stage import Process, free_port
from tests.servers.x.oauth1_server import APP, Server

from chinwag.core.errors import SendError
from chinwag.networks.x.credentials import Credentials, with_key
from chinwag.networks.x.settings import Settings
from chinwag.transport.http import Http

pytestmark = pytest.mark.timeout(120)
MODULES = ROOT / "build" / "node_modules"
PROVIDER = ROOT / "tests" / "servers" / "x" / "oidc_provider.mjs"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """oidc-provider, strict about PKCE."""
    if not (MODULES / "oidc-provider").is_dir() or shutil.which("node") is None:
        reason = "oidc-provider is not in build/node_modules: npm install --prefix build oidc-provider@9.13.3"
        if os.environ.get("CHINWAG_REQUIRE_SERVICES") == "1":
            pytest.fail(f"{reason}, and CHINWAG_REQUIRE_SERVICES=1 asks for it", pytrace=False)
        pytest.skip(reason)
    port = free_port()
    with Process(["node", str(PROVIDER), str(MODULES), str(port)], tmp_path_factory.mktemp("oidc")) as process:
        process.wait_line("listening")
        yield f"http://127.0.0.1:{port}"


def variables(url: str, **more: str) -> dict[str, str]:
    return {"X_API_URL": url, "X_ALLOW_HTTP": "true", **more}


def first(url: str) -> dict[str, str]:
    return variables(url, X_CONSUMER_KEY=APP["consumer_key"], X_CONSUMER_SECRET=APP["consumer_secret"])


def test_a_key_of_oauth_1_by_the_way_back_and_its_revocation(server: Server, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "x", "--account", "blake", "--port", "0", **first(server.url))
    terminal.types("")
    link = terminal.link()
    assert link.startswith(f"{server.url}/oauth/authorize?oauth_token=")
    back = httpx.get(link).headers["location"]
    assert httpx.get(re.sub("oauth_token=[^&]*", "oauth_token=another", back)).status_code == 400
    assert httpx.get(back).status_code == 200
    terminal.sees("blake: the key of @blake on X is in keys/blake.json.")
    assert terminal.ends() == 0
    made = key(tmp_path, "blake")
    assert server.consents.given == {made["token"]: made["token_secret"]}
    assert stat.S_IMODE((tmp_path / "keys/blake.json").stat().st_mode) == 0o600
    assert with_key(Settings(key_file=str(tmp_path / "keys/blake.json"), server=server.url, allow_http=True)).token
    done = chinwag(tmp_path, "auth", "x", "--account", "blake", "--revoke", more=first(server.url))
    assert done.returncode == 0, done.stderr
    assert server.consents.revoked == [made["token"]]
    assert "token" not in key(tmp_path, "blake")


def test_a_key_of_oauth_1_by_a_number_that_is_typed(server: Server, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "x", "--account", "blake", "--pin", **first(server.url))
    terminal.types("")
    shown = httpx.get(terminal.link()).text
    terminal.types("000")
    terminal.sees("chinwag: X gives no key: HTTP 401")
    assert terminal.ends() == 2
    assert not (tmp_path / "keys").exists()
    terminal = Terminal(tmp_path, "x", "--account", "blake", "--pin", **first(server.url))
    terminal.types("")
    shown = httpx.get(terminal.link()).text
    number = re.search(r"oauth_verifier=(\w+)", shown)
    assert number is not None
    terminal.types(number.group(1))
    assert terminal.ends() == 0
    assert key(tmp_path, "blake")["token_secret"] in server.consents.given.values()


def agrees(link: str) -> str:
    """What a browser does at the provider: log in, agree; the address that it ends at."""
    with httpx.Client(timeout=30) as browser:
        answer = browser.get(link)
        for _ in range(20):
            if answer.is_redirect:
                target = answer.url.join(answer.headers["location"])
                if target.path == "/callback":
                    return str(target)
                answer = browser.get(target)
                continue
            form = re.search(r'action="([^"]+)"', answer.text)
            assert form is not None, answer.text
            fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text))
            answer = browser.post(form.group(1), data={**fields, "login": "blake", "password": "x"})
    raise AssertionError("the browser goes round in circles")


def test_a_key_of_oauth_2_is_made_renewed_and_revoked(provider: str, tmp_path: Path) -> None:
    given = variables(provider, X_CLIENT_ID="app")
    terminal = Terminal(tmp_path, "x", "--account", "blake", "--port", "0", **given)
    terminal.types("")
    httpx.get(agrees(terminal.link()))
    terminal.sees("blake: the key of the account that agreed, on X is in keys/blake.json.")
    assert terminal.ends() == 0
    made = key(tmp_path, "blake")
    assert made["access_token"]
    asyncio.run(renewals(provider, tmp_path / "keys/blake.json", made))
    last = key(tmp_path, "blake")
    assert len({made["refresh_token"], last["refresh_token"]}) == 2
    done = chinwag(tmp_path, "auth", "x", "--account", "blake", "--revoke", more=given)
    assert (done.returncode, done.stderr) == (0, "")
    assert not {"access_token", "refresh_token"} & key(tmp_path, "blake").keys()


async def renewals(provider: str, path: Path, made: dict[str, object]) -> None:
    """Each renewal is of the token that is on the disk; the one before it is not good any more."""
    http = Http()
    settings = with_key(Settings(key_file=str(path), server=provider, allow_http=True))
    keys = Credentials(settings, http)
    await keys.renew(settings.access_token)
    await asyncio.gather(keys.renew(keys.access_token), keys.renew(keys.access_token))
    assert keys.access_token == with_key(settings).access_token
    stale = Credentials(settings, http)
    with_stale = str(made["access_token"])
    try:
        await stale.renew(with_stale)
    except SendError as error:
        assert "gives no new token (HTTP 400)" in str(error)  # noqa: PT017 - within a loop of its own
    else:
        raise AssertionError("a refresh token was good twice")
    await http.close()


def test_a_provider_that_is_given_another_verifier_gives_nothing(provider: str, tmp_path: Path) -> None:
    given = variables(provider, X_CLIENT_ID="app")
    ours = Terminal(tmp_path, "x", "--account", "blake", "--port", "0", **given)
    theirs = Terminal(tmp_path, "x", "--account", "eve", "--port", "0", **given)
    ours.types("")
    theirs.types("")
    link, other = ours.link(), theirs.link()
    code = re.search(r"code=([^&]+)", agrees(other))
    state = re.search(r"state=([^&]+)", link)
    back = re.search(r"redirect_uri=([^&]+)", link)
    assert code is not None
    assert state is not None
    assert back is not None
    ours.types(f"http://127.0.0.1/callback?code={code.group(1)}&state={state.group(1)}")  # a code of another walk
    ours.sees("chinwag: X gives no key: HTTP 400")
    assert ours.ends() == 2
    theirs.types("n")
    assert theirs.ends() == 0
    assert not (tmp_path / "keys").exists()
