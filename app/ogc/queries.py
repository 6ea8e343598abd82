"""Reads features: a page, one, or all of them; one statement each, that gives finished text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Select, and_, false, func, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.dependencies import encode_cursor
from app.exports.sheets import Kind
from app.ogc.asking import Question, check_properties
from app.ogc.crs_names import roomy
from app.ogc.spans import Span
from app.ogc.statements.area_layers import area_collection, served_ids
from app.ogc.statements.collections import Collection, UnknownCollection, UnknownFeature
from app.ogc.statements.filters import Conditions
from app.ogc.statements.kept_layers import KINDS, kept_collection
from app.ogc.statements.writing import feature_text, geometry_in
from app.ogc.tables import FeatureText
from app.problems import BadPaging
from boundaries.crs import BNG, WGS84, box_in_metres

# Read at a time, where all are asked for: a group of rows in GeoParquet; of texts, each held four times, fewer.
BATCH, TEXT_BATCH = 2_000, 500


class Page(NamedTuple):
    """Feature texts, how many there are in all, and where the next page begins (None: nowhere)."""

    texts: Sequence[str | bytes]
    matched: int
    following: str | None


def list_ids(session: Session, day: date) -> list[str]:
    """List the names of all collections: types, releases, then kinds of record."""
    return [*served_ids(session, day), *KINDS]


def find_collection(session: Session, name: str, span: Span | None, day: date) -> Collection:
    """Find a collection by its name, in the state of this moment. Raises UnknownCollection (404)."""
    if name in KINDS:
        return kept_collection(session, name, span, day)
    found = area_collection(session, name, span, day)
    if found is None:
        raise UnknownCollection(
            f"there is no collection {name[:60]!r}; /ogc/collections lists those there are"
        )
    return found


def read_page(session: Session, collection: Collection, question: Question) -> Page:
    """Read a page by key, never by counting rows off; the total is counted once and goes with the cursor.

    Raises BadRequest's kinds (400) for what the collection does not have.
    """
    where = _asked(collection, question)
    limit = question.limit or 0
    table, text = _text(collection, question, filtered=bool(where))
    key, order = _key(collection, table), _order(collection, question)
    page = [*where, *_after(collection, question, order, key)]
    sort = [term for column, falls in order for term in _sorted(column, falls)]
    try:
        rows = session.execute(
            select(text, key, *(column for column, _ in order))
            .select_from(table)
            .where(*page, *_own(collection, table))
            .order_by(*sort, key)
            .limit(limit + 1)
        ).all()
    except DBAPIError as error:
        # The values of a cursor that somebody wrote need not fit the columns.
        if question.after is None or (getattr(error.orig, "sqlstate", "") or "")[:2] not in {
            "22",
            "42",
        }:
            raise
        raise BadPaging("the cursor is not one that this service gave out") from None
    shown = rows[:limit]
    matched = _matched(session, collection, question, where, rows)
    following = None
    if len(rows) > limit:
        last = shown[-1]
        following = encode_cursor([matched, *(_plain(value) for value in last[2:]), last[1]])
    return Page([row[0] for row in shown], matched, following)


def read_feature(session: Session, collection: Collection, question: Question, key: str) -> str:
    """Read one feature's text. Raises UnknownFeature (404)."""
    check_properties(question, list(collection.about.properties))
    table, text = _text(collection, question, filtered=True)
    found = session.scalar(
        select(text)
        .select_from(table)
        .where(*collection.source.where, collection.source.key == key)
    )
    if found is None:
        raise UnknownFeature(f"{collection.about.id} has no feature {key[:80]!r} on that day")
    return str(found)


def read_all(session: Session, collection: Collection, question: Question) -> Iterator[list[str]]:
    """Read the texts of all that is asked for, some at a time, in order."""
    where = _asked(collection, question)
    table, text = _text(collection, question, filtered=bool(where))
    query = select(text).select_from(table).where(*where, *_own(collection, table))
    for rows in _in_batches(session, _ended(query, collection, question, table), TEXT_BATCH):
        yield [row[0] for row in rows]


def read_rows(
    session: Session, collection: Collection, question: Question, *, shaped: bool = True
) -> Iterator[list[Sequence[Any]]]:
    """Read values in order of `names_of`, and last the outline as WKB in the system asked for, some at a time."""
    source = collection.source
    columns: list[ColumnElement[Any]] = [
        source.columns[name].label(f"c{n}") for n, name in enumerate(names_of(collection, question))
    ]
    if shaped:
        columns.append(func.ST_AsBinary(geometry_in(source, question.system)).label("shape"))
    query = select(*columns).select_from(source.table)
    query = query.where(*_asked(collection, question), *source.where)
    yield from _in_batches(session, _ended(query, collection, question, source.table))


def may_wait(session: Session) -> None:
    """Let a session look at its one moment for as long as it takes, though it asks nothing meanwhile."""
    session.execute(select(func.set_config("idle_in_transaction_session_timeout", "0", True)))


def check_asked(collection: Collection, question: Question) -> None:
    """Refuse (400), without reading anything, what the collection does not have."""
    _asked(collection, question)


def lacks_shapes(session: Session, collection: Collection, question: Question) -> bool:
    """Say whether any of what is asked for has neither outline nor point."""
    source = collection.source
    query = select(source.key).select_from(source.table)
    query = query.where(*_asked(collection, question), *source.where, source.geom_wgs84.is_(None))
    return session.scalar(query.limit(1)) is not None


