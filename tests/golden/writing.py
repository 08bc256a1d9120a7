"""Writing a version's goldens: every scene is played, parked, kept, and goes on twice, to the same end.

Refuses to keep a scene whose parked conversation does not go on as the undisturbed one does.
"""

import tempfile
from pathlib import Path
from typing import Any

import msgspec
from tests.golden import frozen
from tests.golden.acting import Scene, checked, go_on, park, undisturbed
from tests.golden.scenes import SCENES, everything


def write_version(folder: Path) -> list[str]:
    """Write all files of the version of the code here.

    Args:
        folder: where; it must not exist.

    Returns:
        The names of the scenes.
    """
    (folder / "code").mkdir(parents=True)
    scenes = [*SCENES, everything()]
    for name in sorted({scene.code for scene in scenes}):
        code = frozen.living_code(name)
        for module, source in {**code.beside, name: code.source}.items():
            (folder / "code" / f"{module}.txt").write_text(source)
    for scene in scenes:
        _write_scene(folder, scene)
    (folder / frozen.SUMS).write_text(frozen.sums(folder))
    return [scene.name for scene in scenes]


def _write_scene(folder: Path, scene: Scene) -> None:
    code = frozen.living_code(scene.code)
    with tempfile.TemporaryDirectory(dir=frozen.SCRATCH) as scratch:
        store = Path(scratch) / "store.db"
        with frozen.loaded(code) as module:
            parked = park(scene, module, store)
        tables = frozen.tables_of(store)
        (folder / frozen.SCHEMA).write_text(frozen.schema_of(store))
        if scene.name == "everything":
            (folder / "store.sql").write_text(frozen.dump(store))
        copy = Path(scratch) / "copy.db"
        frozen.restore(copy, (folder / frozen.SCHEMA).read_text(), tables)
        with frozen.loaded(code) as module:
            found = checked(scene, module, copy)
            after = go_on(scene, module, copy, parked.at)
        with frozen.loaded(code) as module:
            plain = undisturbed(scene, module, Path(scratch) / "other.db")
    _compared(scene, after, plain)
    golden: dict[str, Any] = {"scene": msgspec.to_builtins(scene), "at": parked.at, "said": parked.said}
    if scene.name != "everything":
        golden["tables"] = frozen.shown(tables)
    golden["check"] = found
    golden["goes on"] = after
    (folder / f"{scene.name}.json").write_text(frozen.written(golden) + "\n")


def _compared(scene: Scene, after: list[dict[str, Any]], plain: list[dict[str, Any]]) -> None:
    """What was parked goes on as what was not, as far as it can."""
    if scene.repeats and _seen(scene, after) != _seen(scene, plain):
        msg = f"{scene.name}: what was parked goes on differently\n  parked: {after}\n  undisturbed: {plain}"
        raise AssertionError(msg)


def _seen(scene: Scene, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    left_out = {"at"} if scene.delayed else set()
    return [{key: value for key, value in line.items() if key not in left_out} for line in lines]
