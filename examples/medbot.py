"""MedBot: a friend is asked every evening whether the insulin was taken, three times at most.

Settings from the environment: ``MEDBOT_TIME`` (HH:MM or HH:MM:SS, on the wall of ``MEDBOT_ZONE``, else of the
recipient), ``MEDBOT_INTERVAL`` (seconds between two asks), ``MEDBOT_ASKS`` (how often). Of several texts of a kind
one is picked.
"""

import os

from chinwag import Bot, Chat, seconds, yes

ASK = ["Hey buddy, did you take your insulin?"]
NAG = ["How about now?"]
PRAISE = ["That's great!"]
GIVE_UP = ["I'm giving up!"]

TIME = os.environ.get("MEDBOT_TIME", "20:00")
ZONE = os.environ.get("MEDBOT_ZONE")
INTERVAL = seconds(float(os.environ.get("MEDBOT_INTERVAL", "1200")))
ASKS = int(os.environ.get("MEDBOT_ASKS", "3"))

bot = Bot("medbot")


@bot.daily(TIME, zone=ZONE)
async def insulin(chat: Chat) -> None:
    """Have you taken your medication?"""
    for number in range(ASKS):
        question = chat.random.choice(NAG if number else ASK)
        if await chat.ask(question, yes, retry=None, timeout=INTERVAL, default=False):
            await chat.say(chat.random.choice(PRAISE))
            return
    await chat.say(chat.random.choice(GIVE_UP))
