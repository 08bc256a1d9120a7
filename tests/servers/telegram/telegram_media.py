"""The methods that send files: photo, audio, voice, document, video, animation, sticker, and albums of them.

A file is an upload under the parameter's own name, ``attach://name``, a file id, or a URL that this server fetches.
"""

from typing import Any

from tests.servers.telegram.telegram_access import Context
from tests.servers.telegram.telegram_files import File, dimensions
from tests.servers.telegram.telegram_markup import Markup
from tests.servers.telegram.telegram_parameters import Call, Upload
from tests.servers.telegram.telegram_refusals import Json, bad
from tests.servers.telegram.telegram_sending import caption_content, deliver, deliver_all

MOST_IN_ALBUM = 10
ALONE = {"audio", "document"}
"""Kinds whose albums hold nothing else."""


async def chosen_file(at: Context, value: str, kind: str, missing: str) -> File:
    """The file that a parameter's value means."""
    if value.startswith("attach://"):
        upload = at.call.uploads.get(value.removeprefix("attach://"))
    elif value.startswith(("http://", "https://")):
        upload = await fetched(at, value, kind)
    elif value:
        return at.files.find(value, kind)
    else:
        upload = at.call.uploads.get(kind)
    if upload is None:
        raise bad(missing)
    return at.files.add(kind, upload)


async def fetched(at: Context, url: str, kind: str) -> Upload:
    upload = await at.fetch(url)
    if kind == "photo" and dimensions(upload.content) is None:
        raise bad("Wrong type of the web page content")
    return upload


def media_content(file: File, details: Call) -> Json:
    """How a message holds this file; `details` has duration, title and so on."""
    fields = file.json()
    if file.kind == "photo":
        return {"photo": [sized(file, fields)]}
    if file.kind == "sticker":
        plain = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        emoji = {"emoji": details.text("emoji")} if details.text("emoji") else {}
        return {"sticker": fields | plain | emoji}
    if file.kind in {"audio", "voice", "video", "animation"}:
        fields["duration"] = details.integer("duration")
    if file.kind in {"video", "animation"}:
        fields |= {"width": details.integer("width", 320), "height": details.integer("height", 240)}
    fields["mime_type"] = file.mime
    if file.kind != "voice":
        fields["file_name"] = file.name
    if file.kind == "audio":
        fields |= {name: details.text(name) for name in ("performer", "title") if details.text(name)}
    return {"animation": fields, "document": fields} if file.kind == "animation" else {file.kind: fields}


def sized(file: File, fields: Json) -> Json:
    return fields | {"width": file.size[0], "height": file.size[1]}


def above(details: Call) -> Json:
    """The flags of a caption and a cover."""
    names = {"show_caption_above_media": "show_caption_above_media", "has_spoiler": "has_media_spoiler"}
    return {shown: True for name, shown in names.items() if details.flag(name)}


async def send_media(at: Context) -> Json:
    """One of ``sendPhoto``, ``sendAudio`` …: the method's name says what."""
    kind = at.call.method.lower().removeprefix("send")
    call = at.call
    missing = f"There is no {kind} in the request"
    caption = caption_content(
        call.text("caption"), call.text("parse_mode"), call.value("caption_entities", "caption entities")
    )
    file = await chosen_file(at, call.text(kind), kind, missing)
    return deliver(at, media_content(file, call) | caption | above(call)).body


async def input_media(at: Context, value: Any, *, album: bool) -> Json:
    """The content that an InputMedia stands for."""
    if not isinstance(value, dict):
        raise bad("Can't parse InputMedia: expected an Object")
    kind = value.get("type")
    if kind not in {"photo", "video", "animation", "audio", "document"}:
        raise bad(f'Can\'t parse InputMedia: type "{kind}" is unsupported')
    if album and kind == "animation":
        raise bad("Can't parse InputMedia: type \"animation\" can't be used in sendMediaGroup")
    details = Call(at.call.method, value)
    caption = caption_content(details.text("caption"), details.text("parse_mode"), value.get("caption_entities"))
    media = details.text("media")
    if not media:
        raise bad("Can't parse InputMedia: media not found")
    file = await chosen_file(at, media, kind, "Can't parse InputMedia: media not found")
    return media_content(file, details) | caption | above(details)


async def send_media_group(at: Context) -> list[Json]:
    media = at.call.value("media", "media")
    if media is None:
        raise bad('Parameter "media" is required')
    if not isinstance(media, list):
        raise bad("Expected an Array of InputMedia")
    contents = [await input_media(at, one, album=True) for one in media]
    check_album(media)
    group = {"media_group_id": str(next(at.world.albums))}
    return [post.body for post in deliver_all(at, [content | group for content in contents], Markup())]


def check_album(media: list[Json]) -> None:
    if not media:
        raise bad("There are no messages to send")
    if len(media) > MOST_IN_ALBUM:
        raise bad("Too many messages to send as an album")
    kinds = {one["type"] for one in media}
    if len(kinds) > 1 and kinds & ALONE:
        raise bad("Can't use the media of the specified type in the album")