def names_of(collection: Collection, question: Question) -> list[str]:
    """Name the properties that are asked for, in the collection's order."""
    wanted = question.properties
    return [name for name in collection.about.properties if wanted is None or name in wanted]


def count(session: Session, collection: Collection, question: Question) -> int:
    """Count what is asked for, whatever the limit."""
    where = _asked(collection, question)
    if not where:
        return collection.matched
    source = collection.source
    query = select(func.count()).select_from(source.table).where(*where, *source.where)
    return int(session.scalar(query) or 0)


def _ended(
    query: Select[Any], collection: Collection, question: Question, table: FromClause
) -> Select[Any]:
    order = _order(collection, question)
    sort = [term for column, falls in order for term in _sorted(column, falls)]
    return query.order_by(*sort, _key(collection, table)).limit(question.limit)


def _in_batches(
    session: Session, query: Select[Any], size: int = BATCH
) -> Iterator[list[Sequence[Any]]]:
    found = session.execute(query.execution_options(yield_per=size))
    for rows in found.partitions():
        yield list(rows)


def _text(
    collection: Collection, question: Question, *, filtered: bool
) -> tuple[FromClause, ColumnElement[str]]:
    """Say which text is read from where: finished, where whole features in CRS84 are asked for."""
    source = collection.source
    if not question.is_plain or source.finished is None or not collection.ready:
        return source.table, feature_text(source, names_of(collection, question), question.system)
    table, same, written = source.finished
    if not filtered and not question.order and len(source.where) == 1:
        return table, written
    return source.table.join(table, same), written


def _key(collection: Collection, table: FromClause) -> ColumnElement[Any]:
    is_text = table is FeatureText.__table__
    return FeatureText.key.expression if is_text else collection.source.key


def _own(collection: Collection, table: FromClause) -> Sequence[ColumnElement[bool]]:
    if table is FeatureText.__table__:
        return [FeatureText.set_id == collection.set_id]
    return collection.source.where


def _asked(collection: Collection, question: Question) -> list[ColumnElement[bool]]:
    check_properties(question, list(collection.about.properties))
    where: list[ColumnElement[bool]] = []
    if question.boxes is not None:
        where.append(_in_boxes(collection, question))
    if question.tree is not None:
        where.append(Conditions(collection, question.filter_system).read(question.tree))
    return where


def _in_boxes(collection: Collection, question: Question) -> ColumnElement[bool]:
    source = collection.source
    said: list[ColumnElement[bool]] = []
    for box in question.boxes or ():
        if question.box_system.number == BNG:
            envelope = func.ST_MakeEnvelope(*box, BNG)
            said.append(func.ST_Intersects(source.geom, envelope))
            continue
        metres = box_in_metres(roomy(box))
        if metres is not None:
            said.append(
                and_(
                    source.geom.op("&&")(func.ST_MakeEnvelope(*metres, BNG)),
                    func.ST_Intersects(source.geom_wgs84, func.ST_MakeEnvelope(*box, WGS84)),
                )
            )
    return or_(*said) if said else false()


def _matched(
    session: Session, collection: Collection, question: Question,
    where: Sequence[ColumnElement[bool]], rows: Sequence[Any],
) -> int:  # fmt: skip
    if question.after is not None:
        total = question.after[0]
        if not isinstance(total, int) or isinstance(total, bool) or total < 0:
            raise BadPaging("the cursor is not one that this service gave out")
        return total
    if not where:
        return collection.matched
    if len(rows) <= (question.limit or 0):
        return len(rows)
    source = collection.source
    query = select(func.count()).select_from(source.table).where(*where, *source.where)
    return int(session.scalar(query) or 0)


def _order(collection: Collection, question: Question) -> list[tuple[ColumnElement[Any], bool]]:
    return [(collection.source.columns[name], falls) for name, falls in question.order]


def _sorted(column: ColumnElement[Any], falls: bool) -> list[ColumnElement[Any]]:
    return [(column.desc() if falls else column.asc()).nulls_last()]


def _after(
    collection: Collection, question: Question,
    order: Sequence[tuple[ColumnElement[Any], bool]], key: ColumnElement[Any],
) -> list[ColumnElement[bool]]:  # fmt: skip
    """Say what comes after the last feature seen: missing values stand last, whichever way it is sorted."""
    if question.after is None:
        return []
    values, last_key = question.after[1:-1], question.after[-1]
    if not isinstance(last_key, str):
        raise BadPaging("the cursor is not one that this service gave out")
    said: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    kinds = [collection.about.properties[name].kind for name, _ in question.order]
    for (column, falls), kind, kept in zip(order, kinds, values, strict=True):
        if kept != "":
            value = _read_plain(kept, kind)
            later = column < value if falls else column > value
            said.append(and_(*same, or_(later, column.is_(None))))
            same.append(column == value)
        else:
            same.append(column.is_(None))
    said.append(and_(*same, key > last_key))
    return [or_(*said)]


def _read_plain(kept: Any, kind: Kind) -> Any:
    """Read what `_plain` wrote. Raises BadPaging (400)."""
    value = kept[1:] if isinstance(kept, str) else kept
    if kind != "day":
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadPaging("the cursor is not one that this service gave out") from None


def _plain(value: Any) -> str | int | float:
    """Give a sort value as a cursor holds it: a number, = and text, or nothing."""
    if value is None:
        return ""
    return value if isinstance(value, int | float) else f"={value}"
