"""Bots inside somebody else's web application: begun and ended with it, and the rest left to it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from tests.cli.shell import EXAMPLES, environment
from tests.networks.telegram_stage import PATIENCE, free_port
from tests.servers.line.line_emulator import SECRET, TOKEN, LineEmulator
from tests.servers.line.line_events import says, user_id

from chinwag import Bot, Chat, UsageError, asgi
from chinwag.cli.mounted import Mounted
from chinwag.networks.line.adapter import Line
from chinwag.networks.line.settings import PATH
from chinwag.networks.line.signature import HEADER, signature

ANN = user_id(1)
bot = Bot("hello", fallback="Write hello.")


@bot.on_text("hello")
async def hello(chat: Chat) -> None:
    name = await chat.ask("What is your name?")
    await chat.say(f"Hello {name}!")


def made(folder: Path, line: LineEmulator, **more: Any) -> Mounted:
    """The bot as an application."""
    keys: dict[str, Any] = {"token": TOKEN, "secret": SECRET, "server": line.url, "names": False}
    return asgi(bot, on="line", store=f"sqlite:///{folder}/hello.db", **keys, **more)


def client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def pushed(http: httpx.AsyncClient, line: LineEmulator, text: str, path: str = PATH) -> int:
    """Push a message; the status."""
    event = says(ANN, text)
    line.know(event)
    body = httpx.Request("POST", "http://test", json={"events": [event]}).content
    return (await http.post(path, content=body, headers={HEADER: signature(SECRET, body)})).status_code


async def home(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"at home, {request.app.state.said}")


@pytest.fixture
async def line() -> AsyncIterator[LineEmulator]:
    async with LineEmulator() as line:
        yield line


async def test_it_lives_while_its_lifespan_is_entered(line: LineEmulator, tmp_path: Path) -> None:
    bots = made(tmp_path, line)
    app = Starlette(routes=[Mount("/bots", bots)], lifespan=bots.lifespan)
    for word, answer in (("hello", "What is your name?"), ("Ann", "Hello Ann!")):
        async with app.router.lifespan_context(app), client(app) as http:
            assert await pushed(http, line, word, f"/bots{PATH}") == 200
            await line.wait_for(lambda answer=answer: line.texts(ANN)[-1:] == [answer])  # type: ignore[misc]
            assert (await http.get("/bots/healthz")).status_code == 200
            assert (await http.get("/bots/readyz")).status_code == 200
            assert (await http.get("/healthz")).status_code == 404, "that is the application's own"
            assert (await http.post(f"/bots{PATH}")).status_code == 401
    assert line.texts(ANN) == ["What is your name?", "Hello Ann!"]


async def test_who_waits_at_the_end_is_asked_to_come_again(
    line: LineEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = asyncio.Event()
    monkeypatch.setattr(Line, "take", lambda *_: came.set())
    bots = made(tmp_path, line)
    async with client(bots) as http:
        async with bots.lifespan():
            pushing = asyncio.create_task(pushed(http, line, "hello"))
            await came.wait()
        async with asyncio.timeout(5):
            assert await pushing == 503


async def test_without_a_lifespan_it_says_what_is_missing(
    line: LineEmulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bots = made(tmp_path, line)
    async with client(Starlette(routes=[Mount("/bots", bots)])) as http:
        for _ in range(2):
            assert await pushed(http, line, "hello", f"/bots{PATH}") == 503
    (said,) = caplog.messages
    assert "give its lifespan to the application" in said


class Server:
    """What a server does with an application's life."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.asked: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self.told: asyncio.Queue[Any] = asyncio.Queue()

    async def begin(self) -> Any:
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        self.life = asyncio.create_task(self.app(scope, self.asked.get, self.told.put))
        await self.asked.put({"type": "lifespan.startup"})
        return await self.told.get()

    async def end(self) -> Any:
        await self.asked.put({"type": "lifespan.shutdown"})
        told = await self.told.get()
        await self.life
        return told


