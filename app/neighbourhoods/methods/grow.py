"""Joins touching small areas into neighbourhoods of a stated size; selects no area and names none.

Greedy: the cheapest pair of touching groups is joined while one of them is too small and both
together are not too large; then what is left too small is joined or shared out anew (METHODS.md 3.6).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from app.neighbourhoods.methods.bands import Band, BandInvalid
from app.neighbourhoods.methods.dividing import divisions
from app.neighbourhoods.methods.enclosed import StepsOut, enclosed_by, steps_out
from app.neighbourhoods.methods.pieces import Borders, Piece, Pieces, borders_of
from app.neighbourhoods.methods.smoothing import in_one_piece, smooth
from boundaries.errors import Fault

# What a border as long as the whole smaller outline is worth against a difference of one SD.
ALPHA = 1.0
MOST_DIVISIONS = 50
COLUMNS = ("codes", "size", "place", "compactness", "note")


@dataclass(frozen=True)
class Grown:
    """Neighbourhoods grown.

    groups : index number (1.. by first code); columns codes (tuple of text, sorted), size (float; NaN
        where an area's is not known), place ("in", "below", "above" the band, or "not known"),
        compactness (4 pi m2 / m squared: 1 is a circle), note (text).
    membership : index area code, value number: every area given, once, and those filled in.
    filled : areas that were not given and that a neighbourhood encloses.
    bridges : pairs of areas that do not touch and were taken to, islands and what is nearest.
    """

    groups: pd.DataFrame
    membership: pd.Series
    filled: tuple[str, ...] = ()
    bridges: tuple[tuple[str, str], ...] = ()

    @property
    def share_in_band(self) -> float:
        """Give the share of neighbourhoods whose size lies in the band; NaN without any."""
        return float((self.groups["place"] == "in").mean()) if len(self.groups) else float("nan")

    @property
    def outside_band(self) -> pd.DataFrame:
        """Give the neighbourhoods whose size does not lie in the band."""
        return self.groups[self.groups["place"] != "in"]


def grow(
    areas: pd.DataFrame,
    pairs: pd.DataFrame,
    band: Band,
    *,
    selected: Iterable[str] | None = None,
    bridges: Iterable[tuple[str, str]] = (),
) -> Grown:
    """Join areas into contiguous neighbourhoods within a band of size where that can be.

    Parameters
    ----------
    areas : all areas around; index code (unique); columns size (households or people; missing where
        not known), score (of an index, missing allowed), perimeter_m, area_m2.
    pairs : columns a, b (codes), border_m (metres), each pair once; pairs with others are passed over.
    selected : codes to join; None: all of them.
    bridges : pairs of areas that count as touching though they do not (islands and what is nearest).

    Returns
    -------
    Grown: each selected area in exactly one neighbourhood, each contiguous over shared borders of
    more than a metre and bridges. The same areas in any order give the same answer.

    Raises
    ------
    BandInvalid : no neighbourhood could lie in the band at all.

    Notes
    -----
    Cost of a pair: pa pb/(pa+pb) (score difference / SD)^2 - border / smaller perimeter, sizes as
    shares of the band's middle; ties by code. A group too small after that goes to the touching one
    with the longest border that it does not make too large; where there is none, it and one or two
    touching it are divided anew. What a neighbourhood encloses joins it where the size allows. An
    area of unknown size joins nothing, as no sum with it is known.
    """
    chosen = set(areas.index if selected is None else selected) & set(areas.index)
    bridged = tuple(sorted({(min(a, b), max(a, b)) for a, b in bridges}))
    around = borders_of(areas.index, pairs, bridged)
    mine = areas[areas.index.isin(chosen)]
    known = set(mine.index[mine["size"].notna()])
    joinable = {
        code: {o: m for o, m in around[code].items() if o in known} if code in known else {}
        for code in sorted(chosen)
    }
    pieces = Pieces(mine, joinable)
    pieces.link()
    _refuse_impossible(pieces, band)
    spread = float(mine["score"].astype("Float64").std(ddof=0)) if len(mine) > 1 else 0.0
    _join_cheapest(pieces, band, spread if spread > 0 else 1.0)
    _repair_small(pieces, band)
    smooth(pieces, band, spread if spread > 0 else 1.0)
    pieces.link()
    steps = steps_out(around, dict(areas["perimeter_m"].astype(float)))
    filled = _take_enclosed(pieces, band, around, steps, areas)
    used = tuple((a, b) for a, b in bridged if pieces.home.get(a, "") == pieces.home.get(b, "none"))
    holes = {
        piece.name: sum(map(len, enclosed_by(piece.codes, around, steps)))
        for piece in pieces.groups.values()
    }
    return _describe(pieces, band, holes, tuple(sorted(filled)), used)


def _refuse_impossible(pieces: Pieces, band: Band) -> None:
    """Refuse a band that nothing can meet: every area is larger, or no touching areas come to the least."""
    sizes = [size for size in pieces.size_of.values() if not np.isnan(size)]
    if not sizes:
        return
    largest = max(_sizes_of_islands(pieces))
    if min(sizes) > band.high:
        detail = f"every area here has more than {band.high:,} {band.size_in}: the smallest {min(sizes):,.0f}"
    elif largest < band.low:
        detail = (
            f"at least {band.low:,} {band.size_in} cannot be met: "
            f"the most that touches here has {largest:,.0f}"
        )
    else:
        return
    pointer = "/at_most" if min(sizes) > band.high else "/at_least"
    raise BandInvalid(detail, [Fault(detail, pointer=pointer)])


def _sizes_of_islands(pieces: Pieces) -> list[float]:
    """Give the size of each set of areas that hang together; of unknown size none."""
    seen: set[str] = set()
    found = [0.0]
    for first in pieces.borders:
        if first in seen or np.isnan(pieces.size_of[first]):
            continue
        waiting, total = [first], 0.0
        seen.add(first)
        while waiting:
            code = waiting.pop()
            total += pieces.size_of[code]
            fresh = [other for other in pieces.borders[code] if other not in seen]
            seen.update(fresh)
            waiting += fresh
        found.append(total)
    return found


def _join_cheapest(pieces: Pieces, band: Band, spread: float) -> None:
    """Join the cheapest touching pair, one of them too small and both not too large, until there is none."""
    age = dict.fromkeys(pieces.groups, 0)
    waiting: list[tuple[float, str, str, int, int]] = []

    def offer(a: str, b: str) -> None:
        one, other = pieces.groups[a], pieces.groups[b]
        if one.size >= band.low and other.size >= band.low:
            return
        if one.size + other.size <= band.high:
            price = _cost(one, other, band, spread)
            heapq.heappush(waiting, (price, a, b, age[a], age[b]))

    for name, piece in sorted(pieces.groups.items()):
        for other in sorted(piece.borders):
            if name < other:
                offer(name, other)
    while waiting:
        _, a, b, age_a, age_b = heapq.heappop(waiting)
        if a not in pieces.groups or b not in pieces.groups or (age[a], age[b]) != (age_a, age_b):
            continue
        kept = pieces.join(a, b)
        age[kept] += 1
        for other in sorted(pieces.groups[kept].borders):
            offer(*sorted((kept, other)))


def _cost(one: Piece, other: Piece, band: Band, spread: float) -> float:
    pa, pb = one.size / band.middle, other.size / band.middle
    difference = (one.score - other.score) / spread
    unlike = pa * pb / (pa + pb) * difference**2 if pa + pb > 0 else 0.0
    border_share = one.borders[other.name] / max(min(one.perimeter_m, other.perimeter_m), 1.0)
    return (0.0 if np.isnan(unlike) else unlike) - ALPHA * border_share


def _repair_small(pieces: Pieces, band: Band) -> None:
    """Join each group that is too small, the smallest first, or divide it anew with one or two beside it."""
    given_up: set[tuple[str, ...]] = set()
    while True:
        small = [
            (piece.size, name)
            for name, piece in pieces.groups.items()
            if piece.size < band.low and piece.borders and tuple(piece.codes) not in given_up
        ]
        if not small:
            return
        _, name = min(small)
        codes = tuple(pieces.groups[name].codes)
        if not (_join_longest(pieces, name, band) or _divide_anew(pieces, name, band)):
            given_up.add(codes)


def _beside(pieces: Pieces, name: str) -> list[str]:
    """List the groups that touch one, the longest border first, ties by code."""
    borders = pieces.groups[name].borders
    return sorted(borders, key=lambda other: (-borders[other], other))


def _join_longest(pieces: Pieces, name: str, band: Band) -> bool:
    for other in _beside(pieces, name):
        if pieces.groups[name].size + pieces.groups[other].size <= band.high:
            pieces.join(name, other)
            return True
    return False


def _divide_anew(pieces: Pieces, name: str, band: Band) -> bool:
    """Divide a group with one that touches it, or with two that hang together with it."""
    beside = _beside(pieces, name)
    together: list[tuple[str, ...]] = [(name, other) for other in beside]
    together += [
        (name, other, third)
        for other in beside
        for third in _beside(pieces, other)
        if third != name
    ]
    for names in together:
        codes = [code for one in names for code in pieces.groups[one].codes]
        parts = next(divisions(codes, pieces.size_of, pieces.borders, band), None)
        if parts is not None:
            pieces.replace(names, parts)
            return True
    return False


def _take_enclosed(
    pieces: Pieces, band: Band, around: Borders, steps: StepsOut, areas: pd.DataFrame
) -> set[str]:
    """Join to a group what it encloses where the size allows, or divide both anew; gives what was not selected."""
    filled: set[str] = set()
    sizes = areas["size"].astype("Float64").to_dict()
    for first in sorted(pieces.groups):
        if first not in pieces.groups:
            continue
        name = first
        for hole in enclosed_by(pieces.groups[name].codes, around, steps):
            added = sum(float(sizes[c]) if pd.notna(sizes[c]) else np.nan for c in hole)
            if pieces.groups[name].size + added <= band.high:
                strange = sorted(code for code in hole if code not in pieces.home)
                for code in strange:
                    pieces.take_in(code, areas.loc[code], around[code])
                for code in sorted(hole):
                    if pieces.home[code] != name:
                        name = pieces.join(*sorted((name, pieces.home[code])))
                filled |= set(strange)
            elif _open_up(pieces, name, hole, band, around, steps) or _break_ring(
                pieces, name, hole, band, around, steps
            ):
                break
    return filled


def _open_up(
    pieces: Pieces, name: str, hole: set[str], band: Band, around: Borders, steps: StepsOut
) -> bool:
    """Divide a group and those it encloses so that none encloses another, if there is a way."""
    if not hole <= set(pieces.home):
        return False
    names = sorted({name, *(pieces.home[code] for code in hole)})
    codes = [code for one in names for code in pieces.groups[one].codes]
    found = divisions(codes, pieces.size_of, pieces.borders, band)
    for parts in islice(found, MOST_DIVISIONS):
        if not any(enclosed_by(part, around, steps) for part in parts):
            pieces.replace(names, parts)
            return True
    return False


def _break_ring(
    pieces: Pieces, name: str, hole: set[str], band: Band, around: Borders, steps: StepsOut
) -> bool:
    """Give one area of a ring to another group so that nothing is enclosed, if both keep their size."""
    ring = pieces.groups[name]
    beside_hole = sorted({other for code in hole for other in around[code]} & set(ring.codes))
    for code in beside_hole:
        size = pieces.size_of[code]
        rest = [other for other in ring.codes if other != code]
        if not (band.holds(ring.size - size) and in_one_piece(rest, pieces.borders)):
            continue
        if enclosed_by(rest, around, steps):
            continue
        for to in sorted({pieces.home[other] for other in pieces.borders[code]} - {name}):
            group = pieces.groups[to]
            fits = band.holds(group.size + size)
            if fits and not enclosed_by([*group.codes, code], around, steps):
                pieces.move(code, to)
                pieces.link()
                return True
    return False


def _describe(
    pieces: Pieces,
    band: Band,
    holes: Mapping[str, int],
    filled: tuple[str, ...],
    bridges: tuple[tuple[str, str], ...],
) -> Grown:
    rows, membership = [], {}
    for number, piece in enumerate(pieces.ordered(), start=1):
        place = band.place_of(piece.size)
        note = _note(piece, place, band)
        if holes[piece.name]:
            note = f"{note} It surrounds {holes[piece.name]} areas of others.".strip()
        rows.append((tuple(piece.codes), piece.size, place, piece.compactness, note))
        membership.update(dict.fromkeys(piece.codes, number))
    groups = pd.DataFrame(rows, columns=list(COLUMNS))
    groups.index = pd.RangeIndex(1, len(rows) + 1, name="number")
    order = pd.Series(membership, name="number", dtype="int64").sort_index()
    return Grown(groups, order, filled, bridges)


def _note(piece: Piece, place: str, band: Band) -> str:
    """Say why a group's size does not lie in the band."""
    if place == "not known":
        return f"How many {band.size_in} it has is not known."
    if place == "above":
        return f"One area alone has more than {band.high:,} {band.size_in}."
    if place == "below":
        if not piece.borders:
            return "It touches no other area that was selected."
        return f"No division with what touches it keeps all between {band.low:,} and {band.high:,}."
    return ""
