"""Invented partnerships, one in each county: the city and a district; in every tenth, an outline.

The outline is drawn round the middle of the county's eastern border, so that it cuts districts of
two counties where there is a neighbour.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import shapely

from app.dev.sample_county.partners import Partnership
from app.dev.sample_county.plan import Plan
from app.dev.sample_nation.plans import HEIGHT_KM, WIDTH_KM


def make_partnerships(plans: list[Plan]) -> list[Partnership]:
    """Make the partnerships in the order of the counties; the first is the one with most money."""
    made = []
    for number, plan in enumerate(plans):
        made.append(_aligned(plan))
        if number % 10 == 0:
            made.append(_straddling(plan))
    return made


def _aligned(plan: Plan) -> Partnership:
    alive = {
        code: name for code, name in plan.districts_2019.items() if code not in plan.merged_in_2023
    }
    district = sorted(code for code in alive if code != plan.unitary)[:1]
    return _partnership(
        plan, f"{plan.county[1]} Partnership", (plan.unitary, *district), None, date(2016, 4, 1)
    )


def _straddling(plan: Plan) -> Partnership:
    turn = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    wobble = 1 + 0.06 * np.sin(5 * turn)
    centre = plan.metres(((WIDTH_KM - 4.0, HEIGHT_KM / 2),))[0]
    oval = np.column_stack([7_500 * np.cos(turn), 6_000 * np.sin(turn)]) * wobble[:, None]
    outline = shapely.normalize(shapely.Polygon(np.round(centre + oval, 1)))
    return _partnership(plan, f"{plan.county[1]} Border Vale", (), outline, date(2018, 4, 1))


def _partnership(
    plan: Plan,
    name: str,
    authorities: tuple[str, ...],
    outline: shapely.Polygon | None,
    since: date,
) -> Partnership:
    city = plan.towns[0].name
    return Partnership(
        slug=name.lower().replace(" ", "-"),
        name=name,
        kind="lsp",
        authorities=authorities,
        geometry=outline,
        members=(
            {"name": f"{city} City Council", "sector": "public"},
            {"name": f"{city} Chamber of Trade", "sector": "private"},
            {"name": f"{city} Tenants", "sector": "community"},
            {"name": f"{plan.county[1]} Voluntary Action", "sector": "voluntary"},
        ),
        lead=f"{city} City Council",
        valid_from=since,
        valid_to=None,
    )
