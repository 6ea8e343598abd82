"""Makes ground out of what somebody says: postcodes, codes or an outline; what is left out is listed, never dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import shapely
from sqlalchemy.orm import Session

from app.lookup.postcode_spelling import candidates
from app.neighbourhoods.methods.naming import KINDS, Named
from app.neighbourhoods.methods.pasted import MOST_SHOWN, Pasted, split_codes, split_postcodes
from app.neighbourhoods.queries import find_areas, find_postcodes
from boundaries.errors import Fault, Invalid
from boundaries.footprints import Ground
from boundaries.postcode_points import LSOA_2011, LSOA_2021, set_drawn
from boundaries.queries import is_alive
from boundaries.sources.lookups import SET_2011, SET_2021_FROM
from boundaries.sources.postcodes import CURRENT
from boundaries.tables import Area

SMALL_AREAS = "lsoa"

# Of a list that stands in an address, so that its answer can be sent to somebody as a link.
MOST_LETTERS = 6_000


class BlocksRefused(Invalid):
    """A list holds what is no postcode or area here, or none that counts."""

    slug = "blocks-refused"
    title = "That list cannot be taken"


@dataclass(frozen=True)
class Said:
    """Ground as somebody said it.

    kind : estate (postcodes), listed (codes) or drawn (an outline). block_codes : small areas of
    area_set, where it is a list of them alone. rows : entries given; unknown : those that are no
    postcode or area here; ended : postcodes of which nobody is counted; repeated : said twice.
    rows = entries of the ground + unknown + repeated; those that ended are of the ground. named :
    the name of the one area that it is, where it is one.
    """

    ground: Ground
    kind: str
    block_codes: tuple[str, ...] | None = None
    area_set: str | None = None
    rows: int = 0
    unknown: tuple[Fault, ...] = ()
    ended: tuple[Fault, ...] = ()
    repeated: tuple[Fault, ...] = ()
    named: Named | None = None

    def refuse_unknown(self) -> None:
        """Raise BlocksRefused where an entry is unknown, naming each."""
        if self.unknown:
            said = ", ".join(repr(fault.value) for fault in self.unknown[:5])
            more = f" and {len(self.unknown) - 5} more" if len(self.unknown) > 5 else ""
            raise BlocksRefused(
                f"{len(self.unknown)} of {self.rows} entries are not known here: {said}{more}",
                self.unknown[:MOST_SHOWN],
            )

    def without_unknown(self) -> Said:
        """Give the same ground with the unknown entries left out for good; they were listed."""
        return replace(self, rows=self.rows - len(self.unknown), unknown=())

    def as_plain(self) -> dict[str, object]:
        """Say what became of each entry that is not simply counted."""
        return {
            "given": self.rows,
            "taken": self.rows - len(self.unknown) - len(self.repeated),
            "unknown": [_plain(fault) for fault in self.unknown],
            "ended": [_plain(fault) for fault in self.ended],
            "repeated": [_plain(fault) for fault in self.repeated],
        }


def _plain(fault: Fault) -> dict[str, object]:
    return {"row": fault.row, "value": fault.value, "reason": fault.detail}


def say_postcodes(session: Session, given: str | Sequence[str]) -> Said:
    """Make ground of a list of postcodes.

    Those that are in no list here are unknown, with what may have been meant; those that have ended
    stay in the ground and count nobody. Raises BlocksRefused where none is current, TooManyBlocks.
    """
    pasted = split_postcodes(given)
    known = find_postcodes(session, [entry.tidy for entry in pasted.entries])
    unknown, ended, taken, demo = [], [], [], set()
    for fault in pasted.faults:
        if fault.rule == "form":
            unknown.append(fault)
    for entry in pasted.entries:
        place = f"/postcodes/{entry.row - 1}"
        if entry.tidy not in known:
            said = "in no list of postcodes here"
            unknown.append(Fault(said, place, row=entry.row, value=entry.tidy, rule="known"))
            continue
        status, is_demo = known[entry.tidy]
        taken.append(entry.tidy)
        demo.add(is_demo)
        if status != CURRENT:
            said = "not in the current list: it stays listed, and nobody is counted there"
            ended.append(Fault(said, place, row=entry.row, value=entry.tidy, rule="current"))
    unknown = _with_what_was_meant(session, unknown)
    unknown.sort(key=lambda fault: int(fault.row or 0))
    _refuse_none(pasted, taken, unknown)
    if len(ended) == len(taken):
        raise BlocksRefused("none of these postcodes is in the current list", ended[:MOST_SHOWN])
    return Said(
        Ground(postcodes=tuple(sorted(taken)), demo=_one_world(demo)), "estate", rows=pasted.rows,
        unknown=tuple(unknown), ended=tuple(ended), repeated=_repeated(pasted),
    )  # fmt: skip


def _with_what_was_meant(session: Session, unknown: Sequence[Fault]) -> list[Fault]:
    """Name beside each unknown postcode those that exist and differ by a letter written for a digit."""
    tried = {fault.value: candidates(fault.value) for fault in unknown[:MOST_SHOWN]}
    known = find_postcodes(session, [one for several in tried.values() for one in several])
    return [
        fault._replace(detail=f"{fault.detail}; perhaps {', '.join(near)}") if near else fault
        for fault in unknown
        for near in [[one for one in tried.get(fault.value, []) if one in known]]
    ]


def say_codes(session: Session, given: str | Sequence[str], day: date) -> Said:
    """Make ground of a list of codes of areas, of any types, as of a day.

    Small areas of one set are read in their own set, whatever the day. Raises BlocksRefused where
    none is known or small areas of two sets are mixed, TooManyBlocks.
    """
    pasted = split_codes(given)
    found = find_areas(session, [entry.tidy for entry in pasted.entries])
    unknown = [fault for fault in pasted.faults if fault.rule == "form"]
    for entry in pasted.entries:
        if entry.tidy not in found:
            place = f"/codes/{entry.row - 1}"
            unknown.append(
                Fault("no area here has that code", place, row=entry.row, value=entry.tidy, rule="known")
            )  # fmt: skip
    unknown.sort(key=lambda fault: int(fault.row or 0))
    areas = [found[entry.tidy] for entry in pasted.entries if entry.tidy in found]
    _refuse_none(pasted, [area.code for area in areas], unknown)
    codes = tuple(sorted(area.code for area in areas))
    area_set, as_at = _set_and_day(areas, day)
    return Said(
        Ground(codes=codes, as_at=as_at, demo=_one_world({area.demo for area in areas})), "listed",
        codes if area_set is not None else None, area_set, rows=pasted.rows, unknown=tuple(unknown),
        repeated=_repeated(pasted), named=_own_name(areas),
    )  # fmt: skip


def _own_name(areas: Sequence[Area]) -> Named | None:
    """Name ground that is one area after it; a small area's own name is a number."""
    if len(areas) != 1 or areas[0].type in (SMALL_AREAS, "oa", "msoa"):
        return None
    return Named(areas[0].name, KINDS.get(areas[0].type, "codes"))


