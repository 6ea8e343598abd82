"""Programmes and partnerships on the same ground, for the same theme: who stands where, in people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.neighbourhoods.figures import choose_set
from app.neighbourhoods.queries import read_counts
from app.partnerships.alignment import align_ground, whole_and_cut
from app.partnerships.queries import ground_of_partnership
from app.partnerships.tables import Partnership
from app.resources.methods.programme_overlaps import (
    Standing,
    overlapping_pairs,
    say_pair,
    years_of,
)
from app.resources.methods.relate import PARTNERSHIP
from app.resources.place_grounds import pieces_of_places
from app.resources.programme_queries import codes_of
from app.resources.tables import Programme, ProgrammeAllocation, ProgrammeArea
from boundaries.errors import Fault, Invalid
from boundaries.footprints import Ground, shares_of_ground
from boundaries.queries import demo_of, get_area
from boundaries.tables import Release

MOST_PARTNERSHIPS = 500
NOTE = (
    "By people: small areas in the place, with the share of each that a programme's eligible areas hold. A programme "
    "whose eligible place is known by name only, or is a district of old, is listed without ground, in no pair."
)


def programme_overlaps(
    session: Session, *, partnership: str | None, within: str | None, theme: str | None, day: date
) -> dict[str, Any]:
    """Say which programmes and partnerships share ground in a place, the most alike first.

    Returns items (pairs), standings (who stands in the place, with people), without_ground.
    Raises Invalid, UnknownPartnership, UnknownArea, LayerMissing.
    """
    if (partnership is None) == (within is None):
        detail = "say of which place: partnership, or within"
        raise Invalid(detail, [Fault(detail, pointer="/partnership")])
    if partnership is not None:
        ground = ground_of_partnership(session, partnership, day)
        demo, authorities = ground.demo, whole_and_cut(align_ground(session, ground, day))[0]
        key = f"{PARTNERSHIP}{partnership}"
    else:
        assert within is not None
        key, demo = get_area(session, within).code, demo_of([within])
        authorities = [key]
    release, area_set = choose_set(session, None, demo=demo)
    districts = codes_of(session, authorities)
    areas = _eligible(session, districts, demo=demo)
    others = session.scalars(
        select(Partnership)
        .where(Partnership.demo == demo)
        .order_by(Partnership.slug)
        .limit(MOST_PARTNERSHIPS)
    ).all()
    stated = {each.area_code for each in areas if each.area_code} | {key}
    stated |= {f"{PARTNERSHIP}{each.slug}" for each in others}
    pieces = pieces_of_places(session, stated, area_set)
    here = sorted(pieces.loc[pieces["place"] == key, "code"])
    shares, without = _shares(session, areas, pieces, key, here, release)
    for each in others:
        own = _share_row(pieces, f"{PARTNERSHIP}{each.slug}", key, here)
        if own.any():
            shares[Standing("partnership", each.slug, each.name, None, _life(each))] = own
    kept = [
        one for one in shares if theme is None or (one.theme or "").casefold() == theme.casefold()
    ]
    people = read_counts(session, here, area_set, ("people",)).counts["people"].reindex(here)
    counted = people.astype("float64").to_numpy()
    table = np.array([shares[one] for one in kept]).reshape(len(kept), len(here))
    items = [_item(kept, pair) for pair in overlapping_pairs(kept, table, counted)]
    own_people = table @ np.nan_to_num(counted)
    standings = [
        {"kind": one.kind, "id": one.id, "title": one.title, "theme": one.theme, "years": one.years,
         "people_here": round(float(number))}
        for one, number in zip(kept, own_people.tolist(), strict=True)
    ]  # fmt: skip
    return {
        "partnership": partnership, "within": within, "theme": theme, "area_set": area_set, "items": items,
        "standings": standings, "without_ground": without, "note": NOTE,
    }  # fmt: skip


def _eligible(session: Session, districts: set[str], *, demo: bool) -> Sequence[Any]:
    """Read the eligible places of programmes that touch some districts, with their drawing where there is one."""
    codes = sorted(districts)
    return session.execute(
        select(
            ProgrammeArea.programme_id, ProgrammeArea.name, ProgrammeArea.area_code,
            func.ST_AsBinary(ProgrammeArea.geom).label("drawn"), Programme.title, Programme.theme,
            Programme.period, Programme.first_year, Programme.last_year,
            select(func.min(ProgrammeAllocation.financial_year))
            .where(ProgrammeAllocation.programme_id == Programme.id).scalar_subquery().label("from_year"),
            select(func.max(ProgrammeAllocation.financial_year))
            .where(ProgrammeAllocation.programme_id == Programme.id).scalar_subquery().label("to_year"),
        )
        .join(Programme, Programme.id == ProgrammeArea.programme_id)
        .where(
            Programme.demo == demo,
            or_(ProgrammeArea.lad_code.in_(codes), ProgrammeArea.area_code.in_(codes)),
        )
        .order_by(ProgrammeArea.programme_id, ProgrammeArea.id)
    ).all()  # fmt: skip


def _shares(
    session: Session,
    areas: Sequence[Any],
    pieces: pd.DataFrame,
    key: str,
    here: list[str],
    release: Release,
) -> tuple[dict[Standing, np.ndarray[Any, np.dtype[np.float64]]], list[dict[str, str]]]:
    """Say what of each small area here each programme holds; and which eligible places have no ground."""
    shares: dict[Standing, np.ndarray[Any, np.dtype[np.float64]]] = {}
    without = []
    known = set(pieces["place"])
    for row in areas:
        if row.drawn is not None:
            own = _drawn_row(session, bytes(row.drawn), here, release)
        elif row.area_code in known:
            own = _share_row(pieces, row.area_code, key, here)
        else:
            without.append({"programme": row.programme_id, "title": row.title, "place": row.name})
            continue
        years = (
            years_of([row.first_year, row.last_year])
            or years_of([row.period])
            or years_of([row.from_year, row.to_year])
        )
        one = Standing("programme", row.programme_id, row.title, row.theme, years)
        shares[one] = np.maximum(shares.get(one, np.zeros(len(here))), own)
    return {one: own for one, own in shares.items() if own.any()}, without


def _share_row(
    pieces: pd.DataFrame, place: str, key: str, here: list[str]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Give the share of each small area's people here that a place holds: where it holds a part, that part."""
    whole = pieces[pieces["place"] == key].set_index("code")["people"]
    own = pieces[pieces["place"] == place].set_index("code")["people"].reindex(here)
    held = pd.Index(pieces.loc[pieces["place"] == place, "code"])
    share = (own / whole.reindex(here)).to_numpy(dtype=np.float64)
    # Where people are not known, or nobody lives, a small area is held whole.
    share = np.where(np.isnan(share), 1.0, np.clip(share, 0.0, 1.0))
    return np.where(pd.Index(here).isin(held), share, 0.0)


