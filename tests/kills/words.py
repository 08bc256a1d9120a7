"""What the bot of the kill test says: JSON that carries user, game, position and a hash chain over what came before.

Owns the form of a message, so that bot and model write alike. What is said when is not here: each has its own idea.
"""

import hashlib
import json
from typing import Any

HIGHEST = 64
MOST = 7
"""Guesses in one game."""
SILENCES = 2
"""Unanswered questions that end a game."""
PATIENCE = 0.4
"""Seconds that a question waits."""
EVERY = 2.0
"""Seconds between two ticks."""


def link(chain: str, body: str) -> str:
    """The next link of a chain."""
    return hashlib.blake2b(f"{chain} {body}".encode(), digest_size=6).hexdigest()


def line(chain: str, **facts: Any) -> tuple[str, str]:
    """A message, and the chain after it.

    Args:
        chain: the chain before it.
        facts: what it says.
    """
    after = link(chain, json.dumps(facts, sort_keys=True))
    return json.dumps({**facts, "c": after}, sort_keys=True), after


def audited(user: str, game: int) -> str:
    """What the outside world says of a game."""
    return link(user, str(game))
