"""Random numbers: from the seed alone, the same on replay, and as good as any."""

import copy
import pickle
import statistics
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from tests.core.stage import Stage, waiting

from chinwag import Chat, UsageError
from chinwag.core.draws import RANDOM
from chinwag.core.running import RUNNING


async def draws(chat: Chat) -> None:
    r = chat.random
    deck = list(range(9))
    r.shuffle(deck)
    await chat.ask(f"{r.randint(1, 6)} {r.choice('abc')} {deck} {r.sample(range(99), 3)} {r.uniform(1, 2)}")
    await chat.ask(f"{r.gauss(0, 1)} {r.getrandbits(1000)} {r.randbytes(70).hex()} {r.choices('ab', k=3)}")
    await chat.ask(f"{chat.uuid()} {r.expovariate(1)} {r.getrandbits(0)} {r.randrange(10**40)} {r.triangular()}")


def test_the_same_numbers_on_replay() -> None:
    stage = Stage(draws).begin()
    for _ in range(3):
        twin = stage.woken()
        assert waiting(twin.conversation) == waiting(stage.conversation)
        assert twin.conversation.draws == stage.conversation.draws
        stage.hear("x")
    assert len(set(stage.said)) == 3
    assert sum(row.draws for row in stage.decoded()) == stage.conversation.draws


def test_the_same_seed_gives_the_same_numbers_for_ever() -> None:
    """Journals are replayed by later versions: these must never change."""

    async def first(chat: Chat) -> None:
        await chat.say(f"{chat.random.random()} {chat.random.randint(1, 6)} {chat.random.getrandbits(600) % 10**9}")
        await chat.say(f"{chat.uuid()}")

    assert Stage(first).begin().said == EXPECTED


EXPECTED = ["0.23580293569294475 2 804264419", "1cff03dd-3654-44ac-9125-c3e3c058ce0c"]


def drawing(use: Callable[[Any], Any]) -> list[Any]:
    """What `use` makes of the random numbers of a conversation."""
    found: list[Any] = []

    async def runs(chat: Chat) -> None:
        found.extend(use(chat.random))

    assert Stage(runs).begin().status == "ended"
    return found


def test_one_stream_for_all_branches() -> None:
    async def member(chat: Chat) -> float:
        await chat.sleep(1)
        return chat.random.random()

    async def gathers(chat: Chat) -> None:
        await chat.ask(f"{await chat.all(member(chat), member(chat))} {chat.random.random()}")

    stage = Stage(gathers).begin().expire().expire()
    assert stage.conversation.draws == 3
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


def test_floats_are_uniform() -> None:
    floats = drawing(lambda r: [r.random() for _ in range(4000)])
    assert all(0 <= x < 1 for x in floats)
    assert abs(statistics.mean(floats) - 0.5) < 0.02
    assert abs(statistics.variance(floats) - 1 / 12) < 0.01
    assert len(set(floats)) == 4000


def test_each_bit_of_a_float_is_drawn() -> None:
    mantissas = [int(x * 2**53) for x in drawing(lambda r: [r.random() for _ in range(400)])]
    assert all(140 < sum(m >> i & 1 for m in mantissas) < 260 for i in range(53))


def test_integers_and_bits_are_uniform() -> None:
    counted = Counter(drawing(lambda r: [r.randint(1, 6) for _ in range(6000)]))
    assert set(counted) == {1, 2, 3, 4, 5, 6}
    assert all(850 < count < 1150 for count in counted.values())
    bits = drawing(lambda r: [r.getrandbits(1000) for _ in range(400)])
    assert max(bits).bit_length() == 1000
    assert all(140 < sum(b >> i & 1 for b in bits) < 260 for i in range(1000))


def test_512_bits_are_one_draw() -> None:
    async def runs(chat: Chat) -> None:
        for bits in (512, 0, 1_024, 513):
            chat.random.getrandbits(bits)

    stage = Stage(runs).begin()
    assert stage.conversation.draws == 1 + 0 + 2 + 2


def test_gauss_is_normal_and_keeps_nothing_back() -> None:
    numbers = drawing(lambda r: [r.gauss(10, 2) for _ in range(3000)])
    assert abs(statistics.mean(numbers) - 10) < 0.2
    assert abs(statistics.stdev(numbers) - 2) < 0.2


def test_gauss_is_standard_unless_told() -> None:
    (standard,) = drawing(lambda r: [r.gauss()])
    assert drawing(lambda r: [r.gauss(0, 1), r.gauss(5, 3)])[0] == standard


def test_two_conversations_do_not_disturb_each_other() -> None:
    alone = Stage(draws).begin().hear("x")
    one, two = Stage(draws).begin(), Stage(draws)
    two.conversation.seed = b"another seed    "
    two.begin()
    one.hear("x")
    assert (one.said, set(one.said) & set(two.said)) == (alone.said, set())


@pytest.mark.parametrize(
    "use",
    [
        lambda: RANDOM.seed(3),
        RANDOM.seed,
        RANDOM.getstate,
        lambda: RANDOM.setstate(()),
        lambda: copy.copy(RANDOM),
        lambda: pickle.dumps(RANDOM),
    ],
)
def test_it_has_no_seed_and_no_state(use: Callable[[], Any]) -> None:
    with pytest.raises(UsageError, match=r"chat.random cannot be seeded"):
        use()


def test_negative_bits_and_use_outside_are_refused() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        RANDOM.getrandbits(-1)
    assert RUNNING.here.conversation is None
    for use in (RANDOM.random, lambda: RANDOM.getrandbits(8), lambda: RANDOM.choice("ab")):
        with pytest.raises(UsageError, match="only inside a conversation function"):
            use()
