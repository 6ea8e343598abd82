"""Every name an area bears or bore, kept in memory and found by words, by a former name, by a code, or misspelt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from boundaries.methods.spelling import Spellings
from boundaries.queries import plain_name
from boundaries.tables import Area, AreaCode, AreaName

# Of several of one name a council is meant more often than a ward or parish.
COUNCILS = frozenset({"lad", "cty"})
# Census areas are called by a place and a number: their names are looked through, but no misspelling
# is made out to be one of them.
NUMBERED = frozenset({"oa", "lsoa", "msoa"})


@dataclass(frozen=True)
class Name:
    """One name of one area. kind: name (its present one), former, also, welsh, local; until: the last day but one."""

    code: str
    type: str
    name: str
    kind: str
    valid_from: date | None
    valid_to: date | None
    until: date | None = None


def is_alive(one: Name, day: date) -> bool:
    """Say whether a name's area lives on a day."""
    return (one.valid_from is None or one.valid_from <= day) and (
        one.valid_to is None or one.valid_to > day
    )


@dataclass(frozen=True)
class Match:
    """An area that some words may mean, and why: `name`, `former name of Leeds`, `near in spelling`, `old-ons code`."""

    name: Name
    why: str
    alike: float


class NameIndex:
    """All names of one state of the geography."""

    def __init__(self, names: Sequence[Name]) -> None:
        self.names = list(names)
        self.present = {each.code: each.name for each in names if each.kind == "name"}
        self._plain = [plain_name(each.name) for each in self.names]
        named = [at for at, each in enumerate(self.names) if each.type not in NUMBERED]
        self._named = named
        self._alike = Spellings([self._plain[at] for at in named])
        self._exact: dict[str, list[int]] = {}
        for at, plain in enumerate(self._plain):
            self._exact.setdefault(plain, []).append(at)

    def called(self, words: str) -> list[Name]:
        """List the names that are exactly these words, but for capitals, accents and points."""
        return [self.names[at] for at in self._exact.get(plain_name(words), [])]

    def holding(self, words: str) -> list[Match]:
        """List one match for each area of which a name holds the words, in order of code."""
        wanted = plain_name(words)
        found: dict[str, Match] = {}
        for at, plain in enumerate(self._plain):
            if wanted and wanted in plain:
                one = self.names[at]
                if one.code not in found or one.kind == "name":
                    found[one.code] = Match(one, self.why(one), 1.0)
        return [found[code] for code in sorted(found)]

    def alike(self, words: str, most: int = 10) -> list[Match]:
        """List areas whose names are spelt much like the words, the most alike first, of equals councils first."""
        found: dict[str, Match] = {}
        near = self._alike.alike(plain_name(words), most * 3)
        for at, alike in sorted(near, key=self._rank):
            one = self.names[self._named[at]]
            if one.code not in found:
                why = (
                    "near in spelling"
                    if one.kind == "name"
                    else f"near in spelling to {with_article(self.why(one))}"
                )
                found[one.code] = Match(one, why, alike)
        return list(found.values())[:most]

    def _rank(self, found: tuple[int, float]) -> tuple[float, bool, str]:
        one = self.names[self._named[found[0]]]
        return -found[1], one.type not in COUNCILS, one.code

    def why(self, one: Name) -> str:
        """Say what a name is to its area."""
        if one.kind == "name":
            return "name"
        words = {"former": "former name", "welsh": "Welsh name", "local": "local name"}
        told = f"{words.get(one.kind, 'other name')} of {self.present.get(one.code, one.code)}"
        return f"{told}, until {one.until.day} {one.until:%B %Y}" if one.until else told


def with_article(why: str) -> str:
    """Put the article before what a name is: "a former name of Ayton", "another name of Ayton"."""
    return f"an{why}" if why.startswith("other ") else f"a {why}"


def read_names(session: Session) -> NameIndex:
    """Read every name; some hundred thousand take a second or two."""
    rows = session.execute(
        select(Area.code, Area.type, Area.name, Area.valid_from, Area.valid_to)
        .where(Area.type != "oa")
        .order_by(Area.code)
    ).all()
    names = [Name(r.code, r.type, r.name, "name", r.valid_from, r.valid_to) for r in rows]
    known = {each.code: each for each in names}
    others = session.scalars(
        select(AreaName).order_by(AreaName.area_code, AreaName.name, AreaName.kind)
    )
    names += [
        Name(area.code, area.type, one.name, one.kind, area.valid_from, area.valid_to, one.until)
        for one in others
        if (area := known.get(one.area_code)) is not None
    ]
    return NameIndex(names)


def codes_of_other_schemes(session: Session, written: Sequence[str]) -> list[tuple[str, str, str]]:
    """List what codes of other schemes mean, as code, scheme and area."""
    rows = session.execute(
        select(AreaCode.code, AreaCode.scheme, AreaCode.area_code)
        .where(AreaCode.code.in_(list(written)))
        .order_by(AreaCode.scheme, AreaCode.area_code)
    )
    return [(row.code, row.scheme, row.area_code) for row in rows]
