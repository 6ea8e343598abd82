"""Reads of whole layers as GeoJSON text, made by the database."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from boundaries.area_types import AREA_TYPES
from boundaries.database import named_sql
from boundaries.errors import Fault, NotFound
from boundaries.gss import is_demo_code
from boundaries.levels import level_at_or_below
from boundaries.queries import get_area, layer_on, releases_of


class UnknownLayer(NotFound):
    """There is no area type and no served release of that name."""

    slug = "unknown-layer"
    title = "No such layer"


class LayerText(NamedTuple):
    """A layer's features as GeoJSON text with commas between, and what to say of them."""

    features: str
    about: dict[str, Any]


def layer_text(
    session: Session,
    name: str,
    *,
    within: str | None,
    day: date,
    in_metres: bool,
    simplify_m: float | None = None,
) -> LayerText:
    """Read a layer, named by area type (as drawn on a day) or by release, of a place or whole.

    simplify_m : the coarsest stored level at or below it is given; `simplified_m` says which (0: as
    published).

    Raises UnknownLayer, LayerMissing for a type that nothing loaded draws, UnknownArea for `within`.
    """
    place = get_area(session, within) if within else None
    demo = is_demo_code(place.code) if place else False
    release_id, alive_on = name, None
    if name in AREA_TYPES:
        layer = layer_on(session, name, day, demo=demo)
        release_id, alive_on = layer.id, day if layer.temporal else None
    found = releases_of(session, [release_id])
    if not found or found[0].state != "served":
        detail = (
            f"no layer is called {name[:60]!r}; there are the area types {', '.join(AREA_TYPES)}"
        )
        raise UnknownLayer(detail, [Fault("no area type and no served release", value=name[:60])])
    release = found[0]
    level_m = None if simplify_m is None else level_at_or_below(session, release.id, simplify_m)
    row = session.execute(
        named_sql(__file__, "layer_geojson"),
        {
            "release_id": release.id,
            "within": place.code if place else None,
            "day": alive_on,
            "in_metres": in_metres,
            "level_m": level_m,
        },
    ).one()
    about = {
        "name": release.id, "title": release.title, "numberReturned": row.n,
        "within": place.code if place else None, "published_on": release.published_on,
        "publisher": release.publisher, "licence": release.licence, "attribution": release.attribution,
        "quality": release.quality, "partial": release.partial,
        "simplified_m": level_m or 0,
    }  # fmt: skip
    return LayerText(row.features or "", about)
