"""What a user must see, as a pure function of what the user sent and of which questions the bot gave up on.

Owns the comparison: every message that the bot wrote to a user is held against the one that must come next, to the
letter. What cannot be known from outside is learnt from the message that says it (the secret, what was heard) and held
against all that follow.
"""

import json
from collections import Counter
from typing import Any

from tests.kills.words import MOST, SILENCES, audited, line


class Wrong(Exception):
    """A message that must not come here."""


class Story:
    """All that the bot has said to one user, in order.

    Args:
        user: who.
    """

    def __init__(self, user: str) -> None:
        self.user = user
        self.heard: list[str] = []
        self.paid: list[int] = []
        self.unsure: list[int] = []
        self.ticks = 0
        self.kind = "end"
        self._game = self._position = self._total = 0
        self._secret = self._silences = self._tries = 0
        self._chain = ""

    def tell(self, text: str) -> None:
        """Take in the next message.

        Raises:
            Wrong: if another one must come.
        """
        facts = read(text)
        if "tick" in facts:
            self.ticks += 1
            self._compare(text, json.dumps({"tick": self.ticks, "u": self.user}))
        elif "stray" in facts:
            self.heard.append(facts["stray"].removeprefix("/play "))
            self._compare(text, json.dumps({"stray": facts["stray"], "u": self.user}))
        else:
            if self.kind == "start" and facts["k"] != "note":
                self._line("note", "")  # it may be lost: it is said at most once
            self._compare(text, self._next(facts))

    def _compare(self, text: str, wanted: str) -> None:
        if text != wanted:
            raise Wrong(f"{self.user} saw {text} where {wanted} must come")

    def _line(self, kind: str, heard: str, **facts: Any) -> str:
        self.kind = kind
        self._position += 1
        if heard not in {"", "-"}:
            self.heard.append(heard)
            self._total += 1
        text, self._chain = line(self._chain, u=self.user, g=self._game, n=self._position, k=kind, h=heard, **facts)
        return text

    def _next(self, facts: dict[str, Any]) -> str:
        """The message that must come, given what only it can tell."""
        match self.kind:
            case "end":
                self._game += 1
                self._position = self._silences = self._tries = 0
                self._secret = facts["secret"]
                return self._line("start", facts["h"], secret=self._secret)
            case "start":
                return self._line("note", "")
            case "note":
                return self._line("ask", "", hint="guess")
            case "ask":
                return self._answered(facts["h"])
            case _:
                return self._ended(facts["payment"])

    def _answered(self, heard: str) -> str:
        if heard == "-":
            self._silences += 1
            hint = "silent"
        else:
            self._tries += 1
            difference = int(heard.split()[1]) - self._secret
            hint = "higher" if difference < 0 else "lower" if difference else "right"
        if hint != "right" and self._silences < SILENCES and self._tries < MOST:
            return self._line("ask", heard, hint=hint)
        return self._line("done", heard, hint=hint, tries=self._tries)

    def _ended(self, payment: str) -> str:
        (self.paid if payment == "paid" else self.unsure).append(self._game)
        proof = audited(self.user, self._game)
        return self._line("end", "", proof=proof, payment=payment, total=self._total)

    def missing(self, acknowledged: list[str]) -> list[str]:
        """What was acknowledged and had no effect."""
        return sorted((Counter(acknowledged) - Counter(self.heard)).elements())

    def repeated(self) -> list[str]:
        """What had an effect twice."""
        return sorted(word for word, times in Counter(self.heard).items() if times > 1)


def read(text: str) -> dict[str, Any]:
    """What a message says.

    Raises:
        Wrong: if the bot of the test did not write it.
    """
    try:
        facts = json.loads(text)
    except ValueError:
        facts = None
    if not isinstance(facts, dict):
        raise Wrong(f"the bot said {text!r}")
    return facts
