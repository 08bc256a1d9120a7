"""A file of accounts: which mistake concerns whom, what weighs more, and what a key file must be."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chinwag.cli.configuration import configuration
from chinwag.cli.flock import flock
from chinwag.cli.kind import Kind, Setup
from chinwag.cli.rehearsal import rehearse
from chinwag.core.errors import ChinwagError, UsageError
from chinwag.core.values import Address
from chinwag.runtime.account import Account
from chinwag.runtime.fold import Flock

SHEEP = """
from dataclasses import dataclass
from pathlib import Path
from chinwag import Bot, Chat, File

@dataclass(frozen=True)
class Sheep:
    poem: File = str(Path(__file__).parent / "tyger.txt")
    line_interval: float = 30.0
    token_of_love: str = ""

    def check(self) -> None:
        if not Path(self.poem).read_text():
            raise ValueError(f"the poem {self.poem} is empty")

bot = Bot("sheep", settings=Sheep)
"""
PLAIN = """
from chinwag import Bot
bot = Bot("plain")
"""
TOKEN = "123456:ABC-DEF"  # noqa: S105 - nobody's
HEAD = """
[defaults]
network = "telegram"
bot = "fold_sheep.py"
token = "123456:ABC-DEF"
"""


@pytest.fixture(autouse=True)
def modules() -> Iterator[None]:
    path = list(sys.path)
    yield
    sys.path[:] = path
    for name in ("fold_sheep", "fold_plain"):
        sys.modules.pop(name, None)


class Place:
    """A folder with a file of accounts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("fold_sheep.py", SHEEP)
        self.write("fold_plain.py", PLAIN)
        self.write("tyger.txt", "Tyger\n")
        self.setups: dict[str, Setup] = {}

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def key(self, name: str, text: str, mode: int = 0o600) -> Path:
        path = self.write(f"keys/{name}.json", text)
        path.chmod(mode)
        return path

    def read(self, text: str) -> Flock:
        return flock(configuration(self.write("chinwag.toml", text)), "flock.db", self._build)

    def strictly(self, text: str) -> Flock:
        """As it is read to be served."""
        return flock(configuration(self.write("chinwag.toml", text)), "flock.db")

    def _build(self, kind: Kind, setup: Setup) -> Account:
        self.setups[setup.name] = setup
        return rehearse(kind, setup)

    def settings(self, text: str) -> dict[str, Any]:
        """By account, the bot's settings."""
        found = {}
        for plan in self.read(text).plans:
            given = plan.made().manner.settings
            found[plan.name] = given.value if given is not None else None
        return found

    def troubles(self, found: Flock) -> dict[str, str]:
        troubles = {}
        for plan in found.plans:
            try:
                plan.made()
            except ChinwagError as error:
                troubles[plan.name.partition(":")[2]] = str(error).replace(f"{self.folder}/", "")
        return troubles


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


# -- what weighs more


def test_the_account_weighs_more_than_its_key_the_defaults_and_the_network(place: Place) -> None:
    place.key("b", '{"line_interval": 3, "poem": "own.txt"}')
    place.write("keys/own.txt", "Own\n")
    found = place.settings("""
[telegram]
token = "123456:ABC-DEF"
line_interval = 1.0
[defaults]
network = "telegram"
bot = "fold_sheep.py"
line_interval = 2.0
[[accounts]]
name = "a"
[[accounts]]
name = "b"
key = "keys/b.json"
[[accounts]]
name = "c"
key = "keys/b.json"
line_interval = 4.0
poem = "tyger.txt"
""")
    assert {name: one.line_interval for name, one in found.items()} == {
        "telegram:a": 2.0,
        "telegram:b": 3.0,
        "telegram:c": 4.0,
    }
    assert found["telegram:a"].poem == str(place.folder / "tyger.txt")
    assert found["telegram:b"].poem == str(place.folder / "keys/own.txt"), "a path counts from the file it stands in"
    assert found["telegram:c"].poem == str(place.folder / "tyger.txt")


