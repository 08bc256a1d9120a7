"""The lint of ``check``: what it finds in a conversation, and what it leaves alone."""

import pytest

from chinwag.cli.lint import lint

FOUND = [
    ("import time", "time.time()", "time.time", "chat.now()"),
    ("import time as t", "t.sleep(3)", "time.sleep", "await chat.sleep(seconds)"),
    ("from time import time", "time()", "time.time", "chat.now()"),
    ("from datetime import datetime as dt", "dt.now()", "datetime.datetime.now", "chat.now()"),
    ("import datetime", "datetime.date.today()", "datetime.date.today", "chat.now().date()"),
    ("import random", "random.choice([1])", "random.choice", "chat.random"),
    ("from random import randint", "randint(1, 2)", "random.randint", "chat.random"),
    ("import uuid", "uuid.uuid4()", "uuid.uuid4", "chat.uuid()"),
    ("", "open('x')", "open", "await chat.step(function, ...)"),
    ("from pathlib import Path", "Path('x').read_text()", ".read_text", "await chat.step(function, ...)"),
    ("import requests", "requests.get('x')", "requests.get", "await chat.step(function, ...)"),
    (
        "import urllib.request",
        "urllib.request.urlopen('x')",
        "urllib.request.urlopen",
        "await chat.step(function, ...)",
    ),
    ("import asyncio", "asyncio.Lock()", "asyncio.Lock", "nothing: between two awaits a conversation has its thread"),
    ("import asyncio\nLOCK = asyncio.Lock()", "LOCK.locked()", "asyncio.Lock", "nothing"),
]


@pytest.mark.parametrize(("imports", "call", "what", "instead"), FOUND, ids=[call for _, call, *_ in FOUND])
def test_what_is_found(imports: str, call: str, what: str, instead: str) -> None:
    for header in (
        "async def talk(chat):",
        "async def talk(c: 'chinwag.Chat', city):",
        "async def talk(self, c: Chat) -> None:",
    ):
        (finding,) = lint(f"{imports}\n{header}\n    if 1:\n        x = {call}\n", "a/talk.py")
        line = 4 + imports.count("\n")
        assert (finding.where, finding.what) == (f"talk.py:{line}", what)
        assert finding.instead.startswith(instead)


LEFT = [
    "async def talk(chat):\n    chat.random.choice([1]); chat.now(); chat.uuid()\n",
    "import time\nasync def talk(chat):\n    await chat.step(lambda: time.time())\n",
    "import time\nasync def fetch(city):\n    return time.time()\n",
    "import time\ndef talk(chat):\n    return time.time()\n",
    "async def talk(chat):\n    random = chat.random\n    random.choice([1])\n",
    "from mine import time, open\nasync def talk(chat):\n    time.time(); open()\n",
    "import time\nNOW = time.time()\nasync def talk(chat):\n    return NOW\n",
]


@pytest.mark.parametrize("source", LEFT)
def test_what_is_left_alone(source: str) -> None:
    assert lint(source, "talk.py") == []


def test_a_line_is_told_once() -> None:
    source = (
        "import time\nasync def talk(chat):\n    async def inner(chat):\n        return time.time() + time.time()\n"
    )
    assert len(lint(source, "talk.py")) == 1
