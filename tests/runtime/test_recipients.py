"""Who gets what schedules start: settings, people's own wishes, contacts by name, and zone data that changes."""

import shutil
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from chinwag import Bot, Chat, Texts, days, hours
from chinwag.core import recurrence, zones
from chinwag.core.values import Arrival
from chinwag.ports import Planned
from chinwag.runtime import recipients
from chinwag.testing import World, crash_everywhere, play

NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)
SUBSCRIBED = "Subscribed, in the time zone {}. /timezone changes it, /unsubscribe ends it."


def made(at: str = "20:00", name: str = "remind") -> Bot:
    bot = Bot("reminder", subscribers=True)

    async def remind(chat: Chat) -> None:
        await chat.say("it is time")

    remind.__qualname__ = name
    bot.daily(at)(remind)
    return bot


def rows(world: World) -> list[Planned]:
    found: list[Planned] = world.look("schedules_of", world.account, ("", "", ""), 1000)
    return found


def test_without_the_declaration_they_are_words_like_others() -> None:
    bot = Bot("plain", fallback="what?")
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("/subscribe")
        assert anna.hears() == ["what?"]
        assert "/subscribe" not in bot.help()
    assert "/timezone - Tell your time zone" in made().help()


def test_a_subscription_takes_effect_at_once_and_outlives_a_crash() -> None:
    with play(made(), start=NOON) as world:
        anna = world.user("anna")
        anna.says("/subscribe")
        assert anna.hears() == [SUBSCRIBED.format("UTC")]
        world.crash()
        world.passes(hours(8))
        assert anna.hears() == ["it is time"]
        anna.says("/unsubscribe")
        anna.says("/unsubscribe")
        world.passes(days(2))
        assert anna.hears() == ["Unsubscribed. /subscribe begins again."] * 2
        anna.says("/subscribe Asia/Tokyo")
        anna.says("/subscribe")
        assert anna.hears() == [SUBSCRIBED.format("Asia/Tokyo")] * 2
        assert [(r.name, r.zone) for r in rows(world)] == [("", "Asia/Tokyo"), ("remind", "Asia/Tokyo")]
        world.passes(hours(24))
        assert anna.hears() == ["it is time"]


def test_a_zone_is_checked_and_moves_the_next_run() -> None:
    with play(made(), start=NOON) as world:
        anna = world.user("anna")
        anna.says("/timezone")
        anna.says("/timezone Berlin")
        anna.says("/timezone Europe/Berlin")
        world.passes(days(1))
        assert anna.hears() == [
            "Your time zone is UTC.",
            "No time zone is called 'Berlin'; did you mean 'Europe/Berlin'?",
            "Your time zone is Europe/Berlin.",
        ]
        anna.says("/subscribe")
        assert anna.hears() == [SUBSCRIBED.format("Europe/Berlin")]
        world.passes(hours(5.9))
        assert anna.hears() == []
        anna.says("/timezone America/New_York")
        world.passes(hours(0.2))
        assert anna.hears() == ["Your time zone is America/New_York."]
        world.passes(hours(6))
        assert anna.hears() == ["it is time"]


def test_what_a_person_says_weighs_more_than_the_settings() -> None:
    with play(made(), start=NOON) as world:
        anna = world.user("anna")
        world.recipient(anna, zone="Europe/Berlin")
        anna.says("/timezone Asia/Tokyo")
        assert [r.zone for r in rows(world) if r.name] == ["Asia/Tokyo"]
        world.recipient(world.user("bob"))  # the settings have changed: all is compared anew
        assert [r.zone for r in rows(world) if r.name] == ["Asia/Tokyo", "UTC"]
        anna.says("/unsubscribe")
        world.recipient(world.user("carl"))
        assert [r.address for r in rows(world) if r.name] == [world.user(n).address for n in ("bob", "carl")]


def test_words_of_ones_own() -> None:
    bot = Bot("own", subscribers=True, texts=Texts(subscribed="Yes, {zone}! {0} %s", unsubscribed=""))
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("/subscribe")
        anna.says("/unsubscribe")
        assert anna.hears() == ["Yes, UTC! {0} %s"]


def test_another_schedule_is_for_all_who_have_subscribed() -> None:
    with play(made(), start=NOON) as world:
        for name in "abc":
            world.user(name).says("/subscribe")
        world.deploy(made("13:00", "earlier"))
        assert [r.name for r in rows(world)] == ["", "earlier"] * 3
        world.passes(hours(1))
        assert [world.user(name).hears()[1:] for name in "abc"] == [["it is time"]] * 3


