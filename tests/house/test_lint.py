from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import REPOSITORY

TOOLS = Path(sys.executable).parent


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TOOLS / words[0], *words[1:]], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )


def test_ruff_finds_nothing() -> None:
    told = run("ruff", "check", "--output-format", "concise", ".")
    assert told.returncode == 0, told.stdout


def test_ruff_would_format_nothing() -> None:
    told = run("ruff", "format", "--check", ".")
    assert told.returncode == 0, told.stdout


@pytest.mark.long
@pytest.mark.slow
def test_types_are_sound() -> None:
    told = run("mypy")
    assert told.returncode == 0, told.stdout
