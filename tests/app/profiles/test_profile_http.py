"""Profiles over the demo county; every number is made again from the rows that its receipt points at."""

from __future__ import annotations

import csv
import io
import math
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from app.places.demo import DEMO_SLUG

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow

ADDRESS = f"/api/v1/partnerships/{DEMO_SLUG}/profile"
Row = dict[str, Any]


@pytest.fixture(scope="module")
def profile(demo_client: TestClient) -> dict[str, Any]:
    answer = demo_client.get(ADDRESS)
    assert answer.status_code == 200, answer.text[:500]
    return dict(answer.json())


@pytest.fixture(scope="module")
def rows(demo_client: TestClient, profile: dict[str, Any]) -> Any:
    """Give the rows behind a receipt, read by nothing of ours."""

    @cache
    def read(address: str) -> list[Row]:
        answer = demo_client.get(address)
        assert answer.status_code == 200, answer.text[:300]
        return list(csv.DictReader(io.StringIO(answer.text)))

    return lambda receipt: read(profile["receipts"][receipt]["rows"])


def mean(found: list[Row], column: str = "score") -> float:
    weights = [float(row["people"]) * float(row["share"]) for row in found]
    values = [float(row[column]) for row in found]
    return sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)


def test_every_level_is_the_mean_of_the_rows_of_its_receipt(
    profile: dict[str, Any], rows: Any
) -> None:
    checked = 0
    # every theme is asked for itself, two of them for all that stands beside it
    for position, theme in enumerate(profile["themes"]):
        beside = theme["comparators"] if position < 2 else []
        for number in (theme["level"], *beside):
            if number["value"] is None:
                continue
            assert mean(rows(number["receipt"])) == pytest.approx(number["value"], abs=1e-6)
            checked += 1
    # 8 themes, and twice: the councils, the region, the whole county, the nearest
    assert checked >= 16


