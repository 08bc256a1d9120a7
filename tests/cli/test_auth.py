"""`chinwag auth` at a terminal: links that are opened by a browser of the test's own, codes that are typed, `n`."""

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pexpect
import pytest
from tests.cli.shell import chinwag, command, environment
from tests.networks.mastodon_stage import Mastodon, Person, served
from tests.networks.telegram_stage import free_port

pytestmark = pytest.mark.timeout(120)
PATIENCE = 40
LINK = re.compile(r"\r\n  (https?://\S+)\r\n")


@pytest.fixture(scope="module")
def mastodon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mastodon]:
    pytest.importorskip("mastodon_mock")
    with served(tmp_path_factory.mktemp("mastodon")) as mastodon:
        yield mastodon


@pytest.fixture
def folder(tmp_path: Path, mastodon: Mastodon) -> Path:
    """A folder with a flock of three."""
    (tmp_path / "chinwag.toml").write_text(f"""
store = "sqlite:///flock.db"
keys = "keys"
[defaults]
network = "mastodon"
bot = "sheep.py"
url = "{mastodon.url}"
allow_http = true
[[accounts]]
name = "blake"
key = "keys/blake.json"
[[accounts]]
name = "emily"
key = "keys/emily.json"
[[accounts]]
name = "walt"
key = "keys/walt.json"
""")
    keys = tmp_path / "keys"
    keys.mkdir()
    for name in ("blake", "emily", "walt"):
        (keys / f"{name}.json").write_text(json.dumps({"line_interval": 1.0}))
        (keys / f"{name}.json").chmod(0o600)
    return tmp_path


class Terminal:
    """Somebody at a terminal, who calls the command."""

    def __init__(self, folder: Path, *arguments: object, **more: str) -> None:
        self.child: Any = pexpect.spawn(
            command()[0],
            [*command()[1:], "auth", *map(str, arguments)],
            cwd=str(folder),
            env=environment({"DISPLAY": "", **more}),
            encoding="utf-8",
            timeout=PATIENCE,
            dimensions=(50, 400),
        )

    def sees(self, words: str) -> None:
        self.child.expect_exact(words)

    def link(self) -> str:
        self.child.expect(LINK)
        found: str = self.child.match.group(1)
        return found

    def types(self, line: str) -> None:
        self.child.sendline(line)

    def ends(self) -> int:
        self.child.expect(pexpect.EOF)
        self.child.close()
        code: int = self.child.exitstatus
        return code


