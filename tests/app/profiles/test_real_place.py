"""Hastings and Rother from the publishers' files: a part of England, of which nothing national is worked out."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def profile(place_client: TestClient) -> dict[str, Any]:
    slug = place_client.get("/api/v1/partnerships").json()["items"][0]["slug"]
    answer = place_client.get(f"/api/v1/partnerships/{slug}/profile?index=imd-2019")
    assert answer.status_code == 200, answer.text[:500]
    return dict(answer.json())


def test_published_ranks_stand_and_nothing_national_is_worked_out_of_a_part(
    profile: dict[str, Any],
) -> None:
    whole = profile["themes"][0]
    assert profile["index"]["partial"] is True
    assert profile["ground"]["areas"] == 111
    assert whole["percentile_in_england"]["percentile"] is None
    assert "only part of the index" in whole["percentile_in_england"]["reason"]
    # the median of the published ranks of its 111 areas
    assert whole["middle_rank"]["rank"] == 12_608
    beside = {one["kind"]: one for one in whole["comparators"]}
    assert beside["england"]["value"] is None
    assert beside["nearest"]["value"] is None
    assert beside["region"]["value"] is None
    assert {one["name"] for one in whole["comparators"] if one["value"] is not None} == {
        "Hastings",
        "Rother",
    }
    assert profile["nearest"]["areas"] == []


def test_the_composite_of_real_domains_is_the_mean_of_the_published_scores(
    profile: dict[str, Any], place_client: TestClient
) -> None:
    level = profile["themes"][0]["level"]
    rows = list(
        csv.DictReader(
            io.StringIO(place_client.get(profile["receipts"][level["receipt"]]["rows"]).text)
        )
    )
    weights = [float(row["people"]) * float(row["share"]) for row in rows]
    mean = sum(w * float(row["score"]) for w, row in zip(weights, rows, strict=True)) / sum(weights)
    assert level["value"] == pytest.approx(mean, abs=1e-6)
    # METHODS.md 3.1: published ranks, whose ties are not seen in a part, are off by 0.0014 at most
    assert profile["drivers"]["composite"] == pytest.approx(mean, abs=0.0014)


def test_an_edition_held_in_part_has_no_percentile_and_says_why(profile: dict[str, Any]) -> None:
    points = {point["edition"]: point for point in profile["themes"][0]["trend"]}
    newer = points["imd-2025"]
    assert newer["percentile"] is None
    assert newer["middle_rank"] is not None
    assert "only part of" in newer["reason"]
