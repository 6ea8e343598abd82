"""Reads what an estimate of a ledger rests on: each line's own place in small areas; and shares the money out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.neighbourhoods.queries import release_of_set
from app.rasters.weights import NoPopulationRaster
from app.resources.district_parts import parts_of_districts
from app.resources.estimate_weights import LINE, read_weights, small_area_counts
from app.resources.joining import joined_by_hash
from app.resources.methods.estimate import BASES, GIVEN, POPULATION
from app.resources.methods.estimated_ledger import EstimatedLedger, Stated, Zone, estimate_stated
from app.resources.methods.ledger import REST
from app.resources.methods.relate import (
    CONTAINS,
    OVERLAPS,
    PARTLY,
    PARTNERSHIP,
    STRADDLES,
    UNKNOWN,
    WHOLE,
)
from app.resources.methods.sums import Stands, stands_of
from app.resources.queries import GroundFound, read_children, read_pieces
from boundaries.database import named_sql
from boundaries.errors import Fault, Invalid
from boundaries.footprints import footprint_shares, read_ground

_FOOTPRINT = "footprint:"
# Of all other places the ledger says surely in which one zone they lie, or that none is stated.
SHARED = (PARTLY, STRADDLES, WHOLE, CONTAINS, OVERLAPS, UNKNOWN)


class Shareable(NamedTuple):
    """Lines as an estimate shares them out, and what their places are made of, whatever the basis.

    rows : one a line, or a group of lines alike: id, title, amount_pence, lines; lines : the same as the estimate
    takes them, each with its own basis; parts : as `estimate_stated` takes them
    """

    rows: list[dict[str, Any]]
    lines: tuple[Stated, ...]
    parts: dict[str, pd.Series]
    found: GroundFound


def basis_faults(basis: str | None) -> list[Fault]:
    """List what is wrong with a basis that is asked for: nothing, or that there is no such one."""
    if basis is None or basis in BASES:
        return []
    return [Fault(f"basis: one of {', '.join(BASES)}", pointer="/basis", value=basis[:40])]


def shareable_lines(
    session: Session,
    parameters: Mapping[str, Any],
    found: GroundFound,
    relations: pd.DataFrame,
    *,
    year: str | None = None,
    each: bool = False,
    after: str = "",
    most: int | None = None,
) -> Shareable:
    """Read the lines of a ledger that an estimate shares out, and their places, but for the weights.

    parameters and relations : as the ledger is built on (`building.ledger_parameters`, `relate_places`). Lines of
    which the ledger is sure (in one neighbourhood, in the rest alone, outside) and those without a place stay
    where they are. `each` gives every line by itself, by id, a page of `most` after one; else lines alike together.
    """
    stands = _stands(relations)
    asked = {
        "places": sorted(stands), "year": year, "each": each, "after": after, "most": most,
    }  # fmt: skip
    with joined_by_hash(session):
        result = session.execute(named_sql(__file__, "lines_to_share"), {**parameters, **asked})
        rows = [dict(row) for row in result.mappings()]
    lines = tuple(_stated(row, stands[row["place_key"]]) for row in rows)
    places = {line.place for line in lines if line.place is not None}
    return Shareable(rows, lines, _parts(session, places, found, parameters["slug"]), found)


def count_shareable(
    session: Session,
    parameters: Mapping[str, Any],
    relations: pd.DataFrame,
    *,
    year: str | None = None,
) -> int:
    """Count the lines of a ledger that an estimate shares out; see `shareable_lines`."""
    asked = {
        "places": sorted(_stands(relations)),
        "year": year,
        "each": False,
        "after": "",
        "most": None,
    }
    with joined_by_hash(session):
        rows = session.execute(named_sql(__file__, "lines_to_share"), {**parameters, **asked})
        return sum(row.lines for row in rows)


def _stands(relations: pd.DataFrame) -> dict[str, tuple[Zone, ...]]:
    """Say where the places stand of which the ledger is not sure, by their keys."""
    moved = relations[relations["relation"].isin(SHARED)]
    return {
        key: _zones(stands_of(relation))
        for key, *relation in moved.itertuples(index=False, name=None)
    }


def _zones(stands: Stands) -> tuple[Zone, ...]:
    if stands.neighbourhood is None:
        return (stands.bucket,)
    return (stands.neighbourhood, *(number for number, _ in stands.also))


def estimate_places(
    session: Session,
    parameters: Mapping[str, Any],
    found: GroundFound,
    relations: pd.DataFrame,
    basis: str | None = None,
    *,
    year: str | None = None,
    given: Mapping[str, float] | None = None,
) -> EstimatedLedger:
    """Estimate where a ledger's money lies, beside its buckets and in none of its totals; see `shareable_lines`.

    `basis` shares out every line the same way (a what-if); None takes the line's own, else its programme's,
    else people. `given` are weights by small area for the basis "given"; None takes what each programme itself
    allocates to small areas. Raises Invalid for an unknown basis and, where it is asked for by name,
    NoPopulationRaster.
    """
    shareable = shareable_lines(session, parameters, found, relations, year=year)
    return estimate_by(session, shareable, basis, given=given)


def estimate_by(
    session: Session,
    shareable: Shareable,
    basis: str | None = None,
    *,
    given: Mapping[str, float] | None = None,
) -> EstimatedLedger:
    """Share lines out, all by one basis or (None) each by its own; see `estimate_places`."""
    faults = basis_faults(basis)
    if faults:
        raise Invalid(faults[0].detail, faults)
    lines = shareable.lines
    if basis is not None:
        # Weights that nobody sent are each programme's own.
        own = basis == GIVEN and given is None
        lines = tuple(
            line._replace(basis=basis, weighed_by=_given_by(row) if own else basis)
            for line, row in zip(lines, shareable.rows, strict=True)
        )
    codes = sorted({code for each in shareable.parts.values() for code in each.index})
    needed = {(line.weighed_by, line.basis) for line in lines}
    area_set = shareable.found.area_set
    weights = {
        weighed_by: read_weights(session, weighed_by, codes, area_set, given=given, asked=name == basis)
        for weighed_by, name in sorted(needed)
    }  # fmt: skip
    ground = shareable.found.ground
    zone_of: dict[str, Zone] = dict.fromkeys(ground.areas, REST)
    for code, number in ground.neighbourhood_of.items():
        zone_of[code] = ground.numbers_of(code) if code in ground.also_in else number
    numbers = [each.number for each in shareable.found.neighbourhoods]
    return estimate_stated(lines, shareable.parts, weights, zone_of, numbers)


def estimate_by_each(session: Session, shareable: Shareable) -> dict[str, EstimatedLedger]:
    """Share lines out by every basis that needs no wish of anybody's: what the range of estimates is taken from."""
    made = {}
    for basis in BASES:
        try:
            made[basis] = estimate_by(session, shareable, basis)
        except NoPopulationRaster:
            continue  # no grid, no estimate by it
    del made[GIVEN]
    return made


