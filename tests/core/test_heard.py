"""What ``listen`` gives is journaled as the codec journals it, whatever was said."""

from hypothesis import given
from hypothesis import strategies as st
from tests.core.stage import Stage

from chinwag import Attachment, Chat, Message
from chinwag.core.codec import from_plain, journaled
from chinwag.core.engine import Accepted, offer
from chinwag.core.values import Arrival


async def listens(chat: Chat) -> None:
    await chat.listen(edits=True)


texts = st.text(max_size=20)


@given(texts, texts, texts, st.sampled_from(["message", "edit"]), st.booleans())
def test_the_short_way_writes_what_the_codec_writes(text: str, user: str, name: str, event: str, file: bool) -> None:  # noqa: FBT001
    files = (Attachment("image", link="net:1"),) if file else ()
    arrival = Arrival("sim:bot", "room", user, text, name=name, event=event, attachments=files)  # type: ignore[arg-type]
    plain, value = journaled(arrival.message(), Message)
    conversation = Stage(listens).begin().conversation
    offered = offer(conversation, conversation.waits()[0], arrival)
    assert isinstance(offered, Accepted)
    assert (offered.plain, offered.value) == (plain, value)
    assert from_plain(offered.plain, Message) == arrival.message()
