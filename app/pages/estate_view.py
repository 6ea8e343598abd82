"""What a neighbourhood's page says of money and services: by year, in and near, what is missing, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.agreements.queries import agreed_for
from app.findings.words import count, counted, listed, pounds
from app.neighbourhoods.figures import figures_of
from app.pages.raster_view import footprint_rows
from app.pages.works import thanks
from app.rasters.zones import figures_of_footprint
from app.resources.estate import money_around, services_of_ground
from app.resources.ground_money import NOTE, money_in_ground
from app.resources.methods.estate_services import years_without_lines
from boundaries.footprints import Ground

SHOWN_INSIDE = 30
NOT_AGREED = {
    "managers": "No post is kept that manages it.",
    "services": "No service agreement is kept for it.",
    "budgets": "No money is kept that it decides on itself.",
}


@dataclass(frozen=True)
class EstateView:
    """What the estate's templates read.

    money : as the API's ledger of the neighbourhood.
    services : by kind. grids : of its outline, a row a raster.
    agreed : posts, service agreements and devolved budgets, as the API gives them.
    missing, todo : sentences, each of something that is so here.
    """

    money: dict[str, Any]
    services: dict[str, Any]
    agreed: dict[str, Any]
    missing: list[str]
    todo: list[str]
    grids: list[dict[str, str]]
    partnership: str | None
    thanks: list[str]
    note: str = NOTE
    shown_inside: int = SHOWN_INSIDE


def estate_view(
    session: Session, ground: Ground, footprint_id: int, *, slug: str, area_set: str,
    partnership_slug: str | None, day: date,
) -> EstateView:  # fmt: skip
    """Put together what goes into an estate and what is around it. Raises LayerMissing."""
    figures = figures_of(session, ground, area_set=area_set, footprint_id=footprint_id)
    found = money_in_ground(session, ground, figures, partnership_slug=partnership_slug)
    around = money_around(session, ground, partnership_slug=partnership_slug)
    services = services_of_ground(session, ground)
    agreed = agreed_for(session, slug, day)
    missing, todo = _gaps(found.lines, around, services, partnership_slug)
    for kind, words in NOT_AGREED.items():
        if not agreed[kind]:
            missing.append(words)
    if not any(agreed[kind] for kind in NOT_AGREED):
        todo.append(
            "Keep who manages it and what was agreed: by the forms above, or POST"
            f" /api/v1/agreements/{' | '.join(NOT_AGREED)}."
        )
    grids = footprint_rows(figures_of_footprint(session, footprint_id))
    return EstateView(
        found.as_plain(), services, agreed, missing, todo, grids, partnership_slug,
        thanks(session, lines=[line["id"] for line in found.lines]),
    )  # fmt: skip


def _are(told: dict[str, int], one: str, many: str) -> str:
    """Write some lines with their money and what they do: "1 line (£5.00) is stated"."""
    verb = one if told["lines"] == 1 else many
    return f"{counted(told['lines'], 'line')} ({pounds(told['pence'])}) {verb}"


def _silent(number: int, of: int, what: str) -> str:
    """Say of how many lines nothing is said: "1 of 3 lines here states no theme."."""
    verb = "states" if number == 1 else "state"
    return f"{count(number)} of {counted(of, 'line')} here {verb} no {what}."


def _gaps(
    lines: list[dict[str, Any]], around: dict[str, dict[str, int]], services: dict[str, Any],
    slug: str | None,
) -> tuple[list[str], list[str]]:  # fmt: skip
    """Say what is not known here and, for each, what somebody could do about it."""
    missing, todo = [], []
    district, recipient = around["district"], around["recipient"]
    if district["lines"]:
        missing.append(
            f"{_are(district, 'is stated', 'are stated')} for the whole district: "
            "none of it is counted here, though some may be spent here."
        )
        todo.append(
            f"Ask {counted(district['funders'], 'funder')} of money for the whole district where it is spent."
        )
    if recipient["lines"]:
        missing.append(
            f"{_are(recipient, 'names', 'name')} only a recipient's office in the district, which is not the place "
            "of spending."
        )
        todo.append(
            "Ask those recipients where they work, and bring their answer in as a file of places."
        )
    without = sum(line["theme"] is None for line in lines)
    if without:
        missing.append(_silent(without, len(lines), "theme"))
        todo.append(
            "Name a theme for each programme, so that need and money can be set side by side."
        )
    undated = sum(line["financial_year"] is None for line in lines)
    if undated:
        missing.append(_silent(undated, len(lines), "year"))
    gaps = years_without_lines([line["financial_year"] for line in lines])
    if gaps:
        missing.append(f"No line is known here for {listed(gaps)}.")
    if services["not_told"]:
        kinds = [
            kind.replace("-", " ").replace("childrens", "children’s").replace("gp ", "GP ")
            for kind in services["not_told"]
        ]
        missing.append(f"No source loaded tells of {listed(kinds)} here.")
        todo.append(
            "Bring in the council's directory of services: bounds import resources FILE (Open Referral UK)."
        )
    missing.append("Mainstream budgets below the district are not kept here.")
    flag = f" --partnership {slug}" if slug else ""
    todo.append(f"Bring in what local partners spend here: bounds import resources FILE{flag}.")
    return missing, todo
