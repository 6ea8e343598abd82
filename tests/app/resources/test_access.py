"""Access to services: worked by hand, against a plain loop, and over an invented county."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.places.demo import DEMO_SLUG
from app.resources import access as asking
from app.resources.access import AccessAsked, access_to, origins_of_ground, origins_of_place
from app.resources.beside_queries import ServicesAsked, list_services
from app.resources.methods.access import (
    STEPS_M,
    floating_catchments,
    mean_distance,
    people_beyond,
    step_weight,
    supply_reached,
)
from app.resources.tables import Outlet, ResourceFile
from boundaries.crs import BNG, to_wgs84
from boundaries.database import named_sql
from boundaries.errors import Invalid
from boundaries.footprints import Ground
from tests.app.resources.spots import point_text

NONE = np.array([], dtype=float)


def test_people_beyond_are_those_with_nothing_near_and_unknown_people_are_in_no_count() -> None:
    metres = np.array([500.0, 1600.0, 1600.1, np.nan, 100.0, 9000.0])
    people = np.array([10.0, 20.0, 30.0, 40.0, np.nan, np.nan])
    found = people_beyond(metres, people, 1600.0)
    assert (found.people, found.of, found.share, found.without_people) == (70, 100, 0.7, 2)
    assert people_beyond(NONE, NONE, 1.0).share is None
    assert mean_distance(metres[:2], people[:2]) == (500 * 10 + 1600 * 20) / 30
    assert mean_distance(metres, people) is None


def test_weights_step_down_at_one_two_and_five_kilometres() -> None:
    edges = np.array([0, 1000, 1000.1, 2000, 2000.1, 5000, 5000.1])
    assert step_weight(edges).tolist() == [1, 1, 0.68, 0.68, 0.22, 0.22, 0]


def test_two_origins_share_one_service_by_their_people_and_nearness() -> None:
    # Demand: 100 x 1 + 50 x 0.68 = 134. Each of the near has 1/134, each of the far 0.68/134.
    pairs = np.array([0, 1]), np.array([0, 0]), np.array([400.0, 1500.0])
    people, supply = np.array([100.0, 50.0]), np.array([1.0])
    found = floating_catchments(*pairs, people, supply)
    assert found == pytest.approx([1 / 134, 0.68 / 134])
    assert found @ people == pytest.approx(1.0)


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 6))
def test_the_supply_that_anybody_reaches_is_handed_out_whole_and_as_a_plain_loop_says(
    seed: int, origins: int, services: int
) -> None:
    rng = np.random.default_rng(seed)
    people = rng.integers(0, 40, origins).astype(float)
    people[rng.random(origins) < 0.2] = np.nan
    supply = rng.integers(1, 5, services).astype(float)
    metres = rng.uniform(0, 7000, (origins, services))
    origin, service = np.nonzero(metres <= STEPS_M[-1][0])
    found = floating_catchments(origin, service, metres[origin, service], people, supply)
    slow = [0.0] * origins
    for j in range(services):
        weights = [
            next((w for edge, w in STEPS_M if metres[i, j] <= edge), 0.0) for i in range(origins)
        ]
        demand = sum(
            w * p for w, p in zip(weights, people.tolist(), strict=True) if not np.isnan(p)
        )
        for i in range(origins):
            slow[i] += weights[i] * supply[j] / demand if demand else 0.0
    assert found.tolist() == pytest.approx(slow)
    handed = float(np.nansum(found * people))
    assert handed == pytest.approx(
        supply_reached(origin, service, metres[origin, service], people, supply)
    )


@pytest.fixture
def outlets(demo_db: Session) -> np.ndarray[Any, Any]:
    """Forty pharmacies of the invented county and one library, at postcodes of its own; their points in metres."""
    file = ResourceFile(
        id="invented-services", title="Invented services", publisher="P", licence="L", attribution="A",
        source_file="f", sha256="invented", kind="invented", rows_in=41, rows_stored=41, rows_refused=0, demo=True,
    )  # fmt: skip
    demo_db.add(file)
    demo_db.flush()
    rows = demo_db.execute(
        text(
            "SELECT easting, northing, lad_code FROM postcodes WHERE demo ORDER BY md5(postcode) LIMIT 41"
        )
    ).all()
    points = np.array([row[:2] for row in rows], dtype=float)
    for at, row in enumerate(rows):
        demo_db.add(
            Outlet(
                id=f"invented:{at:02}", file_id=file.id, row=at, kind="library" if at == 40 else "pharmacy",
                name=f"No. {at}", observed="2024", placed_by="point", lad_code=row[2],
                geom=point_text(row[0], row[1], BNG),
                geom_wgs84=point_text(*_degrees(row[0], row[1]), 4326),
            )
        )  # fmt: skip
    demo_db.flush()
    return points[:40]


def _degrees(easting: float, northing: float) -> tuple[float, float]:
    import shapely

    point = to_wgs84(np.array([shapely.Point(easting, northing)], dtype=object))[0]
    return float(point.x), float(point.y)


def test_the_nearest_and_the_count_are_those_of_every_distance_worked_out(
    demo_db: Session, outlets: np.ndarray[Any, Any]
) -> None:
    origins = origins_of_place(demo_db, partnership=DEMO_SLUG)
    spots = np.stack([origins.easting, origins.northing], axis=1)
    metres = np.hypot(*np.moveaxis(spots[:, None] - outlets[None, :], 2, 0))
    found = access_to(demo_db, origins, AccessAsked("pharmacy", 2_500.0))
    assert [row["nearest"]["distance_m"] for row in found.rows] == pytest.approx(
        metres.min(axis=1), abs=0.06
    )
    assert [row["within"] for row in found.rows] == (metres <= 2500).sum(axis=1).tolist()
    beyond = origins.people[metres.min(axis=1) > 2500].sum()
    assert 0 < beyond < origins.people.sum()
    assert found.summary["share_beyond"] == pytest.approx(beyond / origins.people.sum(), abs=1e-6)
    # The index walked outwards says the same as each one looked at.
    asked = {
        "eastings": origins.easting.tolist(), "northings": origins.northing.tolist(), "kind": "pharmacy",
        "files": ["invented-services"], "reach_m": 100_000.0, "distance_m": 2500.0,
    }  # fmt: skip
    both = [demo_db.execute(named_sql(asking.__file__, name), asked).all()
            for name in ("nearest_of_few", "nearest_services")]  # fmt: skip
    assert [(r.metres, r.within) for r in both[0]] == [(r.metres, r.within) for r in both[1]]


def test_catchments_hand_out_every_service_to_the_people_around_also_beyond_the_place(
    demo_db: Session, outlets: np.ndarray[Any, Any]
) -> None:
    whole = origins_of_place(demo_db, partnership=DEMO_SLUG)
    part = origins_of_place(demo_db, within="X07000002")
    asked = AccessAsked("pharmacy", catchments=True)
    of_part = {
        r["code"]: r["services_per_1000_people"] for r in access_to(demo_db, part, asked).rows
    }
    of_whole = {
        r["code"]: r["services_per_1000_people"] for r in access_to(demo_db, whole, asked).rows
    }
    assert {code: of_whole[code] for code in of_part if code in of_whole} == {
        code: value for code, value in of_part.items() if code in of_whole
    }
    assert any(value > 0 for value in of_part.values())


def test_of_people_outside_a_partial_sources_districts_nothing_is_said(
    demo_db: Session, outlets: np.ndarray[Any, Any]
) -> None:
    demo_db.execute(
        text(
            "UPDATE resource_files SET coverage = '1 of 4 districts' WHERE id = 'invented-services'"
        )
    )
    home = demo_db.execute(
        text("SELECT lad_code FROM services WHERE kind = 'library'")
    ).scalar_one()
    origins = origins_of_place(demo_db, partnership=DEMO_SLUG)
    found = access_to(demo_db, origins, AccessAsked("library"))
    for row, district in zip(found.rows, origins.districts, strict=True):
        assert row["covered"] is (district == home)
        assert (row["beyond"] is None) is (district != home)
    elsewhere = np.array([district != home for district in origins.districts])
    assert found.summary["people_not_covered"] == origins.people[elsewhere].sum() > 0
    assert found.summary["people"] == origins.people[~elsewhere].sum()


def test_an_estates_people_stand_at_its_postcodes(demo_db: Session) -> None:
    rows = demo_db.execute(
        text("SELECT postcode, easting, northing FROM postcodes WHERE demo AND status = 'current'"
             " ORDER BY postcode LIMIT 6")
    ).all()  # fmt: skip
    found = origins_of_ground(demo_db, Ground(postcodes=tuple(row[0] for row in rows), demo=True))
    assert found.codes == [row[0] for row in rows]
    assert found.easting.tolist() == [row[1] for row in rows]
    assert (found.people > 0).all()


def test_pages_of_the_nearest_hold_every_service_once_in_order(
    demo_db: Session, outlets: np.ndarray[Any, Any]
) -> None:
    # Two that are equally far: the page ends between them.
    demo_db.execute(text("UPDATE services SET geom = (SELECT geom FROM services WHERE id = 'invented:03'),"
                         " geom_wgs84 = (SELECT geom_wgs84 FROM services WHERE id = 'invented:03')"
                         " WHERE id = 'invented:07'"))  # fmt: skip
    lon, lat = demo_db.execute(
        text(
            "SELECT ST_X(geom_wgs84) + 0.01, ST_Y(geom_wgs84) FROM services WHERE id = 'invented:03'"
        )
    ).one()
    asked = ServicesAsked(kind="pharmacy", near=(lon, lat))
    from app.dependencies import today

    every, total = list_services(demo_db, asked, today(), after=None, limit=100)
    assert len(every) == total == 40
    seen: list[str] = []
    after = None
    for _ in range(40):
        page, _total = list_services(demo_db, asked, today(), after=after, limit=1)
        seen += [row["id"] for row in page]
        after = (page[-1]["exact_m"], page[-1]["id"])
    assert seen == [row["id"] for row in every]
    assert [row["exact_m"] for row in every] == sorted(row["exact_m"] for row in every)


def test_asking_about_no_place_two_or_another_type_is_refused(demo_db: Session) -> None:
    for wrong in ({}, {"within": "X07000002", "partnership": DEMO_SLUG},
                  {"within": "X07000002", "area_type": "wd"}):  # fmt: skip
        with pytest.raises(Invalid):
            origins_of_place(demo_db, **wrong)


def test_over_http_a_kind_that_there_is_not_is_refused(demo_client: TestClient) -> None:
    asked = {"kind": "palace", "partnership": DEMO_SLUG}
    answer = demo_client.get("/api/v1/services/access", params=asked)
    assert answer.status_code == 422
    answer = demo_client.get("/api/v1/services/access", params={**asked, "kind": "pharmacy"})
    assert answer.status_code == 200
    # No service of the invented county is loaded: nothing is claimed of anybody.
    summary = answer.json()["summary"]
    assert (summary["services"], summary["share_beyond"]) == (0, None)
    assert summary["people_not_covered"] > 0
