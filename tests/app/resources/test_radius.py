"""Money by distance from a point: worked by hand, and what must hold of any ground and any radius."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.dependencies import today
from app.neighbourhoods.figures import choose_set
from app.places.demo import DEMO_SLUG
from app.resources.methods.ledger import LedgerBroken
from app.resources.methods.radius import (
    BEYOND,
    ESTIMATED,
    LOCATED,
    NOT_PLACED,
    Reach,
    exact_sum,
    reach_of_places,
    standing_of_places,
    standing_of_spots,
    sums_by_radius,
)
from app.resources.partnership_money import LedgerAsked, partnership_ledger
from app.resources.place_grounds import pieces_of_places
from app.resources.radius import Spot, find_spot, partnership_radius, reach_of_areas, read_radii
from boundaries.errors import Invalid
from boundaries.footprints import Ground, store_footprint

COLUMNS = ["place", "code", "people", "postcodes"]
FAR_M = 2_000_000.0


def reach_of(shares: list[list[float]], codes: str = "abc") -> Reach:
    """Small areas with these shares by radius; all of the ground goes with all of the people."""
    share = np.array(shares, dtype=float)
    return Reach(list(codes[: len(shares)]), share, share == 1, share == 0)


def test_a_place_is_estimated_from_half_of_its_people_and_located_when_all_of_it_is_within() -> (
    None
):
    pieces = pd.DataFrame(
        [("ward", "a", 300, 9), ("ward", "b", 100, 9), ("half", "a", 50, 1), ("half", "c", 50, 9),
         ("dark", "a", np.nan, 3), ("dark", "c", np.nan, 1), ("empty", "c", np.nan, np.nan),
         ("lost", "a", 10, 1), ("lost", "elsewhere", 10, 1)],
        columns=COLUMNS,
    )  # fmt: skip
    # Radii 1 to 3. a: none, 2 in 3, all. b: none, none, all. c: none, none, one in ten.
    found = reach_of_places(pieces, reach_of([[0, 2 / 3, 1], [0, 0, 1], [0, 0, 0.1]]))
    standing = standing_of_places(found)
    by_name = {name: standing[at].tolist() for name, at in found.places.items()}
    # ward: 200 of 400 people is exactly half. half: 33.3 then 55 of 100. dark, by postcodes: 2 then 3.1 of 4.
    assert by_name == {
        "ward": [BEYOND, ESTIMATED, LOCATED],
        "half": [BEYOND, BEYOND, ESTIMATED],
        "dark": [BEYOND, ESTIMATED, ESTIMATED],
        "empty": [
            BEYOND,
            BEYOND,
            NOT_PLACED,
        ],  # the circle cuts it, and nothing tells where its people are
    }


def test_a_piece_where_nobody_lives_says_nothing_of_the_share() -> None:
    pieces = pd.DataFrame([("x", "a", 0, 0), ("x", "b", 10, 1)], columns=COLUMNS)
    found = reach_of_places(pieces, reach_of([[np.nan], [0.6]]))
    assert found.share.tolist() == [[0.6]]


def test_a_point_is_within_the_circle_that_goes_through_it() -> None:
    standing = standing_of_spots(np.array([500.0, 500.1, np.nan]), (500.0, 1000.0))
    assert standing.tolist() == [[LOCATED, LOCATED], [BEYOND, LOCATED], [NOT_PLACED, NOT_PLACED]]


def test_large_amounts_add_up_beyond_64_bits_and_below_0() -> None:
    amounts = np.array([2**62, 2**62, 2**62, -5, -(2**40), 3], dtype=np.int64)
    assert exact_sum(amounts) == 3 * 2**62 - 5 - 2**40 + 3
    assert exact_sum(amounts[:0]) == 0


def test_a_line_in_no_standing_breaks_the_sum() -> None:
    with pytest.raises(LedgerBroken):
        sums_by_radius(np.array([5], dtype=np.int64), np.array([[9]], dtype=np.int8), (1.0,))


@st.composite
def grounds(draw: st.DrawFn) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Small areas on a line, some places of them, some points, and an amount (some below 0) for each of both."""
    areas = draw(st.integers(1, 6))
    nearest = np.array(draw(st.lists(st.integers(0, 50), min_size=areas, max_size=areas)), float)
    depth = np.array(draw(st.lists(st.integers(0, 30), min_size=areas, max_size=areas)), float)
    places = draw(
        st.lists(
            st.lists(st.integers(0, areas - 1), min_size=1, unique=True), min_size=1, max_size=5
        )
    )
    people = draw(st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=areas, max_size=areas))
    pieces = pd.DataFrame(
        [(f"p{n}", f"s{area}", people[area], 1) for n, made in enumerate(places) for area in made],
        columns=COLUMNS,
    ).astype({"people": float, "postcodes": float})
    spots = np.array(draw(st.lists(st.one_of(st.none(), st.floats(0, 90)), max_size=4)), float)
    number = len(places) + len(spots)
    amounts = draw(st.lists(st.integers(-(2**60), 2**60), min_size=number, max_size=number))
    return pieces, np.stack([nearest, nearest + depth]), spots, np.array(amounts, dtype=np.int64)


