"""The report of progress: money by year and stage beside targets and gaps, the same in every form of it."""

from __future__ import annotations

import csv
import io
from datetime import date

import openpyxl
import pytest

from app.places.demo import DEMO_SLUG
from app.strategies.report import end_of_year
from boundaries.errors import Invalid
from tests.app.strategies.conftest import Promises

ADDRESS = f"/api/v1/partnerships/{DEMO_SLUG}/progress/report"


def test_a_financial_year_ends_on_the_last_of_march_and_another_is_refused() -> None:
    assert end_of_year("2019-20") == date(2020, 3, 31)
    assert end_of_year("1999-00") == date(2000, 3, 31)
    with pytest.raises(Invalid):
        end_of_year("2019-21")


def test_the_report_has_the_ledgers_own_money_by_year_and_no_stage_is_added(
    promises: Promises,
) -> None:
    body = promises.client.get(ADDRESS).json()
    assert [each["stage"] for each in body["spent"]["stages"]] == ["planned", "awarded", "paid"]
    compared = 0
    for each in body["spent"]["stages"]:
        ledger = promises.client.get(
            f"/api/v1/partnerships/{DEMO_SLUG}/ledger",
            params={"by": "year", "stage": each["stage"], "lines": "none",
                    "neighbourhoods": body["spent"]["neighbourhoods_are"]},
        ).json()  # fmt: skip
        for bucket in ("neighbourhoods_pence", "rest_of_partnership_pence"):
            told = {row["year"]: row[bucket] for row in each["years"]}
            assert each[bucket] == ledger["totals"][bucket] == sum(told.values())
            for row in ledger["rows"]:
                assert told.get(row["label"], 0) == row[bucket]
                compared += 1
    assert compared > 0


def test_a_year_tells_no_figure_and_no_edition_of_after_it(promises: Promises) -> None:
    body = promises.client.get(ADDRESS, params={"year": "2009-10"}).json()
    assert body["as_at"] == "2010-03-31"
    assert all(one["to"] is None for one in body["moved"]["gaps"])
    assert promises.client.get(ADDRESS, params={"year": "2009"}).status_code == 422


def test_page_csv_and_workbook_have_the_money_of_the_json(promises: Promises) -> None:
    body = promises.client.get(ADDRESS).json()
    rows = list(csv.DictReader(io.StringIO(promises.client.get(f"{ADDRESS}.csv").text)))
    told = [row for each in body["spent"]["stages"] for row in each["years"]]
    assert [int(row["neighbourhoods_pence"]) for row in rows if row["by"] == "year"] == [
        row["neighbourhoods_pence"] for row in told
    ]
    page = promises.client.get(f"/partnerships/{DEMO_SLUG}/progress").text
    for row in told:
        assert f"£{row['rest_of_partnership_pence'] / 100:,.2f}" in page
    book = promises.client.get(f"{ADDRESS}.xlsx").content
    assert openpyxl.load_workbook(io.BytesIO(book)).sheetnames[-2:] == ["spent", "moved"]
