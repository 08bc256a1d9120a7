"""Our own names at the beginning and the end of a text are left out, and nobody else's."""

import pytest

from chinwag.core.names import spoken

OURS = {"blake", "blake@example.org"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("line", "line"),
        ("@blake", ""),
        ("@blake line", "line"),
        ("line @blake", "line"),
        ("@Blake: @blake@example.org, line @blake! @BLAKE?.", "line"),
        ("@ann line @blake", "@ann line"),
        ("@blake line @ann", "line @ann"),
        ("one @blake two", "one @blake two"),
        ("blake line blake", "blake line blake"),
        ("@:blake line", "@:blake line"),
        ("@blakeX line", "@blakeX line"),
        ("@blake  two\nlines ", "two\nlines"),
    ],
)
def test_our_names_are_left_out_at_both_ends(text: str, words: str) -> None:
    assert spoken(text, OURS) == words
