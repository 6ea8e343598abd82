"""What became of the catalogue's datasets here: which were fetched, which are loaded, what was found in them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.sources.catalogue import Dataset
from app.sources.tables import DatasetFetch, DatasetFinding, DatasetLoad

NEVER_FETCHED = "never fetched"
# Said by the dataset itself, or of no use outside.
_NOT_OF_THE_LAYER = {"id", "title", "path", "quality"}


@dataclass(frozen=True)
class Standing:
    """When a dataset was last fetched and last loaded, and whether for some places only; None: never."""

    fetched_at: datetime | None = None
    loaded_at: datetime | None = None
    partial: bool | None = None


def list_standings(session: Session) -> Mapping[str, Standing]:
    """Read the standing of every dataset that was ever fetched or loaded, by its id."""
    newest = select(
        DatasetFetch.dataset_id, func.max(DatasetFetch.fetched_at).label("fetched_at")
    ).group_by(DatasetFetch.dataset_id)
    fetched = {row.dataset_id: row.fetched_at for row in session.execute(newest)}
    loaded = {
        row.dataset_id: row
        for row in session.execute(
            select(DatasetLoad.dataset_id, DatasetLoad.loaded_at, DatasetLoad.partial)
        )
    }
    return {
        name: Standing(
            fetched.get(name),
            loaded[name].loaded_at if name in loaded else None,
            loaded[name].partial if name in loaded else None,
        )
        for name in fetched.keys() | loaded.keys()
    }


def findings_of(
    session: Session, dataset_id: str, after: int, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """List the rows of a dataset refused or read otherwise than written, from a finding's number on; with the total."""
    of_it = DatasetFinding.dataset_id == dataset_id
    total = session.scalar(select(func.count()).select_from(DatasetFinding).where(of_it))
    rows = session.scalars(
        select(DatasetFinding)
        .where(of_it, DatasetFinding.id > after)
        .order_by(DatasetFinding.id)
        .limit(limit)
    )
    items = [
        {"number": row.id, "row": row.row, "code": row.code, "rule": row.rule, "detail": row.detail}
        for row in rows
    ]
    return items, int(total or 0)


def is_in_mirror(entry: Dataset, mirror: Path | None) -> bool:
    """Say whether the mirror of this machine holds the dataset's copy."""
    return mirror is not None and entry.path is not None and (mirror / entry.path).is_file()


def dataset_body(entry: Dataset, standing: Standing, mirror: Path | None) -> dict[str, Any]:
    """Write one dataset with its standing; `path` is relative to a mirror, no folder of this machine."""
    layer = None
    if entry.layer is not None:
        told = dataclasses.asdict(entry.layer)
        layer = {name: value for name, value in told.items() if name not in _NOT_OF_THE_LAYER}
    return {
        **{field.name: getattr(entry, field.name) for field in dataclasses.fields(entry)},
        "layer": layer,
        "address": entry.where,
        "in_mirror": is_in_mirror(entry, mirror),
        "loads": entry.reader is not None,
        "fetched_at": standing.fetched_at or NEVER_FETCHED,
        "loaded_at": standing.loaded_at,
        "loaded_in_part": standing.partial,
    }
