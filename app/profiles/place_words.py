"""How places to compare are written: partnerships/SLUG, neighbourhoods/SLUG, or area codes; reads no database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.problems import BadRequest
from boundaries.area_types import AREA_TYPES
from boundaries.errors import Fault
from boundaries.gss import is_gss_code, normalise_code

FEWEST_PLACES, MOST_PLACES = 2, 4
MOST_CODES = 500
LONGEST = 8_000
Kind = Literal["partnership", "neighbourhood", "areas"]
_KINDS: dict[str, Kind] = {"partnerships": "partnership", "neighbourhoods": "neighbourhood"}
_ELSEWHERE = {"W": "Wales", "S": "Scotland", "N": "Northern Ireland"}
_OF_ELSEWHERE = re.compile(r"([WSN])\d{8}")
_SLUG = re.compile(r"[a-z][a-z0-9-]{1,118}[a-z0-9]", re.IGNORECASE)
HOW = "a place is written partnerships/SLUG, neighbourhoods/SLUG, or areas/ and codes with commas between"


class NotComparable(BadRequest):
    """The places asked for cannot stand side by side: too few, too many, one twice, unknown, or not of England."""

    slug = "places-not-comparable"
    title = "Those places cannot be compared"


@dataclass(frozen=True)
class PlaceWords:
    """One place of an address. name : a slug; codes : of `areas`, sorted, each once; bare : a slug without its kind."""

    kind: Kind
    name: str
    codes: tuple[str, ...] = ()
    bare: bool = field(default=False, compare=False)

    @property
    def words(self) -> str:
        """Write it as the address holds it."""
        return f"{self.kind if self.kind == 'areas' else self.kind + 's'}/{self.name}"


def read_places(written: Sequence[str]) -> list[PlaceWords]:
    """Read two to four places; an empty word is no place, a bare slug is a partnership or neighbourhood, bare codes
    are areas.

    Raises NotComparable with every fault: too few or many, badly written, another country's, the same twice.
    """
    given = [word.strip() for word in written if word.strip()]
    faults: list[Fault] = []
    if not FEWEST_PLACES <= len(given) <= MOST_PLACES:
        said = f"choose {FEWEST_PLACES} to {MOST_PLACES} places, not {len(given)}"
        raise NotComparable(said, [Fault(said, "/place", value=", ".join(given)[:120])])
    places: list[PlaceWords] = []
    for position, word in enumerate(given):
        found = _read(word)
        if isinstance(found, str):
            faults.append(Fault(found, f"/place/{position}", value=word[:80]))
        elif found in places:
            detail = f"{found.words[:80]} is asked for twice"
            faults.append(Fault(detail, f"/place/{position}", value=word[:80]))
        else:
            places.append(found)
    if faults:
        raise NotComparable("; ".join(fault.detail for fault in faults), faults)
    return places


def read_place(written: str) -> PlaceWords:
    """Read one place. Raises NotComparable."""
    found = _read(written.strip())
    if isinstance(found, str):
        raise NotComparable(found, [Fault(found, "/place", value=written[:80])])
    return found


def read_codes(written: str) -> tuple[str, ...]:
    """Read codes with commas, blanks or semicolons between: sorted, each once."""
    parts = re.split(r"[\s,;]+", written)
    return tuple(sorted({normalise_code(part) for part in parts if part}))


def why_not_here(codes: Sequence[str]) -> str:
    """Say what is wrong with some codes of areas, empty where nothing is: none, too many, or another country's."""
    if not 1 <= len(codes) <= MOST_CODES:
        return f"give 1 to {MOST_CODES} codes of areas, not {len(codes):,}"
    strange = [(code, found[1]) for code in codes if (found := _OF_ELSEWHERE.fullmatch(code))]
    if strange:
        code, country = strange[0]
        return f"{code} is of {_ELSEWHERE[country]}: Bounds holds England alone"
    if any(len(code) > 40 for code in codes):
        return HOW
    return ""


def _read(word: str) -> PlaceWords | str:
    """Read one place; text says what is wrong with it."""
    if len(word) > LONGEST:
        return f"a place is at most {LONGEST:,} letters"
    head, slash, rest = word.partition("/")
    if slash and head in _KINDS:
        slug = rest.strip().lower()
        return PlaceWords(_KINDS[head], slug) if slug and len(slug) <= 120 else HOW
    if slash and head != "areas":
        return HOW
    if not slash and _is_slug(word):
        return PlaceWords("partnership", word.lower(), bare=True)
    codes = read_codes(rest if slash else word)
    return why_not_here(codes) or PlaceWords("areas", ",".join(codes), codes)


def _is_slug(word: str) -> bool:
    """Say whether a bare word is a partnership's slug: no code of an area, and no area's slug such as lad-15ub."""
    return (
        bool(_SLUG.fullmatch(word))
        and not is_gss_code(word.upper())
        and word.lower().partition("-")[0] not in AREA_TYPES
    )