@given(grounds(), st.lists(st.floats(0.5, 100), min_size=1, max_size=6))
def test_nothing_is_lost_at_any_radius_and_nothing_placed_is_beyond_a_wide_one(
    ground: tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray], some: list[float]
) -> None:
    pieces, (nearest, farthest), spots, amounts = ground
    radii = [*sorted(some), 1e9]
    # People evenly from the nearest to the farthest edge.
    depth = np.maximum(farthest - nearest, 1e-9)[:, None]
    share = np.clip((np.array(radii)[None, :] - nearest[:, None]) / depth, 0, 1)
    whole, apart = farthest[:, None] <= radii, nearest[:, None] > radii
    reach = Reach([f"s{n}" for n in range(len(nearest))], np.where(whole, 1, share), whole, apart)
    found = reach_of_places(pieces, reach)
    by_place = standing_of_places(found)
    order = [found.places[f"p{n}"] for n in range(len(found.places))]
    standing = np.concatenate([by_place[order], standing_of_spots(spots, radii)])
    rows = sums_by_radius(amounts, standing, radii)
    for row in rows:
        four = ("located", "estimated", "beyond", "not_placed")
        assert (
            sum(row[f"{name}_pence"] for name in four) == sum(amounts.tolist()) == row["file_pence"]
        )
        assert sum(row[f"{name}_lines"] for name in four) == len(amounts)
    lost = np.isnan(spots).sum()
    assert (rows[-1]["beyond_lines"], rows[-1]["not_placed_lines"]) == (0, lost)
    assert rows[-1]["estimated_lines"] == 0
    # Whoever is within stays within as the circle grows.
    counts = np.isin(standing, (ESTIMATED, LOCATED))
    assert (counts[:, 1:] >= counts[:, :-1]).all()
    located = standing == LOCATED
    assert (located[:, 1:] >= located[:, :-1]).all()


@pytest.mark.parametrize(
    "written", ["", "0", "-5", "nan", "inf", "1e9", "a,b", ",".join("123456789" * 3)]
)
def test_radii_that_are_none_are_refused(written: str) -> None:
    if written.startswith("1,2"):
        written = ",".join(str(n) for n in range(1, 40))
    with pytest.raises(Invalid):
        read_radii(written)


def test_radii_are_put_in_order_and_said_once() -> None:
    assert read_radii("900,500,900") == (500.0, 900.0)


def test_the_file_is_the_ledgers_and_all_that_is_placed_lies_within_a_wide_circle(
    demo_db: Session,
) -> None:
    home = demo_db.execute(
        text("SELECT p.postcode FROM resource_lines l JOIN postcodes p ON p.postcode = l.place_postcode"
             " WHERE l.demo AND l.stage = 'awarded' ORDER BY l.id LIMIT 1")
    ).scalar_one()  # fmt: skip
    spot = find_spot(demo_db, lon=None, lat=None, postcode=home)
    radii = (100.0, 1500.0, 6000.0, FAR_M)
    found = partnership_radius(demo_db, DEMO_SLUG, spot, radii, LedgerAsked(), today())
    ledger = partnership_ledger(demo_db, DEMO_SLUG, LedgerAsked(), today()).ledger
    assert found.rows[0]["file_pence"] == ledger.totals["file_pence"]
    assert found.rows[0]["file_lines"] == ledger.totals["file_lines"]
    assert found.rows[-1]["beyond_lines"] == 0
    placed = [row["located_lines"] for row in found.rows]
    assert 0 < placed[0] < placed[1] < placed[-1]
    # Only what states no place, or one beyond the county's lookups, is not placed.
    kinds = found.lines.loc[found.standing[:, -1] == NOT_PLACED, "place_kind"]
    assert set(kinds) <= {"none", "wide", "abroad"}


