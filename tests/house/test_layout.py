from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.source import (
    PACKAGES,
    REPOSITORY,
    docstrings,
    files,
    imported,
    nodes,
    read,
    tracked_files,
)

CEILING = 400
BANNED = {
    "utils", "util", "helpers", "helper", "common", "core", "misc", "base", "manager", "service",
    "handler", "data", "info",
}  # fmt: skip
# SQLAlchemy's own word for the class that all tables hang from.
ALLOWED_CLASSES = {"Base"}

TOP_LEVEL = {
    "app", "boundaries", "maps", "migrations", "tests", "Dockerfile", "pyproject.toml",
    "README.md", "bounds", "CHANGELOG.md", "LICENSE", "SECURITY.md", "Makefile", "compose.yaml",
    "requirements.lock", "package.json", "package-lock.json", ".npmrc", "docs", "bench", "deploy",
    ".ci", ".gitignore", ".dockerignore", ".gitattributes", ".github", "out",
}  # fmt: skip

GRID_NUMBERS = {27700, 4326, 4258, 4277, 7405, 3857}
GRID_TEXT = re.compile(r"\bEPSG:\d|\b(27700|4326|3857)\b", re.IGNORECASE)
KNOWS_GRIDS = {Path("boundaries/crs.py"), Path("maps/geojson.py")}

CODE = (".py", ".js", ".sql", ".css", ".html")


@pytest.mark.parametrize("suffix", [".py", ".js", ".sql"])
def test_no_file_is_longer_than_400_lines(suffix: str) -> None:
    found = {str(name): len(read(name).splitlines()) for name in files(suffix)}
    assert {name: lines for name, lines in found.items() if lines > CEILING} == {}


def words(name: str) -> set[str]:
    """The words of a file or class name: `GridManager` and `grid_manager` hold the same two."""
    return set(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_"))


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    found = []
    for name in files(".py", ".js", ".sql"):
        for part in (*name.parts[:-1], name.stem):
            if words(part) & BANNED:
                found.append(str(name))
    assert found == []


def test_no_class_has_a_name_that_says_nothing() -> None:
    found = []
    for name in files(".py"):
        for node in nodes(name):
            if isinstance(node, ast.ClassDef) and node.name not in ALLOWED_CLASSES:
                found += [f"{name}: {node.name}"] if words(node.name) & BANNED else []
    assert found == []


def test_the_banned_words_are_found_in_both_spellings() -> None:
    assert words("GridManager") & BANNED
    assert words("string_utils") & BANNED
    assert not words("database") & BANNED
    assert not words("Information") & BANNED


def test_the_top_folder_holds_only_what_was_agreed() -> None:
    assert {name.parts[0] for name in tracked_files()} - TOP_LEVEL == set()


def test_only_the_last_handler_catches_everything() -> None:
    found = []
    for name in files(".py"):
        for node in nodes(name):
            if isinstance(node, ast.ExceptHandler):
                caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
                names = {each.id if isinstance(each, ast.Name) else "" for each in caught if each}
                if node.type is None or names & {"Exception", "BaseException"}:
                    found.append((str(name), ast.unparse(node.type) if node.type else "all"))
    assert found == [("app/traffic.py", "Exception")]


def grids_named(name: Path) -> list[str]:
    told = []
    written = docstrings(name)
    for node in nodes(name):
        if isinstance(node, ast.Constant) and id(node) not in written:
            is_number = type(node.value) is int and node.value in GRID_NUMBERS
            is_text = isinstance(node.value, str) and GRID_TEXT.search(node.value)
            if is_number or is_text:
                told.append(f"{name}:{node.lineno}")
    return told


def test_grid_numbers_stand_in_two_files_only() -> None:
    # Migrations are history and tests say what is expected: both name numbers on purpose.
    names = [name for name in files(".py", under=PACKAGES) if name not in KNOWS_GRIDS]
    assert [told for name in names for told in grids_named(name)] == []
    for name in KNOWS_GRIDS:
        assert grids_named(name), f"{name} no longer names a grid"


ROUTE_FORBIDDEN_CALLS = {
    "text", "select", "insert", "update", "delete", "execute", "scalar", "scalars", "named_sql",
    "exec_driver_sql",
}  # fmt: skip
SQL = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s.+\sSET|DELETE\s+FROM)\b", re.DOTALL)