def test_a_recipient_by_a_contacts_name() -> None:
    with play(made(), start=NOON) as world:
        anna = world.user("anna")
        account = world._alive().worker.accounts[world.account]
        account.named = (("Anna", "Europe/Berlin"),)
        found = Arrival(world.account, "anna", "anna", "Anna", event="recipient")
        world.arrives(found)
        world.arrives(found)
        world.passes(hours(6.1))
        assert anna.hears() == ["it is time"]
        anna.says("/unsubscribe")
        world.passes(days(2))
        assert anna.hears() == ["Unsubscribed. /subscribe begins again."]
        world.restart()  # the settings name nobody any more
        world.deploy(made("13:00"))
        assert [(r.name, r.spec) for r in rows(world)] == [("", "")]


def coming_and_going(world: World) -> None:
    anna, bob = world.user("anna"), world.user("bob")
    anna.says("/subscribe Europe/Berlin")
    bob.says("/subscribe")
    world.passes(hours(7.5))
    bob.says("/timezone Asia/Tokyo")
    anna.says("/unsubscribe")
    world.passes(days(1))
    assert anna.hears() == [SUBSCRIBED.format("Europe/Berlin"), "it is time", "Unsubscribed. /subscribe begins again."]
    assert bob.hears() == [SUBSCRIBED.format("UTC"), "Your time zone is Asia/Tokyo.", "it is time"]


def test_through_a_crash_everywhere() -> None:
    crash_everywhere(coming_and_going, bot=made())


def test_where_there_are_many_a_start_compares_only_what_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipients, "PAGE", 3)
    compared: list[Any] = []
    everybody = recipients.Recipients._everybody

    def counted(self: Any, account: Any) -> Any:
        compared.append(account)
        return everybody(self, account)

    monkeypatch.setattr(recipients.Recipients, "_everybody", counted)
    with play(made(), start=NOON) as world:
        for name in "abcdefg":
            world.user(name).says("/subscribe")
        world.restart()
        compared.clear()
        world.restart()
        world.crash()
        assert compared == []
        world.deploy(made("13:00", "earlier"))
        assert len(compared) == 1
        assert [r.name for r in rows(world)] == ["", "earlier"] * 7
        world.passes(hours(1))
        assert [world.user(name).hears()[1:] for name in "abcdefg"] == [["it is time"]] * 7


@pytest.fixture
def other_zones(tmp_path: Path) -> Iterator[Path]:
    """Zone data of one's own, in which Berlin is where it was until somebody moves it."""
    source = Path(str(files("tzdata") / "zoneinfo"))
    for name in ("Europe/Berlin", "Asia/Tokyo", "UTC"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        shutil.copy(source / name, tmp_path / name)
    (tmp_path / "+VERSION").write_text("2026a")
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([tmp_path])
    forget()
    yield tmp_path
    zoneinfo.reset_tzpath(before)
    forget()


def forget() -> None:
    """A new process would have read nothing yet."""
    zoneinfo.ZoneInfo.clear_cache()
    for cached in (zones.zone, zones.midnight, recurrence._odd_runs, recurrence.count):
        cached.cache_clear()


def test_zone_data_that_changes_moves_the_next_run(other_zones: Path) -> None:
    with play(made(), start=NOON) as world:
        anna = world.user("anna")
        anna.says("/subscribe Europe/Berlin")
        assert [datetime.fromtimestamp(r.due / 1e6, UTC).hour for r in rows(world) if r.name] == [18]
        shutil.copy(other_zones / "Asia" / "Tokyo", other_zones / "Europe" / "Berlin")  # Berlin moves to UTC+9
        (other_zones / "+VERSION").write_text("2026b")
        forget()
        world.restart()
        assert [datetime.fromtimestamp(r.due / 1e6, UTC).hour for r in rows(world) if r.name] == [11]
        anna.hears()
        world.passes(hours(23.1))
        assert anna.hears() == ["it is time"]


clock = Bot("clock")


@clock.daily("20:00")
async def tell(chat: Chat) -> None:
    await chat.ask(f"{chat.now().astimezone(chat.zone):%H:%M}, yes?")
    await chat.start(more)
    await chat.say(f"{chat.zone}")


@clock.on_command("more")
async def more(chat: Chat) -> None:
    await chat.say(f"more in {chat.zone}")


def an_evening_in_berlin(world: World) -> None:
    anna = world.user("anna")
    world.recipient(anna, zone="Europe/Berlin")
    world.passes(hours(7.5))
    anna.says("yes")
    anna.says("/more")
    assert sorted(anna.hears()) == ["20:00, yes?", "Europe/Berlin", "more in Europe/Berlin", "more in UTC"]


def test_a_conversation_has_the_zone_of_the_schedule_that_it_comes_from() -> None:
    crash_everywhere(an_evening_in_berlin, bot=clock)
