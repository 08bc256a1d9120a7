"""The methods that put a message into a chat, but for media: text, places, contacts, and the "typing …".

All go the same way: content, markup, chat, topic, reply, limits, then the message stands in the chat. What is refused
leaves no trace.
"""

from tests.servers.telegram.telegram_access import Context, answered, message, readable, topic, writable
from tests.servers.telegram.telegram_entities import formatted, units
from tests.servers.telegram.telegram_markup import Markup, read_markup
from tests.servers.telegram.telegram_refusals import Json, bad
from tests.servers.telegram.telegram_world import Action, Post

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024

COPIED = (
    *("text", "entities", "caption", "caption_entities", "photo", "audio", "voice", "document", "video", "animation"),
    *("sticker", "location", "contact"),
)

ACTIONS = {
    *("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document"),
    *("choose_sticker", "find_location", "record_video_note", "upload_video_note"),
}


def text_content(at: Context, too_long: str = "Message is too long") -> Json:
    """The text and entities of a call; refuses an empty and a too long one."""
    given = at.call.text("text")
    if not given:
        raise bad("Message text is empty")
    text, entities = formatted(given, at.call.text("parse_mode"), at.call.value("entities", "entities"))
    if not text:
        raise bad("Text must be non-empty")
    if units(text) > LONGEST_TEXT:
        raise bad(too_long)
    content: Json = {"text": text}
    if entities:
        content["entities"] = entities
    options = at.call.value("link_preview_options", "link preview options")
    if options is not None and not isinstance(options, dict):
        raise bad("Object expected as link preview options")
    return content | ({"link_preview_options": options} if options else {})


def caption_content(caption: str, mode: str, entities: object) -> Json:
    """The caption and its entities; nothing if there is none."""
    text, found = formatted(caption, mode, entities)
    if units(text) > LONGEST_CAPTION:
        raise bad("Message caption is too long")
    content: Json = {"caption": text} if text else {}
    return content | ({"caption_entities": found} if text and found else {})


def deliver(at: Context, content: Json) -> Post:
    """Put a message with this content where the call says."""
    return deliver_all(at, [content], read_markup(at.call))[0]


def deliver_all(at: Context, contents: list[Json], markup: Markup) -> list[Post]:
    """Put several messages at once: all of them, or none."""
    room = writable(at)
    thread, reply = topic(at, room), answered(at, room)
    at.limits.take(at.bot.account.id, room, len(contents))
    more: Json = {"reply_markup": markup.inline} if markup.inline else {}
    if at.call.flag("protect_content"):
        more["has_protected_content"] = True
    posts = [
        at.world.post(room, at.bot.account, content | more, reply=reply, thread=thread or inherited(reply))
        for content in contents
    ]
    posts[0].markup = markup.below
    at.world.changed.fire()
    return posts


def inherited(reply: Post | None) -> int | None:
    """The topic of the message replied to: a reply without a thread goes there."""
    if reply and reply.body.get("is_topic_message"):
        return int(reply.body["message_thread_id"])
    return None


def send_message(at: Context) -> Json:
    return deliver(at, text_content(at)).body


def send_location(at: Context) -> Json:
    latitude, longitude = at.call.decimal("latitude"), at.call.decimal("longitude")
    if latitude is None:
        raise bad("latitude is empty")
    if longitude is None:
        raise bad("longitude is empty")
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise bad("Wrong location specified")
    return deliver(at, {"location": {"latitude": latitude, "longitude": longitude}}).body


def send_contact(at: Context) -> Json:
    contact = {"phone_number": at.call.required("phone_number"), "first_name": at.call.required("first_name")}
    contact |= {name: at.call.text(name) for name in ("last_name", "vcard") if at.call.text(name)}
    return deliver(at, {"contact": contact}).body


def copy_message(at: Context) -> Json:
    """A message once more, as the bot's own; a file may get another caption. The answer is its id alone."""
    post = message(at, readable(at, "from_chat_id"), "message to copy")
    content = {name: post.body[name] for name in COPIED if name in post.body}
    if not content:
        raise bad("message can't be copied")
    if "caption" in at.call.values and "text" not in content:
        entities = at.call.value("caption_entities", "caption entities")
        caption = caption_content(at.call.text("caption"), at.call.text("parse_mode"), entities)
        content = {name: value for name, value in content.items() if not name.startswith("caption")} | caption
    return {"message_id": deliver(at, content).body["message_id"]}


def send_chat_action(at: Context) -> bool:
    action = at.call.text("action")
    if action not in ACTIONS:
        raise bad("Wrong parameter action in request")
    room = writable(at)
    thread = at.call.integer("message_thread_id") or None
    room.actions.append(Action(at.world.clock(), action, at.bot.account.id, thread))
    at.world.changed.fire()
    return True
