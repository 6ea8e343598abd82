"""The page of progress says what the API says, and what is taken away has the same figures."""

from __future__ import annotations

import csv
import io

import openpyxl

from app.places.demo import DEMO_SLUG
from tests.app.strategies.conftest import Promises
from tests.app.strategies.test_targets_http import FLOOR


def test_the_page_says_each_status_with_its_reason_and_the_csv_has_the_same_figures(
    promises: Promises,
) -> None:
    made = promises.send(
        "POST", "/targets", json=FLOOR | {"title": "<b>Jobs</b> for all", "threshold": 55.5}
    )
    page = promises.client.get(f"/partnerships/{DEMO_SLUG}/progress").text
    assert "&lt;b&gt;Jobs&lt;/b&gt; for all" in page
    assert "<b>Jobs" not in page
    rows = [
        row
        for row in csv.DictReader(
            io.StringIO(promises.client.get(f"/api/v1/partnerships/{DEMO_SLUG}/progress.csv").text)
        )
        if row["target"] == made.json()["id"]
    ]
    assert sorted(row["code"] for row in rows) == promises.ours
    for row in rows:
        assert f"{float(row['figure']):.2f}" in page
    book = promises.client.get(f"/api/v1/partnerships/{DEMO_SLUG}/progress.xlsx")
    assert book.status_code == 200
    assert openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames == [
        "progress",
        "periods",
        "actions",
    ]
