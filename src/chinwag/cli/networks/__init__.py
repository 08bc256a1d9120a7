"""The networks that can be served: one module each, found by its name, imported when it is asked for.

A module declares ``KIND``: what its settings are, where they come from, and how an account is built of them.
"""

import pkgutil
from importlib import import_module
from importlib.util import find_spec

from chinwag.cli.kind import Kind, suggestion
from chinwag.core.errors import UsageError


def names() -> list[str]:
    """The networks that there are.

    >>> "terminal" in names()
    True
    """
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def kind(name: str) -> Kind:
    """The network of a name.

    Raises:
        UsageError: if there is none, or a module that it needs is not installed.

    >>> kind("telegramm")
    Traceback (most recent call last):
    ...
    chinwag.core.errors.UsageError: there is no network 'telegramm', did you mean 'telegram'?
    """
    known = names()
    if name not in known:
        raise UsageError(f"there is no network {name!r}, {suggestion(name, known)}")
    found: Kind = import_module(f"{__name__}.{name}").KIND
    for module, extra in found.needs.items():
        if find_spec(module) is None:
            raise UsageError(f"{name} needs {module}: pip install 'chinwag[{extra}]'")
    return found
