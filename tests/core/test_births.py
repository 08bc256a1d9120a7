"""A conversation that another begins: its name, its manner, and random numbers of its own."""

from tests.core.stage import SEED, START, Stage

from chinwag import Chat
from chinwag.core.conversation import Conversation, Manner


async def child(chat: Chat) -> None: ...


async def parent(chat: Chat) -> None:
    await chat.start(child)
    await chat.ask("?")


def born(seed: bytes = SEED, manner: Manner | None = None) -> Conversation:
    stage = Stage(parent, manner=manner)
    stage.conversation.seed = seed
    (found,) = stage.begin().now.more().births
    return found


def test_it_is_known_by_module_and_name_unless_the_module_is_the_bot_s() -> None:
    assert born().name == f"{__name__}:child"
    assert born(manner=Manner(homes=frozenset({__name__}))).name == "child"


def test_it_has_its_parent_s_manner() -> None:
    manner = Manner(numbered=True)
    assert born(manner=manner).manner is manner
    assert born().born == START


def test_its_seed_is_of_16_bytes_and_follows_from_its_parent_s() -> None:
    assert len(born().seed) == 16
    assert born().seed == born().seed != born(b"another seed....").seed
