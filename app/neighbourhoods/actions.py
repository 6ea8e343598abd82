"""Writes to neighbourhoods: make, give new ground, rename, remove; checked and audited in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import shapely
from psycopg.errors import UniqueViolation
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.neighbourhoods.figures import AREA_SETS, GroundFigures, figures_of
from app.neighbourhoods.growing import GrownPlace
from app.neighbourhoods.methods.naming import Named
from app.neighbourhoods.names import name_ground
from app.neighbourhoods.queries import (
    Neighbourhood,
    UnknownNeighbourhood,
    find_by_name,
    get_neighbourhood,
    get_version,
)
from app.neighbourhoods.saying import Said, say_outline, say_small_areas
from app.neighbourhoods.tables import Neighbourhood as Row
from app.neighbourhoods.tables import NeighbourhoodVersion as VersionRow
from app.neighbourhoods.within import check_within
from app.partnerships.actions import slug_of
from app.partnerships.queries import get_partnership
from boundaries.errors import Conflict, Fault, Invalid
from boundaries.footprints import store_footprint
from boundaries.methods.ground import Measure, ground_shares
from boundaries.queries import LayerMissing
from boundaries.untrusted import measure_untrusted_ground

MAX_NAME, MAX_REASON, MAX_SLUG = 200, 1_000, 80
# Last parts of addresses under /api/v1/neighbourhoods that are the service's own.
RESERVED_SLUGS = ("preview", "grow", "outlines", "compare")


class NeighbourhoodInvalid(Invalid):
    """A neighbourhood was described in a way that cannot be kept."""

    slug = "neighbourhood-invalid"
    title = "That is not a neighbourhood"


class NeighbourhoodExists(Conflict):
    """A neighbourhood of that slug is here already."""

    slug = "neighbourhood-exists"
    title = "That neighbourhood exists"


class SameGround(Conflict):
    """The new version would have the ground of the one before."""

    slug = "same-ground"
    title = "Nothing would change"


def create_neighbourhood(
    session: Session,
    actor: Actor | str,
    said: Said,
    *,
    reason: str,
    name: str | None = None,
    partnership_slug: str | None = None,
) -> Neighbourhood:
    """Make a neighbourhood with its first version; without a name it takes that of the place most like it.

    Raises NeighbourhoodInvalid, NeighbourhoodExists, UnknownPartnership, OutsidePartnership,
    LayerMissing, BlocksRefused where an entry of the list is unknown.
    """
    made = _make(session, actor, said, reason, name, partnership_slug)
    detail = {"kind": said.kind, "partnership": partnership_slug, "version": 1}
    record(session, actor, "create", f"neighbourhood:{made.slug}", detail)
    return made


def _make(
    session: Session, actor: Actor | str, said: Said, reason: str, name: str | None,
    partnership_slug: str | None, named: Named | None = None, inputs: dict[str, Any] | None = None,
) -> Neighbourhood:  # fmt: skip
    """Make one; named: a name already found for it. inputs: what it was grown from. Writes no event."""
    _check_words(name, reason)
    said.refuse_unknown()
    if partnership_slug is not None:
        _check_world(session, partnership_slug, said)
    footprint = store_footprint(session, said.ground)
    figures = measure_for_good(session, said, footprint)
    if partnership_slug is not None:
        check_within(session, partnership_slug, figures, outline=said.ground.outline)
    if name is not None:
        called = Named(name.strip(), "person")
    else:
        called = named or said.named or name_ground(session, figures, demo=said.ground.demo)
    row = Row(
        slug=_free_slug(session, called, partnership_slug),
        partnership_slug=partnership_slug,
        name=called.name[:MAX_NAME],
        named_by=called.named_by,
        kind=said.kind,
        demo=said.ground.demo,
        revision=1,
        made_by=str(actor),
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
        raise NeighbourhoodExists(f"there is already a neighbourhood {row.slug!r}") from error
    _add_version(session, actor, row.slug, 1, said, footprint, reason, figures, inputs)
    return get_neighbourhood(session, row.slug)


def keep_grown(
    session: Session, actor: Actor | str, found: GrownPlace, *, reason: str
) -> list[Neighbourhood]:
    """Keep every neighbourhood that was grown in a place, all or none."""
    inputs = {
        "grown": {
            "index": found.index.id, "rule": found.rule, "size_in": found.band.size_in,
            "at_least": found.band.low, "at_most": found.band.high,
        }
    }  # fmt: skip
    made = [
        _make(
            session, actor,
            say_small_areas(row["codes"], found.index.area_set, demo=found.index.demo),
            reason, None, found.place.partnership_slug, found.names[int(str(number))], inputs,
        )
        for number, row in found.grown.groups.iterrows()
    ]  # fmt: skip
    slugs = [row.slug for row in made]
    record(
        session, actor, "grow", f"neighbourhoods:{found.place.partnership_slug}", {"made": slugs}
    )
    return made


def keep_outlines(
    session: Session,
    actor: Actor | str,
    outlines: Sequence[tuple[str, shapely.MultiPolygon]],
    *,
    reason: str,
    partnership_slug: str | None = None,
    demo: bool = False,
    update: bool = False,
) -> list[tuple[Neighbourhood, str]]:
    """Keep each outline of a file as a neighbourhood of its name, all or none; without a name one is found.

    update : one that the partnership has under that name gets a new version, or stays the same.
    Gives each with what was done: made, changed or same.
    """
    done: list[tuple[Neighbourhood, str]] = []
    for name, outline in outlines:
        said = say_outline(outline, demo=demo)
        known = find_by_name(session, partnership_slug, name) if update and name else None
        if known is None:
            made = _make(session, actor, said, reason, name or None, partnership_slug)
            done.append((made, "made"))
            continue
        try:
            row = lock_neighbourhood(session, known)
            _give_ground(session, actor, row, said, reason)
            done.append((get_neighbourhood(session, known), "changed"))
        except SameGround:
            done.append((get_neighbourhood(session, known), "same"))
    detail = {what: [row.slug for row, did in done if did == what] for what in ("made", "changed")}
    record(session, actor, "import", f"neighbourhoods:{partnership_slug or 'of-none'}", detail)
    return done


def lock_neighbourhood(session: Session, slug: str) -> Row:
    """Get a neighbourhood to change it: whoever else means to waits. Raises UnknownNeighbourhood."""
    row = session.get(Row, slug, with_for_update=True)
    if row is None:
        raise UnknownNeighbourhood(f"there is no neighbourhood {slug[:80]!r}")
    return row


def change_neighbourhood(
    session: Session,
    actor: Actor | str,
    slug: str,
    *,
    said: Said | None = None,
    name: str | None = None,
    reason: str | None = None,
) -> Neighbourhood:
    """Give a neighbourhood new ground (a new version, for which a reason is told), a name, or both.

    Its address stays, and versions before stay as they were. Raises NeighbourhoodInvalid, SameGround
    where the ground is that of its newest version, and what `create_neighbourhood` raises.
    """
    row = lock_neighbourhood(session, slug)
    if said is None and name is None:
        raise NeighbourhoodInvalid("send a name, or new ground", [Fault("nothing to change")])
    _check_words(name, reason if said is not None else "only its name")
    done: dict[str, object] = {}
    changed: dict[str, list[object]] = {}
    if said is not None:
        number = _give_ground(session, actor, row, said, reason or "")
        done = {"version": number, "reason": reason}
        changed["version"] = [number - 1, number]
    if name is not None:
        changed["name"] = [row.name, name.strip()]
        row.name, row.named_by = name.strip(), "person"
        row.revision += 1
        done["named"] = True
        session.flush()
    done |= {"changed": changed, "revision": row.revision}
    record(session, actor, "change", f"neighbourhood:{slug}", done)
    return get_neighbourhood(session, slug)


def _give_ground(session: Session, actor: Actor | str, row: Row, said: Said, reason: str) -> int:
    """Add a version with other ground; gives its number. Writes no event."""
    _check_words(None, reason)
    said.refuse_unknown()
    if said.ground.demo != row.demo:
        raise NeighbourhoodInvalid("a neighbourhood of the invented county stays there")
    newest = get_version(session, row.slug)
    footprint = store_footprint(session, said.ground)
    if footprint == newest.footprint_id:
        raise SameGround(f"that is the ground of version {newest.version} already")
    figures = measure_for_good(session, said, footprint)
    if row.partnership_slug is not None:
        check_within(session, row.partnership_slug, figures, outline=said.ground.outline)
    number = newest.version + 1
    _add_version(session, actor, row.slug, number, said, footprint, reason, figures, None)
    row.kind = said.kind
    row.revision += 1
    session.flush()
    return number


def remove_neighbourhood(session: Session, actor: Actor | str, slug: str) -> None:
    """Remove a neighbourhood with all its versions; the audit trail stays. Raises UnknownNeighbourhood."""
    row = lock_neighbourhood(session, slug)
    was = {"name": row.name, "partnership": row.partnership_slug}
    session.execute(delete(VersionRow).where(VersionRow.slug == slug))
    session.delete(row)
    session.flush()
    record(session, actor, "remove", f"neighbourhood:{slug}", {"before": was})


def _measure_of(said: Said) -> Measure:
    """Somebody's own outline is overlaid under limits, everything else here."""
    return ground_shares if said.ground.outline is None else measure_untrusted_ground


