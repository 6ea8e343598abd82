"""Indicators in an index of one's own: weighed by their own direction, refused with a way on, and told in part."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.indicators.methods.composite import InvalidWeights
from app.indicators.tables import DeprivationIndex
from app.priorities.actions import designate
from app.priorities.methods.conditions import worst_percent
from app.priorities.queries import find_place
from tests.app.priorities.conftest import OLD
from tests.app.priorities.test_designate import DAY
from tests.app.priorities.test_indicator_rules import publish


def test_an_indicator_is_weighed_in_an_index_of_ones_own_by_its_own_direction(
    filled: Session,
) -> None:
    place = find_place(filled, ["Exshire"], DAY)
    publish(filled, "jobs", dict(zip(OLD, [60.0, 50, 40, 30, 20, 10], strict=True)), "lsoa-2011",
            direction="lower-is-worse")  # fmt: skip
    filled.execute(update(DeprivationIndex).values(partial=False))
    made = designate(filled, place, {"measure": "imd", "statistic": "rank", "at_most": 2}, "imd-2019",
                     weights={"jobs": 1.0})  # fmt: skip
    # The fewest jobs are the worst; all six have a value, and rank among themselves.
    assert made.selected_codes == [OLD[4], OLD[5]]
    assert made.coverage == {"jobs": 6}
    tenths = designate(
        filled, place, {"measure": "imd", "statistic": "percentile", "at_most": 34}, "imd-2019",
        weights={"jobs": 1.0},
    )  # fmt: skip
    # A third of the six that are ranked, and not of the 20 that the publication ranks.
    assert tenths.selected_codes == [OLD[4], OLD[5]]


@pytest.mark.parametrize(
    ("indicator", "area_set", "direction", "told"),
    [("needs", "lsoa-2021", "higher-is-worse", "bounds rebase FILE --from lsoa-2021 --to lsoa-2011"),
     ("mixed", "lsoa-2011", "neither", "neither end is worse")],
)  # fmt: skip
def test_what_cannot_be_weighed_is_refused_with_a_way_on(
    filled: Session, indicator: str, area_set: str, direction: str, told: str
) -> None:
    publish(filled, indicator, dict.fromkeys(OLD, 1.0), area_set, direction=direction)
    place = find_place(filled, ["Exshire"], DAY)
    with pytest.raises(InvalidWeights, match=told):
        designate(
            filled, place, worst_percent(10), "imd-2019", weights={indicator: 1.0, "income": 0}
        )


def test_an_indicator_of_a_part_ranks_no_area_nationally(filled: Session) -> None:
    publish(filled, "part", dict.fromkeys(OLD, 1.0), "lsoa-2011", coverage="London")
    filled.execute(update(DeprivationIndex).values(partial=False))
    place = find_place(filled, ["Exshire"], DAY)
    made = designate(filled, place, worst_percent(10), "imd-2019", weights={"part": 1.0})
    assert made.summary["areas_cannot_tell"] == 6
    assert "only part of part is held (london)" in " ".join(made.as_plain()["notes"]).lower()
