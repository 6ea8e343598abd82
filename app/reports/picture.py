"""The map of a paper: small areas by band, priority neighbourhoods, the partnership's outline, what lies around."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy.orm import Session

from app.findings.gather import Findings
from app.reports.queries import codes_near, read_shapes
from boundaries.crs import BNG, WGS84
from boundaries.queries import LayerMissing, layer_on, releases_of
from maps.layers import (
    Layer,
    context_layer,
    deprivation_layer,
    neighbourhood_layer,
    outline_layer,
    place_layer,
)
from maps.svg_map import draw_locator, draw_map, extent_of

AROUND_M = 30_000.0
#: Pixels of a map that fills two thirds of an A4 page; the style sheet scales the box.
MAP_WIDTH, MAP_HEIGHT = 560, 490


def picture_layers(session: Session, findings: Findings) -> list[Layer]:
    """Make the map's layers, with degrees beside metres; neighbourhoods are joined from their small areas.

    Raises ValueError where not one small area of the place has an outline.
    """
    index = findings.designated.index
    areas = area_frame(session, findings)
    drawn_by = {release.id: release for release in releases_of(session, [index.release_id])}
    credit = drawn_by[index.release_id].attribution
    districts = layer_on(session, "lad", findings.day, demo=findings.ground.demo)
    west, south, east, north = areas.total_bounds
    box = (west - AROUND_M, south - AROUND_M, east + AROUND_M, north + AROUND_M)
    around = read_shapes(session, districts.id, codes_near(session, districts.id, box))
    own = around[around["code"].isin(findings.ground.codes)].reset_index(drop=True)
    beyond = around[~around["code"].isin(findings.ground.codes)].reset_index(drop=True)
    groups = neighbourhood_frame(areas, findings)
    layers = [
        context_layer(beyond.assign(label=beyond["name"]), name="Neighbouring districts"),
        deprivation_layer(areas, name="Small areas by national band", attribution=credit),
        outline_layer(own, name="District"),
    ]
    if len(groups):
        layers.append(neighbourhood_layer(groups))
        layers.append(place_layer(groups.assign(label=groups["name"])))
    return layers


def area_frame(session: Session, findings: Findings) -> gpd.GeoDataFrame:
    """Read the outlines of the place's small areas with rank, decile, people, group; worst first."""
    designated = findings.designated
    shapes = read_shapes(session, designated.index.release_id, list(designated.ground.codes))
    plain = {area["code"]: area for area in designated.as_plain()["areas"]}  # type: ignore[attr-defined]
    for column in ("rank", "decile", "people", "group", "selected", "cannot_tell"):
        shapes[column] = [plain[code][column] for code in shapes["code"]]
    shapes["name"] = [plain[code]["name"] or code for code in shapes["code"]]
    return shapes.sort_values(["rank", "code"], ignore_index=True)


def neighbourhood_frame(areas: gpd.GeoDataFrame, findings: Findings) -> gpd.GeoDataFrame:
    """Join small areas into priority neighbourhoods: code (number), label, name, people, geometry, geom_wgs84."""
    rows, metres, degrees = [], [], []
    for number, group in findings.designated.groups.groups.iterrows():
        mine = areas["code"].isin(list(group["codes"])).to_numpy()
        if not mine.any():
            continue
        rows.append(
            {
                "code": str(number), "label": str(number), "name": str(group["name"]),
                "people": group["people"], "areas": int(group["areas"]),
                "middle_rank": float(group["middle_rank"]), "codes": " ".join(group["codes"]),
            }
        )  # fmt: skip
        metres.append(_join(areas.geometry[mine]))
        degrees.append(_join(areas["geom_wgs84"][mine]))
    names = ("code", "label", "name", "people", "areas", "middle_rank", "codes")
    return gpd.GeoDataFrame(
        {name: [row[name] for row in rows] for name in names}, geometry=metres, crs=BNG
    ).assign(geom_wgs84=gpd.GeoSeries(degrees, crs=WGS84))


def _join(shapes: gpd.GeoSeries) -> shapely.MultiPolygon:
    joined = shapely.union_all(np.asarray(shapes.array, dtype=object))
    return shapely.multipolygons(shapely.get_parts(joined))


def draw_picture(layers: list[Layer], title: str, table_caption: str) -> str:
    """Draw the paper's map, zoomed to the priority neighbourhoods with some ground around them."""
    west, south, east, north = extent_of(layers)
    margin = max(0.06 * max(east - west, north - south), 400.0)
    return draw_map(
        layers, title=title, width=MAP_WIDTH, height=MAP_HEIGHT, labels="flat",
        extent=(west - margin, south - margin, east + margin, north + margin),
        table_id="small-areas", table_caption=table_caption, map_id="paper-map",
    )  # fmt: skip


def draw_country(session: Session, findings: Findings, layers: list[Layer]) -> str:
    """Draw where in the country the place lies; empty where no regions are loaded."""
    try:
        regions = layer_on(session, "rgn", findings.day, demo=findings.ground.demo)
    except LayerMissing:
        return ""
    every = (0.0, 0.0, 700_000.0, 1_300_000.0)
    frame = read_shapes(session, regions.id, codes_near(session, regions.id, every))
    west, south, east, north = extent_of(layers, ("choropleth",))
    at = ((west + east) / 2, (south + north) / 2)
    whole = "the invented county" if findings.ground.demo else "England"
    return draw_locator(frame, at, title=f"Where it lies in {whole}", width=58, height=70)
