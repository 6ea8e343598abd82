"""Reads what is known of the places a file names, places its lines, and says where each would go; stores nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.resources.known_places import districts_of, read_lookups, spots_of
from app.resources.methods.ledger import place_in_bucket
from app.resources.methods.place import Candidate, PlaceLookups, Placement, PlaceUnsure
from app.resources.methods.reasons import reason_of
from app.resources.methods.relate import PARTNERSHIP, relate_lines
from app.resources.methods.several_places import place_published, place_stated, place_told, together
from app.resources.methods.stated_shares import part_amount
from app.resources.queries import GroundFound, read_children, read_pieces
from app.resources.readers.frames import ReadLines, StatedAmount, StatedPlace
from app.resources.stated_places import estate_pieces, find_spots
from app.row_counts import PLACING, counted, tell_refused
from boundaries.crs import point_to_bng
from boundaries.errors import Fault, Invalid
from boundaries.queries import LayerMissing


@dataclass(frozen=True)
class Asked:
    """A row whose words name no place surely: `options` are the areas they may mean, none is taken."""

    row: int
    words: str
    options: tuple[Candidate, ...]


@dataclass(frozen=True)
class Placed:
    """The lines of one file with their places found.

    `frame`: the reader's columns and place_kind, place_text, place_code, place_type, place_name,
    place_postcode, easting, northing (metres, of a point), partnership_slug, grade, footprint_id,
    part_of and part_share (a row that states shares for several places is several lines), recipient_lad;
    dtype object, None where missing. `faults`: the reader's and the rows whose place is not sure.
    rows_in = rows of the file that the frame has lines of + rows named in `faults`.
    """

    frame: pd.DataFrame
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    rows_in: int
    asked: tuple[Asked, ...] = ()
    refused_amounts: Mapping[int, StatedAmount] = field(default_factory=dict)


def place_lines(
    session: Session, read: ReadLines, *, name: str, districts: Collection[str] = (), slug: str | None = None,
    by_words: bool, confirmed: Mapping[str, str] | None = None,
) -> Placed:  # fmt: skip
    """Place every line of a file.

    Parameters
    ----------
    read : what a reader found
    districts : the partnership's, whose wards may be named; empty where no partnership is meant
    slug : the partnership that "whole partnership" means
    by_words : a plain table, whose sender can be asked: a row whose place is not sure is refused with
        candidates. Otherwise a published file: such a line is kept at grade G, with candidates too.
    confirmed : words → the code, postcode or saved neighbourhood that a person says they mean
    """
    places = list(read.frame["places"])
    lookups = read_lookups(session, places, districts, slug=slug, confirmed=confirmed)
    lads = districts_of(session, read.frame["recipient_postcode"])
    kept: list[dict[str, Any]] = []
    faults, notes, asked = list(read.faults), list(read.notes), []
    amounts = dict(read.refused_amounts)
    for record in counted(read.frame.to_dict("records"), PLACING, len(read.frame)):
        home = {"recipient_lad": lads.get(record["recipient_postcode"])}
        try:
            placements = _place(record, lookups, by_words=by_words, slug=slug)
        except PlaceUnsure as unsure:
            words = unsure.words or "; ".join(each.name or "" for each in record["places"])
            faults.append(_fault(name, record, unsure.detail, words, unsure.rule, "place"))
            tell_refused(faults[-1:])
            asked.append(Asked(record["row"], words[:80], unsure.candidates))
            amounts[record["row"]] = StatedAmount(record["amount_pence"], record["currency"])
            continue
        for placement in placements:
            if placement.note:
                shown = placement.text or placement.code or ""
                notes.append(_fault(name, record, placement.note, shown, "place-is-sure"))
            if placement.candidates:
                asked.append(
                    Asked(record["row"], (placement.text or "")[:80], placement.candidates)
                )
        kept += [
            part | _place_columns(placement, slug) | home
            for part, placement in zip(_parts(record, len(placements)), placements, strict=True)
        ]
    columns = [
        *read.frame.columns, *_place_columns(Placement("none", "G"), None), "part_of", "part_share", "recipient_lad",
    ]  # fmt: skip
    frame = pd.DataFrame(
        {key: pd.Series([row[key] for row in kept], dtype=object) for key in columns}
    )
    return Placed(frame, tuple(faults), tuple(notes), read.rows_in, tuple(asked), amounts)


def _fault(
    name: str, record: Mapping[str, Any], detail: str, shown: str, rule: str, column: str = ""
) -> Fault:
    return Fault(detail, file=name, row=record["row"], column=column, value=shown[:80], rule=rule)


def _parts(record: dict[str, Any], places: int) -> list[dict[str, Any]]:
    """Make a line for each place that the row states a share for, amounts by largest remainder; else the row itself."""
    shares = record["shares"]
    if shares is None or places == 1:
        return [record | {"part_of": None, "part_share": None}]
    identifier = record["identifier"]
    return [
        record
        | {
            "identifier": f"{identifier}#{number}", "amount_pence": pence,
            "part_of": identifier, "part_share": share,
        }
        for number, (share, pence) in enumerate(
            zip(shares, part_amount(record["amount_pence"], shares), strict=True), start=1
        )
    ]  # fmt: skip


def _place(
    record: dict[str, Any], lookups: PlaceLookups, *, by_words: bool, slug: str | None
) -> list[Placement]:
    """Find the places of a row: as many as it states shares for, else one of all that it states."""
    places: tuple[StatedPlace, ...] = record["places"]
    if record["outline"] is not None:
        return [Placement("estate", "A", record["title"], type="estate", name=record["title"])]
    apart = record["shares"] is not None and len(places) > 1
    if not by_words:
        if apart:
            return [place_stated(each, lookups) for each in places]
        office = bool(record["recipient_address"])
        return [place_published(places, lookups, recipient_address=office)]
    if not places:
        return [Placement("none", "G")]
    placed = place_told(places, lookups)
    if slug is None and any(each.kind == "partnership" for each in placed):
        raise PlaceUnsure(
            "partnership-is-named", "The file is for no partnership, so there is no whole of one."
        )
    return placed if apart else [together(placed, lookups)]


def _place_columns(placement: Placement, slug: str | None) -> dict[str, Any]:
    kind, grade, text, easting, northing = (
        placement.kind,
        placement.grade,
        placement.text,
        None,
        None,
    )
    if kind == "point" and placement.lon is not None and placement.lat is not None:
        try:
            easting, northing = point_to_bng(placement.lon, placement.lat)
        except Invalid:  # beyond the National Grid: surely no place in England
            kind, grade, text = "abroad", "E", f"{placement.lon}, {placement.lat}"
    return {
        "place_kind": kind, "place_text": text, "place_code": placement.code, "place_type": placement.type,
        "place_name": placement.name or (text if kind == "abroad" else None), "place_postcode": placement.postcode,
        "easting": easting, "northing": northing,
        "partnership_slug": slug if kind == "partnership" else None, "grade": grade,
        "footprint_id": placement.footprint_id,
    }  # fmt: skip


def foresee(
    session: Session, placed: Placed, found: GroundFound | None, slug: str | None
) -> list[dict[str, Any]]:
    """Say for every line where it will go: grade and place, and against a partnership the bucket and why.

    `found` None (no partnership, or its ground is not loaded) leaves bucket, certainty,
    neighbourhood and reason None. The same rules decide as in the ledger.
    """
    frame = placed.frame
    shown = ("row", "identifier", "title", "amount_pence", "currency", "stage", "financial_year", "grade",
             "place_kind", "place_code", "place_type", "place_name", "place_text")  # fmt: skip
    rows = [{key: record[key] for key in shown} for record in frame.to_dict("records")]
    if found is None or not rows:
        return [
            row | dict.fromkeys(("bucket", "certainty", "neighbourhood", "reason")) for row in rows
        ]
    lines = frame.assign(
        line_id=frame["identifier"],
        place_code=_codes_of_ground(frame),
        small_area=_small_areas(session, frame, found),
        recipient_here=False,
    )
    lines["recipient_here"] = _recipients_here(session, frame, found)
    children = read_children(session, lines)
    if slug is not None:  # the partnership itself may not be saved yet
        children = children[children["parent"] != f"{PARTNERSHIP}{slug}"]
    pieces = read_pieces(session, frame["place_code"], found)
    unmeasured = frame["outline"].notna() | frame["footprint_id"].notna()
    estates = sorted({int(each) for each in frame["footprint_id"] if each is not None})
    if estates:
        try:
            measured = estate_pieces(session, estates, found)
        except LayerMissing:  # no outlines of small areas are loaded: nothing says where it lies
            pass
        else:
            pieces = pd.concat([pieces, measured], ignore_index=True)
            unmeasured = frame["outline"].notna()
    relations = relate_lines(lines, pieces, children, found.ground, slug=slug)
    names = {each.number: each.name for each in found.neighbourhoods}
    for row, is_open, (_, relation, *shares) in zip(
        rows, unmeasured, relations.itertuples(index=False, name=None), strict=True
    ):
        if is_open:
            told = "The estate is measured once it is stored, where small areas are drawn."
            row |= {"bucket": None, "certainty": None, "neighbourhood": None, "reason": told}
            continue
        bucket, certainty, number = place_in_bucket(relation, shares[0], shares[2], shares[3])
        row |= {
            "bucket": bucket, "certainty": certainty, "neighbourhood": number,
            "reason": reason_of(row, relation, shares, names),
        }  # fmt: skip
    return rows


def _codes_of_ground(frame: pd.DataFrame) -> pd.Series:
    """Give each line's codes, of an estate its footprint as the ledger names it."""
    codes = [
        code if footprint is None else f"footprint:{footprint}"
        for code, footprint in zip(frame["place_code"], frame["footprint_id"], strict=True)
    ]
    return pd.Series(codes, index=frame.index, dtype=object)


