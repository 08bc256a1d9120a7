"""`chinwag show` tells the durable data of a conversation's user."""

import json
from pathlib import Path

from tests.cli.shell import chinwag

PROGRAM = """
from chinwag import Bot, Chat
bot = Bot("log")

@bot.on_text("go")
async def go(chat: Chat) -> None:
    chat.data["history"] = {"monday": "taken at ask 1", "tuesday": "given\x1b[2J up"}
    chat.data["count"] = 2
    await chat.say("done")
"""


def test_data_stand_beneath_the_timeline(tmp_path: Path) -> None:
    (tmp_path / "log.py").write_text(PROGRAM)
    chinwag(tmp_path, "chat", "log.py", text="go\n")
    shown = chinwag(tmp_path, "show", "1").stdout
    assert shown.endswith("data count: 2\ndata history:\n  monday: taken at ask 1\n  tuesday: given\ufffd[2J up\n")
    found = json.loads(chinwag(tmp_path, "show", "1", "--json").stdout)
    assert found["data"]["count"] == 2
