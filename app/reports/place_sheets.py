"""One place as sheets for the analyst: areas, neighbourhoods, authorities, money with and without a point, sources."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import shapely
from sqlalchemy.orm import Session

from app.exports.sheets import Kind, Sheet
from app.findings.area_rows import AreaRow, area_rows
from app.findings.gather import Findings
from app.findings.queries import read_outlines
from app.findings.sketch import draw_place, join
from app.reports.money_facts import AMOUNTS, line_rows, total_rows
from app.reports.queries import line_points, lives, parents
from boundaries.levels import level_at_or_below, level_outlines
from boundaries.queries import layer_on
from maps.layers import Layer

AREAS: tuple[tuple[str, Kind], ...] = (
    ("code", "text"), ("name", "text"), ("selected", "truth"), ("cannot_tell", "truth"), ("rank", "whole"),
    ("decile", "whole"), ("people", "whole"), ("people_source", "text"), ("neighbourhood_number", "whole"),
    ("neighbourhood", "text"), ("clause", "text"), ("value", "number"), ("threshold", "number"),
    ("margin", "number"), ("smallest_change", "text"),
    ("index_id", "text"), ("ranked", "whole"), ("area_set", "text"), ("release", "text"), ("lad_code", "text"),
    ("wd_code", "text"), ("msoa_code", "text"), ("valid_from", "day"), ("valid_to", "day"),
)  # fmt: skip
NEIGHBOURHOODS: tuple[tuple[str, Kind], ...] = (
    ("number", "whole"), ("name", "text"), ("areas", "whole"), ("people", "whole"), ("people_source", "text"),
    ("middle_rank", "number"), ("codes", "text"), ("ward_code", "text"), ("lines", "whole"),
    ("located_pence", "whole"), ("estimated_pence", "whole"), ("note", "text"), ("index_id", "text"),
    ("release", "text"),
)  # fmt: skip
AUTHORITIES: tuple[tuple[str, Kind], ...] = (
    ("code", "text"), ("name", "text"), ("type", "text"), ("whole", "truth"), ("share_of_authority", "number"),
    ("share_of_partnership", "number"), ("population_share_of_authority", "number"),
    ("population_share_of_partnership", "number"), ("cty_code", "text"), ("release", "text"),
    ("valid_from", "day"), ("valid_to", "day"),
)  # fmt: skip
RESOURCES: tuple[tuple[str, Kind], ...] = (
    ("id", "text"), ("title", "text"), ("funder", "text"), ("programme", "text"), ("theme", "text"),
    ("recipient", "text"), ("stage", "text"), ("amount_pence", "whole"), ("currency", "text"),
    ("awarded_on", "day"), ("financial_year", "text"), ("grade", "text"), ("bucket", "text"),
    ("certainty", "text"), ("neighbourhood", "whole"), ("reason", "text"), ("place_kind", "text"),
    ("place_code", "text"), ("place_type", "text"), ("place_name", "text"), ("place_text", "text"),
    ("file_id", "text"), ("row", "whole"),
)  # fmt: skip
SHOWN: tuple[tuple[str, Kind], ...] = (("shown_at", "text"), ("release", "text"))
TOTALS: tuple[tuple[str, Kind], ...] = (
    ("bucket", "text"), ("label", "text"), ("lines", "whole"), ("located_pence", "whole"),
    ("estimated_pence", "whole"), ("partnership_wide_pence", "whole"), ("pence", "whole"),
    ("in_file_total", "truth"),
)  # fmt: skip
SOURCES: tuple[tuple[str, Kind], ...] = (
    ("title", "text"), ("publisher", "text"), ("licence", "text"), ("attribution", "text"), ("date", "day"),
    ("quality", "text"), ("partial", "truth"),
)  # fmt: skip


def place_sheets(session: Session, findings: Findings) -> list[Sheet]:
    """Make every sheet of a place's GeoPackage; each line of money stands in exactly one of two sheets."""
    rows = area_rows(findings)
    layers = draw_place(session, findings, with_money=False, rows=rows)
    return [
        area_sheet(session, findings, rows, layers),
        neighbourhood_sheet(findings, layers),
        authority_sheet(session, findings),
        *resource_sheets(session, findings),
        Sheet("ledger_totals", "The money by bucket", TOTALS, total_rows(findings.ledger)),
        Sheet("sources", "What the figures rest on, with licences", SOURCES, findings.sources),
    ]


