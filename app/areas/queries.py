"""Reads of areas for the wire: one area with its life, outline and parents."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from boundaries.area_types import AREA_TYPES
from boundaries.codes import codes_of, names_of
from boundaries.errors import Fault, NotFound
from boundaries.history import Step, chain_of, predecessors, successors
from boundaries.planning import plan_of_area
from boundaries.queries import (
    DrawnBy,
    LayerMissing,
    area_geojson,
    get_area,
    is_alive,
    layer_on,
    parents_of,
)
from boundaries.tables import Area, Boundary, LookupDisagreement, Release, Weight


class NotOnThatDay(NotFound):
    """The area did not live on the day asked about."""

    slug = "not-on-that-day"
    title = "That area did not exist on that day"


def area_body(area: Area, release: str | None) -> dict[str, Any]:
    """Write the short form of an area, as lists carry it."""
    return {
        "code": area.code,
        "name": area.name,
        "type": area.type,
        "release": release,
        "valid_from": area.valid_from,
        "valid_to": area.valid_to,
        "demo": area.demo,
    }


def drawn_by(session: Session, area: Area, day: date) -> DrawnBy | None:
    """Choose the layer that draws an area on a day, or None where nothing loaded does."""
    kind = "par" if area.type == "ncp" else area.type
    try:
        return layer_on(session, kind, day, demo=area.demo)
    except LayerMissing:
        return None


def outline_of(
    session: Session, area: Area, day: date, asked: date | None
) -> tuple[str, dict[str, Any]] | None:
    """Read an area's outline as GeoJSON text with its release; a retired area takes its last drawing."""
    layer = drawn_by(session, area, day)
    ids = [layer.id] if layer else []
    if asked is None or not ids:
        ids += list(
            session.scalars(
                select(Boundary.release_id)
                .join(Release, Release.id == Boundary.release_id)
                .where(Boundary.code == area.code, Release.state == "served")
                .order_by(Release.published_on.desc(), Release.tolerance_m, Release.id)
            )
        )
    for release_id in ids:
        figures = area_geojson(session, release_id, area.code)
        if figures is not None:
            return release_id, figures
    return None


def full_area(session: Session, code: str, asked: date | None, day: date) -> dict[str, Any]:
    """Write one area with its life, outline figures, parents and what came before and after.

    Where a lookup and the outlines name different parents for it, that is said, and which is used.

    Without a day a retired code answers as `retired` with its successors; with a day outside its
    life it raises NotOnThatDay, naming them.
    """
    area = get_area(session, code, day)
    after, before = successors(session, area.code), predecessors(session, area.code)
    links = {
        "successors": [_link(s.new_code, s.changed_on, s.kind, s.share) for s in after],
        "predecessors": [_link(s.old_code, s.changed_on, s.kind, s.share) for s in before],
    }
    if asked is not None and not is_alive(area, asked):
        named = ", ".join(s.new_code for s in after) or "none recorded"
        raise NotOnThatDay(
            f"{area.name} ({area.code}) lived from {area.valid_from or 'before the records begin'} to "
            f"{area.valid_to or 'today'}; successors: {named}",
            [Fault("outside its life", pointer="/as_at", value=str(asked))],
        )
    outline = outline_of(session, area, day, asked)
    release = session.get(Release, outline[0]) if outline else None
    figures = outline[1] if outline else None
    counted = session.execute(
        select(Weight.value, Weight.period, Weight.estimated)
        .where(Weight.code == area.code, Weight.measure == "people")
        .order_by(Weight.estimated, Weight.area_set)
    ).first()
    return {
        **area_body(area, outline[0] if outline else None),
        "type_name": AREA_TYPES[area.type].name,
        "status": status_of(area, day),
        "area_m2": figures["area_m2"] if figures else None,
        "population": None if counted is None else counted.value,
        "people_source": ""
        if counted is None
        else f"{'estimated, ' * counted.estimated}{counted.period}",
        "bbox": [figures[k] for k in ("west", "south", "east", "north")] if figures else None,
        "centroid": [figures["lon"], figures["lat"]] if figures else None,
        "parents": parents_of(session, area.code, day),
        "planned": _planned(session, area.code),
        "other_codes": codes_of(session, area.code),
        "other_names": names_of(session, area.code),
        "lookup_disagreement": _disagreement(session, area),
        **links,
        "source": None
        if release is None
        else {
            "edition": release.title,
            "published_on": release.published_on,
            "publisher": release.publisher,
            "licence": release.licence,
            "attribution": release.attribution,
            "quality": release.quality,
            "tolerance_m": release.tolerance_m,
            "crs_operation": release.crs_operation,
        },
    }


