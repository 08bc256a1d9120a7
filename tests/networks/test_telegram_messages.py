"""What users see of choices, styles, edits and files: a bot on the worker, the emulator behind the checking proxy."""

import base64
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.networks.telegram_life import Living, Scene, kept
from tests.networks.telegram_stage import PATIENCE, Person, Telegram

from chinwag import Attachment, Bot, Chat, bold, code, italic, link, underline
from chinwag.core.errors import FetchError
from chinwag.networks.telegram import client

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
CLOSED = "This is no longer open."
pytestmark = pytest.mark.timeout(120)

bot = Bot("scenes")
places: dict[str, str] = {}
"""Where the files are that the bot sends."""


@bot.on_text("size")
async def size(chat: Chat) -> None:
    """Choose a size."""
    got = await chat.choose(bold("What") + " size?", {"small": 1, "large": 3}, inline=True)
    await chat.say(f"size {got}")


@bot.on_text("styles")
async def styles(chat: Chat) -> None:
    """Show all styles."""
    await chat.say("👍 " + bold("Anna & ", italic("Bob 👩‍👩‍👧")) + " <b>x</b> " + code("1 < 2") + underline("!"))
    await chat.say(code("one\ntwo") + link("the docs", "https://example.org/a?b=c&d"))


@bot.on_text("long")
async def long(chat: Chat) -> None:
    """Say something long."""
    await chat.say("👍 " * 1500 + bold("x " * 1000) + link("these few words", "https://example.org/") + " end")


@bot.on_text("parts")
async def parts(chat: Chat) -> None:
    """Say something of four parts, and something more."""
    await chat.say("".join(letter * 4096 for letter in "abcd"))
    await chat.say("end")


@bot.on_text("follow")
async def follow(chat: Chat) -> None:
    """Hear of edits."""
    while (message := await chat.listen(edits=True)).text != "stop":
        await chat.say(f"{message.text} {message.edited}")


async def measure(file: Attachment) -> int:
    return len(await file.read())


@bot.on_text("file")
async def file(chat: Chat) -> None:
    """Tell of a file."""
    found = (await chat.listen()).attachments[0]
    try:
        length = await chat.step(measure, found)
        await chat.say(f"{found.kind} {found.name or '-'} {length}")
    except FetchError as error:
        await chat.say(f"{found.kind} {found.name or '-'}: {error}")


@bot.on_text("send")
async def send(chat: Chat) -> None:
    """Send files."""
    await chat.say("bytes", image=PNG)
    await chat.say("path", file=places["path"])
    await chat.say(image=places["url"])


@bot.on_text("change")
async def change(chat: Chat) -> None:
    """Change one message, and take another back."""
    first, second = await chat.say("one"), await chat.say("two")
    await chat.ask("Now?")
    await first.edit(bold("changed"))
    await second.delete()
    await chat.listen()
    await chat.say("done")


@bot.on_text("busy")
async def busy(chat: Chat) -> None:
    """Let what took a keyboard away tell how far it is."""
    await chat.choose("Which?", ["this", "that"])
    sent = await chat.say("looking")
    await chat.ask("Go on?")
    await sent.edit("found")
    await sent.edit(bold("told"))
    await chat.listen()
    await chat.say("end")


@bot.on_text("picture")
async def picture(chat: Chat) -> None:
    """Let a picture that took a keyboard away have other words."""
    await chat.choose("Which?", ["this", "that"])
    sent = await chat.say("looking", image=PNG)
    await chat.ask("Go on?")
    await sent.edit(bold("found"))
    await sent.edit(bold("told"))
    await chat.listen()
    await chat.say("end")


working = threading.Event()


def until_told() -> bool:
    return working.wait(PATIENCE)


@bot.on_text("work")
async def work(chat: Chat) -> None:
    """Work until it is told to stop."""
    await chat.step(until_told)
    await chat.say("done")


