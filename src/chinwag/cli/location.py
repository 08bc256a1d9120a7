"""Where a store is: from ``--store``, the bot's name, ``chinwag.toml``, or the only one there is in the current folder.

Refuses in one sentence what is no SQLite URL. A relative path is relative to the current folder.
"""

from pathlib import Path

from chinwag.cli.configuration import Configuration, configuration
from chinwag.core.errors import UsageError

FOLDER = Path(".chinwag")
MEMORY = ":memory:"
FORMS = "sqlite:///path/to.db (from here) or sqlite:////path/to.db (from the root)"


def store_path(url: str) -> str:
    """The path in a store's URL.

    Raises:
        UsageError: with one sentence, if it is none that this version can open.

    >>> store_path("sqlite:///bots/guess.db"), store_path("sqlite:////var/lib/guess.db")
    ('bots/guess.db', '/var/lib/guess.db')
    >>> store_path("postgresql://localhost/bots")
    Traceback (most recent call last):
    chinwag.core.errors.UsageError: a store in PostgreSQL is not there yet: use --store sqlite:///path/to.db
    """
    scheme, separator, rest = url.partition("://")
    if scheme in {"postgresql", "postgres"} and separator:
        raise UsageError("a store in PostgreSQL is not there yet: use --store sqlite:///path/to.db")
    if not separator:
        raise UsageError(f"--store takes a URL, not {url!r}: write {FORMS}")
    if scheme != "sqlite" or not rest.startswith("/") or not rest.strip("/"):
        raise UsageError(f"--store cannot open {without_secret(url)!r}: write {FORMS}")
    path = rest[1:]
    if Path(path).is_dir():
        raise UsageError(f"the store {path} is a folder: name a file in it, such as {FORMS.partition(' ')[0]}")
    return path


def without_secret(url: str) -> str:
    """A URL without what stands before the host: it may be a password.

    >>> without_secret("mysql://anna:secret@db/bots")
    'mysql://…@db/bots'
    """
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{'…@' if '@' in host else ''}{host.rpartition('@')[2]}{slash}{path}"


def default_path(bot: str) -> str:
    """Where a bot's store is if nobody says otherwise.

    >>> default_path("guess")
    '.chinwag/guess.db'
    """
    return str(FOLDER / f"{bot}.db")


def configured_path(found: Configuration) -> str:
    """The store of a file's accounts: as the file says, from its folder; else under the file's name.

    >>> configured_path(Configuration(Path("flock/chinwag.toml"), store="sqlite:///flock.db"))
    'flock/flock.db'
    """
    path = store_path(found.store) if found.store is not None else default_path(found.path.stem)
    return path if path == MEMORY else str(found.path.parent / path)


def found_path(store: str | None, bot: str | None, config: Path | None = None) -> str:
    """The store that an operator means.

    Args:
        store: the value of ``--store``.
        bot: the name of the bot whose ``FILE`` was given.
        config: the value of ``--config``.

    Raises:
        UsageError: if there is none, or more than one.
    """
    if store is not None:
        return store_path(store)
    if bot is not None:
        return default_path(bot)
    configured = configuration(config)
    if config is not None or configured.many or configured.store is not None:
        return configured_path(configured)
    found = sorted(str(path) for path in FOLDER.glob("*.db"))
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"there is no store in {FOLDER}: talk to a bot first (`chinwag chat FILE`), or give --store")
    urls = ", ".join(f"sqlite:///{path}" for path in found)
    raise UsageError(f"there are {len(found)} stores here: name one with --store, of {urls}")
