"""Who pushes: LINE signs the raw bytes of a body with the channel's secret.

Compared in constant time, before a byte is parsed.
https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/
"""

import hmac
from base64 import b64encode

HEADER = "x-line-signature"


def signature(secret: str, body: bytes) -> str:
    """What LINE puts into the header.

    Args:
        secret: the channel's secret.
        body: the raw bytes.

    >>> signature("channel_secret", b"bodybodybodybody")
    '/gg9a+LvFevTH1sd7XCQycD7tsWclCsInj7MhBHxN7k='
    """
    return b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def is_signed(secret: str, body: bytes, given: str) -> bool:
    """Whether this body was signed with this secret.

    Args:
        secret: the channel's secret.
        body: the raw bytes.
        given: the header's value; anything at all.
    """
    return hmac.compare_digest(signature(secret, body).encode(), given.encode(errors="replace"))
