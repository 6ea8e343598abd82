"""Who sits on a partnership: checks a register of members, orders it by sector and names what is missing.

Sectors are those of the guidance (Local Strategic Partnerships, DETR, March 2001, paragraph 1.14), with local
people beside them. What is missing is a list to work through, never a score.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from boundaries.errors import Fault

PUBLIC, PRIVATE, VOLUNTARY, COMMUNITY, PEOPLE = (
    "public", "private", "voluntary", "community", "local people",
)  # fmt: skip
SECTORS: Mapping[str, str] = {
    PUBLIC: "councils, police, health, schools and other public bodies",
    PRIVATE: "businesses and their associations",
    VOLUNTARY: "voluntary organisations",
    COMMUNITY: "community groups, faith and ethnic minority communities among them",
    PEOPLE: "residents and their representatives",
}
# Who is easily left out: for a partnership to look at, and say itself whether they are heard.
OFTEN_MISSING = (
    "residents of the priority neighbourhoods", "faith communities", "ethnic minority communities",
    "young people", "older people", "disabled people", "small businesses",
)  # fmt: skip
_FIELDS = ("name", "sector", "communities", "role", "joined", "left")
_PERSONAL = re.compile(r"@|\b0\d[\d ]{8,}\d\b|\+\d[\d ]{9,}")


def check_members(
    members: Sequence[Mapping[str, Any]], *, as_before: Collection[str] = ()
) -> Iterator[Fault]:
    """Find what is wrong with a register: a member in no sector, one that stands twice, dates the wrong way round.

    as_before : names of members that were kept before a sector was asked for, and stay as they were.

    Addresses and telephone numbers of people have no place in a public register, and are refused.
    """
    seen: dict[str, int] = {}
    for at, member in enumerate(members):
        pointer, name = f"/members/{at}", str(member.get("name") or "")
        if sector_of(member) not in SECTORS and name not in as_before:
            detail = f"members: {name or 'one'} is in no sector; one of {', '.join(SECTORS)}"
            value = str(member.get("sector") or "")[:80]
            yield Fault(detail, f"{pointer}/sector", value=value, rule="member-has-a-sector")
        key = " ".join(name.split()).casefold()
        if key in seen and not _gone_before(members[seen[key]], member):
            detail = f"members: {name} stands there twice"
            yield Fault(detail, f"{pointer}/name", value=name[:80], rule="member-once")
        seen[key] = at
        joined, left = member.get("joined"), member.get("left")
        if joined and left and joined >= left:
            detail = f"members: {name} left before joining"
            yield Fault(detail, f"{pointer}/left", value=str(left), rule="dates-in-order")
        for field in ("name", "role"):
            if holds_contact(str(member.get(field) or "")):
                detail = f"members: {field} holds an address or a number of a person, and the register is public"
                yield Fault(detail, f"{pointer}/{field}", rule="no-personal-contact")


def holds_contact(words: str) -> bool:
    """Say whether words hold an e-mail address or a telephone number."""
    return _PERSONAL.search(words) is not None


def sector_of(member: Mapping[str, Any]) -> str:
    """Give a member's sector as it is written here: "Public sector" is public."""
    return " ".join(str(member.get("sector") or "").split()).casefold().removesuffix(" sector")


def _gone_before(one: Mapping[str, Any], next_: Mapping[str, Any]) -> bool:
    """Say whether a member had left before the same one joined again."""
    return bool(one.get("left") and next_.get("joined") and one["left"] <= next_["joined"])


def as_kept(member: Mapping[str, Any]) -> dict[str, Any]:
    """Write a member as it is kept: what is not said is left out, days as text."""
    kept = {field: member.get(field) for field in _FIELDS}
    plain = {k: v.isoformat() if isinstance(v, date) else v for k, v in kept.items()}
    return {k: v for k, v in plain.items() if v not in (None, [], "")} | {
        "name": str(member["name"]).strip(), "sector": sector_of(member),
    }  # fmt: skip


def register(members: Sequence[Mapping[str, Any]], lead: str | None, day: date) -> dict[str, Any]:
    """Order the members of a day by sector, and name the sectors and communities that nobody is there for.

    One in no known sector (kept before sectors were checked) stands under `not stated`. `lead_is_member`
    is None where no lead is named.
    """
    now = [each for each in members if sits_on(each, day)]
    stated = [
        *SECTORS,
        *(["not stated"] if any(sector_of(e) not in SECTORS for e in now) else []),
    ]
    rows: list[dict[str, Any]] = [
        {"sector": sector, "means": SECTORS.get(sector, "no sector was said"),
         "members": sorted((as_kept(e) for e in now if _sector(e) == sector), key=lambda e: e["name"])}
        for sector in stated
    ]  # fmt: skip
    told = sorted({word for each in now for word in each.get("communities") or ()})
    names = {" ".join(str(each["name"]).split()).casefold() for each in now}
    missing = [row["sector"] for row in rows if not row["members"] and row["sector"] != PEOPLE]
    return {
        "as_at": day.isoformat(), "total": len(now), "lead": lead,
        "lead_is_member": None if not lead else " ".join(lead.split()).casefold() in names,
        "sectors": rows, "missing_sectors": missing, "communities": told,
        "to_look_at": [word for word in OFTEN_MISSING if word not in told],
        "sentence": _sentence(rows, len(now), missing),
    }  # fmt: skip


def sits_on(member: Mapping[str, Any], day: date) -> bool:
    """Say whether a member had joined by a day and not left."""
    joined, left = str(member.get("joined") or ""), str(member.get("left") or "")
    return (not joined or joined <= day.isoformat()) and (not left or left > day.isoformat())


def _sector(member: Mapping[str, Any]) -> str:
    sector = sector_of(member)
    return sector if sector in SECTORS else "not stated"


def either(words: Sequence[str]) -> str:
    """Join words as a sentence does: "public, private or community"."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _sentence(rows: Sequence[Mapping[str, Any]], total: int, missing: Sequence[str]) -> str:
    if not total:
        return "No member is kept here yet."
    counts = ", ".join(f"{len(row['members'])} {row['sector']}" for row in rows if row["members"])
    lacking = f" Nobody is there for the {either(missing)} sector." if missing else ""
    return f"{total} {'member' if total == 1 else 'members'}: {counts}.{lacking}"
