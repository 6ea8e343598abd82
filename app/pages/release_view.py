"""The page of one release of boundaries: what it draws, how well, its map, and its areas by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from urllib.parse import quote

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.findings.words import count, counted, day, square_km
from app.pages import queries
from app.pages.dataset_view import MOST_ROWS, TABLE_ID, Cells, DatasetPage, Source, chips
from app.pages.loaded_view import border_words
from app.pages.national_view import (
    MOST_PICTURED,
    MapView,
    NationalMap,
    far_outlines,
    map_of,
    tiles_address,
    unshaded_map,
)
from app.pages.place_receipts import Receipt
from boundaries.area_types import AREA_TYPES
from boundaries.levels import BordersTold, borders_told
from boundaries.releases import list_releases
from boundaries.tables import Release
from maps.layers import Layer, MapClass, Style
from maps.legend import legend_entries, legend_html
from maps.palettes import LAND, OUTLINE

_LOOK = Style(fill=LAND, stroke=OUTLINE, width=0.8)


def release_page(session: Session, release_id: str, today: date) -> DatasetPage:
    """Tell of one release, served or not. Raises UnknownRelease."""
    release = queries.find_release(session, release_id)
    kind = AREA_TYPES[release.area_type]
    draws = any(one.draws_today for one in list_releases(session) if one.release.id == release.id)
    stored = counted(release.features_stored, kind.name, kind.plural)
    finding = f"{release.title} draws {stored}, its outlines within {release.tolerance_m:g} m of the truth."
    if release.state != "served":
        finding += f" It is {release.state}: no answer comes from it."
    elif draws:
        finding += f" It draws each {kind.name} today."
    drawn = _map(session, release, today)
    areas = queries.drawn_areas(session, release.id, MOST_ROWS)
    told = borders_told(session).get(release.id, BordersTold())
    found = queries.findings_counted(session, release.id)
    downloads = [("The release, with its checks (JSON)", f"/api/v1/releases/{quote(release.id)}")]
    if release.state == "served":
        base = f"/ogc/collections/{quote(release.id)}/items"
        downloads = [(f"Its areas ({words})", f"{base}?f={ending}") for words, ending in
                     (("CSV", "csv"), ("GeoPackage", "gpkg"), ("FlatGeobuf", "fgb"))] + downloads  # fmt: skip
    return DatasetPage(
        title=release.title, chips=chips(demo=release.demo, partial=release.partial),
        finding=finding, notes=[border_words(told)],
        facts=[
            ("Read", count(release.features_in), "features of the file"),
            ("Stored", count(release.features_stored), f"{count(release.features_refused)} refused"),
            ("Repaired", count(found.get("repaired", 0)), "outlines that were not valid, and are stored"),
            ("Left out", count(release.features_elsewhere), "as of another place"),
            ("Published", day(release.published_on), release.publisher),
        ],
        map=drawn, shading=f"{kind.plural.capitalize()} of {release.id}.",
        caption=f"{kind.plural.capitalize()} of {release.id}, by name",
        headings=[("Ground", True)],
        rows=[Cells(code, name, f"/areas/{quote(code)}", (square_km(area_m2),)) for code, name, area_m2 in areas],
        left_out=max(0, release.features_stored - len(areas)), downloads=downloads,
        links_title="More",
        links=[
            (f"Every feature repaired or refused ({words})", f"/api/v1/releases/{quote(release.id)}/findings{ending}")
            for words, ending in (("JSON", ""), ("CSV", ".csv"))
        ],
        sources=[
            Source(release.title, release.publisher, release.published_on, release.licence, release.attribution)
        ],
        receipts=_receipts(release, found), is_invented=release.demo,
    )  # fmt: skip


def _receipts(release: Release, found: Mapping[str, int]) -> list[Receipt]:
    """List the receipts of how many areas a release draws, and how many features were repaired or refused.

    One that is not served offers no rows of what it draws.
    """
    made = []
    if release.state == "served":
        rows = f"/ogc/collections/{quote(release.id)}/items?f=csv"
        made.append(
            Receipt(
                "Stored", count(release.features_stored), release.features_stored, release.title, "coordinates", rows,
                "count", "code", (),
            )
        )  # fmt: skip
    findings = f"/api/v1/releases/{quote(release.id)}/findings.csv"
    return made + [
        Receipt(
            kind.capitalize(), count(number), number, release.title, "releases", findings, "count", "code",
            (("kind", kind),),
        )
        for kind, number in (("repaired", found.get("repaired", 0)), ("refused", release.features_refused))
        # What a row of several features was refused for is one finding.
        if number == found.get(kind, 0)
    ]  # fmt: skip


def _map(session: Session, release: Release, today: date) -> NationalMap | None:
    if release.state != "served" or not release.features_stored:
        return None
    kind = AREA_TYPES[release.area_type].plural.capitalize()
    tiles = tiles_address(release.area_type, release=release.id)
    if release.features_stored > MOST_PICTURED:
        view = MapView(release.area_type, kind, tiles, Markup(""))
        drawn = unshaded_map(session, view, release, today, demo=release.demo)
        return drawn and replace(drawn, colours=json.dumps([LAND]), line=OUTLINE)
    frame = far_outlines(session, release.id)
    classes = (MapClass("1", kind, _LOOK),)
    layer = Layer(kind, frame, "choropleth", classes, (), release.attribution)
    key = legend_html(legend_entries([layer]))
    drawn = map_of(
        layer, f"{kind} of {release.id}", (release.id, TABLE_ID),
        {code: f"/areas/{quote(code)}" for code in frame["code"]},
        MapView(release.area_type, kind, tiles, key), None, (release,),
    )  # fmt: skip
    return replace(drawn, colours=json.dumps([LAND]), line=OUTLINE)
