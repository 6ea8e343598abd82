"""Reads what an estimate of a ledger rests on: each line's own place in small areas, and what they weigh."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from app.indicators.tables import DeprivationIndex, IndexValue
from app.neighbourhoods.queries import release_of_set
from app.rasters.weights import NoPopulationRaster, population_weights
from app.resources.methods.estimate import (
    AREA,
    BASES,
    EQUAL,
    GIVEN,
    HOUSEHOLDS,
    POPULATION,
    RASTER,
    WORST_FIFTH,
)
from app.resources.methods.estimated_ledger import (
    EstimatedLedger,
    Stated,
    estimate_stated,
)
from app.resources.methods.ledger import LOCATED, NEIGHBOURHOODS, NOT_PLACED, OUT, REST, Ledger
from app.resources.methods.relate import PARTNERSHIP
from app.resources.queries import SETS, GroundFound, read_children, read_pieces
from app.resources.tables import Programme, ProgrammeAllocation, ResourceLine
from boundaries.database import among, named_sql
from boundaries.errors import Fault, Invalid
from boundaries.footprints import footprint_shares, read_ground
from boundaries.gss import is_demo_code
from boundaries.queries import LayerMissing
from boundaries.tables import Boundary, Weight

SQUARE_METRES_A_HECTARE = 10_000
# A small area is of the worst fifth where so many times its rank is at most the areas ranked.
_FIFTHS = 5
_FOOTPRINT = "footprint:"


def basis_faults(basis: str | None) -> list[Fault]:
    """List what is wrong with a basis that is asked for: nothing, or that there is no such one."""
    if basis is None or basis in BASES:
        return []
    return [Fault(f"basis: one of {', '.join(BASES)}", pointer="/basis", value=basis[:40])]


def estimate_ledger(
    session: Session,
    ledger: Ledger,
    found: GroundFound,
    basis: str | None = None,
    *,
    slug: str | None = None,
    given: Mapping[str, float] | None = None,
) -> EstimatedLedger:
    """Estimate where a ledger's money lies, beside its buckets and in none of its totals.

    `basis` shares out every line the same way (a what-if); None takes the line's own, else its programme's,
    else people. `slug` is the partnership's own name, which money "for the whole partnership" carries.
    `given` are weights by small area for the basis "given"; None takes what each programme itself allocates
    to small areas. Raises Invalid for an unknown basis and, where it is asked for by name, NoPopulationRaster.
    """
    faults = basis_faults(basis)
    if faults:
        raise Invalid(faults[0].detail, faults)
    own = _own_words(session, ledger.stage)
    stated = [_stated(line, own.get(line["id"], {}), basis) for line in ledger.lines]
    asked = {line.place for line in stated if line.zone is None and line.place is not None}
    parts = _parts(session, asked, found, slug)
    lines = [
        # What touches no small area of the partnership has no parts here: it lies outside, whole.
        line._replace(zone=OUT)
        if line.zone is None and line.place not in parts and of["bucket"] == OUT
        else line
        for line, of in zip(stated, ledger.lines, strict=True)
    ]
    codes = sorted({code for each in parts.values() for code in each.index})
    needed = {(line.weighed_by, line.basis) for line in lines if line.zone is None}
    weights = {
        weighed_by: _weights(session, name, weighed_by, codes, found, given, asked=name == basis)
        for weighed_by, name in sorted(needed)
    }
    zone_of: dict[str, int | str] = dict.fromkeys(found.ground.areas, REST)
    zone_of.update(found.ground.neighbourhood_of)
    return estimate_stated(
        lines, parts, weights, zone_of, [each.number for each in ledger.neighbourhoods]
    )


def _own_words(session: Session, stage: str) -> dict[str, dict[str, Any]]:
    """Read what lines say of their own estimate, where they do: basis, programme, whose place, which estate."""
    query = (
        select(
            ResourceLine.id, ResourceLine.partnership_slug, ResourceLine.footprint_id,
            ResourceLine.programme_id,
            case(
                (ResourceLine.estimate_basis.is_not(None), ResourceLine.estimate_basis),
                else_=Programme.estimate_basis,
            ).label("basis"),
        )
        .outerjoin(Programme, Programme.id == ResourceLine.programme_id)
        .where(
            ResourceLine.stage == stage,
            ResourceLine.estimate_basis.is_not(None) | ResourceLine.programme_id.is_not(None)
            | ResourceLine.partnership_slug.is_not(None) | ResourceLine.footprint_id.is_not(None),
        )
    )  # fmt: skip
    return {row["id"]: dict(row) for row in session.execute(query).mappings()}


def _stated(line: Mapping[str, Any], own: Mapping[str, Any], asked: str | None) -> Stated:
    """Say which zone holds a line whole, or which place it is to be shared over."""
    basis = asked or own.get("basis") or POPULATION
    programme = own.get("programme_id")
    weighed_by = f"{GIVEN}:{programme}" if basis == GIVEN and asked is None else basis
    zone: int | str | None = None
    place: str | None = None
    if line["certainty"] == LOCATED:
        zone = line["neighbourhood"] if line["bucket"] == NEIGHBOURHOODS else REST
    elif line["bucket"] == OUT and line["grade"] not in ("B", "C") and not own.get("footprint_id"):
        zone = OUT  # an MSOA, a ward, a parish or an estate may lie outside by majority only
    elif line["place_kind"] == "none":
        zone = NOT_PLACED
    elif line["place_kind"] == "partnership":
        place = f"{PARTNERSHIP}{own.get('partnership_slug')}"
    elif own.get("footprint_id") is not None:
        place = f"{_FOOTPRINT}{own['footprint_id']}"
    else:
        place = line["place_code"]
    return Stated(line["id"], line["amount_pence"], zone, place, basis, weighed_by)


def _parts(
    session: Session, places: Collection[str], found: GroundFound, slug: str | None
) -> dict[str, pd.Series]:
    """Say of which small areas places are made: codes, partnerships, estates; what cannot be told has no entry.

    Each: by code, the part of the small area that the place holds, NaN where not known.
    """
    made: dict[str, pd.Series] = {}
    members = _districts_of_partnerships(session, places)
    codes = {
        place: members.get(place, place.split())
        for place in places
        if not place.startswith(_FOOTPRINT) and (place in members or not place.startswith(PARTNERSHIP))
    }  # fmt: skip
    told = _parts_of_codes(session, {code for each in codes.values() for code in each}, found)
    for place, each in codes.items():
        if all(code in told for code in each):
            made[place] = _together([told[code] for code in each])
    for place in places:
        if slug is not None and place == f"{PARTNERSHIP}{slug}":
            made[place] = pd.Series(1.0, index=sorted(found.ground.areas))
        elif place.startswith(_FOOTPRINT):
            number = int(place.removeprefix(_FOOTPRINT))
            made[place] = _parts_of_estate(session, number, found.area_set)
    return made


def _together(parts: Sequence[pd.Series]) -> pd.Series:
    """Put the parts of each small area together, at most the whole of it; one that is not known stays so."""
    if len(parts) == 1:
        return parts[0]
    return pd.concat(parts).groupby(level=0).sum(min_count=1, skipna=False).clip(upper=1.0)


def _districts_of_partnerships(session: Session, places: Collection[str]) -> dict[str, list[str]]:
    slugs = [each.removeprefix(PARTNERSHIP) for each in places if each.startswith(PARTNERSHIP)]
    if not slugs:
        return {}
    named = pd.DataFrame(
        {"place_kind": "partnership", "place_code": None, "partnership_slug": slugs}
    )
    children = read_children(session, named)
    return {str(parent): list(own) for parent, own in children.groupby("parent")["child"]}


def _parts_of_codes(
    session: Session, codes: Collection[str], found: GroundFound
) -> dict[str, pd.Series]:
    """Say of which small areas stated areas are made: the ledger's own pieces, and districts and wider."""
    pieces = read_pieces(session, codes, found)
    people = _counts(session, "people", pieces["code"], found.area_set).reindex(pieces["code"])
    held = pieces["people"].to_numpy(dtype=float)
    # Of a small area where nobody lives, a place that reaches it holds all.
    pieces["part"] = np.where(people.eq(0), 1.0, held / people.to_numpy())
    parts = {
        str(place): own.groupby("code")["part"].sum(min_count=1, skipna=False).clip(upper=1.0)
        for place, own in pieces.groupby("place")
    }
    rows = session.execute(
        named_sql(__file__, "areas_of_districts"),
        {
            "stated": sorted(set(codes) - set(parts)), "area_set": found.area_set,
            "other_set": next(each for each in SETS if each != found.area_set),
        },
    )  # fmt: skip
    for place, children, shares in rows:
        parts[place] = pd.Series(shares, index=children.split(","), dtype=float)
    return parts


