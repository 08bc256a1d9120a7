"""The comparison does the work that it claims, on a small scale, and the docs have its tables. Nothing is timed."""

import re
from pathlib import Path

import pytest
from benchmarks.comparison import lives, measures, scripts, table
from benchmarks.comparison.one import KILLS, end_servers, metric_of
from benchmarks.comparison.shape import Finding, Missing, Open, Peer, Setting, read
from benchmarks.comparison.systems import SYSTEMS, System, find, opener
from benchmarks.traffic import CLOSING, FIRST_QUESTION, SECOND_QUESTION, Traffic

ROOT = Path(__file__).parents[2]
GENERATED = re.compile(re.escape(table.BEGIN) + "(.*)" + re.escape(table.END), re.DOTALL)
CLOSED = CLOSING.format(number=3, word="pears")


def opened(system: System) -> Open:
    try:
        return opener(system.name)
    except ImportError as error:
        pytest.skip(f"{system.name} is not installed here: {error}")


def named(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("system", [find(name) for name in names], ids=lambda system: system.name)


everywhere = named(*(system.name for system in SYSTEMS))
in_process = named("chinwag", "aiogram, memory", "python-telegram-bot, memory")


# -- the measures, with what is always installed ----------------------------------------------------------------------


@in_process
async def test_everybody_is_answered(system: System, tmp_path: Path) -> None:
    assert await measures.speed(opened(system), tmp_path, Traffic(20), under_way=7) > 0


async def test_a_wrong_answer_fails_the_measure(tmp_path: Path) -> None:
    async def open_liar(setting: Setting) -> Peer:
        told = setting.sent
        lying = Setting(setting.folder, setting.script, lambda user, text: told(user, text.replace("2", "3")))
        return await opener("chinwag")(lying)

    with pytest.raises(AssertionError, match=r"user 1 read 3 messages, last '3 pears, noted.'"):
        await measures.speed(open_liar, tmp_path, Traffic(2), under_way=1)


async def test_a_parked_conversation_is_weighed(tmp_path: Path) -> None:
    found = await measures.parked(opener("chinwag"), tmp_path, 300)

    assert found.disk > 100


async def test_a_cold_message_is_one_to_a_conversation_that_left_memory(tmp_path: Path) -> None:
    evicted = []

    def before(peer: Peer) -> None:
        worker = peer.worker  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]
        for conversation in list(worker.table.live.values()):
            worker.table.evict(conversation)
        evicted.append(len(worker.table.live))

    costs = await measures.turn_costs(opener("chinwag"), tmp_path, (3, 30), before)

    assert list(costs) == [3, 30]
    assert evicted == [0] * (2 * measures.BLOCK)


# -- the verdicts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "trouble", "says"),
    [
        ([FIRST_QUESTION], [SECOND_QUESTION, CLOSED], "", "all: the conversation goes on"),
        ([SECOND_QUESTION], [SECOND_QUESTION, CLOSED], "", "all; a question came twice: “Of what?”"),
        ([FIRST_QUESTION], [], "", "nothing: the user gets no answer"),
        ([FIRST_QUESTION], [], "KeyError: 'x'", "nothing: the user gets no answer (KeyError: 'x')"),
        ([FIRST_QUESTION], [FIRST_QUESTION], "", "stuck at “How many?”: the answer gets no answer"),
        ([SECOND_QUESTION], ["3 3, noted."], "", "a wrong result, without a word: “3 3, noted.”"),
    ],
)
def test_what_survived_a_kill_is_read_from_what_the_user_read(
    before: list[str], after: list[str], trouble: str, says: str
) -> None:
    assert lives.verdict_of_kill(before, after, trouble) == says


@pytest.mark.parametrize(
    ("after", "trouble", "says"),
    [
        (["name Ann, city Rome"], "", "goes on rightly"),
        ([scripts.NAME, "name Ann, city Rome"], "", "goes on rightly; asked again: “Your name?”"),
        (["name Rome, city Ann"], "", "silently wrong: “name Rome, city Ann”"),
        ([], "diverged: two sides\n  of it", "stopped: diverged: two sides of it"),
        ([scripts.NAME], "", "stuck at “Your name?”"),
        ([], "", "no answer, no word: the conversation is gone"),
    ],
)
def test_what_a_change_did_is_read_from_what_the_user_read(after: list[str], trouble: str, says: str) -> None:
    assert lives.verdict_of_change(after, "name Ann, city Rome", trouble) == says


