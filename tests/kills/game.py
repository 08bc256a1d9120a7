"""The bot that is killed: a guessing game with counters, durable data, random numbers, steps, timeouts and a schedule.

Every message is one of ``words.line``. What a user sent comes back in exactly one message, as ``h`` of a game or as a
stray one, so whatever counts can be seen from outside.
"""

import asyncio
import json
import os
from typing import Any

from tests.kills.words import EVERY, HIGHEST, MOST, PATIENCE, SILENCES, audited, line

from chinwag import Bot, Chat, OutcomeUnknown

bot = Bot("kills")


class Teller:
    """Numbers and chains all that is said to one user."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.game = chat.data.get("games", 0) + 1
        self.position = 0
        chat.data["games"] = self.game

    def line(self, kind: str, heard: str, **facts: Any) -> str:
        """The next message."""
        data = self.chat.data
        self.position += 1
        if heard not in {"", "-"}:
            data["heard"] = data.get("heard", 0) + 1
        text, data["chain"] = line(
            data.get("chain", ""), u=self.chat.user, g=self.game, n=self.position, k=kind, h=heard, **facts
        )
        return text


async def audit(user: str, game: int) -> str:
    """Ask the outside world; it may be asked again."""
    await asyncio.sleep(0.002)
    return audited(user, game)


def pay(user: str, game: int) -> None:
    """Do in the outside world what must not be done twice."""
    ledger = os.open(os.environ["KILLS_LEDGER"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(ledger, f"{user} {game}\n".encode())
    os.close(ledger)


async def paid(chat: Chat, game: int) -> str:
    """Pay, as far as anybody can tell."""
    try:
        await chat.step(pay, chat.user, game, once=True)
    except OutcomeUnknown:
        return "unknown"
    return "paid"


@bot.on_command("play")
async def play(chat: Chat) -> None:
    """Guess a number."""
    assert chat.message is not None
    teller = Teller(chat)
    secret = chat.random.randint(1, HIGHEST)
    await chat.say(teller.line("start", chat.message.arguments, secret=secret))
    await chat.say(teller.line("note", ""), delivery="at_most_once")
    hint, heard, silences, tries = "guess", "", 0, 0
    while True:
        answer = await chat.ask(teller.line("ask", heard, hint=hint), timeout=PATIENCE, default=None)
        heard = answer or "-"
        if answer is None:
            silences += 1
            hint = "silent"
        else:
            guess = int(answer.split()[1])
            tries += 1
            hint = "right" if guess == secret else "higher" if guess < secret else "lower"
        if hint == "right" or silences == SILENCES or tries == MOST:
            break
    await chat.say(teller.line("done", heard, hint=hint, tries=tries))
    proof = await chat.step(audit, chat.user, teller.game)
    payment = await paid(chat, teller.game)
    await chat.sleep(0.01)
    await chat.say(teller.line("end", "", proof=proof, payment=payment, total=chat.data["heard"]))


@bot.on_message()
async def stray(chat: Chat) -> None:
    """Show what nothing else took."""
    assert chat.message is not None
    await chat.say(json.dumps({"stray": chat.message.text, "u": chat.user}))


async def tick(chat: Chat) -> None:
    """Count."""
    chat.data["ticks"] = chat.data.get("ticks", 0) + 1
    await chat.say(json.dumps({"tick": chat.data["ticks"], "u": chat.user}))


if "KILLS_TICKS" in os.environ:
    bot.every(EVERY)(tick)