def _small_areas(session: Session, frame: pd.DataFrame, found: GroundFound) -> pd.Series:
    spots = spots_of(session, frame["place_postcode"], found.area_set)
    points = frame[frame["easting"].notna()]
    where = points[["easting", "northing"]].to_numpy(dtype=float)
    of_points = dict(zip(points.index, find_spots(session, where, found), strict=True))
    answers: list[str | None] = []
    for index, postcode in frame["place_postcode"].items():
        if postcode:
            lad, area = spots.get(postcode, (None, None))
            known = postcode in spots and lad not in found.ground.districts
            answers.append(area if area is not None else "" if known else None)
        else:
            answers.append(of_points.get(index, ""))
    return pd.Series(answers, index=frame.index, dtype=object)


def _recipients_here(session: Session, frame: pd.DataFrame, found: GroundFound) -> list[bool]:
    spots = spots_of(session, frame["recipient_postcode"], found.area_set)
    answers = []
    for kind, postcode, lad in zip(
        frame["place_kind"], frame["recipient_postcode"], frame["recipient_lad"], strict=True
    ):
        home, area = spots.get(postcode, (lad, None))
        inside = (
            area in found.ground.areas
            if area is not None
            else (home or lad) in found.ground.districts
        )
        answers.append(kind == "recipient" and inside)
    return answers
