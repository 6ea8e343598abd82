"""What a search finds: a postcode's areas, a council or partnership by name, or what was tried and is spelt alike."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import quote

from sqlalchemy.orm import Session

from app.findings.queries import councils_loaded, not_loaded_words
from app.findings.words import day as written_day
from app.lookup.postcode_spelling import candidates
from app.lookup.queries import look_up_postcode, postcode_row
from app.neighbourhoods.queries import Neighbourhood, neighbourhoods_at
from app.pages import queries
from app.pages.links import view_address
from app.pages.place_receipts import Receipt
from app.pages.plan_receipts import distance_receipts
from app.partnerships.tables import Partnership
from app.sources.credits import POSTCODES, credit_lines
from boundaries.area_types import AREA_TYPES, area_type_of
from boundaries.codes import AmbiguousCode, find_by_other_code, find_by_other_name
from boundaries.errors import NotFound
from boundaries.gss import is_demo_code, is_gss_code, normalise_code
from boundaries.history import successors
from boundaries.names import NameIndex, with_article
from boundaries.queries import is_alive, plain_name
from boundaries.tables import Area

MOST_OTHER, MOST_NEAR = 20, 8
_FIRST = ("lad", "wd", "par", "ncp", "lsoa", "msoa", "cty", "utla", "rgn")
_ORDER = {kind: n for n, kind in enumerate(_FIRST)}
# A whole postcode or its beginning, real or of the demo county; a name never looks so.
# Written apart, the blank says where its two halves part; written in one, its letters do.
_POSTCODE = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)(?: (\d[A-Z]{0,2}))?", re.ASCII | re.IGNORECASE)
_IN_ONE = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{0,2})?", re.ASCII | re.IGNORECASE)
_BETWEEN = re.compile(r"[\s.\u2010-\u2014-]+")


@dataclass(frozen=True)
class FoundArea:
    """One area that a search found; `page` is its worst-10 % page, empty where there is none."""

    code: str
    name: str
    kind: str
    page: str
    note: str


@dataclass(frozen=True)
class Found:
    """What was asked and found.

    leads_to : an address, where there is exactly one answer. is_cut : more areas are called so than are listed.
    """

    words: str
    leads_to: str = ""
    postcode: dict[str, Any] | None = None
    postcode_council: FoundArea | None = None
    areas: list[FoundArea] = field(default_factory=list)
    partnerships: list[Partnership] = field(default_factory=list)
    neighbourhoods: list[Neighbourhood] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    near: list[tuple[str, str, str]] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    day: date | None = None
    is_cut: bool = False

    @property
    def is_demo(self) -> bool:
        """Whether any of it belongs to the invented county."""
        council = [self.postcode_council] if self.postcode_council else []
        codes = [area.code for area in (*self.areas, *council)]
        return any(is_demo_code(code) for code in codes) or any(
            one.demo for one in self.partnerships
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.postcode or self.areas or self.partnerships)


def search(session: Session, written: str, day: date, names: NameIndex) -> Found:
    """Find what some words stand for; never guesses between several."""
    words = " ".join(written.replace("\0", "").split())
    if not words:
        return Found("")
    tried: list[str] = []
    postcode = read_as_postcode(words)
    if postcode:
        found = _postcode(session, words, postcode, day)
        if found is not None:
            return found
        tried.append(f"the postcode {postcode}, which is in no list loaded here")
    code = normalise_code(words)
    if is_gss_code(code):
        if queries.names_of(session, [code]):
            return Found(words, leads_to=f"/areas/{code}")
        tried.append(f"the code {code}, which no area here has")
    try:
        other = find_by_other_code(session, words, day)
    except AmbiguousCode as several:
        found_areas = [session.get(Area, fault.value) for fault in several.faults]
        return Found(words, areas=[_area(session, one, day) for one in found_areas if one])
    if other is not None:
        return Found(words, leads_to=f"/areas/{other.code}")
    return _named(session, words, day, tried, names)


def read_as_postcode(words: str) -> str:
    """Write a postcode, or the beginning of one, with its blank: "tn343jn", "TN34-3JN"; empty where it is neither."""
    found = _POSTCODE.fullmatch(words) or _IN_ONE.fullmatch(_BETWEEN.sub("", words))
    return " ".join(half for half in found.groups() if half).upper() if found else ""


def _named(session: Session, words: str, day: date, tried: list[str], names: NameIndex) -> Found:
    areas, partnerships = queries.find_named(session, words)
    known = {area.code for area in areas}
    is_cut = len(areas) >= queries.MOST_FOUND
    otherwise = find_by_other_name(session, plain_name(words), plain_name)
    areas = [*areas, *{area.code: area for area, _ in otherwise if area.code not in known}.values()]
    exact = [area for area in areas if plain_name(area.name) == plain_name(words)]
    councils = [area for area in exact if area.type == "lad" and is_alive(area, day)]
    if len(councils) == 1 and councils_loaded(session, [councils[0].code]):
        return Found(words, leads_to=view_address([councils[0].code]))
    named = [one for one in partnerships if plain_name(one.name) == plain_name(words)]
    if (len(named) == 1 and not exact) or (len(partnerships) == 1 and not areas):
        return Found(words, leads_to=f"/partnerships/{(named or partnerships)[0].slug}")
    # What lives comes before what ended under the same name.
    areas.sort(key=lambda area: not is_alive(area, day))
    shown = [_area(session, area, day) for area in areas]
    others = _by_other_names(session, words, day, names)
    shown = [others.pop(one.code, one) for one in shown] + list(others.values())
    if not shown and not partnerships:
        counts = queries.searched_counts(session)
        tried += [
            f"the names of {number:,} {_plural(kind, number)}"
            for kind, number in counts.items()
            if number
        ]
        near = [*_meant_postcodes(session, words), *_near(session, words, day, names)]
        return Found(words, tried=tried, near=near)
    return Found(words, areas=shown, partnerships=partnerships, tried=tried, is_cut=is_cut)


def _by_other_names(
    session: Session, words: str, day: date, names: NameIndex
) -> dict[str, FoundArea]:
    """Areas that bore a name with the words, or bear it as another, each with what that name is to it."""
    matches = [match for match in names.holding(words) if match.name.kind != "name"][:MOST_OTHER]
    shown: dict[str, FoundArea] = {}
    for match in matches:
        area = session.get(Area, match.name.code)
        if area is not None:
            found = _area(session, area, day)
            told = f"“{match.name.name}” is {with_article(match.why)}"
            note = "; ".join(part for part in (told, found.note) if part)
            shown[area.code] = replace(found, note=note)
    return shown


def _meant_postcodes(session: Session, words: str) -> list[tuple[str, str, str]]:
    """Name the postcodes here that differ by a letter taken for a digit, or a digit for a letter."""
    if not any(letter.isdigit() for letter in words):
        return []
    return [
        (one, f"/search?q={quote(one)}", "a letter for a digit, or a digit for a letter")
        for one in candidates(words)
        if postcode_row(session, one) is not None
    ]


def _near(session: Session, words: str, day: date, names: NameIndex) -> list[tuple[str, str, str]]:
    """What is spelt most like the words, as name, address and why, councils and partnerships first."""
    first = [
        (name, address, "near in spelling")
        for name, address in queries.near_spellings(session, words)
    ]
    others = [
        (match.name.name, f"/areas/{match.name.code}", match.why) for match in names.alike(words)
    ]
    found = {address: (name, why) for name, address, why in (*others, *first)}
    in_order = dict.fromkeys(address for _, address, _ in (*first, *others))
    told = []
    for address in list(in_order)[:MOST_NEAR]:
        name, why = found[address]
        area = session.get(Area, address.removeprefix("/areas/"))
        # Several places bear one name: each says which it is.
        which = f" ({AREA_TYPES[area.type].name} {area.code})" if area is not None else ""
        ended = area.valid_to if area is not None and not is_alive(area, day) else None
        said = f"{why}; ended on {written_day(ended)}" if ended else why
        told.append((f"{name}{which}", address, said))
    return told


def _plural(kind: str, number: int) -> str:
    known = AREA_TYPES.get(kind)
    if known is None:  # counted under a plural of its own: "partnerships"
        return kind.removesuffix("s") if number == 1 else kind
    return known.name if number == 1 else known.plural


def _postcode(session: Session, words: str, written: str, day: date) -> Found | None:
    try:
        body = look_up_postcode(session, written, (), day)
    except NotFound:
        return None
    here: dict[str, Partnership] = {}
    for one in queries.partnerships_of(session, [body["lad_code"]] if body.get("lad_code") else []):
        here[one.slug] = one
    if body.get("easting") is not None:
        for one in queries.partnerships_at(session, body["easting"], body["northing"]):
            here[one.slug] = one
    neighbourhoods: list[Neighbourhood] = []
    if body.get("easting") is not None:
        neighbourhoods = neighbourhoods_at(
            session, list(here), (body["easting"], body["northing"]), body["postcode"]
        )
    council = None
    if body.get("lad_code"):
        row = session.get(Area, body["lad_code"])
        council = _area(session, row, day) if row is not None else None
    body["areas"] = once(body["areas"])
    for item in body["areas"]:
        # A parish layer also holds unparished ground: the code says which it is.
        kind = area_type_of(item["code"]) if item["type"] == "par" else None
        item["kind"] = AREA_TYPES[kind or item["type"]].name
    # What a resident knows comes first: council, ward, parish; then what statistics count by; then the rest.
    body["areas"].sort(key=lambda item: _ORDER.get(item["type"], len(_ORDER)))
    releases = queries.releases_served(
        session, list(dict.fromkeys(str(row["release"]) for row in body["areas"]))
    )
    return Found(
        words, postcode=body, postcode_council=council, partnerships=list(here.values()),
        neighbourhoods=neighbourhoods, receipts=distance_receipts(body), day=day,
        sources=[
            *(f"{one.title}. {one.attribution}" for one in releases),
            *([] if any(is_demo_code(row["code"]) for row in body["areas"]) else credit_lines(session, POSTCODES)),
        ],
    )  # fmt: skip


def once(areas: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out an upper-tier authority that stands there as the district or county it is."""
    known = {item["code"] for item in areas if item["type"] != "utla"}
    return [item for item in areas if item["type"] != "utla" or item["code"] not in known]


def _area(session: Session, area: Area, day: date) -> FoundArea:
    kind = AREA_TYPES[area.type].name if area.type in AREA_TYPES else area.type
    if not is_alive(area, day):
        after = [link.new_code for link in successors(session, area.code)]
        names = queries.names_of(session, after)
        following = ", ".join(f"{names.get(code, code)} ({code})" for code in after)
        note = (
            f"ended on {written_day(area.valid_to)}"
            if area.valid_to and area.valid_to <= day
            else f"from {written_day(area.valid_from)}"
        )
        return FoundArea(
            area.code,
            area.name,
            kind,
            "",
            note + (f"; followed by {following}" if following else ""),
        )
    if area.type != "lad":
        return FoundArea(area.code, area.name, kind, "", "")
    if councils_loaded(session, [area.code]):
        return FoundArea(area.code, area.name, kind, view_address([area.code]), "")
    return FoundArea(area.code, area.name, kind, "", not_loaded_words([area.name], [area.name]))
