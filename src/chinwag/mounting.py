"""Bots inside somebody's own web application: the public way in. What does it is imported when it is asked for."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chinwag.bot import Bot
from chinwag.core.records import fields_of

if TYPE_CHECKING:
    from chinwag.cli.mounted import Mounted


def asgi(  # noqa: PLR0913 - what `chinwag run` has as options
    bot: Bot,
    *,
    on: str | Sequence[str],
    store: str | None = None,
    config: str | Path | None = None,
    to: Sequence[str] = (),
    prefix: str = "",
    beside: Any = None,
    **settings: Any,
) -> "Mounted":
    """A bot as an ASGI application, to mount into one's own Django, FastAPI or starlette project.

    It answers its networks' webhooks, and ``/healthz`` and ``/readyz``. It lives while its ``lifespan`` is entered:
    a server that serves it by itself, or with ``beside``, does that; an application into which it is mounted is given
    ``lifespan=``. One process alone may own the store, so the server runs with one worker.

    Args:
        bot: what it can do.
        on: the network's name, such as ``"line"``; several for a bot on all of them.
        store: where everything durable is, as ``--store`` has it; ``.chinwag/<bot>.db`` if left out.
        config: a file with settings; ``chinwag.toml`` in the current folder, if it is there.
        to: who gets what the bot's schedules start, as ``--to`` has them.
        prefix: what stands before every path, such as ``/bots``.
        beside: an ASGI application that gets every request that is not the bot's, such as Django's.
        settings: the network's own, by their names in the reference, such as ``token=``, only with one network; and the
            bot's, by their names in the class that it declares.

    Returns:
        The application.

    Raises:
        UsageError: if a setting is missing, or is none.

    >>> bot = Bot("guess")
    >>> bots = asgi(bot, on="line", store="sqlite:///guess.db", token="…", secret="…")
    Traceback (most recent call last):
    ...
    chinwag.core.errors.UsageError: LINE_TOKEN is not the channel access token: copy it from the LINE Developers Console
    """
    from chinwag.cli.mounted import mounted  # noqa: PLC0415 - it needs extras, and the command line's parts
    from chinwag.cli.serving import Options  # noqa: PLC0415 - likewise

    names = [on] if isinstance(on, str) else list(on)
    file = Path(config) if config is not None else None
    declared = (fields_of(bot.settings) if bot.settings is not None else None) or ()
    own = {key: settings.pop(key) for key in declared if key in settings}
    return mounted(bot, names, Options(store, file, None, tuple(to), prefix, flags=settings, own=own), beside=beside)
