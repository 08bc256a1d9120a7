"""An exception comes back from the journal as the same type, or as a StepFailed that says what it was."""

import builtins
import json
import sys
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.codec import dumps, error_from_plain, error_to_plain, loads
from chinwag.core.errors import Cancelled, RateLimited, Reject, StepFailed
from chinwag.core.failures import LARGEST, LONGEST


class Coded(Exception):
    """Takes other arguments than it hands on."""

    def __init__(self, code: int, *, city: str) -> None:
        super().__init__(f"{code} in {city}")
        self.code = code
        self.city = city
        self.connection = object()

    class Inner(Exception):
        pass


class Slotted(Exception):
    __slots__ = ("place", "unset")

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def __str__(self) -> str:
        return f"at {self.place}"


class Needy(Exception):
    """Formats what does not come back."""

    def __init__(self, response: object) -> None:
        super().__init__()
        self.response = response

    def __str__(self) -> str:
        return f"got {self.response!r:.3}"


class Posing(Exception):
    def __new__(cls, *_: object) -> Any:
        return Exception.__new__(Coded)


class Decoding(UnicodeDecodeError):
    def __init__(self, text: str) -> None:
        super().__init__("utf-8", text.encode(), 0, 1, "bad")


class Redone(UnicodeDecodeError):
    def __init__(self) -> None:
        super().__init__("utf-8", b"x", 0, 1, "bad")
        self.args = ("other",)


def rebuilt(error: BaseException) -> BaseException:
    return error_from_plain(loads(dumps(error_to_plain(error))))


