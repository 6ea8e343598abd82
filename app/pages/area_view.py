"""One area's page: its life and figures, its outline among its neighbours, what it belongs to and what followed it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import geopandas as gpd
import shapely
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.areas.queries import full_area, history_body, outline_of
from app.findings.queries import councils_loaded, not_loaded_words, read_outlines
from app.pages import queries
from app.pages.beside_view import BesideView, beside_view
from app.pages.links import view_address
from app.pages.place_receipts import Receipt
from app.pages.plan_receipts import area_receipts
from app.pages.raster_view import RasterView, rasters_over
from app.partnerships.tables import Partnership
from app.sources.credits import PEOPLE, POSTCODES, credit_lines
from boundaries.area_types import AREA_TYPES
from boundaries.queries import get_area
from boundaries.tables import Area
from maps.layers import Layer, MapClass, Style, context_layer, neighbourhood_layer
from maps.palettes import PLUM
from maps.svg_map import draw_map

_BEYOND = 0.6
_LEAST_BEYOND_M = 300.0
# What a sentence says that an area lies in, and in whose words its other codes are told.
_ABOVE = ("lad", "cty", "rgn")
_SCHEMES = {
    "old-ons": "Old ONS code", "gss-former": "Earlier GSS code", "nhs": "NHS code",
    "register": "Local authority register", "mhclg": "MHCLG code", "snac": "SNAC code",
    "ruc21": "Rural-urban class of 2021",
}  # fmt: skip


@dataclass(frozen=True)
class AreaView:
    """What the page of one area shows; `area` is the body of `/api/v1/areas/{code}`.

    before, after: the links of its history, each with its sentence. day: the day asked about, or
    nothing where it is today. by_outline: code of the parent taken from the outlines against a lookup, or nothing.
    """

    area: dict[str, Any]
    names: dict[str, str]
    picture: Markup | None
    neighbours: list[str]
    page: str
    page_name: str
    not_loaded: str
    partnerships: list[Partnership]
    kinds: dict[str, str]
    by_outline: str | None
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    day: date | None
    beside: BesideView | None
    rasters: list[RasterView]
    receipts: list[Receipt]
    receipt_inputs: list[str]
    sources: list[str]
    today: date
    higher: list[str]
    schemes: dict[str, str]


def area_view(
    session: Session, code: str, day: date, asked: date | None = None, beside: str | None = None
) -> AreaView:
    """Put one area together, as it is today or on a day asked about, and related to those of a type.

    Raises UnknownArea, with what is spelt alike, NotOnThatDay, and Invalid for an unknown type.
    """
    body = full_area(session, code, asked, day)
    history = history_body(session, body["code"], day)
    linked = [link["code"] for link in (*body["successors"], *body["predecessors"])]
    district = (
        body["code"] if body["type"] == "lad" else queries.district_of(session, body["code"], day)
    )
    names = queries.names_of(session, [*linked, *([district] if district else [])])
    address, not_loaded = "", ""
    if district and body["status"] == "current":
        if councils_loaded(session, [district]):
            address = view_address([district])
        else:
            name = names.get(district, district)
            not_loaded = not_loaded_words([name], [name])
    picture, neighbours = _picture(session, body, day)
    differs = body["lookup_disagreement"]
    laid = beside_view(session, body["code"], beside, asked, day)
    receipts, inputs = area_receipts(session, body, laid)
    return AreaView(
        area=body, names=names, picture=picture, neighbours=neighbours, page=address,
        page_name=names.get(district or "", ""), not_loaded=not_loaded,
        partnerships=queries.partnerships_of(session, [district] if district else []),
        kinds={kind: row.name for kind, row in AREA_TYPES.items()},
        by_outline=differs["outline_parent"] if differs and differs["used"] == "outline" else None,
        before=history["before"], after=history["after"], day=asked,
        beside=laid,
        rasters=rasters_over(session, [body["code"]], body["type"], body["release"]) if body["release"] else [],
        receipts=receipts, receipt_inputs=inputs, sources=_sources(session, body, laid), today=day, schemes=_SCHEMES,
        higher=[row["name"] for kind in _ABOVE for row in body["parents"] if row["type"] == kind and row["name"]],
    )  # fmt: skip


def _sources(session: Session, body: dict[str, Any], laid: BesideView | None) -> list[str]:
    """Name what figures rest on beside the release that draws the area: other outlines, people, postcodes."""
    if body["demo"]:
        kinds: list[str] = []
    else:
        by_people = laid is not None and any(
            row[key] is not None
            for row in laid.rows
            for key in ("population_share_of_this", "population_share_of_that")
        )
        kinds = [PEOPLE] if body["population"] is not None or by_people else []
        kinds += [POSTCODES] if by_people else []
    others = {laid.release} - {body["release"]} if laid is not None and laid.rows else set()
    releases = queries.releases_served(session, sorted(others))
    return [
        *(f"{one.title}. {one.attribution}" for one in releases),
        *credit_lines(session, *kinds),
    ]


def _picture(session: Session, body: dict[str, Any], day: date) -> tuple[Markup | None, list[str]]:
    """Draw the area among the others of its own release; nothing where no release draws it."""
    drawn = area_layers(session, body, day)
    if drawn is None:
        return None, []
    picture = draw_map(
        drawn.layers, title=f"Outline of {body['name']} among its neighbours", width=840, height=630,
        labels="percent", extent=drawn.extent,
    )  # fmt: skip
    # draw_map escapes every text that it is given
    return Markup(picture), drawn.neighbours


class AreaDrawing(NamedTuple):
    """The layers of one area's picture, the ground that it shows, and which areas touch it."""

    layers: list[Layer]
    extent: tuple[float, float, float, float] | None
    neighbours: list[str]


