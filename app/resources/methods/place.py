"""Finds the place a source states, grades it A to G, and never guesses: what is not sure is listed or kept as words."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import pandas as pd

from app.resources.methods.amounts import RuleBroken
from app.resources.methods.postcodes import looks_like_postcode, read_postcode
from boundaries.area_types import AREA_TYPES, WIDER_PREFIXES, area_type_of
from boundaries.gss import is_gss_code, normalise_code

GRADES: dict[str, str] = {
    "A": "point, postcode or estate",
    "B": "output area, small area (LSOA) or middle-layer area (MSOA)",
    "C": "ward or parish",
    "D": "district or unitary",
    "E": "wider: county, region, nation, whole partnership",
    "F": "recipient's address only",
    "G": "no place stated that can be told",
}
_GRADE_OF_TYPE = {
    "oa": "B",
    "lsoa": "B",
    "msoa": "B",
    "wd": "C",
    "par": "C",
    "ncp": "C",
    "lad": "D",
}
# Entities of the other nations and a few English ones that are no area type of their own here.
_OTHER_TYPES = {
    "W00": "oa",
    "W01": "lsoa",
    "W02": "msoa",
    "W04": "par",
    "W05": "wd",
    "W06": "lad",
    "S00": "oa",
    "S01": "lsoa",
    "S02": "msoa",
    "S12": "lad",
    "S13": "wd",
    "N08": "wd",
    "N09": "lad",
    "E11": "cty",
    "E13": "rgn",
    "E14": "constituency",
    "E54": "icb",
    "E23": "pfa",
}
_NATIONS = {
    "K02000001": ("uk", "uk wide", "united kingdom", "whole of the uk"),
    "K03000001": ("great britain",),
    "E92000001": ("england", "england wide", "whole of england"),
    "W92000004": ("wales",),
    "S92000003": ("scotland",),
    "N92000002": ("northern ireland",),
}
# "West Midlands" is left out: alone it may be the region, the county or the combined authority.
_REGIONS = {
    "E12000001": ("north east", "north east england"),
    "E12000002": ("north west", "north west england"),
    "E12000003": ("yorkshire and the humber",),
    "E12000004": ("east midlands",),
    "E12000006": ("east of england",),
    "E12000007": ("london", "greater london"),
    "E12000008": ("south east", "south east england"),
    "E12000009": ("south west", "south west england"),
}
WIDE_NAMES = {
    name: code for names in (_NATIONS, _REGIONS) for code, words in names.items() for name in words
}
REGION_WORDS = {word for words in _REGIONS.values() for word in words} | {"west midlands", "east"}
_WHOLE = {
    "whole partnership",
    "the whole partnership",
    "partnership wide",
    "whole of the partnership",
}
_BY_NAME = ("wd", "lad", "cty", "rgn", "cauth")
_SLUG = re.compile(r"^[a-z]{2,4}-[a-z0-9-]{2,60}$", re.ASCII)
_OLD_CODE = re.compile(r"^[0-9]{2}[a-z]{2}(?:[a-z]{2})?$", re.ASCII)
_LONG_OF_A_DISTRICT = 4
_SHOWN_CANDIDATES = 5
_ALIKE = 0.6
MOST_SOUGHT = 200
_LONGEST_NAME = 100


class Stated(Protocol):
    """A place as a source words it; the readers' StatedPlace is one."""

    @property
    def name(self) -> str | None: ...
    @property
    def code(self) -> str | None: ...
    @property
    def country(self) -> str | None: ...
    @property
    def lon(self) -> float | None: ...
    @property
    def lat(self) -> float | None: ...


class Candidate(NamedTuple):
    """An area that the sender may have meant."""

    code: str
    name: str
    type: str
    within: str


class PlaceUnsure(RuleBroken):
    """The words name no place, or several: `candidates` are offered, none is taken. `words`: of several, these."""

    def __init__(self, rule: str, detail: str, candidates: Sequence[Candidate] = ()) -> None:
        offered = "; ".join(
            f"{each.name} ({each.code}{', ' + each.within if each.within else ''})"
            for each in candidates
        )
        super().__init__(rule, f"{detail} Did you mean: {offered}?" if offered else detail)
        self.candidates = tuple(candidates)
        self.words = ""


class Placement(NamedTuple):
    """Where one line's money goes, as its source says it.

    `kind`: point, postcode, estate, area, partnership, wide, abroad, recipient, none. `code` may hold
    several codes with a blank between (a grant for several areas; `type` is then "several" and the
    grade the coarsest of them). `lon`/`lat` only for a point, `footprint_id` only for an estate. `note`
    is empty or says what is doubtful; `candidates` are areas that unsure words may have meant.
    """

    kind: str
    grade: str
    text: str | None = None
    code: str | None = None
    type: str | None = None
    name: str | None = None
    postcode: str | None = None
    lon: float | None = None
    lat: float | None = None
    note: str = ""
    footprint_id: int | None = None
    candidates: tuple[Candidate, ...] = ()


