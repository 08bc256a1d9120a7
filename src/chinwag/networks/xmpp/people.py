"""The people whom an account knows: its contacts, who may see whether it is online, whose clients tell of deliveries.

Owns the policy for those who want to see our presence, and the lookup of a contact by name.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable
from xml.etree.ElementTree import Element

from chinwag.core.values import Arrival
from chinwag.networks.xmpp import outgoing
from chinwag.networks.xmpp.elements import bare
from chinwag.networks.xmpp.events import Contact
from chinwag.networks.xmpp.link import Link
from chinwag.networks.xmpp.settings import Settings
from chinwag.networks.xmpp.trouble import Hopeless

ROSTER = "jabber:iq:roster"
MOST = 10_000

log = logging.getLogger("chinwag")


class People:
    """The people of one account.

    Args:
        account: the account's name.
        settings: has the policy.
        send: sends a stanza that nobody counts on.
    """

    def __init__(self, account: str, settings: Settings, send: Callable[[Element], None]) -> None:
        self._account, self._policy, self._send = account, settings.contacts, send
        self._names: dict[str, list[str]] = {}
        self._confirm: OrderedDict[str, None] = OrderedDict()
        self._unreadable: OrderedDict[str, None] = OrderedDict()
        self._waiting: OrderedDict[str, None] = OrderedDict()
        self._announced: OrderedDict[str, None] = OrderedDict()

    async def load(self, link: Link) -> None:
        """Read the contacts; who waits to be one, the server says anew once it knows that we are here.

        Raises:
            Lost: if the server does not give them.
        """
        answer = await link.ask(Element(f"{{{ROSTER}}}query"))
        self._names = {}
        self._waiting.clear()
        for item in answer.iter(f"{{{ROSTER}}}item"):
            name, address = (item.get("name") or "").strip(), bare(item.get("jid") or "")
            if name and address:
                self._names.setdefault(name.casefold(), []).append(address)

    def recipient(self, name: str) -> Arrival:
        """Look up a recipient who is named as in the contacts, in any case.

        Args:
            name: of one contact.

        Raises:
            Hopeless: if it is nobody's, or that of several.
        """
        found = self._names.get(name.strip().casefold(), [])
        if len(found) != 1:
            those = f"{len(found)} contacts have this name: {', '.join(sorted(found))}; " if found else ""
            raise Hopeless(f"--to {name!r}: {those or 'no contact has this name; '}give the address.")
        return Arrival(self._account, found[0], found[0], name, event="recipient")

    def asked(self, contact: Contact) -> Arrival | None:
        """Somebody wants to see whether we are online: answer as the settings say.

        Returns:
            That somebody has come, or has left.
        """
        address = contact.address
        if contact.wish == "unsubscribe":
            self._waiting.pop(address, None)
            self._send(outgoing.presence(address, "unsubscribed"))
            return Arrival(self._account, address, address, "", event="leave")
        if self._policy == "refuse":
            self._send(outgoing.presence(address, "unsubscribed"))
            return None
        if self._policy == "ask":
            self._waits(address)
            return None
        return self._welcome(address)

    def waiting(self) -> list[str]:
        """Those who wait for somebody to let them in; the server names them anew on every new stream."""
        return list(self._waiting)

    def admit(self, address: str, *, welcome: bool) -> Arrival | None:
        """Let somebody in who waits, or not.

        Returns:
            That somebody has come.
        """
        for known in (self._waiting, self._announced):
            known.pop(address, None)
        if welcome:
            return self._welcome(address)
        self._send(outgoing.presence(address, "unsubscribed"))
        return None

    def _waits(self, address: str) -> None:
        if address not in self._announced:
            log.warning(
                "%s: %s wants to be a contact: `chinwag contacts accept %s` lets them in, `refuse` does not.",
                self._account,
                address,
                address,
            )
        _remember(self._announced, address)
        _remember(self._waiting, address)

    def _welcome(self, address: str) -> Arrival:
        self._send(outgoing.presence(address, "subscribed"))
        self._send(outgoing.presence(address, "subscribe"))
        return Arrival(self._account, address, address, "", event="join")

    def confirms(self, address: str) -> None:
        """Somebody's client tells of deliveries."""
        _remember(self._confirm, address)

    def does_confirm(self, address: str) -> bool:
        """Whether somebody's client tells of deliveries."""
        return address in self._confirm

    def first_unreadable(self, address: str) -> bool:
        """Whether somebody writes something unreadable for the first time."""
        first = address not in self._unreadable
        _remember(self._unreadable, address)
        return first


def _remember(known: OrderedDict[str, None], address: str) -> None:
    known[address] = None
    if len(known) > MOST:
        known.popitem(last=False)
