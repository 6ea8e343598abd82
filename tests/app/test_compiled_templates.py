"""Compiled templates: taken where they are of the very same source and words, made anew where anything differs."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader
from jinja2.bccache import bc_magic

from app.compiled_templates import BesideModules
from app.findings import words
from app.pages.rendering import environment

# The mark of the format and the hash, both as long in every file; then comes the code.
_HEAD = len(bc_magic) + len(pickle.dumps("0" * 64, 2))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for templates; what Python compiles from there is laid by in another."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "compiled"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "templates").mkdir()
    return tmp_path / "templates"


def filled(folder: Path, source: str, **options: bool) -> str:
    """Fill one template by an environment that never saw it."""
    (folder / "page.html").write_text(source)
    made = Environment(loader=FileSystemLoader(folder), autoescape=True, **options)
    made.filters["count"] = words.count
    made.bytecode_cache = BesideModules(made)
    return made.get_template("page.html").render(n=1234)


def laid_by(folder: Path) -> list[Path]:
    return [path for path in (folder.parent / "compiled").rglob("*") if path.is_file()]


def test_a_template_is_compiled_once_and_anew_when_its_source_changes(folder: Path) -> None:
    assert filled(folder, "one {{ n|count }}") == "one 1,234"
    first = laid_by(folder)[0].read_bytes()
    assert filled(folder, "two {{ n|count }}") == "two 1,234"
    assert len(laid_by(folder)) == 1
    # What lies there is what is filled: the other's code under this one's hash.
    path = laid_by(folder)[0]
    second = path.read_bytes()
    path.write_bytes(second[:_HEAD] + first[_HEAD:])
    assert filled(folder, "two {{ n|count }}") == "one 1,234"


def test_what_else_a_template_is_compiled_by_counts_too(folder: Path) -> None:
    source = "{% if n %}\nyes{% endif %}"
    assert filled(folder, source) == "\nyes"
    assert filled(folder, source, trim_blocks=True) == "yes"


@pytest.mark.parametrize("damage", [b"", b"no template", "half"])
def test_what_is_damaged_is_made_anew(folder: Path, damage: bytes | str) -> None:
    filled(folder, "one {{ n|count }}")
    path = laid_by(folder)[0]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage == "half" else bytes(damage))  # type: ignore[arg-type]
    assert filled(folder, "one {{ n|count }}") == "one 1,234"
    assert path.read_bytes() == whole


def test_where_python_lays_nothing_by_no_template_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert filled(folder, "one") == "one"
    assert laid_by(folder) == []


def test_pages_and_papers_keep_theirs() -> None:
    assert isinstance(environment().bytecode_cache, BesideModules)
