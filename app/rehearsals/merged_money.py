"""The money of partnerships before a merger and after it, to the penny, and what explains the difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.resources.building import read_lines
from app.resources.methods.together import HERE, sum_together
from app.resources.partnerships_together import OnGround, lines_together
from app.resources.queries import GroundFound, files_of
from app.resources.several_grounds import OneGround, PlaceStands

MOST_LISTED = 200
MEANING = (
    "Before: what each ledger has inside its partnership. Less what more than one of them counts; with what only the "
    "ground of all holds, such as a line for both; after. Each figure is summed from its own lines. Neighbourhoods "
    "are the worst tenth by the default index."
)


def merged_money(
    session: Session, held: Sequence[OnGround], together: GroundFound, names: Sequence[str], stage: str
) -> dict[str, Any]:  # fmt: skip
    """Sum one stage's lines in each partnership's ledger and in that of all of them. Raises LedgerBroken."""
    grounds = [OneGround(one.found, one.slug) for one in held]
    lines = lines_together(session, grounds, together, stage)
    told = sum_together(lines.cells, len(held))
    named = [{"partnership": one.slug, "name": name} for one, name in zip(held, names, strict=True)]
    slugs = [one.slug for one in held]
    once = told["once"] | {
        "in_several": [row | {"of": [slugs[at] for at in row["of"]]} for row in told["once"]["in_several"]]
    }  # fmt: skip
    return {
        "stage": stage, "area_set": together.area_set,
        "before": [name | row for name, row in zip(named, told["each"], strict=True)],
        "once": once, "only_in_all": told["only_in_all"], "in_none_of_all": told["in_none_of_all"],
        "after": told["all"],
        "in_several_lines": _listed(session, lines.several.parameters, lines.several.places, _in_several),
        "only_in_all_lines": _listed(session, lines.several.parameters, lines.several.places, _only_in_all),
        "other_currencies": lines.other_currencies, "meaning": MEANING,
        "sources": files_of(session, lines.file_ids),
    }  # fmt: skip


def _in_several(place: PlaceStands) -> bool:
    return sum(stands.bucket in HERE for stands in place.in_each) > 1


def _only_in_all(place: PlaceStands) -> bool:
    held = any(stands.bucket in HERE for stands in place.in_each)
    return not held and place.in_all.bucket in HERE


def _listed(
    session: Session, parameters: dict[str, Any], places: Sequence[PlaceStands], wanted: Any
) -> dict[str, Any]:
    """List the lines in pounds of the places that are wanted, the largest first."""
    keys = [place.key for place in places if wanted(place)]
    if not keys:
        return {"items": [], "total": 0}
    rows = [
        {
            "id": line["id"], "title": line["title"], "funder": line["funder"], "programme": line["programme"],
            "amount_pence": int(line["amount_pence"]), "grade": line["grade"],
            "financial_year": line["financial_year"], "place": line["place_name"] or line["place_text"],
        }
        for line in read_lines(session, parameters, keys).to_dict("records")
        if line["currency"] == "GBP"
    ]  # fmt: skip
    rows.sort(key=lambda row: (-row["amount_pence"], row["id"]))
    return {"items": rows[:MOST_LISTED], "total": len(rows)}
