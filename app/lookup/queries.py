"""Reads for looking up: what layers hold at a point by the database, a postcode's row, those that begin so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.lookup.answers import (
    Place,
    area_item,
    follow_directory,
    point_body,
    postcode_body,
    wanted_layers,
)
from app.lookup.named import NamedRows
from app.lookup.postcode_spelling import UnknownPostcode, candidates, part_of_postcode, span_of_part
from boundaries.database import named_sql
from boundaries.errors import Fault
from boundaries.gss import normalise_code
from boundaries.names import codes_of_other_schemes, read_names
from boundaries.point_lookup import DayLayer, areas_at_point, layers_of_day
from boundaries.sources.postcodes import tidy_postcode
from boundaries.tables import Area, Postcode

OFFICIAL = {"lad": "lad_code", "lsoa": "lsoa21_code"}


def areas_here(
    session: Session, easting: float, northing: float, types: Sequence[str], day: date
) -> list[dict[str, Any]]:
    """List the area of each type at a point (BNG) on a day, with metres to its border, as the database says.

    Where nothing real lies there, the invented county is asked.
    """
    layers = wanted_layers(layers_of_day(session, day), types)
    for demo in (False, True):
        world = [layer for layer in layers if layer.demo is demo]
        found = areas_at_point(session, world, easting, northing, day) if world else {}
        if found:
            return [
                area_item(layer, found[layer.release]) for layer in world if layer.release in found
            ]
    return []


def look_up_place(
    session: Session, place: Place, types: Sequence[str], day: date
) -> dict[str, Any]:
    """Answer what lies at a point from the database alone."""
    return point_body(place, areas_here(session, place.easting, place.northing, types, day))


def look_up_postcode(
    session: Session, written: str, types: Sequence[str], day: date
) -> dict[str, Any]:
    """Say where a postcode is, from the database alone: its point, areas and metres to each border.

    Raises UnknownPostcode. A part of a postcode lists the districts of those that begin so.
    """
    row = postcode_row(session, written)
    if row is None:
        return districts_of_part(session, written)
    layers = [
        layer
        for layer in wanted_layers(layers_of_day(session, day), types)
        if layer.demo is row["demo"]
    ]
    found = areas_at_point(session, layers, row["easting"], row["northing"], day)
    names = _names(session, [row[column] for column in OFFICIAL.values() if row[column]], day)
    areas = []
    for layer in layers:
        if layer.release in found:
            official = row[OFFICIAL[layer.type]] if layer.type in OFFICIAL else None
            seen = follow_directory(found[layer.release], official, names.get(official or ""))
            areas.append(postcode_area_item(layer, seen))
    return postcode_body(row, areas)


def postcode_area_item(layer: DayLayer, found: dict[str, Any]) -> dict[str, Any]:
    """Write one area of a postcode, and that the directory is followed against the outline where it is."""
    item = area_item(layer, {"beside": {}, **found})
    if "outline_says" in found:
        item["note"] = (
            f"as the official directory says; the outline at its point is that of {found['outline_says']}"
        )
    return item


def _names(session: Session, codes: Sequence[str], day: date) -> dict[str, str]:
    rows = session.execute(
        select(Area.code, Area.name).where(
            Area.code.in_(codes),
            (Area.valid_from.is_(None)) | (Area.valid_from <= day),
            (Area.valid_to.is_(None)) | (Area.valid_to > day),
        )
    )
    return {row[0]: row[1] for row in rows}


def postcode_row(session: Session, written: str) -> dict[str, Any] | None:
    """Read one postcode's row, however it is spaced and cased; None where it is not here."""
    row = session.execute(
        named_sql(__file__, "postcode"), {"postcode": tidy_postcode(written)}
    ).mappings()  # fmt: skip
    found = row.one_or_none()
    return dict(found) if found else None


