"""Surveys the borders of releases beside a load or the service, each in a transaction of its own; loads nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from shapely.errors import GEOSException
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.memory import give_back_memory
from boundaries.importing import Progress
from boundaries.tables import Release
from boundaries.topology import Survey, survey_release, surveys_due


def survey_next(engine: Engine) -> Survey | None:
    """Survey the first release that is due and that nobody else has in hand; None: there is none."""
    with Session(engine) as session, session.begin():
        for release_id in surveys_due(session):
            # Two surveyors never do one release, nor one that a load is adding to.
            release = session.scalar(
                select(Release)
                .where(Release.id == release_id)
                .with_for_update(skip_locked=True, key_share=True)
            )
            if release is not None:
                return survey_release(session, release)
    return None


class Surveyor(threading.Thread):
    """Surveys what is due whenever it is told to look; ends with the process, and then leaves nothing half."""

    def __init__(self, engine: Engine, progress: Progress) -> None:
        super().__init__(daemon=True, name="surveyor")
        self.failed: Exception | None = None
        self._engine = engine
        self._progress = progress
        self._told = threading.Event()
        self._last = self._left_off = self._ended = False

    def look(self) -> None:
        """Tell it that there may be something to survey."""
        self._told.set()

    def finish(self) -> None:
        """Wait until nothing is due. Raises what kept a survey from being made."""
        self._last = True
        self._told.set()
        self.join()
        if self.failed is not None:
            raise self.failed
        if not self._ended:
            raise RuntimeError("the survey of borders broke off; what was wrong is told above")

    def leave_off(self) -> None:
        """Tell it to stop after the survey in hand."""
        self._left_off = self._last = True
        self._told.set()

    def _survey_due(self) -> None:
        while done := None if self._left_off else survey_next(self._engine):
            self._progress(f"{done.release_id}: borders surveyed, {done.seconds:.1f} s")
            give_back_memory()

    def run(self) -> None:
        """Survey until told that it was the last time."""
        last = False
        while not (last or self.failed):
            self._told.wait()
            self._told.clear()
            last = self._last  # read first: what was committed before it was set is seen below
            try:
                self._survey_due()
            except (SQLAlchemyError, psycopg.Error, GEOSException, ValueError) as problem:
                self.failed = problem
                self._progress(f"borders were not surveyed: {problem}")
        self._ended = True


@contextmanager
def surveying(engine: Engine, progress: Progress) -> Iterator[Surveyor]:
    """Survey beside the block, and wait at its end until nothing is due; after a block that failed, no more."""
    surveyor = Surveyor(engine, progress)
    surveyor.start()
    ended_well = False
    try:
        yield surveyor
        ended_well = True
    finally:
        if not ended_well:
            surveyor.leave_off()
    surveyor.finish()