def measure_for_good(session: Session, said: Said, footprint: int) -> GroundFigures:
    """Count what the ground holds, and keep its shares of each set of small areas that is drawn."""
    found: list[GroundFigures] = []
    for area_set in AREA_SETS:
        try:
            found.append(
                figures_of(
                    session, said.ground, area_set=area_set, footprint_id=footprint,
                    # Once measured under limits it can be measured: the other set's areas are alike.
                    measure=ground_shares if found else _measure_of(said),
                )
            )  # fmt: skip
        except LayerMissing:
            if area_set == AREA_SETS[-1] and not found:
                raise
    if found[0].weights.empty:
        raise NeighbourhoodInvalid(
            "no small area of England lies in this ground", [Fault("nothing lies in it")]
        )
    return found[0]


def _add_version(
    session: Session, actor: Actor | str, slug: str, number: int, said: Said, footprint: int,
    reason: str, figures: GroundFigures, inputs: dict[str, Any] | None,
) -> None:  # fmt: skip
    plain = figures.as_plain()
    rested_on = plain.pop("inputs")
    session.add(
        VersionRow(
            slug=slug, version=number, footprint_id=footprint,
            block_codes=None if said.block_codes is None else list(said.block_codes),
            area_set=said.area_set, reason=reason.strip(), author=str(actor),
            inputs={**rested_on, **(inputs or {})}, figures=plain,
        )
    )  # fmt: skip
    session.flush()


