"""The three parse modes of the Bot API: HTML, MarkdownV2 and the old Markdown, with Telegram's complaints.

Each parser takes the text of a call and gives the bare text with its entities. Byte offsets in the complaints count
UTF-8 bytes of the text as it was sent.
"""

import html
import re
from collections.abc import Callable

from tests.servers.telegram.telegram_refusals import Json, Refused, bad

TAGS = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("u", "ins"), "underline"),
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}

TAG = re.compile(r"<(?P<end>/?)(?P<name>[^\s>]*)(?P<rest>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
ATTRIBUTE = re.compile(r"\s*(?P<name>[^\s=>/\"']+)(?:\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|[\w.-]+))?")
REFERENCE = re.compile(r"&(?:#x[0-9a-fA-F]+|#[0-9]+|lt|gt|amp|quot);?")
RESERVED = "_*[]()~`>#+-=|{}.!"

Tags = tuple[str, str]
HTML: dict[str, Callable[[Json], Tags]] = {
    "bold": lambda _: ("<b>", "</b>"),
    "italic": lambda _: ("<i>", "</i>"),
    "underline": lambda _: ("<u>", "</u>"),
    "strikethrough": lambda _: ("<s>", "</s>"),
    "spoiler": lambda _: ("<tg-spoiler>", "</tg-spoiler>"),
    "blockquote": lambda _: ("<blockquote>", "</blockquote>"),
    "expandable_blockquote": lambda _: ("<blockquote expandable>", "</blockquote>"),
    "code": lambda _: ("<code>", "</code>"),
    "pre": lambda _: ("<pre>", "</pre>"),
    "text_link": lambda entity: (f'<a href="{html.escape(entity["url"])}">', "</a>"),
    "text_mention": lambda entity: (f'<a href="tg://user?id={entity["user"]["id"]}">', "</a>"),
    "custom_emoji": lambda entity: (f'<tg-emoji emoji-id="{entity["custom_emoji_id"]}">', "</tg-emoji>"),
}
"""How an entity is shown as HTML."""


def wrong(text: str) -> Refused:
    return bad(f"Can't parse entities: {text}")


def offset_in_bytes(text: str, index: int) -> int:
    return len(text[:index].encode("utf-8", "surrogatepass"))


class Builder:
    """The bare text so far, its length in UTF-16 units, and the entities that are closed."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.units = 0
        self.entities: list[Json] = []

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.units += len(text.encode("utf-16-le", "surrogatepass")) // 2

    def close(self, kind: str, start: int, **more: str) -> None:
        if self.units > start:
            self.entities.append({"type": kind, "offset": start, "length": self.units - start, **more})

    def since(self, start: int) -> str:
        """The bare text from a UTF-16 offset."""
        raw = "".join(self.parts).encode("utf-16-le", "surrogatepass")
        return raw[start * 2 :].decode("utf-16-le", "surrogatepass")

    def result(self) -> tuple[str, list[Json]]:
        return "".join(self.parts), self.entities


# ---------------------------------------------------------------------------------------------------------------- HTML


def parse_html(text: str) -> tuple[str, list[Json]]:
    """The text of ``parse_mode=HTML``.

    >>> parse_html("<b>1 &lt; 2</b>")
    ('1 < 2', [{'type': 'bold', 'offset': 0, 'length': 5}])
    """
    built, stack, index = Builder(), list[tuple[str, dict[str, str], int]](), 0
    while index < len(text):
        if text[index] == "<":
            index = html_tag(text, index, built, stack)
        elif text[index] == "&" and (match := REFERENCE.match(text, index)):
            built.add(html.unescape(match.group()))
            index = match.end()
        else:
            built.add(text[index])
            index += 1
    if stack:
        raise wrong(f'Can\'t find end tag corresponding to start tag "{stack[-1][0]}"')
    return built.result()


def html_tag(text: str, index: int, built: Builder, stack: list[tuple[str, dict[str, str], int]]) -> int:
    """Take the tag at this place; where the text goes on."""
    at, match = offset_in_bytes(text, index), TAG.match(text, index)
    if match is None:
        raise wrong(f"Unclosed {'end' if text.startswith('</', index) else 'start'} tag at byte offset {at}")
    name = match["name"].lower()
    if match["end"]:
        close_tag(name, at, built, stack)
    else:
        stack.append((name, attributes(name, match["rest"], at), built.units))
    return match.end()


def attributes(name: str, rest: str, at: int) -> dict[str, str]:
    if name not in TAGS:
        raise wrong(f'Unsupported start tag "{name}" at byte offset {at}')
    found = {}
    for match in ATTRIBUTE.finditer(rest):
        value = match["value"] or ""
        found[match["name"].lower()] = html.unescape(value.strip("\"'"))
    if name == "span" and found.get("class") != "tg-spoiler":
        raise wrong(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
    return found


def close_tag(name: str, at: int, built: Builder, stack: list[tuple[str, dict[str, str], int]]) -> None:
    if not stack:
        raise wrong(f"Unexpected end tag at byte offset {at}")
    opened, given, start = stack.pop()
    if name and name != opened:
        raise wrong(f'Unmatched end tag at byte offset {at}, expected "</{opened}>", found "</{name}>"')
    if opened == "a":
        close_link(given.get("href") or built.since(start), start, built)
    elif opened == "tg-emoji":
        built.close("custom_emoji", start, custom_emoji_id=given.get("emoji-id", ""))
    elif opened == "blockquote" and "expandable" in given:
        built.close("expandable_blockquote", start)
    elif opened == "code" and stack and stack[-1][0] == "pre" and given.get("class", "").startswith("language-"):
        stack[-1][1]["language"] = given["class"].removeprefix("language-")
    else:
        language = {"language": given["language"]} if "language" in given else {}
        built.close(TAGS[opened], start, **language)


def close_link(url: str, start: int, built: Builder) -> None:
    """End a link; a link to a user's id becomes a mention, and what is no link leaves no entity."""
    match = re.fullmatch(r"tg://user\?id=(\d+)", url)
    if match:
        if built.units > start:
            user = {"id": int(match[1]), "is_bot": False, "first_name": built.since(start)}
            built.entities.append(
                {"type": "text_mention", "offset": start, "length": built.units - start, "user": user}
            )
    elif re.fullmatch(r"\S+\.\S+|\w+://\S+", url):
        built.close("text_link", start, url=url if "://" in url else f"http://{url}/")


# ---------------------------------------------------------------------------------------------------------- MarkdownV2

PAIRS = {"*": "Bold", "_": "Italic", "__": "Underline", "~": "Strikethrough", "||": "Spoiler"}
NAMES = {
    "Bold": "bold",
    "Italic": "italic",
    "Underline": "underline",
    "Strikethrough": "strikethrough",
    "Spoiler": "spoiler",
    "Code": "code",
    "Pre": "pre",
    "PreCode": "pre",
    "BlockQuote": "blockquote",
}


class MarkdownV2:
    """One text of ``parse_mode=MarkdownV2``, read from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.index = 0
        self.built = Builder()
        self.open: list[tuple[str, int, int, str]] = []
        """Kind, where it begins in UTF-16 units and in bytes of the source, language."""

    def parse(self) -> tuple[str, list[Json]]:
        while self.index < len(self.text):
            if self.text[self.index] == "\\" and self.index + 1 < len(self.text) and self.next.isascii():
                self.built.add(self.next)
                self.index += 2
            elif self.open and self.open[-1][0] in {"Code", "Pre", "PreCode"}:
                self.within_code()
            else:
                self.step()
        if self.open and self.open[-1][0] == "BlockQuote":
            self.finish()
        if self.open:
            raise wrong(f"Can't find end of {self.open[-1][0]} entity at byte offset {self.open[-1][2]}")
        return self.built.result()

    @property
    def next(self) -> str:
        return self.text[self.index + 1 : self.index + 2]

    def at(self, mark: str) -> bool:
        return self.text.startswith(mark, self.index)

    def begin(self, kind: str, length: int, language: str = "") -> None:
        self.open.append((kind, self.built.units, offset_in_bytes(self.text, self.index), language))
        self.index += length

    def finish(self, length: int = 0) -> None:
        kind, start, _, language = self.open.pop()
        more = {"language": language} if language else {}
        self.built.close(NAMES[kind], start, **more)
        self.index += length

    def within_code(self) -> None:
        mark = "`" if self.open[-1][0] == "Code" else "```"
        if self.at(mark):
            self.finish(len(mark))
        elif self.at("`"):
            raise self.reserved()
        else:
            self.plain()

    def plain(self) -> None:
        self.built.add(self.text[self.index])
        self.index += 1

    def reserved(self) -> Refused:
        return wrong(f"Character '{self.text[self.index]}' is reserved and must be escaped with the preceding '\\'")

    def step(self) -> None:
        """Take one mark or one character outside of code."""
        character = self.text[self.index]
        if character == "\n":
            self.line_end()
        elif character not in RESERVED:
            self.plain()
        elif not (self.pair() or self.code() or self.link() or self.quote()):
            raise self.reserved()

    def line_end(self) -> None:
        in_quote = any(kind == "BlockQuote" for kind, *_ in self.open)
        if in_quote and self.next != ">":
            if self.open[-1][0] != "BlockQuote":
                raise wrong(f"Can't find end of {self.open[-1][0]} entity at byte offset {self.open[-1][2]}")
            self.finish()
        self.plain()

    def pair(self) -> bool:
        mark = next((mark for mark in ("||", "__", "*", "_", "~") if self.at(mark)), None)
        if mark is None:
            return False
        if self.open and self.open[-1][0] == PAIRS[mark]:
            self.finish(len(mark))
        else:
            self.begin(PAIRS[mark], len(mark))
        return True

    def code(self) -> bool:
        if self.at("```"):
            match = re.compile(r"```(?:([^\s`]+)(?=\s))?(?:\r\n|\n)?").match(self.text, self.index)
            language = (match and match[1]) or ""
            self.begin("PreCode" if language else "Pre", match.end() - self.index if match else 3, language)
            return True
        if self.at("`"):
            self.begin("Code", 1)
            return True
        return False

    def link(self) -> bool:
        if self.at("![") or self.at("["):
            self.begin("CustomEmoji" if self.at("!") else "TextUrl", 2 if self.at("!") else 1)
            return True
        if not self.at("]") or not self.open or self.open[-1][0] not in {"TextUrl", "CustomEmoji"}:
            return False
        kind, start, _, _ = self.open.pop()
        self.index += 1
        url = self.address() if self.at("(") else self.built.since(start)
        match = re.fullmatch(r"tg://emoji\?id=(\d+)", url)
        if kind == "CustomEmoji" and not match:
            raise wrong("Custom emoji URL must have scheme tg")
        if match:
            self.built.close("custom_emoji", start, custom_emoji_id=match[1])
        else:
            close_link(url, start, self.built)
        return True

    def address(self) -> str:
        begun, url = offset_in_bytes(self.text, self.index + 1), ""
        self.index += 1
        while not self.at(")"):
            if self.index >= len(self.text):
                raise wrong(f"Can't find end of a URL at byte offset {begun}")
            self.index += self.at("\\")
            url += self.text[self.index : self.index + 1]
            self.index += 1
        self.index += 1
        return url

    def quote(self) -> bool:
        starts = self.index == 0 or self.text[self.index - 1] == "\n"
        if not self.at(">") or not starts:
            return False
        if any(kind == "BlockQuote" for kind, *_ in self.open):
            self.index += 1
        else:
            self.begin("BlockQuote", 1)
        return True


def parse_markdown_v2(text: str) -> tuple[str, list[Json]]:
    r"""The text of ``parse_mode=MarkdownV2``.

    >>> parse_markdown_v2(r"*a* 1\.")
    ('a 1.', [{'type': 'bold', 'offset': 0, 'length': 1}])
    """
    return MarkdownV2(text).parse()


# ------------------------------------------------------------------------------------------------------------ Markdown

OLD = re.compile(r"\\(?P<escaped>[_*`\[])|(?P<mark>```|[_*`\[])")
ENDS = {"_": "_", "*": "*", "`": "`", "```": "```", "[": "]"}
OLD_NAMES = {"_": "italic", "*": "bold", "`": "code", "```": "pre"}


def parse_markdown(text: str) -> tuple[str, list[Json]]:
    """The text of the old ``parse_mode=Markdown``, whose marks do not nest.

    >>> parse_markdown("*a* _b_")
    ('a b', [{'type': 'bold', 'offset': 0, 'length': 1}, {'type': 'italic', 'offset': 2, 'length': 1}])
    """
    built, index = Builder(), 0
    while match := OLD.search(text, index):
        built.add(text[index : match.start()] + (match["escaped"] or ""))
        index = match.end() if match["escaped"] else old_mark(text, match, built)
    built.add(text[index:])
    return built.result()


def old_mark(text: str, match: re.Match[str], built: Builder) -> int:
    """Take the mark and what it marks; where the text goes on."""
    mark, start = match["mark"], built.units
    end = text.find(ENDS[mark], match.end())
    if end < 0:
        at = offset_in_bytes(text, match.start())
        raise wrong(f"Can't find end of the entity starting at byte offset {at}")
    built.add(text[match.end() : end].removeprefix("\n" if mark == "```" else ""))
    after = end + len(ENDS[mark])
    if mark != "[":
        built.close(OLD_NAMES[mark], start)
        return after
    if text[after : after + 1] != "(":
        close_link(built.since(start), start, built)
        return after
    close = text.find(")", after)
    close = len(text) if close < 0 else close
    close_link(text[after + 1 : close], start, built)
    return close + 1
