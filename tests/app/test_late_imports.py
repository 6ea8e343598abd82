"""Tests that the data-frame libraries wait until they are used, and then are whole for every thread."""

from __future__ import annotations

import subprocess
import sys

import pytest

from boundaries.database import REPOSITORY

# What each library has loaded once its own code has run.
WITHIN = {
    "pandas": "pandas.core.frame",
    "geopandas": "geopandas.geodataframe",
    "pyarrow": "pyarrow.lib",
    "pyogrio": "pyogrio.core",
    "scipy": "scipy._lib",
}


def run(code: str) -> str:
    """Run code in a Python of its own, where nothing is loaded yet; gives what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("module", ["app.main", "app.cli"])
def test_the_service_and_the_command_start_without_what_they_may_never_use(module: str) -> None:
    never = [
        "numba",
        "sklearn",
        "alembic",
        "folium",
        "rasterio",
        "openpyxl",
        "sqlalchemy.dialects.mssql",
    ]
    code = f"import sys, {module}; print([m for m in {[*WITHIN.values(), *never]} if m in sys.modules])"
    assert run(code) == "[]"


@pytest.mark.parametrize("name", WITHIN)
def test_a_library_is_whole_when_it_is_used_after_a_second_import(name: str) -> None:
    code = (
        f"import app.late_imports, sys, {name}\nimport {name} as again\n"
        f"print({WITHIN[name]!r} in sys.modules, again is {name}, end=' ')\n"
        f"print(again.__version__ != '', {WITHIN[name]!r} in sys.modules, type(again).__name__)"
    )
    assert run(code) == "False True True True module"


def test_threads_that_ask_at_once_all_get_a_whole_library() -> None:
    code = """
import app.late_imports, threading
import geopandas, pandas
start, found = threading.Barrier(8), []
def ask(library, name):
    start.wait()
    found.append(getattr(library, name).__name__)
asked = [(pandas, "DataFrame"), (geopandas, "GeoDataFrame")] * 4
threads = [threading.Thread(target=ask, args=each) for each in asked]
for each in threads: each.start()
for each in threads: each.join(30)
print(sorted(found) == ["DataFrame"] * 4 + ["GeoDataFrame"] * 4)
"""
    assert run(code) == "True"


def test_a_library_that_cannot_load_says_why_each_time_it_is_asked() -> None:
    code = """
import sys, types
import app.late_imports as late, pandas
sys.modules["dateutil"] = None
for _ in range(2):
    try: pandas.DataFrame
    except ImportError as error: print("dateutil" in str(error))
"""
    assert run(code).split() == ["True", "True"]


def test_what_was_named_and_not_used_can_be_loaded_before_it_is() -> None:
    code = (
        "import sys, app.main, app.late_imports as late; late.load_now();"
        f"print([m for m in {list(WITHIN.values())} if m not in sys.modules])"
    )
    assert run(code) == "[]"
