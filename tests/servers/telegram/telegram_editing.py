"""The methods that change what stands in a chat: edits, deletions, reactions.

A bot edits only its own messages, and only those without markup or with an inline keyboard (Bot API, "Updating
messages"). An edit without `reply_markup` takes the inline keyboard away. An edit that changes nothing is refused.
"""

from tests.servers.telegram.telegram_access import Context, message, readable, writable
from tests.servers.telegram.telegram_markup import inline_only
from tests.servers.telegram.telegram_media import above, input_media
from tests.servers.telegram.telegram_refusals import NOT_MODIFIED, Json, bad
from tests.servers.telegram.telegram_sending import caption_content, text_content
from tests.servers.telegram.telegram_world import Post

DELETABLE = 48 * 3600
"""Seconds in which a message may be deleted."""

TEXT = ("text", "entities", "link_preview_options")
CAPTION = ("caption", "caption_entities", "show_caption_above_media")
MEDIA = ("photo", "audio", "voice", "document", "video", "animation", "has_media_spoiler")


def editable(at: Context) -> Post:
    """The message to edit; refuses what the bot may not."""
    if not at.call.text("chat_id") and not at.call.integer("message_id"):
        raise bad("Message identifier is not specified")
    post = message(at, writable(at), "message to edit")
    if post.sender is not at.bot.account or post.markup:
        raise bad("message can't be edited")
    return post


def replace(at: Context, post: Post, old: tuple[str, ...], content: Json) -> Json:
    """Put the content in the place of the fields `old`, and the call's inline keyboard in that of the old one."""
    markup = inline_only(at.call)
    body = {name: value for name, value in post.body.items() if name not in {*old, "reply_markup", "edit_date"}}
    body |= content | ({"reply_markup": markup} if markup else {})
    if body == {name: value for name, value in post.body.items() if name != "edit_date"}:
        raise bad(NOT_MODIFIED)
    at.limits.take(at.bot.account.id, post.room)
    at.world.rewrite(post, body | {"edit_date": at.world.now()})
    return post.body


def edit_text(at: Context) -> Json:
    content = text_content(at, too_long="MESSAGE_TOO_LONG")
    post = editable(at)
    if "text" not in post.body:
        raise bad("there is no text in the message to edit")
    return replace(at, post, TEXT, content)


def edit_caption(at: Context) -> Json:
    entities = at.call.value("caption_entities", "caption entities")
    content = caption_content(at.call.text("caption"), at.call.text("parse_mode"), entities) | above(at.call)
    post = editable(at)
    if not any(name in post.body for name in MEDIA):
        raise bad("there is no caption in the message to edit")
    return replace(at, post, CAPTION, content)


def edit_markup(at: Context) -> Json:
    return replace(at, editable(at), (), {})


async def edit_media(at: Context) -> Json:
    media = at.call.value("media", "input media")
    if media is None:
        raise bad('Parameter "media" is required')
    content = await input_media(at, media, album=False)
    post = editable(at)
    return replace(at, post, (*TEXT, *CAPTION, *MEDIA), content)


# ----------------------------------------------------------------------------------------------------------- deletions


def delete_message(at: Context) -> bool:
    if not at.call.text("chat_id"):
        raise bad("Chat identifier is not specified")
    if not at.call.integer("message_id"):
        raise bad("Message identifier is not specified")
    post = message(at, writable(at), "message to delete")
    if not deletable(at, post):
        raise bad("message can't be deleted")
    delete(at, post)
    return True


def delete_messages(at: Context) -> bool:
    """Delete several; those that cannot be found are left out."""
    numbers = at.call.value("message_ids", "message_ids")
    if numbers is None:
        raise bad("Message identifiers are not specified")
    if not isinstance(numbers, list):
        raise bad("Expected an Array of message identifiers")
    if len(numbers) > 100:
        raise bad("Too many message identifiers specified")
    room = writable(at)
    for number in numbers:
        post = room.posts.get(int(number))
        if post and not post.deleted and deletable(at, post):
            delete(at, post)
    return True


def deletable(at: Context, post: Post) -> bool:
    """Its own messages, all in private chats, and all where it is an administrator; for two days."""
    room, own = post.room, at.bot.account
    allowed = post.sender is own or room.person is not None or room.leads(own.id)
    return allowed and at.world.clock() - post.body["date"] < DELETABLE


def delete(at: Context, post: Post) -> None:
    post.deleted = True
    at.world.changed.fire()


# ----------------------------------------------------------------------------------------------------------- reactions


def set_reaction(at: Context) -> bool:
    reactions = at.call.value("reaction", "reaction types") or []
    if not isinstance(reactions, list):
        raise bad("Expected an Array of ReactionType")
    if any(not isinstance(one, dict) or one.get("type") not in {"emoji", "custom_emoji"} for one in reactions):
        raise bad("Can't parse ReactionType: invalid reaction type specified")
    if len(reactions) > 1:
        raise bad("REACTIONS_TOO_MANY")
    post = message(at, readable(at), "message to react")
    post.reactions[at.bot.account.id] = reactions
    at.world.changed.fire()
    return True