def _stated(row: Mapping[str, Any], stands: tuple[Zone, ...]) -> Stated:
    """Say which place a line is to be shared over, and by what."""
    basis = row["basis"] or POPULATION
    weighed_by = _given_by(row) if basis == GIVEN else basis
    place: str | None = row["place_code"]
    if row["place_kind"] == "partnership":
        place = f"{PARTNERSHIP}{row['partnership_slug']}"
    elif row["footprint_id"] is not None:
        place = f"{_FOOTPRINT}{row['footprint_id']}"
    return Stated(
        row["id"] or f"{row['place_key']} {basis} {row['programme_id']} {row['amount_pence']} {row['weighed_line']}",
        row["amount_pence"], stands, place, basis, weighed_by, row["lines"],
    )  # fmt: skip


def _given_by(row: Mapping[str, Any]) -> str:
    """Say whose weights a line is shared out by: its own source's, else its programme's."""
    if row["weighed_line"] is not None:
        return f"{GIVEN}:{LINE}:{row['weighed_line']}"
    return f"{GIVEN}:{row['programme_id']}"


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
    people = small_area_counts(session, "people", pieces["code"], found.area_set).reindex(
        pieces["code"]
    )
    held = pieces["people"].to_numpy(dtype=float)
    # Of a small area where nobody lives, a place that reaches it holds all.
    pieces["part"] = np.where(people.eq(0), 1.0, held / people.to_numpy())
    parts = {
        str(place): own.groupby("code")["part"].sum(min_count=1, skipna=False).clip(upper=1.0)
        for place, own in pieces.groupby("place")
    }
    return parts | parts_of_districts(session, set(codes) - set(parts), found.area_set)


def _parts_of_estate(session: Session, footprint_id: int, area_set: str) -> pd.Series:
    demo = read_ground(session, footprint_id).demo
    release = release_of_set(session, area_set, demo=demo)
    shares = footprint_shares(session, footprint_id, release.id).set_index("code")["people_share"]
    return shares[shares.isna() | (shares > 0)]
