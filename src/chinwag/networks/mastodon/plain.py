"""The HTML of a status -> words. Pure.

Owns what is left of markup: paragraphs and lines, the whole address of a link that is shown shortened, the address of
one that is shown as other words. Nothing is ever interpreted; what is no HTML comes out as it went in.
"""

import re
from html.parser import HTMLParser

_BLOCKS = {"p", "div", "ul", "ol", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}
_LINES = {"br", "li"}
_UNSEEN = {"script", "style", "template"}
_EMPTY_LINES = re.compile(r"\n{3,}")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._link: tuple[str, int] | None = None
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _LINES:
            self.words.append("\n")
        elif tag in _BLOCKS:
            self._part()
        elif tag == "a":
            kind = (attributes.get("class") or "").split()
            plain = not {"mention", "hashtag"} & set(kind)
            self._link = ((attributes.get("href") or "") if plain else "", len(self.words))

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _BLOCKS:
            self._part()
        elif tag == "a" and self._link is not None:
            (address, begin), self._link = self._link, None
            shown = "".join(self.words[begin:])
            if address.startswith(("https://", "http://")) and shown not in address and address not in shown:
                self.words.append(f" ({address})")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(data)

    def _part(self) -> None:
        if self.words:
            self.words.append("\n\n")


def plain(content: str) -> str:
    """The words of a status.

    Args:
        content: HTML, as an instance has it.

    >>> plain('<p>Tom &amp; <a href="https://a.example/b"><span class="invisible">https://</span>a.example/b</a></p>')
    'Tom & https://a.example/b'
    """
    reader = _Reader()
    reader.feed(content)
    reader.close()
    return _EMPTY_LINES.sub("\n\n", "".join(reader.words)).strip()