class Picture(BaseHTTPRequestHandler):
    """Serves one picture."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(PNG)))
        self.end_headers()
        self.wfile.write(PNG)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Path]:
    """What the bot sends; the file that it sends by its path."""
    path = tmp_path / "a.txt"
    path.write_text("words")
    with ThreadingHTTPServer(("127.0.0.1", 0), Picture) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        places.update(path=str(path), url=f"http://127.0.0.1:{server.server_address[1]}/a.png")
        yield path
        server.shutdown()
        thread.join()


@pytest.fixture
def scene(telegram: Telegram, tmp_path: Path) -> Scene:
    return Scene(telegram, tmp_path)


@pytest.fixture
def living(scene: Scene) -> Iterator[Living]:
    with scene.living(bot) as living:
        yield living


@pytest.fixture
def ann(scene: Scene, living: Living) -> Person:
    del living
    return scene.person()


# -- choices -----------------------------------------------------------------------------------------------------------


def test_a_press_shows_what_was_chosen_in_place_of_the_buttons(ann: Person) -> None:
    ann.says("size")
    asked = ann.sees("What size?")
    assert asked["html"] == "<b>What</b> size?"
    assert [button["text"] for button in asked["buttons"][0]] == ["small", "large"]
    assert ann.clicks(asked["id"], "large") == ""
    shown = ann.sees("What size?\n→ large")
    ann.sees("size 3")
    assert (shown["id"], shown["buttons"], shown["html"]) == (asked["id"], [], "<b>What</b> size?\n→ large")


def test_a_press_that_comes_too_late_is_answered_in_words(ann: Person) -> None:
    ann.says("size")
    asked = ann.sees("What size?")
    data = asked["buttons"][0][0]["data"]
    ann.says("small")
    ann.sees("size 1")
    assert ann.clicks(asked["id"], data, gone=True) == CLOSED
    assert ann.clicks(asked["id"], "of another time", gone=True) == CLOSED


def test_a_press_after_a_restart(scene: Scene) -> None:
    ann = scene.person()
    with scene.living(bot):
        ann.says("size")
        asked = ann.sees("What size?")
    with scene.living(bot):
        assert ann.clicks(asked["id"], "small") == ""
        ann.sees("size 1")
    assert len(ann.wait(2)) == 2, "the question was not repeated"


# -- styles ------------------------------------------------------------------------------------------------------------


def test_styles_are_entities_and_text_is_text(ann: Person) -> None:
    ann.says("styles")
    first, second = ann.wait(2)
    assert first["html"] == (
        "👍 <b>Anna &amp; <i>Bob 👩‍👩‍👧</i></b> &lt;b&gt;x&lt;/b&gt; <code>1 &lt; 2</code><u>!</u>"
    )
    assert second["html"] == '<pre>one\ntwo</pre><a href="https://example.org/a?b=c&amp;d">the docs</a>'


def test_a_long_text_keeps_its_styles_and_its_links_whole(ann: Person) -> None:
    ann.says("long")
    first, second = ann.wait(2)
    assert first["text"].count("👍") + second["text"].count("👍") == 1500
    assert (first["text"] + second["text"]).count("x") == 1000
    assert second["html"].endswith('<a href="https://example.org/">these few words</a> end')
    assert "<b>x x" in first["html"] + second["html"]


# -- edits -------------------------------------------------------------------------------------------------------------


def test_edits_are_heard_by_who_listens_for_them(ann: Person) -> None:
    ann.says("follow")
    number = ann.says("one")
    ann.sees("one False")
    ann.edits(number, "two")
    ann.sees("two True")
    ann.says("stop")
    ann.edits(number, "three")
    ann.says("size")
    ann.sees("What size?")
    assert [one["text"] for one in ann.wait(3)] == ["one False", "two True", "What size?"]


def test_what_was_said_is_changed_and_taken_back(ann: Person) -> None:
    ann.says("change")
    ann.sees("Now?")
    ann.says("yes")
    ann.says("thanks")
    ann.sees("done")
    assert [one["html"] for one in ann.view["messages"] if one["by_bot"]] == ["<b>changed</b>", "Now?", "done"]


def test_what_took_a_keyboard_away_is_changed_too(ann: Person) -> None:
    ann.says("busy")
    ann.sees("Which?")
    ann.presses("this")
    ann.sees("Go on?")
    assert ann.keyboard is None
    ann.says("yes")
    ann.says("thanks")
    ann.sees("end")
    assert [one["html"] for one in ann.view["messages"] if one["by_bot"]] == ["Which?", "Go on?", "<b>told</b>", "end"]
    assert ann.keyboard is None


def test_a_picture_that_took_a_keyboard_away_gets_other_words_too(scene: Scene, ann: Person) -> None:
    ann.says("picture")
    ann.sees("Which?")
    ann.presses("this")
    ann.sees("Go on?")
    ann.says("yes")
    ann.says("thanks")
    ann.sees("end")
    seen = [(one["media"], one["html"]) for one in ann.view["messages"] if one["by_bot"]]
    assert seen == [(None, "Which?"), (None, "Go on?"), ("photo", "<b>told</b>"), (None, "end")]
    assert len(scene.calls("copyMessage", chat_id=ann.id)) == 1


def test_a_long_text_goes_on_after_a_restart_with_what_is_missing(telegram: Telegram, tmp_path: Path) -> None:
    scene = Scene(telegram, tmp_path)
    ann = scene.person()
    with scene.living(bot, paced=True):
        ann.says("parts")
        ann.wait(1)
    assert len(ann.wait(1)) < 4, "it was left in the middle"
    with scene.living(bot, paced=True):
        ann.sees("end")
    assert [one["text"][:1] for one in ann.wait(4)] == ["a", "b", "c", "d", "e"]


# -- files in ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "more", "heard"),
    [
        ("photo", {}, "image -"),
        ("audio", {"title": "Song"}, "audio audio.bin"),
        ("voice", {}, "audio -"),
        ("document", {"name": "a.pdf"}, "file a.pdf"),
    ],
)
def test_files_are_fetched_in_a_step(ann: Person, kind: str, more: dict[str, Any], heard: str) -> None:
    ann.says("file")
    ann.sends(kind, PNG, **more)
    ann.sees(f"{heard} {len(PNG)}")


def test_places_and_contacts_are_values_without_bytes(scene: Scene, ann: Person) -> None:
    ann.says("file")
    scene.telegram("send_location", user=ann.id, latitude=52.5, longitude=-13.25, bot=scene.bot)
    ann.sees("file location: there is nothing to fetch at 'geo:52.5,-13.25'")


@pytest.mark.parametrize(
    ("method", "fault", "words"),
    [
        ("getFile", {"kind": "error", "code": 400}, "Telegram did not give the file"),
        ("getFile", {"kind": "error", "code": 502}, "Telegram did not give the file"),
        ("getFile", {"kind": "reset_before"}, "Telegram did not give the file"),
        ("getFile", {"kind": "too_many"}, "Telegram did not give the file"),
        ("download", {"kind": "error", "code": 404}, "Telegram did not give the file"),
        ("download", {"kind": "reset_before", "times": 5}, "Telegram did not give the file"),
    ],
)
def test_a_file_that_is_not_given_is_told_in_a_plain_sentence(
    scene: Scene, ann: Person, caplog: pytest.LogCaptureFixture, method: str, fault: dict[str, Any], words: str
) -> None:
    caplog.set_level(logging.DEBUG)
    ann.says("file")
    scene.telegram("plan", method=method, **fault)
    ann.sends("voice", PNG)
    (said,) = ann.wait(1)
    scene.telegram("clear_faults")
    assert said["text"].startswith(f"audio -: {words}")
    assert "Error" not in said["text"]
    assert scene.secret not in said["text"] + caplog.text


def test_a_file_larger_than_a_bot_may_fetch(ann: Person) -> None:
    with kept(client, LARGEST_FILE=10):
        ann.says("file")
        ann.sends("voice", PNG)
        ann.sees("audio -: Telegram did not give the file: it is larger than a bot may fetch")


# -- files out ---------------------------------------------------------------------------------------------------------


def test_files_are_uploaded_once_and_then_sent_by_their_id(scene: Scene, ann: Person, files: Path) -> None:
    for round_ in (1, 2):
        ann.says("send")
        ann.wait(3 * round_)
    seen = [(one["media"], one["text"]) for one in ann.wait(6)]
    assert seen == [("photo", "bytes"), ("document", "path"), ("photo", "")] * 2
    first, again = scene.calls("sendPhoto", chat_id=ann.id, caption="bytes")
    assert first["values"]["photo"].startswith("attach://")
    assert again["values"]["photo"] == ann.wait(6)[0]["file_id"]
    files.write_text("other words")
    ann.says("send")
    ann.wait(9)
    *_, other = scene.calls("sendDocument", chat_id=ann.id)
    assert other["values"]["document"].startswith("attach://"), "the file has changed"


@pytest.mark.usefixtures("files")
def test_an_id_that_is_refused_is_an_upload_again(scene: Scene, ann: Person) -> None:
    ann.says("send")
    ann.wait(3)
    scene.telegram("plan", kind="error", code=400, method="sendPhoto", chat=ann.id)
    ann.says("send")
    assert [one["text"] for one in ann.wait(6)] == ["bytes", "path", ""] * 2
    *_, uploaded = scene.calls("sendPhoto", chat_id=ann.id, caption="bytes")
    assert uploaded["values"]["photo"].startswith("attach://")


# -- at work -----------------------------------------------------------------------------------------------------------


def test_a_step_of_over_a_second_shows_that_the_bot_is_at_work(scene: Scene, ann: Person) -> None:
    working.clear()
    typed = len(scene.calls("sendChatAction"))
    ann.says("work")
    scene.telegram("wait_calls", method="sendChatAction", count=typed + 1)
    assert ann.view["typing_now"] == "typing"
    ann.says("/cancel")
    ann.sees("Cancelled.")
    working.set()


def test_a_typing_that_fails_stops_nobody(scene: Scene, ann: Person) -> None:
    working.clear()
    typed = len(scene.calls("sendChatAction"))
    scene.telegram("plan", kind="error", code=500, method="sendChatAction", chat=ann.id, after_effect=True)
    ann.says("work")
    scene.telegram("wait_calls", method="sendChatAction", count=typed + 1)
    working.set()
    ann.sees("done")
