"""Two invented partnerships: one is two whole districts, one cuts through three."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely

from app.dev.sample_county import places
from app.dev.sample_county.plan import BARSETSHIRE

ALIGNED, STRADDLING = "hogglestock-and-st-ewolds", "plumstead-vale"


@dataclass(frozen=True)
class Partnership:
    """A partnership: authorities by code, or its own outline (British National Grid), members."""

    slug: str
    name: str
    kind: str
    authorities: tuple[str, ...]
    geometry: shapely.Polygon | None
    members: tuple[dict[str, str], ...]
    lead: str
    valid_from: date
    valid_to: date | None


def make_partnerships(rng: np.random.Generator) -> list[Partnership]:
    """Make the partnership that aligns and the one that straddles."""
    return [
        Partnership(
            slug=ALIGNED,
            name="Hogglestock, St Ewold's & Crabtrée Partnership",
            kind="lsp",
            authorities=(places.HOGGLESTOCK, places.ST_EWOLDS),
            geometry=None,
            members=_members(
                ("Hogglestock Borough Council", "public"),
                ("St Ewold's & Crabtrée District Council", "public"),
                ("Barsetshire County Council", "public"),
                ("Barset Constabulary", "public"),
                ("Ile Estuary Health Trust", "public"),
                ("Hogglestock Brick & Tile Works", "private"),
                ("East Barset Chamber of Trade", "private"),
                ("Docks Residents' Association", "community"),
                ("Hoggle End Tenants", "community"),
                ("East Barset Voluntary Action", "voluntary"),
                ("St Jude's Advice Centre", "voluntary"),
            ),
            lead="Hogglestock Borough Council",
            valid_from=date(2016, 4, 1),
            valid_to=None,
        ),
        Partnership(
            slug=STRADDLING,
            name="Plumstead Vale Rural Partnership",
            kind="lsp",
            authorities=(),
            geometry=_vale(rng),
            members=_members(
                ("Barsetshire County Council", "public"),
                ("Barchester City Council", "public"),
                ("Framley District Council", "public"),
                ("Grantly Estates", "private"),
                ("Plumstead Young Farmers", "community"),
                ("Vale Community Transport", "voluntary"),
            ),
            lead="Barsetshire County Council",
            valid_from=date(2018, 4, 1),
            valid_to=None,
        ),
    ]


def _members(*members: tuple[str, str]) -> tuple[dict[str, str], ...]:
    return tuple({"name": name, "sector": sector} for name, sector in members)


def _vale(rng: np.random.Generator) -> shapely.Polygon:
    """Draw an uneven oval over the middle of the county, on a 0.1 m grid."""
    turn = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    wobble = np.ones(len(turn))
    for waves in (3, 5, 8, 13):
        wobble += 0.09 / np.sqrt(waves) * np.sin(waves * turn + rng.uniform(0, 2 * np.pi))
    centre = BARSETSHIRE.metres(((19.5, 26.5),))[0]
    oval = np.column_stack([8_600 * np.cos(turn), 6_400 * np.sin(turn)])
    outline = centre + oval * wobble[:, None]
    return shapely.normalize(shapely.Polygon(np.round(outline, 1)))