def _day_within(area: Area, day: date) -> date:
    """Give the day nearest to one asked for on which the area lived."""
    if area.valid_to is not None and area.valid_to <= day:
        return area.valid_to - timedelta(days=1)
    return max(day, area.valid_from or day)


def leave_out_replaced(
    around: gpd.GeoDataFrame, own: gpd.GeoDataFrame, not_alive: Collection[str]
) -> gpd.GeoDataFrame:
    """Leave out what a release of many years draws twice: who did not live that day, on ground of those who did.

    What ended and has nobody drawn in its place stays: an empty patch would look like sea.
    """
    gone = around["code"].isin(list(not_alive))
    lived = shapely.STRtree([*around.loc[~gone, "geometry"], *own.geometry])
    inside = around.loc[gone, "geometry"].representative_point()
    replaced = [at for at, point in inside.items() if len(lived.query(point, predicate="within"))]
    return around.drop(index=replaced)


def area_layers(session: Session, body: dict[str, Any], day: date) -> AreaDrawing | None:
    """Make the layers of an area and what lies around it; None where no release draws it."""
    area = get_area(session, body["code"])
    drawn = outline_of(session, area, day, None)
    if drawn is None:
        return None
    own = read_outlines(session, drawn[0], codes=[area.code])
    west, south, east, north = (float(edge) for edge in own.total_bounds)
    beyond = max(_BEYOND * max(east - west, north - south), _LEAST_BEYOND_M)
    box = (west - beyond, south - beyond, east + beyond, north + beyond)
    around = read_outlines(session, drawn[0], box=box)
    around = around[around["code"] != area.code]
    not_alive = queries.not_alive(session, around["code"], _day_within(area, day))
    around = leave_out_replaced(around, own, not_alive)
    touching = around[around.geometry.intersects(own.geometry.iloc[0].buffer(25))]
    labelled = around.assign(label=around["name"])
    filled = (MapClass("area", area.name, Style(fill=PLUM[3], stroke=PLUM[3])),)
    layers = [Layer(area.name, own, "choropleth", filled), neighbourhood_layer(own, name=area.name)]
    if len(around):
        credit = body["source"]["attribution"] if body["source"] else ""
        layers.append(context_layer(labelled, name="Areas around", attribution=credit))
    touched = [f"{row.name} ({row.code})" for row in touching.itertuples()]
    return AreaDrawing(layers, box if len(around) else None, touched)
