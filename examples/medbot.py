"""MedBot: a friend is asked every evening whether the insulin was taken, three times at most.

Settings from the environment: ``MEDBOT_TIME`` (HH:MM or HH:MM:SS, on the wall of ``MEDBOT_ZONE``, else of the
recipient), ``MEDBOT_INTERVAL`` (seconds between two asks), ``MEDBOT_ASKS`` (how often). Texts in ``MEDBOT_ASK``,
``MEDBOT_NAG``, ``MEDBOT_PRAISE`` and ``MEDBOT_GIVE_UP``; of several with ``|`` between them one is picked.
"""

import os

from chinwag import Bot, Chat, days, seconds, yes

ASK = os.environ.get("MEDBOT_ASK", "Hey buddy, did you take your insulin?").split("|")
NAG = os.environ.get("MEDBOT_NAG", "How about now?").split("|")
PRAISE = os.environ.get("MEDBOT_PRAISE", "That's great!").split("|")
GIVE_UP = os.environ.get("MEDBOT_GIVE_UP", "I'm giving up!").split("|")

TIME = os.environ.get("MEDBOT_TIME", "20:00")
ZONE = os.environ.get("MEDBOT_ZONE")
INTERVAL = seconds(float(os.environ.get("MEDBOT_INTERVAL", "1200")))
ASKS = int(os.environ.get("MEDBOT_ASKS", "3"))

bot = Bot("medbot", subscribers=True)


@bot.daily(TIME, zone=ZONE)
async def insulin(chat: Chat) -> None:
    """Have you taken your medication?"""
    evening = f"{chat.now().astimezone(chat.zone):%Y-%m-%d %H:%M}"
    for number in range(ASKS):
        question = chat.random.choice(NAG if number else ASK)
        if await chat.ask(question, yes, retry=None, timeout=INTERVAL, default=False):
            chat.data["history"] = {**recent(chat), evening: f"taken at ask {number + 1}"}
            await chat.say(chat.random.choice(PRAISE))
            return
    chat.data["history"] = {**recent(chat), evening: "given up"}
    await chat.say(chat.random.choice(GIVE_UP))


@bot.on_command("history")
async def history(chat: Chat) -> None:
    """Show the last 30 days."""
    lines = [f"{evening}: {outcome}" for evening, outcome in recent(chat).items()]
    await chat.say("\n".join(lines) or "There is nothing yet.")


def recent(chat: Chat) -> dict[str, str]:
    """The evenings of the last 30 days, by the clock on the wall, with what became of each."""
    first = f"{chat.now() - days(30):%Y-%m-%d %H:%M}"  # to a few hours, as evenings are written in their own zones
    return {evening: outcome for evening, outcome in chat.data.get("history", {}).items() if evening > first}
