"""The gap over HTTP: each ground against each comparator, alike on the page and in tables; what is refused."""

from __future__ import annotations

import csv
import io

import pytest

from app.places.demo import DEMO_SLUG
from tests.app.strategies.conftest import SERIES, Promises

ADDRESS = f"/api/v1/partnerships/{DEMO_SLUG}/gap"


@pytest.fixture(scope="module")
def saved(promises: Promises) -> list[str]:
    """Two neighbourhoods of three small areas each, one of them in both."""
    rows = promises.client.get(f"/api/v1/partnerships/{DEMO_SLUG}/profile/rows.csv").text
    codes = sorted(row["code"] for row in csv.DictReader(io.StringIO(rows)))[:5]
    slugs = []
    for name, of in (("<i>North</i>", codes[:3]), ("South", codes[2:5])):
        made = promises.send(
            "POST", "/neighbourhoods", json={"name": name, "codes": of, "partnership": DEMO_SLUG, "reason": "a test"}
        )  # fmt: skip
        assert made.status_code == 201, made.text
        slugs.append(made.json()["slug"])
    return slugs


def test_each_neighbourhood_and_all_together_stand_against_the_rest_in_every_edition(
    promises: Promises, saved: list[str]
) -> None:
    body = promises.client.get(ADDRESS, params={"neighbourhoods": "saved"}).json()
    together, *each = body["subjects"]
    assert [one["slug"] for one in each] == sorted(saved)
    assert together["people"] < sum(one["people"] for one in each), "ground in both counts once"
    rest = together["comparators"][0]
    told = [one for one in body["periods"] if not one["reason"]]
    assert [one["period"] for one in rest["by_period"]] == [one["period"] for one in told]
    for one in rest["by_period"]:
        assert one["gap"] == pytest.approx(one["here"] - one["other"], abs=1e-5)
        assert one["gap_low"] <= one["gap"] <= one["gap_high"]


def test_the_page_and_the_csv_have_the_figures_of_the_json(
    promises: Promises, saved: list[str]
) -> None:
    asked = {"neighbourhoods": saved[0], "indicator": "income"}
    body = promises.client.get(ADDRESS, params=asked).json()
    page = promises.client.get(f"/partnerships/{DEMO_SLUG}/gap", params=asked).text
    rows = list(
        csv.DictReader(io.StringIO(promises.client.get(f"{ADDRESS}.csv", params=asked).text))
    )
    figures = [
        (one, other) for here in body["subjects"] for other in here["comparators"] for one in other["by_period"]
    ]  # fmt: skip
    assert len(rows) == len(figures) > 0
    for row, (one, _) in zip(rows, figures, strict=True):
        assert float(row["gap"]) == one["gap"]
        assert f"{one['gap']:.1f}" in page
    assert "<i>North" not in page
    assert "&lt;i&gt;North" in page


def test_a_district_series_tells_the_partnership_and_says_that_it_stops_there(
    promises: Promises,
) -> None:
    body = promises.client.get(ADDRESS, params={"indicator": SERIES}).json()
    assert body["lacking"][0]["key"] == "rest"
    assert "stops at the district" in body["lacking"][0]["reason"]
    assert {one["key"].partition(":")[0] for one in body["subjects"][0]["comparators"]} <= {
        "region",
        "england",
    }


@pytest.mark.parametrize(
    ("asked", "status"),
    [("indicator=nothing-here", 404), ("neighbourhoods=nowhere", 404), ("indicators=imd", 400)],
)
def test_what_is_not_there_is_refused(promises: Promises, asked: str, status: int) -> None:
    assert promises.client.get(f"{ADDRESS}?{asked}").status_code == status
