"""Names in a text: whoever is addressed at its beginning or its end. Pure."""


def spoken(text: str, names: set[str]) -> str:
    """The text without the names of ours at its beginning and its end.

    Args:
        text: the words.
        names: how we are written behind the ``@``, in small letters: with a host and without.

    >>> spoken("@Blake @ann next line, @blake", {"blake"})
    '@ann next line,'
    """
    while (first := text.split(maxsplit=1)) and _is_one(first[0], names):
        text = first[1] if len(first) > 1 else ""
    while (last := text.rsplit(maxsplit=1)) and _is_one(last[-1], names):
        text = last[0]  # there is one: the first word is none of ours
    return text.strip()


def _is_one(word: str, names: set[str]) -> bool:
    return word.startswith("@") and word[1:].rstrip(":,.!?").lower() in names
