"""Where settings come from: a file, the environment, flags; and what is refused."""

from pathlib import Path

import pytest
from msgspec import Struct
from tests.cli.shell import EXAMPLES, chinwag

from chinwag.cli.configuration import configuration
from chinwag.cli.kind import Kind, Setup, gather
from chinwag.core.errors import UsageError
from chinwag.runtime.account import Account


class Settings(Struct, frozen=True):
    url: str = ""
    token: str = ""
    limit: int = 10

    def __post_init__(self) -> None:
        if self.url == "nowhere":
            raise UsageError("the url leads nowhere: write another")


def never_built(setup: Setup) -> Account:
    raise AssertionError(setup)


KIND = Kind(settings=Settings, build=never_built, environment={"url": "A_URL", "limit": "A_LIMIT"})


def test_what_comes_later_weighs_more() -> None:
    table = {"url": "file", "token": {"env": "A_TOKEN"}, "limit": 1}
    environment = {"A_URL": "variable", "A_TOKEN": "secret", "A_LIMIT": " "}
    assert gather(KIND, table, {}, environment) == Settings("variable", "secret", 1)
    assert gather(KIND, table, {"url": "flag"}, environment | {"A_LIMIT": "3"}) == Settings("flag", "secret", 3)


@pytest.mark.parametrize(
    ("table", "flags", "environment", "words"),
    [
        ({"tokn": "x"}, {}, {}, "chinwag.toml: there is no setting 'tokn': did you mean 'token'?"),
        ({}, {"web_hook": "x"}, {}, "--web-hook is not for this network: leave it out"),
        ({"token": {"env": "NONE"}}, {}, {}, "chinwag.toml takes a value from the variable 'NONE', which is not set"),
        ({"token": {"env": 3}}, {}, {}, "chinwag.toml takes a value from the variable 3, which is not set"),
        ({}, {}, {"A_LIMIT": "secret"}, "the setting 'limit' cannot be used: expected `int`, got `str`"),
        ({"token": ["secret"]}, {}, {}, "the setting 'token' cannot be used: expected `str`, got `array`"),
        ({"url": "nowhere"}, {}, {}, "the url leads nowhere: write another"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    table: dict[str, object], flags: dict[str, object], environment: dict[str, str], words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        gather(KIND, table, flags, environment)
    assert str(caught.value).startswith(words)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("telegramm = 1", "there is no setting 'telegramm': did you mean 'telegram'?"),
        ("telegram = 1", "telegram takes a table of settings, written [telegram]"),
        ("store = 1", "store takes a URL, such as sqlite:///bots.db"),
        ("store =", "is no TOML:"),
    ],
)
def test_a_file_that_nobody_understands(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "chinwag.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=str(path)) as caught:
        configuration(path)
    assert words in str(caught.value)


def test_a_file_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file or directory"):
        configuration(tmp_path / "none.toml")


def test_the_file_in_the_current_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "chinwag.toml").write_text('store = "sqlite:///here/talk.db"\n[telegram]\ntokn = "x"\n')
    said = chinwag(tmp_path, "run", EXAMPLES / "hello.py", "--on", "telegram")
    assert (said.returncode, said.stderr) == (
        2,
        "chinwag: chinwag.toml, [telegram]: there is no setting 'tokn': did you mean 'token'?\n",
    )
    done = chinwag(tmp_path, "run", EXAMPLES / "hello.py", "--on", "terminal", text="/start\nAnna\n")
    assert done.stdout == "What is your name?\nHello Anna!\n"
    assert (tmp_path / "here" / "talk.db").is_file()


def test_paths_in_a_file_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "bots").mkdir()
    (tmp_path / "bots" / "chinwag.toml").write_text('store = "sqlite:///talk.db"\n')
    chinwag(tmp_path, "run", EXAMPLES / "hello.py", "--on", "terminal", "--config", "bots/chinwag.toml", text="x\n")
    assert (tmp_path / "bots" / "talk.db").is_file()


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--webhook", "https://x.org"), "--webhook is not for this network: leave it out"),
        (("--port", "80"), "--port is where a webhook listens: leave it out"),
        (("--to", "anna"), "--to is for networks, and in the terminal there is only you: leave it out"),
    ],
)
def test_the_terminal_is_no_network(tmp_path: Path, option: tuple[str, str], words: str) -> None:
    said = chinwag(tmp_path, "run", EXAMPLES / "hello.py", "--on", "terminal", *option)
    assert (said.returncode, said.stderr) == (2, f"chinwag: {words}\n")
