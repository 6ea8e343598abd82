"""Plans for the wire and the command line: a file or body that is read strictly, and the audited changes."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from boundaries.errors import Fault, NotFound
from boundaries.gss import normalise_code
from boundaries.plan_tables import Plan
from boundaries.planning import (
    MOST_AREAS,
    MOST_MEMBERS,
    NewArea,
    NewPlan,
    PlanInvalid,
    PlanReport,
    add_plan,
    areas_of_plan,
    code_of_slug,
    get_plan,
    list_plans,
    remove_plan,
)

MOST_BYTES = 1_000_000


class AreaGiven(BaseModel):
    """One planned area as it is written: a slug, or the GSS code where it is known."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    slug: str | None = Field(default=None, max_length=80)
    code: str | None = Field(default=None, max_length=9)
    name: str = Field(min_length=1, max_length=200)
    type: str = Field(default="lad", max_length=10)
    valid_from: date = Field(alias="from")
    valid_to: date | None = Field(default=None, alias="to")
    made_of: list[str] = Field(max_length=MOST_MEMBERS)


class PlanGiven(BaseModel):
    """A plan as a file or the body of `POST /areas` writes it."""

    model_config = ConfigDict(extra="forbid")

    plan: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)
    name: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1, max_length=500)
    areas: list[AreaGiven] = Field(min_length=1, max_length=MOST_AREAS)

    def as_plan(self) -> NewPlan:
        """Give the plan to the geography. Raises PlanInvalid for an area with neither or both of slug and code."""
        faults = [
            Fault("give either a slug or a code", f"/areas/{number}/slug", value=area.name)
            for number, area in enumerate(self.areas)
            if (area.slug is None) == (area.code is None)
        ]
        if faults:
            raise PlanInvalid("each area has either a slug or a code", faults)
        return NewPlan(
            self.plan, self.name, self.source,
            tuple(
                NewArea(
                    normalise_code(area.code) if area.code else code_of_slug(area.type, area.slug or ""),
                    area.name, area.type, area.valid_from, area.valid_to,
                    tuple(normalise_code(code) for code in area.made_of),
                )
                for area in self.areas
            ),
        )  # fmt: skip


def read_plan_file(path: Path) -> NewPlan:
    """Read a plan from TOML, or JSON by its suffix. Raises NotFound, and PlanInvalid with every fault at once."""
    if not path.is_file():
        raise NotFound(f"there is no file {path}", [Fault("no such file", file=str(path))])
    if path.stat().st_size > MOST_BYTES:
        raise PlanInvalid(f"{path.name} is larger than {MOST_BYTES:,} bytes, which no plan is")
    try:
        text = path.read_text(encoding="utf-8-sig")
        told: Any = orjson.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (tomllib.TOMLDecodeError, orjson.JSONDecodeError, UnicodeDecodeError) as error:
        raise PlanInvalid(
            f"{path.name} cannot be read: {error}", [Fault(str(error)[:200], file=path.name)]
        ) from None
    try:
        given = PlanGiven.model_validate(told)
    except ValidationError as error:
        faults = [
            Fault(
                one["msg"], pointer="/" + "/".join(str(part) for part in one["loc"]), file=path.name
            )
            for one in error.errors()[:100]
        ]
        raise PlanInvalid(f"{path.name}: " + "; ".join(
            f"{fault.pointer}: {fault.detail}" for fault in faults[:5]
        ), faults) from None  # fmt: skip
    return given.as_plan()


def make_plan(session: Session, actor: Actor | str, plan: NewPlan, *, commit: bool) -> PlanReport:
    """Carry a plan out in the caller's transaction, which undoes it where it is only rehearsed."""
    report = add_plan(session, plan)
    if commit:
        detail: dict[str, object] = {
            "areas": [area.code for area in plan.areas], "ended": list(report.ended),
            "counties_ended": list(report.counties_ended),
        }  # fmt: skip
        record(session, actor, "plan", f"plan:{plan.slug}", detail)
    return report


def drop_plan(session: Session, actor: Actor | str, slug: str, *, commit: bool) -> list[str]:
    """Take a plan away in the caller's transaction. Raises UnknownPlan."""
    codes = remove_plan(session, slug)
    if commit:
        record(session, actor, "remove", f"plan:{slug}", {"areas": codes})
    return codes


def report_body(report: PlanReport) -> dict[str, Any]:
    """Write what a plan does, or would do."""
    return {
        "plan": report.slug,
        "areas": [
            {
                "code": area.code, "name": area.name, "type": area.area_type, "valid_from": area.valid_from,
                "valid_to": area.valid_to, "made_of": list(area.made_of),
                "population": report.people.get(area.code), "is_drawn": area.code not in report.undrawn,
            }
            for area in report.areas
        ],
        "ended": list(report.ended),
        "counties_ended": list(report.counties_ended),
        "drawn_by": list(report.drawn_by),
        "quality": "approximate",
    }  # fmt: skip


def plan_bodies(session: Session) -> list[dict[str, Any]]:
    """List the plans with their areas."""
    return [_plan_body(session, plan) for plan in list_plans(session)]


def plan_body(session: Session, slug: str) -> dict[str, Any]:
    """Write one plan with its areas. Raises UnknownPlan."""
    return _plan_body(session, get_plan(session, slug))


def _plan_body(session: Session, plan: Plan) -> dict[str, Any]:
    areas = [
        {
            "code": row.code, "name": row.name, "type": row.type, "valid_from": row.valid_from,
            "valid_to": row.valid_to, "made_of": list(row.made_of),
        }
        for row in areas_of_plan(session, plan.slug)
    ]  # fmt: skip
    return {
        "plan": plan.slug, "name": plan.name, "source": plan.source, "made_at": plan.made_at,
        "demo": plan.demo, "areas": areas,
    }  # fmt: skip
