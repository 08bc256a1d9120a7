"""Hundreds of games at once on LINE, driven at the webhook: every word is checked, also through kills."""

import asyncio
import json
import random
import sys
from pathlib import Path

import pytest
from tests.cli.shell import chinwag
from tests.networks.line_game import HINT, Player, play_all
from tests.networks.line_stage import Person, Serving
from tests.servers.line.line_emulator import LineEmulator
from tests.servers.line.line_events import event, group_id, room_id, says, source, user_id

pytestmark = pytest.mark.timeout(300)
ANN, BOB, GROUP = user_id(1), user_id(2), group_id(1)


def crowd(line: LineEmulator, url: str, users: int, groups: int) -> list[Player]:
    """Users in groups, some of which are multi-person chats."""
    rooms = [room_id(number) if number % 5 == 0 else group_id(number) for number in range(groups)]
    return [Player(line, url, user_id(number), rooms[number % groups], number) for number in range(users)]


async def played(folder: Path, users: int, groups: int, prism: str = "") -> None:
    """All play at once; afterwards nobody has anything open, and nothing was a push."""
    async with LineEmulator(prism) as line:
        serving = Serving(line, folder)
        await serving.begin()
        players = crowd(line, serving.url, users, groups)
        await play_all(players)
        assert all(player.over for player in players)
        assert line.called("/push") == [], "everything answered something"
        assert line.violations == []
        said = sum(len(texts) for texts in line.answers.values())
        assert said == sum(len(line.chats[player.room]) for player in {p.room: p for p in players}.values())
        assert await serving.end() == 0
        assert serving.output == ""


async def test_many_games_in_groups_do_not_mix(tmp_path: Path) -> None:
    await played(tmp_path, 60, 12)


@pytest.mark.soak
@pytest.mark.timeout(1200)
async def test_five_hundred_games_in_fifty_groups_do_not_mix(prism: str, tmp_path: Path) -> None:
    await played(tmp_path, 500, 50, prism)


async def killed(folder: Path, users: int, kills: int) -> str:
    """Kill the server while all play in direct chats; nobody sees anything twice, and every game ends rightly."""
    chance = random.Random()  # noqa: S311 - moments, no secrets
    async with LineEmulator() as line:
        serving = Serving(line, folder)
        await serving.begin()
        players = [Player(line, serving.url, user_id(number), "", number) for number in range(users)]
        playing = asyncio.create_task(play_all(players))
        for part in range(1, kills + 1):
            enough = users * 8 * part // (kills + 1) + chance.randint(0, users // 4)
            await line.wait_for(lambda enough=enough: sum(map(len, line.chats.values())) >= enough, 120)  # type: ignore[misc]
            assert not playing.done(), "too early to be killed in the middle"
            await serving.kill()
            await serving.begin()
        await playing
        assert all(player.over for player in players)
        assert await serving.end() == 0
        for player in players:
            assert line.texts(player.user) == player.expected, "nothing comes behind the end, and nothing twice"
        tallies = json.loads(chinwag(folder, "ps", "--json").stdout)["tallies"]
        again = sum(player.redeliveries for player in players)
        pushes = sum(player.pushes for player in players)
        used = len(line.called("/push"))
        doubled = tallies["messages_doubled"]
        return (
            f"{users} games, {kills} kills, {pushes} messages, {again} redeliveries, {used} pushes, {doubled} doubled"
        )


async def test_kills_in_the_middle_of_many_games(tmp_path: Path) -> None:
    sys.stdout.write(await killed(tmp_path, 40, 1))


@pytest.mark.soak
@pytest.mark.timeout(1200)
async def test_kills_in_the_middle_of_five_hundred_games(tmp_path: Path) -> None:
    sys.stdout.write(await killed(tmp_path, 500, 5))


# -- what a group hears ------------------------------------------------------------------------------------------------

HURRIED = """
from chinwag import Bot, Chat
bot = Bot("guess", fallback="input 'guess' to play the game!")

@bot.on_text("guess")
async def guess(chat: Chat) -> None:
    await chat.ask("From what number?", int, retry="Please input an integer.", timeout=0.5)
    await chat.say("taken")
"""


async def test_timeouts_are_pushed_and_a_late_answer_is_the_answer_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "hurried.py").write_text(HURRIED)
    async with LineEmulator() as line:
        serving = Serving(line, tmp_path, example=tmp_path / "hurried.py")
        await serving.begin()
        ann, bob = Person(serving, ANN, GROUP), Person(serving, BOB)
        await ann.says("guess")
        await ann.hears("From what number?", "Timeout")
        await bob.says("guess")
        await bob.hears("From what number?", "Timeout")
        assert [body["to"] for body in line.called("/push")] == [GROUP, BOB]
        await ann.says("7")  # a group is silent
        await bob.says("7")
        await bob.hears(HINT)
        assert line.texts(GROUP) == ["From what number?", "Timeout"]
        assert await serving.end() == 0


async def test_a_group_is_spoken_to_only_when_it_is_asked(tmp_path: Path) -> None:
    async with LineEmulator() as line:
        serving = Serving(line, tmp_path)
        await serving.begin()
        for one in (
            says(ANN, "hello", GROUP),
            event("join", source(room=GROUP), replyToken="0" * 32),
            event("memberJoined", source(room=GROUP), replyToken="1" * 32, joined={"members": [source(ANN)]}),
            event("leave", source(room=GROUP)),
        ):
            assert await line.deliver(serving.url, one) == 200
        ann = Person(serving, ANN)
        await ann.says("hello")
        await ann.hears(HINT)
        assert line.texts(GROUP) == []
        assert await serving.end() == 0
