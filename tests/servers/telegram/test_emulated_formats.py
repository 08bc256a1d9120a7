"""Texts with formatting: what each parse mode makes of them, and what Telegram finds by itself."""

import pytest
from tests.servers.telegram.telegram_entities import formatted, rendered

OUTSIDE = "<b>&amp; *_~`|[]()>#+-=.!\\"


@pytest.mark.parametrize(
    ("mode", "text", "shown"),
    [
        ("HTML", "<B>a <em>b</em></B>", "<b>a <i>b</i></b>"),
        ("HTML", "<s>a</s><u>b</u><tg-spoiler>c</tg-spoiler>", "<s>a</s><u>b</u><tg-spoiler>c</tg-spoiler>"),
        ("HTML", '<span class="tg-spoiler">a</span>', "<tg-spoiler>a</tg-spoiler>"),
        ("HTML", '<pre><code class="language-py">a &lt; b</code></pre>', "<pre>a &lt; b</pre>"),
        ("HTML", "<a href='https://a.example/?b&amp;c'>x</a>", '<a href="https://a.example/?b&amp;c">x</a>'),
        ("HTML", '<a href="tg://user?id=7">x</a>', '<a href="tg://user?id=7">x</a>'),
        ("HTML", '<a href="nowhere">x</a>', "x"),
        ("HTML", "<blockquote expandable>a</blockquote>b", "<blockquote expandable>a</blockquote>b"),
        ("HTML", '<tg-emoji emoji-id="5">🙂</tg-emoji>', '<tg-emoji emoji-id="5">🙂</tg-emoji>'),
        ("HTML", "&#128512; &nbsp; &", "😀 &amp;nbsp; &amp;"),
        ("MarkdownV2", "*a _b_* __c__ ~d~ ||e||", "<b>a <i>b</i></b> <u>c</u> <s>d</s> <tg-spoiler>e</tg-spoiler>"),
        ("MarkdownV2", "`a*` ```py\nb_c```", "<code>a*</code> <pre>b_c</pre>"),
        ("MarkdownV2", r"[x\]](https://a.example/\)y)", '<a href="https://a.example/)y">x]</a>'),
        ("MarkdownV2", "![🙂](tg://emoji?id=5)", '<tg-emoji emoji-id="5">🙂</tg-emoji>'),
        ("MarkdownV2", ">a\n>b\nc", "<blockquote>a\nb</blockquote>\nc"),
        ("MarkdownV2", r"\*a\*\.", "*a*."),
        ("Markdown", "*a* _b_ `c` ```\nd```", "<b>a</b> <i>b</i> <code>c</code> <pre>d</pre>"),
        ("Markdown", "[x](https://a.example)", '<a href="https://a.example">x</a>'),
        ("Markdown", r"\*a\*", "*a*"),
        ("", OUTSIDE, "&lt;b&gt;&amp;amp; *_~`|[]()&gt;#+-=.!\\"),
        ("None", " <b> ", "&lt;b&gt;"),
    ],
)
def test_a_text_is_shown(mode: str, text: str, shown: str) -> None:
    assert rendered(*formatted(text, mode)) == shown


def test_a_language_is_kept() -> None:
    for mode, text in (("HTML", '<pre><code class="language-py">a</code></pre>'), ("MarkdownV2", "```py\na```")):
        assert formatted(text, mode).entities == [{"type": "pre", "offset": 0, "length": 1, "language": "py"}]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start@a_bot now", [("bot_command", 0, 12)]),
        ("😀 @somebody, #tag", [("mention", 3, 9), ("hashtag", 14, 4)]),
        ("see https://a.example/b?c=d.", [("url", 4, 23)]),
        ("write to a.b@c.example", [("email", 9, 13)]),
        ("a/b c@d and/or 1#2", []),
    ],
)
def test_some_entities_are_found(text: str, found: list[tuple[str, int, int]]) -> None:
    entities = formatted(text).entities
    assert [(one["type"], one["offset"], one["length"]) for one in entities] == found


def test_nothing_is_found_in_code() -> None:
    assert [one["type"] for one in formatted("<code>/a</code> /b", "HTML").entities] == ["code", "bot_command"]


def test_white_space_around_a_text_goes_and_its_entities_move() -> None:
    given = [{"type": "bold", "offset": 1, "length": 3}, {"type": "italic", "offset": 4, "length": 2}]
    text, entities = formatted("  ab  ", entities=given)
    assert (text, entities) == ("ab", [{"type": "bold", "offset": 0, "length": 2}])
