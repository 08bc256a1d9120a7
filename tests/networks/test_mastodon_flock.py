"""A flock on an instance, by the real command: poems, a quarrel, an echo, and operators; stops, kills and faults."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.cli.shell import EXAMPLES, chinwag, command
from tests.networks.mastodon_stage import Mastodon, Person, text_of
from tests.networks.telegram_stage import Process

FLOCK = EXAMPLES / "flock"
TYGER = [line.strip() for line in (FLOCK / "poems/tyger.txt").read_text("utf-8").splitlines() if line.strip()]
HOPE = [line.strip() for line in (FLOCK / "poems/hope.txt").read_text("utf-8").splitlines() if line.strip()]
PATIENCE = 60.0
pytestmark = pytest.mark.timeout(300)


class Meadow:
    """A folder with a file of accounts, and the people that they are on the instance."""

    def __init__(self, mastodon: Mastodon, folder: Path) -> None:
        self.mastodon, self.folder = mastodon, folder
        self.accounts: dict[str, tuple[Person | None, str]] = {}
        self.more = ""

    def add(self, name: str, more: str = "", *, person: Person | None = None) -> Person:
        person = person or self.mastodon.join(name)
        self.accounts[name] = (person, f'token = "{person.token}"\n{more}\n')
        self.write()
        return person

    def write(self) -> None:
        head = f"""
store = "sqlite:///flock.db"
{self.more}
[defaults]
network = "mastodon"
bot = "{FLOCK}/sheep.py"
url = "{self.mastodon.url}"
allow_http = true
line_interval = 0.1
poem_interval = 0.1
"""
        tables = [f'[[accounts]]\nname = "{name}"\n{more}' for name, (_, more) in self.accounts.items()]
        (self.folder / "chinwag.toml").write_text(head + "".join(tables), encoding="utf-8")

    def run(self) -> Process:
        return Process(command("run", "--config", "chinwag.toml"), self.folder)

    def ask(self, *arguments: str) -> str:
        done = chinwag(self.folder, *arguments)
        return done.stdout + done.stderr

    def accounts_now(self) -> dict[str, dict[str, object]]:
        """How they fare; nothing while nobody serves them."""
        done = chinwag(self.folder, "ps", "--accounts", "--json")
        lines = json.loads(done.stdout) if done.returncode == 0 else []
        return {line["account"].partition(":")[2]: line for line in lines}


def wait(what: str, condition: Callable[[], bool]) -> None:
    """Wait until something is so on the other side of a wire."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"in vain: {what}"
        threading.Event().wait(0.05)


@pytest.fixture
def meadow(mastodon: Mastodon, tmp_path: Path) -> Iterator[Meadow]:
    yield Meadow(mastodon, tmp_path)
    mastodon.mend()


def _have(people: list[Person], lines: int) -> bool:
    return all(len(person.lines) >= lines for person in people)


def in_order(lines: list[str], poem: list[str]) -> bool:
    return lines == [poem[number % len(poem)].replace("&", "&amp;") for number in range(len(lines))]


def test_sheep_recite_and_one_without_a_poem_or_a_token_stops_nobody(meadow: Meadow) -> None:
    (meadow.folder / "empty.txt").touch()
    blake = meadow.add("blake")
    emily = meadow.add("emily", f'poem = "{FLOCK}/poems/hope.txt"')
    meadow.add("mute", 'poem = "empty.txt"')
    stranger = Person(meadow.mastodon, "stranger", "nonsense")
    meadow.add("stranger", person=stranger)
    with meadow.run() as process:
        wait("a whole poem", lambda: len(blake.lines) > len(TYGER) and len(emily.lines) > len(HOPE))
        accounts = meadow.accounts_now()
        assert {name: line["state"] for name, line in accounts.items() if name != "stranger"} == {
            "blake": "running",
            "emily": "running",
            "mute": "refused",
        }
        assert "the poem empty.txt has no lines" in str(accounts["mute"]["error"])
        assert "position" in str(accounts["blake"]["doing"])
        assert "chinwag auth" in str(accounts["stranger"]["error"])
        assert "nonsense" not in str(accounts)
        table = meadow.ask("ps", "--accounts")
        assert table.index("mastodon:mute") < table.index("mastodon:blake"), "those that need somebody come first"
        asked = time.monotonic()
        process.process.terminate()
        assert process.process.wait(20) == 0
        assert time.monotonic() - asked < 5, "a busy machine; one or two seconds is what it takes"
    assert in_order(blake.lines, TYGER)
    assert in_order(emily.lines, HOPE)
    assert "nonsense" not in "".join(process.lines)


