"""Checks a neighbourhood, or a list of codes, against what a programme asks of a board's boundary."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy.orm import Session

from app.neighbourhoods.figures import GroundFigures, figures_of
from app.neighbourhoods.queries import get_neighbourhood, get_version, read_counts
from app.priorities.queries import find_contiguity
from app.profiles.methods.board import (
    Check,
    check_contains,
    check_contiguous,
    check_overlap,
    check_people,
    connected_parts,
    overall,
)
from app.profiles.queries import (
    ProgrammePlace,
    councils_of,
    list_programme_places,
    require_areas,
    small_areas_in,
)
from boundaries.errors import Fault, Invalid
from boundaries.footprints import Ground, outline_of_codes, read_ground
from boundaries.queries import demo_of, get_area

PROGRAMME = "pride-in-place-phase-2"
# ONS: an MSOA has 5,000 to 15,000 people; the programme gives its neighbourhoods as MSOAs of about 10,000.
LEAST_PEOPLE, MOST_PEOPLE = 5_000, 15_000
AREA_SET = "lsoa-2021"
MOST_CODES = 2_000
# A piece of an outline under this many square metres is a sliver of drawing, not a part of a place.
LEAST_PIECE_M2 = 100.0


def board_check_of_neighbourhood(
    session: Session, slug: str, day: date, *, default: str | None = None, programme: str = PROGRAMME,
    band: tuple[int, int] = (LEAST_PEOPLE, MOST_PEOPLE), version: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Check a neighbourhood's newest or an older version. Raises UnknownNeighbourhood, UnknownVersion."""
    row = get_neighbourhood(session, slug)
    kept = get_version(session, slug, version)
    ground = read_ground(session, kept.footprint_id)
    figures = figures_of(session, ground, area_set=AREA_SET, footprint_id=kept.footprint_id)
    made = _check(session, ground, figures, day, default=default, programme=programme, band=band)
    return {"title": row.name, "neighbourhood": slug, "version": kept.version, **made}


def board_check_of_codes(
    session: Session, codes: Sequence[str], day: date, *, default: str | None = None, programme: str = PROGRAMME,
    band: tuple[int, int] = (LEAST_PEOPLE, MOST_PEOPLE),
) -> dict[str, Any]:  # fmt: skip
    """Check the ground of some codes, of small areas, MSOAs, wards or others. Raises UnknownArea, Invalid."""
    tidy = list(dict.fromkeys(code.strip().upper() for code in codes if code.strip()))
    if not tidy or len(tidy) > MOST_CODES:
        detail = f"give 1 to {MOST_CODES:,} codes, not {len(tidy):,}"
        raise Invalid(detail, [Fault(detail, pointer="/codes")])
    require_areas(session, tidy)
    ground = Ground(codes=tuple(sorted(tidy)), as_at=day, demo=demo_of(tidy))
    figures = figures_of(session, ground, area_set=AREA_SET)
    made = _check(session, ground, figures, day, default=default, programme=programme, band=band)
    title = tidy[0] if len(tidy) == 1 else f"{len(tidy)} areas"
    return {"title": title, "codes": tidy, **made}


def _check(
    session: Session, ground: Ground, figures: GroundFigures, day: date, *, default: str | None,
    programme: str, band: tuple[int, int],
) -> dict[str, Any]:  # fmt: skip
    if not 0 < band[0] <= band[1]:
        detail = "the band of people needs a lower end above 0 that is not above its upper end"
        raise Invalid(detail, [Fault(detail, pointer="/people_min", value=str(band[0]))])
    weights = figures.weights
    whole = set(weights.index[weights["people_share"].ge(1) & weights["best_fit"].ge(1)])
    places = list_programme_places(session, day, demo=ground.demo)
    inside = _PeopleInside(session, figures)
    councils = councils_of(session, list(weights.index), AREA_SET, day)
    home = _default_area(session, default, places, programme, inside)
    children = inside.children(home.area_code) if home is not None else []
    share = inside.share(home.area_code) if home is not None else None
    estimates = figures.estimates["people"]
    counted = [
        people
        for people in (estimates.people_share, estimates.postcode_share, estimates.best_fit)
        if people is not None
    ]
    touched = {code for code, _ in councils.values()}
    checks = [
        check_contains(home.name if home is not None else None, children, whole, share),
        _contiguous(session, ground, figures, whole),
        check_people([] if estimates.missing else counted, *band),
        _overlap(places, home, inside, touched),
    ]
    return {
        "as_at": day.isoformat(),
        "status": overall(checks),
        "programme": programme,
        "default_area": None if home is None else {"code": home.area_code, "name": home.name, "of": home.programme},
        "checks": [check.as_plain() for check in checks],
        "councils": _councils(inside, councils, figures),
        "people": estimates.as_plain() | {"source": figures.sources["people"]},
        "method": (
            "Everything is judged by small areas of 2021: one is inside where all of it is. People are "
            "counted three ways; where these lie on both sides of an end of the band it cannot be told."
        ),
        "band_source": "ONS: an MSOA has 5,000 to 15,000 people, and the programme's default areas are MSOAs.",
        "notes": list(figures.notes), "release": str(figures.inputs["release"]),
    }  # fmt: skip


