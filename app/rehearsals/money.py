"""Where the money of touched councils would land: each line whole, as finely as its source says, before as after.

A line that states a council lands with it where the council goes whole; one that states a place over several
unitaries lies across them and is listed, never divided.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.rehearsals.grounds import Grounds, NamedGround
from app.rehearsals.methods.tallies import same_before_and_after
from app.resources.building import read_lines
from app.resources.methods.landing import ACROSS, IN_ONE, Counted, land, sum_landings
from app.resources.queries import files_of
from app.resources.several_grounds import OneGround, PlaceStands, count_by_kind, relate_several

MOST_LISTED = 200
MEANING = (
    "Each line stands whole where its source says. Located: a place wholly in one; estimated: at least half of its "
    "people; stated for the whole: a council, or all of the unitary. A place over several, such as a county, lies "
    "across them. Not placed: wider than this ground, or not known. Stages are never added."
)


def money_landing(session: Session, grounds: Grounds, stage: str) -> dict[str, Any]:
    """Sum one stage's lines by council before and by what follows, in all and by financial year.

    Raises LedgerBroken where a penny differs.
    """
    ones = [OneGround(each.found) for each in (*grounds.before, *grounds.after)]
    several = relate_several(session, ones, grounds.together, stage=stage)
    many = len(grounds.before)

    def kind_of(place: PlaceStands) -> tuple[Any, Any]:
        return (
            land(place.in_each[:many], place.in_all),
            land(place.in_each[many:], place.in_all),
        )

    found = count_by_kind(session, several, kind_of)
    told = [
        sum_landings(
            [Counted(cell.kind[side], cell.year, cell.lines, cell.pence) for cell in found.cells],
            len(held),
        )
        for side, held in ((0, grounds.before), (1, grounds.after))
    ]
    same_before_and_after(*told)
    across = {
        place.key: before
        for place in several.places
        if (both := kind_of(place))[1].where == ACROSS and (before := both[0])
    }
    lines = _across(session, several.parameters, across, [each.name for each in grounds.before])
    before, after = _named(told[0], grounds.before), _named(told[1], grounds.after)
    return {
        "stage": stage, "area_set": grounds.area_set, "before": before, "after": after,
        "across": {"items": lines[:MOST_LISTED], "total": len(lines)},
        "small_areas_cut": grounds.cut, "other_currencies": found.other_currencies, "meaning": MEANING,
        "sources": files_of(session, sorted({cell.file_id for cell in found.cells})),
    }  # fmt: skip


def _named(told: dict[str, Any], grounds: list[NamedGround]) -> dict[str, Any]:
    """Name the grounds of a sum, in all and in each year."""
    named = [{"name": each.name, "code": each.code, "new": each.new} for each in grounds]

    def rows(of: dict[str, Any]) -> list[dict[str, Any]]:
        return [name | row for name, row in zip(named, of["grounds"], strict=True)]

    years = [year | {"grounds": rows(year)} for year in told["years"]]
    return told | {"grounds": rows(told), "years": years}


def _across(
    session: Session, parameters: dict[str, Any], before: dict[str, Any], names: list[str]
) -> list[dict[str, Any]]:
    """List the lines that would lie across several, the largest first, and where each lies today."""
    lines = read_lines(session, parameters, sorted(before))
    rows = []
    for line in lines.to_dict("records"):
        if line["currency"] != "GBP":
            continue
        landed = before[line["place_key"]]
        rows.append(
            {
                "id": line["id"], "title": line["title"], "funder": line["funder"], "programme": line["programme"],
                "recipient": line["recipient"], "amount_pence": int(line["amount_pence"]), "grade": line["grade"],
                "financial_year": line["financial_year"], "place": line["place_name"] or line["place_text"],
                "before": names[landed.ground] if landed.where == IN_ONE else None,
            }
        )  # fmt: skip
    return sorted(rows, key=lambda row: (-row["amount_pence"], row["id"]))