class Estate(NamedTuple):
    """A saved neighbourhood that may be named as a place: what it is called, and its ground."""

    name: str
    footprint_id: int


class PlaceLookups:
    """What is known of places, laid out for asking.

    Parameters
    ----------
    areas : columns code, type, name; one row a code, of any release
    postcodes : column postcode ("TN34 1AA"), current or not
    names : columns code, type, name, within, current (bool): the wards and parishes of the
        partnership's districts, and the districts, counties and regions that may be named
    confirmed : words (as `name_key` has them) → what a person says that they mean: a code, a
        postcode or a saved neighbourhood
    estates : slug of a saved neighbourhood → its name and footprint
    spots : a postcode, or a point (lon, lat) → the small area that holds it
    """

    def __init__(
        self,
        areas: pd.DataFrame,
        postcodes: pd.DataFrame,
        names: pd.DataFrame,
        *,
        confirmed: Mapping[str, str] | None = None,
        estates: Mapping[str, Estate] | None = None,
        spots: Mapping[str | tuple[float, float], str] | None = None,
    ) -> None:
        self.confirmed = dict(confirmed or {})
        self.estates = dict(estates or {})
        self.spots = dict(spots or {})
        self.areas: dict[str, tuple[str, str]] = {
            str(code): (str(kind), str(name))
            for code, kind, name in zip(areas["code"], areas["type"], areas["name"], strict=True)
        }
        self.postcodes: set[str] = set(postcodes["postcode"])
        self.by_name: dict[tuple[str, bool], list[Candidate]] = defaultdict(list)
        self.spelled: dict[str, list[Candidate]] = defaultdict(list)
        for code, kind, name, within, current in zip(
            names["code"],
            names["type"],
            names["name"],
            names["within"],
            names["current"],
            strict=True,
        ):
            candidate = Candidate(str(code), str(name), str(kind), str(within or ""))
            self.by_name[(name_key(candidate.name), bool(current))].append(candidate)
            self.spelled[name_key(candidate.name)].append(candidate)
        self._offered: dict[str, list[Candidate]] = {}

    def spelled_like(self, key: str) -> list[Candidate]:
        """Offer up to five areas spelled like `key`; a file's names after MOST_SOUGHT unknown ones get none.

        Comparing a word with every name takes milliseconds: a file of nothing but slips must not
        hold the server for minutes.
        """
        if key not in self._offered and len(self._offered) < MOST_SOUGHT:
            near = difflib.get_close_matches(
                key[:_LONGEST_NAME], list(self.spelled), n=_SHOWN_CANDIDATES, cutoff=_ALIKE
            )
            offered = [candidate for word in near for candidate in self.spelled[word]]
            self._offered[key] = offered[:_SHOWN_CANDIDATES]
        return self._offered.get(key, [])


def name_key(name: str) -> str:
    """The form in which names are compared: no case, blanks, "&", hyphens, apostrophes or closing "ward"."""
    words = re.sub(r"['’`]", "", name.casefold().replace("&", " and "))
    key = " ".join(re.sub(r"[-–—,.]", " ", words).split())
    return key.removesuffix(" ward") or key


def type_and_grade(code: str) -> tuple[str, str] | None:
    """Tell an area's type and grade from its code's first three characters; None for an unknown entity.

    E01020979 is ("lsoa", "B"), E05… ("wd", "C"), E07… ("lad", "D"), E12…, E92… and K02… grade E.
    """
    if not is_gss_code(code):
        return None
    kind = area_type_of(code) or _OTHER_TYPES.get(code[:3]) or WIDER_PREFIXES.get(code[:3])
    return (kind, _GRADE_OF_TYPE.get(kind, "E")) if kind else None


def place_by_code(written: str, lookups: PlaceLookups) -> Placement:
    """Place a line by an area code of any release. Raises PlaceUnsure `code-is-known` for an unknown kind of code.

    A code that no loaded release holds keeps its type's grade; `note` says that it was not found.
    """
    code = normalise_code(written)
    known = type_and_grade(code)
    if known is None:
        raise PlaceUnsure(
            "code-is-known", f"{code} is not the code of any kind of area known here."
        )
    kind, grade = known
    name = lookups.areas.get(code, (kind, None))[1]
    note = "" if name or kind == "country" else f"{code} is in none of the loaded releases."
    return Placement(
        "wide" if grade == "E" else "area", grade, written, code, kind, name, note=note
    )


