"""The rules that governments chose by: kept as data, sound, and what they choose in the publishers' own files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy.orm import Session

from app.indicators.editions import EDITIONS
from app.indicators.methods.summaries import summarise_groups
from app.indicators.readers.iod import read_index
from app.priorities import actions
from app.priorities.methods.clauses import IndexValues, RebasedEdition
from app.priorities.methods.conditions import (
    KnownIndex,
    KnownIndicator,
    list_code_lists,
    worst_percent,
)
from app.priorities.methods.evaluate import evaluate
from app.priorities.methods.rules import parse_rule
from app.priorities.queries import find_place
from app.priorities.shipped import UnknownRule, get_rule, kept_rules, named_rule
from tests.app.priorities.conftest import EXE, OLD, SHIRE, WYE
from tests.app.priorities.test_designate import DAY

if TYPE_CHECKING:
    from starlette.testclient import TestClient

CNI = {"cni-2023": KnownIndicator("lsoa-2021", 33_755, True)}
ALL = ("imd", "income", "employment", "education", "health", "crime", "barriers", "living")
NRF = "resources/nrf_districts_2001_88.csv"


def listed(rule_id: str) -> list[tuple[str, ...]]:
    known = KnownIndex("imd-2000", ALL, 8_414)
    return [place.codes for place in list_code_lists(parse_rule(get_rule(rule_id).rule, known))]


@pytest.mark.parametrize("rule_id", kept_rules())
def test_every_kept_rule_is_in_the_rule_language_and_says_its_source_and_limits(
    rule_id: str,
) -> None:
    kept = get_rule(rule_id)
    known = KnownIndex("imd-2025", ALL, 33_755, {}, "lsoa-2021", CNI)
    parse_rule(kept.rule, known)
    assert len(kept.source) > 40
    assert len(kept.limits) > 40
    assert named_rule(f" {rule_id} ") is kept


def test_a_name_that_is_kept_nowhere_is_told_from_a_rule_written_out() -> None:
    assert named_rule('{"measure": "imd"}') is None
    with pytest.raises(UnknownRule, match="worst-tenth"):
        named_rule("worst-twelfth")


def test_the_list_of_2001_has_88_districts_each_once() -> None:
    for rule_id in ("neighbourhood-renewal", "neighbourhood-renewal-wards"):
        first, second = listed(rule_id)
        assert (len(first), len(second), len({*first, *second})) == (64, 24, 88)


@pytest.mark.slow
def test_the_worst_tenth_is_decile_1_of_every_edition(mirror: Path) -> None:
    for index_id in ("imd-2000", "imd-2015"):
        edition = EDITIONS[index_id]
        values = read_index(mirror / edition.file, edition).values
        imd = values[values["measure"] == "imd"].set_index("code")
        ranks = imd[["rank"]].astype(float).set_axis(["imd"], axis=1)
        index = IndexValues(index_id, edition.areas_total, ranks * np.nan, ranks)
        rule = parse_rule(
            get_rule("worst-tenth").rule, KnownIndex(index_id, ("imd",), edition.areas_total)
        )
        made = evaluate(rule, index, ranks.index)
        assert (made.selected == (imd["decile"] == 1).to_numpy()).all()


@pytest.mark.slow
def test_the_two_indices_of_pride_in_place_together_are_the_areas_marked_as_left_behind(
    mirror: Path,
) -> None:
    heading = "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)"
    imd = pd.read_csv(
        mirror / EDITIONS["imd-2025"].file, usecols=["LSOA code (2021)", heading], index_col=0
    )
    cni = pd.read_csv(mirror / "indicators/cni2023_england_lsoa21.csv.gz", index_col=0)
    imd = imd.astype(float).set_axis(["imd"], axis=1).sort_index()
    needs = cni[["Community Needs Index 2023 Rank"]].astype(float).set_axis(["cni-2023"], axis=1)
    known = KnownIndex("imd-2025", ("imd",), 33_755, {}, "lsoa-2021", CNI)
    rule = parse_rule(get_rule("pride-in-place").rule, known)
    indicator = IndexValues("cni-2023", 33_755, needs * np.nan, needs)
    made = evaluate(
        rule, IndexValues("imd-2025", 33_755, imd * np.nan, imd), imd.index,
        {"cni-2023@lsoa-2021": RebasedEdition(indicator, None)},
    )  # fmt: skip
    marked = cni["Left Behind Area?"].astype(str).reindex(imd.index) == "True"
    assert marked.sum() == 1_262
    assert (made.selected == marked.to_numpy()).all()


@pytest.mark.slow
def test_four_of_the_six_measures_of_2000_give_the_first_64_and_one_that_is_not_listed(
    mirror: Path,
) -> None:
    wards = pd.read_csv(mirror / EDITIONS["imd-2000"].file, dtype=str).set_index("Ward")
    areas = pd.DataFrame(
        {
            "group": wards["LA"], "rank": wards["Rank of Index of Multiple Deprivation"].astype(float),
            # No people by ward of 1998 are published here: each ward counts alike.
            "score": wards["Index of Multiple Deprivation Score"].astype(float), "people": 1.0,
        }
    )  # fmt: skip
    made = summarise_groups(areas, 8_414)
    # In 2000 the extent was the share of people in the worst tenth of wards.
    measures = made.assign(extent=made["proportion_worst_10"]).drop(columns="proportion_worst_10")
    ranked = measures.round(10).rank(method="min", ascending=False)
    found = set(ranked.index[(ranked <= 50).any(axis=1)])
    districts = pd.read_csv(mirror / NRF, dtype=str).set_index("la_code_id2000")
    assert found - set(districts.index) == {"HH"}
    assert wards.loc[wards["LA"] == "HH", "LA Name"].iloc[0] == "Torbay"
    first, second = listed("neighbourhood-renewal")
    assert len(found & set(districts.index)) == len(first) == 64
    today = set(districts.loc[sorted(found & set(districts.index)), "lad_code_current"])
    alive = {code for code in first if not code.startswith("lad-")}
    assert len(alive) == 58
    # Barrow, Barnsley and Sheffield are listed by the codes they had: the lookups know those.
    assert alive - today == {"E07000027", "E08000016", "E08000019"}
    assert {*first, *second} >= {"E07000026", "lad-15ud"}


def test_a_district_in_a_rule_stands_for_its_small_areas(filled: Session) -> None:
    place = find_place(filled, ["Exshire"], DAY)

    def chosen(rule: object, index: str = "imd-2019") -> list[str]:
        return actions.designate(filled, place, rule, index).selected_codes

    named = {"codes": [EXE], "because": "a fund of its own"}
    assert chosen(named) == OLD[:3]
    assert chosen({"codes": [SHIRE], "because": "the county"}) == OLD
    assert chosen({"all": [worst_percent(10), named]}) == OLD[:2]
    assert chosen({"rule": named, "then": [{"remove": [EXE], "because": "not this year"}]}) == []
    made = actions.designate(
        filled, place, {"codes": [EXE, OLD[5], "E07000999"], "because": "x"}, "imd-2019"
    )
    plain = made.as_plain()
    assert plain["areas"][0]["steps"][0]["because"] == "x"
    assert "E07000999" in " ".join(plain["notes"])
    assert EXE not in " ".join(plain["notes"])
    assert "one of 3 named areas" in plain["rule_in_words"]
    assert chosen({"codes": [WYE], "because": "x"}, "imd-2025")[0] == OLD[3]


@pytest.mark.slow
def test_kept_rules_over_http_and_by_name(demo_client: TestClient) -> None:
    told: Any = demo_client.get("/api/v1/rules", params={"limit": 1}).json()
    assert (told["total"], told["items"][0]["id"]) == (4, "neighbourhood-renewal")
    assert demo_client.get(told["next"]).json()["items"][0]["id"] == "neighbourhood-renewal-wards"
    assert demo_client.get("/api/v1/rules/worst-tenth").json()["rule"] == worst_percent(10)
    assert demo_client.get("/api/v1/rules/no-such").status_code == 404
    asked = {
        "partnership": demo_client.get("/api/v1/partnerships").json()["items"][0]["slug"],
        "perturb": "none",
    }
    by_name = demo_client.get("/api/v1/designate", params={**asked, "rule": "worst-tenth"}).json()
    assert by_name["areas"] == demo_client.get("/api/v1/designate", params=asked).json()["areas"]
    assert (
        demo_client.get("/api/v1/designate", params={**asked, "rule": "no-such"}).status_code == 404
    )
