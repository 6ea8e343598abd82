"""Areas as collections: each type as drawn on a day, and each served release by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, text
from sqlalchemy.orm import Session

from app.latest import Latest
from app.ogc.spans import Span
from app.ogc.statements.collections import About, Collection, Property, Source
from app.ogc.statements.release_facts import facts_of, first_day_of, known_of
from app.ogc.tables import FeatureSet, FeatureText
from boundaries.area_types import AREA_TYPES
from boundaries.crs import Bounds
from boundaries.moments import IS_A_MOMENT
from boundaries.point_lookup import layers_of_day
from boundaries.queries import DRAWN_WITHIN, LayerMissing, layer_on, layer_within
from boundaries.tables import Area, Boundary, Release

_STAMP = "bounds.ogc.geography_stamp"
_SETS = "bounds.ogc.finished_sets"
#: another way of writing features makes every finished text anew
WRITING = "2"
PROPERTIES: Mapping[str, Property] = {
    "code": Property("text", "code, as its publisher writes it"),
    "name": Property("text", "name in this release"),
    "type": Property("text", "type of area"),
    "release": Property("text", "the release that draws it"),
    "quality": Property("text", "official, best-fit, approximate or invented"),
    "valid_from": Property("day", "first day of its life; null: before the records begin"),
    "valid_to": Property("day", "first day after its life; null: alive"),
    "area_m2": Property("number", "square metres of this outline"),
}


@dataclass(frozen=True)
class _Held:
    """A served release and how far it reaches, in degrees."""

    release: Release
    extent: Bounds | None


_held: Latest[dict[str, _Held]] = Latest(4)
_collections: Latest[Collection | None] = Latest(256)


def geography_stamp(session: Session) -> int:
    """Count the changes to areas, outlines and releases.

    Not the latest one's number: of two that run together the one that began first may be seen last.
    """
    # Asked once of a session that sees one moment, until that ends.
    seen = session.info.get(_STAMP) if session.info.get(IS_A_MOMENT) else None
    if seen is not None and seen[0] is session.get_transaction():
        return int(seen[1])
    stamp = int(session.scalar(text("SELECT count(*) FROM geography_changes")) or 0)
    session.info[_STAMP] = session.get_transaction(), stamp
    return stamp


def served_ids(session: Session, day: date) -> list[str]:
    """List the collections of areas: the types drawn on a day, then the releases, each in order."""
    types = {layer.type for layer in layers_of_day(session, day)}
    types |= {
        each for each in DRAWN_WITHIN if area_collection(session, each, None, day) is not None
    }
    return [*sorted(types), *sorted(_releases(session))]


def area_collection(session: Session, name: str, span: Span | None, day: date) -> Collection | None:
    """Find a type of area as drawn on the span's last day, or a release; None where neither bears the name.

    Without a span a type shows the areas alive today, and a release all that it draws (a set of many
    years: those alive today).
    """
    key = (session.get_bind().engine.url, geography_stamp(session), name, span, day)
    found = _collections.get(key, lambda: _find(session, name, span, day))
    if found is None or found.ready:
        return found
    if _is_ready(session, found):
        return _collections.get((*key, "ready"), lambda: _find(session, name, span, day))
    return found


def _find(session: Session, name: str, span: Span | None, day: date) -> Collection | None:
    is_type, is_within = name in AREA_TYPES, False
    if is_type:
        drawn = _drawn(session, name, (span or Span(day, day)).day_drawn(day))
        if drawn is None:
            return None
        release_id, is_within = drawn
    else:
        release_id = name
    held = _releases(session).get(release_id)
    if held is None:
        return None
    release = held.release
    asked = span or (Span(day, day) if is_type or release.temporal else None)
    where: list[ColumnElement[bool]] = [Boundary.release_id == release_id]
    if is_within:
        where.append(Area.type == name)
    facts = facts_of(session, geography_stamp(session), release_id)
    total = facts.drawn
    alive = [] if asked is None or facts.all_live(asked) else _alive(asked)
    matched = _count(session, [*where, *alive]) if alive or is_within else total
    if matched < total:
        where += alive
    made = _made_of(session, held)
    ready = _finished_sets(session).get(release_id) == made
    stamp = hashlib.sha256(repr((name, made, matched < total and asked)).encode())
    return Collection(
        _about(session, name, release, held, matched), _source(release, where, ready),
        stamp.hexdigest()[:24], matched, release_id, ready,
    )  # fmt: skip


def _drawn(session: Session, area_type: str, day: date) -> tuple[str, bool] | None:
    """Choose the release that draws a type, and say whether it draws another type first."""
    for demo in (False, True):  # invented ground is drawn where nothing real is loaded
        for is_within, choose in ((False, layer_on), (True, layer_within)):
            try:
                return choose(session, area_type, day, demo=demo).id, is_within
            except LayerMissing:
                continue
    return None


def _alive(span: Span) -> list[ColumnElement[bool]]:
    said: list[ColumnElement[bool]] = []
    if span.last is not None:
        said.append(or_(Area.valid_from.is_(None), Area.valid_from <= span.last))
    if span.first is not None:
        said.append(or_(Area.valid_to.is_(None), Area.valid_to > span.first))
    return said


def _count(session: Session, where: list[ColumnElement[bool]]) -> int:
    query = select(func.count()).select_from(Boundary).join(Area, Area.code == Boundary.code)
    return int(session.scalar(query.where(*where)) or 0)


def _is_ready(session: Session, found: Collection) -> bool:
    stored = _finished_sets(session).get(found.set_id)
    return stored is not None and stored == made_of(session, found.set_id)


def _finished_sets(session: Session) -> dict[str, str]:
    """Name what each finished set follows from; asked once of a session that sees one moment."""
    seen = session.info.get(_SETS) if session.info.get(IS_A_MOMENT) else None
    if seen is not None and seen[0] is session.get_transaction():
        return dict(seen[1])
    rows = session.execute(select(FeatureSet.id, FeatureSet.made_of))
    found = {row[0]: row[1] for row in rows}
    session.info[_SETS] = session.get_transaction(), found
    return found


def made_of(session: Session, release_id: str) -> str | None:
    """Name what a served release's features follow from; None where it is not served."""
    held = _releases(session).get(release_id)
    return None if held is None else _made_of(session, held)


