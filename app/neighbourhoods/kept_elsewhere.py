"""Keeps neighbourhoods as another database kept them: under their address, each version with its day and figures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.neighbourhoods.actions import RESERVED_SLUGS, NeighbourhoodInvalid, measure_for_good
from app.neighbourhoods.queries import newest_number
from app.neighbourhoods.saying import Said, say_codes, say_outline, say_postcodes
from app.neighbourhoods.tables import Neighbourhood as Row
from app.neighbourhoods.tables import NeighbourhoodVersion as VersionRow
from app.neighbourhoods.within import check_within
from app.partnerships.actions import slug_of
from app.partnerships.queries import get_partnership
from boundaries.errors import Fault
from boundaries.footprints import Ground, store_footprint

# How the ground of each kind of neighbourhood is said.
GROUND_OF = {"estate": "postcodes", "grown": "codes", "listed": "codes", "drawn": "outline"}
NAMED_BY = ("person", "ward", "parish", "built-up area", "codes")


class KeptVersion(NamedTuple):
    """A version as it was: its ground, why and when it was made, and the figures of that day."""

    number: int
    ground: Ground
    reason: str
    made_at: datetime
    inputs: dict[str, Any]
    figures: dict[str, Any]


def keep_place(session: Session, actor: Actor | str, partnership_slug: str, place: dict[str, str]) -> Row:  # fmt: skip
    """Keep a neighbourhood under its slug, its versions to follow; one that is there gets the name and its giver.

    Raises NeighbourhoodInvalid, UnknownPartnership.
    """
    slug = place["slug"]
    faults = list(_place_faults(place))
    row = session.get(Row, slug, with_for_update=True)
    if row is not None and row.partnership_slug != partnership_slug:
        detail = f"slug: {slug[:80]!r} is a neighbourhood of another partnership, or of none"
        rule = "neighbourhood-of-the-partnership"
        faults.append(Fault(detail, "/slug", value=slug[:80], rule=rule))
    if faults:
        raise NeighbourhoodInvalid("; ".join(fault.detail for fault in faults), faults)
    said = {name: place[name].strip() for name in ("name", "named_by", "kind")}
    if row is None:
        demo = get_partnership(session, partnership_slug).demo
        row = Row(
            slug=slug, partnership_slug=partnership_slug, demo=demo, made_by=str(actor), **said
        )
        session.add(row)
        session.flush()
        detail_kept = {"kind": row.kind, "partnership": partnership_slug, "brought": True}
        record(session, actor, "create", f"neighbourhood:{slug}", detail_kept)
        return row
    changed = {name: [getattr(row, name), now] for name, now in said.items() if getattr(row, name) != now}  # fmt: skip
    for name, now in said.items():
        setattr(row, name, now)
    row.revision += 1
    session.flush()
    detail_told = {"changed": changed, "revision": row.revision}
    record(session, actor, "change", f"neighbourhood:{slug}", detail_told)
    return row


def _place_faults(place: dict[str, str]) -> list[Fault]:
    slug, faults = place["slug"], []
    if slug_of(slug) != slug or slug in RESERVED_SLUGS:
        detail = "slug: small letters, figures and hyphens, and none of the service's own addresses"
        faults.append(Fault(detail, "/slug", value=slug[:80], rule="slug"))
    for name, allowed in (("kind", tuple(GROUND_OF)), ("named_by", NAMED_BY)):
        if place[name] not in allowed:
            detail = f"{name}: one of {', '.join(allowed)}"
            faults.append(
                Fault(detail, f"/{name}", value=place[name][:80], rule=f"{name}-is-known")
            )
    return faults


def say_kept(session: Session, ground: Ground) -> Said:
    """Check ground that was written elsewhere, as if somebody said it. Raises BlocksRefused naming what is unknown."""
    if ground.outline is not None:
        said = say_outline(ground.outline, demo=ground.demo)
    elif ground.postcodes:
        said = say_postcodes(session, ground.postcodes)
    else:
        said = say_codes(session, ground.codes, ground.as_at or date.max)
    said.refuse_unknown()
    return said


def keep_version(
    session: Session, actor: Actor | str, row: Row, kept: KeptVersion, *, is_newest: bool, now: datetime
) -> None:  # fmt: skip
    """Keep one version of a neighbourhood; the newest lies in its partnership and is said as its kind is.

    The figures stay those of their day. Raises NeighbourhoodInvalid, BlocksRefused, OutsidePartnership,
    LayerMissing.
    """
    newest = newest_number(session, row.slug)
    faults = []
    if kept.number != newest + 1:
        detail = f"version: the next of {row.slug!r} is {newest + 1}"
        faults.append(Fault(detail, "/version", value=str(kept.number), rule="versions-in-order"))
    if kept.made_at > now:
        detail = "made_at: it lies in the future"
        faults.append(Fault(detail, "/made_at", value=str(kept.made_at), rule="made-before-now"))
    if is_newest and kept.ground.kind != GROUND_OF[row.kind]:
        way = f"said as {GROUND_OF[row.kind]}, not as {kept.ground.kind}"
        detail = f"kind: the ground of one that is {row.kind} is {way}"
        faults.append(Fault(detail, "/kind", value=row.kind, rule="kind-fits-the-ground"))
    if faults:
        raise NeighbourhoodInvalid("; ".join(fault.detail for fault in faults), faults)
    said = say_kept(session, kept.ground)
    if said.ground.demo != row.demo:
        raise NeighbourhoodInvalid("the invented county and England do not mix")
    footprint = store_footprint(session, said.ground)
    figures = measure_for_good(session, said, footprint)
    if is_newest and row.partnership_slug is not None:
        check_within(session, row.partnership_slug, figures, outline=said.ground.outline)
    session.add(
        VersionRow(
            slug=row.slug, version=kept.number, footprint_id=footprint,
            block_codes=None if said.block_codes is None else list(said.block_codes),
            area_set=said.area_set, reason=kept.reason.strip(), author=str(actor), made_at=kept.made_at,
            inputs=kept.inputs, figures=kept.figures,
        )
    )  # fmt: skip
    session.flush()
