"""Files that came along with a message: what a conversation is told if the bytes of one cannot be had."""

import logging
from collections.abc import Awaitable

from chinwag.core.errors import FetchError, Refused, SendError

log = logging.getLogger("chinwag")


async def given(account: str, network: str, asked: Awaitable[bytes]) -> bytes:
    """The bytes of a file.

    Args:
        account: the account's name, for the log.
        network: the network's name.
        asked: gives them.

    Raises:
        FetchError: if they cannot be had, in a sentence that is fit for a user.
    """
    try:
        return await asked
    except SendError as error:
        log.debug("%s: a file was not given: %s", account, error)
        words = str(error) if isinstance(error, Refused) else "it does not answer as it should, try again later"
        raise FetchError(f"{network} did not give the file: {words}") from None