def test_an_operator_stops_starts_and_changes_accounts_while_others_run_on(meadow: Meadow) -> None:
    blake = meadow.add("blake")
    other = meadow.add("other")
    with meadow.run():
        wait("some lines", lambda: len(blake.lines) > 3)
        assert meadow.ask("stop", "blake") == "mastodon:blake is stopped\n"
        said, others = blake.lines, len(other.lines)
        wait("the other's lines", lambda: len(other.lines) > others + 5)
        assert blake.lines == said
        assert meadow.accounts_now()["blake"]["state"] == "stopped"
        new = meadow.add("new")
        assert meadow.ask("reload") == "the file was read: 1 new, 0 changed, 0 gone, 0 tried again\n"
        wait("the new one's lines", lambda: len(new.lines) > 2)
        assert meadow.ask("start", "blake") == "mastodon:blake starts\n"
        wait("more lines", lambda: len(blake.lines) > len(said) + 3)
        assert "there is no account 'nobody'" in meadow.ask("stop", "nobody")
    assert all(in_order(person.lines, TYGER) for person in (blake, other, new))


def test_kills_and_faults_lose_no_line_and_double_none(meadow: Meadow) -> None:
    sheep = [meadow.add(f"sheep{number}") for number in range(5)]
    faults: list[tuple[str, dict[str, Any]]] = [
        ("malformed", {}),
        ("status", {"status": 503}),
        ("status", {"status": 500}),
        ("status", {"status": 429, "headers": {"Retry-After": "1"}}),
    ]
    for kind, more in faults:
        with meadow.run() as process:
            least = min(len(one.lines) for one in sheep) + 2
            wait("lines", partial(_have, sheep, least))
            meadow.mastodon.fault(kind, 5, **more)
            wait("more lines", partial(_have, sheep, least + 2))
            process.process.kill()
            process.process.wait()
    assert all(in_order(one.lines, TYGER) for one in sheep)


def test_two_quarrel_and_one_answers_with_its_next_line(meadow: Meadow) -> None:
    voice, paper = meadow.mastodon.join("voice"), meadow.mastodon.join("paper")
    bot = f'bot = "{FLOCK}/quarreller.py"\n'
    given = f'{bot}opinions = "{FLOCK}/opinions/for.txt"\nrival = "{paper.name}"\nopens = true\npatience = 3'
    meadow.add("voice", given, person=voice)
    meadow.add("sheep")
    meadow.add("paper", f'{bot}opinions = "{FLOCK}/opinions/against.txt"\nrival = "{voice.name}"', person=paper)
    echo = meadow.add("echo", f'bot = "{FLOCK}/answerer.py"')
    fan = meadow.mastodon.join("fan")
    with meadow.run():
        wait("the quarrel's end", lambda: len(voice.lines) == 7 and len(paper.lines) == 6)
        asked = fan.says(f"@{echo.name} go on")
        wait("an answer", lambda: len(fan.mentions) == 1)
        fan.says(f"@{echo.name} more")
        wait("another", lambda: len(fan.mentions) == 2)
    assert [HOPE[0] in text_of(fan.mentions[0]), HOPE[1] in text_of(fan.mentions[1])] == [True, True]
    assert fan.mentions[0]["in_reply_to_id"] == asked
    posts = {post["id"]: post for post in (*voice.posts, *paper.posts)}
    thread = [post for post in posts.values() if post["in_reply_to_id"]]
    assert len(thread) == 12, "all but the first are replies"
    assert all(post["in_reply_to_id"] in posts for post in thread)


@pytest.mark.soak
def test_an_operator_hears_of_one_that_is_given_up(meadow: Meadow) -> None:
    boss = meadow.mastodon.join("boss")
    ops = meadow.add("ops", f'bot = "{FLOCK}/answerer.py"')
    assert ops.name
    meadow.more = f'operator = "mastodon:ops/{boss.name}/{boss.name}"'
    stranger = Person(meadow.mastodon, "stranger", "nonsense")
    meadow.add("stranger", person=stranger)
    with meadow.run():
        wait("the notice", lambda: bool(boss.mentions))
    assert "mastodon:stranger is given up after 5 quick failures" in text_of(boss.mentions[0])