def _parts_of_estate(session: Session, footprint_id: int, area_set: str) -> pd.Series:
    demo = read_ground(session, footprint_id).demo
    release = release_of_set(session, area_set, demo=demo)
    shares = footprint_shares(session, footprint_id, release.id).set_index("code")["people_share"]
    return shares[shares.isna() | (shares > 0)]


def _weights(
    session: Session,
    basis: str,
    weighed_by: str,
    codes: Collection[str],
    found: GroundFound,
    given: Mapping[str, float] | None,
    *,
    asked: bool,
) -> pd.Series:
    """Read what small areas weigh on a basis; what is not known has no entry."""
    area_set = found.area_set
    if basis in _COUNTED:
        return _counts(session, _COUNTED[basis], codes, area_set)
    if basis in _READ:
        return _READ[basis](session, codes, area_set)
    if basis == EQUAL:
        return pd.Series(1.0, index=list(codes))
    if basis == RASTER:
        return _people_of_grid(session, codes, area_set, asked=asked)
    if given is None:
        return _allocated(session, weighed_by.removeprefix(f"{GIVEN}:"), codes)
    return pd.Series({code: float(given.get(code, 0)) for code in codes}, dtype=float)


def _counts(session: Session, measure: str, codes: Iterable[str], area_set: str) -> pd.Series:
    return _series(
        session,
        select(func.string_agg(Weight.code, ","), func.array_agg(Weight.value)).where(
            Weight.area_set == area_set,
            Weight.measure == measure,
            among(Weight.code, set(codes)),
        ),
    )


