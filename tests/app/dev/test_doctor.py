"""The machine check says what is well, what is not, and never hides a dead database."""

from __future__ import annotations

from pathlib import Path

from app.dev.doctor import Check, check_machine
from app.settings import Settings


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def test_a_working_database_is_named_with_its_versions(database_url: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=database_url)
    seen = by_name(check_machine(settings, {"BOUNDS_DATABASE_URL": database_url}))
    assert seen["database"].is_well
    assert seen["database"].detail.startswith("given, PostgreSQL ")
    assert seen["data folder"].is_well
    assert seen["settings"].is_well
    assert "PostgreSQL" not in seen, "the private one's programs do not matter here"


def test_a_database_that_is_down_is_bad_and_its_password_is_not_told(tmp_path: Path) -> None:
    down = "postgresql+psycopg://u:hunter2@127.0.0.1:1/d"
    seen = by_name(check_machine(Settings(data_dir=tmp_path, database_url=down), {}))
    assert not seen["database"].is_well
    assert "hunter2" not in str(seen)


def test_misspelt_settings_and_another_gdals_files_are_named(tmp_path: Path) -> None:
    down = "postgresql+psycopg://u@127.0.0.1:1/d"
    environ = {"BOUNDS_PROT": "8001", "GDAL_DATA": "/usr/share/gdal", "BOUNDS_YES": "1"}
    seen = by_name(check_machine(Settings(data_dir=tmp_path, database_url=down), environ))
    assert not seen["settings"].is_well
    assert seen["settings"].detail.endswith(": BOUNDS_PROT, GDAL_DATA")
