"""Stores what stands beside outlines: areas with their lives, lookups, succession, people and postcodes.

Everything runs in the caller's transaction; rows that are here already stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

import pandas as pd
import shapely
from sqlalchemy import Column, MetaData, Table, case, func, null, or_, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from boundaries.crs import BNG, to_wgs84
from boundaries.database import Base, copy_rows
from boundaries.tables import Area, Membership, Postcode, Succession, Weight


def store_areas(session: Session, frame: pd.DataFrame, *, demo: bool = False) -> int:
    """Store areas that are not there yet, and widen the life of those that are.

    frame: code, type, name, valid_from, valid_to. An area known from an earlier set and found again
    in a later one keeps one row: the earlier start, the later end. Returns the number of new rows.
    """
    columns = ("code", "type", "name", "valid_from", "valid_to", "demo")
    rows = (
        (row.code, row.type, row.name, _day(row.valid_from), _day(row.valid_to), demo)
        for row in frame[list(columns[:5])].itertuples(index=False)
    )
    return _through_staging(session, Area, columns, rows, widen_life=True)


def store_memberships(session: Session, frame: pd.DataFrame) -> int:
    """Store which area belongs to which: child_code, parent_code, parent_type, lookup, method, share."""
    columns = ("child_code", "parent_code", "lookup", "parent_type", "method", "share")
    rows = frame[list(columns)].itertuples(index=False, name=None)
    return _through_staging(session, Membership, columns, rows)


def store_successions(session: Session, frame: pd.DataFrame) -> int:
    """Store what followed what: old_code, new_code, changed_on, kind, share, source."""
    columns = ("old_code", "new_code", "changed_on", "kind", "share", "source")
    rows = (
        (row.old_code, row.new_code, row.changed_on, row.kind, _number(row.share), row.source)
        for row in frame[list(columns)].itertuples(index=False)
    )
    return _through_staging(session, Succession, columns, rows)


def store_weights(session: Session, frame: pd.DataFrame) -> int:
    """Store people, households and postcodes: code, area_set, measure, period, value, estimated, source."""
    columns = ("code", "area_set", "measure", "period", "value", "estimated", "source")
    rows = frame[list(columns)].itertuples(index=False, name=None)
    return _through_staging(session, Weight, columns, rows)


def store_postcodes(session: Session, frame: pd.DataFrame, *, demo: bool = False) -> int:
    """Store postcodes: postcode, easting, northing, lad_code, lsoa11_code, lsoa21_code, status."""
    points = shapely.points(frame["easting"].to_numpy(float), frame["northing"].to_numpy(float))
    degrees = shapely.get_coordinates(to_wgs84(points))
    geom = shapely.to_wkb(shapely.set_srid(points, BNG), hex=True, include_srid=True)
    columns = (
        "postcode", "easting", "northing", "lon", "lat", "geom", "lad_code", "lsoa11_code",
        "lsoa21_code", "status", "demo",
    )  # fmt: skip
    rows = (
        (
            row.postcode, int(row.easting), int(row.northing), float(lonlat[0]), float(lonlat[1]), point,
            _text(row.lad_code), _text(row.lsoa11_code), _text(row.lsoa21_code), row.status, demo,
        )
        for row, lonlat, point in zip(frame.itertuples(index=False), degrees, geom, strict=True)
    )  # fmt: skip
    return _through_staging(session, Postcode, columns, rows)


def _through_staging(
    session: Session,
    table: type[Base],
    columns: tuple[str, ...],
    rows: Iterable[tuple[object, ...]],
    widen_life: bool = False,
) -> int:
    """COPY rows beside the table, then insert those that are new by one statement; returns how many.

    With `widen_life` a row that is there keeps the earlier start and the later end of both.
    """
    target = table.__table__
    assert isinstance(target, Table), "a mapped class has a table"
    staged = Table(
        "staged",
        MetaData(),
        *(Column(name, target.c[name].type) for name in columns),
        prefixes=["TEMPORARY"],
    )
    staged.create(session.connection())
    copy_rows(session, "staged", columns, rows)
    source = select(*(staged.c[name] for name in columns))
    if widen_life:
        source = source.ext(distinct_on(staged.c.code)).order_by(*staged.c)
    statement = insert(target).from_select(list(columns), source)
    if widen_life:
        new = statement.excluded
        statement = statement.on_conflict_do_update(
            index_elements=[target.c.code],
            set_={
                "valid_from": case(
                    (or_(target.c.valid_from.is_(None), new.valid_from.is_(None)), null()),
                    else_=func.least(target.c.valid_from, new.valid_from),
                ),
                "valid_to": case(
                    (or_(target.c.valid_to.is_(None), new.valid_to.is_(None)), null()),
                    else_=func.greatest(target.c.valid_to, new.valid_to),
                ),
            },
        )
    else:
        statement = statement.on_conflict_do_nothing()
    result = session.execute(statement, execution_options={"preserve_rowcount": True})
    staged.drop(session.connection())
    return int(getattr(result, "rowcount", 0))


def _day(value: Any) -> date | None:
    return None if pd.isna(value) else cast(date, value)


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
