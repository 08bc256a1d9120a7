"""What a failure means, over real sockets: whether a request got out, or may have arrived."""

import asyncio
from pathlib import Path

import pytest
from tests.networks.odd_server import DROP, HANG, Cut, OddServer, answer
from tests.networks.telegram_stage import free_port

from chinwag.core.errors import Ambiguous, Unreachable, UsageError
from chinwag.transport.http import _POOLS, Http, Request


async def test_an_answer_of_any_status_is_an_answer() -> None:
    http = Http()
    async with OddServer(answer(418, "tea")) as server:
        found = await http.call(Request("POST", server.url, json={"a": 1}))
    assert (found.status, found.body, found.fine) == (418, b"tea", False)
    assert found.headers["content-length"] == "3"
    assert server.asked[0][1] == b'{"a": 1}'
    await http.close()


async def test_what_never_got_out_is_told_from_what_may_have_arrived() -> None:
    http = Http()
    for url in (f"http://127.0.0.1:{free_port()}", "http://nowhere.invalid", "no url"):
        with pytest.raises(Unreachable) as never:
            await http.call(Request("POST", url, {"Authorization": "secret"}))
        assert "secret" not in str(never.value)
        assert url not in str(never.value)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
    for planned in (DROP, Cut(head), Cut(b"no HTTP at all\r\n\r\n"), HANG):
        async with OddServer(planned) as server:
            with pytest.raises(Ambiguous):
                await http.call(Request("POST", server.url, longest=0.3))
    await http.close()


async def test_nothing_is_followed_and_nothing_endless_is_read() -> None:
    http = Http()
    async with OddServer(b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n") as server:
        assert (await http.call(Request("GET", server.url))).status == 302
        assert len(server.asked) == 1
        server.answers[0] = answer(200, b"x" * 2000)
        with pytest.raises(Ambiguous):
            await http.call(Request("GET", server.url), largest=1000)
    await http.close()


async def read(http: Http, url: str, got: list[bytes]) -> None:
    async with http.stream(Request("GET", url)) as (status, pieces):
        assert status == 200
        async for piece in pieces:
            got += [piece]


async def test_a_stream_comes_in_pieces_and_may_break() -> None:
    http = Http()
    async with OddServer(Cut(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntw")) as server:
        got: list[bytes] = []
        with pytest.raises(Unreachable):
            await read(http, server.url, got)
        assert b"".join(got).startswith(b"one")
    with pytest.raises(Unreachable):  # nobody listens any more
        await read(http, server.url, got)
    await http.close()


async def test_all_users_share_one_pool_which_ends_with_the_last() -> None:
    first, second = Http(), Http()
    pools = _POOLS[asyncio.get_running_loop()].by_certificate
    (pool,) = pools.values()
    await first.close()
    await first.close()
    assert not pool.calls.closed
    with pytest.raises(Unreachable, match="stopped"):
        await first.call(Request("GET", "http://127.0.0.1"))
    await second.close()
    assert pool.calls.closed
    assert not pools


async def test_a_certificate_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        Http(str(tmp_path / "none.pem"))
    path = tmp_path / "none.pem"
    path.write_text("no certificate")
    with pytest.raises(UsageError, match=r"none\.pem"):
        Http(str(path))


def test_a_request_shows_no_secret() -> None:
    assert "s3cret" not in repr(Request("GET", "https://a.example/?token=s3cret", {"Authorization": "s3cret"}))
