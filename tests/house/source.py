"""The project's own files, read once for the rules about them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("app", "boundaries", "maps")

# Made or fetched, never in git.
NOT_OURS = {
    ".git", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis",
    ".import_linter_cache", "__pycache__", "node_modules", "vendor", "out", "build", "dist",
}  # fmt: skip


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that is, or would be, in git; relative to the repository, in order."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, check=True)
        names = [Path(line) for line in listed.stdout.splitlines()]
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive
        left_out = (REPOSITORY / ".gitignore").read_text(encoding="utf-8").splitlines()
        at_root = {Path(line.strip("/")) for line in left_out if line.startswith("/")}
        found = [path.relative_to(REPOSITORY) for path in REPOSITORY.rglob("*")]
        names = [name for name in found if not at_root & {name, *name.parents}]
    ours = {name for name in names if not NOT_OURS & set(name.parts)}
    return tuple(sorted(name for name in ours if (REPOSITORY / name).is_file()))


def files(*suffixes: str, under: tuple[str, ...] = ()) -> list[Path]:
    """The tracked files with one of these endings, in these top folders (none named: in all)."""
    return [
        name
        for name in tracked_files()
        if name.suffix in suffixes and (not under or name.parts[0] in under)
    ]


@cache
def read(name: Path) -> str:
    """The text of a tracked file."""
    return (REPOSITORY / name).read_text(encoding="utf-8")


@cache
def parsed(name: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(read(name), filename=str(name))


@cache
def nodes(name: Path) -> tuple[ast.AST, ...]:
    """Every node of a Python file."""
    return tuple(ast.walk(parsed(name)))


def docstrings(name: Path) -> set[int]:
    """The ids of the constants that are docstrings."""
    found = set()
    for node in nodes(name):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.add(id(first.value))
    return found


def imported(name: Path) -> Iterator[tuple[int, str]]:
    """The line and full name of everything a Python file imports, inside functions too."""
    for node in nodes(name):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