def area_sheet(
    session: Session, findings: Findings, rows: list[AreaRow], layers: Iterable[Layer] = ()
) -> Sheet:
    """Write the small areas of a place: outcome, rank, people, release and parents; shapes where layers are given."""
    index, codes = findings.designated.index, [row.code for row in rows]
    life = lives(session, codes)
    above = {kind: parents(session, codes, kind) for kind in ("lad", "wd", "msoa")}
    source = str(findings.summary["people_source"])
    areas: list[dict[str, Any]] = list(findings.designated.as_plain()["areas"])
    clauses = {area["code"]: area["clauses"] for area in areas}
    plain = [
        {
            "code": row.code, "name": row.name, "selected": row.selected, "cannot_tell": row.cannot_tell,
            "rank": row.rank, "decile": row.decile, "people": row.people, "people_source": source,
            "neighbourhood_number": row.number, "neighbourhood": row.neighbourhood, "clause": row.clause,
            **_only_clause(clauses[row.code]), "smallest_change": row.change, "index_id": index.id,
            "ranked": index.areas_total, "area_set": index.area_set, "release": index.release_id,
            **{f"{kind}_code": found.get(row.code) for kind, found in above.items()},
            "valid_from": life.get(row.code, {}).get("valid_from"),
            "valid_to": life.get(row.code, {}).get("valid_to"),
        }
        for row in rows
    ]  # fmt: skip
    title = f"Small areas by {index.title}"
    drawn = [layer for layer in layers if layer.role == "choropleth"]
    if not drawn:
        return Sheet("areas", title, AREAS, plain)
    shape_of = dict(zip(drawn[0].codes, drawn[0].frame.geometry, strict=True))
    return Sheet(
        "areas", title, AREAS, plain, [shape_of.get(code) for code in codes], "MultiPolygon"
    )


