"""Each figure of a target on the page of progress has rows that give it again by the formula beside it.

The arithmetic is that of tests/app/pages/test_place_receipts.py, which imports nothing of the service.
"""

from __future__ import annotations

import csv
import io
import re

import pytest

from app.places.demo import DEMO_SLUG
from tests.app.pages.test_place_receipts import receipts_of, work_out
from tests.app.strategies.conftest import SERIES, Promises
from tests.app.strategies.test_targets_http import FLOOR

pytestmark = pytest.mark.slow
KINDS = {
    "floor": FLOOR,
    "ratio": FLOOR | {"kind": "ratio", "threshold": 0.9},
    "gap": FLOOR | {"kind": "tail-gap", "threshold": None, "reduction_share": 0.25, "tail_share": 0.3},
    "whole": FLOOR | {"scope": "whole"},
    "stated": FLOOR | {"baseline_value": 40.0},
}  # fmt: skip


def test_the_rows_behind_the_figures_of_every_kind_of_target_give_them_again(
    promises: Promises,
) -> None:
    for title, said in KINDS.items():
        made = promises.send("POST", "/targets", json=said | {"title": f"Receipts of {title}"})
        assert made.status_code == 201, made.text
    page = promises.client.get(f"/partnerships/{DEMO_SLUG}/progress").text
    found = [row for row in receipts_of(page) if row.name.startswith("Receipts of ")]
    figures: dict[str, list[str]] = {}
    for receipt in found:
        figures.setdefault(receipt.name.split(",")[0], []).append(receipt.name.rpartition(": ")[2])
        answer = promises.client.get(receipt.address)
        assert answer.status_code == 200, answer.text
        assert work_out(answer.text, receipt.formula) == pytest.approx(
            float(receipt.written), abs=0.0051
        ), receipt
    # What a path asks by then follows from where it began; where it asks what the target states, it has none.
    asked = ["latest", "baseline", "asked by then"]
    assert figures["Receipts of floor"] == asked * len(promises.ours)
    assert figures["Receipts of ratio"] == asked[:2] * len(promises.ours)
    assert figures["Receipts of gap"] == ["latest", "baseline", "promised", "asked by then"]
    assert figures["Receipts of whole"] == asked
    assert figures["Receipts of stated"] == ["latest"] * len(promises.ours)


def test_the_rows_of_a_target_are_all_areas_once_with_who_is_in_the_tail(
    promises: Promises,
) -> None:
    made = promises.send("POST", "/targets", json=KINDS["gap"] | {"title": "Rows of a gap"}).json()
    address = f"/api/v1/targets/{made['id']}/rows.csv"
    rows = list(csv.DictReader(io.StringIO(promises.client.get(f"{address}?period=2024").text)))
    values = promises.client.get(f"/api/v1/indicators/{SERIES}/values.csv?period=2024").text
    held = {row["code"]: row["value"] for row in csv.DictReader(io.StringIO(values))}
    assert {row["code"]: float(row["value"]) for row in rows} == {
        code: float(value) for code, value in held.items()
    }
    assert [row["code"] for row in rows] == sorted(held)
    size = -(-3 * len(rows) // 10)
    assert [row["in_tail"] for row in rows] == ["true"] * size + ["false"] * (len(rows) - size)
    assert {row["code"] for row in rows if row["in_place"] == "true"} == set(promises.ours)
    for row in rows:
        weighed = float(row["value"]) * float(row["weight"])
        assert float(row["weighed"]) == pytest.approx(weighed)


def test_rows_of_a_period_or_a_series_that_is_not_held_are_refused(promises: Promises) -> None:
    made = promises.send("POST", "/targets", json=FLOOR | {"title": "No such year"}).json()
    newest = promises.client.get(f"/api/v1/targets/{made['id']}/rows.csv").text
    assert {row["period"] for row in csv.DictReader(io.StringIO(newest))} == {"2025"}
    told = promises.client.get(f"/api/v1/targets/{made['id']}/rows.csv?period=1999")
    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (422, "/period")
    assert re.search("2023.*2025", told.json()["detail"])
    none = promises.client.get(
        f"/api/v1/targets/national-2001-burglary/rows.csv?period=2001&partnership={DEMO_SLUG}"
    )
    assert (none.status_code, none.json()["type"]) == (404, "/problems/no-rows-of-target")
