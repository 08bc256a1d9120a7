"""``python tests/golden --version X``: play every scene with the code here, and keep what it leaves in a store.

Writes ``tests/golden/X``: the code frozen, the schema, a file a scene, and the whole store of all scenes as SQL. The
same bytes every time. Refuses a version that was released, and one that is there already unless ``--again`` is said.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.golden import frozen  # noqa: E402 - the path comes first
from tests.golden.writing import write_version  # noqa: E402


def main() -> None:
    """Write one version."""
    parser = argparse.ArgumentParser(prog="python tests/golden", description=__doc__)
    parser.add_argument("--version", required=True, help="the version of the code, as in pyproject.toml")
    parser.add_argument("--again", action="store_true", help="replace a version that was not released yet")
    given = parser.parse_args()
    refusal = refused(given.version, again=given.again)
    if refusal:
        parser.error(refusal)
    target = frozen.HERE / given.version
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / given.version
        names = write_version(fresh)
        if target.exists():
            shutil.rmtree(target)
        shutil.copytree(fresh, target)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    sys.stdout.write(f"{len(names)} scenes in {target.relative_to(ROOT)}, {size:,} bytes\n")


def refused(version: str, *, again: bool) -> str:
    """Why a version is not written; empty if it is."""
    if version != frozen.current_version():
        return f"the code here is {frozen.current_version()}, not {version}: only its own journals can be written"
    if frozen.is_released(version):
        return f"{version} was released, and its goldens are never written again: bump the version in pyproject.toml"
    if (frozen.HERE / version).exists() and not again:
        return f"{version} is there already, and was not released yet: say --again to replace it"
    return ""


if __name__ == "__main__":
    main()
