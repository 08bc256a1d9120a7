"""``chinwag reload``: the file of accounts, read anew by the process that serves it."""

from chinwag.cli.accounts import wish
from chinwag.cli.location import found_path
from chinwag.cli.options import Config, Store


def reload(store: Store = None, config: Config = None) -> None:
    """Have the file of accounts read anew.

    Accounts that are new start, those that are gone stop, those that have changed start anew; all others run on. The
    bots' code is not read again. A SIGHUP to the process does the same.

    Example: chinwag reload
    """
    wish("reload", "", found_path(store, None, config))