def _series(session: Session, query: Select[Any]) -> pd.Series:
    """Read one row of joined codes and their values; no row of a small area is missing, never 0."""
    codes, values = session.execute(query).one()
    return pd.Series(values or [], index=(codes or "").split(",") if codes else [], dtype=float)


def _people_in_worst_fifth(session: Session, codes: Collection[str], area_set: str) -> pd.Series:
    """Give the people of small areas that the set's newest index ranks among its worst fifth; of the others 0."""
    index = session.scalar(
        select(DeprivationIndex)
        .where(
            DeprivationIndex.area_set == area_set,
            DeprivationIndex.demo == any(is_demo_code(code) for code in codes),
        )
        .order_by(DeprivationIndex.published_on.desc(), DeprivationIndex.id)
        .limit(1)
    )
    if index is None:
        return pd.Series(dtype=float)
    people = _counts(session, "people", codes, area_set)
    ranks = _series(
        session,
        select(func.string_agg(IndexValue.code, ","), func.array_agg(IndexValue.rank)).where(
            IndexValue.index_id == index.id,
            IndexValue.measure == "imd",
            IndexValue.rank.is_not(None),
            among(IndexValue.code, codes),
        ),
    )
    return people.reindex(ranks.index) * (_FIFTHS * ranks).le(index.areas_total)


def _hectares(session: Session, codes: Collection[str], area_set: str) -> pd.Series:
    demo = any(is_demo_code(code) for code in codes)
    try:
        release = release_of_set(session, area_set, demo=demo)
    except LayerMissing:
        return pd.Series(dtype=float)
    drawn = _series(
        session,
        select(func.string_agg(Boundary.code, ","), func.array_agg(Boundary.area_m2)).where(
            Boundary.release_id == release.id, among(Boundary.code, codes)
        ),
    )
    return drawn / SQUARE_METRES_A_HECTARE


_COUNTED = {POPULATION: "people", HOUSEHOLDS: "households"}
_READ = {WORST_FIFTH: _people_in_worst_fifth, AREA: _hectares}


def _people_of_grid(
    session: Session, codes: Collection[str], area_set: str, *, asked: bool
) -> pd.Series:
    try:
        return population_weights(session, area_set, sorted(codes))["people"]
    except NoPopulationRaster:
        if asked:
            raise
        return pd.Series(
            dtype=float
        )  # a programme's own wish: its lines say why they are not shared out


def _allocated(session: Session, programme_id: str, codes: Collection[str]) -> pd.Series:
    """Give what a programme allocates to small areas itself, in pounds; of others 0; nothing where it names none."""
    rows = session.execute(
        select(ProgrammeAllocation.area_code, ProgrammeAllocation.amount_pence).where(
            ProgrammeAllocation.programme_id == programme_id,
            among(ProgrammeAllocation.area_code, codes),
        )
    ).all()
    sums = pd.Series(0.0, index=sorted(codes) if rows else [])
    for code, pence in rows:
        sums[code] += pence / 100
    return sums
