"""Parishes and misaligned ground as files: CSV rows and GeoJSON features; computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import orjson

from app.exports.csv import write_csv
from app.exports.geojson import write_collection
from app.exports.sheets import Kind, Sheet
from app.partnerships.misaligned import MisalignedGround, say_misaligned
from app.partnerships.parishes import Parishes, parish_body, plain_rows
from maps.geojson import geometry_texts, wgs84_geometries

PARISH_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("code", "text"), ("name", "text"), ("kind", "text"), ("whole", "truth"), ("area_m2", "whole"),
    ("share_of_parish", "number"), ("share_of_partnership", "number"), ("people", "whole"),
    ("people_inside", "whole"), ("quality", "text"), ("release", "text"),
)  # fmt: skip

NEIGHBOUR_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("kind", "text"), ("code", "text"), ("name", "text"), ("county_code", "text"), ("county_name", "text"),
    ("border_m", "number"), ("people", "whole"), ("as_at", "day"), ("release", "text"), ("attribution", "text"),
)  # fmt: skip
OVERLAP_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("partnership", "text"), ("name", "text"), ("kind", "text"), ("overlap_m2", "whole"), ("people", "whole"),
    ("share_of_this", "number"), ("share_of_that", "number"), ("population_share_of_this", "number"),
    ("population_share_of_that", "number"), ("same_ground", "truth"), ("shared_members", "text"),
    ("as_at", "day"), ("people_source", "text"), ("release", "text"), ("attribution", "text"),
)  # fmt: skip


def parishes_csv(found: Parishes) -> bytes:
    """Write the parishes and the unparished remainder; each row says how good its outline is."""
    return write_csv(
        Sheet("parishes", f"Parishes of {found.name}", PARISH_COLUMNS, plain_rows(found))
    )


def parishes_geojson(found: Parishes) -> bytes:
    """Write what of each parish lies in the partnership, and the unparished remainder, as features."""
    body = parish_body(found)
    about = {
        key: body[key]
        for key in ("sentence", "as_at", "release", "quality", "approximate", "attribution", "people_source")
    }  # fmt: skip
    return write_collection(
        feature_texts(found.frame, plain_rows(found)),
        {"title": f"Parishes of {found.name}", **about}, in_metres=False,
    )  # fmt: skip


def misaligned_geojson(name: str, found: MisalignedGround) -> bytes:
    """Write the ground on which a partnership's outline and the councils part ways as features."""
    about: dict[str, Any] = {
        "title": f"Where {name} and the councils part ways", "sentence": say_misaligned(name, found),
        "pieces_in_all": found.in_all, "tolerance_m": found.tolerance_m,
    }  # fmt: skip
    if found.layer is not None:
        about |= {"release": found.layer.id, "attribution": found.layer.attribution}
    texts = feature_texts(found.frame(), found.rows()) if found.pieces else ""
    return write_collection(texts, about, in_metres=False)


def feature_texts(frame: gpd.GeoDataFrame, rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows with their shapes in longitude and latitude as feature texts, commas between."""
    texts = geometry_texts(wgs84_geometries(frame), 7)
    return ",".join(
        orjson.dumps(
            {"type": "Feature", "id": row["code"], "geometry": orjson.Fragment(text), "properties": dict(row)}
        ).decode()
        for row, text in zip(rows, texts, strict=True)
    )  # fmt: skip


def neighbours_csv(body: Mapping[str, Any]) -> bytes:
    """Write the authorities along a partnership's border, then the partnerships beside it; each row says which."""
    rows = [row | {"kind": "authority"} for row in body["authorities"]]
    rows += [
        row | {"kind": "partnership", "code": row["partnership"]} for row in body["partnerships"]
    ]
    told = {key: body[key] for key in ("as_at", "release", "attribution")}
    return write_csv(
        Sheet(
            "neighbours",
            "What lies beside a partnership",
            NEIGHBOUR_COLUMNS,
            [row | told for row in rows],
        )
    )


def overlaps_csv(body: Mapping[str, Any]) -> bytes:
    """Write the other partnerships on a partnership's ground, the most ground first."""
    told = {key: body[key] for key in ("as_at", "release", "attribution", "people_source")}
    rows = [
        row | told | {"shared_members": "; ".join(row["shared_members"])} for row in body["items"]
    ]
    return write_csv(Sheet("overlaps", "Partnerships on the same ground", OVERLAP_COLUMNS, rows))
