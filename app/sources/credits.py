"""Says whose the counts of people and the places of postcodes are that are loaded here; invented ones are nobody's."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.sources.catalogue import Dataset, catalogue
from app.sources.tables import DatasetLoad

PEOPLE, POSTCODES = "people", "postcodes"
# Of the datasets of people those that count them; the others count households.
_COUNTED = "population"


def credits_of(session: Session, *kinds: str) -> list[dict[str, Any]]:
    """Name the loaded datasets of some kinds: title, publisher, licence, attribution, date, quality, partial."""
    rows = session.execute(
        select(DatasetLoad.dataset_id, DatasetLoad.loaded_at, DatasetLoad.partial)
    )
    loaded = {row.dataset_id: row for row in rows}
    return [
        {
            "title": one.title, "publisher": one.publisher, "licence": one.licence, "attribution": one.attribution,
            "date": loaded[one.id].loaded_at.date(), "quality": one.quality, "partial": loaded[one.id].partial,
        }
        for one in catalogue().values()
        if one.id in loaded and one.kind in kinds and (one.kind != PEOPLE or _counts_people(one))
    ]  # fmt: skip


def credit_lines(session: Session, *kinds: str) -> list[str]:
    """Write those credits as lines: the title, and the words of thanks that it asks for."""
    return [f"{one['title']}. {one['attribution']}" for one in credits_of(session, *kinds)]


def _counts_people(dataset: Dataset) -> bool:
    return dataset.id.startswith(_COUNTED)
