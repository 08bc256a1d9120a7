"""What of the Bot API's objects is read. Pure: declarations alone.

Only the fields that something here uses; all others, and all that later versions bring, are skipped by the decoder.
What the Bot API may leave out may be missing, and null is taken for missing.
https://core.telegram.org/bots/api#available-types
"""

from msgspec import Struct


class User(Struct, gc=False):
    """https://core.telegram.org/bots/api#user."""

    id: int
    is_bot: bool | None = None
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None


class Chat(Struct, gc=False):
    """https://core.telegram.org/bots/api#chat."""

    id: int
    type: str | None = None
    title: str | None = None


class File(Struct, gc=False):
    """What all kinds of files have in common: audio, voice, video, document, sticker, animation, video note."""

    file_id: str
    file_name: str | None = None
    title: str | None = None
    emoji: str | None = None


class PhotoSize(Struct, gc=False):
    """https://core.telegram.org/bots/api#photosize."""

    file_id: str
    width: int = 0
    height: int = 0


class Location(Struct, gc=False):
    """https://core.telegram.org/bots/api#location."""

    latitude: float
    longitude: float


class Contact(Struct, gc=False):
    """https://core.telegram.org/bots/api#contact."""

    phone_number: str
    first_name: str | None = None
    last_name: str | None = None


class Message(Struct, rename={"from_": "from"}):
    """https://core.telegram.org/bots/api#message."""

    message_id: int
    chat: Chat
    from_: User | None = None
    text: str | None = None
    date: int = 0
    message_thread_id: int | None = None
    is_topic_message: bool | None = None
    sender_chat: Chat | None = None
    is_automatic_forward: bool | None = None
    caption: str | None = None
    photo: list[PhotoSize] | None = None
    audio: File | None = None
    voice: File | None = None
    video: File | None = None
    video_note: File | None = None
    animation: File | None = None
    sticker: File | None = None
    document: File | None = None
    location: Location | None = None
    contact: Contact | None = None
    new_chat_members: list[User] | None = None
    left_chat_member: User | None = None
    migrate_to_chat_id: int | None = None


class CallbackQuery(Struct, rename={"from_": "from"}):
    """https://core.telegram.org/bots/api#callbackquery."""

    id: str
    from_: User
    message: Message | None = None
    data: str | None = None


class ChatMember(Struct):
    """https://core.telegram.org/bots/api#chatmember."""

    user: User
    status: str
    is_member: bool | None = None


class ChatMemberUpdated(Struct, rename={"from_": "from"}):
    """https://core.telegram.org/bots/api#chatmemberupdated."""

    chat: Chat
    from_: User
    old_chat_member: ChatMember
    new_chat_member: ChatMember
    date: int = 0


class Update(Struct):
    """https://core.telegram.org/bots/api#update."""

    update_id: int
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: ChatMemberUpdated | None = None
    chat_member: ChatMemberUpdated | None = None


class Numbered(Struct):
    """What every update has, also one of which nothing else can be read."""

    update_id: int


class Parameters(Struct):
    """https://core.telegram.org/bots/api#responseparameters."""

    retry_after: float | None = None


class Response(Struct):
    """https://core.telegram.org/bots/api#making-requests, as ``getUpdates`` gives it."""

    ok: bool
    result: list[Update] | None = None
    error_code: int | None = None
    description: str | None = None
    parameters: Parameters | None = None
