"""The address that `bounds db url --read-only` prints, and who uses it: libpq, the notebook in docs/, GDAL."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from app.dev.commands import db_app
from app.dev.private_postgres import PrivatePostgres
from app.settings import Settings
from boundaries.database import REPOSITORY
from tests.support.databases import ClusterForTests

NOTEBOOK = REPOSITORY / "docs" / "bounds.ipynb"
WITHIN_S = 120


def url(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(
        db_app, ["url", *arguments], obj=SimpleNamespace(settings=settings), catch_exceptions=False
    )


def plain(engine: Engine) -> str:
    """An engine's address as libpq takes it."""
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def as_reader(engine: Engine) -> str:
    return plain(engine).replace("bounds_owner@", "bounds_ro@")


def test_the_private_databases_address_is_its_readers(
    cluster: ClusterForTests, template_database: str
) -> None:
    # The tests' own cluster lies in its home as a user's lies in the data folder.
    settings = Settings(data_dir=cluster.home)
    printed = url(settings, "--read-only")
    assert printed.stdout == f"postgresql://bounds_ro@/bounds?host={cluster.server.socket_dir()}\n"
    assert "bounds db start" in printed.stderr
    with psycopg.connect(printed.stdout.strip()) as reader:
        assert reader.execute("SELECT current_user").fetchone() == ("bounds_ro",)
    assert "bounds_owner@" in url(settings).stdout


@pytest.mark.slow
@pytest.mark.database
def test_a_database_that_stays_up_needs_no_hint() -> None:
    folder = Path(tempfile.mkdtemp(prefix="bounds-gis-"))
    folder.chmod(0o755)  # the server's own user must be able to pass
    server = PrivatePostgres(folder / "postgres", throwaway=True)
    try:
        server.ensure_running()
        server.keep_running()
        printed = url(Settings(data_dir=folder), "--read-only")
        assert printed.stderr == ""
        with psycopg.connect(printed.stdout.strip()) as reader:
            assert reader.execute("SHOW statement_timeout").fetchone() == ("5min",)
    finally:
        server.remove()
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ("postgresql+psycopg://ann:hunter2@db.example:5433/bounds", ""),
        ("postgresql://ann@db.example:5433/bounds?password=hunter2&sslmode=require", ""),
        ("postgresql://ann:hunter2@db.example:5433/bounds?options=-c%20jit%3Doff", "-c jit=off "),
    ],
)
def test_a_given_address_is_made_read_only_and_shows_no_password(given: str, options: str) -> None:
    settings = Settings(data_dir=Path("/nonexistent"), database_url=given)
    printed = url(settings, "--read-only")
    assert "hunter2" not in printed.output
    assert "the same user" in printed.stderr
    read = conninfo_to_dict(printed.stdout.strip())
    assert read["options"] == options + "-c default_transaction_read_only=on"
    assert (read["user"], read["host"], str(read["port"])) == ("ann", "db.example", "5433")
    assert ("sslmode" in read) == ("sslmode" in given)
    assert "hunter2" not in url(settings).output
    assert "options" not in url(settings).stdout or options


