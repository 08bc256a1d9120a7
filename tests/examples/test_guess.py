"""Guess the number, text for text, and through a crash at every instruction that matters."""

from examples.guess import bot

from chinwag import seconds
from chinwag.testing import SimulatedNetwork, World, crash_everywhere, play, three_ways


def finds(world: World, name: str, low: int, high: int) -> list[str]:
    """Play by halving until the number is found; the hints on the way."""
    user = world.user(name)
    hints = []
    while True:
        middle = (low + high) // 2
        user.says(str(middle))
        hints += user.hears()
        if hints[-1].startswith("You spent"):
            return hints
        low, high = (low, middle - 1) if hints[-1] == "Too large" else (middle + 1, high)


def test_a_game() -> None:
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("hello")
        assert anna.hears() == ["input 'guess' to play the game!"]
        anna.says("guess")
        assert anna.hears() == ["From what number?"]
        anna.says("1")
        assert anna.hears() == ["To what number?"]
        anna.says("100")
        assert anna.hears() == ["Guess a number between 1 to 100"]
        hints = finds(world, "anna", 1, 100)
        assert set(hints[:-1]) <= {"Too large", "Too small"}
        assert hints[-1] == f"You spent {len(hints)} times to guess the secret number."
        anna.says("hello")
        assert anna.hears() == ["input 'guess' to play the game!"]


def test_what_is_no_integer_is_not_counted() -> None:
    with play(bot) as world:
        anna = world.user("anna")
        for text in ("guess", "x", "guess", "7", "6", "7", "seven", "8", "7"):
            anna.says(text)
        assert anna.hears() == [
            "From what number?",
            *("Please input an integer.", "From what number?") * 2,  # in the middle of a game "guess" is an answer
            "To what number?",
            *("Please input a number that is at least 7.", "To what number?"),
            "Guess a number between 7 to 7",
            *("Please input an integer.", "Guess a number between 7 to 7"),
            "Too large",
            "You spent 2 times to guess the secret number.",
        ]


def test_thirty_seconds() -> None:
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("guess")
        world.passes(seconds(29))
        anna.says("1")
        world.passes(seconds(29))
        anna.says("no number")  # which starts the clock again
        world.passes(seconds(30))
        assert anna.hears()[-1] == "Timeout"
        anna.says("9")
        assert anna.hears() == ["input 'guess' to play the game!"]


def test_several_people_and_rooms() -> None:
    with play(bot) as world:
        anna, bob = world.user("anna", room="park"), world.user("bob", room="park")
        alone = world.user("anna")
        anna.says("hello")
        assert bob.hears() == []  # in a room where others talk it says nothing unasked
        for user in (anna, bob, alone):
            user.says("guess")
        anna.says("1")
        bob.says("5")
        anna.says("1")
        alone.says("3")
        bob.says("5")
        anna.says("1")
        assert bob.hears()[-1] == "You spent 1 times to guess the secret number."
        bob.says("6")
        assert alone.hears() == ["From what number?", "To what number?"]
        assert bob.hears() == ["Too large"]


def test_a_redelivered_webhook() -> None:
    with play(bot) as world:
        anna = world.user("anna")
        for text in ("guess", "5", "5", "6"):
            anna.says(text, ident=f"{text}{len(anna.sees())}")
        anna.says("6", ident="6 again")
        anna.says("6", ident="6 again")
        anna.says("5")
        assert anna.hears()[-1] == "You spent 3 times to guess the secret number."


def game(world: World) -> None:
    anna, bob = world.user("anna"), world.user("bob", room="park")
    for text in ("hi", "guess", "x", "1", "0", "10"):
        anna.says(text)
    bob.says("guess")
    finds(world, "anna", 1, 10)
    world.passes(60)
    assert bob.hears() == ["From what number?", "Timeout"]


def test_through_a_crash_everywhere() -> None:
    runs = three_ways(game, bot=bot)
    assert runs.commits > 10
    assert runs.runs > 4 * runs.commits


def test_on_a_network_with_keys_nothing_is_seen_twice() -> None:
    crash_everywhere(game, bot=bot, network=lambda: SimulatedNetwork(window=3_600_000_000))