@pytest.mark.parametrize(
    "error",
    [
        ValueError("no such city", 404, (1, b"x")),
        KeyError("colour"),
        ConnectionResetError(104, "Connection reset by peer"),
        FileNotFoundError(2, "No such file", "a.txt", None, "b.txt"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        StopAsyncIteration(),
        ImportError("no", name="x", path="y"),
        NameError("x", name="x"),
        RateLimited("slow down", 2.5),
        Reject("An even number, please."),
        Coded(7, city="Rome"),
        Coded.Inner("deep"),
        Slotted("home"),
        Decoding("ab"),
        BlockingIOError(11, "busy", 5),
        UnicodeDecodeError("utf-8", b"abc", 1, 1, "nothing at all"),
        UnicodeTranslateError("a", 0, 1, "bad"),
        UnicodeError("plain"),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_exception_comes_back_as_it_was(error: Exception) -> None:
    copy = rebuilt(error)
    assert type(copy) is type(error)
    assert copy.args == error.args
    assert str(copy) == str(error)
    kept = {name: value for name, value in vars(error).items() if type(value) is not object}
    assert vars(copy) == kept
    for name in ("errno", "filename", "filename2", "encoding", "object", "name", "path", "place", "characters_written"):
        assert getattr(copy, name, None) == getattr(error, name, None)


def test_fields_of_a_json_error_come_back() -> None:
    with pytest.raises(json.JSONDecodeError) as raised:
        json.loads("[1,")
    copy = rebuilt(raised.value)
    assert isinstance(copy, json.JSONDecodeError)
    assert (copy.doc, copy.lineno, str(copy)) == ("[1,", 1, str(raised.value))


def test_notes_come_back() -> None:
    error = ValueError("a")
    error.add_note("while fetching")
    assert rebuilt(error).__notes__ == ["while fetching"]


class Unprintable(Exception):
    @property
    def args(self) -> Any:  # type: ignore[override] # hostile on purpose
        raise LookupError

    def __str__(self) -> str:
        raise LookupError

    def __repr__(self) -> str:
        raise LookupError


class Unseen:
    def __repr__(self) -> str:
        raise LookupError


def local_error() -> Exception:
    class Local(Exception):
        pass

    return Local("here")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SystemExit(1), "SystemExit: 1"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (Cancelled(), "chinwag.core.errors.Cancelled"),
        (local_error(), f"{__name__}.local_error.<locals>.Local: here"),
        (Redone(), f"{__name__}.Redone: 'utf-8' codec can't decode byte 0x78 in position 0: bad"),
        (Needy(object()), f"{__name__}.Needy: got <ob"),
        (Unprintable("x"), f"{__name__}.Unprintable: <Unprintable whose str raises LookupError>"),
        (ExceptionGroup("two", [ValueError("a")]), "ExceptionGroup: two (1 sub-exception)"),
    ],
    ids=lambda part: type(part).__name__,
)
def test_what_cannot_be_rebuilt_is_a_step_failed(error: BaseException, words: str) -> None:
    copy = rebuilt(error)
    assert type(copy) is StepFailed
    assert str(copy) == words


def test_what_is_not_plain_is_told_in_words() -> None:
    error = ValueError(object, "\ud800", Unseen())
    plain: Any = error_to_plain(error)
    assert plain["args"][0] == "<class 'object'>"
    assert plain["args"][1] == r"'\ud800'"
    assert plain["args"][2] == "<Unseen whose repr raises LookupError>"
    error.__dict__ |= {"\ud800": 1, "$": 1, "kept": 1, "lost": object()}
    plain = error_to_plain(error)
    assert plain["fields"] == {"kept": 1}


def test_what_needs_a_hint_to_come_back_is_told_in_words() -> None:
    class Order(NamedTuple):
        number: int

    error = ValueError(Order(7))
    error.order = Order(7)  # type: ignore[attr-defined] # any attribute may be set
    plain: Any = error_to_plain(error)
    assert (plain["args"], plain["fields"]) == (["Order(number=7)"], {})
    assert rebuilt(error).args == ("Order(number=7)",)


def test_a_message_that_is_no_unicode_is_written_as_escapes() -> None:
    plain: Any = error_to_plain(ValueError("caf\udce9"))
    assert plain["message"] == r"caf\udce9"


def test_the_limits_are_within() -> None:
    longest, largest = "m" * LONGEST, "a" * (LARGEST - len('""'))
    plain: Any = error_to_plain(ValueError(longest))
    assert plain["message"] == longest
    error = ValueError()
    error.body = largest  # type: ignore[attr-defined] # any attribute may be set
    plain = error_to_plain(error)
    assert plain["fields"] == {"body": largest}


def test_a_huge_exception_stays_small() -> None:
    error = ValueError("a" * 10 * LARGEST)
    error.body = b"x" * LARGEST  # type: ignore[attr-defined] # any attribute may be set
    plain: Any = error_to_plain(error)
    assert len(plain["message"]) == LONGEST + 1
    assert plain["fields"] == {}
    assert type(rebuilt(error)) is ValueError


def test_nothing_is_imported_or_run() -> None:
    module = ModuleType("lazy")
    module.__getattr__ = lambda name: pytest.fail(f"asked for {name}")  # type: ignore[method-assign] # PEP 562
    sys.modules["lazy"] = module
    try:
        assert type(error_from_plain({"type": "lazy:Error", "message": "a", "args": [], "fields": {}})) is StepFailed
    finally:
        del sys.modules["lazy"]
    assert "antigravity" not in sys.modules
    error_from_plain({"type": "antigravity:Error", "message": "a", "args": [], "fields": {}})
    assert "antigravity" not in sys.modules


def record(where: object, args: object = (), fields: object = None) -> Any:
    return {
        "type": where,
        "message": "m",
        "args": list(args) if isinstance(args, tuple) else args,
        "fields": fields or {},
    }


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        (None, "an error"),
        ([], "an error"),
        ({"message": "m"}, "an error: m"),
        (record(7), "an error: m"),
        (record("builtins:ValueError", args="x"), "ValueError: m"),
        (record("builtins:ValueError", fields=[1]), "ValueError: m"),
        (record("builtins:ValueError", args=({"$": "x"},)), "ValueError: m"),
        (record("builtins:print"), "print: m"),
        (record("builtins:ValueError.args.x"), "ValueError.args.x: m"),
        (record("builtins:object"), "object: m"),
        (record("builtins:OSError", args=(2, "no")), "OSError: m"),  # Python makes it a FileNotFoundError
        (
            record("builtins:UnicodeDecodeError", args=("x", {"$": "bytes", "v": ""}, -9, -8, "m")),
            "UnicodeDecodeError: m",
        ),
        (record("builtins:UnicodeEncodeError", args=("x", "", 10**9, 10**9 + 1, "m")), "UnicodeEncodeError: m"),
        (record("builtins:UnicodeEncodeError", args=("x",), fields={"object": 1}), "UnicodeEncodeError: m"),
        (record(f"{__name__}:Posing"), f"{__name__}.Posing: m"),
        (record("builtins:ImportError", fields={"name_from": {"$": "x"}}), "ImportError: m"),
    ],
)
def test_a_damaged_record_is_a_step_failed(plain: Any, words: str) -> None:
    error = error_from_plain(plain)
    assert type(error) is StepFailed
    assert str(error) == words


@given(st.lists(st.none() | st.integers() | st.text() | st.binary() | st.floats(allow_nan=False), max_size=5))
def test_any_arguments_come_back(args: list[object]) -> None:
    for kind in (ValueError, OSError, UnicodeDecodeError, Coded.Inner):
        try:
            error = kind(*args)  # type: ignore[arg-type] # wrong arguments are part of the test
        except (TypeError, ValueError, OverflowError):
            continue
        if isinstance(error, UnicodeDecodeError) and not 0 <= error.start <= error.end <= len(error.object):
            continue  # its own words would be read from beyond its bytes: it is never rebuilt
        copy = rebuilt(error)
        assert (type(copy), copy.args) == (type(error), error.args)


BUILT_IN = sorted(
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Exception)
)
ATOMS = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just({"$": "bytes", "v": "AA=="})
FIELDS = st.sampled_from(
    ["errno", "start", "end", "object", "encoding", "reason", "lineno", "args", "__class__", "code"]
)


@given(st.sampled_from(BUILT_IN), st.lists(ATOMS, max_size=5), st.dictionaries(FIELDS, ATOMS, max_size=4))
def test_any_damage_to_a_built_in_exception_is_survived(name: str, args: list[Any], fields: dict[str, Any]) -> None:
    error = error_from_plain({"type": f"builtins:{name}", "message": "m", "args": args, "fields": fields})
    assert type(error) in {StepFailed, getattr(builtins, name)}
    assert isinstance(repr(error) + str(error), str)