def districts_of_part(session: Session, written: str) -> dict[str, Any]:
    """List the districts of the postcodes that begin so, with shares. Raises UnknownPostcode.

    A whole postcode that is not here is never taken for another: what it may be is named.
    """
    meant = candidates(written)
    here = list(
        session.scalars(
            select(Postcode.postcode)
            .where(Postcode.postcode.in_(meant))
            .order_by(Postcode.postcode)
        )
    )
    if here:
        raise UnknownPostcode(
            f"{written[:20]!r} is not loaded here; perhaps {', '.join(here)} is meant",
            [Fault("perhaps this is meant", value=each) for each in here],
        )
    stem = part_of_postcode(written)
    first, last, pattern = span_of_part(stem)
    rows = session.execute(
        named_sql(__file__, "postcodes_beginning"),
        {"first": first, "last": last, "pattern": pattern},
    ).all()
    total = sum(row.postcodes for row in rows)
    if not total:
        raise UnknownPostcode(
            f"no postcode {stem!r} is loaded here; it may be new, misspelt or elsewhere in England",
            [Fault("unknown postcode", value=written[:20])],
        )
    return {
        "postcode": stem,
        "status": "partial",
        "postcodes": total,
        "is_split": len(rows) > 1,
        "districts": [
            {
                "code": r.lad_code,
                "name": r.name,
                "postcodes": r.postcodes,
                "share": r.postcodes / total,
            }
            for r in rows
        ],
        "areas": [],
    }


def postcodes_of_rows(session: Session, postcodes: Collection[str]) -> Sequence[Any]:
    """Read many postcodes by their tidy text, in any order; those that are not here are left out."""
    if not postcodes:
        return []
    return session.execute(
        # In order, as the index and the table are: neighbours are read together.
        named_sql(__file__, "postcodes_of_rows"),
        {"postcodes": sorted(postcodes)},
    ).all()


def codes_of_rows(
    session: Session, written: Collection[str], day: date
) -> dict[str, tuple[list[str], str]]:
    """Answer many codes: what each is, and its status on a day; those that no scheme knows are left out."""
    tidy = {one: normalise_code(one) for one in written}
    rows = session.execute(
        named_sql(__file__, "codes_of_rows"), {"codes": list(set(tidy.values()))}
    )  # fmt: skip
    known = {row.code: row for row in rows}
    lost = [one for one, code in tidy.items() if code not in known]
    other = _other_schemes(session, lost) if lost else {}
    answers = {}
    for one, code in tidy.items():
        scheme, area = ("", known[code]) if code in known else other.get(one, ("", None))
        if area is not None:
            told = _life_status(area.valid_from, area.valid_to, day)
            cells = [
                area.code,
                area.type,
                area.name,
                area.valid_from,
                area.valid_to,
                area.followed_by,
            ]
            status = f"{told}; by {scheme} code" if scheme else told
            answers[one] = (["" if cell is None else str(cell) for cell in cells], status)
    return answers


def _other_schemes(session: Session, written: Sequence[str]) -> dict[str, tuple[str, Any]]:
    """Find areas by codes of other schemes; a code that means several areas is not decided."""
    asked = sorted({*written, *(one.upper() for one in written)})
    found: dict[str, list[tuple[str, str]]] = {}
    for code, scheme, area in codes_of_other_schemes(session, asked):
        found.setdefault(code.upper(), []).append((scheme, area))
    single = {
        code: means[0] for code, means in found.items() if len({area for _, area in means}) == 1
    }
    rows = session.execute(
        named_sql(__file__, "codes_of_rows"), {"codes": [area for _, area in single.values()]}
    )
    areas = {row.code: row for row in rows}
    return {
        one: (single[one.upper()][0], areas[single[one.upper()][1]])
        for one in written
        if one.upper() in single and single[one.upper()][1] in areas
    }


def _life_status(start: date | None, end: date | None, day: date) -> str:
    if end is not None and end <= day:
        return f"found: ended {end}"
    if start is not None and start > day:
        return f"found: begins {start}"
    return "found"


def names_of_rows(session: Session, day: date) -> NamedRows:
    """Read every name, to answer rows that name an area."""
    return NamedRows(read_names(session), day)


def names_of_areas(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Name some areas by code."""
    rows = session.execute(select(Area.code, Area.name).where(Area.code.in_(list(codes))))
    return {row[0]: row[1] for row in rows}
