"""The bot of a scenario, declared as a user would."""

from tests.simulation.scenario import Declared
from tests.simulation.talk import TALKS

from chinwag import Bot


def declare(declared: Declared) -> Bot:
    bot = Bot("bot", fallback=declared.fallback)
    shared = set(declared.per_room)
    for word, index in declared.commands.items():
        busy = declared.busy.get(index)
        bot.on_command(word, busy=busy, per="room" if index in shared else "user")(TALKS[index])
    for word, index in declared.triggers.items():
        bot.on_text(word, per="room" if index in shared else "user")(TALKS[index])
    if declared.listener is not None:
        bot.on_message(per="room" if declared.listener in shared else "user")(TALKS[declared.listener])
    if declared.greeter is not None:
        bot.on_join()(TALKS[declared.greeter])
    for index in declared.standing:
        bot.always()(TALKS[index])
    schedule(bot, declared)
    return bot


def schedule(bot: Bot, declared: Declared) -> None:
    for one in declared.schedules:
        if one.kind == "daily":
            bot.daily(one.spec, grace=one.grace)(TALKS[one.index])
        elif one.kind == "every":
            bot.every(int(one.spec), grace=one.grace)(TALKS[one.index])
        else:
            bot.cron(one.spec, grace=one.grace)(TALKS[one.index])
