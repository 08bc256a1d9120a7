"""The import of aiogram that prepares no models: each is there, and as strict as ever, when it is used first."""

import subprocess
import sys

from tests.cli.shell import environment

USE = """
import sys
import chinwag.networks.telegram.library
from aiogram.methods import SendMessage
from aiogram.methods.base import Response
from aiogram.types import Chat, Message, Update, User
from pydantic import BaseModel, TypeAdapter, ValidationError

prepared = Message.__pydantic_complete__
chat = {"id": 1, "type": "private"}
answered = {"message_id": 1, "date": 0, "chat": chat}
update = Update.model_validate({"update_id": 1, "message": {**answered, "reply_to_message": answered}})
assert type(update.message.reply_to_message) is Message
call = SendMessage(chat_id=1, text="x", entities=[{"type": "bold", "offset": 0, "length": 1}])
assert call.entities[0].type == "bold"
for wrong in (lambda: SendMessage(chat_id=1), lambda: User(id="x"), lambda: Update.model_validate({"message": 1})):
    try:
        wrong()
    except ValidationError:
        continue
    sys.exit("it lets anything through")

class Mine(BaseModel):
    later: "Other"
    chat: Chat
    message: Message | None = None

class Other(BaseModel):
    number: int

assert Mine.model_rebuild() and Mine(later={"number": 1}, chat=chat, message=answered).later.number == 1
assert TypeAdapter(list[Message]).validate_python([answered])[0].chat.id == 1
answer = Response[list[Update]].model_validate({"ok": True, "result": [{"update_id": 1, "message": answered}]})
assert type(answer.result[0].message) is Message
print(prepared)
"""


def test_models_are_prepared_when_they_are_used() -> None:
    done = subprocess.run([sys.executable, "-c", USE], env=environment(), capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("False", "")
