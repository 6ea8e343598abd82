"""Borders are surveyed beside a load: nothing stays due, a fault is told, and two never do one release."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from app.settings import Settings
from app.sources.load import Choices, load_datasets
from app.sources.surveying import Surveyor, survey_next, surveying
from boundaries.level_tables import ReleaseLevel, ReleaseTopology
from boundaries.tables import Release
from boundaries.topology import surveys_due

pytestmark = pytest.mark.slow
COARSE = "lad-2023-05-buc"


def due(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return surveys_due(session)


def levels(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(ReleaseLevel)) or 0


def test_a_load_ends_with_every_border_surveyed_and_a_rehearsal_surveys_none(
    engine: Engine, url: str, mirror: Path, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path / "bounds", database_url=url, mirror=mirror)
    said: list[str] = []
    load_datasets(engine, settings, [COARSE], Choices(), said.append)
    assert not [words for words in said if "surveyed" in words]
    load_datasets(engine, settings, [COARSE], Choices(commit=True), said.append)
    assert [words.split(",")[0] for words in said if "surveyed" in words] == [
        f"{COARSE}: borders surveyed"
    ]
    assert due(engine) == []
    assert levels(engine) > 0
    with Session(engine) as session:
        row = session.scalars(select(ReleaseTopology)).one()
        release = session.get_one(Release, COARSE)
    assert (row.areas, release.surveyed_features) == (296, release.features_stored)
    _two_at_once_and_a_fault(engine)


def _two_at_once_and_a_fault(engine: Engine) -> None:
    """What is due is left to the one who has it in hand; what cannot be surveyed stays due and is told."""
    with Session(engine) as session, session.begin():
        session.get_one(Release, COARSE).surveyed_features = None
    with Session(engine) as other, other.begin():
        other.get(Release, COARSE, with_for_update=True)
        assert survey_next(engine) is None
    assert due(engine) == [COARSE]
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE boundary_levels RENAME TO elsewhere"))
    said: list[str] = []
    with pytest.raises(psycopg.errors.UndefinedTable), surveying(engine, said.append) as surveyor:
        surveyor.look()
    assert said[0].startswith("borders were not surveyed: ")
    assert due(engine) == [COARSE]
    assert levels(engine) > 0  # those of the survey before: the one that failed left nothing
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO boundary_levels"))
    with surveying(engine, said.append):
        pass  # looked for at the end even where nobody told of any
    assert due(engine) == []


def test_after_a_block_that_failed_no_more_is_surveyed(engine: Engine) -> None:
    left: list[Surveyor] = []

    def block() -> None:
        with surveying(engine, lambda _words: None) as surveyor:
            left.append(surveyor)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        block()
    left[0].join(timeout=10)
    assert not left[0].is_alive()