def test_every_standing_is_counted_from_the_rows_of_its_receipt(
    profile: dict[str, Any], rows: Any
) -> None:
    for theme in profile["themes"][:3]:
        place, level = theme["percentile_in_england"], theme["level"]["value"]
        found = rows(place["receipt"])
        assert len(found) == place["of"] == 301
        above = sum(float(row["score"]) > level + 1e-6 for row in found)
        assert place["rank"] == above + 1
        assert place["percentile"] == math.ceil(100 * place["rank"] / 301)
        middle = sorted(float(row["rank"]) for row in rows(theme["middle_rank"]["receipt"]))
        assert theme["middle_rank"]["rank"] in {
            middle[len(middle) // 2], (middle[len(middle) // 2] + middle[len(middle) // 2 - 1]) / 2,
        }  # fmt: skip


def test_people_and_their_share_in_the_worst_tenth_are_made_again_from_residents(
    profile: dict[str, Any], rows: Any
) -> None:
    ground, worst = profile["ground"], profile["themes"][0]["share_in_worst_10"]
    found = rows(ground["receipt"])
    on_ground = [float(row["residents"]) * float(row["share"]) for row in found]
    assert round(sum(on_ground)) == ground["people"]
    total = profile["receipts"][worst["receipt"]]["constants"]["areas ranked"]
    inside = sum(
        people
        for people, row in zip(on_ground, rows(worst["receipt"]), strict=True)
        if 10 * float(row["rank"]) <= total
    )
    assert worst["value"] == pytest.approx(inside / sum(on_ground), abs=1e-6)


def test_the_drivers_are_made_again_from_their_rows_and_sum_to_the_difference(
    profile: dict[str, Any], rows: Any
) -> None:
    drivers = profile["drivers"]
    assert len(drivers["domains"]) == 7
    for row in drivers["domains"]:
        constants = profile["receipts"][row["receipt"]]["constants"]
        total = constants["areas ranked"]
        shrink = 1 - math.exp(-100 / 23)
        found = [
            one
            | {"x": -23 * math.log(1 - (total + 1 - float(one["rank_averaged"])) / total * shrink)}
            for one in rows(row["receipt"])
        ]
        worked = constants["weight"] * (mean(found, "x") - constants["england"])
        assert row["adds"] == pytest.approx(worked, abs=1e-6)
    assert sum(row["adds"] for row in drivers["domains"]) == pytest.approx(
        drivers["difference"], abs=1e-5
    )


def test_every_number_of_a_sentence_stands_in_it_and_has_a_receipt(profile: dict[str, Any]) -> None:
    numbers = [(s["text"], number) for s in profile["sentences"] for number in s["numbers"]]
    assert len(numbers) >= 12
    for text, number in numbers:
        assert number["written"] in text
        receipt = profile["receipts"][number["receipt"]]
        assert {"source", "edition", "release", "method", "attribution", "rows"} <= receipt.keys()
        assert receipt["attribution"]


def test_the_trend_carries_the_ground_and_says_so_and_no_rank_leaves_its_edition(
    profile: dict[str, Any], rows: Any
) -> None:
    points = {point["edition"]: point for point in profile["themes"][0]["trend"]}
    assert set(points) == {"imd-2019-demo", "imd-2025-demo"}
    newer = points["imd-2025-demo"]
    assert newer["rebased"] is True
    assert newer["area_set"] == "lsoa-2021"
    found = rows(newer["receipt"])
    assert len(found) == newer["of"]
    assert newer["rank"] == 1 + sum(float(row["score"]) > newer["level"] + 1e-6 for row in found)
    # the theme and the trend say the same of the index itself
    assert points["imd-2019-demo"]["rank"] == profile["themes"][0]["percentile_in_england"]["rank"]


def test_the_same_profile_is_given_twice_to_the_byte(demo_client: TestClient) -> None:
    assert demo_client.get(ADDRESS).content == demo_client.get(ADDRESS).content


@pytest.mark.parametrize(
    ("asked", "status"),
    [("?index=imd-1999", 404), ("?nonsense=1", 400), ("/rows.csv?measure=imd&of=nowhere", 422),
     ("/rows.csv?measure=shoes", 422), ("/rows.csv?measure=imd&edition=imd-1999", 404)],
)  # fmt: skip
def test_what_cannot_be_asked_is_told_as_a_problem(
    demo_client: TestClient, asked: str, status: int
) -> None:
    answer = demo_client.get(ADDRESS + asked)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_number_of_an_indicator_is_made_again_from_the_rows_of_its_receipt(
    demo_client: TestClient,
) -> None:
    known = demo_client.get("/api/v1/indicators?limit=1000").json()["items"]
    ids = [one["id"] for one in known if one["demo"] and one["area_set"] == "lsoa-2011"]
    told = demo_client.get(f"{ADDRESS}?indicators={','.join(ids[:12])}").json()

    def read(receipt: str) -> list[Row]:
        answer = demo_client.get(told["receipts"][receipt]["rows"])
        return list(csv.DictReader(io.StringIO(answer.text)))

    def summed(found: list[Row]) -> float:
        return sum(float(row["value"]) * float(row["share"]) for row in found if row["value"])

    def residents(found: list[Row]) -> float:
        return sum(float(row["residents"]) * float(row["share"]) for row in found)

    def averaged(found: list[Row]) -> float:
        weights = [float(row["residents"]) * float(row["share"]) for row in found if row["value"]]
        values = [float(row["value"]) for row in found if row["value"]]
        return sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)

    checked = dict.fromkeys(("value", "beside", "period", "standing"), 0)
    for one in told["indicators"]:
        is_count = one["nature"] == "extensive"
        figures = [("value", one), *(("period", each) for each in one["periods"])]
        for kind, figure in figures:
            if figure["value"] is not None:
                found = read(figure["receipt"])
                made = summed(found) if is_count else averaged(found)
                assert figure["value"] == pytest.approx(made, abs=1e-5)
                checked[kind] += 1
        for figure in one["comparators"]:
            assert (figure["value"] is None) == (figure["receipt"] is None)
            if figure["value"] is not None:
                found = read(figure["receipt"])
                made = 1000 * summed(found) / residents(found) if is_count else averaged(found)
                assert figure["value"] == pytest.approx(made, abs=1e-5)
                checked["beside"] += 1
        if one["per_1000_people"] is not None:
            found = read(one["per_1000_receipt"])
            made = 1000 * summed(found) / residents(found)
            assert one["per_1000_people"] == pytest.approx(made, abs=1e-5)
        place = one["percentile_in_england"]
        if place["rank"] is not None:
            values = [float(row["value"]) for row in read(place["receipt"]) if row["value"]]
            assert len(values) == place["of"]
            sign = 1 if one["direction"] == "higher-is-worse" else -1
            worse = sum(sign * value > sign * one["value"] + 1e-6 for value in values)
            assert place["rank"] == min(worse + 1, len(values))
            checked["standing"] += 1
    assert min(checked.values()) > 0, checked
