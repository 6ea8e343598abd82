"""Receipts of the page of the gap: each ground's figure, what it is compared with, and the gap between the two.

They are receipts as a place's own. A range is the spread of many estimates, and no formula on one file gives it:
it has none.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from app.findings.words import count
from app.pages.place_receipts import Receipt
from app.strategies.gap_rows import NO_SLUG

# Of more grounds than this, those after the first have receipts of their newest period: each has a page of its own.
MOST_WHOLE = 2
_MEANS = {
    side: f"sum of {side}_weighed over the rows ÷ sum of {side}_counted over the rows"
    for side in ("here", "other")
}


def gap_receipts(slug: str, day: date, body: dict[str, Any]) -> list[Receipt]:
    """List the receipts of a gap. body : that of `/api/v1/partnerships/{slug}/gap`."""
    found = []
    alone = len(body["subjects"]) <= MOST_WHOLE
    for number, here in enumerate(body["subjects"]):
        for at, other in enumerate(here["comparators"]):
            told = [each for each in other["by_period"] if each["gap"] is not None]
            for each in told if alone or not number else told[-1:]:
                found += _of_period(slug, day, body, here, other, each, first=not at)
        if told := [one for one in here["comparators"][0]["by_period"] if one["gap"] is not None]:
            found.append(_people(slug, day, body, here, told[-1]["period"]))
    return found


def _of_period(
    slug: str, day: date, body: dict[str, Any], here: dict[str, Any], other: dict[str, Any],
    each: dict[str, Any], *, first: bool,
) -> list[Receipt]:  # fmt: skip
    sides = ("here", "other") if body["indicator"]["higher_is_worse"] else ("other", "here")
    asked = [("other", other["name"]), ("gap", f"against {other['name']}")]
    if first:
        asked.insert(0, ("here", "here"))
    said = _MEANS | {"gap": " − ".join(f"({_MEANS[side]})" for side in sides)}
    period = _words(each["period"])
    return [
        Receipt(
            f"{here['name']}, {period}: {'gap ' if key == 'gap' else ''}{words}", f"{each[key]:.1f}", each[key],
            f"{body['indicator']['title']}, {period}", "gap",
            _rows(slug, day, body, here, each["period"], against=other["key"]), "said", "value", (), said=said[key],
        )
        for key, words in asked
        if each[key] is not None
    ]  # fmt: skip


def _people(
    slug: str, day: date, body: dict[str, Any], here: dict[str, Any], period: str
) -> Receipt:
    return Receipt(
        f"{here['name']}: people", count(here["people"]), here["people"],
        f"people of its small areas ({body['indicator']['area_set']})", "gap", _rows(slug, day, body, here, period),
        "sum", "here", (),
    )  # fmt: skip


def _rows(
    slug: str, day: date, body: dict[str, Any], here: dict[str, Any], period: str, **more: str
) -> str:
    asked = {
        "indicator": body["indicator"]["id"], "neighbourhoods": body["neighbourhoods"],
        "ground": here["slug"] or NO_SLUG, "period": period, "as_at": day.isoformat(),
    } | more  # fmt: skip
    return f"/api/v1/partnerships/{quote(slug)}/gap/rows.csv?{urlencode(asked)}"


def _words(period: str) -> str:
    return period.replace("imd-", "IMD ")
