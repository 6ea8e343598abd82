"""One place as map layers: the ground around, its small areas, councils, priority neighbourhoods and their money.

Page, map file, paper and GeoJSON draw these same layers, so that no two pictures of a place differ.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.errors import GEOSException
from sqlalchemy.orm import Session

from app.findings.area_rows import AreaRow, area_rows
from app.findings.gather import Findings
from app.findings.queries import Box, outline_frame, read_outlines
from app.findings.words import count, counted, pounds, pounds_short
from app.latest import Latest
from app.neighbourhoods.shapes import shape_of
from app.partnerships.misaligned import misaligned_ground
from app.partnerships.queries import Ground
from app.resources.methods.ledger import ESTIMATED, LOCATED, NEIGHBOURHOODS, sum_pence
from app.resources.saved_neighbourhoods import SAVED
from boundaries.crs import to_wgs84
from boundaries.queries import LayerMissing, layer_on, releases_of
from maps.layers import (
    BETWEEN_LINES,
    Layer,
    context_layer,
    deprivation_layer,
    misaligned_layer,
    money_layer,
    neighbourhood_layer,
    outline_layer,
    place_layer,
)

# Ground drawn around a place: a share of its size, and never less than this.
_BEYOND = 0.35
_LEAST_BEYOND_M = 3_000.0
AREA_FIELDS = (
    ("rank_words", "National rank"),
    ("people", "People"),
    ("priority", "Priority neighbourhood"),
    ("clause", "Rule"),
    ("margin", "Margin"),
    ("change", "Would change"),
)
_MISALIGNED_FIELDS = (
    ("kind_words", "What"),
    ("ground_words", "Ground"),
    ("people", "People"),
    ("width_words", "Mean width"),
)
_SAVED_FIELDS: tuple[tuple[str, str], ...] = (("people", "People"),)
_GROUP_FIELDS = (("areas", "Small areas"), *_SAVED_FIELDS, ("middle", "Middle rank"))
_MONEY_FIELDS = (("located", "Located"), ("estimated", "Estimated"), ("lines", "Lines"))


class _Drawn(NamedTuple):
    """Layers with the findings that they were drawn of: while those are held their id is no others'."""

    findings: Findings
    layers: list[Layer]


#: a page's map and picture files ask for what the page drew, at once
_kept: Latest[_Drawn] = Latest(2)


def draw_place(
    session: Session, findings: Findings, *, with_money: bool = True, rows: list[AreaRow] | None = None
) -> list[Layer]:  # fmt: skip
    """Make the layers of one place, in no particular order; those drawn last are kept, and nobody changes them.

    Choropleth rows are those of `area_rows` in its order (given as `rows` where the caller has them),
    and an area that its release does not draw keeps its row without a shape. Circles stand for what
    is located and estimated in a neighbourhood, both named; they are left out without `with_money`.
    """
    drawn = _kept.get(
        (id(findings), with_money),
        lambda: _Drawn(findings, _draw(session, findings, with_money=with_money, rows=rows)),
    )
    return list(drawn.layers)


def _draw(
    session: Session, findings: Findings, *, with_money: bool, rows: list[AreaRow] | None
) -> list[Layer]:
    shown = rows if rows is not None else area_rows(findings)
    areas = _small_areas(session, findings, shown)
    index = findings.designated.index
    outlines = releases_of(session, [index.release_id])
    credit = BETWEEN_LINES.join([index.attribution, *(one.attribution for one in outlines)])
    layers = [
        deprivation_layer(
            areas, name="Small areas, greatest need first", fields=AREA_FIELDS, attribution=credit
        )
    ]  # fmt: skip
    box = _grown(areas.total_bounds)
    layers += _councils(session, findings, box)
    misaligned = misaligned_ground(session, findings.ground, findings.day)
    if misaligned.pieces:
        layers.append(misaligned_layer(
            misaligned.frame(), name="Where it does not match its councils", fields=_MISALIGNED_FIELDS, role="outline"
        ))  # fmt: skip
    if findings.asked.neighbourhoods == SAVED:
        groups, fields, named = _saved(session, findings), _SAVED_FIELDS, "Saved neighbourhood"
    else:
        groups, fields, named = (
            _neighbourhoods(findings, areas),
            _GROUP_FIELDS,
            "Priority neighbourhood",
        )
    if len(groups):
        layers.append(neighbourhood_layer(groups, name=named, fields=fields))
    if with_money and len(groups):
        circles = _circles(findings, groups)
        if len(circles):
            layers.append(money_layer(
                circles, name="Money located and estimated (area of circle)", fields=_MONEY_FIELDS
            ))  # fmt: skip
    names = _ward_names(session, findings, areas, box)
    return [*layers, place_layer(names)] if len(names) else layers


