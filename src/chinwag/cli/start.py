"""``chinwag start``: an account that was stopped, given up or refused."""

from chinwag.cli.accounts import wish
from chinwag.cli.location import found_path
from chinwag.cli.options import AccountName, Config, Store


def start(account: AccountName, store: Store = None, config: Config = None) -> None:
    """Start an account that was stopped or given up.

    The file is read anew before, so what was mended in it counts. It goes on where it was.

    Example: chinwag start blake
    """
    wish("start", account, found_path(store, None, config))
