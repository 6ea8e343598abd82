"""Indicators as measures of a rule: refused where they must be, judged by their own ranks, carried when asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy.orm import Session

from app.indicators.definitions import Definition
from app.indicators.readers.indicator_files import IndicatorValues
from app.indicators.storing import Publication, store_indicator
from app.priorities.actions import designate
from app.priorities.methods.clauses import IndexValues, find_scope_hot_spots
from app.priorities.methods.conditions import Clause, KnownIndex, KnownIndicator
from app.priorities.methods.measures import find_measure
from app.priorities.methods.rules import InvalidRule, UnknownMeasure, parse_rule
from app.priorities.queries import Place
from tests.app.priorities.test_hot_spots import grid

KNOWN = KnownIndex(
    "imd-2019", ("imd", "crime"), 32_844, {"imd-2025": ("imd",)}, "lsoa-2011",
    {
        "jobless": KnownIndicator("lsoa-2011", 30_000),
        "needs": KnownIndicator("lsoa-2021", 33_755),
        "claimants": KnownIndicator("lsoa-2011", 4_642, whole=False),
        "speed": KnownIndicator("lsoa-2011", 0),
    },
)  # fmt: skip
EXE = "E07000901"
A = [f"E0100000{place}" for place in range(9)]


def clause(measure: str, statistic: str = "percentile", **other: Any) -> dict[str, Any]:
    return {"measure": measure, "statistic": statistic, "at_most": 10, **other}


def test_an_indicator_of_the_same_areas_is_named_by_its_id() -> None:
    found = parse_rule(clause("jobless"), KNOWN).condition
    assert isinstance(found, Clause)
    assert (found.label, found.source, found.indicator) == ("jobless", "jobless@lsoa-2011", "same")


def test_an_indicator_of_other_areas_is_never_joined_unasked() -> None:
    with pytest.raises(InvalidRule, match="nothing is joined unasked; write needs@lsoa-2021"):
        parse_rule(clause("needs"), KNOWN)
    found = parse_rule(clause("needs@lsoa-2021"), KNOWN).condition
    assert isinstance(found, Clause)
    assert (found.label, found.indicator) == ("needs@lsoa-2021", "carried")
    with pytest.raises(InvalidRule, match="has values of lsoa-2021, not of 'lsoa-2001'"):
        parse_rule(clause("needs@lsoa-2001"), KNOWN)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (clause("claimants"), "no national percentile; ask its score, or scope partnership"),
        (clause("claimants", "rank"), "no national rank"),
        (clause("speed"), "neither end of it is worse; ask its score"),
        (clause("speed", scope="partnership"), "neither end of it is worse"),
        (clause("needs@imd-1066"), "has values of lsoa-2021, not of 'imd-1066'"),
    ],
)
def test_a_statistic_that_an_indicator_cannot_have_is_refused(rule: object, told: str) -> None:
    with pytest.raises(InvalidRule) as refused:
        parse_rule(rule, KNOWN)
    assert told in refused.value.detail
    assert refused.value.faults[0].pointer == "/measure"


def test_a_part_of_the_country_ranks_within_a_partnership_and_gives_scores() -> None:
    for rule in (clause("claimants", scope="partnership"), clause("claimants", "score")):
        assert parse_rule(rule, KNOWN).condition is not None


def test_a_measure_of_the_index_goes_before_an_indicator_of_its_name() -> None:
    both = KnownIndex(
        "imd-2019", ("imd",), 10, {}, "lsoa-2011", {"imd": KnownIndicator("lsoa-2011", 9)}
    )
    assert find_measure("imd", both).indicator is None
    with pytest.raises(UnknownMeasure, match="it has imd, crime, and no indicator of that id"):
        parse_rule(clause("joy"), KNOWN)


def test_a_hot_spot_is_one_of_need_whichever_end_is_worse() -> None:
    pairs = grid(6).assign(border_m=1.0)
    codes = pd.Index([f"r{r:02d}c{c:02d}" for r in range(6) for c in range(6)])
    low = pd.DataFrame(
        {"s": [0.0 if r < 2 and c < 2 else 10.0 for r in range(6) for c in range(6)]}, index=codes
    )
    asked = Clause("s", "lsoa-2011", "hot_spot_p", "partnership", "at_most", 0.05, "", "same")
    found = {
        is_lower: find_scope_hot_spots(
            asked, codes, IndexValues("s", 36, low, low, pairs, lower_is_worse=is_lower)
        )[0]
        for is_lower in (True, False)
    }
    assert found[True]["r00c00"] < 0.001
    assert found[False]["r00c00"] > 0.5


def publish(
    session: Session, indicator_id: str, values: dict[str, float], area_set: str, **told: Any
) -> None:
    direction = told.pop("direction", "higher-is-worse")
    one = Definition(indicator_id, "", indicator_id, "One.", "people", direction, "extensive")
    frame = pd.DataFrame(
        {
            "period": "2021", "code": list(values), "value": list(values.values()),
            "state": np.where(np.isnan(list(values.values())), "suppressed", "value"),
            "rank": pd.Series(pd.NA, index=range(len(values)), dtype="Int64"),
        }
    )  # fmt: skip
    publication = Publication("jobs", "Somebody", "A licence", "© Somebody", **told)
    kind = area_set.partition("-")[0]
    store_indicator(session, IndicatorValues(one, frame, len(frame)), publication, kind, area_set)


def selected(session: Session, rule: object, index: str = "imd-2019") -> dict[str, object]:
    made = designate(session, Place("Exe", (EXE,)), rule, index).as_plain()
    return {
        "codes": [area["code"] for area in made["areas"] if area["selected"]],
        "doubt": [area["code"] for area in made["areas"] if area["cannot_tell"]],
        "areas": {area["code"]: area["clauses"][0] for area in made["areas"]},
        "inputs": made["inputs"], "notes": made["notes"],
        "change": {area["code"]: area["smallest_change"] for area in made["areas"]},
    }  # fmt: skip


def test_percentiles_are_of_the_areas_that_have_a_rank_by_its_own_direction(
    filled: Session,
) -> None:
    # Ten values: 1..10, of which Exe has 1, 2 and a withheld one. N is 10.
    values = {
        A[1]: 1.0,
        A[2]: 2.0,
        A[3]: np.nan,
        **{f"E010001{x:02}": float(x) for x in range(3, 11)},
    }
    publish(filled, "jobless", values, "lsoa-2011", direction="lower-is-worse")
    found = selected(filled, clause("jobless"))
    assert found["codes"] == [A[1]]
    assert found["doubt"] == [A[3]]
    areas = found["areas"]
    assert isinstance(areas, dict)
    assert (areas[A[1]]["value"], areas[A[1]]["rank"], areas[A[1]]["ranked"]) == (10, 1, 10)
    assert areas[A[2]]["value"] == 20
    assert areas[A[3]]["reason"] == "the value of jobless is suppressed here"
    changes = found["change"]
    assert isinstance(changes, dict)
    assert (changes[A[2]]["from"], changes[A[2]]["to"]) == (2, 1)
    assert "jobless" in {given["id"] for given in found["inputs"]}  # type: ignore[attr-defined]


def test_a_rule_in_words_calls_the_worst_by_an_indicator_worst(filled: Session) -> None:
    publish(filled, "jobless", {A[1]: 1.0, A[2]: 2.0, A[3]: 3.0}, "lsoa-2011")
    made = designate(filled, Place("Exe", (EXE,)), clause("jobless"), "imd-2019").as_plain()
    assert made["rule_in_words"] == "in the worst 10% of England on jobless"


def test_a_score_of_an_indicator_is_its_value(filled: Session) -> None:
    publish(filled, "jobless", {A[1]: 1.0, A[2]: 2.0, A[3]: np.nan}, "lsoa-2011")
    rule = {"measure": "jobless", "statistic": "score", "at_least": 2}
    found = selected(filled, rule)
    assert (found["codes"], found["doubt"]) == ([A[2]], [A[3]])


def test_values_of_other_small_areas_are_carried_and_marked(filled: Session) -> None:
    publish(filled, "needs", {A[1]: 9.0, A[2]: 1.0, A[3]: 5.0}, "lsoa-2021")
    with pytest.raises(InvalidRule, match="nothing is joined unasked"):
        selected(filled, clause("needs", "rank", at_most=1))
    found = selected(filled, clause("needs@lsoa-2021", "rank", at_most=1))
    assert found["codes"] == [A[1]]
    areas = found["areas"]
    assert isinstance(areas, dict)
    assert areas[A[1]]["rebased"] == {"edition": "lsoa-2021", "link": "unchanged", "from": [A[1]]}
    assert "needs@lsoa-2021 is of other areas" in found["notes"][0]  # type: ignore[index]


def test_small_areas_take_the_value_of_the_ward_or_district_that_most_of_them_lies_in(
    filled: Session,
) -> None:
    publish(filled, "wards", {"E05000001": 9.0, "E05000002": 1.0}, "wd-2017")
    found = selected(filled, clause("wards@wd-2017", "rank", at_most=1))
    assert found["codes"] == [A[1], A[2]]
    areas = found["areas"]
    assert isinstance(areas, dict)
    assert areas[A[1]]["rebased"] == {
        "edition": "wd-2017",
        "link": "best-fit",
        "from": ["E05000001"],
    }
    assert areas[A[3]]["met"] is False


def test_a_part_says_so_beside_every_answer(filled: Session) -> None:
    publish(filled, "jobless", {A[1]: 1.0, A[2]: 2.0}, "lsoa-2011", coverage="2 of 40 small areas")
    found = selected(filled, clause("jobless", "rank", scope="partnership", at_most=1))
    assert (found["codes"], found["doubt"]) == ([A[2]], [A[3]])
    assert found["notes"] == ["jobless holds 2 of 40 small areas alone."]


def test_a_confidential_count_below_ten_is_no_part_of_an_answer(filled: Session) -> None:
    publish(filled, "jobless", {A[1]: 9.0, A[2]: 12.0}, "lsoa-2011", confidential=True)
    found = selected(filled, {"measure": "jobless", "statistic": "score", "at_least": 9})
    assert (found["codes"], found["doubt"]) == ([A[2]], [A[1], A[3]])
    assert "9" not in str(found["areas"][A[1]].get("value"))  # type: ignore[index]
