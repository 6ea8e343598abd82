"""Stores what stands beside outlines: areas with their lives, lookups, succession, people and postcodes.

Everything runs in the caller's transaction. Rows are copied beside the table as CSV written by Arrow,
then compared with what is there in SQL: a load that brings nothing new writes nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from psycopg import sql
from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    MetaData,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from boundaries.crs import BNG, to_wgs84
from boundaries.database import Base
from boundaries.stale_shares import forget_shares
from boundaries.tables import (
    Area,
    AreaCode,
    AreaName,
    LookupDisagreement,
    Membership,
    Postcode,
    Succession,
    Weight,
)  # fmt: skip

ROWS_A_BLOCK = 100_000  # of the CSV text on its way to the server
_HEX = np.frombuffer(b"0123456789ABCDEF", dtype=np.uint8)


def store_areas(
    session: Session, frame: pd.DataFrame, *, demo: bool = False, lives_known: bool = False
) -> int:
    """Store areas that are not there yet, and mend the life of those that are.

    frame: code, type, name, valid_from, valid_to. An area known from an earlier set and found again
    in a later one keeps one row: the earlier start, the later end, the name it bears in the later;
    with `lives_known` the frame's lives stand instead. Returns the number of rows written.
    """
    columns = ("code", "type", "name", "valid_from", "valid_to", "demo")
    staged = _stage(session, Area, columns, [_as_table(frame.assign(demo=demo), Area, columns)])
    target = Area.__table__
    assert isinstance(target, Table), "a mapped class has a table"
    source = select(*(staged.c[name] for name in columns))
    source = source.ext(distinct_on(staged.c.code)).order_by(*staged.c)
    statement = insert(target).from_select(list(columns), source)
    new = statement.excluded
    if lives_known:
        lives: dict[str, Any] = {"valid_from": new.valid_from, "valid_to": new.valid_to}
    else:
        lives = {
            "valid_from": case(
                (or_(target.c.valid_from.is_(None), new.valid_from.is_(None)), null()),
                else_=func.least(target.c.valid_from, new.valid_from),
            ),
            "valid_to": case(
                (or_(target.c.valid_to.is_(None), new.valid_to.is_(None)), null()),
                else_=func.greatest(target.c.valid_to, new.valid_to),
            ),
            "name": case(
                (_lives_longer(new.valid_to, target.c.valid_to), new.name), else_=target.c.name
            ),
        }
    statement = statement.on_conflict_do_update(
        index_elements=[target.c.code],
        set_=lives,
        where=or_(*(target.c[name].is_distinct_from(value) for name, value in lives.items())),
    )
    written = _written(session, statement)
    staged.drop(session.connection())
    return written


def _lives_longer(end: ColumnElement[date], other: ColumnElement[date]) -> ColumnElement[bool]:
    """Say whether a life ends after another; an open end is the last of all."""
    return and_(other.is_not(None), or_(end.is_(None), end > other))


def store_memberships(session: Session, frame: pd.DataFrame) -> int:
    """Store which area belongs to which: child_code, parent_code, parent_type, lookup, method, share.

    from_day and to_day, the days that the lookup answers for, may be lacking: then it answers for all.
    """
    columns = (
        "child_code", "parent_code", "lookup", "parent_type", "method", "share", "from_day", "to_day",
    )  # fmt: skip
    spans = {name: None for name in ("from_day", "to_day") if name not in frame}
    return _store(
        session, Membership, columns, frame.assign(**spans), correct=("from_day", "to_day")
    )


def store_successions(session: Session, frame: pd.DataFrame) -> int:
    """Store what followed what: old_code, new_code, changed_on, kind, share, source; kind and source are corrected.

    A share that the frame knows stands with its `method`; one that it does not know leaves what was
    worked out here before.
    """
    columns = ("old_code", "new_code", "changed_on", "kind", "share", "source", "method")
    if "method" in frame:
        correct: tuple[str, ...] = ("kind", "source", "share", "method")
    else:
        frame, correct = frame.assign(method=None), ("kind", "source")
    return _store(session, Succession, columns, frame, correct=correct)


def store_area_codes(session: Session, frame: pd.DataFrame) -> int:
    """Store codes of other schemes: scheme, code, area_code. Returns the rows written."""
    return _store(session, AreaCode, ("scheme", "code", "area_code"), frame)


def store_area_names(session: Session, frame: pd.DataFrame) -> int:
    """Store other names: area_code, name, kind, until, source; until and source are corrected."""
    columns = ("area_code", "name", "kind", "until", "source")
    return _store(session, AreaName, columns, frame, correct=("until", "source"))


def store_weights(session: Session, frame: pd.DataFrame) -> int:
    """Store people, households and postcodes, and correct those that differ.

    frame: code, area_set, measure, period, value, estimated, source. Returns the rows written.
    """
    columns = ("code", "area_set", "measure", "period", "value", "estimated", "source")
    written = _store(
        session, Weight, columns, frame, correct=("period", "value", "estimated", "source")
    )
    if written:
        forget_shares(session)
    return written


def store_denominators(session: Session, frame: pd.DataFrame) -> int:
    """Store people that an index was weighed by, and correct those that differ; no share rests on them.

    frame: as for `store_weights`. Returns the rows written.
    """
    columns = ("code", "area_set", "measure", "period", "value", "estimated", "source")
    return _store(
        session, Weight, columns, frame, correct=("period", "value", "estimated", "source")
    )


def store_disagreements(
    session: Session,
    frame: pd.DataFrame,
    *,
    lookup: str,
    child_release: str,
    children: Sequence[str],
) -> int:
    """Store where a lookup and the outlines disagree, and forget what no longer does.

    frame: the columns of the table, of this lookup and child release. children: all that were checked.
    Where the outline is used, the lookup's own membership of that child is taken away. Returns the
    rows written.
    """
    table = LookupDisagreement
    columns = tuple(column.name for column in table.__table__.columns)
    told = set(frame["child_code"])
    session.execute(
        delete(table).where(
            table.lookup == lookup,
            table.child_release == child_release,
            table.child_code.in_([code for code in children if code not in told]),
        )
    )
    written = _store(session, table, columns, frame, correct=columns[3:])
    session.execute(
        delete(Membership).where(
            exists().where(
                table.used == "outline", table.lookup == Membership.lookup,
                table.child_code == Membership.child_code, table.parent_type == Membership.parent_type,
                table.outline_parent != Membership.parent_code,
            )
        )
    )  # fmt: skip
    return written


def store_postcodes(session: Session, frame: pd.DataFrame, *, demo: bool = False) -> int:
    """Store postcodes and correct those that differ; returns the rows written.

    frame: postcode, easting, northing, lad_code, lsoa11_code, lsoa21_code, status.
    """
    written = store_postcode_tables(session, [postcode_table(frame, demo=demo)])
    return written[0] + written[1]


def postcode_table(frame: pd.DataFrame, *, demo: bool = False) -> pa.Table:
    """Make the rows of some postcodes ready to be copied, with longitudes, latitudes and points."""
    easting, northing = frame["easting"].to_numpy(float), frame["northing"].to_numpy(float)
    lon, lat = _lonlats(easting, northing)
    columns = {
        "postcode": frame["postcode"], "easting": frame["easting"], "northing": frame["northing"],
        "lon": lon, "lat": lat, "geom": _points_as_hex(easting, northing), "lad_code": frame["lad_code"],
        "lsoa11_code": frame["lsoa11_code"], "lsoa21_code": frame["lsoa21_code"],
        "status": frame["status"], "demo": np.full(len(frame), demo),
    }  # fmt: skip
    return pa.table({name: _as_array(values) for name, values in columns.items()})


def store_postcode_tables(session: Session, tables: Iterable[pa.Table]) -> tuple[int, int]:
    """Store blocks made by `postcode_table`: those that are new, and those that differ from what is here.

    Returns how many were added and how many corrected. The table's indexes stay and its readers go
    on; a second writer waits. Into the empty table with its five indexes 2.26 million rows took 26 s,
    with the index of points made afterwards 27 s.
    """
    columns = tuple(column.name for column in Postcode.__table__.columns)
    session.execute(text("LOCK TABLE postcodes IN SHARE ROW EXCLUSIVE MODE"))
    staged = _stage(session, Postcode, columns, tables)
    session.execute(text("ANALYZE staged"))
    own, new = Postcode.__table__.c, staged.c
    told = [name for name in columns if name not in ("postcode", "geom")]
    # Known to be empty, a table need not be compared.
    is_empty = session.scalar(select(own.postcode).limit(1)) is None
    corrected = (
        0
        if is_empty
        else _written(
            session,
            update(Postcode)
            .where(own.postcode == new.postcode)
            .where(or_(*(own[name].is_distinct_from(new[name]) for name in told)))
            .values({name: new[name] for name in [*told, "geom"]}),
        )
    )
    absent = select(*(new[name] for name in columns)).where(
        ~exists().where(own.postcode == new.postcode)
    )
    added = _written(session, insert(Postcode).from_select(list(columns), absent))
    staged.drop(session.connection())
    if added or corrected:
        forget_shares(session)
    return added, corrected


def _lonlats(
    easting: NDArray[np.float64], northing: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Carry many points to degrees as the vertices of one line: no shape is made for each of them."""
    if not len(easting):
        return easting, northing
    vertices = np.column_stack([easting, northing])
    # A line has at least two vertices.
    line = shapely.linestrings(np.vstack([vertices, vertices[:1]]))
    degrees = shapely.get_coordinates(to_wgs84(np.array([line], dtype=object)))[:-1]
    return degrees[:, 0], degrees[:, 1]


