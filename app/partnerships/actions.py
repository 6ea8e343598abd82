"""Writes to partnerships: create, change, remove; each checked and audited in the caller's transaction."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import shapely
from geoalchemy2.elements import WKBElement
from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access.actions import revoke_tokens_of
from app.access.audit import as_trail, changed_between, record
from app.access.queries import Actor
from app.partnerships.methods.members import as_kept, check_members, holds_contact
from app.partnerships.queries import UnknownPartnership
from app.partnerships.tables import Partnership
from boundaries.crs import BNG
from boundaries.errors import Conflict, Fault, Invalid
from boundaries.footprints import Ground, footprint_shares, store_footprint
from boundaries.queries import LayerMissing, demo_of, find_authority, layer_on

KINDS = ("lsp", "csp", "neighbourhood-board", "lep", "other")
MAX_NAME = 200
# Addresses that are no partnership's: /api/v1/partnerships/overlaps.
RESERVED_SLUGS = ("overlaps",)
# What the trail keeps of one; an outline is no words.
_FIELDS = ("name", "kind", "authorities", "members", "lead", "valid_from", "valid_to")


class PartnershipInvalid(Invalid):
    """A partnership was described in a way that cannot be kept."""

    slug = "partnership-invalid"
    title = "That is not a partnership"


class PartnershipExists(Conflict):
    """A partnership of that slug is here already."""

    slug = "partnership-exists"
    title = "That partnership exists"


def slug_of(name: str) -> str:
    """Make an address out of a name: `Hastings and Rother` is `hastings-and-rother`."""
    letters = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:80]


def create_partnership(
    session: Session,
    actor: Actor | str,
    *,
    name: str,
    kind: str = "lsp",
    authorities: Sequence[str] = (),
    outline: shapely.MultiPolygon | None = None,
    members: Sequence[dict[str, Any]] = (),
    lead: str | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    day: date,
    slug: str | None = None,
) -> Partnership:
    """Make a partnership out of authorities (codes or names), an outline (BNG, checked already), or both.

    All faults are collected before it fails. Raises PartnershipInvalid, PartnershipExists, UnknownArea.
    """
    faults = _faults(name, kind, authorities, outline, valid_from, valid_to)
    faults += [*check_members(members), *_lead_faults(lead)]
    if faults:
        raise PartnershipInvalid("; ".join(f.detail for f in faults), faults)
    areas = [find_authority(session, words, day) for words in authorities]
    codes = sorted({area.code for area in areas})
    address = slug or slug_of(name)
    if session.get(Partnership, address) is not None:
        raise PartnershipExists(f"there is already a partnership {address!r}")
    row = Partnership(
        slug=address,
        name=name.strip(),
        kind=kind,
        authorities=codes,
        geom=None if outline is None else WKBElement(shapely.to_wkb(outline), srid=BNG),
        members=[as_kept(member) for member in members],
        lead=lead,
        valid_from=valid_from,
        valid_to=valid_to,
        demo=demo_of(codes) if codes else False,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
        # Somebody else made it since it was looked up.
        raise PartnershipExists(f"there is already a partnership {address!r}") from error
    if outline is not None:
        number = store_footprint(session, Ground(outline=outline, demo=row.demo))
        _measure_by_council(session, number, day, demo=row.demo)
    detail = {"authorities": codes, "kind": kind, "after": as_trail(_fields_of(row))}
    record(session, actor, "create", f"partnership:{address}", detail)
    return row


def _fields_of(row: Partnership) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _FIELDS}


def _measure_by_council(session: Session, footprint: int, day: date, *, demo: bool) -> None:
    """Keep what of each council lies in an outline: every list of overlaps reads it, and readers cannot keep it."""
    try:
        layer = layer_on(session, "lad", day, demo=demo)
    except LayerMissing:
        return
    footprint_shares(session, footprint, layer.id)


def _faults(
    name: str,
    kind: str,
    authorities: Sequence[str],
    outline: object,
    valid_from: date | None,
    valid_to: date | None,
) -> list[Fault]:
    faults = []
    if not slug_of(name) or len(name) > MAX_NAME:
        faults.append(
            Fault(
                f"name: 1 to {MAX_NAME} letters, at least one of a-z or 0-9",
                "/name",
                value=name[:80],
            )
        )
    if slug_of(name) in RESERVED_SLUGS:
        faults.append(Fault("name: that address is taken by the service", "/name", value=name[:80]))
    if kind not in KINDS:
        faults.append(Fault(f"kind: one of {', '.join(KINDS)}", "/kind", value=kind[:80]))
    if not authorities and outline is None:
        faults.append(Fault("authorities: name at least one, or give an outline", "/authorities"))
    if valid_from and valid_to and valid_from >= valid_to:
        faults.append(Fault("valid_to must be after valid_from", "/valid_to", value=str(valid_to)))
    return faults


def _lead_faults(lead: str | None) -> list[Fault]:
    if lead is None or not holds_contact(lead):
        return []
    detail = "lead: an organisation or a role; people's addresses and numbers are not kept"
    return [Fault(detail, "/lead", rule="no-personal-contact")]


def lock_partnership(session: Session, slug: str) -> Partnership:
    """Get a partnership to change it: whoever else means to waits here until this transaction ends.

    Without it two people could read one version, both be let past the check of it, and the second
    would write over the first unknowing. Raises UnknownPartnership.
    """
    row = session.get(Partnership, slug, with_for_update=True)
    if row is None:
        raise UnknownPartnership(f"there is no partnership {slug!r}")
    return row


def change_partnership(
    session: Session, actor: Actor | str, slug: str, changes: dict[str, Any], day: date, *,
    as_before: Collection[str] = (),
) -> Partnership:  # fmt: skip
    """Change some fields of a partnership; its version goes up by one.

    changes: any of name, kind, authorities, members, lead, valid_from, valid_to. as_before: see `check_members`.
    """
    row = lock_partnership(session, slug)
    merged: dict[str, Any] = {
        "name": changes.get("name", row.name),
        "kind": changes.get("kind", row.kind),
        "authorities": changes.get("authorities", row.authorities),
        "valid_from": changes.get("valid_from", row.valid_from),
        "valid_to": changes.get("valid_to", row.valid_to),
    }
    faults = _faults(
        merged["name"],
        merged["kind"],
        merged["authorities"],
        row.geom,
        merged["valid_from"],
        merged["valid_to"],
    )
    faults += [
        *check_members(changes.get("members", ()), as_before=as_before),
        *_lead_faults(changes.get("lead")),
    ]
    if faults:
        raise PartnershipInvalid("; ".join(f.detail for f in faults), faults)
    if "authorities" in changes:
        merged["authorities"] = sorted(
            {find_authority(session, words, day).code for words in changes["authorities"]}
        )
    if "members" in changes:
        merged["members"] = [as_kept(member) for member in changes["members"]]
    if "lead" in changes:
        merged["lead"] = changes["lead"]
    before = _fields_of(row)
    for field, value in merged.items():
        setattr(row, field, value)
    row.version += 1
    session.flush()
    changed = changed_between(before, _fields_of(row))
    detail = {"fields": sorted(changes), "changed": changed, "revision": row.version}
    record(session, actor, "change", f"partnership:{slug}", detail)
    return row


def remove_partnership(session: Session, actor: Actor | str, slug: str) -> None:
    """Remove a partnership with its designations and neighbourhoods; revoke its editors' tokens; the trail stays."""
    row = lock_partnership(session, slug)
    was = as_trail(_fields_of(row))
    session.delete(row)
    session.flush()
    record(session, actor, "remove", f"partnership:{slug}", {"before": was})
    revoke_tokens_of(session, slug, actor)
