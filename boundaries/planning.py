"""Keeps areas that are planned: made of living ones on a day to come, on which these end.

A plan changes no published row for good: taking it away gives every area its open end back. Everything
runs in the caller's transaction. Only districts are planned; a county ends when its last district does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from boundaries.area_types import AREA_TYPES
from boundaries.database import named_sql
from boundaries.errors import Conflict, Fault, Invalid, NotFound
from boundaries.gss import is_demo_code, is_gss_code, normalise_code
from boundaries.history import successors
from boundaries.methods.succession import shares_passed_on
from boundaries.plan_drawing import draw_plans, last_published
from boundaries.plan_tables import Plan, PlannedArea
from boundaries.queries import get_area
from boundaries.releases import refresh_days
from boundaries.storing import store_areas, store_successions
from boundaries.tables import Area, Membership, Succession, Weight

PLANNED_TYPE = "lad"
MOST_AREAS = 100
MOST_MEMBERS = 400
WHOLE = "the whole of it, by the plan"
BY_DISTRICTS = "people of mid-2020 in its districts"
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class PlanInvalid(Invalid):
    """A plan cannot be carried out as it is written; each fault names its place in it."""

    slug = "plan-invalid"
    title = "The plan has faults"


class PlanExists(Conflict):
    """A plan, or an area, of that name is here already."""

    slug = "plan-exists"
    title = "That is planned already"


class UnknownPlan(NotFound):
    """No plan has that name; `bounds areas plans` lists them."""

    slug = "unknown-plan"
    title = "No such plan"


@dataclass(frozen=True)
class NewArea:
    """An area as a plan gives it; made_of: codes of living areas, which end on valid_from."""

    code: str
    name: str
    area_type: str
    valid_from: date
    valid_to: date | None
    made_of: tuple[str, ...]


@dataclass(frozen=True)
class NewPlan:
    """A plan as it is given. Its slug names it; source says who says so, and where."""

    slug: str
    name: str
    source: str
    areas: tuple[NewArea, ...]


@dataclass(frozen=True)
class PlanReport:
    """What a plan does: areas made, districts and counties that end with it, the releases that draw it.

    people: of each planned area, where known. undrawn: planned areas of which some ground is in no
    outline here.
    """

    slug: str
    areas: tuple[NewArea, ...]
    ended: tuple[str, ...]
    counties_ended: tuple[str, ...]
    people: dict[str, int | None]
    drawn_by: tuple[str, ...]
    undrawn: tuple[str, ...]


def code_of_slug(area_type: str, slug: str) -> str:
    """Write the code of an area without a GSS code: its type, a hyphen and its slug."""
    return f"{area_type}-{slug}"


def add_plan(session: Session, plan: NewPlan) -> PlanReport:
    """Check a plan, store it and carry it out.

    Raises PlanInvalid with every fault at once (unknown codes, an end before a start, overlapping
    groupings, a start that is not after what is published), PlanExists.
    """
    members = _check(session, plan)
    demo = any(is_demo_code(code) for code in members)
    session.add(Plan(slug=plan.slug, name=plan.name, source=plan.source, demo=demo))
    session.flush()
    for area in plan.areas:
        session.add(
            PlannedArea(
                code=area.code, plan=plan.slug, name=area.name, type=area.area_type,
                valid_from=area.valid_from, valid_to=area.valid_to, made_of=list(area.made_of),
            )
        )  # fmt: skip
    session.flush()
    counties = _carry_out(session, plan, demo)
    drawn, undrawn = draw_plans(session, demo=demo)
    _refresh(session)
    codes = [area.code for area in plan.areas]
    rows = session.execute(
        select(Weight.code, Weight.value).where(
            Weight.code.in_(codes), Weight.area_set == "lad", Weight.measure == "people"
        )
    )
    people = {row[0]: int(row[1]) for row in rows}
    return PlanReport(
        plan.slug, plan.areas, tuple(sorted(members)), counties,
        {code: people.get(code) for code in codes}, drawn,
        tuple(code for code in undrawn if code in codes),
    )  # fmt: skip


def remove_plan(session: Session, slug: str) -> list[str]:
    """Take a plan away: its areas are gone and what it ended lives on. Returns the codes removed.

    Raises UnknownPlan.
    """
    plan = get_plan(session, slug)
    demo = plan.demo
    codes = [row.code for row in areas_of_plan(session, slug)]
    _undo(session, slug, codes)
    session.delete(plan)
    session.flush()
    draw_plans(session, demo=demo)
    session.execute(delete(Area).where(Area.code.in_(codes)))
    _refresh(session)
    return codes


def carry_out_again(session: Session) -> int:
    """Carry every plan out anew, after lists of codes gave the areas their published lives back; counts them."""
    plans = list_plans(session)
    for plan in plans:
        rows = areas_of_plan(session, plan.slug)
        areas = tuple(
            NewArea(row.code, row.name, row.type, row.valid_from, row.valid_to, tuple(row.made_of))
            for row in rows
        )
        _carry_out(session, NewPlan(plan.slug, plan.name, plan.source, areas), plan.demo)
    if plans:
        for demo in {plan.demo for plan in plans}:
            draw_plans(session, demo=demo)
        _refresh(session)
    return len(plans)


def list_plans(session: Session) -> list[Plan]:
    """List the plans in order of slug."""
    return list(session.scalars(select(Plan).order_by(Plan.slug)))


def get_plan(session: Session, slug: str) -> Plan:
    """Get one plan. Raises UnknownPlan."""
    plan = session.get(Plan, slug)
    if plan is None:
        raise UnknownPlan(
            f"there is no plan {slug[:80]!r}", [Fault("no such plan", value=slug[:80])]
        )
    return plan


def areas_of_plan(session: Session, slug: str) -> list[PlannedArea]:
    """List the areas of a plan in order of code."""
    return list(
        session.scalars(
            select(PlannedArea).where(PlannedArea.plan == slug).order_by(PlannedArea.code)
        )
    )


def _check(session: Session, plan: NewPlan) -> set[str]:
    """Find every fault of a plan; returns the codes that it ends."""
    if session.get(Plan, plan.slug) is not None:
        raise PlanExists(f"the plan {plan.slug!r} is here already: remove it first")
    faults: list[Fault] = []
    if not plan.source.strip():
        faults.append(Fault("say who says so, and where", "/source"))
    if not 1 <= len(plan.areas) <= MOST_AREAS:
        faults.append(Fault(f"a plan makes 1 to {MOST_AREAS} areas", "/areas"))
    used = Counter(code for area in plan.areas for code in set(area.made_of))
    taken = {code: row.plan for row in session.scalars(select(PlannedArea)) for code in row.made_of}
    for number, area in enumerate(plan.areas[:MOST_AREAS]):
        faults += _faults_of_area(session, area, f"/areas/{number}")
        for place, code in enumerate(area.made_of[:MOST_MEMBERS]):
            pointer = f"/areas/{number}/made_of/{place}"
            if used[code] > 1 or area.made_of.count(code) > 1:
                faults.append(Fault("it is in two groupings, or twice in one", pointer, value=code))
            elif code in taken:
                fault = f"the plan {taken[code]!r} ends it already"
                faults.append(Fault(fault, pointer, value=code))
            else:
                faults += _faults_of_member(session, area, code, pointer)
    codes = [area.code for area in plan.areas]
    if len(set(codes)) < len(codes):
        faults.append(Fault("two areas have one code", "/areas"))
    kinds = {is_demo_code(code) for code in (*codes, *used)}
    if len(kinds) > 1:
        fault = "codes of the invented county begin with X, and its areas make no others"
        faults.append(Fault(fault, "/areas"))
    if faults:
        raise PlanInvalid("; ".join(sorted({fault.detail for fault in faults}))[:900], faults[:200])
    held = session.scalars(select(Area.code).where(Area.code.in_(codes))).all()
    if held:
        raise PlanExists(
            f"{', '.join(held)} is here already",
            [Fault("an area has this code", value=code) for code in held],
        )
    return set(used)


def _faults_of_area(session: Session, area: NewArea, pointer: str) -> list[Fault]:
    faults = []
    if area.area_type != PLANNED_TYPE:
        fault = f"only areas of type {PLANNED_TYPE} (districts and unitaries) are planned"
        faults.append(Fault(fault, f"{pointer}/type", value=area.area_type))
    if not area.name.strip():
        faults.append(Fault("an area needs a name", f"{pointer}/name"))
    row = AREA_TYPES[PLANNED_TYPE]
    prefixes = (*row.prefixes, *row.demo_prefixes)
    kind, _, slug = area.code.partition("-")
    is_good = (
        area.code.startswith(prefixes) if is_gss_code(area.code)
        else kind == PLANNED_TYPE and _SLUG.fullmatch(slug) is not None
    )  # fmt: skip
    if not is_good:
        fault = "give a slug of small letters, figures and hyphens, or a GSS code of that type"
        faults.append(Fault(fault, f"{pointer}/slug", value=area.code))
    if area.valid_to is not None and area.valid_to <= area.valid_from:
        fault = f"it ends on {area.valid_to}, which is not after its start {area.valid_from}"
        faults.append(Fault(fault, f"{pointer}/to", value=str(area.valid_to)))
    if not 1 <= len(area.made_of) <= MOST_MEMBERS:
        fault = f"name the 1 to {MOST_MEMBERS} areas that it is made of"
        faults.append(Fault(fault, f"{pointer}/made_of"))
    published = last_published(session, demo=area.code.startswith("X"))
    if published is not None and area.valid_from <= published[1]:
        fault = f"it starts on {area.valid_from}, before {published[0]} of {published[1]}, which it follows"
        faults.append(Fault(fault, f"{pointer}/from", value=str(area.valid_from)))
    return faults


def _faults_of_member(session: Session, area: NewArea, code: str, pointer: str) -> list[Fault]:
    member = session.get(Area, normalise_code(code))
    if member is None or member.code != code:
        return [Fault("no area here has this code", pointer, value=code)]
    if member.type != area.area_type:
        fault = f"it is a {AREA_TYPES[member.type].name}, not a {AREA_TYPES[PLANNED_TYPE].name}"
        return [Fault(fault, pointer, value=code)]
    if member.valid_to is not None:
        after = ", ".join(link.new_code for link in successors(session, code)) or "nothing"
        fault = f"it ends on {member.valid_to} already, followed by {after}"
        return [Fault(fault, pointer, value=code)]
    if member.valid_from is not None and member.valid_from >= area.valid_from:
        fault = f"it begins only on {member.valid_from}"
        return [Fault(fault, pointer, value=code)]
    return []


def _carry_out(session: Session, plan: NewPlan, demo: bool) -> tuple[str, ...]:
    """Give planned areas their rows, people and members, and end what they are made of; returns counties that end."""
    frame = pd.DataFrame(
        [(a.code, a.area_type, a.name, a.valid_from, a.valid_to) for a in plan.areas],
        columns=["code", "type", "name", "valid_from", "valid_to"],
    ).astype({"valid_from": object, "valid_to": object})
    store_areas(session, frame, demo=demo, lives_known=True)
    told = f"plan: {plan.slug}"
    for area in plan.areas:
        session.execute(
            update(Area).where(Area.code.in_(area.made_of)).values(valid_to=area.valid_from)
        )
    links = [
        (old, area.code, area.valid_from, "merged", 1.0, told, WHOLE)
        for area in plan.areas
        for old in area.made_of
    ]
    columns = ["old_code", "new_code", "changed_on", "kind", "share", "source", "method"]
    store_successions(session, pd.DataFrame(links, columns=columns))
    counties = _end_counties(session, plan, told)
    for name in ("planned_members", "planned_regions", "planned_people"):
        for area in plan.areas:
            session.execute(
                named_sql(__file__, name),
                {"code": area.code, "made_of": list(area.made_of), "told": told},
            )
    return counties


def _end_counties(session: Session, plan: NewPlan, told: str) -> tuple[str, ...]:
    """End each county of which the plan ends every district on one day, and link it by people."""
    ends = {code: area for area in plan.areas for code in area.made_of}
    over = session.execute(
        select(Membership.parent_code, Membership.child_code)
        .join(Area, Area.code == Membership.parent_code)
        .where(
            Membership.parent_type == "cty", Membership.child_code.in_(sorted(ends)),
            Area.valid_to.is_(None) | (Area.valid_to >= min(a.valid_from for a in plan.areas)),
        )
        .distinct()
    ).all()  # fmt: skip
    ended = []
    for county in sorted({row[0] for row in over}):
        children = session.execute(
            select(Area.code, Area.valid_to)
            .join(Membership, Membership.child_code == Area.code)
            .where(Membership.parent_code == county, Membership.parent_type == "cty")
            .where(Area.type == "lad")
            .distinct()
        ).all()
        days = {ends[row[0]].valid_from for row in children if row[0] in ends}
        living = [row[0] for row in children if row[1] is None or row[1] > max(days)]
        if living or len(days) > 1:
            continue
        (day,) = days
        session.execute(update(Area).where(Area.code == county).values(valid_to=day))
        rows = session.execute(
            select(Weight.code, Weight.value).where(
                Weight.code.in_(sorted(ends)), Weight.area_set == "lad", Weight.measure == "people"
            )
        )
        people = {row[0]: float(row[1]) for row in rows}
        parts = pd.DataFrame(
            [
                (county, row[0], ends[row[0]].code, people.get(row[0]))
                for row in children
                if row[0] in ends
            ],
            columns=["old_code", "part", "new_code", "people"],
        ).astype({"people": float})
        shares = shares_passed_on(parts)
        several = len(shares) > 1
        links = shares.assign(
            changed_on=day, kind="split" if several else "merged", source=told,
            method=BY_DISTRICTS if several else WHOLE,
        )  # fmt: skip
        links["method"] = links["method"].where(links["share"].notna(), None)
        store_successions(session, links)
        ended.append(county)
    return tuple(ended)


def _undo(session: Session, slug: str, codes: Sequence[str]) -> None:
    told = f"plan: {slug}"
    old = select(Succession.old_code).where(Succession.source == told)
    session.execute(update(Area).where(Area.code.in_(old)).values(valid_to=None))
    session.execute(delete(Succession).where(Succession.source == told))
    session.execute(
        delete(Membership).where(
            Membership.parent_code.in_(codes) | Membership.child_code.in_(codes)
        )
    )
    session.execute(delete(Weight).where(Weight.code.in_(codes)))


def _refresh(session: Session) -> None:
    for kind in ("lad", "cty"):
        refresh_days(session, kind)


def plan_of_area(session: Session, code: str) -> tuple[Plan, PlannedArea] | None:
    """Give the plan that makes an area, with what it says of it; None for one that is not planned."""
    row = session.get(PlannedArea, get_area(session, code).code)
    return None if row is None else (get_plan(session, row.plan), row)
