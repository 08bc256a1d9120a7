"""How X counts, beside its own library: never less, and the same for what people write."""

import json
import os
import subprocess
from typing import Any

import emoji
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.shell import ROOT

from chinwag.core.splitting import split, weigh
from chinwag.networks.x.counting import LONGEST, normal, units

LIBRARY = ROOT / "build" / "node_modules" / "twitter-text"
COUNT = """
const { parseTweet } = require(process.argv[1]);
let text = "";
process.stdin.on("data", part => text += part);
process.stdin.on("end", () => console.log(JSON.stringify(JSON.parse(text).map(one => parseTweet(one).weightedLength))));
"""
SAME = [
    *(
        "",
        "a",
        "Tyger Tyger, burning bright,",
        "é e\u0301 ß",
        "日本 語",
        "“quoted” – and… so",
        "#tag @name $AAPL",
        "a@b.com",
    ),
    *("👍", "👍🏽", "👨‍👩‍👧", "🇩🇪🇫🇷", "1️⃣", "❤️ ❤ ☺️", "©️ ™ ‼️", "🤷🏽‍♀️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👨\u200d👨", "\ufe0f", "🇩"),
    *("https://example.org", "https://example.org/" + "a" * 300, "see http://a.de/b?c=d&e=f#g.", "(https://a.de)"),
    *(
        "日本https://a.de日本",
        "https://a.de/日本",
        "http://localhost/x",
        "https://a.co.uk/x",
        "example.org",
        "x.com, y.de",
    ),
    *("https://example.org:8080/a", "HTTPS://EXAMPLE.ORG/A", "https://a.de/?", "two\nlines\n"),
]


def weight(text: str) -> int:
    return weigh(units(normal(text)))


@pytest.fixture(scope="module")
def counted(require: Any) -> Any:
    """What X's own library counts."""
    require("node")
    if not LIBRARY.is_dir():
        reason = "twitter-text is not in build/node_modules: npm install --prefix build twitter-text@3.1.0"
        if os.environ.get("CHINWAG_REQUIRE_SERVICES") == "1":
            pytest.fail(f"{reason}, and CHINWAG_REQUIRE_SERVICES=1 asks for it", pytrace=False)
        pytest.skip(reason)

    def count(texts: list[str]) -> list[int]:
        done = subprocess.run(
            ["node", "-e", COUNT, str(LIBRARY)], input=json.dumps(texts), capture_output=True, text=True, check=True
        )
        found: list[int] = json.loads(done.stdout)
        return found

    return count


def test_what_people_write_counts_the_same(counted: Any) -> None:
    assert dict(zip(SAME, map(weight, SAME), strict=True)) == dict(zip(SAME, counted(SAME), strict=True))


def test_every_character_counts_the_same(counted: Any) -> None:
    texts = [chr(number) for number in range(0x20, 0xD800)]
    marks = {text for text in texts if weight(text) != 1 and len(normal(text)) > 1}  # form C of these is several
    differ = [text for text, there in zip(texts, counted(texts), strict=True) if weight(text) != there]
    assert set(differ) <= marks


def test_no_emoji_counts_less(counted: Any) -> None:
    texts = list(emoji.EMOJI_DATA)
    there = counted(texts)
    assert [text for text, most in zip(texts, there, strict=True) if weight(text) < most] == []
    old = [
        text
        for text, most in zip(texts, there, strict=True)
        if weight(text) == most and emoji.EMOJI_DATA[text]["status"] == emoji.STATUS["fully_qualified"]
    ]
    assert len(old) > 2000


def test_no_text_of_words_and_links_counts_less(counted: Any) -> None:
    words = [
        "a",
        "é",
        "日本",
        "x.com",
        "https://x.com/y",
        "http://bücher.de",
        "no.tld",
        "co.uk",
        "a.b.c",
        "👍🏽",
        "(",
        ")",
    ]
    words += ["https://a.notatld/long/way/to/go/on/and/on", "end.The", "v1.2.3", "@me", "mail@x.com", "…", "-", "#t.co"]
    texts = [f"{one}{between}{two}" for one in words for two in words for between in (" ", ", ", "\n", ": ", "")]
    found = zip(texts, counted(texts), strict=True)
    assert [(text, most, weight(text)) for text, most in found if weight(text) < most] == []


@given(st.text(max_size=200))
def test_units_are_the_text(text: str) -> None:
    assert "".join(unit for unit, _ in units(normal(text))) == normal(text)


@given(st.lists(st.sampled_from(["one", "日本", "👨‍👩‍👧", "https://x.com/" + "y" * 50, "x.com", "a.b.c"]), max_size=90))
def test_parts_are_no_heavier_than_a_post(words: list[str]) -> None:
    text = normal(" ".join(words))
    parts = split(text, LONGEST, units)
    assert "".join(parts) == text
    assert all(weight(part) <= LONGEST for part in parts)
    assert [word for part in parts for word in part.split()] == words


def test_what_is_too_long_for_a_link_is_none() -> None:
    assert weight("https://x.com/" + "a" * 4000) > 3000
