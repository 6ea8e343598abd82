"""The invented index clusters and obeys the published method; the invented ledger shows every rule."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from app.dev.sample_county import places
from app.dev.sample_county.county import SampleCounty
from app.dev.sample_county.facts import Facts, place_cells
from app.dev.sample_county.money import financial_year
from app.dev.sample_county.partners import ALIGNED, STRADDLING
from app.indicators.methods.periods import find_repeats

MEASURES = {"imd", "income", "employment", "education", "health", "crime", "barriers", "living"}


def scores(county: SampleCounty, edition: int, measure: str = "imd") -> pd.DataFrame:
    values = county.indices[edition].values
    return values[values["measure"] == measure].set_index("code").sort_index()


@pytest.mark.parametrize("edition", [0, 1])
def test_ranks_and_deciles_are_those_of_the_countys_own_areas(
    county: SampleCounty, edition: int
) -> None:
    index = county.indices[edition]
    codes = set(county.layers[index.release_id].frame["code"])
    assert set(index.values["measure"]) == MEASURES
    assert index.areas_total == len(codes)
    for measure in MEASURES:
        mine = scores(county, edition, measure)
        assert set(mine.index) == codes
        assert sorted(mine["rank"]) == list(range(1, len(codes) + 1))
        assert (mine["rank"] == mine["score"].rank(ascending=False)).all()
        assert (mine["decile"] == np.ceil(10 * mine["rank"] / len(codes))).all()


@pytest.mark.parametrize("edition", [0, 1])
def test_the_index_follows_the_published_formula_from_its_domain_ranks(
    county: SampleCounty, edition: int
) -> None:
    weights = {"income": 0.225, "employment": 0.225, "education": 0.135, "health": 0.135,
               "crime": 0.093, "barriers": 0.093, "living": 0.093}  # fmt: skip
    n = county.indices[edition].areas_total
    expected = sum(
        weight
        * -23
        * np.log(
            1 - (n + 1 - scores(county, edition, domain)["rank"]) / n * (1 - np.exp(-100 / 23))
        )
        for domain, weight in weights.items()
    )
    assert np.abs(expected - scores(county, edition)["score"]).max() < 0.002


@pytest.mark.parametrize(
    ("edition", "release"), [(0, "lsoa-2011-12-demo"), (1, "lsoa-2021-12-demo")]
)
def test_deprivation_clusters(county: SampleCounty, edition: int, release: str) -> None:
    """Moran's I by queen contiguity; real IMD within a large district lies near 0.6."""
    frame = county.layers[release].frame.sort_values("code")
    shapes = frame.geometry.to_numpy()
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    a, b = a[a != b], b[a != b]
    apart = scores(county, edition)["score"].to_numpy()
    apart = apart - apart.mean()
    moran = len(apart) / len(a) * (apart[a] * apart[b]).sum() / (apart**2).sum()
    assert 0.5 < moran < 0.9


def test_the_worst_tenth_lies_in_two_towns_and_shifts_a_little(county: SampleCounty) -> None:
    worst = [set(scores(county, edition).query("decile == 1").index) for edition in (0, 1)]
    lad = county.cells.groupby("lsoa11")["lad19"].first()
    towns = lad[sorted(worst[0])].value_counts()
    assert set(towns.index[:2]) == {places.HOGGLESTOCK, places.BARCHESTER}
    assert towns.iloc[:2].sum() > 0.8 * towns.sum()
    assert len(worst[0] & worst[1]) >= 0.6 * len(worst[0])
    assert worst[0] - worst[1], "some leave the list"


def test_the_first_partnership_is_two_whole_districts(county: SampleCounty) -> None:
    first = county.partnerships[0]
    assert first.slug == ALIGNED
    assert first.geometry is None
    lads = county.layers["lad-2023-05-demo"].frame.set_index("code").geometry
    assert set(first.authorities) <= set(lads.index)
    # They touch, so that the partnership is one piece of ground.
    union = shapely.union_all(lads[list(first.authorities)].to_numpy())
    assert isinstance(shapely.union_all([union]), shapely.Polygon)


def test_the_second_partnership_cuts_districts_and_holds_none_whole(county: SampleCounty) -> None:
    second = county.partnerships[1]
    assert second.slug == STRADDLING
    assert second.geometry is not None
    assert second.geometry.is_valid
    lads = county.layers["lad-2023-05-demo"].frame.set_index("code").geometry
    shares = lads.intersection(second.geometry).area / lads.area
    assert (shares < 0.9).all(), "none whole"
    assert (shares > 0.1).sum() >= 2
    region = county.layers["rgn-2023-05-demo"].frame.geometry.iloc[0]
    assert region.covers(second.geometry)
    assert (shares[list(county.partnerships[0].authorities)] == 0).all()
    for partnership in county.partnerships:
        sectors = {member["sector"] for member in partnership.members}
        assert sectors == {"public", "private", "community", "voluntary"}


