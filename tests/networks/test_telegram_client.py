"""Calls of the Bot API: what each failure means for a message, and that the token is in none of them."""

import logging
import socket
import traceback
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from tests.networks.odd_server import DROP, HANG, Cut, OddServer, answer, refusal, result

from chinwag.core.errors import Ambiguous, RateLimited, Refused, SendError, Unreachable, UsageError
from chinwag.core.values import Attachment
from chinwag.networks.telegram import client as module
from chinwag.networks.telegram.client import BadToken, Client, Migrated, NotFound
from chinwag.networks.telegram.outgoing import Call
from chinwag.networks.telegram.settings import Settings

TOKEN = "123456:AAbb-cc_dd:ee/ff"  # noqa: S105 - of nobody; with characters that URLs escape
SECRET = "AAbb-cc_dd"  # noqa: S105 - likewise
HELLO = Call("sendMessage", {"chat_id": 42, "text": "hello"})

MakeClient = Callable[[str], Client]


@pytest.fixture
async def client() -> AsyncIterator[MakeClient]:
    made: list[Client] = []

    def make(url: str) -> Client:
        made.append(Client(Settings(TOKEN, url)))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def failure(client: Client, call: Call = HELLO) -> SendError:
    with pytest.raises(SendError) as caught:
        await client.call(call)
    return caught.value


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        (refusal(400, "Bad Request: chat not found"), Refused, "chat not found"),
        (refusal(403, "Forbidden: bot was blocked by the user"), Refused, "blocked by the user"),
        (refusal(404, "Not Found"), NotFound, "Not Found"),
        (answer(404, "<html>nothing here</html>"), NotFound, "HTTP 404"),
        (refusal(413, "Request Entity Too Large"), Refused, "Too Large"),
        (refusal(401, "Unauthorized"), BadToken, "Unauthorized"),
        (refusal(500, "Internal Server Error"), Ambiguous, "Internal Server Error"),
        (refusal(502, "Bad Gateway: restart"), Ambiguous, "restart"),
        (answer(502, "<html>Bad Gateway</html>"), Ambiguous, "HTTP 502"),
        (answer(413, "<html>too large</html>"), Refused, "HTTP 413"),
        (answer(408, ""), Ambiguous, "HTTP 408"),
        (answer(200, "<html>log in first</html>"), Ambiguous, "HTTP 200"),
        (answer(200, "[" * 100_000), Ambiguous, "HTTP 200"),
        (refusal(400, f"Bad Request: http://x/bot{TOKEN}/sendMessage"), Refused, "http://x/bot…/sendMessage"),
        (refusal(400, "Bad Request: AAbb-cc_dd%3Aee%2Fff"), Refused, "Bad Request: …"),
        (DROP, Ambiguous, "ServerDisconnected"),
        (Cut(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), Ambiguous, ""),
        (b"HTTP/1.1 what\r\n\r\n", Ambiguous, ""),
    ],
)
async def test_what_a_failure_means(client: MakeClient, given: bytes, kind: type[SendError], words: str) -> None:
    async with OddServer(given, DROP) as server:
        error = await failure(client(server.url))
    assert type(error) is kind
    assert words in str(error)


async def test_not_now(client: MakeClient) -> None:
    async with OddServer(refusal(429, "Too Many Requests: retry after 7", retry_after=7)) as server:
        error = await failure(client(server.url))
    assert isinstance(error, RateLimited)
    assert error.retry_after == 7
    async with OddServer(answer(429, "<html>slow down</html>")) as server:
        assert isinstance(await failure(client(server.url)), RateLimited)


async def test_a_group_that_has_moved(client: MakeClient) -> None:
    async with OddServer(refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100123)) as server:
        error = await failure(client(server.url))
    assert isinstance(error, Migrated)
    assert error.chat == -100123


async def test_nobody_listens(client: MakeClient) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert type(await failure(client(url))) is Unreachable
        assert type(await failure(client("https://nowhere.invalid"))) is Unreachable
        with pytest.raises(Unreachable):
            await client(url).fetch({}, 0)


