"""The real Neighbourhood Renewal Fund of one district, held against sums of the files made without our code."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from app.resources.readers.allocations import read_nrf_allocations
from app.resources.readers.local_projects import read_local_projects
from app.statements.methods.use import Neighbourhoods, draw, envelopes_of, unallocated, use_of

ALLOCATIONS = "resources/nrf_allocations_partial.csv"
PROJECTS = "resources/nrf_projects_sefton_2001_02.csv"
WHOLE = {"bucket": "rest_of_partnership", "certainty": "partnership_wide", "neighbourhood": None}


def test_seftons_renewal_fund_of_2001_is_its_allocation_less_its_22_projects(mirror: Path) -> None:
    told = read_nrf_allocations(mirror / ALLOCATIONS, "a").allocations
    allocations = [
        {**each._asdict(), "financial_year": each.year, "file_id": "nrf", "coverage": "40 of 88 districts"}
        for each in told if each.place == "Sefton"
    ]  # fmt: skip
    projects = read_local_projects(mirror / PROJECTS, "p", "Government").frame
    said = {"role": "award", "part_of": None, "related_identifier": None, "money_kind": None}
    lines = [
        {**row, **said, **WHOLE, "id": row["identifier"]} for row in projects.to_dict("records")
    ]
    use = use_of("awarded", draw(lines)["awarded"], "2001-02", Neighbourhoods(()), None, None)
    (rest,) = unallocated(envelopes_of(allocations, year="2001-02"), [use])

    raw = pd.read_csv(mirror / PROJECTS)
    assert use["lines"] == len(raw) == 22
    assert rest["drawn_pence"] == round(raw["funding_gbp"].sum() * 100) == 239_532_100
    assert rest["allocation_pence"] == 281_565_000  # GBP 2.81565 million
    assert rest["unallocated_pence"] == 42_032_900
    assert not rest["overspent"]