class _PeopleInside:
    """What share of an area's people lives on the ground, by the small areas that its lookup gives it."""

    def __init__(self, session: Session, figures: GroundFigures) -> None:
        self._session = session
        self._weights = figures.weights
        self._children: dict[str, list[str]] = {}
        self._people: dict[str, int] = {}

    def read(self, codes: Sequence[str]) -> None:
        """Read the small areas of several areas, and their people, at once."""
        self._children |= {code: [code] for code in codes}
        self._children |= small_areas_in(self._session, codes, AREA_SET)
        listed = sorted({child for code in codes for child in self._children[code]})
        found = read_counts(self._session, listed, AREA_SET, ("people",)).counts["people"]
        self._people |= {str(code): int(value) for code, value in found.dropna().items()}

    def children(self, code: str | None) -> list[str]:
        """List the small areas of an area; itself where no lookup has any, as for a small area."""
        if code is None:
            return []
        if code not in self._children:
            self.read([code])
        return self._children[code]

    def share(self, code: str | None) -> float | None:
        """Give the share of an area's people that lives on the ground; None where people are not known."""
        children = self.children(code)
        if not children or any(child not in self._people for child in children):
            return None
        shares = (
            self._weights["people_share"].reindex(children).fillna(0.0).to_numpy(dtype=np.float64)
        )
        people = np.array([self._people[child] for child in children], dtype=np.float64)
        return float((shares * people).sum() / people.sum()) if people.sum() else None

    def people_on_ground(self, figures: GroundFigures) -> dict[str, float]:
        """Give the people of each small area that live on the ground; one whose people are not known is absent."""
        codes = [str(code) for code in figures.weights.index]
        self.read([code for code in codes if code not in self._people])
        shares = figures.weights["people_share"]
        return {
            code: self._people[code] * float(shares[code]) for code in codes if code in self._people
        }


def _default_area(
    session: Session, default: str | None, places: Sequence[ProgrammePlace], programme: str, inside: _PeopleInside
) -> ProgrammePlace | None:  # fmt: skip
    """Take the default area named, or the programme's place with the largest share of its people on the ground."""
    if default is not None:
        area = get_area(session, default)
        for place in places:
            if place.area_code == area.code:
                return place
        return ProgrammePlace(area.code, area.name, "", "", area.code, None)
    drawn = [
        place for place in places if place.programme_id == programme and place.area_code is not None
    ]
    inside.read([str(place.area_code) for place in drawn])
    ranked = [(inside.share(place.area_code) or 0.0, place) for place in drawn]
    best = max(ranked, key=lambda one: (one[0], one[1].id), default=(0.0, None))
    return best[1] if best[0] > 0 else None


def _contiguous(session: Session, ground: Ground, figures: GroundFigures, whole: set[str]) -> Check:
    """Look at the small areas where the ground is made of whole ones, else at the outline."""
    if len(whole) == len(figures.weights) and whole:
        release = str(figures.inputs["release"])
        pairs = find_contiguity(session, release, pd.Index(sorted(whole), dtype=object))
        if pairs is not None:
            return check_contiguous(connected_parts(whole, pairs))
    if ground.kind == "postcodes":
        return check_contiguous(None, "a list of postcodes has no outline")
    outline = ground.outline
    if outline is None:
        assert ground.as_at is not None, "the kind was checked"
        outline, _ = outline_of_codes(session, ground.codes, ground.as_at, demo=ground.demo)
    pieces = shapely.get_parts(outline)
    return check_contiguous(max(1, int((shapely.area(pieces) >= LEAST_PIECE_M2).sum())))


def _overlap(
    places: Sequence[ProgrammePlace], home: ProgrammePlace | None, inside: _PeopleInside, touched: set[str]
) -> Check:  # fmt: skip
    near = [place for place in places if place.lad_code in touched or place.lad_code is None]
    others = [place for place in near if home is None or place.id != home.id]
    drawn = [place for place in others if place.area_code is not None]
    inside.read([str(place.area_code) for place in drawn])
    overlaps = [
        (f"{place.name} ({place.programme})", round(share, 6))
        for place in drawn
        if (share := inside.share(place.area_code) or 0.0) > 0
    ]
    undrawn = [f"{place.name} ({place.programme})" for place in others if place.area_code is None]
    return check_overlap(overlaps, undrawn)


def _councils(
    inside: _PeopleInside, councils: dict[str, tuple[str, str]], figures: GroundFigures
) -> list[dict[str, Any]]:
    """Share the ground's people out by council, the largest first; None where an area's people are not known."""
    people = inside.people_on_ground(figures)
    sums: dict[tuple[str, str], float] = {}
    for code, council in councils.items():
        sums[council] = sums.get(council, 0.0) + people.get(code, float("nan"))
    total = sum(sums.values())
    known = total > 0
    return [
        {
            "code": code, "name": name, "people": round(here) if known else None,
            "people_share": round(here / total, 6) if known else None,
        }
        for (code, name), here in sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    ]  # fmt: skip