def test_money_stands_at_every_grade_kind_of_place_and_stage(county: SampleCounty) -> None:
    lines = county.lines
    assert 110 <= len(lines) <= 140
    assert set(lines["grade"]) == set("ABCDEFG")
    kinds = {"point", "postcode", "area", "partnership", "wide", "recipient", "none"}
    assert set(lines["place_kind"]) == kinds
    assert set(lines["stage"]) == {"planned", "awarded", "paid"}
    assert set(lines["currency"]) == {"GBP", "EUR"}
    assert lines["funder"].nunique() == 2
    assert lines["financial_year"].nunique() >= 5
    assert lines["amount_pence"].dtype == np.int64
    assert (lines["amount_pence"] > 0).all()
    assert (lines["amount_pence"] % 100 != 0).sum() > 20, "odd pence"
    assert lines["id"].is_unique
    assert sum(file.rows_in for file in county.files) == len(lines)


def test_every_place_of_the_ledger_exists(county: SampleCounty) -> None:
    codes = set(county.areas["code"])
    named = county.lines["place_code"].dropna()
    assert set(named) <= codes
    assert set(county.lines["place_postcode"].dropna()) <= set(county.postcodes["postcode"])
    assert set(county.lines["recipient_postcode"]) <= set(county.postcodes["postcode"])
    for _, line in county.lines[county.lines["grade"] == "A"].iterrows():
        assert place_cells(line, county).any()
    gone = county.areas[[day is not None for day in county.areas["valid_to"]]]["code"]
    assert set(named) & set(gone), "some lines name areas that are no more"


def test_a_financial_year_begins_in_april() -> None:
    day = pd.Timestamp
    assert financial_year(day("2019-03-31").date()) == "2018-19"
    assert financial_year(day("2019-04-01").date()) == "2019-20"
    assert financial_year(day("1999-12-31").date()) == "1999-00"


def test_the_worked_facts_reconcile_to_the_penny(county: SampleCounty, facts: Facts) -> None:
    buckets = (
        facts.neighbourhoods_pence
        + facts.rest_of_partnership_pence
        + facts.outside_pence
        + facts.not_placed_pence
    )
    assert buckets == facts.file_pence
    inside = facts.located_pence + facts.estimated_pence + facts.partnership_wide_pence
    assert inside == facts.neighbourhoods_pence + facts.rest_of_partnership_pence
    lines = county.lines
    awarded = lines[(lines["stage"] == "awarded") & (lines["currency"] == "GBP")]
    assert facts.file_pence + facts.recipient_only_pence == awarded["amount_pence"].sum()


def test_every_way_of_counting_occurs_in_the_worked_facts(facts: Facts) -> None:
    assert set(facts.line_buckets.values()) == {
        ("neighbourhoods", "located"),
        ("neighbourhoods", "estimated"),
        ("rest_of_partnership", "located"),
        ("rest_of_partnership", "estimated"),
        ("rest_of_partnership", "partnership_wide"),
        ("outside", ""),
        ("not_placed", "wider"),
        ("not_placed", "no place stated"),
        ("recipient_only", "no place stated"),
    }
    assert facts.recipient_only_here[0] > 0


def test_no_estimate_of_the_ledger_hangs_on_a_handful_of_people(
    county: SampleCounty, facts: Facts
) -> None:
    """A share near a half would turn on rounding, and the demo would teach nothing."""
    people = county.cells["people"].to_numpy()
    worst = county.cells["lsoa11"].isin(facts.selected).to_numpy()
    for _, line in county.lines.iterrows():
        if facts.line_buckets.get(line["id"], ("", ""))[1] == "estimated":
            mine = place_cells(line, county)
            assert abs(people[mine & worst].sum() / people[mine].sum() - 0.5) > 0.05


def test_the_facts_of_the_default_county_stay_what_the_readme_says(facts: Facts) -> None:
    assert (facts.areas_selected, facts.areas_total) == (17, 92)
    assert (facts.people_selected, facts.people_total) == (27_653, 159_367)
    assert facts.areas_selected_2025 == 17


def test_invented_indicators_hold_every_kind_of_nothing_and_a_year_carried_forward(
    county: SampleCounty,
) -> None:
    values = {measure.indicator_id: measure.values for measure in county.measures}
    claimants, attainment = values["claimants-demo"], values["attainment-demo"]
    assert set(claimants["state"]) == {"value", "suppressed"}
    told = claimants["value"].dropna()
    assert told.min() >= 10
    assert (told % 5 == 0).all()
    assert set(attainment["state"]) == {"value", "missing"}
    wide = attainment.pivot(index="code", columns="period", values="value")
    found = find_repeats(wide)["carried_from"]
    assert found.to_dict() == {"2018/19": None, "2019/20": "2018/19", "2020/21": "2018/19"}
    assert claimants.groupby("period")["value"].sum().is_unique
    for measure in county.measures:
        areas = set(measure.values["code"])
        assert areas == set(county.cells["lsoa11" if measure.area_set == "lsoa-2011" else "lsoa21"])
