"""The emulator as a command of its own, and what is said where the checking proxy is missing."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import aiohttp
import pytest
from tests.servers.telegram.telegram_proxy import PROGRAM, shared

FOLDER = Path(__file__).parent


async def test_it_prints_its_address_serves_and_ends(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    arguments = [str(FOLDER), "--port", "0", "--token", "7000000001:a-token"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, cwd=tmp_path
    )
    assert process.stdout
    where = json.loads(await process.stdout.readline())
    assert where["token"] == "7000000001:a-token"  # noqa: S105 - of a test
    async with http.get(f"{where['url']}/bot{where['token']}/getMe") as answer:
        assert (await answer.json())["result"]["id"] == 7_000_000_001
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


def test_a_missing_proxy_skips_in_words_or_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHINWAG_SHARED", str(tmp_path))
    monkeypatch.delenv("CHINWAG_REQUIRE_SERVICES", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"there is no tools/telegram_spec_proxy\.py in .*CHINWAG_SHARED"):
        shared(PROGRAM)
    monkeypatch.setenv("CHINWAG_REQUIRE_SERVICES", "1")
    with pytest.raises(pytest.fail.Exception, match="CHINWAG_REQUIRE_SERVICES=1 asks for it"):
        shared(PROGRAM)
