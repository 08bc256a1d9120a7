"""The web server: who is let in, what is too much or too slow, and that 200 means durable."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import httpx
import pytest

from chinwag.core.errors import UsageError
from chinwag.runtime import webhooks, webserver
from chinwag.runtime.webserver import WebServer


class Hook:
    """A network that pushes: whoever knows the word is let in."""

    def __init__(self, path: str = "/hook") -> None:
        self.path = path
        self.ready = True
        self.failing = False
        self.taken: list[bytes] = []
        self.dones: list[Callable[[], None]] = []
        self.came = asyncio.Event()

    def allows(self, headers: Mapping[str, str], body: bytes) -> bool:
        assert isinstance(body, bytes)
        return headers.get("x-word") == "friend"

    def take(self, body: bytes, done: Callable[[], None]) -> None:
        if self.failing:
            raise RuntimeError("no")
        self.taken.append(body)
        self.dones.append(done)
        self.came.set()


class Stage:
    def __init__(self, hook: Hook, server: WebServer, client: httpx.AsyncClient) -> None:
        self.hook, self.server, self.client = hook, server, client
        self.stopping = False

    async def push(self, body: bytes | AsyncIterator[bytes] = b"{}", word: str = "friend") -> httpx.Response:
        return await self.client.post("/hook", content=body, headers={"X-Word": word})

    async def connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.server.port)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    hook = Hook()
    stages: list[Stage] = []
    async with WebServer(0, [hook], lambda: stages[0].stopping) as server, httpx.AsyncClient(trust_env=False) as client:
        client.base_url = httpx.URL(f"http://127.0.0.1:{server.port}")
        stages.append(Stage(hook, server, client))
        yield stages[0]


async def test_200_only_once_it_is_durable(stage: Stage) -> None:
    pushing = asyncio.create_task(stage.push(b"one"))
    await stage.hook.came.wait()
    for _ in range(50):
        await asyncio.sleep(0)
    assert not pushing.done()
    stage.hook.dones[0]()
    stage.hook.dones[0]()  # once more is no harm
    answer = await pushing
    assert (answer.status_code, stage.hook.taken) == (200, [b"one"])


async def test_a_stranger_is_refused_and_nothing_is_taken(stage: Stage) -> None:
    assert (await stage.push(word="foe")).status_code == 401
    assert stage.hook.taken == []


async def test_a_commit_that_does_not_come(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "LONGEST_COMMIT", 0.01)
    answer = await stage.push()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    stage.hook.dones[0]()  # it comes too late, and hurts nobody


async def test_while_stopping_it_is_asked_to_come_again(stage: Stage) -> None:
    assert (await stage.client.get("/readyz")).status_code == 200
    stage.stopping = True
    answer = await stage.push()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert (await stage.client.get("/readyz")).status_code == 503
    assert (await stage.client.get("/healthz")).status_code == 200
    assert stage.hook.taken == []


async def test_before_the_network_is_ready(stage: Stage) -> None:
    stage.hook.ready = False
    assert (await stage.push()).status_code == 503
    assert (await stage.client.get("/readyz")).status_code == 503


async def test_who_waits_at_the_end_is_asked_to_come_again() -> None:
    hook = Hook()
    async with WebServer(0, [hook]) as server:
        client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False)
        pushing = asyncio.create_task(client.post("/hook", content=b"{}", headers={"X-Word": "friend"}))
        await hook.came.wait()
    assert (await pushing).status_code == 503
    await client.aclose()


async def test_an_error_of_our_own_ends_nothing(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.hook.failing = True
    assert (await stage.push()).status_code == 500
    assert "an error of the program's own" in caplog.text
    assert (await stage.client.get("/healthz")).status_code == 200


async def test_too_large(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "LARGEST_BODY", 10)

    async def dripping() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b"abcd"

    assert (await stage.push(b"x" * 11)).status_code == 413
    assert (await stage.push(dripping())).status_code == 413
    assert stage.hook.taken == []
    pushing = asyncio.create_task(stage.push(b"x" * 10))
    await stage.hook.came.wait()
    stage.hook.dones[0]()
    assert (await pushing).status_code == 200


async def test_a_body_that_drips(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "LONGEST_BODY", 0.05)
    reader, writer = await stage.connection()
    writer.write(b"POST /hook HTTP/1.1\r\nHost: x\r\nX-Word: friend\r\nContent-Length: 10\r\n\r\nabc")
    assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
    writer.close()


@pytest.mark.parametrize("begun", [b"", b"POST /hook HTTP/1.1\r\nHost: x\r\nX-"])
async def test_headers_that_drip(stage: Stage, monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    monkeypatch.setattr(webserver, "LONGEST_HEADERS", 0.05)
    reader, writer = await stage.connection()
    writer.write(begun)
    assert await reader.read() == b""
    writer.close()


async def test_a_second_request_may_drip_no_longer(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webserver, "LONGEST_HEADERS", 0.05)
    reader, writer = await stage.connection()
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    await reader.readuntil(b"alive\n")
    writer.write(b"GET /healthz HT")
    assert await reader.read() == b""
    writer.close()


async def test_somebody_who_hangs_up(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    _, writer = await stage.connection()
    writer.write(b"POST /hook HTTP/1.1\r\nHost: x\r\nX-Word: friend\r\nContent-Length: 10\r\n\r\nabc")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await stage.client.get("/healthz")).status_code == 200
    assert stage.hook.taken == []
    assert caplog.text == ""


@pytest.mark.parametrize("paths", [["/a", "/a"], ["/healthz"], ["/readyz"]])
def test_every_network_has_a_path_of_its_own(paths: list[str]) -> None:
    with pytest.raises(UsageError, match="a path of its own"):
        WebServer(0, [Hook(path) for path in paths])


async def test_a_port_that_is_taken(stage: Stage) -> None:
    with pytest.raises(UsageError, match="Address already in use"):
        async with WebServer(stage.server.port, []):
            pass


async def test_headers_that_never_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webserver, "LONGEST_HEADERS", 1000.0)
    reader, writer = await stage.connection()
    writer.write(b"POST /hook HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * (webserver.LARGEST_HEADERS + 1))
    async with asyncio.timeout(20):
        assert await reader.read() == b""
    writer.close()


async def test_a_prefix_stands_before_every_path() -> None:
    hooks = [Hook("/hook"), Hook("/bots/other")]
    async with WebServer(0, hooks, prefix="/bots") as server, httpx.AsyncClient(trust_env=False) as client:
        base = f"http://127.0.0.1:{server.port}"
        for path, status in (("/bots/hook", 401), ("/bots/other", 401), ("/hook", 404), ("/bots/bots/other", 404)):
            assert (await client.post(base + path)).status_code == status
        for path in ("/healthz", "/readyz", "/bots/healthz", "/bots/readyz"):
            assert (await client.get(base + path)).status_code == 200


@pytest.mark.parametrize(("proxied", "told"), [(True, "203.0.113.7"), (False, "127.0.0.1")])
async def test_who_was_refused_is_told_as_the_proxy_says(
    proxied: bool,  # noqa: FBT001 - a case
    told: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "chinwag")
    headers = {"X-Forwarded-For": "203.0.113.7"}
    async with WebServer(0, [Hook()], proxied=proxied) as server, httpx.AsyncClient(trust_env=False) as client:
        assert (await client.post(f"http://127.0.0.1:{server.port}/hook", headers=headers)).status_code == 401
    assert told in caplog.text
