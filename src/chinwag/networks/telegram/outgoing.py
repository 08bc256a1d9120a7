"""Values -> calls of the Bot API. Pure.

Owns which calls a message becomes: a long text is several, a file has a call of its own, a short text is its caption.
Nothing is ever sent with a parse mode: text is text, whoever wrote it, and styles are entities beside it. What was sent
is remembered as a reference such as ``12,13ck``: message ids, ``c`` where the text is a caption, ``m`` where a file has
none, ``k`` where a keyboard, or its removal, rides on it. Such a message Telegram refuses to edit, so its edit is a new
message, and the old one goes. https://core.telegram.org/bots/api#updating-messages
"""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chinwag.core.buttons import button
from chinwag.core.parts import split, units
from chinwag.core.values import EVERYBODY, Attachment, Outgoing
from chinwag.networks.telegram.entities import cut, entities
from chinwag.networks.telegram.wire import FILES

LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024
"""In UTF-16 code units: https://core.telegram.org/bots/api#sendmessage"""
ROW = 28
"""How many characters the buttons of one row may have together; more would be cut on a telephone."""
MOST_IN_ROW = 4

_METHODS = {
    "image": ("sendPhoto", "photo"),
    "audio": ("sendAudio", "audio"),
    "file": ("sendDocument", "document"),
    "photo": ("sendPhoto", "photo"),
    "document": ("sendDocument", "document"),
    "voice": ("sendVoice", "voice"),
    "video": ("sendVideo", "video"),
    "video_note": ("sendVideoNote", "video_note"),
    "animation": ("sendAnimation", "animation"),
    "sticker": ("sendSticker", "sticker"),
}
_FILES = {"c", "m"}
_WITHOUT_CAPTION = {"sendVideoNote", "sendSticker"}


class Call(Struct, frozen=True):
    """One call of the Bot API.

    Args:
        method: its name.
        parameters: its parameters, but for a file.
        field: the parameter that the file is for.
        file: the file to send.
        mark: what the reference says of the message that it makes, or leaves.
        number: the message that it changes; 0 if it makes one.
        optional: whether it is no failure if Telegram refuses it, as it does with what is too old to be deleted.
    """

    method: str
    parameters: dict[str, Any]
    field: str = ""
    file: Attachment | None = None
    mark: str = ""
    number: int = 0
    optional: bool = False


def target(room: str) -> dict[str, Any]:
    """The parameters that name a room.

    >>> target("-100123:7")
    {'chat_id': -100123, 'message_thread_id': 7}
    """
    chat, _, topic = room.partition(":")
    where: dict[str, Any] = {"chat_id": _number(chat)}
    if topic:
        where["message_thread_id"] = _number(topic)
    return where


def keyboard(labels: tuple[str, ...], *, selective: bool) -> dict[str, Any]:
    """The keyboard of a choice; short labels share a row.

    >>> keyboard(("yes", "no"), selective=False)["keyboard"]
    [[{'text': 'yes'}, {'text': 'no'}]]
    """
    rows: list[list[dict[str, Any]]] = []
    width = ROW + 1
    for label in labels:
        width += len(label)
        if width > ROW or len(rows[-1]) == MOST_IN_ROW:
            rows.append([])
            width = len(label)
        rows[-1].append({"text": label})
    return {"keyboard": rows, "resize_keyboard": True, "one_time_keyboard": True, "selective": selective}


def buttons(number: int, labels: tuple[str, ...]) -> dict[str, Any]:
    """The buttons of an inline choice.

    >>> buttons(7, ("yes", "no"))["inline_keyboard"]
    [[{'text': 'yes', 'callback_data': '7:0'}, {'text': 'no', 'callback_data': '7:1'}]]
    """
    rows = keyboard(labels, selective=False)["keyboard"]
    index = 0
    for row in rows:
        for one in row:
            one["callback_data"] = button(number, index)
            index += 1
    return {"inline_keyboard": rows}


def removal(*, selective: bool) -> dict[str, Any]:
    """Take the keyboard away."""
    return {"remove_keyboard": True, "selective": selective}


def calls(message: Outgoing, markup: dict[str, Any] | None = None, reply: int = 0) -> list[Call]:
    """The calls for a message, in order.

    Args:
        message: what is to be done.
        markup: a keyboard, or its removal; it rides on the last part.
        reply: the message that this answers, 0 if none.
    """
    if message.act == "delete":
        where = {"chat_id": target(message.room)["chat_id"]}
        return [_deletion(where, number) for number, _ in references(message.ref)]
    made = _edits(message) if message.act == "edit" else _says(message)
    if markup is not None:
        ridden = made[-1]
        mark = ridden.mark if "inline_keyboard" in markup else f"{ridden.mark}k"
        made[-1] = replace(ridden, parameters={**ridden.parameters, "reply_markup": markup}, mark=mark)
    first = next((call for call in made if not call.number), None)
    if reply and first is not None:
        first.parameters["reply_parameters"] = {"message_id": reply, "allow_sending_without_reply": True}
    return made


def outcome(call: Call, answer: Any) -> tuple[int, str]:
    """The message that a call made or left, with its mark; number 0 if there is none.

    >>> outcome(Call("sendMessage", {}, mark="k"), {"message_id": 12})
    (12, 'k')
    """
    made = answer.get("message_id") if isinstance(answer, dict) else None
    number = 0 if call.method == "deleteMessage" else call.number or made
    return (number, call.mark) if isinstance(number, int) else (0, "")