def _releases(session: Session) -> dict[str, _Held]:
    key = (session.get_bind().engine.url, geography_stamp(session))
    return _held.get(key, lambda: _read_releases(session))


def _read_releases(session: Session) -> dict[str, _Held]:
    boxes = known_of(session, geography_stamp(session)).extents
    releases = session.scalars(select(Release).where(Release.state == "served")).all()
    for release in releases:
        session.expunge(release)
    return {release.id: _Held(release, boxes.get(release.id)) for release in releases}


def _made_of(session: Session, held: _Held) -> str:
    """Name what a release's finished features follow from: its own record, and what is known of its areas."""
    release = held.release
    digest = facts_of(session, geography_stamp(session), release.id).digest
    written = (
        WRITING, release.sha256, release.loaded_at.isoformat(), release.quality, digest,
    )  # fmt: skip
    return hashlib.sha256(repr(written).encode()).hexdigest()


def release_source(session: Session, release_id: str) -> Source:
    """Give all that a served release draws, without its finished texts: what these are made from."""
    release = _releases(session)[release_id].release
    return _source(release, [Boundary.release_id == release_id], ready=False)


def _source(release: Release, where: list[ColumnElement[bool]], ready: bool) -> Source:
    joined = Boundary.__table__.join(Area.__table__, Area.code == Boundary.code)
    columns: dict[str, ColumnElement[Any]] = {
        "code": Boundary.code.expression, "name": Boundary.name.expression, "type": Area.type.expression,
        "release": Boundary.release_id.expression, "quality": literal(release.quality),
        "valid_from": Area.valid_from.expression, "valid_to": Area.valid_to.expression,
        "area_m2": func.round(Boundary.area_m2.expression),
    }  # fmt: skip
    finished = None
    if ready:
        same = and_(FeatureText.set_id == Boundary.release_id, FeatureText.key == Boundary.code)
        finished = (FeatureText.__table__, same, FeatureText.written.expression)
    return Source(
        joined, Boundary.code.expression, columns, Boundary.geom.expression,
        Boundary.geom_wgs84.expression, where, (Area.valid_from.expression, Area.valid_to.expression),
        finished,
    )  # fmt: skip


def _about(session: Session, name: str, release: Release, held: _Held, matched: int) -> About:
    own = name if name in AREA_TYPES else release.area_type
    kind = AREA_TYPES.get(own)
    plural = kind.plural if kind else own
    if name == release.id:
        title, told = release.title, f"All that one release draws: {release.title}."
    else:
        title = plural[:1].upper() + plural[1:]
        told = (
            f"{title}, drawn by one release for the day asked about (`datetime`; without it, today): for"
            f" today {release.id}."
        )
    quality = "" if release.quality == "official" else f" Quality: {release.quality}."
    part = " Holds only some places." if release.partial else ""
    interval = _interval(session, name, release)
    return About(
        name, title, told + quality + part, held.extent, interval, PROPERTIES, "multipolygon",
        release.licence, release.attribution, matched,
    )  # fmt: skip


def _interval(session: Session, name: str, release: Release) -> tuple[date | None, date | None]:
    """Give the span that a collection speaks of: from the first life it knows to now."""
    stamp = geography_stamp(session)
    if name == release.id:
        return facts_of(session, stamp, name).first_day, None
    return first_day_of(session, stamp, name), None
