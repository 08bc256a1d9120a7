"""Every statement finds its rows by rowid or by an index: what a commit or a start costs must not grow with the file.

Those of the triggers are taken from the connection, with a parameter in place of what a trigger is given.
"""

import re
from collections.abc import Iterator

import apsw
import pytest

from chinwag.stores.queries import queries
from chinwag.stores.schema import connect_owner

# What is small by itself: a JSON array, the accounts, a piece of what is purged, what a partial index holds.
SMALL = re.compile(
    r"SCAN ([ar] VIRTUAL TABLE.*|CONSTANT ROW|sqlite_schema|c|m|doomed_conv|doomed_message|step|owner|\(subquery-\d+\)"
    r"|outbox USING (COVERING )?INDEX outbox_(open|awaited|trouble|doubled)|inbox USING INDEX inbox_wakes)"
)
# What is read from one end, and stops at a limit.
LIMITED = {"purge": {"SCAN seen"}, "newest": {"SCAN conv"}}
# What an operator asks for, and may take a moment.
COUNTED = {"tallies": {"SCAN address", "SCAN address USING COVERING INDEX sqlite_autoindex_address_1"}}


def statements(connection: apsw.Connection) -> Iterator[tuple[str, str]]:
    for name, sql in queries().items():
        for statement in sql.split(";"):
            if not statement.strip().startswith("PRAGMA"):
                yield name, statement
    for name, sql in connection.execute("SELECT name, sql FROM sqlite_temp_schema WHERE type = 'trigger'"):
        body = re.sub(r"--.*", "", sql[sql.index("BEGIN") + 5 : sql.rindex("END")])
        for statement in filter(None, (part.strip() for part in body.split(";"))):
            yield name, re.sub(r"NEW\.(\w+)", r":\1", statement)


def plan(connection: apsw.Connection, statement: str) -> list[str]:
    names = set(re.findall(r":(\w+)", statement))
    bindings = dict.fromkeys(names, "[]") if names else (0,) * statement.count("?")
    return [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", bindings)]


def scans(connection: apsw.Connection, name: str, statement: str) -> list[str]:
    allowed = LIMITED.get(name, set()) | COUNTED.get(name, set())
    return [
        step
        for step in plan(connection, statement)
        if step.startswith("SCAN") and not SMALL.fullmatch(step) and step not in allowed
    ]


@pytest.fixture
def connection() -> Iterator[apsw.Connection]:
    connection = connect_owner(":memory:")
    yield connection
    connection.close()


def test_no_statement_scans_a_table(connection: apsw.Connection) -> None:
    found = list(statements(connection))
    assert {"known", "commit", "ends", "purge"} <= {name for name, _ in found}
    assert {f"{name}: {step}" for name, statement in found for step in scans(connection, name, statement)} == set()


def test_a_scan_would_be_seen(connection: apsw.Connection) -> None:
    assert scans(connection, "ends", "UPDATE conv SET status = 'ended' WHERE address = :address")
    connection.execute("DROP INDEX inbox_conv")
    assert {name for name, statement in statements(connection) if scans(connection, name, statement)} == {
        "held",
        "ends",
        "moves",
    }
