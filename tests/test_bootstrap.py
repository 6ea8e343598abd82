"""The two commands from outside: the script in a folder of its own, the Dockerfile, the lock files."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
ADDRESS = re.compile(r"https?://|^--(index-url|extra-index-url|find-links)", re.MULTILINE)
SHOW_ARGUMENTS = """
import json, os, sys
print(json.dumps({"arguments": sys.argv[1:], "folder": os.getcwd(), "app": __file__}))
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small project round the real script, in a path with spaces, that installs without network."""
    folder = tmp_path / "a check out"
    (folder / "app").mkdir(parents=True)
    shutil.copy(REPOSITORY / "bounds", folder / "bounds")
    (folder / "requirements.lock").write_text("# nothing to install\n")
    (folder / "app/__init__.py").touch()
    (folder / "app/cli.py").write_text(SHOW_ARGUMENTS)
    return folder


def run(
    checkout: Path, *arguments: str, cwd: Path = Path("/"), **environ: str
) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [str(checkout / "bounds"), *arguments],
        cwd=cwd,
        env={**kept, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.long
@pytest.mark.slow
def test_the_script_installs_once_keeps_arguments_and_folder_and_mends_a_killed_run(
    checkout: Path, tmp_path: Path
) -> None:
    # A stranger's folder with an `app` of its own must not be taken for ours.
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "app").mkdir(parents=True)
    (elsewhere / "app/__init__.py").write_text("raise SystemExit('the wrong app')")
    first = run(checkout, "settings", "two words", "--x=*", cwd=elsewhere)
    assert first.returncode == 0, first.stderr
    told = json.loads(first.stdout)
    assert told["arguments"] == ["settings", "two words", "--x=*"]
    assert told["folder"] == str(elsewhere)
    assert told["app"] == str(checkout / "app/cli.py")
    assert "installing Python packages" in first.stderr

    second = run(checkout, "settings")
    assert (second.returncode, second.stderr) == (0, "")

    # killed half-way: the mark is there, and what it made cannot be trusted
    (checkout / ".venv/.bounds-installing").touch()
    (checkout / ".venv/.bounds-stamp").unlink()
    (checkout / ".venv/leftover").touch()
    third = run(checkout, "settings")
    assert third.returncode == 0, third.stderr
    assert not (checkout / ".venv/leftover").exists()

    (checkout / "requirements.lock").write_text("# changed\n")
    assert "installing Python packages" in run(checkout, "settings").stderr

    moved = checkout.rename(tmp_path / "moved")
    fourth = run(moved, "settings")
    assert json.loads(fourth.stdout)["app"] == str(moved / "app/cli.py")
    # the small command in the environment does the same
    launcher = subprocess.run(
        [moved / ".venv/bin/bounds", "settings"], capture_output=True, check=False, cwd="/"
    )
    assert launcher.returncode == 0


def test_no_fit_python_is_said_with_what_to_do(checkout: Path) -> None:
    done = run(checkout, "settings", BOUNDS_PYTHON="/nowhere/python3")
    assert done.returncode == 1
    assert done.stderr.startswith("error: Python 3.11 or newer is needed")
    assert "apt-get install" in done.stderr
    assert done.stdout == ""


def test_the_script_is_plain_posix_shell() -> None:
    dash = shutil.which("dash")
    if dash is None:
        pytest.skip("dash is not installed here")
    subprocess.run([dash, "-n", REPOSITORY / "bounds"], check=True)
    assert (REPOSITORY / "bounds").read_text().startswith("#!/bin/sh\n")
    assert os.access(REPOSITORY / "bounds", os.X_OK)


@pytest.mark.parametrize("name", ["bounds", "requirements.lock", "package-lock.json", ".npmrc"])
def test_no_file_of_the_installation_holds_an_address(name: str) -> None:
    assert ADDRESS.findall((REPOSITORY / name).read_text(encoding="utf-8")) == []


def test_every_locked_package_has_a_hash() -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", (REPOSITORY / "requirements.lock").read_text())
    pinned = [block for block in blocks if "==" in block.splitlines()[0]]
    assert len(pinned) > 50
    assert [block.splitlines()[0] for block in pinned if "--hash=sha256:" not in block] == []


def docker_lines() -> list[list[str]]:
    text = re.sub(r"\\\n", " ", (REPOSITORY / "Dockerfile").read_text())
    return [line.split(maxsplit=1) for line in text.splitlines() if line and line[0] != "#"]


def test_the_dockerfile_copies_only_what_is_here_and_what_its_ignore_file_lets_through() -> None:
    sources = [
        source for word, rest in docker_lines() if word == "COPY" for source in rest.split()[:-1]
    ]
    assert {"bounds", "requirements.lock", "app", "boundaries", "maps", "migrations"} <= set(
        sources
    )
    assert [source for source in sources if not (REPOSITORY / source).exists()] == []
    ignored = (REPOSITORY / ".dockerignore").read_text().split()
    assert set(sources).isdisjoint(ignored)


def test_the_dockerfile_installs_by_the_script_and_serves_as_an_ordinary_user() -> None:
    lines = docker_lines()
    installs = [rest for word, rest in lines if word == "RUN" and "./bounds" in rest]
    assert installs
    assert all(rest.startswith("./bounds bootstrap") for rest in installs)
    assert not any(
        re.search(r"\b(apt-get|pip3?|npm) (install|ci)\b", rest)
        for word, rest in lines
        if word == "RUN"
    )
    assert json.loads(lines[-1][1]) == ["./bounds", "serve", "--host", "0.0.0.0"]
    users = [index for index, (word, _) in enumerate(lines) if word == "USER"]
    assert len(users) == 1
    assert lines[users[0]][1] == "bounds"
    assert [rest for word, rest in lines if word == "VOLUME"] == ["/var/lib/bounds"]


def test_what_the_dockerfile_copies_first_is_enough_to_fetch_the_browser_files(
    tmp_path: Path,
) -> None:
    for word, rest in docker_lines():
        if word == "RUN" and "./bounds" in rest:
            break
        if word == "COPY":
            *sources, into = rest.split()
            (tmp_path / into).mkdir(parents=True, exist_ok=True)
            for source in sources:
                shutil.copy(REPOSITORY / source, tmp_path / into)
    # Without the packages of this environment, and so without its path to this checkout.
    done = subprocess.run(
        [sys.executable, "-S", "-m", "app.assets"], cwd=tmp_path, env={"PATH": "/nowhere"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "npm was not found" in done.stderr


def test_the_start_command_of_the_dockerfile_is_one_the_command_line_has() -> None:
    from typer.main import get_command

    from app.cli import app

    serve = get_command(app).commands["serve"]  # type: ignore[attr-defined]
    assert "--host" in {option for each in serve.params for option in each.opts}


def test_continuous_integration_runs_the_same_command() -> None:
    script = REPOSITORY / ".ci/run"
    assert os.access(script, os.X_OK)
    assert 'exec ./bounds test "$@"' in script.read_text()


def test_every_make_target_is_told_by_make_help() -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed here")
    helped = subprocess.run(
        [make, "-s", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    phony = re.search(r"^\.PHONY: (.*)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    assert {line.split()[0] for line in helped.splitlines()} == set(phony[1].split())
