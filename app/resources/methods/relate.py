"""Says how each stated place lies to a partnership and its neighbourhoods, from codes and counts alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

import pandas as pd

from app.resources.methods.place import codes_of

INSIDE_NEIGHBOURHOOD = "inside_neighbourhood"
PARTLY = "partly_in_neighbourhoods"
INSIDE_PARTNERSHIP = "inside_partnership"
STRADDLES = "straddles_partnership"
WHOLE = "whole_partnership"
CONTAINS = "contains_partnership"
OVERLAPS = "wider_and_partly_here"
OUTSIDE = "outside"
UNKNOWN = "unknown"
NO_PLACE = "no_place"
RECIPIENT_HERE = "recipient_here"
RECIPIENT_ELSEWHERE = "recipient_elsewhere"

# How `children` names another partnership as a parent.
PARTNERSHIP = "partnership:"

RELATION_COLUMNS = (
    "line_id",
    "relation",
    "neighbourhood",
    "share_in_neighbourhood",
    "share_in_neighbourhoods",
    "share_in_partnership",
    "basis",
    "also_in",
)
_OTHER_NATIONS = ("S", "W", "N")
_NATIONS_AROUND = ("E92", "K02", "K03", "K04", "X92")
# Kinds of area of which every one that touches the partnership is loaded with it.
_COMPLETE_TYPES = ("lsoa", "msoa", "lad")
_COMPLETE_ENTITIES = ("01", "02", "06", "07", "08", "09")


# (small area, people of the place in it, postcodes of the place in it); None = not known.
Piece = tuple[str, float | None, float | None]


class Relation(NamedTuple):
    """How one place lies. Shares are exact fractions of the place's people (or postcodes, as `basis` says).

    also_in : other neighbourhoods, overlapping `neighbourhood`, that hold the place as well, each with
        whether they hold it wholly.
    """

    relation: str
    neighbourhood: int | None = None
    share_in_neighbourhood: Fraction | None = None
    share_in_neighbourhoods: Fraction | None = None
    share_in_partnership: Fraction | None = None
    basis: str = ""
    also_in: tuple[tuple[int, bool], ...] = ()


class Ground(NamedTuple):
    """The partnership's ground, said in codes.

    areas : its small areas, of the set the index uses
    neighbourhood_of : small area → number of its priority neighbourhood, of several the lowest
    districts : codes of districts that lie wholly in the partnership: its authorities, the codes they
        had under another number, and the districts they were made of
    lineages : for each authority, every code of its line, also of later districts larger than it
    also_in : small area → the other neighbourhoods that hold it too, where they overlap
    parts : small area → neighbourhood → the part of its people that it holds, where that is less than all;
        one that holds at least half of them is also among those that hold the area
    """

    areas: Collection[str]
    neighbourhood_of: Mapping[str, int]
    districts: Collection[str]
    lineages: Sequence[Collection[str]] = ()
    also_in: Mapping[str, tuple[int, ...]] = MappingProxyType({})
    parts: Mapping[str, Mapping[int, Fraction]] = MappingProxyType({})

    def numbers_of(self, code: str) -> tuple[int, ...]:
        """Give the numbers of every neighbourhood that holds a small area, the lowest first."""
        number = self.neighbourhood_of.get(code)
        return () if number is None else (number, *self.also_in.get(code, ()))

    def shares_of(self, code: str) -> dict[int, Fraction]:
        """Give the part of a small area's people that each neighbourhood holds, by number."""
        whole = dict.fromkeys(self.numbers_of(code), Fraction(1))
        return whole if code not in self.parts else {**whole, **self.parts[code]}

    def share_in_none(self, code: str) -> Fraction | None:
        """Give the part of a small area's people in no neighbourhood; None where parts may overlap."""
        shares = self.shares_of(code)
        if not shares or 1 in shares.values():
            return Fraction(0 if shares else 1)
        return 1 - next(iter(shares.values())) if len(shares) == 1 else None

    def is_within(self, codes: Collection[str]) -> bool:
        """Say whether every authority, under any code of its line, is among `codes`."""
        return bool(self.lineages) and all(
            any(code in codes for code in line) for line in self.lineages
        )

    def touches(self, codes: Collection[str]) -> bool:
        """Say whether any authority, under any code of its line, is among `codes`."""
        return any(code in codes for line in self.lineages for code in line)


