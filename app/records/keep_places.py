"""Brings in saved neighbourhoods: each under its address, with every version of its ground."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime

from app.neighbourhoods.kept_elsewhere import KeptVersion, keep_place, keep_version
from app.neighbourhoods.tables import Neighbourhood
from app.partnerships.queries import get_partnership
from app.records.keep_partnership import read_pieces
from app.records.keeping import CHANGED, NEW, SAME, Keeping, faults_in, is_same
from app.records.methods.columns import CODE, GROUND, NEIGHBOURHOODS, OUTLINE, POSTCODE, VERSIONS
from app.records.reading import RecordInvalid, Row
from boundaries.errors import BoundsError, Fault
from boundaries.footprints import Ground

_Key = tuple[str | None, int | None]


def keep_places(keeping: Keeping) -> None:
    """Keep each neighbourhood and those of its versions that are not here; one that is here never changes."""
    pieces: dict[_Key, list[Row]] = defaultdict(list)
    for row in sorted(keeping.rows(GROUND), key=lambda each: each.values["piece"]):
        if row.values["neighbourhood"] is not None:
            pieces[row.values["neighbourhood"], row.values.get("version")].append(row)
    versions: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(keeping.rows(VERSIONS), key=lambda each: each.values["version"]):
        versions[row.values["neighbourhood"]].append(row)
    for row in keeping.rows(NEIGHBOURHOODS):
        _keep_one(keeping, row, versions.pop(row.values["slug"], []), pieces)
    for left in versions.values():
        for row in left:
            _orphan(keeping, VERSIONS, row, "its neighbourhood is no row of this file")
    for rows in pieces.values():
        for row in rows:
            _orphan(keeping, GROUND, row, "its version is no row of this file")


def _keep_one(
    keeping: Keeping, row: Row, versions: list[Row], pieces: dict[_Key, list[Row]]
) -> None:
    slug = row.values["slug"]
    before = keeping.known(NEIGHBOURHOODS, slug=slug)
    place: Neighbourhood | None = None
    with keeping.listing(NEIGHBOURHOODS, row):
        if before is None and not versions:
            detail = "a neighbourhood has at least one version"
            raise RecordInvalid(detail, [Fault(detail, "/slug", rule="version-required")])
        if before is not None and is_same(NEIGHBOURHOODS, row.values, before):
            place = keeping.session.get(Neighbourhood, slug)
            keeping.done(NEIGHBOURHOODS, SAME)
        else:
            place = keep_place(keeping.session, keeping.actor, keeping.slug, row.values)
            keeping.done(NEIGHBOURHOODS, NEW if before is None else CHANGED)
    for number, version in enumerate(versions, start=1):
        own = pieces.pop((slug, version.values["version"]), [])
        if place is None:
            for table, each in ((VERSIONS, version), *((GROUND, piece) for piece in own)):
                _orphan(keeping, table, each, "its neighbourhood was refused")
            continue
        _keep_version(keeping, place, version, own, is_newest=number == len(versions))


def _keep_version(
    keeping: Keeping, place: Neighbourhood, row: Row, own: list[Row], *, is_newest: bool
) -> None:
    number = row.values["version"]
    before = keeping.known(VERSIONS, neighbourhood=place.slug, version=number)
    if before is not None:
        ground = [
            each for each in keeping.before[GROUND]
            if (each["neighbourhood"], each["version"]) == (place.slug, number)
        ]  # fmt: skip
        same_ground = len(ground) == len(own) and all(
            is_same(GROUND, each.values, was) for each, was in zip(own, ground, strict=True)
        )
        if same_ground and is_same(VERSIONS, row.values, before):
            keeping.done(VERSIONS, SAME)
            keeping.done(GROUND, SAME, len(own))
            return
        detail = f"version {number} of {place.slug!r} is here and never changes"
        keeping.refuse(
            VERSIONS, row, [Fault(detail, column="version", rule="version-never-changes")]
        )
        for each in own:
            _orphan(keeping, GROUND, each, "its version is here and never changes")
        return
    try:
        kept = KeptVersion(
            number, ground_said(keeping, own), row.values["reason"], row.values["made_at"],
            row.values["inputs"], row.values["figures"],
        )  # fmt: skip
        keep_version(
            keeping.session, keeping.actor, place, kept, is_newest=is_newest, now=datetime.now(UTC)
        )
    except BoundsError as problem:
        _list_version(keeping, row, own, problem)
        return
    keeping.done(VERSIONS, NEW)
    keeping.done(GROUND, NEW, len(own))


def _list_version(keeping: Keeping, row: Row, own: list[Row], problem: BoundsError) -> None:
    """List a version that was refused, and each row of its ground: by its own fault where it has one."""
    faults = faults_in(problem)
    by_value = {str(each.values["value"]): each for each in own}
    keeping.refuse(VERSIONS, row, [fault for fault in faults if fault.value not in by_value] or [
        Fault(problem.detail, column="neighbourhood", rule=faults[0].rule)
    ])  # fmt: skip
    named = {fault.value: fault for fault in faults if fault.value in by_value}
    for value, each in by_value.items():
        if value in named:
            fault = named[value]._replace(pointer="", column="value")
            keeping.refuse(GROUND, each, [fault])
    for each in own:
        if not keeping.is_refused(GROUND, each.number):
            _orphan(keeping, GROUND, each, "its version was refused")


def ground_said(keeping: Keeping, own: list[Row]) -> Ground:
    """Put the ground of a version, or of an estate, together.

    Raises RecordInvalid, GroundInvalid and what a checked outline raises.
    """
    kinds = {row.values["kind"] for row in own}
    if len(kinds) != 1 or not kinds <= {CODE, POSTCODE, OUTLINE}:
        detail = f"a version's ground is rows of one kind: {CODE}, {POSTCODE} or {OUTLINE}"
        raise RecordInvalid(detail, [Fault(detail, "/version", rule="ground-of-one-kind")])
    demo = get_partnership(keeping.session, keeping.slug).demo
    if kinds == {OUTLINE}:
        return Ground(outline=read_pieces(own), demo=demo)
    values = tuple(str(row.values["value"]) for row in own)
    if kinds == {POSTCODE}:
        return Ground(postcodes=values, demo=demo)
    days = {row.values.get("as_at") for row in own}
    day = days.pop() if len(days) == 1 else None
    if day is None:
        detail = "codes have one day on which they are read"
        raise RecordInvalid(detail, [Fault(detail, "/version", rule="codes-of-one-day")])
    return Ground(codes=values, as_at=day, demo=demo)


def _orphan(keeping: Keeping, table: str, row: Row, detail: str) -> None:
    column = "neighbourhood"
    keeping.refuse(table, row, [Fault(detail, column=column, rule="hangs-on-a-row")])
