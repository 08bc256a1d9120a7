"""A backup that is restored: what the how-to says about it is true."""

import re
import subprocess
import sys
from pathlib import Path

from chinwag.stores.sqlite import SqliteStore

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "run-in-production.md"


async def test_a_restored_store_gets_a_name_of_its_own_as_the_how_to_says(tmp_path: Path) -> None:
    lost, restored = tmp_path / "guess.db", tmp_path / "restored.db"
    store = SqliteStore(lost)
    before = await store.open()
    commands = re.findall(r'^\$ python (-m apsw) (\S+) "(.+)"$', HOW_TO.read_text(encoding="utf-8"), re.MULTILINE)
    (_, _, backup), (_, _, rename) = commands
    for path, sql in ((lost, f".backup {restored}"), (restored, rename)):
        assert backup.startswith(".backup ")
        subprocess.run([sys.executable, "-m", "apsw", str(path), sql], check=True, capture_output=True)  # noqa: ASYNC221
    await store.close()
    store = SqliteStore(restored)
    after = await store.open()
    await store.close()
    assert (len(after.identity), after.epoch) == (len(before.identity), before.epoch + 1)
    assert after.identity != before.identity