def relate_lines(
    lines: pd.DataFrame,
    pieces: pd.DataFrame,
    children: pd.DataFrame,
    ground: Ground,
    *,
    slug: str | None = None,
) -> pd.DataFrame:
    """Relate every line's place to the partnership.

    Parameters
    ----------
    lines : columns line_id, place_kind, place_code, place_type, place_postcode, partnership_slug,
        small_area (of a point or postcode, in the index's set, None where not known), recipient_here (bool);
        held_by, where asked: the neighbourhoods that hold a point or postcode by itself, None where its
        small area says it
    pieces : columns place, code, people, postcodes: the small areas (index's set) that each stated
        area is made of and how many people and postcodes of the place stand in each; a count that
        is not known is None, never 0
    children : columns parent, child: the districts of each county, region or combined authority, and
        the authorities of other partnerships under PARTNERSHIP + slug
    slug : the partnership's own name, which money "for the whole partnership" carries

    Returns
    -------
    One row a line, RELATION_COLUMNS, in the order of `lines`.

    Notes
    -----
    A place is only called outside when the loaded areas can show it: every small area of the
    partnership is known, so a small area that is none of them is outside; a ward that no lookup
    holds is `unknown`.
    """
    stated = read_places(lines, pieces, children)
    known = relate_places_to(stated, ground, slug)
    rows = [(key, *known[place]) for key, place in stated.places]
    # dtype object from the start: beside None, whole numbers would become fractions.
    return pd.DataFrame(rows, columns=list(RELATION_COLUMNS), dtype=object)


class PlacesRead(NamedTuple):
    """Places read once, to be related to any number of grounds; see `relate_lines`.

    places : each line_id with what its place says.
    """

    places: list[tuple[str, _Place]]
    made_of: Mapping[str, Sequence[Piece]]
    districts_of: Mapping[str, Collection[str]]

    def only(self, keys: Collection[str]) -> PlacesRead:
        """Give those of some lines alone."""
        return self._replace(places=[each for each in self.places if each[0] in keys])


def read_places(lines: pd.DataFrame, pieces: pd.DataFrame, children: pd.DataFrame) -> PlacesRead:
    """Read places and what they are made of; the parameters are those of `relate_lines`."""
    made_of: dict[str, list[Piece]] = defaultdict(list)
    for place, code, people, postcodes in zip(
        pieces["place"], pieces["code"], pieces["people"], pieces["postcodes"], strict=True
    ):
        made_of[place].append((code, _number(people), _number(postcodes)))
    districts_of: dict[str, set[str]] = defaultdict(set)
    for parent, child in zip(children["parent"], children["child"], strict=True):
        districts_of[parent].add(child)
    lines = without_nan(lines)
    if "held_by" not in lines:
        lines = lines.assign(held_by=None)
    columns = [lines[name].tolist() for name in ("line_id", *_Place._fields)]
    places = [(key, _Place(*stated)) for key, *stated in zip(*columns, strict=True)]
    return PlacesRead(places, made_of, districts_of)


def relate_places_to(
    stated: PlacesRead, ground: Ground, slug: str | None = None
) -> dict[_Place, Relation]:
    """Relate each place to some ground, those that say the same once."""
    lookups = _Known(stated.made_of, stated.districts_of, ground, slug)
    return {place: _relate(place, lookups) for place in {place for _, place in stated.places}}


def without_nan(frame: pd.DataFrame) -> pd.DataFrame:
    """The same frame with dtype object and None wherever a value is missing."""
    return frame.astype(object).where(frame.notna(), None)


class _Place(NamedTuple):
    place_kind: str
    place_code: str | None
    place_type: str | None
    partnership_slug: str | None
    small_area: str | None
    recipient_here: bool
    held_by: tuple[int, ...] | None = None


class _Known(NamedTuple):
    made_of: Mapping[str, Sequence[Piece]]
    districts_of: Mapping[str, Collection[str]]
    ground: Ground
    slug: str | None


def _number(value: object) -> float | None:
    return None if pd.isna(value) else float(value)  # type: ignore[arg-type]


def _relate(place: _Place, known: _Known) -> Relation:
    match place.place_kind:
        case "recipient":
            answer = Relation(RECIPIENT_HERE if place.recipient_here else RECIPIENT_ELSEWHERE)
        case "none":
            answer = Relation(NO_PLACE)
        case "abroad":
            answer = Relation(OUTSIDE)
        case "partnership":
            answer = _relate_partnership(place.partnership_slug, known)
        case "point" | "postcode":
            answer = _relate_spot(place.small_area, place.held_by, known.ground)
        case "estate":
            made_of = known.made_of.get(place.place_code or "")
            answer = relate_pieces(made_of, known.ground) if made_of else Relation(UNKNOWN)
        case _:
            answer = _relate_codes(codes_of(place.place_code), place.place_type, known)
    return answer


def _relate_partnership(theirs: str | None, known: _Known) -> Relation:
    """Relate money for a whole partnership: ours is the whole, another lies as its authorities do."""
    if theirs is not None and theirs == known.slug:
        return Relation(WHOLE)
    districts = known.districts_of.get(f"{PARTNERSHIP}{theirs}")
    return _relate_wider(districts, known.ground) if districts else Relation(UNKNOWN)


def _relate_codes(codes: Sequence[str], place_type: str | None, known: _Known) -> Relation:
    if len(codes) == 1:
        return _relate_code(codes[0], place_type, known)
    if codes and all(code in known.made_of for code in codes):
        return relate_pieces(
            [piece for code in codes for piece in known.made_of[code]], known.ground
        )
    kinds = {_relate_code(code, None, known).relation for code in codes}
    if len(kinds) == 1 and kinds <= {OUTSIDE, WHOLE, CONTAINS, INSIDE_PARTNERSHIP}:
        return Relation(kinds.pop())
    return Relation(CONTAINS if CONTAINS in kinds else UNKNOWN)