def place_by_words(words: str, lookups: PlaceLookups) -> Placement:
    """Place a line by the one cell of a plain table: postcode, code, "whole partnership", or a name.

    Raises
    ------
    PlaceUnsure : postcode-exists, code-is-known, code-exists, name-matches-one (candidates offered).

    Words that a person confirmed mean what was confirmed, before all else.
    """
    text = words.strip()
    key = name_key(text)
    if key in lookups.confirmed and name_key(lookups.confirmed[key]) != key:
        meant = place_by_words(lookups.confirmed[key], lookups)
        return meant._replace(text=text, note=f"A person confirmed it as {lookups.confirmed[key]}.")
    if key in _WHOLE:
        return Placement("partnership", "E", text, type="partnership", name="the whole partnership")
    postcode = read_postcode(text).postcode
    if postcode or looks_like_postcode(text):
        if postcode not in lookups.postcodes:
            raise PlaceUnsure(
                "postcode-exists",
                "No loaded list of postcodes, current or ended, holds this postcode.",
            )
        return Placement("postcode", "A", text, type="postcode", name=postcode, postcode=postcode)
    if is_gss_code(normalise_code(text)):
        placed = place_by_code(text, lookups)
        if placed.note:
            raise PlaceUnsure("code-exists", placed.note)
        return placed
    old = old_code(text)
    if old in lookups.areas:
        kind, name = lookups.areas[old]
        return placement_of(Candidate(old, name, kind, ""), text)
    return _place_by_estate(text, lookups) or _place_by_name(text, lookups)


def old_code(text: str) -> str:
    """Write an area's code of another scheme as the tables have it: "20UD" is lad-20ud, "20UDFA" wd-20udfa.

    Empty for what is no such code.
    """
    code = text.strip().casefold()
    if _SLUG.match(code):
        return code
    if not _OLD_CODE.match(code):
        return ""
    return f"lad-{code}" if len(code) == _LONG_OF_A_DISTRICT else f"wd-{code}"


def _place_by_estate(text: str, lookups: PlaceLookups) -> Placement | None:
    """Take a saved neighbourhood by its slug, "neighbourhood:SLUG" where an area bears the same name."""
    prefix, colon, rest = text.casefold().partition(":")
    said_so = bool(colon) and prefix.strip() == "neighbourhood"
    slug = rest.strip() if said_so else text.casefold()
    estate = lookups.estates.get(slug)
    if estate is None:
        return None
    areas = lookups.spelled.get(name_key(slug), [])
    if areas and not said_so:
        raise PlaceUnsure(
            "name-matches-one",
            f"A saved neighbourhood and an area bear this name; write neighbourhood:{slug} for the one.",
            areas[:_SHOWN_CANDIDATES],
        )
    return Placement(
        "estate", "A", text, type="estate", name=estate.name, footprint_id=estate.footprint_id
    )


def _place_by_name(text: str, lookups: PlaceLookups) -> Placement:
    key = name_key(text)
    # Today's areas first; an older one only where no area of today bears the name.
    for current in (True, False):
        found = [each for each in lookups.by_name.get((key, current), []) if each.type in _BY_NAME]
        if len(found) == 1:
            return placement_of(found[0], text)
        if found:
            raise PlaceUnsure(
                "name-matches-one", f"{len(found)} areas bear this name.", found[:_SHOWN_CANDIDATES]
            )
    if key in WIDE_NAMES:
        return wide_placement(text, WIDE_NAMES[key], lookups)
    raise PlaceUnsure(
        "name-matches-one",
        "No ward, district, county or region that the partnership touches bears this name.",
        lookups.spelled_like(key),
    )


def placement_of(found: Candidate, text: str, note: str = "") -> Placement:
    """Place a line by an area that its words name surely."""
    grade = _GRADE_OF_TYPE.get(found.type, "E")
    return Placement(
        "wide" if grade == "E" else "area",
        grade,
        text,
        found.code,
        found.type,
        found.name,
        note=note,
    )


def wide_placement(text: str, code: str, lookups: PlaceLookups) -> Placement:
    """Place a line by the code of a nation or region."""
    known = type_and_grade(code)
    name = lookups.areas.get(code, ("", text))[1]
    return Placement("wide", "E", text, code, known[0] if known else None, name)


def type_words(kind: str | None) -> str:
    """Say an area type in words for a sentence: "lsoa" is "small area (LSOA)"."""
    return AREA_TYPES[kind].name if kind in AREA_TYPES else (kind or "place")


def codes_of(place_code: str | None) -> tuple[str, ...]:
    """The codes of a placement's `code`, which may hold several with blanks between."""
    return tuple(place_code.split()) if place_code else ()
