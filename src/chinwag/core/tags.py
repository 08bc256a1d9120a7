"""The special values of the journal: each is written as a JSON object that names its own type.

``{"$": "decimal", "v": "1.50"}`` comes back as ``Decimal("1.50")`` with no further knowledge. Owns integers beyond 64
bits, the floats that JSON lacks, bytes, dates, times, durations, decimals and UUIDs; containers are in ``plain``,
classes in ``records``. Refuses a tag that is not exactly what would have been written: decoding encodes and compares.

A public format: a tag may be added, never changed, for journals are read for ever.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID
from zoneinfo import ZoneInfo

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]
Tag = dict[str, Plain]

LOWEST, HIGHEST = -(2**63), 2**63 - 1
MARK = "$"
_MICROSECOND = timedelta(microseconds=1)


class Unfit(ValueError):
    """Why a value or an encoding is refused, and the steps to it, innermost first.

    Never leaves the codec: ``plain`` and ``codec`` make it a ``NotJournalable``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.steps: list[str] = []

    def under(self, step: str) -> "Unfit":
        """Add the step that led to it, while the walk unwinds."""
        self.steps.append(step)
        return self

    def sentence(self) -> str:
        """The reason, after the place if it is not at the top.

        >>> Unfit("a `Foo` is in the way").under(".price").under("[3]").sentence()
        'at [3].price: a `Foo` is in the way'
        """
        return f"at {''.join(reversed(self.steps))}: {self.reason}" if self.steps else self.reason


def name_of(kind: type) -> str:
    """The name of a class in the journal and in messages: its ``__qualname__``, quoted nowhere.

    >>> name_of(Decimal)
    'Decimal'
    """
    return kind.__qualname__


def is_text(value: str) -> bool:
    r"""Whether JSON can carry it: it holds no half of a surrogate pair.

    >>> is_text("Zürich"), is_text("\ud800")
    (True, False)
    """
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return False
    return True


def as_text(value: str) -> str:
    r"""The text, with halves of surrogate pairs written out: for words that nobody could refuse any more.

    >>> as_text("Zürich"), as_text("\ud800!")
    ('Zürich', '\\ud800!')
    """
    return value if is_text(value) else value.encode("utf-8", "backslashreplace").decode()


def text(value: str) -> str:
    """The text itself.

    Raises:
        Unfit: if JSON cannot carry it.
    """
    if not is_text(value):
        raise Unfit(f"the text {value[:40]!a} is no valid Unicode; decode it with errors='replace'")
    return value


def int_tag(value: int) -> Tag:
    """An integer beyond 64 bits, in hexadecimal: Python limits how long a decimal it converts."""
    return {MARK: "int", "v": hex(value)}


def float_tag(value: float) -> Tag:
    """A float that JSON lacks or might lose: ``nan``, ``inf``, ``-inf``, ``-0.0``."""
    return {MARK: "float", "v": repr(value)}


def _bytes(value: bytes) -> Tag:
    return {MARK: "bytes", "v": b64encode(value).decode()}


def _date(value: date) -> Tag:
    return {MARK: "date", "v": value.isoformat()}


def _datetime(value: datetime) -> Tag:
    return _clock("datetime", value)


def _time(value: time) -> Tag:
    return _clock("time", value)


def _clock(name: str, value: datetime | time) -> Tag:
    """The text, and beside it what it cannot say: a zone, the second of two equal hours."""
    zone = value.tzinfo
    tag: Tag = {MARK: name}
    if zone is None or _in_text(zone):
        tag["v"] = value.isoformat()
    else:
        tag |= {"v": value.replace(tzinfo=None).isoformat(), "z": _zone(name, zone)}
    if value.fold:
        tag["f"] = 1
    return tag


def _in_text(zone: tzinfo) -> bool:
    """Whether ``isoformat`` says all: an offset without a name, in whole seconds (finer ones are read back wrong)."""
    if type(zone) is not timezone:
        return False
    offset = zone.utcoffset(None)
    return not offset.microseconds and zone.tzname(None) == timezone(offset).tzname(None)


