"""Which partnerships might be one: by ground and by what both have, with the reason said."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest

from app.places.demo import DEMO_SLUG
from app.strategies.methods.fewer import suggest
from tests.app.strategies.conftest import Promises

PAIR: dict[str, Any] = {
    "a": "one", "b": "two", "name_a": "One", "name_b": "Two", "kind_a": "lsp", "kind_b": "health",
    "population_share_of_a": 0.9, "population_share_of_b": 0.3, "share_of_a": 0.1, "share_of_b": 0.1,
    "same_ground": False, "shared_members": 0,
}  # fmt: skip
CRIME = {"one": frozenset({"crime", "jobs"}), "two": frozenset({"crime"})}


@pytest.mark.parametrize(
    ("said", "themes", "makes_one"),
    [
        ({}, CRIME, True),
        ({"population_share_of_a": 0.8999}, CRIME, False),
        ({}, {}, False),
        ({"kind_b": "lsp"}, {}, True),
        ({"shared_members": 2}, {}, True),
        ({"shared_members": 1}, {}, False),
        ({"population_share_of_a": 0.1, "population_share_of_b": 0.95}, CRIME, True),
        ({"population_share_of_a": None}, CRIME, False),
        ({"population_share_of_a": None, "share_of_b": 1.0}, CRIME, True),
    ],
)
def test_ground_and_a_reason_together_make_a_suggestion(
    said: dict[str, Any], themes: dict[str, frozenset[str]], makes_one: bool
) -> None:
    assert bool(suggest([PAIR | said], themes)) is makes_one


def test_the_reason_names_ground_theme_and_members() -> None:
    (found,) = suggest([PAIR | {"same_ground": True, "shared_members": 3}], CRIME)
    assert found.why == (
        "One and Two cover the same ground for the same theme (crime), with 3 members in both. "
        "Could one do the work of both?"
    )
    (other,) = suggest([PAIR | {"population_share_of_a": None, "share_of_a": 1.0}], CRIME)
    assert other.why.startswith("One and Two share 100% of the smaller one's area for the same")


def test_the_order_of_the_pairs_makes_no_difference() -> None:
    pairs = [
        PAIR | {"b": f"p{n}", "kind_b": "lsp", "population_share_of_a": 0.9 + n / 100}
        for n in range(5)
    ]
    assert suggest(pairs, {}) == suggest(pairs[::-1], {})
    assert [each.b for each in suggest(pairs, {})] == ["p4", "p3", "p2", "p1", "p0"]


def test_two_on_one_ground_are_suggested_on_the_page_and_in_the_csv(promises: Promises) -> None:
    body = {"name": "=Twin <b>", "authorities": promises.ours, "kind": "lsp"}
    made = promises.send("POST", "/partnerships", promises.root, json=body)
    assert made.status_code == 201, made.text
    third = promises.send("POST", "/partnerships", promises.root, json=body | {"name": "Third"})
    assert third.status_code == 201, third.text
    told = promises.client.get("/api/v1/overlaps/partnerships?demo=true").json()
    ours = [each for each in told["items"] if made.json()["slug"] in (each["a"], each["b"])]
    assert {frozenset((each["a"], each["b"])) for each in ours} >= {
        frozenset((DEMO_SLUG, made.json()["slug"]))
    }
    page = promises.client.get("/fewer?demo=true").text
    assert "=Twin &lt;b&gt;" in page
    assert "cover the same ground" in page
    rows = list(
        csv.DictReader(
            io.StringIO(promises.client.get("/api/v1/overlaps/partnerships.csv?demo=true").text)
        )
    )
    assert len(rows) == told["pairs_total"]
    assert sum(bool(row["suggestion"]) for row in rows) == told["total"]
    first = promises.client.get("/api/v1/overlaps/partnerships?demo=true&limit=1").json()
    later = promises.client.get(first["next"].replace("limit=1", "limit=100")).json()
    assert [*first["items"], *later["items"]] == told["items"]
    assert len(told["items"]) >= 3
    assert 'name="demo" value="true"' in page
    book = promises.client.get("/api/v1/overlaps/partnerships.xlsx?demo=true")
    read = openpyxl.load_workbook(io.BytesIO(book.content))
    assert [sheet.max_row - 1 for sheet in read] == [told["total"], told["pairs_total"]]
    assert {cell.data_type for row in read["pairs"]["B2:B9"] for cell in row if cell.value} == {"s"}
    refused = promises.client.get("/api/v1/overlaps/partnerships?at_least=1.01")
    assert refused.status_code == 422


def test_a_member_who_left_is_no_reason_to_be_one(promises: Promises) -> None:
    def tell(first: list[dict[str, str]], second: list[dict[str, str]], name: str) -> int:
        slugs = []
        for kind, members in (("lep", first), ("csp", second)):
            body = {
                "name": f"{name} {kind}",
                "kind": kind,
                "authorities": promises.ours,
                "members": members,
            }
            slugs.append(
                promises.send("POST", "/partnerships", promises.root, json=body).json()["slug"]
            )
        shared = promises.client.get(f"/api/v1/partnerships/{slugs[0]}/overlaps").json()["items"]
        (one,) = [each for each in shared if each["partnership"] == slugs[1]]
        return len(one["shared_members"])

    trust = {"name": "The Trust", "sector": "voluntary"}
    assert tell([trust], [trust | {"name": "the trust"}], "Both") == 1
    assert tell([trust], [trust | {"left": "2020-01-01"}], "Left") == 0
    assert tell([trust | {"joined": "2999-01-01"}], [trust], "Not yet") == 0