# -- real processes ---------------------------------------------------------------------------------------------------


@pytest.mark.soak
@everywhere
async def test_a_system_plays_the_scripts(system: System, tmp_path: Path) -> None:
    try:
        assert await measures.speed(opened(system), tmp_path, Traffic(8), under_way=4) > 0
    except Missing as missing:
        pytest.skip(str(missing))
    finally:
        end_servers(tmp_path)


@pytest.mark.soak
@everywhere
async def test_a_system_is_killed_and_changed(system: System, tmp_path: Path) -> None:
    for name in ("tried", "killed", "changed"):
        (tmp_path / name).mkdir()
    try:
        peer = await opened(system)(Setting(tmp_path / "tried", scripts.TWO, lambda _user, _text: None))
        await peer.close()
        killed = await lives.killed(system.name, tmp_path / "killed", "answer", again=True)
        assert killed.startswith("all" if system.durable and "pickle" not in system.name else "nothing")
        if system.durable:
            assert await lives.changed(system.name, tmp_path / "changed", "a question inserted before")
    except Missing as missing:
        pytest.skip(str(missing))
    finally:
        end_servers(tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("change", list(scripts.CHANGES))
async def test_chinwag_stops_at_every_change_and_goes_on_with_the_old_code(change: str, tmp_path: Path) -> None:
    says = await lives.changed("chinwag", tmp_path, change)

    assert says.startswith("stopped: diverged: ")
    assert says.endswith("with the old code back: it goes on rightly")


# -- the tables -------------------------------------------------------------------------------------------------------


def rows_of(markdown: str) -> list[list[list[str]]]:
    """The tables of a text: rows of cells."""
    tables: list[list[list[str]]] = [[]]
    for line in markdown.splitlines():
        if line.startswith("|"):
            tables[-1].append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        elif tables[-1]:
            tables.append([])
    return [rows for rows in tables if rows]


def a_run() -> list[Finding]:
    return [
        Finding("chinwag", "messages_per_second", "0.1", 12_345.0, details={"keeps": "SQLite"}),
        Finding("chinwag", "memory_bytes_per_parked", "0.1", 2_047.0),
        *(Finding("chinwag", metric, "0.1", says="all | of it") for metric, _, _ in KILLS),
        *(Finding("chinwag", metric_of(change), "0.1", says="goes on rightly") for change in scripts.CHANGES),
        Finding("grammY", "skipped", "", says="there is no node"),
    ]


def test_a_finding_is_read_back() -> None:
    for finding in a_run():
        assert read(finding.line()) == finding


def test_a_run_becomes_tables_and_what_was_skipped_is_said() -> None:
    text = table.rendered(a_run())
    sizes, turns, kills, changes = rows_of(text)

    assert sizes[2] == ["chinwag", "0.1", "SQLite", "12,000", "2,000", "–"]
    assert len(turns) == 2  # none has its cost at a turn
    assert kills[2][1] == "all \\| of it"
    assert changes[2] == ["chinwag", *["goes on rightly"] * 3]
    assert "Not measured: grammY (there is no node)." in text


def test_tables_are_put_between_the_marks_and_nowhere_else() -> None:
    page = f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n"

    assert table.written(page, table.rendered(a_run())) == f"before\n{table.rendered(a_run())}\nafter\n"
    with pytest.raises(ValueError, match="has no place for the tables"):
        table.written("nothing here", "")


def test_the_docs_have_the_tables_of_this_format() -> None:
    found = GENERATED.search((ROOT / table.PAGE).read_text(encoding="utf-8"))
    assert found, f"the tables are of another format: run `{table.COMMAND}`"
    tables = rows_of(found[1])

    assert re.search(rf"^`{re.escape(table.COMMAND)}`, \d{{4}}-\d\d-\d\d, on \d+ cores?, ", found[1], re.MULTILINE)
    assert len(tables) == 4
    for rows in tables:
        assert {len(row) for row in rows} == {len(rows[0])}
        assert "chinwag" in {row[0] for row in rows}