def test_a_given_database_reads_and_does_not_write_by_the_address(demo_engine: Engine) -> None:
    settings = Settings(data_dir=Path("/nonexistent"), database_url=plain(demo_engine))
    with psycopg.connect(url(settings, "--read-only").stdout.strip()) as reader:
        assert reader.execute("SELECT count(*) > 0 FROM gis.districts").fetchone() == (True,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            reader.execute("DELETE FROM tokens")


def code_of_notebook() -> str:
    """The lines of the notebook's code cells, in order."""
    book = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert book["nbformat"] == 4
    cells = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
    return "\n".join("".join(cell["source"]) for cell in cells)


def run_notebook(engine: Engine, council: str) -> str:
    """Run the notebook in a process of its own; gives what it printed and the size of its last value."""
    code = code_of_notebook()
    last = ast.unparse(ast.parse(code).body[-1])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{code}\nprint(round(({last}).area))"],
        env={"PATH": os.environ["PATH"], "GIS_ADDRESS": as_reader(engine), "COUNCIL": council},
        capture_output=True, text=True, timeout=WITHIN_S, check=False, cwd=REPOSITORY,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


FIGURES = """
SELECT
    count(*) FILTER (WHERE v.decile = 1) AS worst,
    count(*) AS areas,
    sum(w.value) FILTER (WHERE v.decile = 1) AS worst_people,
    sum(w.value) AS people,
    round(sum(b.area_m2) FILTER (WHERE v.decile = 1)) AS worst_m2
FROM index_values AS v
JOIN indices AS i ON i.id = v.index_id AND i.id LIKE 'imd-2019%'
JOIN weights AS w ON w.code = v.code AND w.area_set = 'lsoa-2011' AND w.measure = 'people'
JOIN boundaries AS b ON b.code = v.code AND b.release_id = i.release_id
WHERE v.measure = 'imd'
  AND EXISTS (
      SELECT 1 FROM memberships AS m JOIN areas AS d ON d.code = m.parent_code
      WHERE m.child_code = v.code AND d.type = 'lad' AND d.name = :council AND d.valid_to IS NULL
  )
"""


def figures(engine: Engine, council: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(FIGURES), {"council": council}).one()


def test_the_notebook_has_ten_lines() -> None:
    assert len(code_of_notebook().splitlines()) == 10


@pytest.mark.slow
def test_the_notebook_counts_the_demo_county(demo_engine: Engine) -> None:
    with demo_engine.connect() as connection:
        council = connection.scalar(
            text(
                "SELECT lad_name FROM gis.imd_2019 WHERE decile = 1 GROUP BY 1 ORDER BY count(*) DESC, 1"
            )
        )
    told = figures(demo_engine, council)
    assert told.worst > 0
    line, size = run_notebook(demo_engine, council).splitlines()
    assert line == (
        f"{council}: {told.worst} of {told.areas} small areas and {told.worst_people:,} of"
        f" {told.people:,} people are in the most deprived tenth of England"
    )
    assert int(size) == pytest.approx(told.worst_m2, rel=1e-6)


@pytest.mark.slow
def test_the_notebook_counts_hastings(place_engine: Engine) -> None:
    # IMD 2019 as published: 53 small areas, 16 of them in the first decile.
    line = run_notebook(place_engine, "Hastings").splitlines()[0]
    told = figures(place_engine, "Hastings")
    assert (told.worst, told.areas) == (16, 53)
    assert line.startswith(
        f"Hastings: 16 of 53 small areas and {told.worst_people:,} of {told.people:,}"
    )


@pytest.mark.slow
def test_gdal_lists_the_views_with_type_and_grid(demo_engine: Engine) -> None:
    program = shutil.which("ogrinfo")
    if program is None:
        pytest.skip(
            "ogrinfo is not installed (Debian: gdal-bin); GDAL in the wheels has no PostgreSQL"
        )
    address = f"PG:{as_reader(demo_engine)}"
    environment = {"PATH": os.environ["PATH"]}

    def ask(*arguments: str) -> str:
        command = [program, "-ro", *arguments]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=WITHIN_S, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    listed = ask(address)
    if "PostgreSQL" not in listed:
        pytest.skip("this GDAL has no PostgreSQL driver")
    for view, kind in (("gis.districts", "Multi Polygon"), ("gis.postcodes", "Point")):
        assert f": {view} ({kind})" in listed
    told = ask("-so", address, "gis.imd_2019")
    with demo_engine.connect() as connection:
        count = connection.scalar(text("SELECT count(*) FROM gis.imd_2019"))
    assert f"Feature Count: {count}" in told
    assert 'ID["EPSG",27700]' in told
    assert "decile: Integer" in told
