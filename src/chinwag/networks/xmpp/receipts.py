"""Messages of ours in direct chats, the arrival of which the other side may still tell (XEP-0184, XEP-0333)."""

from chinwag.core.recent import Recent
from chinwag.core.values import Arrival, Outgoing
from chinwag.networks.xmpp.elements import bare
from chinwag.networks.xmpp.events import Told
from chinwag.networks.xmpp.people import People
from chinwag.ports import Receipt

MOST = 10_000


class Receipts:
    """What is waited for in one account.

    Args:
        account: the account's name.
        people: know whose clients tell of deliveries.
    """

    def __init__(self, account: str, people: People) -> None:
        self._account, self._people = account, people
        self._sent: Recent[str, tuple[int, str]] = Recent(MOST)

    def expect(self, message: Outgoing, id_: str) -> None:
        """A message is about to go out: its arrival may be told in the same breath in which the server takes it.

        Args:
            message: what is sent.
            id_: of its first stanza.
        """
        self._sent[id_] = (message.id, message.room)

    def forget(self, id_: str) -> None:
        """A message did not go out, or nobody knows.

        Args:
            id_: of its first stanza.
        """
        self._sent.pop(id_, None)

    def awaited(self, message: Outgoing, receipt: Receipt) -> Receipt:
        """A message was taken: whether its arrival will be told; only clients that do tell are waited for.

        Args:
            message: what was sent.
            receipt: what the server said.
        """
        return Receipt(receipt.ref, receipt.note, awaits=self._people.does_confirm(bare(message.room)))

    def came(self, told: Told) -> Arrival | None:
        """A message has arrived, or came back: what whoever waits for that is told; None if nobody does.

        Args:
            told: by the other side.
        """
        number, room = self._sent.get(told.id, (0, ""))
        if not number or bare(room) != bare(told.by):
            return None
        del self._sent[told.id]
        return Arrival(self._account, room, bare(told.by), told.error, event="receipt", target=number)
