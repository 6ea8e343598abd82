"""The smallest forms lie ready, are those of the very file, and are missed by nobody where they cannot lie."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
from pathlib import Path

import brotli
import pytest

from app.assets import STATIC
from app.smallest_forms import files_of_pages, kept_forms, make_forms

ROOT = STATIC.parent.parent
WORDS = b"function f(a) { return a + 1; }\n" * 50


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.js"
    path.write_bytes(WORDS)
    return path


def test_what_was_made_lies_ready_for_the_next_process_and_reads_as_the_file(file: Path) -> None:
    made = make_forms(file, file.parent)
    assert kept_forms(file, file.parent) == made
    assert brotli.decompress(made["br"]) == gzip.decompress(made["gzip"]) == WORDS
    assert len(made["br"]) < len(made["gzip"]) < len(WORDS) / 10
    laid = {path: path.stat().st_ino for path in (file.parent / "vendor" / "small").iterdir()}
    assert make_forms(file, file.parent) == made
    assert {path: path.stat().st_ino for path in laid} == laid


def test_a_form_of_another_file_or_a_broken_one_is_not_taken_and_is_made_again(file: Path) -> None:
    make_forms(file, file.parent)
    file.write_bytes(b"g();")
    assert kept_forms(file, file.parent) == {}
    again = make_forms(file, file.parent)
    ready = file.parent / "vendor" / "small"
    assert sorted(path.name for path in ready.iterdir()) == ["a.js.br", "a.js.gz"]
    for broken in ready.iterdir():
        broken.write_bytes(broken.read_bytes()[:-3])
    assert kept_forms(file, file.parent) == {}
    assert make_forms(file, file.parent) == again == kept_forms(file, file.parent)


def test_where_nothing_may_be_laid_by_the_forms_are_given_all_the_same(file: Path) -> None:
    (file.parent / "vendor").write_text("no folder")
    assert brotli.decompress(make_forms(file, file.parent)["br"]) == WORDS
    assert (file.parent / "vendor").read_text() == "no folder"


def test_setting_up_made_the_forms_of_every_file_of_others() -> None:
    """Our own may have been edited since: those are made by the next start."""
    fetched = [path for path in files_of_pages() if path.parent.name == "vendor"]
    assert len(fetched) == 4
    assert [path.name for path in fetched if set(kept_forms(path)) != {"br", "gzip"}] == []


def test_the_command_makes_what_is_missing(tmp_path: Path) -> None:
    static = tmp_path / "app" / "static"
    shutil.copytree(STATIC, static, ignore=shutil.ignore_patterns("small"))
    for name in ("__init__", "late_imports", "assets", "smallest_forms"):
        shutil.copy(ROOT / "app" / f"{name}.py", tmp_path / "app")
    done = subprocess.run(
        [sys.executable, "-m", "app.smallest_forms"], cwd=tmp_path, capture_output=True, text=True, check=True
    )  # fmt: skip
    assert done.stdout == f"{len(files_of_pages())} browser files have their smallest forms\n"
    assert len(list((static / "vendor" / "small").iterdir())) == 2 * len(files_of_pages())
