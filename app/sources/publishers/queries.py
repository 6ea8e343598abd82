"""Reads which download of a dataset was recorded last."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.sources.tables import DatasetFetch


def find_last_fetch(session: Session, dataset_id: str) -> DatasetFetch | None:
    """Find the newest record of a dataset, whose checksum is the one trusted; None where it was never fetched."""
    return session.scalars(
        select(DatasetFetch)
        .where(DatasetFetch.dataset_id == dataset_id)
        .order_by(DatasetFetch.id.desc())
        .limit(1)
    ).first()
