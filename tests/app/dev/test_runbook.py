"""Every alarm has an entry in the run book, and the units that systemd is given are ones it takes."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.dev.doctor import check_machine
from app.settings import Settings
from boundaries.database import REPOSITORY

RUNBOOK = (REPOSITORY / "docs" / "runbook.md").read_text(encoding="utf-8")
UNITS = sorted(each.name for each in (REPOSITORY / "deploy").glob("bounds*.[st]*"))


def raised_by() -> str:
    """What the entries name as their alarms."""
    return "\n".join(line for line in RUNBOOK.splitlines() if line.startswith("Raised by: "))


def test_every_measure_has_its_entry() -> None:
    told = (REPOSITORY / "docs" / "settings.md").read_text(encoding="utf-8")
    measures = set(re.findall(r"^\| `(bounds_\w+)`", told, re.MULTILINE))
    named = set(re.findall(r"bounds_\w+", raised_by()))
    assert len(measures) >= 14
    assert measures - named == set()
    written = "".join(
        (REPOSITORY / "app" / name).read_text(encoding="utf-8")
        for name in ("measures.py", "request_counts.py", "replicas.py")
    )
    assert {each for each in named if each not in written} == set()


def test_every_check_and_every_lack_has_its_entry(database_url: str, tmp_path: Path) -> None:
    given = Settings(data_dir=tmp_path, database_url=database_url)
    names = {check.name for check in check_machine(given, {})} | {"PostgreSQL"}
    tree = ast.parse((REPOSITORY / "app" / "lacks.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Lack":
            names.add(str(ast.literal_eval(node.args[0])))
    assert len(names) >= 16
    assert {name for name in names if f"`{name}`" not in raised_by()} == set()


def test_every_entry_says_what_raises_it() -> None:
    entries = RUNBOOK.partition("## Alarms")[2].split("\n### ")[1:]
    assert [each.partition("\n")[0] for each in entries if "\nRaised by: " not in each] == []


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_takes_the_unit(unit: str, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not installed")
    # Where the checkout is here, so that the commands it starts are found.
    for name in UNITS:
        written = (REPOSITORY / "deploy" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(written.replace("/srv/bounds", str(REPOSITORY)))
    done = subprocess.run(
        [program, "verify", str(tmp_path / unit)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
