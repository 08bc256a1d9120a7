"""What a user sees in a chat: messages with their formatting, keyboards, who replied to what, who types.

Plain values, the same in Python and over HTTP. Messages that were deleted are not seen, and are named apart.
"""

import msgspec
from tests.servers.telegram.telegram_entities import rendered
from tests.servers.telegram.telegram_refusals import Json
from tests.servers.telegram.telegram_world import SERVICE, Account, Post, Room

MEDIA = ("animation", "photo", "audio", "voice", "document", "video", "sticker", "location", "contact")
TYPING_LASTS = 5.0
"""Seconds for which a chat action is shown (Bot API, sendChatAction)."""


class Button(msgspec.Struct, frozen=True):
    """An inline button."""

    text: str
    data: str | None = None
    url: str | None = None


class Seen(msgspec.Struct, frozen=True):
    """One message."""

    id: int
    sender: int
    by_bot: bool
    text: str
    """The text or the caption."""
    html: str
    """The same with its formatting as tags."""
    media: str | None
    file_id: str | None
    buttons: list[list[Button]]
    reply_to: int | None
    thread: int | None
    edits: int
    album: str | None
    service: str | None
    reactions: list[str]


class View(msgspec.Struct, frozen=True):
    """A chat as one user sees it."""

    messages: list[Seen]
    deleted: list[int]
    keyboard: list[list[str]] | None
    """The reply keyboard under the text field."""
    placeholder: str | None
    force_reply: bool
    typing: list[tuple[float, str]]
    """All chat actions so far: when, and which."""
    typing_now: str | None


def view(room: Room, user: Account, now: float) -> View:
    """The chat as this user sees it now."""
    post = keyboard_post(room, user)
    markup = (post.markup or {}) if post else {}
    keyboard = markup.get("keyboard") if post and room.hidden.get(user.id) != post.id else None
    return View(
        messages=[seen(one) for one in room.posts.values() if not one.deleted],
        deleted=[one.id for one in room.posts.values() if one.deleted],
        keyboard=[[button["text"] for button in row] for row in keyboard] if keyboard else None,
        placeholder=markup.get("input_field_placeholder"),
        force_reply=bool(markup.get("force_reply")),
        typing=[(action.at, action.action) for action in room.actions],
        typing_now=typing_now(room, now),
    )


def seen(post: Post) -> Seen:
    body = post.body
    text = body.get("text") or body.get("caption") or ""
    media = next((name for name in MEDIA if name in body), None)
    rows = body.get("reply_markup", {}).get("inline_keyboard", [])
    return Seen(
        id=post.id,
        sender=post.sender.id if post.sender else post.room.id,
        by_bot=bool(post.sender and post.sender.is_bot),
        text=text,
        html=rendered(text, body.get("entities") or body.get("caption_entities") or []),
        media=media,
        file_id=file_id(body[media]) if media else None,
        buttons=[[Button(one["text"], one.get("callback_data"), one.get("url")) for one in row] for row in rows],
        reply_to=body.get("reply_to_message", {}).get("message_id"),
        thread=body.get("message_thread_id"),
        edits=post.edits,
        album=body.get("media_group_id"),
        service=next((name for name in SERVICE if name in body), None),
        reactions=[str(one.get("emoji", "")) for given in post.reactions.values() for one in given],
    )


def file_id(media: Json | list[Json]) -> str | None:
    found = media[-1] if isinstance(media, list) else media
    return found.get("file_id")


def keyboard_post(room: Room, user: Account) -> Post | None:
    """The message whose reply keyboard, or forced reply, this user has; a removal takes it away."""
    current = None
    for post in room.posts.values():
        if post.markup and not post.deleted and is_for(post, user):
            current = None if post.markup.get("remove_keyboard") else post
    return current


def is_for(post: Post, user: Account) -> bool:
    """A selective keyboard is shown to who is mentioned or replied to."""
    if not (post.markup or {}).get("selective") or post.room.person:
        return True
    if post.body.get("reply_to_message", {}).get("from", {}).get("id") == user.id:
        return True
    mentioned = [entity.get("user", {}).get("id") for entity in post.body.get("entities", [])]
    return user.id in mentioned or bool(user.username and f"@{user.username}" in post.body.get("text", ""))


def typing_now(room: Room, now: float) -> str | None:
    """The action that is shown now: for five seconds, or until the bot's next message."""
    if not room.actions:
        return None
    last = room.actions[-1]
    later = any(post.at >= last.at for post in room.posts.values() if post.sender and post.sender.id == last.bot)
    return None if later or now - last.at > TYPING_LASTS else last.action