def consents(link: str, person: Person, state: str | None = None) -> str:
    """What a browser does at Mastodon: the address that it ends at."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    form = {name: asked[name] for name in ("client_id", "redirect_uri", "scope")}
    form |= {"state": asked["state"] if state is None else state, "username": person.name}
    answer = httpx.post(link.partition("?")[0], data=form, follow_redirects=False)
    return answer.headers.get("location") or answer.text


def key(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "keys" / f"{name}.json").read_text())
    return found


def test_a_walk_through_all_accounts_by_the_way_back_and_with_one_skipped(mastodon: Mastodon, folder: Path) -> None:
    blake, walt = mastodon.join("blake"), mastodon.join("walt")
    terminal = Terminal(folder, "mastodon", "--all", "--port", free_port())
    terminal.sees("blake: Enter makes its key for mastodon, n skips:")
    terminal.types("")
    link = terminal.link()
    asked = parse_qs(urlsplit(link).query)
    assert (asked["response_type"], asked["code_challenge_method"]) == (["code"], ["S256"])
    assert asked["redirect_uri"][0].startswith("http://127.0.0.1:")
    with_other_state = consents(link, blake, state="another")
    assert httpx.get(with_other_state).status_code == 400
    back = consents(link, blake)
    assert httpx.get(f"{back.partition('?')[0]}/../favicon.ico").status_code == 404
    done = httpx.get(back)
    assert (done.status_code, "You can close this window" in done.text) == (200, True)
    terminal.sees(f"blake: the key of @{blake.name} at {mastodon.url} is in keys/blake.json.")
    terminal.sees("emily: Enter makes its key")
    terminal.types("n")
    terminal.sees("emily: skipped.")
    terminal.types("")
    httpx.get(consents(terminal.link(), walt))
    terminal.sees(f"walt: the key of @{walt.name}")
    assert terminal.ends() == 0
    made = key(folder, "blake")
    assert made["line_interval"] == 1.0
    assert made["client_id"] == key(folder, "walt")["client_id"]  # one app for all
    assert Person(mastodon, "", made["token"]).asks("/api/v1/accounts/verify_credentials")["username"] == blake.name
    assert stat.S_IMODE((folder / "keys/blake.json").stat().st_mode) == 0o600
    assert key(folder, "emily") == {"line_interval": 1.0}
    assert not any(secret in str(terminal.child.before) for secret in (made["token"], made["client_secret"]))


def test_a_single_one_is_done_again_and_the_others_are_left(mastodon: Mastodon, folder: Path) -> None:
    blake, other = mastodon.join("blake"), mastodon.join("other")
    for name in ("blake", "walt"):
        terminal = Terminal(folder, "mastodon", "--account", name, "--port", "0")
        terminal.types("")
        httpx.get(consents(terminal.link(), blake))
        assert terminal.ends() == 0
    before, walt = key(folder, "blake"), key(folder, "walt")
    terminal = Terminal(folder, "mastodon", "--account", "blake")
    terminal.sees("blake: there is a key, keys/blake.json; --redo makes a new one.")
    assert terminal.ends() == 0
    terminal = Terminal(folder, "mastodon", "--account", "blake", "--redo", "--port", "0")
    terminal.types("")
    link = terminal.link()
    terminal.sees("paste its address here")
    terminal.types("https://elsewhere.example/?code=1&state=2")
    terminal.sees("That is not the address")
    terminal.types(consents(link, other))  # pasted, as on a machine without a browser
    terminal.sees(f"the key of @{other.name}")
    assert terminal.ends() == 0
    assert key(folder, "blake")["token"] != before["token"]
    assert key(folder, "walt") == walt


def test_a_code_is_typed_and_a_key_is_revoked(mastodon: Mastodon, tmp_path: Path) -> None:
    blake = mastodon.join("blake")
    arguments = ("mastodon", "--url", mastodon.url, "--account", "blake")
    terminal = Terminal(tmp_path, *arguments, "--pin", MASTODON_ALLOW_HTTP="true")
    terminal.types("")
    page = consents(terminal.link(), blake)
    code = re.search(r"code: (\S+?)<", page)
    assert code is not None
    terminal.types(code.group(1))
    terminal.sees(f"@{blake.name}")
    assert terminal.ends() == 0
    made = key(tmp_path, "blake")
    assert (made["network"], made["name"], made["url"], made["allow_http"]) == ("mastodon", "blake", mastodon.url, True)
    done = chinwag(tmp_path, "auth", *arguments, "--revoke", more={"MASTODON_ALLOW_HTTP": "true"})
    assert (done.returncode, done.stdout) == (0, "blake: the key is revoked, and gone from keys/blake.json.\n")
    assert "token" not in key(tmp_path, "blake")
    with pytest.raises(httpx.HTTPStatusError):
        Person(mastodon, "", made["token"]).asks("/api/v1/accounts/verify_credentials")


def test_what_goes_wrong_with_one_is_told_and_the_others_are_made(mastodon: Mastodon, folder: Path) -> None:
    blake = mastodon.join("blake")
    path = folder / "chinwag.toml"
    path.write_text(
        path.read_text().replace('name = "blake"', f'name = "blake"\nurl = "http://127.0.0.1:{free_port()}"')
    )
    terminal = Terminal(folder, "mastodon", "--all", "--port", "0")
    terminal.types("")
    terminal.sees("does not register the app: it does not answer (ClientConnectorError")
    terminal.types("")
    httpx.get(consents(terminal.link(), blake))
    terminal.sees("emily: the key of")
    terminal.types("")
    link = terminal.link()
    back = parse_qs(urlsplit(link).query)["redirect_uri"][0]
    state = parse_qs(urlsplit(link).query)["state"][0]
    httpx.get(f"{back}?{urlencode({'error': 'access_denied', 'state': state})}")
    terminal.sees("walt: consent was not given ('access_denied').")
    assert terminal.ends() == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("telegram", "--account", "a"), "telegram has no keys that are made so: chinwag auth takes mastodon or x"),
        (("mastodon",), "whose key? Give --account NAME, or --all"),
        (("mastodon", "--all"), "chinwag.toml has no such accounts"),
        (("mastodon", "--account", "../a"), "'../a' is no name of an account"),
        (("mastodon", "--account", "a"), "nobody is there to answer"),
        (("x", "--account", "a", "--revoke"), "the key keys/a.json cannot be read (No such file"),
    ],
)
def test_bad_input_is_one_sentence(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    done = chinwag(tmp_path, "auth", *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(f"chinwag: {words}")
    assert len(done.stderr.splitlines()) == 1


def test_without_an_instance_or_an_app_it_is_said_what_to_give(tmp_path: Path) -> None:
    done = chinwag(tmp_path, "auth", "mastodon", "--account", "a", text="\n")
    assert "which instance? Give --url" in done.stderr
    done = chinwag(tmp_path, "auth", "x", "--account", "a", text="\n")
    assert "X needs the app's own keys" in done.stderr
    assert not (tmp_path / "keys").exists()