def _small_areas(session: Session, findings: Findings, rows: list[AreaRow]) -> gpd.GeoDataFrame:
    drawn = read_outlines(
        session, findings.designated.index.release_id, codes=[row.code for row in rows]
    ).set_index("code")
    at = drawn.reindex([row.code for row in rows])
    total = findings.designated.index.areas_total
    frame = outline_frame(
        [row.code for row in rows],
        [row.name for row in rows],
        at.geometry.array,
        at["geom_wgs84"].array,
    )
    return frame.assign(
        decile=pd.array([row.decile for row in rows], dtype="Int64"),
        people=pd.array([row.people for row in rows], dtype="Int64"),
        rank_words=[None if r.rank is None else f"{r.rank:,} of {total:,}" for r in rows],
        priority=[_priority_words(row) for row in rows],
        clause=[row.clause for row in rows],
        margin=[row.margin for row in rows],
        change=[row.change for row in rows],
        number=pd.array([row.number for row in rows], dtype="Int64"),
    )


def _priority_words(row: AreaRow) -> str:
    if row.number is not None:
        return f"{row.number}, {row.neighbourhood}"
    return "cannot be told" if row.cannot_tell else "none"


def _councils(session: Session, findings: Findings, box: Box) -> list[Layer]:
    """Draw the councils' outlines, or the partnership's own, and the districts around."""
    ground = findings.ground
    try:
        layer = layer_on(session, "lad", findings.day, demo=ground.demo)
    except LayerMissing:
        return []
    near = read_outlines(session, layer.id, box=box)
    touched = _touched(findings)
    own = near[near["code"].isin(touched)]
    around = near[~near["code"].isin(touched)] if ground.outline_wkb is None else near
    made = []
    if len(around):
        name = "Districts around"
        made.append(context_layer(around, name=name, attribution=layer.attribution))
    if len(own):
        several = len(own) > 1 or ground.outline_wkb is not None
        made.append(outline_layer(
            own, name="Council" if len(own) == 1 else "Councils", dashed=several, attribution=layer.attribution
        ))  # fmt: skip
    whole = _whole_outline(ground, own)
    if whole is not None:
        made.append(outline_layer(whole, name="Whole partnership"))
    return made


def _touched(findings: Findings) -> set[str]:
    if findings.ground.outline_wkb is None:
        return set(findings.ground.codes)
    listed = findings.alignment["authorities"]
    return {row["code"] for row in listed if row["tier"] == "lower" and row.get("touched")}