def reference(made: list[tuple[int, str]]) -> str:
    """The reference of what there is: ids with their marks.

    >>> reference([(12, ""), (13, "c")])
    '12,13c'
    """
    return ",".join(f"{number}{mark}" for number, mark in made)


def became(message: Outgoing, made: list[tuple[int, str]]) -> str:
    """The reference of an edited message from now on; empty if it is as it was.

    Args:
        message: the edit.
        made: what its calls made or left, as ``outcome`` has it.
    """
    before, touched = references(message.ref), {call.number for call in calls(message)}
    after = [one for one in before if one[0] not in touched] + [one for one in made if one[0]]
    return "" if set(after) == set(before) else reference(after)


def references(ref: str) -> list[tuple[int, str]]:
    """Read a reference back.

    >>> references("12,13c")
    [(12, ''), (13, 'c')]
    """
    found = []
    for part in ref.split(","):
        digits = part.rstrip("cmk")
        if digits.isascii() and digits.isdigit():
            found.append((int(digits), part[len(digits) :]))
    return found


def is_for_all(message: Outgoing) -> bool:
    """Whether a message is meant for the whole room."""
    return message.user == EVERYBODY


def _says(message: Outgoing) -> list[Call]:
    where = target(message.room)
    files = [_file(where, attachment) for attachment in message.attachments]
    if not message.text.strip() and files:
        return files
    first = files[0] if files else None
    if first is not None and units(message.text) <= LONGEST_CAPTION and first.method not in _WITHOUT_CAPTION:
        styles = entities(message.text, message.spans)
        caption = {**first.parameters, "caption": message.text, **({"caption_entities": styles} if styles else {})}
        return [Call(first.method, caption, first.field, first.file, "c"), *files[1:]]
    return [*_texts(where, message), *files]


def _texts(where: dict[str, Any], message: Outgoing) -> list[Call]:
    """A text in as many messages as it needs; a part of nothing but spaces would be refused."""
    made, start = [], 0
    links = [(span.start, span.start + span.length) for span in message.spans if span.style == "link"]
    for part in split(message.text, LONGEST_TEXT, links):
        styles = entities(part, cut(message.spans, start, start + len(part)))
        start += len(part)
        if part.strip() or len(message.text) == len(part):
            made.append(Call("sendMessage", {**where, "text": part, **({"entities": styles} if styles else {})}))
    return made


def _file(where: dict[str, Any], attachment: Attachment) -> Call:
    """A file to be uploaded or fetched by Telegram, or one that it has, by its id."""
    kind, _, id_ = attachment.link.removeprefix(FILES).partition("/")
    if attachment.link.startswith(FILES) and kind in _METHODS and id_:
        method, field = _METHODS[kind]
        return Call(method, {**where, field: id_}, mark="m")
    method, field = _METHODS[attachment.kind]
    return Call(method, dict(where), field, attachment, "m")


def _edits(message: Outgoing) -> list[Call]:
    """Every part that there is gets its text anew; what is too much goes, what is too little is sent behind."""
    where = target(message.room)
    chat = {"chat_id": where["chat_id"]}
    there = references(message.ref)
    texts = [(number, mark) for number, mark in there if not set(mark) & _FILES]
    if not texts:
        captioned = [one for one in there if "c" in one[1]] or there
        return _captioned(message, *captioned[0]) if there else []
    parts = _texts({}, message)
    made = []
    for (number, mark), part in zip(texts, parts, strict=False):
        if "k" in mark:
            made += [Call("sendMessage", {**where, **part.parameters}), _deletion(chat, number, optional=True)]
        else:
            made.append(Call("editMessageText", {**chat, "message_id": number, **part.parameters}, number=number))
    made += [_deletion(chat, number, optional=True) for number, _ in texts[len(parts) :]]
    return made + [Call("sendMessage", {**where, **part.parameters}) for part in parts[len(texts) :]]


def _captioned(message: Outgoing, number: int, mark: str) -> list[Call]:
    """The words beneath a file anew: where they cannot be edited, a copy of the file with them takes its place."""
    where = target(message.room)
    caption = split(message.text, LONGEST_CAPTION)[0]
    styles = entities(caption, cut(message.spans, 0, len(caption)))
    words = {"caption": caption, **({"caption_entities": styles} if styles else {})}
    about = {"chat_id": where["chat_id"], "message_id": number}
    if "k" not in mark:
        return [Call("editMessageCaption", {**about, **words}, mark="c", number=number)]
    copy = {**where, "from_chat_id": where["chat_id"], "message_id": number, **words}
    return [Call("copyMessage", copy, mark="c"), _deletion(about, number, optional=True)]


def _deletion(where: dict[str, Any], number: int, *, optional: bool = False) -> Call:
    about = {"chat_id": where["chat_id"], "message_id": number}
    return Call("deleteMessage", about, number=number, optional=optional)


def _number(text: str) -> int | str:
    """An id as a number; a public name such as ``@channel`` as it is."""
    return int(text) if text.removeprefix("-").isdecimal() else text
