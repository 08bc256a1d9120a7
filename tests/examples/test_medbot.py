"""MedBot, minute by minute, on ordinary evenings and on those when the clocks change."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from examples.medbot import bot

from chinwag import hours, minutes
from chinwag.core.values import Outgoing
from chinwag.ports import Receipt
from chinwag.testing import World, play, three_ways
from chinwag.testing.clock import moment
from chinwag.testing.network import SimulatedNetwork

ASK, NAG, PRAISE, GIVE_UP = "Hey buddy, did you take your insulin?", "How about now?", "That's great!", "I'm giving up!"


def test_an_evening_without_an_answer() -> None:
    with play(bot, start=datetime(2026, 1, 5, 19, 59, tzinfo=UTC)) as world:
        anna = world.user("anna")
        world.recipient(anna)
        assert anna.hears() == []
        world.passes(minutes(1))
        assert anna.hears() == [ASK]
        world.passes(minutes(19.9))
        assert anna.hears() == []
        world.passes(minutes(0.1))
        assert anna.hears() == [NAG]
        world.passes(minutes(20))
        assert anna.hears() == [NAG]
        world.passes(minutes(20))
        assert anna.hears() == [GIVE_UP]
        anna.says("yes")
        assert anna.hears() == []
        world.passes(hours(23))
        assert anna.hears() == [ASK]


@pytest.mark.parametrize("answer", ["Yes!", "yes I did", "YES"])
def test_yes(answer: str) -> None:
    with play(bot, start=datetime(2026, 1, 5, 19, 0, tzinfo=UTC)) as world:
        anna = world.user("anna")
        world.recipient(anna)
        anna.says("yes")
        world.passes(hours(1.5))
        anna.says(answer)
        assert anna.hears() == [ASK, NAG, PRAISE]
        world.passes(hours(3))
        assert anna.hears() == []


def test_other_replies_are_ignored_and_do_not_restart_the_clock() -> None:
    with play(bot, start=datetime(2026, 1, 5, 20, 0, tzinfo=UTC)) as world:
        anna, bob = world.user("anna", room="home"), world.user("bob", room="home")
        world.recipient(anna)
        world.passes(hours(24))
        world.passes(minutes(10))
        for text in ("yesterday", "no", "what?"):
            anna.says(text)
        bob.says("yes")
        world.passes(minutes(10))
        assert anna.hears() == [ASK, NAG]


# 20:00 in Berlin, in UTC: an hour earlier from the last Sunday of March on, an hour later from that of October.
@pytest.mark.parametrize(
    ("noon", "evenings"),
    [
        (datetime(2026, 3, 27, 12, tzinfo=UTC), ["27. 19:00", "28. 19:00", "29. 18:00", "30. 18:00"]),
        (datetime(2026, 10, 23, 12, tzinfo=UTC), ["23. 18:00", "24. 18:00", "25. 19:00", "26. 19:00"]),
    ],
)
def test_when_the_clocks_change(noon: datetime, evenings: list[str]) -> None:
    with play(bot, start=noon) as world:
        anna = world.user("anna")
        world.recipient(anna, zone="Europe/Berlin")
        heard = []
        for _ in range(4 * 24 * 4 - 1):
            world.passes(minutes(15))
            if ASK in anna.hears():
                heard.append(f"{world.at:%d. %H:%M}")
        assert heard == evenings


def test_each_in_their_own_zone() -> None:
    with play(bot, start=datetime(2026, 6, 30, 23, tzinfo=UTC)) as world:
        zones = {"anna": "Europe/Berlin", "bob": "America/New_York", "carl": "Asia/Kolkata"}
        for name, zone in zones.items():
            world.recipient(world.user(name), zone=zone)
        world.passes(hours(15.5))
        assert [world.user(name).hears() for name in zones] == [[], [ASK, NAG, NAG, GIVE_UP], [ASK]]
        world.passes(hours(3.5))
        assert world.user("anna").hears() == [ASK]


def test_a_downtime_over_the_evening() -> None:
    with play(bot, start=datetime(2026, 1, 5, 19, 30, tzinfo=UTC)) as world:
        anna = world.user("anna")
        world.recipient(anna)
        world.passes(0)
        world.crash(down=hours(1))
        assert anna.hears() == [ASK]  # half an hour late, which is within the grace
        world.crash(down=minutes(50))
        world.passes(minutes(20))
        assert anna.hears() == [NAG, NAG]
        world.crash(down=hours(48))
        assert anna.hears() == [GIVE_UP]


def two_evenings(world: World) -> None:
    anna, bob = world.user("anna"), world.user("bob")
    world.recipient(anna, zone="Europe/Berlin")
    world.recipient(bob, zone="Europe/London")
    world.passes(hours(7.5))
    anna.says("no")
    anna.says("Yes.")
    bob.says("not yet")
    world.passes(hours(2))
    world.passes(hours(23))
    bob.says("yes")
    assert bob.hears() == [ASK, NAG, NAG, GIVE_UP, ASK, NAG, PRAISE]
    assert anna.hears() == [ASK, NAG, PRAISE, ASK, NAG, NAG, GIVE_UP]


def test_through_a_crash_everywhere() -> None:
    three_ways(two_evenings, bot=bot)


def test_the_history_of_thirty_days() -> None:
    with play(bot, start=datetime(2026, 1, 5, 19, 0, tzinfo=UTC)) as world:
        anna = world.user("anna")
        world.recipient(anna)
        anna.says("/history")
        assert anna.hears() == ["There is nothing yet."]
        for evening in range(40):
            world.passes(hours(1.5))
            if evening % 2:
                anna.says("yes")
            world.passes(hours(22.5))
            world.crash()
        anna.hears()
        anna.says("/history")
        lines = anna.hears()[0].splitlines()
        assert len(lines) == 30
        assert lines[0] == "2026-01-15 20:00: given up"
        assert lines[-1] == "2026-02-13 20:00: taken at ask 2"


def test_the_history_is_told_by_the_clock_on_the_wall() -> None:
    with play(bot, start=datetime(2026, 3, 28, 12, tzinfo=UTC)) as world:  # in Berlin the clocks change in the night
        anna = world.user("anna")
        world.recipient(anna, zone="Europe/Berlin")
        for half_past_eight in (7.5, 6.5):
            world.passes(hours(half_past_eight))
            world.crash()  # the question is open, and the conversation is brought back
            anna.says("yes")
            world.passes(hours(24 - half_past_eight))
        anna.says("/timezone Asia/Tokyo")
        world.passes(hours(24))
        anna.hears()
        anna.says("/history")
        assert anna.hears() == [
            "2026-03-28 20:00: taken at ask 2\n2026-03-29 20:00: taken at ask 2\n2026-03-31 20:00: given up"
        ]


def test_whoever_subscribes_is_asked_in_their_own_zone() -> None:
    with play(bot, start=datetime(2026, 6, 30, 12, tzinfo=UTC)) as world:
        anna, bob = world.user("anna"), world.user("bob")
        anna.says("/subscribe Europe/Berlin")
        anna.hears()
        world.passes(hours(6.1))
        assert (anna.hears(), bob.hears()) == ([ASK], [])
        anna.says("yes")
        anna.says("/timezone America/New_York")
        assert anna.hears() == [PRAISE, "Your time zone is America/New_York."]
        world.passes(hours(6))
        assert anna.hears() == [ASK]
        anna.says("/unsubscribe")
        world.crash()
        world.passes(hours(48))
        assert anna.hears()[:1] == ["Unsubscribed. /subscribe begins again."]
        assert ASK not in anna.hears()


def test_a_cycle_that_fails_or_diverges_stops_no_later_day(monkeypatch: pytest.MonkeyPatch) -> None:
    with play(bot, start=datetime(2026, 1, 5, 19, 0, tzinfo=UTC)) as world:
        anna = world.user("anna")
        world.recipient(anna)
        monkeypatch.setattr("examples.medbot.ASK", [])  # nothing to choose from: an IndexError
        world.passes(hours(2))
        assert ASK not in anna.hears()
        monkeypatch.undo()
        world.passes(hours(23))
        assert anna.hears() == [ASK]
        assert [c.status for c in world.conversations()] == ["failed", "waiting"]
        monkeypatch.setattr("examples.medbot.yes", str)  # code that does not fit the cycle that is under way
        world.restart()
        anna.says("what?")
        monkeypatch.undo()
        monkeypatch.setattr("examples.medbot.ASKS", 1)
        world.passes(hours(24))
        assert ASK in anna.hears()


class Diary(SimulatedNetwork):
    """A network that writes down when each message was shown."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[str, str, datetime]] = []

    def deliver(self, message: Outgoing) -> Receipt:
        life = self.world._life  # within a run the world's own clock stands at its beginning
        assert life is not None
        self.shown.append((message.room, message.text, moment(self.world.start + life.loop.elapsed)))
        return super().deliver(message)