def _planned(session: Session, code: str) -> dict[str, Any] | None:
    """Say which plan makes an area, of what, and who says so; None for one that is not planned."""
    found = plan_of_area(session, code)
    if found is None:
        return None
    plan, row = found
    return {
        "plan": plan.slug, "name": plan.name, "source": plan.source, "made_of": list(row.made_of),
        "note": "planned; its outline is made of the last published ones",
    }  # fmt: skip


def history_body(session: Session, code: str, day: date) -> dict[str, Any]:
    """Write the whole chain before and after an area, the earliest change first, with a sentence for each step."""
    area = get_area(session, code, day)
    steps = chain_of(session, area.code)
    return {
        **area_body(area, None),
        "type_name": AREA_TYPES[area.type].name,
        "status": status_of(area, day),
        "before": [_step(step, day) for step in steps if step.direction == "before"],
        "after": [_step(step, day) for step in steps if step.direction == "after"],
    }


def _step(step: Step, day: date) -> dict[str, Any]:
    return {
        "changed_on": step.changed_on, "kind": step.kind, "steps": step.steps,
        "old": {"code": step.old_code, "name": step.old_name},
        "new": {"code": step.new_code, "name": step.new_name},
        "share": step.share, "share_of_asked": step.share_of_asked, "method": step.method,
        "source": step.source, "sentence": say_step(step, day),
    }  # fmt: skip


def say_step(step: Step, day: date) -> str:
    """Put one link into words, as seen on a day: "On 1 April 2023 Carlisle became part of Cumberland, …"."""
    is_to_come = step.changed_on > day
    became, was, went = ("becomes", "is", "goes") if is_to_come else ("became", "was", "went")
    on = f"On {step.changed_on.day} {step.changed_on:%B %Y}"
    old, new = step.old_name or step.old_code, step.new_name or step.new_code
    if step.kind == "recoded":
        return f"{on} {old} {was} given the code {step.new_code} in place of {step.old_code}."
    if step.share == 1:
        return f"{on} {old} {became} part of {new}, with all of its people."
    if step.share is None:
        return f"{on} a part of {old} {went} to {new}; how many of its people is not known."
    return f"{on} a part of {old} with {100 * step.share:.2f}% of its people {went} to {new}."


def ground_m2(session: Session, release_id: str, codes: Collection[str]) -> dict[str, float]:
    """Read the square metres of areas as a release draws them; what it does not draw has none."""
    rows = session.execute(
        select(Boundary.code, Boundary.area_m2).where(
            Boundary.release_id == release_id, Boundary.code.in_(sorted(codes))
        )
    )
    return {row[0]: row[1] for row in rows}


def status_of(area: Area, day: date) -> str:
    """Say whether an area is `current`, `future` or `retired` on a day."""
    if is_alive(area, day):
        return "current"
    return "future" if (area.valid_from or day) > day else "retired"


def _disagreement(session: Session, area: Area) -> dict[str, Any] | None:
    """Say where a lookup and the outlines name different parents for an area; one used against its lookup first."""
    table = LookupDisagreement
    row = session.scalar(
        select(table)
        .where(table.child_code == area.code)
        .order_by(table.used.desc(), table.lookup.desc(), table.parent_type)
        .limit(1)
    )
    if row is None:
        return None
    codes = [code for code in (row.lookup_parent, row.outline_parent) if code]
    named = session.execute(select(Area.code, Area.name).where(Area.code.in_(codes)))
    names = {found[0]: found[1] for found in named}
    told = {code: f"{names[code]} ({code})" if code in names else code for code in codes}
    kind = AREA_TYPES[row.parent_type].name if row.parent_type in AREA_TYPES else row.parent_type
    lies = (
        f"its outline lies to {100 * row.outline_share:.2f}% in {told[row.outline_parent]}"
        if row.outline_parent
        else f"its outline lies in no {kind} that is drawn"
    )
    used = ", which is used here" if row.used == "outline" else "; the lookup is used here"
    small = "small area" if area.type == "lsoa" else AREA_TYPES[area.type].name
    return {
        "lookup": row.lookup, "parent_type": row.parent_type,
        "lookup_parent": row.lookup_parent, "lookup_parent_name": names.get(row.lookup_parent),
        "share_in_lookup_parent": row.lookup_share,
        "outline_parent": row.outline_parent,
        "outline_parent_name": names.get(row.outline_parent) if row.outline_parent else None,
        "share_in_outline_parent": row.outline_share,
        "child_release": row.child_release, "parent_release": row.parent_release, "used": row.used,
        "sentence": f"The official lookup gives this {small} to {told[row.lookup_parent]}; {lies}{used}.",
    }  # fmt: skip


def _link(code: str, changed_on: date, kind: str, share: float | None) -> dict[str, Any]:
    return {"code": code, "changed_on": changed_on, "kind": kind, "share": share}
