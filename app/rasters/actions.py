"""Writes of rasters: what is stored, kept and dropped, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, event, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.rasters.stored import folder
from app.rasters.tables import (
    Raster,
    RasterBand,
    RasterFootprintValue,
    RasterZoneTable,
)
from boundaries.database import copy_binary


def store_raster(
    session: Session, actor: Actor | str, raster: Raster, bands: Sequence[RasterBand]
) -> None:
    """Store a raster and its bands in place of what its id held, with all that was kept of it and its file.

    The new file goes again where the change comes to nothing.
    """
    held = session.scalar(select(Raster.stored_file).where(Raster.id == raster.id))
    session.execute(delete(Raster).where(Raster.id == raster.id))
    _follow_the_change(session, raster.stored_file)
    session.add(raster)
    session.flush()
    session.add_all(bands)
    session.flush()
    detail = {"bands": len(bands), "cells": raster.columns * raster.rows, "sha256": raster.sha256}
    record(session, actor, "import", f"raster:{raster.id}", detail)
    if held is not None:
        _drop_file(session, held)


def drop_raster(session: Session, actor: Actor | str, raster: Raster) -> None:
    """Drop a raster with all that was kept of it, and its file where no other raster is stored in it."""
    name, detail = raster.stored_file, {"sha256": raster.sha256}
    subject = f"raster:{raster.id}"
    session.delete(raster)
    session.flush()
    record(session, actor, "remove", subject, detail)
    _drop_file(session, name)


def _drop_file(session: Session, name: str) -> None:
    """Remove a stored file once the change is sure, unless another raster is stored in it."""
    if not _is_used(session, name):
        path = folder() / name
        event.listen(session, "after_commit", lambda _: path.unlink(missing_ok=True), once=True)


def _follow_the_change(session: Session, name: str) -> None:
    """Remove a file that was just stored where the change is undone, unless another raster is stored in it."""
    if _is_used(session, name):
        return
    path = folder() / name
    sure: list[Session] = []
    event.listen(session, "after_commit", sure.append, once=True)
    event.listen(
        session, "after_rollback", lambda _: None if sure else path.unlink(missing_ok=True), once=True
    )  # fmt: skip


def _is_used(session: Session, name: str) -> bool:
    used = session.scalar(select(Raster.id).where(Raster.stored_file == name).limit(1))
    return used is not None


def keep_values(
    session: Session, band: RasterBand, release_id: str, codes: NDArray[np.object_],
    values: NDArray[np.float64], shares: NDArray[np.float64], inside: float,
) -> None:  # fmt: skip
    """Keep what a band is over the areas of a release, in place of what was kept; NaN becomes null."""
    key = (band.raster_id, band.band, release_id)
    session.execute(
        delete(RasterZoneTable).where(
            RasterZoneTable.raster_id == key[0], RasterZoneTable.band == key[1],
            RasterZoneTable.release_id == key[2],
        )
    )  # fmt: skip
    session.add(
        RasterZoneTable(
            raster_id=key[0], band=key[1], release_id=key[2], areas=len(codes),
            areas_without=int(np.isnan(values).sum()), inside=inside, outside=band.total - inside,
        )
    )  # fmt: skip
    session.flush()
    columns = {
        "raster_id": "text", "band": "int2", "release_id": "text", "code": "text", "value": "float8",
        "share_with_value": "float8",
    }  # fmt: skip
    copy_binary(
        session,
        "raster_values",
        columns,
        (
            (*key[:2], key[2], str(code), None if np.isnan(value) else float(value), float(share))
            for code, value, share in zip(codes, values, shares, strict=True)
        ),
    )


def keep_of_footprint(
    session: Session, raster_id: str, footprint_id: int,
    found: Mapping[int, tuple[float | None, float]],
) -> None:  # fmt: skip
    """Keep what a raster's bands are over a footprint; nothing in a transaction that only reads."""
    if session.scalar(text("SELECT current_setting('transaction_read_only')")) == "on":
        return
    rows = [
        {
            "raster_id": raster_id, "band": band, "footprint_id": footprint_id, "value": value,
            "share_with_value": share,
        }
        for band, (value, share) in found.items()
    ]  # fmt: skip
    session.execute(insert(RasterFootprintValue).values(rows).on_conflict_do_nothing())
