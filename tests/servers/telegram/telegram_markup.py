"""Reply markup of a call: inline keyboards, reply keyboards, their removal, forced replies.

A message shows only its inline keyboard; the others change what lies under the user's text field.
"""

from typing import Any, NamedTuple

from tests.servers.telegram.telegram_parameters import Call
from tests.servers.telegram.telegram_refusals import Json, Refused, bad

MOST_DATA = 64
"""Bytes of `callback_data`."""
MOST_BUTTONS = 100

ACTIONS = {
    *("url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat"),
    *("switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay"),
}


class Markup(NamedTuple):
    """A message's markup."""

    inline: Json | None = None
    """What stands in the message: ``{"inline_keyboard": …}``."""
    below: Json | None = None
    """A reply keyboard, ``{"remove_keyboard": true}``, or a forced reply."""


def read_markup(call: Call) -> Markup:
    """The markup of a call; refuses what Telegram would."""
    value = call.value("reply_markup", "reply keyboard markup")
    if value is None:
        return Markup()
    if not isinstance(value, dict):
        raise bad("Object expected as reply markup")
    if value.get("keyboard"):
        return Markup(below={**value, "keyboard": rows(value["keyboard"], "keyboard")})
    if value.get("inline_keyboard"):
        keyboard = rows(value["inline_keyboard"], "inline_keyboard")
        return Markup(inline={"inline_keyboard": keyboard} if any(keyboard) else None)
    below = value if value.get("remove_keyboard") or value.get("force_reply") else None
    return Markup(below=below)


def inline_only(call: Call) -> Json | None:
    """The markup of a call that edits: an inline keyboard or nothing."""
    markup = read_markup(call)
    if markup.below:
        raise bad("inline keyboard expected")
    return markup.inline


def rows(value: Any, field: str) -> list[list[Json]]:
    inline = field == "inline_keyboard"
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        suffix = " of the InlineKeyboardMarkup" if inline else ""
        raise bad(f'Field "{field}"{suffix} must be an Array of Arrays')
    checked = [[inline_button(one) if inline else keyboard_button(one) for one in row] for row in value if row]
    if sum(map(len, checked)) > MOST_BUTTONS:
        raise bad("reply markup is too long")
    return checked


def keyboard_button(value: Any) -> Json:
    button = {"text": value} if isinstance(value, str) else value
    if not isinstance(button, dict):
        raise bad("Can't parse keyboard button: KeyboardButton must be a String or an Object")
    check_text(button, "keyboard button")
    return button


def inline_button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise bad("Can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    check_text(button, "inline keyboard button")
    if not any(button.get(action) or (action in button and action.startswith("switch")) for action in ACTIONS):
        raise unparsed("inline keyboard button", "Text buttons are unallowed in the inline keyboard")
    if len(str(button.get("callback_data") or "").encode()) > MOST_DATA:
        raise bad("BUTTON_DATA_INVALID")
    return {name: value for name, value in button.items() if value is not None}


def check_text(button: Json, what: str) -> None:
    if "text" not in button:
        raise unparsed(what, 'Can\'t find field "text"')
    if not str(button["text"]).strip():
        raise bad(f"{what.capitalize()} text must be non-empty")


def unparsed(what: str, why: str) -> Refused:
    return bad(f"Can't parse {what}: {why}")
