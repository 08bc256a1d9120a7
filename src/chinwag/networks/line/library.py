"""The import of line-bot-sdk, which is slow: it prepares the check of the arguments of every call there is, twice.

Owns nothing but the moment at which such a check is prepared: when its call is made first. Every call works as before,
in a bot's own code too. If the SDK was imported already, it is left as it is.
"""

import functools
import importlib
import sys
from collections.abc import Callable
from typing import Any

import pydantic.v1

_CHECKED = "validate_arguments"


def _import_sdk() -> None:
    """Import the SDK without preparing its checks, and let each be prepared when it is needed."""
    if "linebot" in sys.modules:
        return
    prepare = vars(pydantic.v1)[_CHECKED]

    def later(function: Callable[..., Any]) -> Callable[..., Any]:
        prepared: list[Callable[..., Any]] = []

        @functools.wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            if not prepared:
                prepared.append(prepare(function))
            return prepared[0](*arguments, **named)

        return call

    setattr(pydantic.v1, _CHECKED, later)
    try:
        importlib.import_module("linebot.v3.messaging")
    finally:
        setattr(pydantic.v1, _CHECKED, prepare)


_import_sdk()