ZONES = {"anna": "Europe/Berlin", "bob": "America/New_York", "carl": "Australia/Lord_Howe"}


def test_a_year_in_three_zones_with_restarts_at_random() -> None:
    """365 evenings each, at 20:00 on the wall, none twice and none left out, through both changes of the clocks."""
    chance = Random(20)  # noqa: S311 - moments, no secrets
    diary = Diary()
    start = datetime(2026, 1, 1, 0, tzinfo=UTC)
    with play(bot, start=start, network=diary) as world:
        diary.world = world
        for name, zone in ZONES.items():
            world.recipient(world.user(name), zone=zone)
        restarts = 0
        while world.at < start + timedelta(days=365):
            world.passes(min(chance.expovariate(1 / 50_000), (start + timedelta(days=365) - world.at).total_seconds()))
            if chance.random() < 0.3:
                chance.choice([world.restart, world.crash, world.evict])()
                restarts += 1
            world.user(chance.choice([*ZONES])).says(chance.choice(["yes", "no", "hm"]))
        assert restarts > 150
        for name, zone in ZONES.items():
            evenings = [at.astimezone(ZoneInfo(zone)) for room, text, at in diary.shown if (room, text) == (name, ASK)]
            assert {f"{evening:%H:%M:%S}" for evening in evenings} == {"20:00:00"}
            assert len({evening.date() for evening in evenings}) == len(evenings) == 365
