"""The import of line-bot-sdk that prepares no checks: each is there, and as strict as ever, when it is used first."""

import subprocess
import sys

from tests.cli.shell import environment

USE = """
import asyncio
import chinwag.networks.line.library
import pydantic.v1
from linebot.v3.messaging import AsyncApiClient, AsyncMessagingApi, Configuration, PushMessageRequest, TextMessage

assert pydantic.v1.validate_arguments.__module__.startswith("pydantic")

async def main():
    async with AsyncApiClient(Configuration(host="http://127.0.0.1:1", access_token="x")) as client:
        api = AsyncMessagingApi(client)
        for _ in range(2):
            try:
                await api.get_profile(7)
            except pydantic.v1.ValidationError as error:
                print(error.errors()[0]["loc"])
        try:
            await api.push_message(PushMessageRequest(to="U", messages=[TextMessage(text="hi")]))
        except OSError:
            print("called")

asyncio.run(main())
"""


def test_checks_are_prepared_when_they_are_used() -> None:
    done = subprocess.run([sys.executable, "-c", USE], env=environment(), capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines(), done.stderr) == (["('user_id',)", "('user_id',)", "called"], "")