def test_routes_and_commands_hold_no_sql() -> None:
    wrong = []
    names = [n for n in files(".py", under=("app",)) if n.stem in {"routes", "commands"}]
    assert names, "no routes were found: this test looks in the wrong place"
    for name in names:
        for node in nodes(name):
            called = ""
            if isinstance(node, ast.Call):
                function = node.func
                called = getattr(function, "attr", getattr(function, "id", ""))
                owner = getattr(getattr(function, "value", None), "id", "")
                called = "" if owner == "router" else called  # @router.delete names a method
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if called in ROUTE_FORBIDDEN_CALLS or (is_text and SQL.search(node.value)):
                wrong.append(f"{name}:{node.lineno} {called}")
    assert wrong == []


def test_sql_is_never_put_together_from_pieces() -> None:
    wrong = []
    for name in files(".py", under=(*PACKAGES, "migrations", "tests", "bench")):
        for node in nodes(name):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            is_built = isinstance(node.args[0], ast.JoinedStr | ast.BinOp) or (
                isinstance(node.args[0], ast.Call)
                and getattr(node.args[0].func, "attr", "") == "format"
            )
            if called in {"text", "exec_driver_sql"} and is_built:
                wrong.append(f"{name}:{node.lineno}")
    assert wrong == []


def test_log_lines_are_constant_texts() -> None:
    wrong = []
    levels = {"debug", "info", "warning", "error", "exception", "critical"}
    for name in files(".py", under=PACKAGES):
        for node in nodes(name):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            owner = node.func.value
            is_log = isinstance(owner, ast.Name) and owner.id in {"log", "logger", "_log"}
            is_constant = len(node.args) == 1 and isinstance(node.args[0], ast.Constant)
            if is_log and node.func.attr in levels and not is_constant:
                wrong.append(f"{name}:{node.lineno}")
    assert wrong == []


def test_only_the_settings_and_the_roots_read_the_environment() -> None:
    # GDAL, Arrow and worker processes are told through it: those places are named.
    allowed = {
        "app/cli.py",
        "app/memory.py",
        "app/settings.py",
        "boundaries/untrusted.py",
        "boundaries/gdal_drivers.py",
    }
    wrong = []
    for name in files(".py", under=PACKAGES):
        if str(name) in allowed or str(name).startswith("app/dev/"):
            continue
        for node in nodes(name):
            attribute = node.attr if isinstance(node, ast.Attribute) else ""
            if attribute in {"environ", "getenv", "putenv"}:
                wrong.append(f"{name}:{node.lineno}")
    assert wrong == []


def test_methods_read_no_clock_and_open_no_file() -> None:
    forbidden = {"open", "today", "now", "utcnow", "read_text", "read_bytes", "urandom"}
    wrong = []
    for name in files(".py", under=PACKAGES):
        if "methods" not in name.parts:
            continue
        for node in nodes(name):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if called in forbidden:
                    wrong.append(f"{name}:{node.lineno} {called}")
        banned = {"os", "io", "socket", "subprocess", "requests", "httpx", "time", "pathlib"}
        wrong += [
            f"{name}:{line} {word}" for line, word in imported(name) if word.split(".")[0] in banned
        ]
    assert wrong == []


def test_pages_hold_no_inline_script_or_style() -> None:
    inline = re.compile(r"<style|\sstyle=|<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+=", re.IGNORECASE)
    wrong = []
    for name in files(".html", ".j2", ".jinja", under=("app",)):
        is_page = "reports" not in name.parts  # a paper is not served under the pages' policy
        if is_page and inline.search(read(name)):
            wrong.append(str(name))
    assert wrong == []