def _points_as_hex(easting: NDArray[np.float64], northing: NDArray[np.float64]) -> pa.Array:
    """Write points as hexadecimal EWKB in one pass over the numbers."""
    kind = [("order", "u1"), ("type", "<u4"), ("srid", "<u4"), ("x", "<f8"), ("y", "<f8")]
    record = np.empty(len(easting), dtype=kind)
    record["order"], record["type"], record["srid"] = 1, 0x2000_0001, BNG
    record["x"], record["y"] = easting, northing
    octets = record.view(np.uint8).reshape(len(easting), -1)
    written = np.empty((len(easting), 2 * octets.shape[1]), dtype=np.uint8)
    written[:, 0::2], written[:, 1::2] = _HEX[octets >> 4], _HEX[octets & 15]
    ends = np.arange(len(easting) + 1, dtype=np.int32) * written.shape[1]
    buffers = [None, pa.py_buffer(ends.tobytes()), pa.py_buffer(written.tobytes())]
    return pa.Array.from_buffers(pa.string(), len(easting), buffers)


def _store(
    session: Session,
    table: type[Base],
    columns: tuple[str, ...],
    frame: pd.DataFrame,
    correct: Sequence[str] = (),
) -> int:
    """Insert the rows that are new, and of those here set the columns to `correct` where they differ."""
    if frame.empty:
        return 0
    staged = _stage(session, table, columns, [_as_table(frame, table, columns)])
    target = table.__table__
    assert isinstance(target, Table), "a mapped class has a table"
    keys = [column.name for column in target.primary_key]
    same = and_(*(target.c[name] == staged.c[name] for name in keys))
    written = 0
    if correct:
        differs = or_(*(target.c[name].is_distinct_from(staged.c[name]) for name in correct))
        values = {name: staged.c[name] for name in correct}
        written += _written(session, update(target).where(same, differs).values(values))
    source = select(*(staged.c[name] for name in columns)).where(~exists().where(same))
    statement = insert(target).from_select(list(columns), source)
    written += _written(session, statement.on_conflict_do_nothing())
    staged.drop(session.connection())
    return written


