"""What the tests of published tables share: a loader of written text, and a few districts with their lives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.resources.storing import ImportReport, Publication
from boundaries.tables import Area, Succession

Load = Callable[..., ImportReport]


@pytest.fixture
def load(db: Session, tmp_path: Path) -> Load:
    """Load text as a dataset of the catalogue by the function given."""

    def run(take: Any, dataset: str, written: str, coverage: str | None = None) -> ImportReport:
        path = tmp_path / f"{dataset}.csv"
        path.write_text(written, encoding="utf-8")
        spoken = Publication(f"Title of {dataset}", "P", "OGL", "A", dataset, coverage)
        done: ImportReport = take(db, path, spoken)
        assert done.rows_in == done.rows_stored + done.rows_refused
        return done

    return run


@pytest.fixture
def england(db: Session) -> None:
    """A few districts with their lives: one gone in 2009, one renumbered in 2013, two of one name in 2001."""
    rows = [
        ("lad-20ud", "Derwentside", None, date(2009, 4, 1)),
        ("E06000047", "County Durham", date(2009, 4, 1), None),
        ("E08000020", "Gateshead", None, date(2013, 4, 1)),
        ("E08000037", "Gateshead", date(2013, 4, 1), None),
        ("E08000013", "St. Helens", None, None),
        ("E08000008", "Tameside", None, None),
        ("E07000991", "Twin", None, date(2005, 4, 1)),
        ("E07000992", "Twin", None, None),
    ]
    db.add_all(
        Area(code=code, type="lad", name=name, valid_from=begins, valid_to=ends)
        for code, name, begins, ends in rows
    )
    db.flush()
    db.add(
        Succession(
            old_code="E08000020", new_code="E08000037", changed_on=date(2013, 4, 1), kind="renumbered",
            source="test",
        )
    )  # fmt: skip
    db.flush()
