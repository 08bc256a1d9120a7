"""`chinwag run … --on xmpp` as a process on a real server: how it begins, how it ends, and what a kill costs."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.shell import EXAMPLES, chinwag
from tests.networks.xmpp_stage import BOT, Person, end, line, serving
from tests.servers.xmpp.prosody import Prosody

MEDBOT = EXAMPLES / "medbot.py"
ASK, NAG, PRAISE, GIVE_UP = "Hey buddy, did you take your insulin?", "How about now?", "That's great!", "I'm giving up!"
pytestmark = pytest.mark.timeout(120)


def soon(seconds: float) -> str:
    """A time on the wall."""
    return f"{datetime.now(UTC) + timedelta(seconds=seconds):%H:%M:%S}"


async def test_an_evening_of_medbot(prosody: Prosody, tmp_path: Path) -> None:
    settings = {"MEDBOT_TIME": soon(5), "MEDBOT_INTERVAL": "2"}
    async with Person(prosody, "alice") as alice, Person(prosody, "bob") as bob:
        with serving(prosody, tmp_path, MEDBOT, "--to", "alice@localhost", more=settings) as bot:
            await alice.hears(ASK)
            alice.says("yesterday")
            bob.says("yes")
            await alice.hears(NAG)
            alice.says("Yes, I did")
            await alice.hears(PRAISE)
            assert await end(bot) == 0
            assert bot.output == ""
        assert [m["body"] for m in bob.heard] == []


async def test_a_yes_to_a_bot_that_was_killed_is_found_again(prosody: Prosody, tmp_path: Path) -> None:
    settings = {"MEDBOT_TIME": soon(5), "MEDBOT_INTERVAL": "600"}
    async with Person(prosody, "alice") as alice:
        with serving(prosody, tmp_path, MEDBOT, "--to", "alice@localhost", more=settings) as bot:
            await alice.hears(ASK)
            bot.kill()  # the server holds the session, and whatever is said to it
        alice.says("no")
        alice.says("yes")
        with serving(prosody, tmp_path, MEDBOT, "--to", "alice@localhost", more=settings) as bot:
            await alice.hears(PRAISE)
            assert await end(bot) == 0
            assert bot.output == ""


async def test_an_operator_lets_somebody_in(prosody: Prosody, tmp_path: Path) -> None:
    (tmp_path / "chinwag.toml").write_text('[xmpp]\ncontacts = "ask"\n')
    async with Person(prosody, "alice") as alice, Person(prosody, "bob") as bob:
        with serving(prosody, tmp_path, MEDBOT) as bot:
            alice.send_presence_subscription(BOT)
            bob.send_presence_subscription(BOT)
            await line(bot, "bob@localhost wants to be a contact")
            await asyncio.to_thread(bot.kill)
        with serving(prosody, tmp_path, MEDBOT) as bot:
            await line(bot, "bob@localhost wants to be a contact")
            listed = await asyncio.to_thread(chinwag, tmp_path, "contacts")
            assert listed.stdout == "xmpp:medbot  alice@localhost\nxmpp:medbot  bob@localhost\n"
            done = await asyncio.to_thread(chinwag, tmp_path, "contacts", "accept", "alice@localhost")
            assert (done.returncode, done.stdout) == (0, "alice@localhost is a contact of xmpp:medbot\n")
            await alice.until(lambda: any(p["type"] == "subscribed" for p in alice.seen))
            done = await asyncio.to_thread(chinwag, tmp_path, "contacts", "refuse", "alice@localhost")
            assert (done.returncode, done.stdout) == (1, "")
            listed = await asyncio.to_thread(chinwag, tmp_path, "contacts", "--json")
            assert listed.stdout == '[{"account":"xmpp:medbot","address":"bob@localhost"}]\n'
            assert await end(bot) == 0
    assert "nobody serves" in (await asyncio.to_thread(chinwag, tmp_path, "contacts")).stderr


@pytest.mark.parametrize("words", [["accept"], ["list", "alice@localhost"]])
def test_who_is_meant_has_to_be_said(tmp_path: Path, words: list[str]) -> None:
    done = chinwag(tmp_path, "contacts", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("chinwag: say who: chinwag contacts accept ADDRESS")


def test_a_usage_error_is_one_sentence(tmp_path: Path) -> None:
    done = chinwag(tmp_path, "run", MEDBOT, "--on", "xmpp", more={"XMPP_JID": "medbot"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "chinwag: XMPP_JID is no address: it looks like bot@example.org, not 'medbot'\n"