def _relate_spot(code: str | None, held_by: tuple[int, ...] | None, ground: Ground) -> Relation:
    if code is None:
        return Relation(UNKNOWN)
    if code not in ground.areas:
        return Relation(OUTSIDE)
    if held_by is not None:
        return _wholly(held_by)
    return _wholly([number for number, share in ground.shares_of(code).items() if share == 1])


def _wholly(numbers: Sequence[int]) -> Relation:
    """Relate a place that lies in the partnership, and wholly in each of some neighbourhoods."""
    if not numbers:
        return Relation(INSIDE_PARTNERSHIP)
    also = tuple((number, True) for number in numbers[1:])
    return Relation(INSIDE_NEIGHBOURHOOD, numbers[0], also_in=also)


def _relate_code(code: str, place_type: str | None, known: _Known) -> Relation:
    prefix, ground = code[:3], known.ground
    if prefix in _NATIONS_AROUND:
        answer = Relation(CONTAINS)
    elif code in ground.districts:
        answer = Relation(WHOLE)
    elif any(code in line for line in ground.lineages):  # a later, larger district
        answer = Relation(CONTAINS if ground.is_within((code,)) else OVERLAPS)
    elif code in known.districts_of:
        answer = _relate_wider(known.districts_of[code], ground)
    elif code in known.made_of:
        answer = relate_pieces(known.made_of[code], ground)
    elif (
        code[0] in _OTHER_NATIONS
        or place_type in _COMPLETE_TYPES
        or prefix[1:] in _COMPLETE_ENTITIES
    ):
        answer = Relation(OUTSIDE)
    else:
        answer = Relation(UNKNOWN)
    return answer


def _relate_wider(children: Collection[str], ground: Ground) -> Relation:
    """Relate a wider place by its districts; one that is the partnership's ground or lies in it counts as the whole."""
    if set(ground.districts).issuperset(children):
        return Relation(WHOLE)
    if ground.is_within(children):
        return Relation(CONTAINS)
    return Relation(OVERLAPS if ground.touches(children) else OUTSIDE)


def relate_pieces(pieces: Sequence[Piece], ground: Ground) -> Relation:
    """Relate a place made of small areas: (code, people of the place in it, postcodes of the place in it).

    All pieces wholly in one neighbourhood: inside it. All in the partnership and none in a neighbourhood:
    inside. Of a small area that several hold in part the largest part counts.
    Otherwise shares are taken by people, or by postcodes where one piece's people are not
    known; where neither is known for every piece the relation is `unknown`.
    """
    here = [code in ground.areas for code, *_ in pieces]
    held = [
        ground.shares_of(code) if inside else {}
        for (code, *_), inside in zip(pieces, here, strict=True)
    ]
    if not any(here):
        return Relation(OUTSIDE)
    whole = [{number for number, share in shares.items() if share == 1} for shares in held]
    wholly = whole[0].intersection(*whole)
    if all(here) and (wholly or not any(held)):
        return _wholly(sorted(wholly))
    counts, basis = _counts(pieces)
    if counts is None:
        return Relation(UNKNOWN)
    total = sum(counts)
    by_number: dict[int, Fraction] = defaultdict(Fraction)
    for shares, count in zip(held, counts, strict=True):
        for number, share in shares.items():
            by_number[number] += count * share
    main = min(by_number, key=lambda number: (-by_number[number], number)) if by_number else None
    inside = (count * max(each.values()) for count, each in zip(counts, held, strict=True) if each)
    return Relation(
        PARTLY if all(here) else STRADDLES,
        main,
        by_number[main] / total if main is not None else None,
        sum(inside, Fraction(0)) / total,
        sum((count for count, is_here in zip(counts, here, strict=True) if is_here), Fraction(0))
        / total,
        basis,
        () if main is None else _overlapping(main, held, by_number, total),
    )


def _overlapping(
    main: int,
    held: Sequence[Mapping[int, Fraction]],
    by_number: Mapping[int, Fraction],
    total: Fraction | int,
) -> tuple[tuple[int, bool], ...]:
    """Name the neighbourhoods that overlap the main one in the place and hold at least half of its people too."""
    beside = {
        number
        for shares in held
        for number, share in shares.items()
        # Two parts of one area meet for sure only where together they are more than the whole.
        if number != main and shares.get(main, 0) + share > 1
    }
    return tuple(
        (number, by_number[number] == total)
        for number in sorted(beside)
        if 2 * by_number[number] >= total
    )


def _counts(pieces: Sequence[Piece]) -> tuple[list[Fraction] | None, str]:
    for position, basis in ((1, "people"), (2, "postcodes")):
        counts = [piece[position] for piece in pieces]
        if all(count is not None for count in counts):
            exact = [Fraction(count) for count in counts if count is not None]
            if sum(exact) > 0:
                return exact, basis
    return None, ""