def _only_clause(clauses: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the figures of a rule's one clause; a rule of several has them in words alone."""
    if len(clauses) != 1:
        return {}
    return {name: clauses[0][name] for name in ("value", "threshold", "margin")}


def neighbourhood_sheet(findings: Findings, layers: Iterable[Layer] = ()) -> Sheet:
    """Write the priority neighbourhoods with their money; shapes where layers are given."""
    designated = findings.designated
    groups: list[dict[str, Any]] = list(designated.as_plain()["groups"])
    rows = []
    for group in groups:
        own = [line for line in findings.ledger.lines if line["neighbourhood"] == group["number"]]
        money = {
            f"{kind}_pence": sum(line["amount_pence"] for line in own if line["certainty"] == kind)
            for kind in AMOUNTS
        }
        rows.append(
            group
            | money
            | {
                "codes": " ".join(group["codes"]), "lines": len(own), "note": group["note"] or None,
                "index_id": designated.index.id, "release": designated.index.release_id,
                "people_source": findings.summary["people_source"],
            }
        )  # fmt: skip
    title = "Priority neighbourhoods: selected small areas joined within a ward"
    drawn = [layer for layer in layers if layer.role == "neighbourhood"]
    if not drawn:
        empty = [None] * len(rows)
        return Sheet("neighbourhoods", title, NEIGHBOURHOODS, rows, empty, "MultiPolygon")
    shape_of = dict(zip(drawn[0].labels, drawn[0].frame.geometry, strict=True))
    shapes = [shape_of.get(str(row["number"])) for row in rows]
    return Sheet("neighbourhoods", title, NEIGHBOURHOODS, rows, shapes, "MultiPolygon")


def authority_sheet(session: Session, findings: Findings) -> Sheet:
    """Write the councils that the partnership stands on or touches, with their shares and outlines of the day."""
    listed = [row for row in findings.alignment["authorities"] if row["tier"] == "lower"]
    listed = [row for row in listed if row.get("touched", True)]
    codes = [row["code"] for row in listed]
    layer = layer_on(session, "lad", findings.day, demo=findings.ground.demo)
    drawn = read_outlines(session, layer.id, codes=codes)
    shape_of = dict(zip(drawn["code"], drawn.geometry, strict=True))
    life, county = lives(session, codes), parents(session, codes, "cty")
    rows = [
        {
            **row, "cty_code": county.get(row["code"]), "release": layer.id,
            "valid_from": life.get(row["code"], {}).get("valid_from"),
            "valid_to": life.get(row["code"], {}).get("valid_to"),
        }
        for row in listed
    ]  # fmt: skip
    title = f"Councils on {findings.day.isoformat()}"
    shapes = [shape_of.get(code) for code in codes]
    return Sheet("authorities", title, AUTHORITIES, rows, shapes, "MultiPolygon")


def resource_sheets(session: Session, findings: Findings) -> tuple[Sheet, Sheet]:
    """Write every line of the ledger: those that can be shown at a point, and those that cannot.

    Lines paid to organisations based here and lines in other currencies are among them, in buckets
    of their own, so that no line of the ledger is missing; those paid to organisations elsewhere
    are a count and a sum in the ledger, and so in `ledger_totals`.
    """
    lines = line_rows(findings.ledger)
    shown = line_points(session, [line["id"] for line in lines if line["grade"] in ("A", "B", "C")])
    placed = [line for line in lines if line["id"] in shown]
    unplaced = [line for line in lines if line["id"] not in shown]
    points = [shown[line["id"]] for line in placed]
    rows = [
        line | {"shown_at": point.shown_at, "release": point.release}
        for line, point in zip(placed, points, strict=True)
    ]
    on_map = Sheet(
        "resources", "Lines of money that name a point or a small place", RESOURCES + SHOWN, rows,
        [point.point for point in points], "Point",
    )  # fmt: skip
    title = "Lines of money that name no place finer than a district, or none"
    return on_map, Sheet("resources_unplaced", title, RESOURCES, unplaced)


def partnership_features(
    session: Session, findings: Findings
) -> tuple[list[dict[str, Any]], list[Any], list[Any], date]:
    """Give the partnership and its councils as properties, shapes in metres, shapes in degrees, and the day."""
    layers = [
        layer
        for layer in draw_place(session, findings, with_money=False)
        if layer.role == "outline"
    ]
    authorities = {row["code"]: row for row in authority_sheet(session, findings).rows}
    properties: list[dict[str, Any]] = []
    metres: list[Any] = []
    degrees: list[Any] = []
    whole = [layer for layer in layers if layer.codes == ["outline"]]
    councils = [layer for layer in layers if layer.codes != ["outline"]]
    for layer in whole or councils[:1]:
        properties.append(
            {
                "kind": "partnership", "code": None, "slug": findings.ground.slug, "name": findings.ground.name,
                "councils": list(findings.ground.codes), "demo": findings.ground.demo,
                "verdict": findings.alignment["verdict"], "sentence": findings.alignment["sentence"],
            }
        )  # fmt: skip
        metres.append(layer.frame.geometry.iloc[0])
        degrees.append(layer.frame["geom_wgs84"].iloc[0])
    for layer in councils:
        for code, shape, lonlat in zip(
            layer.codes, layer.frame.geometry, layer.frame["geom_wgs84"], strict=True
        ):
            row = authorities.get(code, {})
            properties.append(
                {"kind": "authority"} | {name: row.get(name) for name, _ in AUTHORITIES}
            )
            metres.append(shape)
            degrees.append(lonlat)
    return properties, metres, degrees, findings.day


def simplified_degrees(
    session: Session,
    findings: Findings,
    properties: list[dict[str, Any]],
    degrees: list[Any],
    simplify_m: float,
) -> tuple[list[Any], float | None]:
    """Put the districts' level in place of their outlines in degrees, and the partnership together of them.

    Gives the shapes, and the level in metres (None: there is none at or below `simplify_m`). A
    partnership's own outline is in no release and stays as it was drawn.
    """
    release_id = layer_on(session, "lad", findings.day, demo=findings.ground.demo).id
    level_m = level_at_or_below(session, release_id, simplify_m)
    if level_m is None:
        return degrees, None
    codes = [str(one["code"]) for one in properties if one["kind"] == "authority"]
    drawn = level_outlines(session, release_id, level_m, codes)
    made = []
    for one, shape in zip(properties, degrees, strict=True):
        if one["kind"] == "authority":
            made.append(drawn.get(str(one["code"]), shape))
        elif findings.ground.outline_wkb is None and len(drawn):
            made.append(join(drawn))
        else:
            made.append(shape)
    return made, level_m


def metre_texts(shapes: Iterable[Any]) -> list[str]:
    """Write shapes in metres as GeoJSON with two decimals, outer rings counter-clockwise."""
    rounded = [
        shapely.transform(shape, lambda xy: xy.round(2)) if shape is not None else None
        for shape in shapes
    ]
    return [
        "null" if shape is None else str(shapely.to_geojson(shapely.orient_polygons(shape)))
        for shape in rounded
    ]
