"""Brings in the partnership itself and its register of members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import shapely

from app.partnerships.actions import change_partnership, create_partnership, slug_of
from app.partnerships.methods.members import SECTORS, check_members, sector_of
from app.records.keeping import NEW, SAME, Keeping, is_same
from app.records.methods.columns import GROUND, MEMBERS, OUTLINE, PARTNERSHIP, TABLES
from app.records.reading import RecordInvalid, Row
from app.records.revisions import untouched
from boundaries.errors import Fault
from boundaries.untrusted import check_depth, parse_outline


def keep_partnership(keeping: Keeping) -> bool:
    """Make the partnership or change what differs; False where it is not here and cannot be made."""
    pieces = [row for row in keeping.rows(GROUND) if row.values["neighbourhood"] is None]
    rows = keeping.rows(PARTNERSHIP)
    before = keeping.known(PARTNERSHIP, slug=keeping.slug)
    for row in rows[1:]:
        detail = "a record is of one partnership"
        keeping.refuse(PARTNERSHIP, row, [Fault(detail, column="slug", rule="one-partnership")])
    if not rows:
        _outline_stays(keeping, pieces)
        return before is not None
    row = rows[0]
    if row.values["slug"] != keeping.slug or slug_of(keeping.slug) != keeping.slug:
        detail = f"it is brought in as {keeping.slug!r}: small letters, figures and hyphens"
        keeping.refuse(PARTNERSHIP, row, [Fault(detail, column="slug", rule="slug")])
        return before is not None
    said = {k: v for k, v in row.values.items() if k != "slug"}
    if said.get("kind") is None:
        said.pop("kind", None)
    if before is not None:
        _outline_stays(keeping, pieces)
        with keeping.listing(PARTNERSHIP, row):
            if is_same(PARTNERSHIP, said, before):
                keeping.done(PARTNERSHIP, SAME)
            else:
                change_partnership(keeping.session, keeping.actor, keeping.slug, said, keeping.day)
                keeping.changes(PARTNERSHIP, row, before)
        return True
    outline = _outline(keeping, pieces)
    with keeping.listing(PARTNERSHIP, row):
        create_partnership(
            keeping.session,
            keeping.actor,
            slug=keeping.slug,
            outline=outline,
            day=keeping.day,
            **said,
        )
        keeping.done(PARTNERSHIP, NEW)
    return not keeping.is_refused(PARTNERSHIP, row.number)


def read_pieces(pieces: list[Row]) -> shapely.MultiPolygon:
    """Put the pieces of an outline together and check it before anything measures it. Raises Invalid."""
    written = "".join(str(row.values["value"]) for row in pieces)
    try:
        geometry = orjson.loads(written)
    except orjson.JSONDecodeError as error:
        detail = "its pieces together are no GeoJSON"
        raise RecordInvalid(detail, [Fault(detail, "/value", rule="outline-in-order")]) from error
    check_depth(geometry)
    outline = parse_outline(geometry, system="bng", pointer="/value")
    return shapely.multipolygons(shapely.get_parts(outline))


def _outline(keeping: Keeping, pieces: list[Row]) -> shapely.MultiPolygon | None:
    """Read the partnership's own outline; None where the file has none, or one that is listed as wrong."""
    wrong = [
        row
        for row in pieces
        if row.values["kind"] != OUTLINE or row.values.get("version") is not None
    ]
    for row in wrong:
        detail = "without a neighbourhood it is the partnership's outline, which has no version"
        keeping.refuse(
            GROUND, row, [Fault(detail, column="neighbourhood", rule="ground-of-something")]
        )
    if wrong or not pieces:
        return None
    ordered = sorted(pieces, key=lambda row: row.values["piece"])
    outline: list[Any] = []
    with keeping.listing(GROUND, ordered[0]):
        outline.append(read_pieces(ordered))
        keeping.done(GROUND, NEW, len(pieces))
    if not outline:
        for row in ordered[1:]:
            detail = "it is a piece of an outline that was refused"
            keeping.refuse(GROUND, row, [Fault(detail, column="value", rule="outline-in-order")])
        return None
    return shapely.multipolygons(shapely.get_parts(outline[0]))


def _outline_stays(keeping: Keeping, pieces: list[Row]) -> None:
    """Refuse an outline of a partnership that is here with another."""
    here = [row for row in keeping.before.get(GROUND, ()) if row["neighbourhood"] is None]
    said = sorted((row.values["piece"], row.values["value"]) for row in pieces)
    if said == [(row["piece"], row["value"]) for row in here]:
        keeping.done(GROUND, SAME, len(pieces))
        return
    for row in pieces:
        detail = "the outline of a partnership that is here stays as it is"
        keeping.refuse(GROUND, row, [Fault(detail, column="value", rule="outline-stays")])


def keep_members(keeping: Keeping) -> None:
    """Let the register of a file take the place of the one that is here, unless a member is in no sector or twice."""
    rows = keeping.rows(MEMBERS)
    if not rows:
        return
    members = [{k: v for k, v in row.values.items() if v not in (None, [])} for row in rows]
    before = list(keeping.before.get(MEMBERS, ()))
    as_before = _kept_before_sectors(rows, before)
    faults = list(check_members(members, as_before=as_before))
    for at, row in enumerate(rows):
        own = [
            each._replace(pointer="", column=each.pointer.split("/")[-1])
            for each in faults
            if each.pointer.split("/")[2] == str(at)
        ]
        if own:
            keeping.refuse(MEMBERS, row, own)
    if faults:
        return
    for row in rows:
        if str(row.values["name"]) in as_before:
            detail = "it is in no sector, as it was kept before sectors were asked for; say one"
            keeping.note(MEMBERS, row, detail, "member-without-a-sector")
    if len(before) == len(rows) and all(
        is_same(MEMBERS, row.values, was) for row, was in zip(rows, before, strict=True)
    ):
        keeping.done(MEMBERS, SAME, len(rows))
        return
    for row in rows:
        name = str(row.values["name"]).strip()
        was = next((each for each in before if each["name"] == name), None)
        if was is not None and not is_same(MEMBERS, row.values, was):
            keeping.changes(MEMBERS, row, was)
        else:
            keeping.done(MEMBERS, NEW if was is None else SAME)
    for was in before:
        if was["name"] not in {str(row.values["name"]).strip() for row in rows}:
            keeping.note(
                MEMBERS,
                rows[0],
                f"{was['name']} is in the register and not in the file: it goes",
                "goes",
            )
    change_partnership(
        keeping.session, keeping.actor, keeping.slug, {"members": members}, keeping.day,
        as_before=as_before,
    )  # fmt: skip


def _kept_before_sectors(rows: list[Row], before: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Name the members in no sector that were kept so: those here, or of a register as it was taken away."""
    taken_away = untouched(TABLES[MEMBERS], rows)
    return frozenset(
        str(row.values["name"])
        for row in rows
        if sector_of(row.values) not in SECTORS
        and (taken_away or any(is_same(MEMBERS, row.values, was) for was in before))
    )