def test_a_line_for_an_estate_stands_as_its_postcodes_do(demo_db: Session) -> None:
    rows = demo_db.execute(
        text("SELECT postcode, easting, northing FROM postcodes WHERE demo AND status = 'current'"
             " ORDER BY easting, postcode LIMIT 4")
    ).all()  # fmt: skip
    estate = store_footprint(demo_db, Ground(postcodes=tuple(row[0] for row in rows), demo=True))
    line = demo_db.execute(
        text("UPDATE resource_lines SET place_kind = 'estate', footprint_id = :estate, place_code = NULL"
             " WHERE id = (SELECT min(id) FROM resource_lines WHERE demo AND stage = 'awarded'"
             " AND grade = 'A' AND currency = 'GBP') RETURNING id"), {"estate": estate},
    ).scalar_one()  # fmt: skip
    spot = Spot(rows[0][1], rows[0][2], {})
    metres = sorted(float(np.hypot(row[1] - spot.easting, row[2] - spot.northing)) for row in rows)
    assert 0 == metres[0] < metres[1] < metres[3]
    # One of four postcodes, two of four, all four.
    radii = (metres[1] / 2, metres[1], metres[3])
    found = partnership_radius(demo_db, DEMO_SLUG, spot, radii, LedgerAsked(), today())
    at = found.lines["id"].tolist().index(line)
    assert found.standing[at].tolist() == [BEYOND, ESTIMATED, LOCATED]


def test_small_areas_stand_as_an_overlay_of_the_circle_says(demo_db: Session) -> None:
    rows = demo_db.execute(
        text("SELECT b.code, ST_X(c.p), ST_Y(c.p), ST_MaxDistance(b.geom, c.p) FROM boundaries b"
             " CROSS JOIN LATERAL (SELECT ST_Centroid(b.geom) AS p) c JOIN releases r ON r.id = b.release_id"
             " WHERE r.demo AND r.area_type = 'lsoa' AND r.published_on > '2021-01-01' ORDER BY 1 LIMIT 1")
    ).one()  # fmt: skip
    pieces = pieces_of_places(demo_db, {rows[0], f"{rows[0]} {rows[0]}"}, "lsoa-2021")
    assert pieces["code"].tolist() == [rows[0], rows[0]]
    release, area_set = choose_set(demo_db, None, demo=True)
    spot = Spot(rows[1], rows[2], {})
    reach = reach_of_areas(demo_db, release.id, area_set, spot, (rows[3] - 1, rows[3] + 1, 100.0))
    at = list(reach.codes).index(rows[0])
    assert reach.whole[at].tolist() == [False, True, False]
    inside = demo_db.execute(
        text("SELECT count(*) FILTER (WHERE ST_DWithin(geom, ST_SetSRID(ST_MakePoint(:x, :y), 27700), 100))::float"
             " / count(*) FROM postcodes WHERE lsoa21_code = :code AND status = 'current'"),
        {"x": rows[1], "y": rows[2], "code": rows[0]},
    ).scalar_one()  # fmt: skip
    assert reach.share[at, 2] == inside
    assert not reach.apart[at].any()


@pytest.mark.slow
def test_over_http_every_radius_sums_to_the_file_and_pages_follow_one_another(
    demo_client: TestClient, demo_db: Session
) -> None:
    lon, lat = demo_db.execute(
        text("SELECT lon, lat FROM postcodes WHERE demo ORDER BY postcode LIMIT 1")
    ).one()
    address = f"/api/v1/partnerships/{DEMO_SLUG}/ledger/radius"
    asked = {"lon": lon, "lat": lat, "within_m": "1000,2000000", "limit": 60}
    body = demo_client.get(address, params=asked).json()
    for row in body["radii"]:
        assert row["file_pence"] == sum(
            row[f"{name}_pence"] for name in ("located", "estimated", "beyond", "not_placed")
        )
    last = body["radii"][-1]
    assert last["located_lines"] == body["total"] > 60
    seen = [item["id"] for item in body["items"]]
    while body["next"]:
        body = demo_client.get(body["next"]).json()
        seen += [item["id"] for item in body["items"]]
    assert len(seen) == len(set(seen)) == last["located_lines"]
    for wrong, status in (({}, 422), ({"postcode": "ZZ99 9ZZ"}, 404), ({"lon": 1}, 422),
                          (asked | {"within_m": "x"}, 422), (asked | {"no": 1}, 400),
                          (asked | {"stage": "maybe"}, 422), (asked | {"postcode": "EX1"}, 422)):  # fmt: skip
        answer = demo_client.get(address, params=wrong)
        assert answer.status_code == status, (wrong, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
