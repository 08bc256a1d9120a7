"""The shepherd: whatever happens to one account, all others run on; and what it has stays, wherever it stopped."""

import asyncio
import logging
from pathlib import Path

import pytest
from tests.runtime.pasture import POEM, Pasture, poet

from chinwag import Bot, Chat
from chinwag.core.errors import RateLimited, Unreachable
from chinwag.runtime.shepherd import MOST_QUICK


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "flock.db"


# -- starts


def test_accounts_start_spread_out_and_each_recites(store: Path) -> None:
    with Pasture(store) as pasture:
        words = pasture.tend(pasture.plan("a", poet()), pasture.plan("b", poet(), jitter=20_000_000))
        assert words == "2 new, 0 changed, 0 gone, 0 tried again"
        pasture.passes(5)
        assert pasture.fates() == {"a": "running", "b": "waiting"}
        pasture.passes(60)
        assert pasture.starts == [(0.0, "meadow:a"), (10.0, "meadow:b")]
        assert pasture.words("a") == list(POEM[:3])
        assert pasture.words("b") == list(POEM[:2])


def test_one_that_cannot_be_made_stops_nobody(store: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Pasture(store) as pasture:
        pasture.tend(
            pasture.plan("a", poet(), trouble="keys/a.json cannot be read: write it with chinwag auth"),
            pasture.plan("b", poet()),
        )
        pasture.passes(1)
        assert pasture.fates() == {"a": "refused", "b": "running"}
        assert pasture.lines()["a"].error == "keys/a.json cannot be read: write it with chinwag auth"
        assert "meadow:a does not start: keys/a.json cannot be read" in caplog.text
        pasture.passes(3600)
        assert pasture.fates()["a"] == "refused", "waiting mends no file"
        assert "1 tried again" in pasture.tend(pasture.plan("a", poet()), pasture.plan("b", poet()))
        pasture.passes(1)
        assert pasture.fates() == {"a": "running", "b": "running"}


def test_one_whose_network_takes_for_ever_holds_up_nobody(store: Path) -> None:
    with Pasture(store) as pasture:
        pasture.hanging.add("meadow:a")
        pasture.tend(pasture.plan("a", poet()), pasture.plan("b", poet()))
        pasture.passes(1)
        assert pasture.fates() == {"a": "starting", "b": "running"}
        assert pasture.orders("stop", "b") == ("meadow:b is stopped", True)


# -- failures


def test_one_that_fails_is_started_again_later_each_time_and_given_up_at_last(
    store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Pasture(store) as pasture:
        pasture.operator("ops")
        pasture.bad["meadow:a"] = ConnectionError("no such host")
        pasture.tend(pasture.plan("a", poet()), pasture.plan("b", poet()), pasture.plan("ops", Bot("ops")))
        pasture.passes(600)
        starts = [at for at, name in pasture.starts if name == "meadow:a"]
        assert starts == [0.0, 1.5, 6.0, 19.5, 60.0]
        assert len(starts) == MOST_QUICK
        assert pasture.fates()["a"] == "given up"
        told = (
            "meadow:a is given up after 5 quick failures, the last: no such host. `chinwag start meadow:a` tries again."
        )
        assert told in caplog.text
        assert [text for *_, room, text in pasture.said if room == "ops"] == [told]
        assert len(pasture.words("b")) == 21, "the others run on"
        del pasture.bad["meadow:a"]
        assert pasture.orders("start", "a") == ("meadow:a starts", True)
        pasture.passes(1)
        assert pasture.fates()["a"] == "running"


def test_a_failure_after_a_long_life_is_no_quick_one(store: Path) -> None:
    with Pasture(store) as pasture:
        pasture.tend(pasture.plan("a", poet()))
        for _ in range(MOST_QUICK + 1):
            pasture.passes(100)
            assert pasture.fates() == {"a": "running"}
            pasture.networks["a"].fails("the token was revoked")
            pasture.passes(0.1)
            assert pasture.fates() == {"a": "restarting"}
            assert pasture.lines()["a"].error == "the token was revoked"
        pasture.passes(10)
        assert pasture.fates() == {"a": "running"}


def test_what_a_network_cannot_do_now_is_no_failure_of_the_account(store: Path) -> None:
    with Pasture(store) as pasture:
        pasture.tend(pasture.plan("a", poet()))
        pasture.passes(1)
        network = pasture.networks["a"]
        for trouble in (RateLimited("slow down", 5.0), Unreachable("503")):
            network.trouble = trouble
            pasture.passes(100)
            line = pasture.lines()["a"]
            assert (line.state, line.error, line.pending) == ("running", str(trouble), 1)
            network.trouble = None
            pasture.passes(100)
            assert pasture.lines()["a"].error == ""
        lines = pasture.words("a")
        assert lines == [POEM[number % len(POEM)] for number in range(len(lines))]
        assert len(pasture.starts) == 1


def test_no_line_is_lost_or_doubled_by_failures_and_stops(store: Path) -> None:
    with Pasture(store) as pasture:
        pasture.tend(pasture.plan("a", poet()))
        for step in range(40):
            pasture.passes(17)
            if step % 3 == 0:
                pasture.networks["a"].fails("gone")
            elif step % 3 == 1:
                pasture.orders("stop", "a")
                pasture.passes(11)
                pasture.orders("start", "a")
        lines = pasture.words("a")
        assert len(lines) > 15
        assert lines == [POEM[number % len(POEM)] for number in range(len(lines))]


# -- stops


def test_a_stopped_account_says_nothing_hears_nothing_and_goes_on_where_it_was(store: Path) -> None:
    with Pasture(store) as pasture:
        pasture.tend(pasture.plan("a", poet()), pasture.plan("b", poet()))
        pasture.passes(40)
        before, first = pasture.words("a"), pasture.networks["a"]
        assert pasture.orders("stop", "meadow:a") == ("meadow:a is stopped", True)
        assert first.stopped
        assert pasture.worker.table.live.keys() == {2}, "its conversations have left memory"
        acknowledged: list[str] = []
        first.says("hello", lambda: acknowledged.append("x"))
        pasture.passes(300)
        assert (pasture.words("a"), acknowledged) == (before, [])
        assert pasture.orders("stop", "a") == ("meadow:a is stopped already", False)
        assert pasture.orders("start", "a") == ("meadow:a starts", True)
        pasture.passes(1)
        assert pasture.orders("start", "a") == ("meadow:a runs already", False)
        assert pasture.words("a") == list(POEM[:3])
        assert len(pasture.words("b")) == 12


def test_a_message_on_its_way_is_waited_for_and_decided(store: Path) -> None:
    with Pasture(store) as pasture:
        pasture.tend(pasture.plan("a", poet()))
        pasture.passes(1)
        network = pasture.networks["a"]
        network.slow = asyncio.Event()
        pasture.passes(30)
        assert pasture.worker.outbox.is_flying("meadow:a")
        stopping = pasture.loop.create_task(pasture.shepherd.stop("a"))
        pasture.passes(1)
        assert not stopping.done()
        network.slow.set()
        pasture.passes(0)
        assert stopping.done()
        pasture.orders("start", "a")
        pasture.passes(60)
        assert pasture.words("a") == list(POEM[:4])


def test_a_message_that_never_ends_holds_up_a_stop_for_two_seconds(store: Path) -> None:
    with Pasture(store) as pasture:
        pasture.tend(pasture.plan("a", poet()))
        pasture.passes(1)
        pasture.networks["a"].slow = asyncio.Event()
        pasture.passes(30)
        before = pasture.seconds
        assert pasture.orders("stop", "a")[1]
        assert pasture.seconds - before == 2.0
        pasture.orders("start", "a")
        pasture.passes(60)
        assert pasture.words("a") == [POEM[0], POEM[1], POEM[2], POEM[3]], "it may have arrived, and is sent again"


def test_an_answer_that_came_before_a_stop_is_known_after_it(store: Path) -> None:
    with Pasture(store) as pasture:
        pasture.tend(pasture.plan("a", poet()))
        pasture.passes(1)
        pasture.networks["a"].says("hello")
        pasture.passes(1)
        pasture.orders("stop", "a")
        pasture.orders("start", "a")
        pasture.passes(1)
        pasture.networks["a"].says("Ann")
        pasture.passes(1)
        assert pasture.words("a")[-2:] == ["Your name?", "Who are you? Ann"]


def test_an_unknown_account_and_one_of_several_names_are_told(store: Path) -> None:
    with Pasture(store) as pasture:
        pasture.tend(pasture.plan("a", poet()))
        assert pasture.orders("stop", "z") == ("there is no account 'z': `chinwag ps --accounts` lists them", False)
        assert pasture.orders("start", "z")[1] is False


# -- the file changes


def test_a_file_that_changes_moves_only_what_changed(store: Path) -> None:
    with Pasture(store) as pasture:
        a, b, c = (pasture.plan(name, poet(), digest="1") for name in "abc")
        pasture.tend(a, b, c)
        pasture.passes(40)
        starts = len(pasture.starts)
        d = pasture.plan("d", poet())
        assert pasture.tend(a, pasture.plan("b", poet(), digest="2"), d) == "1 new, 1 changed, 1 gone, 0 tried again"
        pasture.passes(60)
        assert [name for _, name in pasture.starts[starts:]] == ["meadow:b", "meadow:d"]
        assert pasture.fates() == {"a": "running", "b": "running", "d": "running"}
        assert [len(pasture.words(name)) for name in "abcd"] == [4, 4, 2, 3]


def test_one_that_was_stopped_stays_so_whatever_the_file_says_until_it_is_started(store: Path) -> None:
    with Pasture(store) as pasture:
        plan = pasture.plan("a", poet(), digest="1")
        pasture.tend(plan)
        pasture.passes(1)
        pasture.orders("stop", "a")
        pasture.tend(plan)
        pasture.passes(60)
        assert pasture.fates() == {"a": "stopped"}
        assert pasture.tend(pasture.plan("a", poet(), digest="2")) == "0 new, 1 changed, 0 gone, 0 tried again"
        pasture.passes(60)
        assert pasture.fates() == {"a": "stopped"}
        pasture.tend()
        pasture.tend(plan)
        pasture.passes(60)
        assert pasture.fates() == {"a": "stopped"}
        assert pasture.orders("start", "a") == ("meadow:a starts", True)
        pasture.passes(1)
        assert pasture.fates() == {"a": "running"}


@pytest.mark.parametrize("how", ["end", "dies"])
def test_one_that_was_stopped_stays_so_over_a_restart_until_it_is_started(store: Path, how: str) -> None:
    elapsed = 0
    for number in range(3):
        with Pasture(store, elapsed=elapsed) as pasture:
            pasture.tend(pasture.plan("a", poet()), pasture.plan("b", poet(), jitter=20_000_000))
            pasture.passes(50)
            if number == 0:
                assert pasture.orders("stop", "a") == ("meadow:a is stopped", True)
            assert pasture.fates() == {"a": "running" if number == 2 else "stopped", "b": "running"}
            if number == 1:
                assert pasture.words("a") == []
                assert pasture.orders("stop", "a") == ("meadow:a is stopped already", False)
                assert pasture.orders("start", "a") == ("meadow:a starts", True)
                pasture.passes(1)
            assert pasture.words("a") == [["line 0", "line 1"], ["line 2"], ["line 3"]][number]
            elapsed = pasture.loop.elapsed
            getattr(pasture, how)()


# -- a process that ends


def test_after_a_kill_each_goes_on_with_its_next_line(store: Path) -> None:
    names = [f"s{number}" for number in range(20)]
    recited: dict[str, list[str]] = {name: [] for name in names}
    elapsed = 0
    for life in range(6):
        pasture = Pasture(store, draw=0.13 * (life + 1), elapsed=elapsed)
        pasture.tend(*(pasture.plan(name, poet(), jitter=5_000_000) for name in names))
        pasture.passes(37.3)
        pasture.dies()
        elapsed = pasture.loop.elapsed
        for name in names:
            recited[name] += pasture.words(name)
    for lines in recited.values():
        assert len(lines) >= 6
        assert lines == [POEM[number % len(POEM)] for number in range(len(lines))]


def test_a_conversation_that_failed_is_shown_with_its_account(store: Path) -> None:
    bot = Bot("bad")

    @bot.always()
    async def breaks(chat: Chat) -> None:
        await chat.sleep(1)
        raise RuntimeError

    with Pasture(store) as pasture:
        pasture.tend(pasture.plan("a", bot), pasture.plan("b", poet()))
        pasture.passes(2)
        lines = pasture.lines()
        assert (
            lines["a"].error
            == "conversation 1 (test_a_conversation_that_failed_is_shown_with_its_account.<locals>.breaks) has failed"
        )
        assert (lines["b"].doing, lines["b"].left, lines["b"].of) == ("position 0, posts 0", 299, 300)
        assert lines["b"].next == pasture.worker.now + 28_000_000


def test_a_mistake_in_the_code_is_logged_with_its_traceback(store: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Pasture(store) as pasture:
        plan = pasture.plan("a", poet())
        broken = type(plan)(plan.name, lambda: 1 // 0)  # type: ignore[return-value,arg-type]
        with caplog.at_level(logging.ERROR):
            pasture.tend(broken)
            pasture.passes(1)
        assert "ZeroDivisionError" in caplog.text
        assert pasture.fates() == {"a": "refused"}
