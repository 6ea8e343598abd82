from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import typer
from alembic.script import ScriptDirectory
from typer.main import get_command

from app.operations import newest_migration
from app.settings import Settings
from app.version import VERSION
from boundaries.area_types import AREA_TYPES
from tests.house.source import REPOSITORY, files, read

PUBLIC_HOSTS = re.compile(r"https?://|--(extra-)?index-url|--find-links|--trusted-host")


def paper(name: str) -> str:
    path = REPOSITORY / name
    assert path.is_file(), f"{name} is missing"
    return path.read_text(encoding="utf-8")


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads(paper("pyproject.toml"))["project"]
    assert project["version"] == VERSION


def test_every_setting_is_documented() -> None:
    told = paper("docs/settings.md")
    rows = Settings(data_dir=Path("/nonexistent")).rows()
    assert [row.name for row in rows if f"`{row.name}`" not in told] == []


def test_no_setting_is_documented_that_does_not_exist() -> None:
    known = {row.name for row in Settings(data_dir=Path("/nonexistent")).rows()}
    assert set(re.findall(r"`(BOUNDS_[A-Z_]+)`", paper("docs/settings.md"))) - known == set()


def commands() -> list[str]:
    """Every command of `bounds` as it is typed: `token create`."""
    from app import cli

    found: list[str] = []
    waiting = [("", get_command(cli.app))]
    while waiting:
        words, command = waiting.pop()
        inner = getattr(command, "commands", None)
        if inner is None:
            found.append(words)
        else:
            waiting += [(f"{words} {name}".strip(), each) for name, each in inner.items()]
    return sorted(found)


def test_every_command_is_documented_and_says_what_it_does() -> None:
    told = paper("README.md") + paper("docs/commands.md")
    listed = commands()
    assert "token create" in listed
    assert [words for words in listed if f"bounds {words}" not in told] == []


def test_no_command_is_told_twice() -> None:
    rows = [
        row.split("|")[1].strip()
        for row in paper("docs/commands.md").splitlines()
        if row.startswith("| `")
    ]
    assert [words for words, number in Counter(rows).items() if number > 1] == []


def test_every_command_has_a_help_text() -> None:
    from app import cli

    command = get_command(cli.app)
    assert isinstance(command, typer.core.TyperGroup)
    waiting = [("bounds", command)]
    silent = []
    while waiting:
        words, each = waiting.pop()
        if not (each.help or "").strip():
            silent.append(words)
        inner = getattr(each, "commands", {})
        waiting += [(f"{words} {name}", found) for name, found in inner.items()]
    assert silent == []


def test_every_area_type_is_in_the_glossary() -> None:
    told = paper("docs/glossary.md").lower()
    assert [code for code in AREA_TYPES if f"`{code}`" not in told] == []


def test_the_python_lock_holds_hashes_and_no_addresses() -> None:
    lock = paper("requirements.lock")
    assert not PUBLIC_HOSTS.search(lock)
    required = re.split(r"\n(?=[A-Za-z0-9])", lock.strip())
    required = [each for each in required if not each.startswith("#")]
    assert len(required) > 20
    assert [each.split()[0] for each in required if "--hash=sha256:" not in each] == []


def test_the_browser_lock_holds_hashes_and_no_addresses() -> None:
    lock = json.loads(paper("package-lock.json"))
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert packages
    assert [name for name, each in packages.items() if "resolved" in each] == []
    assert [name for name, each in packages.items() if not each.get("integrity")] == []
    assert "://" not in re.sub(r'"(url|funding)": "[^"]*"', "", json.dumps(lock))


def test_there_is_no_second_python_lock() -> None:
    assert not (REPOSITORY / "uv.lock").exists()


@pytest.fixture
def scripts() -> ScriptDirectory:
    return ScriptDirectory(str(REPOSITORY / "migrations"))


def test_migrations_have_one_head_and_one_beginning(scripts: ScriptDirectory) -> None:
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
    assert newest_migration() == scripts.get_current_head()


def test_migrations_are_numbered_without_a_gap_as_their_files_say(
    scripts: ScriptDirectory,
) -> None:
    in_order = [script.revision for script in scripts.walk_revisions()][::-1]
    assert in_order == [f"{number:04d}" for number in range(1, len(in_order) + 1)]
    named = [name.stem.split("_")[0] for name in files(".py") if "versions" in name.parts]
    assert named == in_order


def test_every_migration_can_be_undone() -> None:
    for name in files(".py"):
        does_nothing = re.search(r"def upgrade\(\)[^:]*:\n    pass\n", read(name))
        if "versions" in name.parts and not does_nothing:
            assert re.search(r"def downgrade\(\)[^:]*:\n(?!    (pass|raise))", read(name)), name


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "LICENSE", "Dockerfile", "bounds"])
def test_the_papers_of_the_project_are_there(name: str) -> None:
    assert paper(name).strip()
