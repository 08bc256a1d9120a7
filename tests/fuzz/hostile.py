"""Inputs that ask for much: deep, long, many, or a number that is none. Memory has to stay in proportion to them.

Run as a script by the test, in a process of its own with a limit on its address space: ``hostile.py TARGET`` feeds a
target with all of them and prints how much memory each took.
"""

import resource
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
MEGABYTE = 1 << 20
ADDRESS_SPACE = 1_500 * MEGABYTE


def inputs(around: tuple[bytes, bytes]) -> Iterator[tuple[str, bytes]]:
    """By name; each alone, and where the target looks for values."""
    before, after = around
    for name, data in _bare():
        yield name, data
        if before or after:
            yield f"{name}, in its place", before + data + after


def _bare() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "lists 100,000 deep", b"[" * 100_000 + b"]" * 100_000
    yield "objects 100,000 deep", b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    yield "tuples 1,000 deep", b'{"$":"tuple","v":[' * 1_000 + b"]}" * 1_000
    yield "a string of 10 MB", b'"' + b"x" * 10 * MEGABYTE + b'"'
    yield "10 MB of no JSON", b"\xff" * 10 * MEGABYTE
    yield "5 MB of slashes", b"/" * 5 * MEGABYTE
    yield "an integer of a million digits", b"9" * 1_000_000
    yield "a float out of range", b"1e999999"
    yield "a tagged integer of a million digits", b'{"$":"int","v":"0x1' + b"0" * 1_000_000 + b'"}'
    yield "a decimal of a million digits", b'{"$":"decimal","v":"' + b"7" * 1_000_000 + b'"}'
    yield "a decimal with a huge exponent", b'{"$":"decimal","v":"1E+999999999999999999"}'
    yield "a million members", b"[" + b"0," * 999_999 + b"0]"
    yield "a tuple of a million members and one", b'{"$":"tuple","v":[' + b"0," * 1_000_000 + b"0]}"
    yield "a quarter of a million empty lists", b"[" + b"[]," * 250_000 + b"[]]"
    yield "a timedelta out of range", b'{"$":"timedelta","v":[999999999999,0,0]}'
    yield "a zone of 1 MB", b'{"$":"datetime","v":"2026-01-01T00:00:00","z":"' + b"x" * MEGABYTE + b'"}'
    yield "bytes of 2 MB", b'{"$":"bytes","v":"' + b"AAAA" * (MEGABYTE // 2) + b'"}'
    yield "a schedule of 1 MB", b"cron " + b"0," * (MEGABYTE // 2) + b"0 * * * *"
    yield "a period of a million digits", b"every " + b"9" * 1_000_000
    yield "a million spaces", b"cron" + b" " * 1_000_000


def main() -> None:
    """Feed one target."""
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - the path comes first

    target = TARGETS[sys.argv[1]]
    for seed in target.seeds():
        target(seed)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    for name, data in inputs(target.around):
        accepted = target(data)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        sys.stdout.write(f"{peak - before} MB after {name}: {'accepted' if accepted else 'refused'}\n")


if __name__ == "__main__":
    main()
