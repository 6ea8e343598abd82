"""Whose gap it is, and what it is compared with, as people of each area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.queries import IndexRow
from app.neighbourhoods.figures import weights_of
from app.neighbourhoods.queries import get_neighbourhood, get_version, newest_versions
from app.partnerships.alignment import align_ground, whole_and_cut
from app.partnerships.queries import ground_of_partnership
from app.priorities.queries import find_ground, find_partnership_place, list_designations
from app.profiles.queries import read_index_areas
from app.profiles.subject import ESTIMATES
from app.strategies.queries import names_of, regions_of
from boundaries.errors import Fault, Invalid, NotFound

PRIORITIES, SAVED, TOGETHER = "priorities", "saved", "together"
REST, WHOLE, REGION, ENGLAND = "rest", "partnership", "region", "england"


class NothingSaved(NotFound):
    """The partnership has saved no neighbourhood or priorities whose gap could be told."""

    slug = "nothing-saved"
    title = "No neighbourhood is saved"


@dataclass(frozen=True)
class Here:
    """Some ground whose gap is told: by estimate the people of each area on it; areas: how many it touches."""

    slug: str | None
    name: str
    people: Mapping[str, np.ndarray]
    areas: int


@dataclass(frozen=True)
class Grounds:
    """Grounds on one set of areas.

    others : comparators by key, name and people. lacking : key -> why that comparator is not there.
    """

    codes: pd.Index
    here: tuple[Here, ...]
    others: tuple[tuple[str, str, np.ndarray], ...]
    lacking: Mapping[str, str]
    notes: tuple[str, ...] = ()


def choose_ground(session: Session, slug: str, wanted: str | None) -> str:
    """Choose whose gap it is where nothing is asked: the saved priorities, else the saved neighbourhoods."""
    if wanted is not None:
        return wanted
    return PRIORITIES if list_designations(session, slug) else SAVED


def small_area_grounds(
    session: Session, slug: str, base: IndexRow, wanted: str, day: date
) -> Grounds:
    """Find neighbourhoods, each and together, and what they are compared with, on an index's areas.

    wanted : `priorities` (of the newest saved designation on that set), `saved`, or one neighbourhood's slug.
    Raises UnknownPartnership, NothingSaved, NoSmallAreas, Invalid for a neighbourhood of another partnership.
    """
    place = find_partnership_place(session, slug)
    areas = read_index_areas(session, base, day)
    codes, people = areas.residents.index, areas.residents.fillna(0.0)
    inside = pd.Series(0.0, index=codes)
    inside[codes.intersection(find_ground(session, place, base).codes)] = 1.0
    here = _here(session, slug, base, wanted, people)
    of_regions = areas.region
    ours = of_regions[inside.to_numpy() > 0].dropna()
    others = [(WHOLE, place.title, (people * inside).to_numpy())]
    lacking: dict[str, str] = {}
    if areas.is_whole:
        for code in sorted(set(ours)):
            others.append(
                (f"{REGION}:{code}", areas.names.get(code, code), people.where(of_regions == code, 0.0).to_numpy())
            )  # fmt: skip
        others.append((ENGLAND, "England", people.to_numpy()))
    else:
        lacking = dict.fromkeys((REGION, ENGLAND), "only part of the index is loaded here")
    return Grounds(codes, tuple(here), tuple(others), lacking, unknown_people(areas.residents))


def unknown_people(people: pd.Series) -> tuple[str, ...]:
    """Say of how many areas the people are not known: nothing can be weighed by them, so they are in no mean."""
    many = int(people.isna().sum())
    return (f"The people of {many:,} areas are not known: those are in no mean.",) if many else ()


def _here(
    session: Session, slug: str, base: IndexRow, wanted: str, people: pd.Series
) -> list[Here]:
    if wanted == PRIORITIES:
        return [_designated(session, slug, base, people)]
    if wanted == SAVED:
        found = [
            (row.slug, row.name, version.footprint_id)
            for row, version in newest_versions(session, slug)
        ]
    else:
        row = get_neighbourhood(session, wanted)
        if row.partnership_slug != slug:
            detail = f"{wanted[:80]!r} is no neighbourhood of {slug}"
            raise Invalid(detail, [Fault(detail, pointer="/neighbourhoods", value=wanted[:80])])
        found = [(row.slug, row.name, get_version(session, row.slug).footprint_id)]
    shares = {}
    for name, _, footprint_id in found:
        weights = weights_of(session, footprint_id, base.area_set)[list(ESTIMATES)].astype(
            "float64"
        )
        # Where no postcode lies, the ground itself is all that can be shared out.
        weights["postcode_share"] = weights["postcode_share"].fillna(weights["people_share"])
        shares[name] = weights.reindex(people.index).fillna(0.0)
    if not shares:
        raise NothingSaved(f"{slug} has no saved neighbourhood; save one, or save its priorities")
    each = [_as_here(name, title, shares[name], people) for name, title, _ in found]
    if len(each) < 2:
        return each
    # Ground in two neighbourhoods is counted once.
    united = sum(
        shares.values(), start=pd.DataFrame(0.0, index=people.index, columns=list(ESTIMATES))
    )
    return [_as_here(None, "The neighbourhoods together", united.clip(upper=1.0), people), *each]


def _as_here(slug: str | None, name: str, shares: pd.DataFrame, people: pd.Series) -> Here:
    weighed = {one: (shares[one] * people).to_numpy(dtype=np.float64) for one in ESTIMATES}
    return Here(slug, name, weighed, int((weighed[ESTIMATES[0]] > 0).sum()))


def _designated(session: Session, slug: str, base: IndexRow, people: pd.Series) -> Here:
    for saved in list_designations(session, slug):
        result = saved.result
        about, areas = result["index"], result["areas"]
        assert isinstance(about, dict)
        assert isinstance(areas, list)
        if about["area_set"] != base.area_set:
            continue
        chosen = {area["code"] for area in areas if area["selected"]}
        weights = np.where(people.index.isin(chosen), people.to_numpy(dtype=np.float64), 0.0)
        return Here(
            None, f"The priorities of {saved.name}", dict.fromkeys(ESTIMATES, weights), len(chosen)
        )
    raise NothingSaved(
        f"{slug} has no saved priorities on {base.area_set}; neighbourhoods=saved asks of its neighbourhoods"
    )


def district_grounds(
    session: Session, slug: str, codes: pd.Index, people: pd.Series, day: date
) -> Grounds:
    """Find a partnership's districts against its region and England: a district's series knows no neighbourhood."""
    place = find_partnership_place(session, slug)
    whole, cut = whole_and_cut(
        align_ground(session, ground_of_partnership(session, slug, day), day)
    )
    known = people.reindex(codes)
    held = known.fillna(0.0)
    absent = sorted(set(whole) - set(known.dropna().index))
    if cut or absent or not whole:
        named = ", ".join([*cut, *absent][:4]) or "none"
        detail = f"{place.title} is not made of whole districts of this series whose people are known ({named})"
        raise NothingSaved(detail)
    regions = regions_of(session, [str(code) for code in codes])
    of_regions = pd.Series([regions.get(str(code)) for code in codes], index=codes, dtype=object)
    mine = held.where(codes.isin(whole), 0.0).to_numpy(dtype=np.float64)
    wanted = sorted(set(of_regions[codes.isin(whole)].dropna()))
    names = names_of(session, wanted)
    others = [
        (f"{REGION}:{code}", names.get(code, code), held.where(of_regions == code, 0.0).to_numpy(dtype=np.float64))
        for code in wanted
    ]  # fmt: skip
    others.append((ENGLAND, "England", held.to_numpy(dtype=np.float64)))
    here = Here(None, place.title, dict.fromkeys(ESTIMATES, mine), len(whole))
    lacking = {REST: "this series stops at the district: no neighbourhood's gap can be told by it"}
    return Grounds(codes, (here,), tuple(others), lacking, unknown_people(known))
