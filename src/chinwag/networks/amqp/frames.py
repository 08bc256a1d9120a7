"""Frames of AMQP that a library would not take -> frames that it takes. Pure.

Owns one weakness of the libraries: a routing key, or a header, whose bytes are not UTF-8 ends the whole connection, and
a durable queue would bring it again for ever. A broker hands such bytes on as they are, so anybody in the room could
silence everybody. Here the key is replaced, sign by sign, and headers that cannot be read are left out.

AMQP 0-9-1, section 2.3.5 (frames), and its XML specification: basic.deliver is class 60, method 60.
"""

from struct import Struct

METHOD, HEADER = 1, 2
OPENING = Struct(">BHI")
"""Type, channel, size; the payload comes behind it, and behind that one byte."""
LONGEST = 16 * 1024 * 1024
_DELIVER = b"\x00\x3c\x00\x3c"
_TAG_AND_REDELIVERED = 9
_LONGEST_SHORT = 255
_CLASS_WEIGHT_SIZE = 12
_FLAGS = Struct(">H")
HARD_TO_READ = 0x2041
"""Flags of a header with a table, a timestamp or further flags: these may be refused though they are ASCII."""


def mended_delivery(frame: bytes) -> bytes:
    r"""A delivery whose routing key is UTF-8; any other frame as it is.

    Args:
        frame: a whole frame, from its type to its last byte.

    >>> whole = bytes.fromhex("01 0001 00000014 003c003c 0174 0000000000000001 00 0178 02 ff41 ce")
    >>> mended_delivery(whole)[-6:]
    b'\x04\xef\xbf\xbdA\xce'
    """
    start = OPENING.size
    if frame[0] != METHOD or frame[start : start + 4] != _DELIVER:
        return frame
    place = start + 4
    place += 1 + frame[place] + _TAG_AND_REDELIVERED  # behind the consumer's tag
    place += 1 + frame[place]  # behind the exchange
    key = frame[place + 1 : place + 1 + frame[place]]
    if key.isascii() or _is_text(key):
        return frame
    short = _short(key.decode("utf-8", "replace"))
    payload = frame[start:place] + bytes([len(short)]) + short
    return _frame(frame, payload)


def bare_header(frame: bytes) -> bytes:
    """A header frame without any property: what remains is how long the body is.

    Args:
        frame: a whole header frame.

    >>> bare_header(bytes.fromhex("02 0001 00000011 003c 0000 0000000000000002 0040 02ff41 ce")).hex(" ", -4)
    '02000100 00000e00 3c000000 00000000 00000200 00ce'
    """
    start = OPENING.size
    return _frame(frame, frame[start : start + _CLASS_WEIGHT_SIZE] + b"\0\0")


def is_easy(frame: bytes) -> bool:
    """Whether a header frame has nothing in it that could be refused; else it has to be tried.

    Args:
        frame: a whole header frame.
    """
    place = OPENING.size + _CLASS_WEIGHT_SIZE
    (flags,) = _FLAGS.unpack_from(frame, place)
    return not flags & HARD_TO_READ and frame[place + 2 : -1].isascii()


def _frame(old: bytes, payload: bytes) -> bytes:
    kind, channel, _ = OPENING.unpack_from(old)
    return OPENING.pack(kind, channel, len(payload)) + payload + old[-1:]


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _short(text: str) -> bytes:
    """The text as a short string; what is replaced may be longer than it was, and is cut at a sign."""
    return text.encode()[:_LONGEST_SHORT].decode(errors="ignore").encode()