async def test_no_answer(client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_CALL", 0.05)
    async with OddServer(HANG) as server:
        assert type(await failure(client(server.url))) is Ambiguous
        with pytest.raises(Unreachable, match="Timeout"):
            await client(server.url).fetch({}, 0)


@pytest.mark.parametrize(
    "given",
    [
        refusal(400, f"Bad Request: {TOKEN}"),
        refusal(429, f"Too Many Requests {TOKEN}", retry_after=1),
        refusal(401, TOKEN),
        answer(502, TOKEN),
        answer(200, TOKEN),
        DROP,
        b"HTTP/1.1 what\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: ftp://x/bot" + TOKEN.encode() + b"\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_the_token_is_nowhere(client: MakeClient, given: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with OddServer(given, given) as server:
        one = client(server.url)
        error = await failure(one)
        logging.getLogger("chinwag").error("it failed: %r, %r", one, Settings(TOKEN), exc_info=error)
        told = [repr(error), "".join(traceback.format_exception(error)), repr(vars(error)), caplog.text]
    assert error.__cause__ is None
    assert error.__context__ is None
    assert not [text for text in told if SECRET in text]


async def test_done_is_done_even_if_the_answer_lacks_what_a_model_wants(client: MakeClient) -> None:
    async with OddServer(result({"message_id": 7})) as server:
        assert await client(server.url).call(HELLO) == {"message_id": 7}


async def test_no_parse_mode_is_ever_sent(client: MakeClient) -> None:
    async with OddServer(result({"message_id": 7})) as server:
        await client(server.url).call(HELLO)
        ((method, body),) = server.asked
    assert method == "sendMessage"
    assert b"parse_mode" not in body


async def test_uploads(client: MakeClient, tmp_path: Path) -> None:
    there = tmp_path / "there.txt"
    there.write_text("from a path")
    async with OddServer(result({"message_id": 7})) as server:
        one = client(server.url)
        for file in (Attachment("file", b"from memory", name="a.bin"), Attachment("file", link=str(there))):
            await one.call(Call("sendDocument", {"chat_id": 42}, "document", file))
        await one.call(Call("sendDocument", {"chat_id": 42}, "document", Attachment("file", link="https://x.org/a")))
        bodies = [body for _, body in server.asked]
        gone = await failure(one, Call("sendDocument", {"chat_id": 42}, "document", Attachment("file", link="gone")))
    assert b'filename="a.bin"' in bodies[0]
    assert b"from memory" in bodies[0]
    assert b'filename="there.txt"' in bodies[1]
    assert b"from a path" in bodies[1]
    assert b"document=https%3A%2F%2Fx.org%2Fa" in bodies[2]
    assert (type(gone), str(gone)) == (Refused, "there is no file gone")
    assert len(server.asked) == 3


@pytest.mark.parametrize("token", ["", "secret-words", "123 :secret-words", "abc:secret-words", "123:"])
def test_what_is_no_token(token: str) -> None:
    with pytest.raises(UsageError) as caught:
        Settings(token)
    assert "TELEGRAM_BOT_API_KEY" in str(caught.value)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("url", ["localhost:8081", "ftp://x", "http://", "http://x/{y}", "http://[x"])
def test_what_is_no_server(url: str) -> None:
    with pytest.raises(UsageError, match="TELEGRAM_API_URL"):
        Settings(TOKEN, url)


@pytest.mark.parametrize("url", ["x.org", "http://x.org/", "ftp://x.org"])
def test_what_is_no_webhook(url: str) -> None:
    with pytest.raises(UsageError, match="--webhook"):
        Settings(TOKEN, "", url)
    assert Settings(TOKEN, "http://localhost:8081", "http://x.org/").webhook == "http://x.org/"


async def test_an_answer_has_its_limit(client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_ANSWER", 100)
    async with OddServer(result("x" * 200)) as server:
        with pytest.raises(Unreachable, match="too large"):
            await client(server.url).fetch({}, 0)
