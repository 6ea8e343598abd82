"""Holds a plan against what is: whose codes live, who is named twice, where the parts of councils lie.

All faults are collected before it is refused; a district of a touched county that no unitary takes is
no fault, and is listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from sqlalchemy.orm import Session

from app.partnerships.tiers import Tier, read_tier
from app.rehearsals.methods.regroup import Part
from app.rehearsals.plans import Plan, PlanInvalid
from boundaries.area_types import AREA_TYPES
from boundaries.errors import Fault, NotFound
from boundaries.footprints import Ground as Footing
from boundaries.footprints import outline_of_codes, shares_of
from boundaries.gss import is_demo_code
from boundaries.history import successors
from boundaries.methods.code_verdict import join_words
from boundaries.queries import LayerMissing, find_authority, get_area, is_alive
from boundaries.tables import Area

PART_TYPES = ("wd", "par", "ncp", "msoa", "lsoa", "oa")
MOST_PARTS = 200
# METHODS.md 1.2: what parts a false overlap of two drawings from a true one.
REAL_OVERLAP = 0.05


@dataclass(frozen=True)
class Resolved:
    """A plan whose every name was found: district → unitary, the parts, and part → unitary."""

    tier: Tier
    demo: bool
    goes_to: dict[str, str]
    parts: list[Part]
    part_goes_to: dict[str, str]


def resolve_plan(session: Session, plan: Plan, day: date) -> Resolved:
    """Find the councils and parts that a plan names, as they are on a day.

    Raises PlanInvalid with every fault: unknown and retired codes, a council in two unitaries or twice
    in one, a part of no council, in two, or overlapping another that goes elsewhere.
    """
    faults: list[Fault] = []
    named = [
        (one.name, words, f"/unitaries/{n}/councils/{at}")
        for n, one in enumerate(plan.unitaries)
        for at, words in enumerate(one.councils)
    ]
    found = [(unitary, _authority(session, words, where, day, plan, faults), where)
             for unitary, words, where in named]  # fmt: skip
    wards = [
        (one.name, _part_area(session, words, f"/unitaries/{n}/parts/{at}", day, plan, faults),
         f"/unitaries/{n}/parts/{at}")
        for n, one in enumerate(plan.unitaries)
        for at, words in enumerate(one.parts)
    ]  # fmt: skip
    codes = [area.code for _, area, _ in [*found, *wards] if area is not None]
    if not codes:
        raise _refused(faults)
    demo = is_demo_code(codes[0])
    if len({is_demo_code(code) for code in codes}) > 1:
        faults.append(
            Fault("invented areas and real ones cannot be taken together", "/unitaries", file=plan.file)
        )  # fmt: skip
        raise _refused(faults)
    tier = read_tier(session, day, demo=demo)
    goes_to = _districts(tier, found, plan, faults)
    if sum(area is not None for _, area, _ in wards) > MOST_PARTS:
        faults.append(Fault(f"at most {MOST_PARTS} parts", "/unitaries", file=plan.file))
        raise _refused(faults)
    parts, part_goes_to = _parts(session, tier, wards, goes_to, day, plan, faults, demo=demo)
    if faults:
        raise _refused(faults)
    return Resolved(tier, demo, goes_to, parts, part_goes_to)


def _refused(faults: Sequence[Fault]) -> PlanInvalid:
    return PlanInvalid("; ".join(dict.fromkeys(fault.detail for fault in faults)), faults)


def _authority(
    session: Session, words: str, where: str, day: date, plan: Plan, faults: list[Fault]
) -> Area | None:
    try:
        area = find_authority(session, words, day)
    except NotFound as problem:
        faults.append(Fault(problem.detail, where, file=plan.file, value=words[:60]))
        return None
    if area.type not in ("lad", "cty"):
        said = f"{area.name} ({area.code}) is a {area.type}, not a council: name it under parts"
        faults.append(Fault(said, where, file=plan.file, value=words[:60]))
        return None
    return area if _lives(session, area, where, day, plan, faults) else None


def _part_area(
    session: Session, words: str, where: str, day: date, plan: Plan, faults: list[Fault]
) -> Area | None:
    try:
        area = get_area(session, words)
    except NotFound as problem:
        faults.append(Fault(problem.detail, where, file=plan.file, value=words[:60]))
        return None
    if area.type not in PART_TYPES:
        kinds = join_words([AREA_TYPES[kind].plural for kind in PART_TYPES])
        said = f"{area.name} ({area.code}) is a {area.type}; parts are {kinds}"
        faults.append(Fault(said, where, file=plan.file, value=words[:60]))
        return None
    return area if _lives(session, area, where, day, plan, faults) else None


def _lives(
    session: Session, area: Area, where: str, day: date, plan: Plan, faults: list[Fault]
) -> bool:
    if is_alive(area, day):
        return True
    after = ", ".join(s.new_code for s in successors(session, area.code)) or "none recorded"
    life = f"from {area.valid_from or 'before the records begin'} to {area.valid_to or 'today'}"
    said = f"{area.name} ({area.code}) lives {life}, not on {day}; successors: {after}"
    faults.append(Fault(said, where, file=plan.file, value=area.code))
    return False


def _districts(
    tier: Tier, found: Sequence[tuple[str, Area | None, str]], plan: Plan, faults: list[Fault]
) -> dict[str, str]:
    """Give district → unitary, counties written out; a district in two, or twice in one, is a fault."""
    names = dict(zip(tier.frame["code"], tier.frame["name"], strict=True))
    goes_to: dict[str, str] = {}
    for unitary, area, where in found:
        if area is None:
            continue
        codes = [area.code]
        if area.type == "cty":
            codes = tier.frame["code"][tier.frame["county_code"] == area.code].tolist()
        for code in codes:
            if code not in names:
                said = f"{area.name} ({code}) is not drawn by {tier.layer.id}"
            elif goes_to.get(code) == unitary:
                said = f"{names[code]} ({code}) is named twice in {unitary}"
            elif code in goes_to:
                said = f"{names[code]} ({code}) is in both {goes_to[code]} and {unitary}"
            else:
                goes_to[code] = unitary
                continue
            faults.append(Fault(said, where, file=plan.file, value=code))
    return goes_to


def _parts(
    session: Session, tier: Tier, wards: Sequence[tuple[str, Area | None, str]], goes_to: dict[str, str],
    day: date, plan: Plan, faults: list[Fault], *, demo: bool,
) -> tuple[list[Part], dict[str, str]]:  # fmt: skip
    areas = tier.frame.set_index("code")["area_m2"].to_dict()
    parts: list[Part] = []
    part_goes_to: dict[str, str] = {}
    shapes: list[shapely.Geometry] = []
    for unitary, area, where in wards:
        if area is None:
            continue
        if area.code in part_goes_to:
            said = (
                f"{area.name} ({area.code}) is named under {part_goes_to[area.code]} and {unitary}"
            )
            faults.append(Fault(said, where, file=plan.file, value=area.code))
            continue
        ground = Footing(codes=(area.code,), as_at=day, demo=demo)
        try:
            shape, _ = outline_of_codes(session, (area.code,), day, demo=demo)
            shares = shares_of(session, ground, tier.layer.id)
        except LayerMissing as problem:
            faults.append(Fault(problem.detail, where, file=plan.file, value=area.code))
            continue
        whole = float(shapely.area(shape))
        real = shares[shares["overlap_m2"] > REAL_OVERLAP * whole].sort_values("overlap_m2")
        said = ""
        if len(real) != 1 or real["code"].iloc[0] not in areas:
            where_it_lies = join_words(real["code"].tolist()) or "no council"
            said = f"{area.name} ({area.code}) lies in {where_it_lies}, not in one council"
        elif goes_to.get(real["code"].iloc[0]) == unitary:
            said = f"{area.name} ({area.code}) lies in {real['code'].iloc[0]}, which {unitary} takes whole"
        if said:
            faults.append(Fault(said, where, file=plan.file, value=area.code))
            continue
        row = real.iloc[0]
        people = None if np.isnan(row["people_share"]) else float(row["people_share"])
        parts.append(
            Part(
                area.code, area.name, area.type, str(row["code"]), float(row["overlap_m2"]), people
            )
        )
        part_goes_to[area.code] = unitary
        shapes.append(shape)
    faults += _overlapping(parts, shapes, plan)
    return parts, part_goes_to


def _overlapping(parts: list[Part], shapes: list[shapely.Geometry], plan: Plan) -> list[Fault]:
    """Tell the parts that hold some of the same ground: it could go one way only."""
    if len(parts) < 2:
        return []
    array = np.array(shapes, dtype=object)
    left, right = shapely.STRtree(array).query(array, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    common = shapely.area(shapely.intersection(array[left], array[right]))
    smaller = np.minimum(shapely.area(array[left]), shapely.area(array[right]))
    return [
        Fault(
            f"{parts[a].name} ({parts[a].code}) and {parts[b].name} ({parts[b].code}) overlap",
            "/unitaries", file=plan.file, value=parts[b].code,
        )
        for a, b in zip(left[common > REAL_OVERLAP * smaller].tolist(),
                        right[common > REAL_OVERLAP * smaller].tolist(), strict=True)
    ]  # fmt: skip
