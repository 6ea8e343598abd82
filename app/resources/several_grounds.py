"""How the places of one stage's lines lie to several grounds at once, and the lines counted by that.

What a reorganisation, a merger and a region ask: the places are read once and related to each ground by the
ledger's own rules, so that every figure is the one that the ground's own ledger has.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.resources.building import ledger_parameters
from app.resources.joining import joined_by_hash
from app.resources.methods.ledger import OUT, LedgerBroken
from app.resources.methods.relate import PlacesRead, Relation, relate_places_to
from app.resources.methods.sums import Stands, stands_of
from app.resources.queries import GroundFound, file_owners
from app.resources.stated_places import places_of, read_stated
from boundaries.database import named_sql


class OneGround(NamedTuple):
    """One of several grounds: what the ledger knows of it, and the partnership whose it is, if it is one's."""

    found: GroundFound
    slug: str | None = None


class PlaceStands(NamedTuple):
    """One stated place: its key, how it stands to each ground in their order, and to all of them taken as one."""

    key: str
    in_each: tuple[Stands, ...]
    in_all: Stands


@dataclass(frozen=True)
class SeveralGrounds:
    """Places related to several grounds of one set of small areas, in order of their keys.

    readers : for each file that all of them together may read, the positions of the grounds that may.
    """

    parameters: dict[str, Any]
    places: list[PlaceStands]
    readers: dict[str, frozenset[int]]


class CellOfPlaces(NamedTuple):
    """So many lines in pounds sterling that stand alike and are of one file and year; kind as the caller named it."""

    kind: Any
    file_id: str
    grade: str
    year: str | None
    lines: int
    pence: int


class CellsFound(NamedTuple):
    """Counted lines, and what stands beside them in no total: other currencies, by currency lines and hundredths."""

    cells: list[CellOfPlaces]
    other_currencies: dict[str, dict[str, int]]


def relate_several(
    session: Session, grounds: Sequence[OneGround], together: GroundFound, *, stage: str,
) -> SeveralGrounds:  # fmt: skip
    """Relate the places of one stage's lines to each of some grounds and to all of them as one.

    together : the ground of all, in the same set of small areas. Recipients' offices are those of all
    together; a place surely outside all of them lies outside each.
    """
    codes = [*together.ground.districts, *(code for line in together.ground.lineages for code in line)]  # fmt: skip
    parameters = ledger_parameters(together, stage=stage, slug=None, codes=codes)
    stated = places_of(read_stated(session, parameters, together))
    in_all = _stands(stated, together, None)
    near = {key for key, stands in in_all.items() if stands.bucket != OUT}
    kept = stated.only(near)
    each = [_stands(kept, one.found, one.slug) for one in grounds]
    out = Stands(OUT)
    places = [
        PlaceStands(key, tuple(own.get(key, out) for own in each), stands)
        for key, stands in sorted(in_all.items())
    ]
    return SeveralGrounds(parameters, places, _readers(session, grounds, parameters))


def _stands(stated: PlacesRead, found: GroundFound, slug: str | None) -> dict[str, Stands]:
    known: dict[Relation, Stands] = {}
    stands = {}
    for place, relation in relate_places_to(stated, found.ground, slug).items():
        if relation not in known:
            known[relation] = stands_of(relation)
        stands[place] = known[relation]
    return {key: stands[place] for key, place in stated.places}


def _readers(
    session: Session, grounds: Sequence[OneGround], parameters: dict[str, Any]
) -> dict[str, frozenset[int]]:
    """Say of each file which grounds read it: a file given to a partnership is its own and its neighbours' in councils.

    The rule of stated_places.sql, for several at once.
    """
    every = frozenset(range(len(grounds)))
    return {
        file_id: every
        if owner is None
        else frozenset(
            at
            for at, one in enumerate(grounds)
            if one.slug == owner or set(authorities or ()) & set(one.found.ground.districts)
        )
        for file_id, owner, authorities in file_owners(session, demo=parameters["demo"])
    }


def count_by_kind(
    session: Session, several: SeveralGrounds, kind_of: Callable[[PlaceStands], Hashable]
) -> CellsFound:
    """Count the lines of places by kind, file, grade and financial year, in one reading of the stage's lines.

    kind_of : says of a place what it is, anything that can be told apart. Lines of recipients' offices
    elsewhere are in no cell. Raises LedgerBroken for a line whose place was not related.
    """
    kinds = [kind_of(place) for place in several.places]
    every = list(dict.fromkeys(kinds))
    number = {kind: at for at, kind in enumerate(every)}
    asked = {
        "places": [place.key for place in several.places], "stands": [number[kind] for kind in kinds],
        "year": None, "by": "file_and_year",
    }  # fmt: skip
    with joined_by_hash(session):
        found = session.execute(
            named_sql(__file__, "ledger_cells"), several.parameters | asked
        ).all()
    cells = []
    foreign: dict[str, dict[str, int]] = {}
    for stands, of_recipient, grade, currency, _undated, key, lines, pence in found:
        if stands is None:
            if not of_recipient:
                raise LedgerBroken(f"{lines} lines of grade {grade} state a place not related")
            continue
        if currency == "GBP":
            file_id, _, year = key.rpartition(" ")
            cells.append(
                CellOfPlaces(every[stands], file_id, grade, year or None, lines, int(pence))
            )
            continue
        own = foreign.setdefault(currency, {"count": 0, "hundredths": 0})
        own["count"] += lines
        own["hundredths"] += int(pence)
    return CellsFound(cells, {key: foreign[key] for key in sorted(foreign)})
