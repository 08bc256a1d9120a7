"""Telegram as a network: updates by long polling or by webhook, messages by calls of the Bot API.

Owns the life of one bot: who it is, its menu of commands, the way in, and what becomes of each message on the way out.
A message that takes several calls goes on with the call that failed, after a restart too. Telegram takes no keys, so
what may have arrived may arrive twice. ``closed`` is set when there is no point in going on, and ``failure`` says why.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from chinwag.core.errors import ChinwagError, FetchError, Refused, Unreachable
from chinwag.core.pace import Limit, Limits
from chinwag.core.recent import Recent
from chinwag.core.values import EVERYBODY, Arrival, Attachment, Outgoing
from chinwag.networks.telegram import outgoing
from chinwag.networks.telegram.client import BadToken, Client, Migrated, NotFound
from chinwag.networks.telegram.errands import Errands
from chinwag.networks.telegram.hook import Hook
from chinwag.networks.telegram.keyboards import Keyboards
from chinwag.networks.telegram.outgoing import Call
from chinwag.networks.telegram.polling import Polling
from chinwag.networks.telegram.settings import Settings
from chinwag.networks.telegram.uploads import Uploads
from chinwag.networks.telegram.window import Window
from chinwag.networks.telegram.wire import ALLOWED, FILES, Reader, Update
from chinwag.ports import Inbox, Receipt
from chinwag.transport.fetching import given
from chinwag.transport.malformed import Malformed
from chinwag.transport.pauses import Pauses

MOST_ASKERS = 10_000
MOST_MOVES = 3
SECOND = 1_000_000
JITTER = SECOND // 20
"""A little longer than the limits say: on its way a message may catch up with the one before."""
OVERALL = Limit(30, SECOND + JITTER)
CHAT = Limit(1, SECOND + JITTER)
GROUP = Limit(20, 60 * SECOND + JITTER)
"""https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"""
NO_WEBHOOK = (
    "the server knows the bot, and no setWebhook (404): check TELEGRAM_API_URL, it has to be a whole Bot API server, "
    "or leave the webhook out."
)
_AS_IT_WAS = "message is not modified"
_GONE = "message to delete not found"

log = logging.getLogger("chinwag")


def pace_of(room: str) -> tuple[str, tuple[Limit, ...]]:
    """The limits of a room; the topics of a group share them.

    >>> pace_of("-100123:7")[0]
    '-100123'
    """
    chat = room.partition(":")[0]
    return chat, (CHAT, GROUP) if chat.startswith("-") else (CHAT,)


def _nowhere(server: str) -> str:
    """What a 404 at the start means."""
    if server:
        return (
            f"{server} knows no such bot (404): check TELEGRAM_API_URL, it has to be a Bot API server, then the token."
        )
    return "Telegram knows no such address (404): check TELEGRAM_BOT_API_KEY, it has to be whole."


async def _at_once(_: str) -> None:
    """Nobody keeps the limits."""


def _untold(_: Outgoing, __: str) -> None:
    """Nobody asks what of a message has gone out."""


class Telegram:
    """One bot on Telegram.

    Args:
        account: the account's name, such as ``telegram:mybot``.
        settings: the token, the server, the webhook.
        menu: commands without the slash, with a description of each.

    Attributes:
        finished: never set; Telegram does not end.
        closed: set when it cannot go on.
        failure: then, why.
        ready: whether updates come in.
    """

    numbered: bool = False
    window: int = 0
    echoes: bool = False
    limits: Limits | None = Limits((OVERALL,), pace_of)

    def __init__(self, account: str, settings: Settings, menu: Sequence[tuple[str, str]] = ()) -> None:
        self.finished = asyncio.Event()
        self.closed = asyncio.Event()
        self.failure: ChinwagError | None = None
        self.ready = False
        self._account = account
        self._nowhere = _nowhere(settings.server)
        self._menu = menu
        self._hook = Hook(settings.webhook) if settings.webhook else None
        self._client = Client(settings)
        self._window = Window()
        self._keyboards = Keyboards()
        self._uploads = Uploads()
        self._askers: Recent[tuple[str, str], int] = Recent(MOST_ASKERS)
        self._moved: dict[str, str] = {}
        self._turn: Callable[[str], Awaitable[None]] = _at_once
        self._partly: Callable[[Outgoing, str], None] = _untold
        self._reader: Reader | None = None
        self._life: asyncio.Task[None] | None = None
        self._errands = Errands(account)

    # -- life ---------------------------------------------------------------------------------------------------------

    async def start(self, inbox: Inbox) -> None:
        """Begin to take in updates; what goes wrong is tried again, and is no error here.

        Args:
            inbox: where they are put.
        """
        self._inbox = inbox
        self._life = asyncio.get_running_loop().create_task(self._live(), name=self._account)

    async def stop(self) -> None:
        """Take in no more, and let go."""
        self.ready = False
        if self._life is not None:
            self._life.cancel()
            await asyncio.gather(self._life, return_exceptions=True)
        await self._errands.stop()
        await self._client.close()

    def restore(self) -> None:
        """Nothing was changed."""

    async def _live(self) -> None:
        try:
            me = await self._insist(Call("getMe", {}))
            reader = self._reader = Reader(self._account, int(me["id"]), str(me.get("username") or ""))
            self._show_menu()
            self.ready = True  # before the webhook is registered: pushes begin while that call is being answered
            if self._hook is None:
                await Polling(self._client, reader, self._window, self._take, self._pauses()).run()
            else:
                await self._insist(Call("setWebhook", self._registration(self._hook)))
        except BadToken:
            self._fail(
                "Telegram does not know this token: check TELEGRAM_BOT_API_KEY, or ask @BotFather for a new one."
            )
        except NotFound:
            self._fail(self._nowhere if self._reader is None else NO_WEBHOOK)
        except Refused as error:
            self._fail(f"Telegram refuses to start this bot: {error}")

    async def _insist(self, call: Call) -> Any:
        """Make a call until it is answered; pauses grow."""
        return await self._pauses().insist(partial(self._client.call, call), BadToken)

    def _pauses(self) -> Pauses:
        return Pauses(self._account, "Telegram")

    def _show_menu(self) -> None:
        """Tell Telegram the commands that it shows; a bot without a menu is a bot all the same."""
        commands = [{"command": name, "description": words} for name, words in self._menu]
        if commands:
            menu = self._client.call(Call("setMyCommands", {"commands": commands}))
            self._errands.run("showing the menu of commands", menu)

    def _registration(self, hook: Hook) -> dict[str, Any]:
        return {"url": hook.url, "secret_token": hook.secret, "allowed_updates": list(ALLOWED)}

    def _fail(self, words: str) -> None:
        self.failure = ChinwagError(words)
        self.ready = False
        self.closed.set()

    # -- in -----------------------------------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """The path of the webhook's URL; empty if updates are fetched."""
        return self._hook.path if self._hook is not None else ""

    def allows(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether a push comes from Telegram.

        Args:
            headers: with names in lower case.
            body: not looked at.
        """
        del body
        return self._hook is not None and self._hook.allows(headers)

    def take(self, body: bytes, done: Callable[[], None]) -> None:
        """Take in what was pushed.

        Args:
            body: the update.
            done: called once it is durable.
        """
        if self._reader is None:
            return
        self._take(self._reader.update(body), done)

    def _take(self, update: Update, done: Callable[[], None] | None = None) -> bool:
        """Hand an update over, unless it is under way; whether it was handed over."""
        arrivals = [event for event in update.events if isinstance(event, Arrival)]
        new = self._window.enter(update.number, len(arrivals), done) if update.number else False
        if not new and update.number:
            return False
        for event in update.events:
            if isinstance(event, Malformed):
                log.warning("%s: an update was left out, it cannot be read: %s", self._account, event.reason)
        if not new and done is not None:
            done()
        for arrival in arrivals:
            self._heard(arrival)
            self._inbox.receive(arrival, partial(self._window.settle, update.number))
        return new

    def _heard(self, arrival: Arrival) -> None:
        if arrival.event == "move":
            self._moved[arrival.room] = arrival.text
        if arrival.event != "message":
            return
        self._keyboards.heard(arrival.room, arrival.user, arrival.text)
        if not arrival.direct:
            self._askers[arrival.room, arrival.user] = int(arrival.ref)

    def _move(self, old: str, new: str) -> None:
        """An answer says that a group is a supergroup now; the update that says so may come later, or never."""
        if self._moved.get(old) != new:
            self._moved[old] = new
            self._inbox.receive(Arrival(self._account, old, EVERYBODY, new, direct=False, event="move"))

    # -- what is no message -------------------------------------------------------------------------------------------

    def pressed(self, press: Arrival, words: str) -> None:
        """Answer a press, so that the button stops to turn.

        Args:
            press: what arrived.
            words: shown to who pressed, if there are any.
        """
        answer = {"callback_query_id": press.ref, **({"text": words} if words else {})}
        self._errands.run("answering a press", self._client.call(Call("answerCallbackQuery", answer)))

    def typing(self, room: str) -> None:
        """Show that the bot is at work.

        Args:
            room: where.
        """
        sign = Call("sendChatAction", {**outgoing.target(room), "action": "typing"})
        self._errands.run("showing that it types", self._client.call(sign))

    async def fetch(self, attachment: Attachment) -> bytes:
        """The bytes of a file that came along.

        Args:
            attachment: the file.

        Raises:
            FetchError: if Telegram does not give it.
        """
        _, _, file = attachment.link.removeprefix(FILES).partition("/")
        if not attachment.link.startswith(FILES) or not file:
            raise FetchError(f"there is nothing to fetch at {attachment.link[:80]!r}")
        return await given(self._account, "Telegram", self._client.download(file))

    # -- out ----------------------------------------------------------------------------------------------------------

    def paced_by(self, turn: Callable[[str], Awaitable[None]]) -> None:
        """Keep the limits within a message, too: a long text and several files are several calls.

        Args:
            turn: waits until a room may be spoken to once more.
        """
        self._turn = turn

    def tells(self, partly: Callable[[Outgoing, str], None]) -> None:
        """Tell of the parts of a message that have gone out, so that they outlive this process.

        Args:
            partly: called with the message and the reference of what there is of it.
        """
        self._partly = partly

    async def send(self, message: Outgoing) -> Receipt:
        """Send a message.

        Raises:
            Refused, RateLimited, Unreachable, Ambiguous: see ``chinwag.core.errors``.
        """
        group = message.room.startswith("-")
        markup = self._keyboards.markup(message, group=group)
        reply = int(message.reply or self._askers.get((message.room, message.user), 0)) if group else 0
        calls = outgoing.calls(message, markup, reply)
        if not calls:
            raise Refused("the message that is meant was never sent")
        made = outgoing.references(message.made)
        for place, call in enumerate(calls[len(made) :]):
            if place and not call.optional:
                await self._turn(message.room)
            made.append(outgoing.outcome(call, await self._made(call)))
            if len(made) < len(calls):
                self._partly(message, outgoing.reference(made))
        self._keyboards.sent(message, markup)
        if message.act == "say":
            return Receipt(outgoing.reference(made))
        return Receipt(became=outgoing.became(message, made) if message.act == "edit" else "")

    async def _made(self, call: Call) -> Any:
        """Make a call with what it sends along: by its id if Telegram has it, and still knows it."""
        known = self._uploads.known(call)
        try:
            answer = await self._call(known)
        except Refused:
            if known is call:
                raise
            self._uploads.forget(call)
            answer = await self._call(call)
        self._uploads.note(call, answer)
        return answer

    async def _call(self, call: Call) -> Any:
        """Make a call; if its room has moved, in its new place."""
        for _ in range(MOST_MOVES):
            chat = str(call.parameters["chat_id"])
            call.parameters["chat_id"] = int(self._moved[chat]) if chat in self._moved else call.parameters["chat_id"]
            try:
                return await self._client.call(call)
            except Migrated as moved:
                self._move(str(call.parameters["chat_id"]), str(moved.chat))
            except BadToken:
                self._fail("Telegram does not know this token any more: check TELEGRAM_BOT_API_KEY, then start again.")
                raise Unreachable("Telegram does not know the token") from None
            except NotFound as error:  # the message is none the worse for it
                raise Unreachable(f"there is no Bot API server at this address ({error})") from None
            except Refused as error:
                if call.optional or _is_done(str(error)):
                    return None
                raise
        raise Refused("the group has moved, and is not where it moved to")


def _is_done(words: str) -> bool:
    """Whether a call is refused because there is nothing left to do."""
    return _AS_IT_WAS in words.lower() or _GONE in words.lower()