def _whole_outline(ground: Ground, own: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    if ground.outline_wkb is not None:
        metric = np.array([shapely.from_wkb(ground.outline_wkb)], dtype=object)
        return outline_frame(["outline"], [ground.name], metric, to_wgs84(metric))
    if len(own) < 2:
        return None
    return outline_frame(
        ["outline"], [ground.name], [join(own.geometry)], [join(own["geom_wgs84"])]
    )


def join(shapes: Any) -> Any:
    """Unite touching areas: as a coverage, which is quick and exact, else piece by piece."""
    known = np.array([one for one in shapes if one is not None], dtype=object)
    try:
        return shapely.coverage_union_all(known)
    except GEOSException:  # generalised neighbours that overlap by a sliver
        return shapely.union_all(known)


def _neighbourhoods(findings: Findings, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    found = findings.designated.groups.groups
    by_number = {int(n): part for n, part in areas.dropna(subset=["number"]).groupby("number")}
    numbers = [int(str(n)) for n in found.index]
    frame = outline_frame(
        [f"neighbourhood-{n}" for n in numbers],
        [str(name) for name in found["name"]],
        [join(by_number[n].geometry) for n in numbers],
        [join(by_number[n]["geom_wgs84"]) for n in numbers],
    )
    return frame.assign(
        number=numbers, label=[str(n) for n in numbers], areas=found["areas"].to_numpy(),
        people=found["people"].array,
        middle=[None if pd.isna(m) else count(m) for m in found["middle_rank"]],
    )  # fmt: skip


def _saved(session: Session, findings: Findings) -> gpd.GeoDataFrame:
    """Draw the saved neighbourhoods, each as its own ground has it; one that cannot be drawn is left out."""
    found = sorted(findings.ledger.neighbourhoods)
    drawn = [(each, shape_of(session, each.footprint_id)[0]) for each in found if each.footprint_id]
    drawn = [(each, shape) for each, shape in drawn if not shape.is_empty]
    metric = np.array([shape for _, shape in drawn], dtype=object)
    numbers = [each.number for each, _ in drawn]
    frame = outline_frame(
        [f"neighbourhood-{n}" for n in numbers], [each.name for each, _ in drawn], metric, to_wgs84(metric)
    )  # fmt: skip
    return frame.assign(
        number=numbers, label=[str(n) for n in numbers],
        people=pd.array([each.people for each, _ in drawn], dtype="Int64"),
    )  # fmt: skip


def _circles(findings: Findings, groups: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make a circle for each neighbourhood with money: its area is both amounts, its words name each."""
    inside = [line for line in findings.ledger.lines if line["bucket"] == NEIGHBOURHOODS]
    rows: list[dict[str, Any]] = []
    for number, name in zip(groups["number"], groups["name"], strict=True):
        own = [
            line
            for line in inside
            if line["neighbourhood"] == number
            or any(each["number"] == number for each in line["also_in"])
        ]
        if not own:
            continue
        located = sum_pence(line for line in own if line["certainty"] == LOCATED)
        estimated = sum_pence(line for line in own if line["certainty"] == ESTIMATED)
        label = pounds_short(located)
        if estimated:
            label += f"\n+ {pounds_short(estimated)} est."
        rows.append({
            "code": f"money-{number}", "name": f"Money in {name}", "value": located + estimated, "label": label,
            "located": pounds(located), "estimated": pounds(estimated), "lines": counted(len(own), "line"),
            "at": number,
        })  # fmt: skip
    if not rows:
        return groups.iloc[:0]
    table = pd.DataFrame(rows)
    where = groups.set_index("number").loc[table["at"]]
    frame = outline_frame(
        table["code"].tolist(), table["name"].tolist(),
        shapely.point_on_surface(np.asarray(where.geometry.array, dtype=object)),
        shapely.point_on_surface(np.asarray(where["geom_wgs84"].array, dtype=object)),
    )  # fmt: skip
    return frame.assign(
        **{column: table[column].to_numpy() for column in ("value", "label", "located", "estimated", "lines")}
    )  # fmt: skip


def _ward_names(
    session: Session, findings: Findings, areas: gpd.GeoDataFrame, box: Box
) -> gpd.GeoDataFrame:
    """Name the wards whose middle lies on the place's own ground."""
    try:
        layer = layer_on(session, "wd", findings.day, demo=findings.ground.demo)
    except LayerMissing:
        return areas.iloc[:0]
    wards = read_outlines(session, layer.id, box=box)
    if not len(wards):
        return wards
    middles = shapely.point_on_surface(np.asarray(wards.geometry.array, dtype=object))
    ground = [one for one in areas.geometry if one is not None]
    tree = shapely.STRtree(ground)
    inside = np.unique(tree.query(middles, predicate="within")[0])
    return wards.iloc[inside]


def _grown(bounds: Any) -> Box:
    west, south, east, north = (float(edge) for edge in bounds)
    beyond = max(_BEYOND * max(east - west, north - south), _LEAST_BEYOND_M)
    return west - beyond, south - beyond, east + beyond, north + beyond
