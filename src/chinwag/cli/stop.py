"""``chinwag stop``: one account of a file that is served."""

from chinwag.cli.accounts import wish
from chinwag.cli.location import found_path
from chinwag.cli.options import AccountName, Config, Store


def stop(account: AccountName, store: Store = None, config: Config = None) -> None:
    """Stop one account of a file that is served.

    What is being sent is waited for; whatever it waits for and has to say stays in the store. It stays stopped until
    `chinwag start`, also when the process is started anew.

    Example: chinwag stop blake
    """
    wish("stop", account, found_path(store, None, config))
