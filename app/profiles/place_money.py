"""The money of one place that is compared, by how surely it lies there; every line kept, for the rows behind a sum."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.neighbourhoods.figures import figures_of, ground_figures
from app.neighbourhoods.queries import get_neighbourhood, get_version
from app.profiles.place_words import PlaceWords
from app.resources.ground_money import money_in_ground
from app.resources.methods.dates import is_financial_year
from app.resources.methods.ledger import (
    ESTIMATED,
    LOCATED,
    NEIGHBOURHOODS,
    PARTNERSHIP_WIDE,
    REST,
    STAGES,
    sum_pence,
)
from app.resources.partnership_money import LedgerAsked, partnership_ledger
from app.resources.queries import attributions_of_lines
from boundaries.errors import Fault, Invalid
from boundaries.footprints import Ground, read_ground
from boundaries.queries import demo_of

CERTAINTY_TITLES = {
    LOCATED: "located", ESTIMATED: "estimated", PARTNERSHIP_WIDE: "partnership-wide",
}  # fmt: skip
OF_A_PARTNERSHIP = "both buckets of the ledger that lie in the partnership: neighbourhoods and rest"
OF_A_GROUND = "lines that state a point, postcode, estate, small area, ward or parish"
NOT_OF_A_GROUND = "told of a partnership alone, by its ledger"


@dataclass(frozen=True)
class PlaceMoney:
    """The lines of one stage in a place, each with certainty and bucket; whose: which lines count."""

    lines: list[dict[str, Any]]
    whose: str
    is_partnership: bool
    attributions: tuple[str, ...]

    def pence(self, certainty: str) -> tuple[int | None, str]:
        """Sum the lines of a certainty; None and why, where the place can have none."""
        if certainty == PARTNERSHIP_WIDE and not self.is_partnership:
            return None, NOT_OF_A_GROUND
        return sum_pence(line for line in self.lines if line["certainty"] == certainty), ""

    def as_plain(self) -> dict[str, Any]:
        """Give the sums as plain values, each of its own lines."""
        return {
            "whose": self.whose,
            **{
                certainty: {
                    "pence": self.pence(certainty)[0],
                    "lines": sum(line["certainty"] == certainty for line in self.lines),
                }
                for certainty in CERTAINTY_TITLES
            },
        }  # fmt: skip


def check_money_asked(stage: str, year: str | None) -> None:
    """Check a stage and a financial year. Raises Invalid naming what there is."""
    if stage not in STAGES:
        detail = f"stage: one of {', '.join(STAGES)}"
        raise Invalid(detail, [Fault(detail, "/stage", value=stage[:40])])
    if year is not None and not is_financial_year(year):
        detail = "year: a financial year such as 2018-19"
        raise Invalid(detail, [Fault(detail, "/year", value=year[:40])])


def money_of_place(
    session: Session, place: PlaceWords, day: date, stage: str, year: str | None
) -> PlaceMoney:
    """Find the money in a place: of a partnership by its ledger, of other ground by what lies in it.

    Raises Invalid, and NotFound where the place is not here.
    """
    check_money_asked(stage, year)
    if place.kind == "partnership":
        asked = LedgerAsked(year=year, stage=stage)
        ledger = partnership_ledger(session, place.name, asked, day).ledger
        lines = [line for line in ledger.lines if line["bucket"] in (NEIGHBOURHOODS, REST)]
        return PlaceMoney(
            lines,
            OF_A_PARTNERSHIP,
            True,
            attributions_of_lines(session, [line["id"] for line in lines]),
        )
    if place.kind == "neighbourhood":
        row, kept = get_neighbourhood(session, place.name), get_version(session, place.name)
        ground, slug = read_ground(session, kept.footprint_id), row.partnership_slug
        figures = ground_figures(session, kept.footprint_id)
    else:
        ground = Ground(codes=place.codes, as_at=day, demo=demo_of(list(place.codes)))
        figures, slug = figures_of(session, ground), None
    found = money_in_ground(session, ground, figures, partnership_slug=slug, stage=stage, year=year)
    lines = [line | {"bucket": "in the place"} for line in found.lines]
    return PlaceMoney(
        lines, OF_A_GROUND, False, attributions_of_lines(session, [line["id"] for line in lines])
    )