def say_outline(outline: shapely.MultiPolygon, *, demo: bool = False) -> Said:
    """Make ground of a checked outline (BNG)."""
    return Said(Ground(outline=outline, demo=demo), "drawn")


def say_small_areas(codes: Sequence[str], area_set: str, *, demo: bool) -> Said:
    """Make ground of small areas that were grown together."""
    listed = tuple(sorted(codes))
    ground = Ground(codes=listed, as_at=first_day(area_set), demo=demo)
    return Said(ground, "grown", listed, area_set, rows=len(listed))


def first_day(area_set: str) -> date:
    """Give the first day of a set of small areas."""
    return SET_2021_FROM if area_set == LSOA_2021 else SET_2011[0]


def _refuse_none(pasted: Pasted, taken: Sequence[str], unknown: Sequence[Fault]) -> None:
    if not taken:
        words = "nothing was listed" if not pasted.rows else "nothing in the list is known here"
        raise BlocksRefused(words, unknown[:MOST_SHOWN] or [Fault(words)])


def _repeated(pasted: Pasted) -> tuple[Fault, ...]:
    return tuple(fault for fault in pasted.faults if fault.rule == "once")


def _one_world(demo: set[bool]) -> bool:
    if len(demo) > 1:
        raise BlocksRefused("the list mixes the invented county with England")
    return demo == {True}


def _set_and_day(areas: Sequence[Area], day: date) -> tuple[str | None, date]:
    """Say which set small areas are of, and the day to read them on; other areas must live on the day asked."""
    small = [area for area in areas if area.type == SMALL_AREAS]
    if len(small) == len(areas):
        asked = set_drawn(SMALL_AREAS, day)
        for area_set in dict.fromkeys(s for s in (asked, LSOA_2021, LSOA_2011) if s is not None):
            if all(is_alive(area, first_day(area_set)) for area in small):
                return area_set, first_day(area_set)
        newest = [area for area in small if not is_alive(area, SET_2021_FROM)]
        faults = [
            Fault(f"ended on {area.valid_to}, and others of the list began then", value=area.code)
            for area in newest[:MOST_SHOWN]
        ]
        raise BlocksRefused("the list mixes small areas of two censuses", faults)
    dead = [area for area in areas if not is_alive(area, day)]
    if dead:
        faults = [
            Fault(f"did not live on {day}", "/codes", value=area.code) for area in dead[:MOST_SHOWN]
        ]
        said = ", ".join(area.code for area in dead[:5])
        raise BlocksRefused(f"{len(dead)} of the areas did not live on {day}: {said}", faults)
    return None, day