def test_a_folder_of_keys_is_a_flock(place: Place) -> None:
    place.key("a", f'{{"token": "{TOKEN}"}}')
    place.key("b", '{"name": "bee", "bot": "../fold_plain.py"}')
    found = place.read('keys = "keys"\n' + HEAD.replace('token = "123456:ABC-DEF"\n', ""))
    assert [plan.name for plan in found.plans] == ["telegram:a", "telegram:bee"]
    assert place.troubles(found) == {}
    assert place.setups["telegram:a"].settings.token == TOKEN
    assert place.setups["telegram:bee"].bot.name == "plain"


def test_a_value_may_be_that_of_a_variable(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEAD + '[[accounts]]\nname = "a"\ntoken = { env = "A_TOKEN" }\n[[accounts]]\nname = "b"\n'
    found = place.troubles(place.strictly(text))
    assert found == {
        "a": "chinwag.toml, the account a: it takes a value from the variable 'A_TOKEN', which is not set: set it"
    }
    monkeypatch.setenv("A_TOKEN", "nonsense")
    assert "is no token" in place.troubles(place.strictly(text))["a"]
    monkeypatch.setenv("A_TOKEN", TOKEN)
    place.troubles(place.read(text))
    assert place.setups["telegram:a"].settings.token == TOKEN


def test_the_variables_of_one_bot_are_not_those_of_many(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_API_KEY", "9:other")
    place.troubles(place.read(HEAD + '[[accounts]]\nname = "a"\n'))
    assert place.setups["telegram:a"].settings.token == TOKEN


def test_defaults_serve_those_who_know_them(place: Place) -> None:
    found = place.settings(
        HEAD + 'line_interval = 5\n[[accounts]]\nname = "a"\n[[accounts]]\nname = "b"\nbot = "fold_plain.py"\n'
    )
    assert found["telegram:a"].line_interval == 5.0
    assert found["telegram:b"] is None


# -- mistakes in the file


@pytest.mark.parametrize(("text", "words"), [
    ('[defaults]\nnetwork = "telegram"\n[[accounts]]\nbot = "fold_plain.py"\n', "the account number 1 needs a name"),
    ('[[accounts]]\nname = "a"\n', 'the account a needs a network, such as network = "mastodon"'),
    (HEAD + '[[accounts]]\nname = "a/b"\n', "has the name 'a/b', which has other characters"),
    (HEAD + '[[accounts]]\nname = "a"\n' * 2, "has two accounts called a on telegram: rename one"),
    (HEAD + '[[accounts]]\nname = "a"\nline_intervall = 3\n', "no setting 'line_intervall': did you mean"),
    (HEAD + 'poam = "x"\n[[accounts]]\nname = "a"\n', "no account knows the key 'poam' of [defaults]"),
    (HEAD + 'start_jitter = -1\n[[accounts]]\nname = "a"\n', "start_jitter takes seconds, from 0 to 86400"),
    (HEAD + '[[accounts]]\nname = "a"\nnetwork = "terminal"\n', "a terminal is one person's: chinwag chat talks there"),
    ("acounts = []\n", "there is no setting 'acounts': did you mean 'accounts'?"),
    ("accounts = 3\n", "accounts takes tables, each written [[accounts]]"),
    ("accounts = [3]\n", "accounts takes tables, each written [[accounts]]"),
    ('operator = "me"\n' + HEAD + '[[accounts]]\nname = "a"\n', "operator: an address is written account/room/user"),
    ('keys = "nowhere"\n' + HEAD, "there is no folder"),
    ("port = true\n" + HEAD, "port takes a number, such as 8080"),
])  # fmt: skip
def test_a_mistake_in_the_file_is_told_in_a_sentence(place: Place, text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        place.read(text)
    assert words in str(caught.value)
    assert str(caught.value).startswith(str(place.folder / "chinwag.toml"))


# -- mistakes that concern one account


@pytest.mark.parametrize(("account", "words"), [
    ('bot = "missing.py"', "there is no file missing.py: write path.py, path.py:bot or package.module:bot"),
    ('network = "telegramm"', "there is no network 'telegramm', did you mean 'telegram'?"),
    ('poem = "nothing.txt"', "the poem nothing.txt is empty"),
    ('poem = "nowhere.txt"', "nowhere.txt cannot be read: No such file or directory"),
    ('line_interval = "soon"', "the setting 'line_interval' cannot be used: expected `float`, got `str`"),
    ('token = "nonsense"', "is no token"),
    ('to = "me"', "to takes a list of recipients"),
])  # fmt: skip
def test_what_concerns_one_account_stops_no_other(place: Place, account: str, words: str) -> None:
    place.write("nothing.txt", "")
    found = place.strictly(
        HEAD + f'[[accounts]]\nname = "bad"\n{account}\n[[accounts]]\nname = "good"\nbot = "fold_plain.py"\n'
    )
    ((name, told),) = place.troubles(found).items()
    assert name == "bad"
    assert words in told


@pytest.mark.parametrize(("text", "mode", "words"), [
    ('{"token": "secret"}', 0o640, "the key keys/a.json can be read by others (mode 0640): chmod 600 "),
    ("token secret", 0o600, "the key keys/a.json is no JSON object"),
    ('["secret"]', 0o600, "the key keys/a.json is no JSON object"),
    ('{"tokn": "secret"}', 0o600, "the key keys/a.json: there is no setting 'tokn': did you mean 'token'?"),
    ("{" + " " * 70_000 + "}", 0o600, "the key keys/a.json has 70,002 bytes, and a key has 65,536 at most"),
])  # fmt: skip
def test_a_key_file_that_is_no_good_is_named(place: Place, text: str, mode: int, words: str) -> None:
    place.key("a", text, mode)
    place.key("b", "{}")
    found = place.troubles(place.strictly('keys = "keys"\n' + HEAD))
    assert list(found) == ["a"]
    assert words in found["a"]
    assert "secret" not in found["a"]


def test_a_key_that_is_not_there_is_named(place: Place) -> None:
    found = place.troubles(place.read(HEAD + '[[accounts]]\nname = "a"\nkey = "keys/a.json"\n'))
    assert found == {"a": "the key keys/a.json cannot be read (No such file or directory): `chinwag auth` writes one"}


def test_a_pipe_is_no_key(place: Place) -> None:
    (place.folder / "keys").mkdir()
    os.mkfifo(place.folder / "keys" / "a.json", 0o600)
    writer = os.open(place.folder / "keys" / "a.json", os.O_RDWR)
    try:
        found = place.troubles(place.read(HEAD + '[[accounts]]\nname = "a"\nkey = "keys/a.json"\n'))
    finally:
        os.close(writer)
    assert found == {"a": "the key keys/a.json is no file"}


# -- what is told apart


def test_an_account_that_is_given_something_else_is_another(place: Place) -> None:
    def digests(text: str) -> list[str]:
        return [plan.digest for plan in place.read(HEAD + text).plans]

    two = '[[accounts]]\nname = "a"\n[[accounts]]\nname = "b"\n'
    before = digests(two)
    assert digests(two) == before
    after = digests(two + "line_interval = 3\n")
    assert (after[0], after[1] == before[1]) == (before[0], False)
    assert all(TOKEN not in repr(plan) for plan in place.read(HEAD + two).plans)


def test_the_operator_is_an_address(place: Place) -> None:
    found = place.read('operator = "telegram:a/42/42"\n' + HEAD + '[[accounts]]\nname = "a"\n')
    assert found.operator == Address("telegram:a", "42", "42")


def test_recipients_may_be_addresses_and_have_a_zone(place: Place) -> None:
    (plan,) = place.read(HEAD + '[[accounts]]\nname = "a"\nto = ["42@Europe/Berlin", "me@example.org/me"]\n').plans
    assert [address for address, _ in plan.made().recipients] == ["telegram:a/42/42", "telegram:a/me@example.org/me"]
