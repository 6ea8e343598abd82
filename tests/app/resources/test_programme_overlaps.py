"""Programmes on the same ground: worked by hand, what must hold of any two, and over the invented county."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.dependencies import today
from app.places.demo import DEMO_SLUG
from app.resources.methods.programme_overlaps import Standing, overlapping_pairs, say_pair, years_of
from app.resources.programme_overlaps import programme_overlaps
from app.resources.tables import Programme, ProgrammeArea, ResourceFile
from boundaries.errors import Invalid


def programme(
    name: str, theme: str | None = None, years: tuple[int, int] | None = None
) -> Standing:
    return Standing("programme", name, name.title(), theme, years)


def test_two_share_the_people_that_both_hold_both_ways() -> None:
    standings = [
        programme("a", "Health", (2001, 2005)),
        programme("b", "health ", (2005, 2008)),
        programme("c"),
    ]
    shares = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    (pair,) = overlapping_pairs(standings, shares, np.array([300.0, 100.0, 100.0]))
    # 100 people in common, of 400 and of 200; 500 in either.
    assert (pair["a"], pair["b"], pair["people"], pair["jaccard"]) == (0, 1, 100, 0.2)
    assert (pair["share_of_a"], pair["share_of_b"], pair["at_most"]) == (0.25, 0.5, False)
    assert (pair["same_ground"], pair["same_theme"], pair["same_years"]) == (False, True, True)
    assert say_pair(standings[0], standings[1], pair) == (
        "A shares ground with B: 25.00 % of its people; for the same theme (Health); in the same years."
    )


def test_the_same_ground_for_the_same_theme_is_said_in_these_words() -> None:
    one, other = programme("a", "jobs"), programme("b", "jobs")
    (pair,) = overlapping_pairs(
        [one, other], np.array([[1.0, 1.0], [1.0, 0.95]]), np.array([1.0, 1.0])
    )
    # 1.95 of 2 people are 97.5 %, and all of the other's.
    assert pair["same_ground"]
    assert say_pair(one, other, pair).startswith(
        "A covers the same ground as B; for the same theme (jobs)"
    )
    (half,) = overlapping_pairs(
        [one, other], np.array([[1.0, 1.0], [1.0, 0.0]]), np.array([1.0, 1.0])
    )
    assert not half["same_ground"]


def test_what_is_not_stated_is_neither_the_same_nor_another() -> None:
    shares, people = np.ones((2, 1)), np.array([5.0])
    (pair,) = overlapping_pairs([programme("a", "x"), programme("b")], shares, people)
    assert (pair["same_theme"], pair["same_years"]) == (None, None)
    (pair,) = overlapping_pairs(
        [programme("a", "x", (2001, 2002)), programme("b", "y", (2003, 2004))], shares, people
    )
    assert (pair["same_theme"], pair["same_years"]) == (False, False)


def test_years_are_read_from_what_sources_write() -> None:
    assert years_of(["2001-02", "2003-04"]) == (2001, 2003)
    assert years_of(["2026-27 to 2035-36", None]) == (2026, 2035)
    assert years_of([None, "a decade from 12005"]) is None


@given(st.integers(0, 2**32 - 1))
def test_a_pair_holds_no_more_people_than_either_and_is_told_alike_both_ways(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares = rng.choice([0.0, 0.3, 1.0], (3, 5))
    people = rng.integers(0, 50, 5).astype(float)
    people[rng.random(5) < 0.2] = np.nan
    standings = [programme(name) for name in "abc"]
    own = shares @ np.nan_to_num(people)
    there = {(p["a"], p["b"]): p for p in overlapping_pairs(standings, shares, people)}
    turned = overlapping_pairs(standings[::-1], shares[::-1], people)
    back = {(2 - p["b"], 2 - p["a"]): p for p in turned}
    assert set(there) == set(back)
    for (a, b), pair in there.items():
        assert 0 < pair["people"] <= min(own[a], own[b]) + 1e-9
        assert pair["share_of_a"] == pytest.approx(back[a, b]["share_of_b"])
        assert pair["jaccard"] <= min(pair["share_of_a"], pair["share_of_b"]) + 1e-9


@pytest.fixture
def programmes(demo_db: Session) -> list[str]:
    """Two programmes of a district of the invented county, for all and for one of its wards, and one by name alone."""
    ward = demo_db.execute(
        text("SELECT parent_code FROM memberships WHERE parent_type = 'wd' AND lookup LIKE 'lsoa21%' AND child_code IN"
             " (SELECT child_code FROM memberships WHERE parent_code = 'X07000002') ORDER BY 1 LIMIT 1")
    ).scalar_one()  # fmt: skip
    demo_db.add(
        ResourceFile(
            id="papers", title="Papers", publisher="P", licence="L", attribution="A", source_file="f", sha256="papers",
            kind="papers", rows_in=3, rows_stored=3, rows_refused=0, demo=True,
        )
    )  # fmt: skip
    for name, theme, code in (
        ("all", "safety", "X07000002"),
        ("ward", "Safety", ward),
        ("named", None, None),
    ):
        demo_db.add(
            Programme(
                id=name,
                title=name.title(),
                funder="F",
                theme=theme,
                demo=True,
                first_year="2020-21",
            )
        )
        demo_db.flush()
        demo_db.add(
            ProgrammeArea(
                id=name,
                programme_id=name,
                file_id="papers",
                name=name,
                area_code=code,
                lad_code="X07000002",
            )
        )
    demo_db.flush()
    return [ward]


def test_a_programme_of_a_ward_lies_in_that_of_its_district(
    demo_db: Session, programmes: list[str]
) -> None:
    found = programme_overlaps(
        demo_db, partnership=None, within="X07000002", theme="safety", day=today()
    )
    (pair,) = found["items"]
    sides = {pair["a"]["id"]: pair["share_of_a"], pair["b"]["id"]: pair["share_of_b"]}
    people = dict(demo_db.execute(
        text("SELECT place, sum(value) FROM (SELECT m.parent_code AS place, m.child_code, max(w.value) AS value"
             " FROM memberships m JOIN weights w ON w.code = m.child_code AND w.area_set = 'lsoa-2021'"
             " AND w.measure = 'people' WHERE m.parent_code IN ('X07000002', :ward) AND m.lookup LIKE 'lsoa21%'"
             " GROUP BY 1, 2) AS one GROUP BY place"), {"ward": programmes[0]},
    ).all())  # fmt: skip
    assert sides["ward"] == 1.0
    assert sides["all"] == pytest.approx(
        float(people[programmes[0]] / people["X07000002"]), abs=1e-6
    )
    assert (pair["same_theme"], pair["same_years"]) == (True, True)
    assert [each["place"] for each in found["without_ground"]] == ["named"]
    every = programme_overlaps(demo_db, partnership=DEMO_SLUG, within=None, theme=None, day=today())
    assert "partnership" in {one["kind"] for one in every["standings"]}


def test_no_place_or_two_are_refused(demo_db: Session) -> None:
    for places in ((None, None), (DEMO_SLUG, "X07000002")):
        with pytest.raises(Invalid):
            programme_overlaps(
                demo_db, partnership=places[0], within=places[1], theme=None, day=today()
            )


def test_over_http_the_list_has_pages_and_an_unknown_place_is_told(demo_client: TestClient) -> None:
    answer = demo_client.get("/api/v1/overlaps/programmes", params={"partnership": DEMO_SLUG})
    assert answer.status_code == 200
    assert set(answer.json()) >= {"items", "total", "next", "standings", "without_ground", "note"}
    assert demo_client.get("/api/v1/overlaps/programmes", params={"within": "E99"}).status_code in (
        404,
        422,
    )
    assert demo_client.get("/api/v1/overlaps/programmes").status_code == 422