def test_every_browser_file_that_a_page_names_exists() -> None:
    # Those under vendor/ come from npm when the service is built.
    own = re.compile(r"""["']/static/(?!vendor/)([\w./-]+)["']""")
    missing = []
    for name in files(".html", ".j2", ".jinja", ".py", under=("app", "maps")):
        for found in own.findall(read(name)):
            if not (REPOSITORY / "app" / "static" / found).is_file():
                missing.append(f"{name}: {found}")
    assert missing == []


def test_no_file_fetches_anything_from_elsewhere() -> None:
    far = re.compile(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//|@import|url\(\s*["']?http""")
    link = re.compile(r"<a\s[^>]*>", re.IGNORECASE)  # a link that somebody follows is no fetch
    wrong = []
    for name in files(".html", ".css", ".js", under=("app", "maps")):
        if far.search(link.sub("", read(name))):
            wrong.append(str(name))
    assert wrong == []


def test_no_tracked_file_names_a_folder_of_somebodys_machine() -> None:
    # Put together from pieces, so that this file does not name one itself.
    homes = "|".join(["/ho" + "me/[a-z]", "/Us" + "ers/[A-Za-z]", "/ro" + "ot/", "/wo" + "rk/"])
    machine = re.compile(rf"(?<![\w.])(?:{homes})")
    invented = re.compile("/ho" + r"me/(ann|bounds)\b")  # people and users of our own making
    wrong = []
    for name in tracked_files():
        if name.name == "Dockerfile":  # the image's own folders
            continue
        raw = (REPOSITORY / name).read_bytes()
        if b"\0" not in raw and machine.search(invented.sub("", raw.decode("utf-8", "replace"))):
            wrong.append(str(name))
    assert wrong == []


def test_sql_files_say_their_question_and_name_their_columns() -> None:
    wrong = []
    for name in files(".sql"):
        written = read(name)
        body = re.sub(r"--[^\n]*", "", written)
        if not written.startswith("--"):
            wrong.append(f"{name}: no comment at its head")
        if re.search(r"SELECT\s+(\w+\.)?\*", body, re.IGNORECASE):
            wrong.append(f"{name}: SELECT *")
        # From degrees to the system of web tiles is a formula without a datum.
        untold = re.sub(r"ST_Transform\([^:]*_wgs84\), CAST\(:mercator AS integer\)\)", "", body)
        if re.search(r"ST_Transform", untold, re.IGNORECASE):
            wrong.append(f"{name}: transforms; coordinates are converted at import, by the grid")
        if re.search(r"ST_Contains\s*\(", body, re.IGNORECASE):
            wrong.append(f"{name}: ST_Contains leaves out points on the edge; use ST_Covers")
    assert wrong == []


# Where a clock that jumps would let somebody in, or something be done twice, the database's clock or one that only
# goes on is asked: tokens, sessions of browsers, tries, keys sent once, rates, imports, deadlines.
TRUSTED = (
    "app/access", "app/imports/queries.py", "app/imports/actions.py", "app/rates.py", "app/sent_once.py",
    "app/sessions.py", "app/dependencies.py", "app/time_limits.py", "boundaries/deadlines.py",
)  # fmt: skip
# The day in England, which names what is read and lets nobody in.
TODAY = [("app/dependencies.py", "now")]


def test_no_clock_that_jumps_decides_who_may() -> None:
    found = []
    for name in files(".py"):
        if str(name).startswith(TRUSTED):
            for node in nodes(name):
                if isinstance(node, ast.Attribute):
                    is_wall = node.attr in {"now", "utcnow", "today"} and ast.unparse(node.value) in {
                        "datetime", "date"
                    }  # fmt: skip
                    is_epoch = node.attr == "time" and ast.unparse(node.value) == "time"
                    found += [(str(name), node.attr)] if is_wall or is_epoch else []
    assert found == TODAY