def _written(session: Session, statement: Any) -> int:
    result = session.execute(statement, execution_options={"preserve_rowcount": True})
    return int(getattr(result, "rowcount", 0))


def _stage(
    session: Session, table: type[Base], columns: tuple[str, ...], rows: Iterable[pa.Table]
) -> Table:
    """COPY rows into a table of this transaction alone; the caller drops it."""
    target = table.__table__
    staged = Table(
        "staged",
        MetaData(),
        *(Column(name, target.c[name].type) for name in columns),
        prefixes=["TEMPORARY"],
    )
    staged.create(session.connection())
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection), "psycopg 3 is the only driver"
    statement = sql.SQL("COPY staged ({}) FROM STDIN (FORMAT csv)").format(
        sql.SQL(", ").join(sql.Identifier(name) for name in columns)
    )
    from pyarrow.csv import WriteOptions, write_csv

    options = WriteOptions(include_header=False)
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for block in rows:
            ordered = block.select(list(columns))
            for at in range(0, len(ordered), ROWS_A_BLOCK):
                written = io.BytesIO()
                write_csv(ordered.slice(at, ROWS_A_BLOCK), written, options)
                copy.write(written.getvalue())
    return staged


def _as_table(frame: pd.DataFrame, table: type[Base], columns: Sequence[str]) -> pa.Table:
    days = [name for name in columns if isinstance(table.__table__.c[name].type, Date)]
    arrays = {
        name: _as_days(frame[name]) if name in days else _as_array(frame[name]) for name in columns
    }
    return pa.table(arrays)


def _as_array(values: Any) -> pa.Array:
    """Give a column to Arrow: what is missing becomes null, text stays text."""
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values
    return pa.array(values, from_pandas=True)


def _as_days(values: pd.Series) -> pa.Array:
    return pa.array([None if pd.isna(day) else day for day in values], type=pa.date32())
