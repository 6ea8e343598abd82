"""What no release draws, as collections: partnerships, neighbourhoods, designated areas and lines of money."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Float, Text, cast, func, or_, select, text
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from app.exports.sheets import Kind
from app.latest import Latest
from app.ogc.spans import Span
from app.ogc.statements import kept_rows
from app.ogc.statements.collections import About, Collection, Property, Source
from app.ogc.tables import FeatureSet, FeatureText, KeptFeature
from app.sessions import moment_of
from boundaries.crs import ENGLAND_LON_LAT
from boundaries.database import named_sql

#: another way of making rows makes every set anew
MAKING = "1"
_TYPES: Mapping[Kind, TypeEngine[Any]] = {
    "text": Text(), "whole": BigInteger(), "number": Float(53), "day": Date(),
}  # fmt: skip


@dataclass(frozen=True)
class KeptKind:
    """One kind of record: what it says, and who gathers its rows.

    timed : whether `valid_from` and `valid_to` say when a feature holds.
    """

    title: str
    told: str
    shape: str
    properties: Mapping[str, Property]
    rows: Callable[[Session, date], list[kept_rows.Row]]
    timed: bool = False


KINDS: Mapping[str, KeptKind] = {
    "partnerships": KeptKind(
        "Partnerships", "Partnerships with the ground that they stand on.", "multipolygon",
        {
            "slug": Property("text", "its address"), "name": Property("text", "its name"),
            "kind": Property("text", "lsp, csp, …"),
            "authorities": Property("text", "codes of its councils, blanks between"),
            "lead": Property("text", "who leads it"),
            "valid_from": Property("day", "first day"), "valid_to": Property("day", "first day after"),
            "drawn": Property("text", "how its outline was come by"),
        },
        kept_rows.partnership_rows, timed=True,
    ),
    "neighbourhoods": KeptKind(
        "Neighbourhoods", "Saved neighbourhoods and estates, each in its newest version.", "multipolygon",
        {
            "slug": Property("text", "its address"), "name": Property("text", "its name"),
            "partnership": Property("text", "slug of its partnership"),
            "kind": Property("text", "estate, grown, drawn or listed"),
            "version": Property("whole", "its newest version"),
            "drawn": Property("text", "how its outline was come by"),
        },
        kept_rows.neighbourhood_rows,
    ),
    "designated-areas": KeptKind(
        "Designated areas", "The small areas that saved designations selected.", "multipolygon",
        {
            "designation": Property("text", "id of the designation"),
            "designation_name": Property("text", "its name"),
            "partnership": Property("text", "slug of its partnership"),
            "index": Property("text", "the index that ranks the areas"),
            "code": Property("text", "code of the small area"), "name": Property("text", "its name"),
            "rank": Property("whole", "its rank, 1 the most deprived"),
            "decile": Property("whole", "its tenth, 1 the most deprived"),
            "people": Property("whole", "people who live there"),
            "designated_on": Property("day", "when the designation was saved"),
        },
        kept_rows.designated_rows,
    ),
    "resources": KeptKind(
        "Resources", "Lines of money; those that name no place finer than a district have no point.", "point",
        {
            "id": Property("text", "its id"), "title": Property("text", "as its source says"),
            "funder": Property("text", "who gives it"), "programme": Property("text", "of which it is part"),
            "theme": Property("text", "what it is for"),
            "stage": Property("text", "planned, awarded or paid"),
            "amount_pence": Property("whole", "pence"), "currency": Property("text", "of the amount"),
            "awarded_on": Property("day", "when it was given"),
            "financial_year": Property("text", "2018-19, April to March"),
            "grade": Property("text", "how finely its place is known, A to G"),
            "place_code": Property("text", "code of the place that it names"),
            "place_name": Property("text", "name of that place"),
            "shown_at": Property("text", "what its point is"),
            "file": Property("text", "the file that it stands in"),
        },
        kept_rows.resource_rows,
    ),
}  # fmt: skip
_states: Latest[str] = Latest(32)


def state_of(session: Session, name: str, day: date) -> str:
    """Name the state of the records that a collection follows from; asked of the database once a moment."""
    key = (session.get_bind().engine.url, moment_of(session), name, day)

    def find() -> str:
        said = session.scalar(named_sql(__file__, f"state_of_{name.replace('-', '_')}"))
        return f"{MAKING}|{name}|{day}|{said}"

    return _states.get(key, find)


def kept_collection(session: Session, name: str, span: Span | None, day: date) -> Collection:
    """Give one kind of record as a collection; `ready` says whether its rows are those of this moment."""
    kind, state = KINDS[name], state_of(session, name, day)
    made = session.scalar(select(FeatureSet.made_of).where(FeatureSet.id == name))
    where: list[ColumnElement[bool]] = [KeptFeature.set_id == name]
    source = _source(kind, where)
    if span is not None and source.life is not None:
        first, last = source.life
        if span.last is not None:
            where.append(or_(first.is_(None), first <= span.last))
        if span.first is not None:
            where.append(or_(last.is_(None), last > span.first))
    matched = int(session.scalar(select(func.count()).select_from(KeptFeature).where(*where)) or 0)
    about = About(
        name, kind.title, kind.told, ENGLAND_LON_LAT, (None, None) if kind.timed else None,
        kind.properties, kind.shape, *_rights(session, name), matched,
    )  # fmt: skip
    return Collection(about, source, f"{made}|{span}", matched, name, made == state)


def _rights(session: Session, name: str) -> tuple[str, str]:
    if name != "resources":
        return (
            "Open Government Licence v3.0",
            "Bounds, from the sources on its page of what is loaded",
        )
    rows = session.execute(
        text("SELECT DISTINCT licence, attribution FROM resource_files ORDER BY 1, 2")
    ).all()
    licences = sorted({str(row[0]) for row in rows})
    said = sorted({str(row[1]) for row in rows})
    return "; ".join(licences) or "none", "; ".join(said) or "nothing is loaded"


def _source(kind: KeptKind, where: list[ColumnElement[bool]]) -> Source:
    columns: dict[str, ColumnElement[Any]] = {}
    for each, said in kind.properties.items():
        columns[each] = cast(KeptFeature.properties[each].astext, _TYPES[said.kind])
    life = (columns["valid_from"], columns["valid_to"]) if kind.timed else None
    same = (FeatureText.set_id == KeptFeature.set_id) & (FeatureText.key == KeptFeature.key)
    return Source(
        KeptFeature.__table__, KeptFeature.key.expression, columns, KeptFeature.geom.expression,
        KeptFeature.geom_wgs84.expression, where, life,
        (FeatureText.__table__, same, FeatureText.written.expression),
    )  # fmt: skip


def kept_source(name: str) -> Source:
    """Give all of one kind, without finished texts: what these are made from."""
    source = _source(KINDS[name], [KeptFeature.set_id == name])
    return Source(
        source.table, source.key, source.columns, source.geom, source.geom_wgs84, source.where
    )
