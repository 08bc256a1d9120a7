"""The import of aiogram, which is slow: it prepares hundreds of models at once, of which a bot here needs a dozen.

Owns nothing but the moment at which a model is prepared: when it is used first. For that each module of aiogram's types
gets the names that its annotations mention, so every model works as before, in a bot's own code too. If aiogram was
imported already, or goes about it in another way, it is left as it is.
"""

import importlib
import sys
from typing import Any

from pydantic import BaseModel

_REBUILD, _NAMES = "model_rebuild", "_types_namespace"
_TYPES = "aiogram.types."


def _import_aiogram() -> None:
    """Import aiogram without preparing its models, and let them find each other."""
    if "aiogram" in sys.modules:
        return
    names: dict[str, Any] = {}

    def later(cls: Any, /, **given: Any) -> bool | None:
        if _NAMES not in given:
            done: bool | None = rebuild.__func__(cls, **given)
            return done
        names.update(given[_NAMES] if not names else {})
        return None

    rebuild = vars(BaseModel)[_REBUILD]
    setattr(BaseModel, _REBUILD, classmethod(later))
    try:
        importlib.import_module("aiogram")
    finally:
        setattr(BaseModel, _REBUILD, rebuild)
    for name, module in list(sys.modules.items()):
        if name.startswith(_TYPES):
            known = vars(module)
            known.update({name: value for name, value in names.items() if name not in known})


_import_aiogram()
