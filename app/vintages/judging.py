"""Judges each different cell of a column of codes: valid, mended, followed, or why not; says which release is meant."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.vintages.methods.code_shapes import old_slugs, repairs_of, shape_of, tidy_code
from app.vintages.queries import KnownArea, codes_of_other_schemes, known_areas, linked_areas
from app.vintages.rebasing import TOTALS
from boundaries.area_types import AREA_TYPES, WIDER_PREFIXES

# What became of a row: the closed list.
STATUSES = {
    "valid": "an area of the release",
    "tidied": "an area of the release, once blanks, capitals or words beside it are put right",
    "repaired": "damaged, and only one area fits",
    "translated": "a code of another scheme, given as today's kind of code",
    "followed": "an area of another time, with one that stands for it in the release",
    "several": "an area of another time, with several in the release: a table of counts is carried by `bounds rebase`",
    "no-link": "an area of another time, and nothing leads to the release",
    "ambiguous": "damaged, and several areas fit",
    "other-type": "an area of another type",
    "total": "a country or a total",
    "other-nation": "of another nation, whose areas are not held",
    "unknown": "no area here has this code",
    "blank": "no code",
}
# With these the row has a code in the release.
FOUND = frozenset({"valid", "tidied", "repaired", "translated", "followed"})
MOST_HOPS = 8
MOST_REPAIRS = 2_000
MOST_CANDIDATES = 6


@dataclass(frozen=True)
class Judged:
    """One different cell: its status, the code in the release where there is one, why, and what else it may be."""

    status: str
    code: str = ""
    reason: str = ""
    candidates: tuple[KnownArea, ...] = ()


@dataclass(frozen=True)
class Known:
    """What is known of the cells of a column: tidy forms, the areas that they name, those of other schemes."""

    tidy: Mapping[str, str]
    areas: Mapping[str, KnownArea]
    translated: Mapping[str, str]

    def area_of(self, cell: str) -> KnownArea | None:
        """The area that a cell names, by its code or by a code of another scheme."""
        tidy = self.tidy[cell]
        return self.areas.get(tidy) or self.areas.get(self.translated.get(tidy, ""))


def look_up(session: Session, cells: Collection[str]) -> Known:
    """Look up the cells of a column among the areas and the codes of other schemes."""
    tidy = {cell: tidy_code(cell) for cell in cells}
    codes = {code for code in tidy.values() if shape_of(code) in ("gss", "slug")}
    old = {code for code in tidy.values() if shape_of(code) == "old"}
    slugs = {slug: code for code in old for slug in old_slugs(code)}
    areas = known_areas(session, {*codes, *slugs})
    translated = codes_of_other_schemes(session, old | (codes - areas.keys()))
    areas |= known_areas(session, set(translated.values()) - areas.keys())
    for slug, code in slugs.items():
        if slug in areas:
            translated.setdefault(code, slug)
    return Known(tidy, areas, translated)


def judge_cells(session: Session, known: Known, area_type: str, day: date) -> dict[str, Judged]:
    """Judge every different cell of a column for one type of area on one day."""
    found: dict[str, Judged] = {}
    away: dict[str, KnownArea] = {}
    damaged: dict[str, list[str]] = {}
    for cell, tidy in known.tidy.items():
        area = known.area_of(cell)
        if not tidy:
            found[cell] = Judged("blank", reason=STATUSES["blank"])
        elif area is not None and area.type != area_type and not _is_like(area.type, area_type):
            kind = AREA_TYPES[area.type].name if area.type in AREA_TYPES else area.type
            found[cell] = Judged("other-type", "", f"{area.name} is a {kind}")
        elif area is not None and area.is_alive(day):
            found[cell] = _alive(cell, tidy, area)
        elif area is not None:
            away[cell] = area
        elif (plain := _why_not_here(tidy)) is not None:
            found[cell] = plain
        elif len(damaged) < MOST_REPAIRS and (fits := repairs_of(tidy)):
            damaged[cell] = fits
        else:
            found[cell] = Judged("unknown", reason=STATUSES["unknown"])
    reached = follow(session, away.values(), day)
    for cell, area in away.items():
        found[cell] = _followed(area, reached[area.code], day)
    areas = known_areas(session, {code for fits in damaged.values() for code in fits})
    for cell, fits in damaged.items():
        found[cell] = _repaired([areas[code] for code in fits if code in areas], area_type, day)
    return found


def _is_like(kind: str, wanted: str) -> bool:
    # Parishes and what is unparished between them stand in one column.
    return {kind, wanted} == {"par", "ncp"}


def _alive(cell: str, tidy: str, area: KnownArea) -> Judged:
    if area.code != tidy:
        return Judged("translated", area.code, f"{tidy} is {area.name}")
    return Judged("valid" if cell == tidy else "tidied", tidy)


def _why_not_here(tidy: str) -> Judged | None:
    if tidy[:3] in WIDER_PREFIXES or tidy.lower() in TOTALS:
        return Judged("total", reason=STATUSES["total"])
    if shape_of(tidy) == "gss" and tidy[0] in "WSNLMJ":
        return Judged("other-nation", reason=STATUSES["other-nation"])
    return None


def _followed(area: KnownArea, reached: tuple[KnownArea, ...], day: date) -> Judged:
    ended = area.valid_to is not None and area.valid_to <= day
    when = (
        f"{area.name} ended on {area.valid_to}"
        if ended
        else f"{area.name} began on {area.valid_from}"
    )
    if not reached:
        return Judged("no-link", reason=f"{when}, and nothing leads to the release")
    named = ", ".join(f"{each.code} {each.name}" for each in reached[:MOST_CANDIDATES])
    if len(reached) == 1:
        return Judged("followed", reached[0].code, f"{when}; in the release it is {named}", reached)
    return Judged(
        "several",
        reason=f"{when}; in the release there are {len(reached)}: {named}",
        candidates=reached,
    )


def _repaired(fits: list[KnownArea], area_type: str, day: date) -> Judged:
    right = [area for area in fits if area.type == area_type]
    right = [area for area in right if area.is_alive(day)] or right
    if not right:
        return Judged("unknown", reason=STATUSES["unknown"])
    named = ", ".join(f"{area.code} {area.name}" for area in right[:MOST_CANDIDATES])
    if len(right) == 1:
        return Judged("repaired", right[0].code, f"damaged; only {named} fits", tuple(right))
    return Judged(
        "ambiguous", reason=f"damaged; {len(right)} areas fit: {named}", candidates=tuple(right)
    )


def follow(
    session: Session, areas: Collection[KnownArea], day: date
) -> dict[str, tuple[KnownArea, ...]]:
    """Follow areas to those alive on a day, by what followed them or went before; without a link: nothing."""
    found: dict[str, dict[str, KnownArea]] = {area.code: {} for area in areas}
    for forwards in (True, False):
        front = {
            area.code: {area.code}
            for area in areas
            if (area.valid_to is not None and area.valid_to <= day) == forwards
        }
        for _ in range(MOST_HOPS):
            asked = {code for codes in front.values() for code in codes}
            if not asked:
                break
            linked = linked_areas(session, asked, forwards=forwards)
            ahead: dict[str, set[str]] = {}
            for start, codes in front.items():
                for area in (each for code in sorted(codes) for each in linked.get(code, ())):
                    if area.is_alive(day):
                        found[start][area.code] = area
                    else:
                        ahead.setdefault(start, set()).add(area.code)
            front = ahead
    return {
        code: tuple(reached[each] for each in sorted(reached)) for code, reached in found.items()
    }