def _zone(name: str, zone: tzinfo) -> Plain:
    """The key of a zone of the tz database; offset in microseconds and name of a fixed one."""
    if type(zone) is ZoneInfo and zone.key:
        return text(zone.key)
    if type(zone) is timezone:
        return [zone.utcoffset(None) // _MICROSECOND, text(zone.tzname(None))]
    raise Unfit(f"a {name} with a tzinfo of type `{name_of(type(zone))}`; use datetime.timezone or zoneinfo.ZoneInfo")


def _timedelta(value: timedelta) -> Tag:
    return {MARK: "timedelta", "v": [value.days, value.seconds, value.microseconds]}


def _decimal(value: Decimal) -> Tag:
    return {MARK: "decimal", "v": str(value)}


def _uuid(value: UUID) -> Tag:
    return {MARK: "uuid", "v": str(value)}


ENCODERS: Mapping[type, Callable[[Any], Tag]] = {
    bytes: _bytes,
    date: _date,
    datetime: _datetime,
    time: _time,
    timedelta: _timedelta,
    Decimal: _decimal,
    UUID: _uuid,
}


def _word(tag: Tag) -> str:
    value = tag["v"]
    return value if type(value) is str else _malformed()


def _malformed() -> NoReturn:
    raise ValueError


def _to_clock(tag: Tag, kind: Any) -> Any:
    value = kind.fromisoformat(_word(tag))
    if "z" in tag:
        value = value.replace(tzinfo=_to_zone(tag["z"]))
    return value.replace(fold=1) if "f" in tag else value


def _to_zone(plain: Plain) -> tzinfo:
    if isinstance(plain, str):
        return ZoneInfo(plain)
    if not isinstance(plain, list):
        _malformed()
    offset, name = plain
    zone = timezone(timedelta(microseconds=offset), name)  # type: ignore[arg-type] # TypeError if they are not that
    unnamed = timezone(zone.utcoffset(None))
    return unnamed if name == unnamed.tzname(None) else zone


def _to_timedelta(tag: Tag) -> timedelta:
    value = tag["v"]
    if not isinstance(value, list) or not all(type(part) is int for part in value):
        _malformed()
    days, seconds, microseconds = value
    return timedelta(days, seconds, microseconds)  # type: ignore[arg-type] # they are integers, as was just seen


_DECODERS: Mapping[str, tuple[Callable[[Tag], object], Callable[[Any], Tag]]] = {
    "int": (lambda tag: int(_word(tag), 16), int_tag),
    "float": (lambda tag: float(_word(tag)), float_tag),
    "bytes": (lambda tag: b64decode(_word(tag), validate=True), _bytes),
    "date": (lambda tag: date.fromisoformat(_word(tag)), _date),
    "datetime": (lambda tag: _to_clock(tag, datetime), _datetime),
    "time": (lambda tag: _to_clock(tag, time), _time),
    "timedelta": (_to_timedelta, _timedelta),
    "decimal": (lambda tag: Decimal(_word(tag)), _decimal),
    "uuid": (lambda tag: UUID(_word(tag)), _uuid),
}


def decode(name: str, tag: Tag) -> object:
    """The value of a tag.

    Args:
        name: the tag's name, ``tag["$"]``.
        tag: the whole object.

    Raises:
        Unfit: if there is no such tag, or it is not exactly what its value would be written as.

    >>> decode("date", {"$": "date", "v": "2024-02-29"})
    datetime.date(2024, 2, 29)
    """
    if name not in _DECODERS:
        raise Unfit(f"the tag {name[:40]!a} is unknown: damaged, or written by a newer version of chinwag")
    decoder, encoder = _DECODERS[name]
    try:
        value = decoder(tag)
        written = encoder(value)
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, OSError) as error:
        # A zone that is missing on this machine is a KeyError or an OSError; the rest is damage.
        zone = f" (the time zone {tag['z']!a:.60} is not known here)" if "z" in tag else ""
        raise Unfit(f"a malformed {name}{zone}") from error
    if written != tag:
        raise Unfit(f"a malformed {name}")
    return value
