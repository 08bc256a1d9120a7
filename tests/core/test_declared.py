"""A declaration without its parentheses says so; with them it does what it did."""

from typing import Any

import pytest

from chinwag.core.declared import parenthesised
from chinwag.core.errors import UsageError


def test_a_declaration_without_its_parentheses_says_so() -> None:
    class Shop:
        def on_join(self, *words: str, busy: str = "") -> str:
            """What is declared."""
            return f"{words} {busy}"

    on_join = parenthesised(Shop.on_join)
    assert on_join(Shop(), "a", "b", busy="c") == "('a', 'b') c"
    assert (on_join.__name__, on_join.__doc__) == ("on_join", "What is declared.")
    forgotten: Any = Shop
    with pytest.raises(UsageError, match=r"^@bot\.on_join stands without .* above .*Shop: write @bot\.on_join\("):
        on_join(Shop(), forgotten)