def _check_words(name: str | None, reason: str | None) -> None:
    faults = []
    if name is not None and (not slug_of(name) or len(name) > MAX_NAME):
        words = f"name: 1 to {MAX_NAME} letters, at least one of a-z or 0-9"
        faults.append(Fault(words, "/name", value=name[:80]))
    if name is not None and slug_of(name) in RESERVED_SLUGS:
        faults.append(Fault("name: that address is taken by the service", "/name", value=name[:80]))
    if reason is None or not reason.strip() or len(reason) > MAX_REASON:
        words = f"reason: say why, in 1 to {MAX_REASON} letters"
        faults.append(Fault(words, "/reason", value=(reason or "")[:80]))
    if faults:
        raise NeighbourhoodInvalid("; ".join(fault.detail for fault in faults), faults)


def _check_world(session: Session, partnership_slug: str, said: Said) -> None:
    if get_partnership(session, partnership_slug).demo != said.ground.demo:
        raise NeighbourhoodInvalid(
            "the invented county and England do not mix: that partnership is of the other",
            [Fault("of another world", "/partnership", value=partnership_slug[:80])],
        )


def _free_slug(session: Session, called: Named, partnership_slug: str | None) -> str:
    """Choose an address: the name, and where another partnership has it that of the partnership added.

    A person's own name is refused where it is taken all the same; one that was found gets a number.
    """
    plain = slug_of(called.name) or "neighbourhood"
    choices = [plain, f"{plain}-{partnership_slug}"[:MAX_SLUG]] if partnership_slug else [plain]
    if called.named_by == "person":
        other = session.get(Row, plain)
        if other is not None and other.partnership_slug == partnership_slug:
            choices = []
    for slug in choices:
        if slug not in RESERVED_SLUGS and session.get(Row, slug) is None:
            return slug
    if called.named_by == "person":
        raise NeighbourhoodExists(
            f"there is already a neighbourhood {plain!r}",
            [Fault("taken", "/name", value=called.name[:80])],
        )
    number = 2
    while session.get(Row, f"{plain}-{number}") is not None:
        number += 1
    return f"{plain}-{number}"
