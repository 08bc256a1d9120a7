"""What every store must do, as tests: derive a class from ``StoreContract``, give it ``make``, and pytest runs them.

Owns the promises of the ``Store`` port. A store may promise more (a file, a lock); that is tested beside its code. Here
it is known by its port alone: what a test wants to know it asks, after the commit that it waited for.

    class TestMyStore(StoreContract):
        def make(self, folder: Path) -> Store:
            return MyStore(folder / "store")

``store_machine`` holds a store against a plain model, at random.
"""

from chinwag.testing.contract.store_commits import Commits
from chinwag.testing.contract.store_conversations import Conversations
from chinwag.testing.contract.store_messages import Messages
from chinwag.testing.contract.store_odds import Odds

__all__ = ["StoreContract"]


class StoreContract(Commits, Conversations, Messages, Odds):
    """The contract of a store."""
