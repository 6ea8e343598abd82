"""What the page that builds a neighbourhood shows: its areas, map, count and checks; computes no figure itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.findings.queries import read_outlines
from app.neighbourhoods.choosing import Choosable, Counted, choosable_areas, count_chosen
from app.neighbourhoods.queries import newest_versions
from app.pages.chosen_areas import pack
from app.partnerships.queries import get_partnership
from app.profiles.board_check import board_check_of_codes
from app.resources.saved_neighbourhoods import NoSavedNeighbourhoods, saved_neighbourhoods
from app.sources.credits import PEOPLE, POSTCODES, credit_lines
from boundaries.errors import Fault, Invalid
from boundaries.queries import releases_of
from maps.layers import Layer, MapClass, Style, attributions, place_layer
from maps.legend import legend_entries, legend_html
from maps.palettes import LAND, LAND_EDGE, PAPER, PLUM
from maps.svg_map import draw_map

TABLE_ID = "choose-areas"
TABLE_CAPTION = "Small areas of the partnership"
CHOSEN, OTHER = "chosen", "other"
_FIELDS = (("people", "People"), ("households", "Households"))
_CLASSES = (
    MapClass(CHOSEN, "Chosen", Style(fill=PLUM[1], stroke=PAPER, width=1.1)),
    MapClass(OTHER, "Not chosen", Style(fill=LAND, stroke=LAND_EDGE, width=1.1)),
)


class OwnOverlap(NamedTuple):
    """A saved neighbourhood of the same partnership that holds some of the choice: small areas, and people in both."""

    slug: str
    name: str
    areas: int
    people: int | None


@dataclass(frozen=True)
class CountView:
    """What the chosen areas come to: how many, people, households, and a board's checks of them."""

    areas: int
    people: Counted
    households: Counted
    people_source: str
    check: dict[str, Any] | None
    packed: str
    overlaps: list[OwnOverlap]

    @property
    def codes_address(self) -> str:
        """The ending of addresses that hold the choice."""
        return f"?chosen={self.packed}" if self.packed else ""


@dataclass(frozen=True)
class BuildView:
    """What the template reads."""

    slug: str
    name: str
    demo: bool
    rows: list[dict[str, Any]]
    count: CountView
    key: Markup
    picture: Markup
    map_address: str
    attribution: str
    saved: list[tuple[str, str]]
    credits: list[str]
    table_id: str = TABLE_ID
    table_caption: str = TABLE_CAPTION


def require_choosable(among: Choosable, codes: Sequence[str]) -> None:
    """Check that every code is a small area of the partnership. Raises Invalid, naming some."""
    strange = [code for code in codes if code not in among.areas.index]
    if strange:
        detail = f"{len(strange)} of the chosen areas are not of this partnership: {', '.join(strange[:5])}"
        raise Invalid(
            detail, [Fault("not a small area of this partnership", "/chosen", value=code) for code in strange[:100]]
        )  # fmt: skip


def count_view(
    session: Session, slug: str, among: Choosable, codes: Sequence[str], day: date
) -> CountView:  # fmt: skip
    """Count and check some chosen areas; without any there is nothing to check."""
    chosen = among.areas.loc[sorted(codes)]
    check = board_check_of_codes(session, list(chosen.index), day) if len(chosen) else None
    return CountView(
        len(chosen), count_chosen(chosen["people"]), count_chosen(chosen["households"]), among.people_source,
        check, pack(codes), own_overlaps(session, slug, among, codes),
    )  # fmt: skip


def own_overlaps(
    session: Session, slug: str, among: Choosable, codes: Sequence[str]
) -> list[OwnOverlap]:
    """List the partnership's saved neighbourhoods that hold part of some chosen areas, by the people in both.

    A cut small area counts with the share of its people that the neighbourhood holds; people are None where
    those of a shared area are not known.
    """
    if not codes:
        return []
    try:
        saved = saved_neighbourhoods(session, slug, among.area_set)
    except NoSavedNeighbourhoods:
        return []
    found = []
    for one in saved:
        held = dict.fromkeys(one.codes, 1.0) | {code: float(share) for code, share in one.parts}
        shared = pd.Series(
            {code: held[code] for code in codes if held.get(code, 0) > 0}, dtype=float
        )
        if len(shared):
            people = among.areas["people"].reindex(shared.index).astype("Float64")
            known = not people.isna().any()
            both = round(float((people.astype(float) * shared).sum())) if known else None
            found.append(OwnOverlap(str(one.slug), one.name, len(shared), both))
    return sorted(found, key=lambda one: (-(one.people or 0), one.slug))


def choice_layers(session: Session, among: Choosable, codes: Sequence[str]) -> list[Layer]:
    """Draw a partnership's small areas, the chosen ones dark."""
    listed = list(among.areas.index)
    drawn = read_outlines(session, among.release_id, codes=listed).set_index("code")
    at = drawn.reindex([code for code in listed if code in drawn.index]).reset_index()
    table = among.areas.reindex(at["code"])
    frame = at.assign(
        name=table["name"].array, people=table["people"].array, households=table["households"].array,
        klass=pd.Series([CHOSEN if code in set(codes) else OTHER for code in at["code"]], index=at.index),
    )  # fmt: skip
    line = " ".join(one.attribution for one in releases_of(session, [among.release_id]))
    layers = [Layer(TABLE_CAPTION, frame, "choropleth", _CLASSES, _FIELDS, line)]
    chosen = frame.loc[frame["klass"] == CHOSEN, ["code", "name", "geometry", "geom_wgs84"]]
    if len(chosen):  # named on the map, so that the choice does not hang on colour
        layers.append(place_layer(chosen.assign(label=chosen["name"]), name="Chosen"))
    return layers


def build_view(session: Session, slug: str, codes: Sequence[str], day: date) -> BuildView:
    """Put the page together. Raises UnknownPartnership, LayerMissing, NoSmallAreas, Invalid."""
    row, among = get_partnership(session, slug), choosable_areas(session, slug)
    require_choosable(among, codes)
    counted, layers = (
        count_view(session, slug, among, codes, day),
        choice_layers(session, among, codes),
    )
    # draw_map and legend_html escape every text that they are given
    picture = Markup(draw_map(
        layers, title=f"Map of the small areas of {row.name}, the chosen ones dark", width=840, height=630,
        labels="percent", table_id=TABLE_ID, table_caption=TABLE_CAPTION,
    ))  # fmt: skip
    chosen = set(codes)
    rows = [row | {"chosen": row["code"] in chosen} for row in among.as_plain()]
    saved = [
        (f"{one.slug}@{one.revision}", f"{one.name}, now version {one.version}")
        for one, _ in newest_versions(session, slug)
    ]
    return BuildView(
        slug, row.name, row.demo, rows, counted, legend_html(legend_entries(layers)), picture,
        f"/partnerships/{slug}/build/map.topojson{counted.codes_address}", attributions(layers), saved,
        [] if among.demo else credit_lines(session, PEOPLE, POSTCODES),
    )  # fmt: skip
