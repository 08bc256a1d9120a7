"""How Mastodon counts the length of a post. Pure.

A link counts as much as the instance says, however long it is; a mention counts without its host; all else by code
points. Mastodon itself counts what looks like one character as one, other servers of the same protocol do not: by code
points no post is ever too long for either, and one with many joined emoji is parted a little early. The content warning
counts, too.
"""

import re

from chinwag.core.splitting import Unit

# https://github.com/mastodon/mastodon/blob/main/app/validators/status_length_validator.rb
_CONCESSION = re.compile(
    r"""(?P<link>https?://(?:[^\W_][\w-]*\.)+[^\W\d_]{2,}(?::\d+)?(?:[/?\#][^\s<>"]*)?)"""
    r"""|(?P<mention>(?<![\w/@])@[a-z0-9_]+(?:[a-z0-9_.-]*[a-z0-9_])?)@[\w.-]*\w""",
    re.IGNORECASE,
)
_ENDS = ".,:;!?'\")]}…"
"""What stands behind a link and is not of it."""


def units(text: str, per_link: int) -> list[Unit]:
    """Cut a text into what is not cut, with what it counts.

    Args:
        text: the text.
        per_link: what a link counts, in characters.

    >>> units("a @b@c.de https://example.org/a-long-way-to-go", 23)
    [('a', 1), (' ', 1), ('@b@c.de', 2), (' ', 1), ('https://example.org/a-long-way-to-go', 23)]
    """
    found: list[Unit] = []
    done = 0
    for match in _CONCESSION.finditer(text):
        whole = match.group()
        if match["link"]:
            whole = whole.rstrip(_ENDS)
        found += [(character, 1) for character in text[done : match.start()]]
        found.append((whole, per_link if match["link"] else len(match["mention"])))
        done = match.start() + len(whole)
    found += [(character, 1) for character in text[done:]]
    return found
