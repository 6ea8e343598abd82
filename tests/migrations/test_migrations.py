"""The migrations build exactly the tables that the code maps, one after the other, both ways."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text

from boundaries.database import REPOSITORY, make_engine, migrate

VERSIONS = sorted((REPOSITORY / "migrations" / "versions").glob("[0-9]*.py"))


def configuration(url: str) -> Config:
    made = Config()
    made.set_main_option("script_location", str(REPOSITORY / "migrations"))
    made.attributes["url"] = url
    return made


@pytest.mark.slow
def test_head_equals_the_mapped_tables_and_base_leaves_nothing(
    make_database: Callable[[str], str], template_database: str
) -> None:
    url = make_database(template_database)
    command.check(configuration(url))  # raises where a table, column, index or constraint differs
    migrate(url, "base")
    left = set(inspect(make_engine(url, pool_size=0)).get_table_names())
    assert left <= {"alembic_version", "spatial_ref_sys"}
    migrate(url)
    command.check(configuration(url))


@pytest.mark.slow
def test_rows_outlive_the_step_down_and_up_of_a_later_migration(
    make_database: Callable[[str], str], template_database: str
) -> None:
    url = make_database(template_database)
    engine = make_engine(url, pool_size=0)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO areas (code, type, name) VALUES ('E07000062', 'lad', 'Hastings')")
        )
        connection.execute(
            text(
                "INSERT INTO weights (code, area_set, measure, period, value, estimated, source)"
                " VALUES ('E01020941', 'lsoa-2011', 'imd-2019-people', '2015', 1500, false, 'a file')"
            )
        )
    migrate(url, "down:0001")
    migrate(url)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT name FROM areas")) == "Hastings"
        # What an index counts its people by was read from its file: no migration reads it again.
        assert connection.scalar(text("SELECT value FROM weights")) == 1500


@pytest.mark.slow
def test_what_went_with_a_table_is_read_again_by_the_next_load(
    make_database: Callable[[str], str], template_database: str
) -> None:
    url = make_database(template_database)
    engine = make_engine(url, pool_size=0)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO dataset_loads (dataset_id, sha256, rows_in, rows_stored, rows_refused, rows_elsewhere,"
                " partial, seconds) SELECT id, 'of its bytes', 1, 1, 0, 0, false, 1"
                " FROM unnest(ARRAY['imd-2015', 'wd19-lad19']) AS id"
            )
        )
        connection.execute(
            text(
                "INSERT INTO index_summaries (index_id, area_type, code, measure, name, source_file, sha256)"
                " VALUES ('imd-2015', 'lad', 'E07000062', 'imd', 'Hastings', 'a file', 'of its bytes')"
            )
        )
    migrate(url, "down:0019")
    migrate(url)
    with engine.begin() as connection:
        told = connection.execute(text("SELECT dataset_id, sha256 FROM dataset_loads")).all()
        assert sorted(map(tuple, told)) == [("imd-2015", ""), ("wd19-lad19", "of its bytes")]
        assert connection.scalar(text("SELECT count(*) FROM index_summaries")) == 0


def test_files_are_numbered_without_a_gap_and_the_head_file_names_the_last() -> None:
    numbers = [path.name[:4] for path in VERSIONS]
    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]
    head = Path(REPOSITORY / "migrations" / ".current-head").read_text().strip()
    assert head == numbers[-1]
    for path in VERSIONS:
        found = re.search(r'^revision = "(\d+)"', path.read_text(), re.M)
        assert found is not None
        assert found[1] == path.name[:4]


@pytest.mark.slow
def test_an_envelope_becomes_an_allocation_of_its_programme_and_back(
    make_database: Callable[[str], str], template_database: str
) -> None:
    url = make_database(template_database)
    migrate(url, "down:0010")
    engine = make_engine(url, pool_size=0)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO resource_files (id, title, publisher, licence, attribution, source_file, sha256,"
                " kind, rows_in, rows_stored, rows_refused)"
                " VALUES ('f', 't', 'p', 'l', 'a', 's', 'x', 'pride-in-place', 2, 2, 0)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO envelopes (id, file_id, programme, title, funder, lad_code, amount_pence, period)"
                " VALUES ('a', 'f', 'Pride in Place, Phase 2', 'Hollington', 'MHCLG', 'E07000062', 7, '10 years'),"
                " ('b', 'f', 'Pride in Place, Phase 2', 'Ore', 'MHCLG', NULL, 8, '10 years')"
            )
        )
        before = connection.execute(text("SELECT * FROM envelopes ORDER BY id")).all()
    migrate(url, "0011")
    with engine.begin() as connection:
        moved = connection.execute(
            text(
                "SELECT p.id, p.title, a.title, a.lad_code, a.amount_pence, a.status, a.financial_year"
                " FROM programme_allocations AS a JOIN programmes AS p ON p.id = a.programme_id ORDER BY a.id"
            )
        ).all()
        places = connection.scalar(text("SELECT count(*) FROM programme_areas"))
    assert [tuple(row) for row in moved] == [
        ("pride-in-place-phase-2", "Pride in Place, Phase 2", "Hollington", "E07000062", 7, "awarded", None),
        ("pride-in-place-phase-2", "Pride in Place, Phase 2", "Ore", None, 8, "awarded", None),
    ]  # fmt: skip
    assert places == 2
    migrate(url, "down:0010")
    with engine.begin() as connection:
        assert connection.execute(text("SELECT * FROM envelopes ORDER BY id")).all() == before
    engine.dispose()
