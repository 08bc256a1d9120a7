"""From ``FILE`` on the command line to a bot: ``path.py``, ``path.py:bot`` or ``package.module:bot``.

Owns the import of the user's code, and the sentence about what is wrong with it. A file is imported under its own name
without ``.py``, with its folder on the path, as Python does with a script; the current folder is there for modules.
Whatever the code raises becomes a ``UsageError`` with the line; the traceback is its cause, for those who ask for it.
"""

import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from chinwag.bot import Bot
from chinwag.core.errors import UsageError

FORMS = "path.py, path.py:bot or package.module:bot"


def load(file: str) -> Bot:
    """Import what ``FILE`` names, and find the bot in it.

    Args:
        file: ``path.py``, ``path.py:bot`` or ``package.module:bot``.

    Raises:
        UsageError: with one sentence that says what is wrong and what to do.

    >>> load("no/such/file.py")
    Traceback (most recent call last):
    chinwag.core.errors.UsageError: there is no file no/such/file.py: write path.py, path.py:bot or package.module:bot
    """
    where, name = _parted(file)
    module = _file(where) if _is_path(where) else _module(where)
    return _named(module, where, name) if name else _only(module, where)


def _parted(file: str) -> tuple[str, str]:
    """What to import, and the bot's name in it; empty if none is given."""
    where, colon, name = file.rpartition(":")
    if colon and not Path(file).exists():
        if not where or not name:
            raise UsageError(f"{file!r} names no bot: write {FORMS}")
        return where, name
    return file, ""


def _is_path(where: str) -> bool:
    return where.endswith(".py") or os.sep in where or Path(where).exists()


def _file(where: str) -> ModuleType:
    path = Path(where)
    if not path.exists():
        raise UsageError(f"there is no file {where}: write {FORMS}")
    if path.is_dir() or path.suffix != ".py":
        raise UsageError(f"{where} is no Python file: write {FORMS}")
    path = path.resolve()
    loaded = sys.modules.get(path.stem)
    if loaded is not None and getattr(loaded, "__file__", None) == str(path):
        return loaded
    if loaded is not None or path.stem in sys.stdlib_module_names:
        raise UsageError(
            f"{where} has the name of a module that is needed itself, {path.stem}: call it {path.stem}_bot.py, say"
        )
    return _imported(where, lambda: _executed(path))


def _executed(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None  # noqa: S101 - the path ends with .py
    assert spec.loader is not None  # noqa: S101 - likewise
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[path.stem]
        raise
    return module


def _module(where: str) -> ModuleType:
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = importlib.util.find_spec(where)
    except ModuleNotFoundError as error:
        raise UsageError(f"there is no module {error.name}: write {FORMS}") from error
    except (ImportError, ValueError):
        found = None
    except Exception as error:
        raise UsageError(f"{where} cannot be imported: {_what(error, None)}") from error
    if found is None:
        raise UsageError(f"there is neither a file nor a module {where}: write {FORMS}")
    return _imported(where, lambda: importlib.import_module(where), found.origin)


def _imported(where: str, run: Callable[[], ModuleType], origin: str | None = None) -> ModuleType:
    """Run the user's code; whatever it raises is told in one sentence."""
    path = origin or str(Path(where).resolve())
    try:
        return run()
    except ModuleNotFoundError as error:
        missing = error.name or "one that is not named"
        raise UsageError(
            f"{where} needs the module {missing}, which is not installed ({_line(error, path)})"
        ) from error
    except SystemExit as error:
        raise UsageError(
            f"{where} ends the process when it is imported ({_line(error, path)}): take that out"
        ) from error
    except Exception as error:
        raise UsageError(f"{where} cannot be imported: {_what(error, path)}") from error


def _what(error: Exception, path: str | None) -> str:
    if isinstance(error, SyntaxError):
        return f"line {error.lineno} of {error.filename or 'the code'}: {error.msg}"
    said = f": {error}" if str(error) else ""
    return f"{_line(error, path)}: {type(error).__name__}{said}"


def _line(error: BaseException, path: str | None) -> str:
    """Where in the user's own file it happened; else where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        if frame.filename == path:
            return f"line {frame.lineno}"
    return f"line {frames[-1].lineno} of {frames[-1].filename}"


def _named(module: ModuleType, where: str, name: str) -> Bot:
    if not hasattr(module, name):
        raise UsageError(f"{where} has no {name!r}; {_bots_of(module, where)}")
    found = getattr(module, name)
    if not isinstance(found, Bot):
        raise UsageError(f"{name!r} in {where} is no Bot, but {type(found).__name__}; {_bots_of(module, where)}")
    return found


def _only(module: ModuleType, where: str) -> Bot:
    bots = _bots(module)
    if len(bots) == 1:
        return next(iter(bots.values()))
    if not bots:
        raise UsageError(f'{where} has no bot: write `bot = Bot("name")` at its top level')
    names = list(bots)
    raise UsageError(f"{where} has {len(bots)} bots ({', '.join(names)}): name one, such as {where}:{names[0]}")


def _bots(module: ModuleType) -> dict[str, Bot]:
    """The module's bots by name; one that has two names counts once."""
    bots: dict[str, Bot] = {}
    for name, value in vars(module).items():
        if isinstance(value, Bot) and not any(value is known for known in bots.values()):
            bots[name] = value
    return bots


def _bots_of(module: ModuleType, where: str) -> str:
    names = ", ".join(f"{where}:{name}" for name in _bots(module))
    return f"there is {names}" if names else "it has no bot at all"
