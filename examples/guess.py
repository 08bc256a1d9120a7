"""Guess the number: a game in one straight line. Kill it with ``kill -9`` in the middle, start it again: it goes on."""

from chinwag import Bot, Chat, at_least

bot = Bot("guess", fallback="input 'guess' to play the game!")


@bot.on_text("guess")
async def guess(chat: Chat) -> None:
    """Guess a number."""
    low = await chat.ask("From what number?", int, retry="Please input an integer.", timeout=30)
    high = await chat.ask("To what number?", at_least(low), retry="Please input an integer.", timeout=30)
    secret = chat.random.randint(low, high)
    hint, count = f"Guess a number between {low} to {high}", 0
    while True:
        answer = await chat.ask(hint, int, retry="Please input an integer.", timeout=30)
        count += 1
        if answer == secret:
            break
        hint = "Too large" if answer > secret else "Too small"
    await chat.say(f"You spent {count} times to guess the secret number.")
