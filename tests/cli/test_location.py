"""Where the store is, and which zone this machine is in."""

from pathlib import Path

import pytest

from chinwag.cli.location import found_path, store_path
from chinwag.cli.zone import local_zone
from chinwag.core.errors import UsageError


@pytest.mark.parametrize("url", ["", "sqlite:", "sqlite://", "sqlite:///", "sqlite://host/x", "file:///x", "x.db"])
def test_what_is_no_store(url: str) -> None:
    with pytest.raises(UsageError, match="sqlite:///"):
        store_path(url)


def test_the_only_store_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"there is no store in .chinwag"):
        found_path(None, None)
    (tmp_path / ".chinwag").mkdir()
    (tmp_path / ".chinwag" / "a.db").touch()
    assert found_path(None, None) == ".chinwag/a.db"
    assert found_path(None, "b") == ".chinwag/b.db"
    assert found_path("sqlite:////x/y.db", "b") == "/x/y.db"
    (tmp_path / ".chinwag" / "b.db").touch()
    with pytest.raises(UsageError, match=r"of sqlite:///.chinwag/a.db, sqlite:///.chinwag/b.db"):
        found_path(None, None)


def test_the_zone(tmp_path: Path) -> None:
    etc = tmp_path / "etc"
    etc.mkdir()
    assert local_zone({}, tmp_path) == "UTC"
    (etc / "timezone").write_text("Asia/Tokyo\n")
    assert local_zone({}, tmp_path) == "Asia/Tokyo"
    (etc / "localtime").symlink_to("/usr/share/zoneinfo/America/New_York")
    assert local_zone({}, tmp_path) == "America/New_York"
    assert local_zone({"TZ": ":Europe/Berlin"}, tmp_path) == "Europe/Berlin"
    assert local_zone({"TZ": "/usr/share/zoneinfo/Europe/Paris"}, tmp_path) == "Europe/Paris"
    for nonsense in ("EST5EDT4,M3.2.0", "Mars/Olympus", "../../etc/passwd", "Europe"):
        assert local_zone({"TZ": nonsense}, tmp_path) == "America/New_York"