async def test_beside_an_application_it_takes_its_own_and_passes_on_the_rest(
    line: LineEmulator, tmp_path: Path
) -> None:
    said: list[str] = []

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        app.state.said = "well rested"
        said.append("begun")
        yield
        said.append("ended")

    inner = Starlette(routes=[Route("/", home), Route("/healthz", home)], lifespan=life)
    bots = made(tmp_path, line, beside=inner)
    server = Server(bots)
    assert await server.begin() == {"type": "lifespan.startup.complete"}
    async with client(bots) as http:
        assert (await http.get("/")).text == (await http.get("/healthz")).text == "at home, well rested"
        assert (await http.get("/elsewhere")).status_code == 404
        assert await pushed(http, line, "hello") == 200
        await line.wait_texts(ANN, 1)
    assert bots.paths == [PATH]
    assert await server.end() == {"type": "lifespan.shutdown.complete"}
    assert said == ["begun", "ended"]


async def test_what_cannot_begin_says_why(line: LineEmulator, tmp_path: Path) -> None:
    first, second = made(tmp_path, line), made(tmp_path, line)
    async with first.lifespan():
        told = await Server(second).begin()
    assert told["type"] == "lifespan.startup.failed"
    assert "in use by another chinwag" in told["message"]

    @asynccontextmanager
    async def broken(app: Starlette) -> AsyncIterator[None]:
        del app
        raise RuntimeError("no database")
        yield

    told = await Server(made(tmp_path, line, beside=Starlette(lifespan=broken))).begin()
    assert told["type"] == "lifespan.startup.failed"
    assert "no database" in told["message"]
    async with first.lifespan():
        pass  # the store was let go


async def test_a_network_that_ends_does_not_end_the_application(
    line: LineEmulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys: dict[str, Any] = {"token": TOKEN[::-1], "secret": SECRET, "server": line.url}
    bots = asgi(bot, on="line", store=f"sqlite:///{tmp_path}/x.db", **keys)
    async with bots.lifespan(), client(bots) as http:
        await line.wait_for(lambda: bool(line.calls))
        async with asyncio.timeout(PATIENCE):
            while not caplog.messages:  # noqa: ASYNC110 - a log has no event
                await asyncio.sleep(0)
        assert (await http.get("/readyz")).status_code == 503
        assert await pushed(http, line, "hello") == 503
    assert "LINE does not know this token" in caplog.text


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"on": "lime"}, "did you mean 'line'"),
        ({"on": []}, "on= takes the name"),
        ({"on": ["line", "terminal"]}, "settings of several networks"),
        ({"on": "line", "prefix": "bots"}, "beginning of a path"),
        ({"on": "line", "sever": "x"}, "is not for this network"),
    ],
)
def test_what_is_wrong_is_said_at_once(more: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        asgi(bot, token=TOKEN, secret=SECRET, **more)


@pytest.mark.parametrize(
    ("example", "prefix", "own"),
    [("in_fastapi:app", "/bots", '{"home":"sweet home"}'), ("in_django:application", "", "sweet home")],
)
async def test_the_examples_on_a_server(
    line: LineEmulator, tmp_path: Path, example: str, prefix: str, own: str
) -> None:
    port = free_port()
    arguments = ["--app-dir", str(EXAMPLES), "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    keys = {"LINE_TOKEN": TOKEN, "LINE_SECRET": SECRET, "LINE_API_URL": line.url}
    serving = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "uvicorn", *arguments, example),
        cwd=tmp_path,
        env={**os.environ, **environment(keys)},
        stderr=asyncio.subprocess.PIPE,
    )
    base = f"http://127.0.0.1:{port}"
    ended = asyncio.create_task(serving.communicate())
    async with asyncio.timeout(PATIENCE):
        while await line.deliver(f"{base}{prefix}{PATH}") != 200:
            assert not ended.done(), (await ended)[1].decode()
            await asyncio.sleep(0.05)  # nothing tells when another process listens
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(base + "/")).text == own
    for number, (word, answer) in enumerate((("hello", "What is your name?"), ("Ann", "Hello Ann!")), 1):
        assert await line.deliver(f"{base}{prefix}{PATH}", says(ANN, word)) == 200
        assert (await line.wait_texts(ANN, number))[-1] == answer
    serving.send_signal(signal.SIGTERM)
    assert "Traceback" not in (await ended)[1].decode()
