"""Reads what is known of the places a file names, places its lines, and says where each would go; stores nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.resources.methods.ledger import place_in_bucket
from app.resources.methods.place import (
    PlaceLookups,
    Placement,
    PlaceUnsure,
    place_by_words,
    place_published,
)
from app.resources.methods.postcodes import read_postcode
from app.resources.methods.reasons import reason_of
from app.resources.methods.relate import PARTNERSHIP, relate_lines
from app.resources.queries import GroundFound, among, read_children, read_pieces
from app.resources.readers.frames import ReadLines, StatedPlace
from boundaries.crs import point_to_bng
from boundaries.database import named_sql
from boundaries.errors import Fault, Invalid
from boundaries.gss import is_gss_code, normalise_code
from boundaries.tables import Area, Membership, Postcode

_NAMED_TYPES = ("lad", "cty", "rgn", "cauth")
_WITHIN_TYPES = ("wd", "par", "ncp")


@dataclass(frozen=True)
class Placed:
    """The lines of one file with their places found.

    `frame`: the reader's columns and place_kind, place_text, place_code, place_type, place_name,
    place_postcode, easting, northing (metres, of a point), partnership_slug, grade, recipient_lad;
    dtype object, None where missing. `faults`: the reader's and the rows whose place is not sure.
    rows_in = rows of the frame + rows named in `faults`.
    """

    frame: pd.DataFrame
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    rows_in: int


def place_lines(
    session: Session, read: ReadLines, *, name: str, districts: Collection[str] = (), slug: str | None = None,
    by_words: bool,
) -> Placed:  # fmt: skip
    """Place every line of a file.

    Parameters
    ----------
    read : what a reader found
    districts : the partnership's, whose wards may be named; empty where no partnership is meant
    slug : the partnership that "whole partnership" means
    by_words : a plain table, whose sender can be asked: a row whose place is not sure is refused with
        candidates. Otherwise a published file: such a line is kept at grade G.
    """
    places = list(read.frame["places"])
    lookups = _lookups(session, places, districts)
    lads = _districts_of(session, read.frame["recipient_postcode"])
    kept: list[dict[str, Any]] = []
    faults, notes = list(read.faults), list(read.notes)
    for record in read.frame.to_dict("records"):
        try:
            placement = _place(record, lookups, by_words=by_words, slug=slug)
        except PlaceUnsure as unsure:
            words = record["places"][0].name or ""
            faults.append(
                Fault(
                    unsure.detail,
                    file=name,
                    row=record["row"],
                    column="place",
                    value=words[:80],
                    rule=unsure.rule,
                )
            )
            continue
        if placement.note:
            shown = placement.text or placement.code or ""
            notes.append(
                Fault(
                    placement.note,
                    file=name,
                    row=record["row"],
                    value=shown[:80],
                    rule="place-is-sure",
                )
            )
        home = {"recipient_lad": lads.get(record["recipient_postcode"])}
        kept.append(record | _place_columns(placement, slug) | home)
    columns = [*read.frame.columns, *_place_columns(Placement("none", "G"), None), "recipient_lad"]
    frame = pd.DataFrame(
        {key: pd.Series([row[key] for row in kept], dtype=object) for key in columns}
    )
    return Placed(frame, tuple(faults), tuple(notes), read.rows_in)


def _place(
    record: dict[str, Any], lookups: PlaceLookups, *, by_words: bool, slug: str | None
) -> Placement:
    places: tuple[StatedPlace, ...] = record["places"]
    if not by_words:
        return place_published(places, lookups, recipient_address=bool(record["recipient_address"]))
    if not places:
        return Placement("none", "G")
    placement = place_by_words(places[0].name or "", lookups)
    if placement.kind == "partnership" and slug is None:
        raise PlaceUnsure(
            "partnership-is-named", "The file is for no partnership, so there is no whole of one."
        )
    return placement


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
    }  # fmt: skip


def _lookups(
    session: Session, places: Iterable[tuple[StatedPlace, ...]], districts: Collection[str]
) -> PlaceLookups:
    stated = [each for several in places for each in several]
    codes = {normalise_code(each.code) for each in stated if each.code}
    codes |= {normalise_code(each.name) for each in stated if each.name}
    written = {read_postcode(each.name).postcode for each in stated}
    areas = session.execute(
        select(Area.code, Area.type, Area.name).where(
            among(Area.code, {code for code in codes if is_gss_code(code)})
        )
    ).all()
    postcodes = session.scalars(
        select(Postcode.postcode).where(
            among(Postcode.postcode, {each for each in written if each})
        )
    ).all()
    home = aliased(Area)
    within = session.execute(
        select(Area.code, Area.type, Area.name, home.name, Area.valid_to)
        .join(Membership, Membership.child_code == Area.code)
        .join(home, home.code == Membership.parent_code)
        .where(
            Membership.parent_type == "lad", Membership.parent_code.in_(sorted(districts)),
            Area.type.in_(_WITHIN_TYPES),
        )
        .order_by(Area.code, home.code)
    ).all()  # fmt: skip
    named = session.execute(
        select(Area.code, Area.type, Area.name, Area.valid_to)
        .where(Area.type.in_(_NAMED_TYPES))
        .order_by(Area.code)
    ).all()
    rows = {row[0]: (row[0], row[1], row[2], row[3], row[4] is None) for row in within}
    rows |= {row[0]: (row[0], row[1], row[2], "", row[3] is None) for row in named}
    return PlaceLookups(
        pd.DataFrame(areas, columns=["code", "type", "name"]),
        pd.DataFrame({"postcode": list(postcodes)}),
        pd.DataFrame(list(rows.values()), columns=["code", "type", "name", "within", "current"]),
    )


def _districts_of(session: Session, postcodes: Iterable[str | None]) -> dict[str, str]:
    wanted = sorted({postcode for postcode in postcodes if postcode})
    rows = session.execute(
        select(Postcode.postcode, Postcode.lad_code).where(
            among(Postcode.postcode, wanted), Postcode.lad_code.is_not(None)
        )
    )
    return {row[0]: str(row[1]) for row in rows}


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
        line_id=frame["row"], small_area=_small_areas(session, frame, found), recipient_here=False
    )
    lines["recipient_here"] = _recipients_here(session, frame, found)
    children = read_children(session, lines)
    if slug is not None:  # the partnership itself may not be saved yet
        children = children[children["parent"] != f"{PARTNERSHIP}{slug}"]
    relations = relate_lines(
        lines, read_pieces(session, frame["place_code"], found), children, found.ground, slug=slug
    )
    names = {each.number: each.name for each in found.neighbourhoods}
    for row, (_, relation, *shares) in zip(
        rows, relations.itertuples(index=False, name=None), strict=True
    ):
        bucket, certainty, number = place_in_bucket(relation, shares[0], shares[2], shares[3])
        row |= {
            "bucket": bucket, "certainty": certainty, "neighbourhood": number,
            "reason": reason_of(row, relation, shares, names),
        }  # fmt: skip
    return rows


def _spots(
    session: Session, postcodes: Iterable[str | None], area_set: str
) -> dict[str, tuple[str | None, str | None]]:
    wanted = sorted({postcode for postcode in postcodes if postcode})
    rows = session.execute(
        named_sql(__file__, "spots"), {"postcodes": wanted, "area_set": area_set}
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _small_areas(session: Session, frame: pd.DataFrame, found: GroundFound) -> pd.Series:
    spots = _spots(session, frame["place_postcode"], found.area_set)
    points = frame[frame["easting"].notna()]
    rows = session.execute(
        named_sql(__file__, "point_areas"),
        {
            "eastings": [float(each) for each in points["easting"]],
            "northings": [float(each) for each in points["northing"]],
            "area_set": found.area_set,
        },
    )
    of_points = {points.index[row[0] - 1]: row[1] for row in rows}
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
    spots = _spots(session, frame["recipient_postcode"], found.area_set)
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
