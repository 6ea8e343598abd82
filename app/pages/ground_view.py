"""The ground of a partnership as its page shows it: verdict, misaligned pieces, parishes, neighbours, overlaps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.findings.queries import outline_frame, read_outlines
from app.pages import queries
from app.partnerships.alignment import align_ground
from app.partnerships.misaligned import MisalignedGround, misaligned_ground, say_misaligned
from app.partnerships.neighbours import neighbours_of
from app.partnerships.overlaps import overlaps_of
from app.partnerships.parishes import find_parishes, parish_body
from app.partnerships.queries import Ground, ground_of_partnership
from app.resources.programme_overlaps import programme_overlaps
from app.sources.credits import PEOPLE, POSTCODES, credit_lines
from boundaries.crs import to_wgs84
from boundaries.queries import LayerMissing, layer_on
from maps.layers import Layer, attributions, context_layer, misaligned_layer, outline_layer
from maps.legend import legend_entries, legend_html
from maps.svg_map import draw_map

TABLE_ID = "misaligned"
FIELDS = (
    ("kind_words", "What"),
    ("ground_words", "Ground"),
    ("people", "People"),
    ("width_words", "Mean width"),
)
BEYOND_M = 3_000.0


@dataclass(frozen=True)
class GroundView:
    """What the template reads. picture is empty where there is nothing to draw."""

    slug: str
    name: str
    demo: bool
    alignment: dict[str, Any]
    misaligned: list[dict[str, Any]]
    misaligned_sentence: str
    in_all: int
    parishes: dict[str, Any] | None
    neighbours: dict[str, Any]
    overlaps: dict[str, Any]
    programmes: dict[str, Any] | None
    picture: Markup
    key: Markup
    attribution: str
    sources: list[str]
    table_id: str = TABLE_ID


def ground_view(session: Session, slug: str, day: date) -> GroundView:
    """Put together what a partnership's ground page says. Raises UnknownPartnership, LayerMissing."""
    ground = ground_of_partnership(session, slug, day)
    found = misaligned_ground(session, ground, day)
    layers = ground_layers(session, ground, found, day) if found.pieces else []
    picture = Markup("")
    if layers:
        # draw_map escapes every text that it is given
        picture = Markup(draw_map(
            layers, title=f"Map of the ground on which {ground.name} and the councils part ways",
            width=840, height=630, labels="percent", table_id=TABLE_ID, table_caption="The pieces, largest first",
        ))  # fmt: skip
    try:
        parishes = parish_body(find_parishes(session, ground, day))
    except LayerMissing:
        parishes = None
    alignment, neighbours = align_ground(session, ground, day), neighbours_of(session, slug, day)
    overlaps = overlaps_of(session, slug, day)
    told = [
        alignment["release"],
        neighbours["release"],
        overlaps["release"],
        *([parishes["release"]] if parishes else []),
    ]
    releases = queries.releases_served(session, list(dict.fromkeys(told)))
    return GroundView(
        slug, ground.name, ground.demo, alignment, found.rows(),
        say_misaligned(ground.name, found), found.in_all, parishes, neighbours,
        overlaps, _programmes(session, slug, day), picture,
        legend_html(legend_entries(layers)), attributions(layers),
        [
            *(f"{one.title}. {one.attribution}" for one in releases),
            *([] if ground.demo else credit_lines(session, PEOPLE, POSTCODES)),
        ],
    )  # fmt: skip


def _programmes(session: Session, slug: str, day: date) -> dict[str, Any] | None:
    """Say which programmes and partnerships stand on the same ground; None where no small area is loaded."""
    try:
        return programme_overlaps(session, partnership=slug, within=None, theme=None, day=day)
    except LayerMissing:
        return None


def ground_layers(
    session: Session, ground: Ground, found: MisalignedGround, day: date
) -> list[Layer]:
    """Draw the pieces over the councils' borders and the partnership's own outline."""
    outline = np.array([shapely.from_wkb(ground.outline_wkb)], dtype=object)
    west, south, east, north = shapely.total_bounds(outline)
    box = (west - BEYOND_M, south - BEYOND_M, east + BEYOND_M, north + BEYOND_M)
    layer = layer_on(session, "lad", day, demo=ground.demo)
    around = read_outlines(session, layer.id, box=box)
    return [
        context_layer(around, name="Councils", attribution=layer.attribution),
        misaligned_layer(found.frame(), name="Where it does not match", fields=FIELDS),
        outline_layer(
            outline_frame(["outline"], [ground.name], outline, to_wgs84(outline)), name="The partnership"
        ),
    ]  # fmt: skip