def _drawn_row(
    session: Session, drawn: bytes, here: list[str], release: Release
) -> np.ndarray[Any, np.dtype[np.float64]]:
    outline: Any = shapely.from_wkb(drawn)
    found = shares_of_ground(session, Ground(outline=outline), release.id).set_index("code")
    share = found["people_share"].fillna(found["core_share"])
    # What is thinner than the tolerances and holds nobody is no ground in common.
    share = share.where(found["core_share"].gt(0) | found["postcode_share"].gt(0), 0.0)
    return np.asarray(share.reindex(here).fillna(0.0).clip(0.0, 1.0), dtype=np.float64)


def _life(each: Any) -> tuple[int, int] | None:
    if each.valid_from is None:
        return None
    return each.valid_from.year, (each.valid_to or date.max).year


def _item(standings: Sequence[Standing], pair: dict[str, Any]) -> dict[str, Any]:
    one, other = standings[pair["a"]], standings[pair["b"]]
    return {
        "a": {"kind": one.kind, "id": one.id, "title": one.title},
        "b": {"kind": other.kind, "id": other.id, "title": other.title},
        "people": round(pair["people"]), "at_most": pair["at_most"],
        **{key: round(pair[key], 6) for key in ("share_of_a", "share_of_b", "jaccard")},
        **{key: pair[key] for key in ("same_ground", "same_theme", "same_years")},
        "sentence": say_pair(one, other, pair),
    }  # fmt: skip
