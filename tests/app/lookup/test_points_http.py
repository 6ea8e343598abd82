"""Points and postcodes over HTTP: what the process keeps ready says what the database says, at once and on any day."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, select, text
from starlette.testclient import TestClient

from app.lookup.answers import place_of_point
from app.lookup.queries import areas_here, look_up_place, look_up_postcode
from app.sessions import reading, writing
from boundaries.methods.atlas import chart
from boundaries.point_lookup import layers_of_day, open_gazetteer
from boundaries.tables import Boundary, Postcode

pytestmark = pytest.mark.slow
POINT = "/api/v1/lookup/point"


def spots(engine: Engine, number: int) -> list[tuple[float, float]]:
    """Points all over the invented county, and as many on its borders: corners and half-way between two."""
    from shapely import from_wkb, get_coordinates, total_bounds

    with reading(engine) as session:
        shapes = from_wkb(
            [
                bytes(row)
                for row in session.scalars(select(text("ST_AsBinary(geom)")).select_from(Boundary))
            ]
        )
    rng = np.random.default_rng(4)
    west, south, east, north = total_bounds(shapes)
    anywhere = rng.uniform([west - 500, south - 500], [east + 500, north + 500], (number, 2))
    corners = get_coordinates(shapes)
    chosen = rng.integers(0, len(corners) - 1, number)
    half = (corners[chosen] + corners[chosen + 1]) / 2
    return [(float(x), float(y)) for x, y in np.vstack([anywhere, corners[chosen], half])]


@pytest.mark.parametrize("day", ["2026-06-01", "2020-06-01"])
def test_the_atlas_and_the_database_say_the_same(
    demo_client: TestClient, demo_engine: Engine, day: str
) -> None:
    on = date.fromisoformat(day)
    demo_client.get(POINT, params={"easting": 1, "northing": 1})
    on_borders = 0
    for x, y in spots(demo_engine, 20):
        told = demo_client.get(POINT, params={"easting": x, "northing": y, "as_at": day}).json()
        with reading(demo_engine) as session:
            areas = areas_here(session, x, y, (), on)
        assert told["areas"] == areas
        on_borders += sum(area["distance_to_boundary_m"] == 0 for area in areas)
    standing = demo_client.app.state.standings[demo_engine]  # type: ignore[attr-defined]
    assert standing._texts is not None  # the answers were the atlas's
    assert on_borders > 15


def test_a_border_point_has_one_answer_a_hundred_times_over(
    demo_client: TestClient, demo_engine: Engine
) -> None:
    x, y = spots(demo_engine, 3)[-1]
    answers = {
        demo_client.get(POINT, params={"easting": x, "northing": y}).text for _ in range(100)
    }
    assert len(answers) == 1


def test_types_are_repeated_or_have_commas_between(
    demo_client: TestClient, demo_engine: Engine
) -> None:
    x, y = spots(demo_engine, 1)[1]
    both = demo_client.get(f"{POINT}?easting={x}&northing={y}&type=lad&type=wd").json()
    comma = demo_client.get(f"{POINT}?easting={x}&northing={y}&type=lad,wd").json()
    assert both == comma
    assert {area["type"] for area in both["areas"]} == {"lad", "wd"}
    every = demo_client.get(f"{POINT}?easting={x}&northing={y}").json()
    assert {"lad", "wd", "lsoa", "par"} <= {area["type"] for area in every["areas"]}


def test_a_point_outside_says_what_mistake_it_looks_like(demo_client: TestClient) -> None:
    for query, hint in (
        ("lon=50.85&lat=0.57", "longitude and latitude look swapped"),
        ("lon=0&lat=0", "0, 0 is what stands where nothing is known"),
        ("lon=-3.2&lat=55.95", "outside what is loaded here"),
        ("easting=0&northing=0", "outside what is loaded here"),
    ):
        note = demo_client.get(f"{POINT}?{query}").json()["note"]
        assert note.startswith("outside England"), query
        assert note.endswith(hint), query


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("lon=nan&lat=51", 422), ("lon=inf&lat=51", 422), ("lon=1e400&lat=51", 422),
        ("lon=a&lat=51", 422), ("lon=51.5&lat=-0.1", 200), ("lon=0&lat=0", 200), ("lon=181&lat=0", 422),
        ("lon=-3.19&lat=55.95", 200), ("lon=1&lat=52&lat=53", 422), ("lon=1_0&lat=52", 422),
        ("easting=0&northing=0", 200), ("easting=530000&northing=180000&lon=1", 422),
        ("lon=1&lat=52&type=nonsense", 422), ("lon=1&lat=52&as_at=tomorrow", 422),
        ("lon=1&lat=52&colour=red", 400), ("lon=%C3%28&lat=1", 422), ("", 422),
    ],
)  # fmt: skip
def test_every_kind_of_point_has_a_clear_answer(
    demo_client: TestClient, query: str, status: int
) -> None:
    answer = demo_client.get(f"{POINT}?{query}")
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["areas"] == []
        assert "outside England" in answer.json()["note"]
    else:
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_change_of_the_layers_is_in_the_next_answer(demo_client_that_writes: TestClient) -> None:
    client = demo_client_that_writes
    engine: Engine = client.app.state.engine  # type: ignore[attr-defined]
    x, y = spots(engine, 1)[1]
    where = {"easting": x, "northing": y, "type": "wd"}
    before = client.get(POINT, params=where).json()["areas"]
    assert before
    with writing(engine) as session:
        session.execute(text("UPDATE releases SET state = 'withdrawn' WHERE area_type = 'wd'"))
    assert client.get(POINT, params=where).json()["areas"] == []
    with writing(engine) as session:
        session.execute(text("UPDATE releases SET state = 'served' WHERE area_type = 'wd'"))
        session.execute(
            text("UPDATE areas SET name = 'Renamed' WHERE code = :code"),
            {"code": before[0]["code"]},
        )
    assert client.get(POINT, params=where).json()["areas"][0]["name"] == "Renamed"


def test_a_postcode_answered_before_is_answered_anew_when_it_or_its_area_changed(
    demo_client_that_writes: TestClient,
) -> None:
    client = demo_client_that_writes
    engine: Engine = client.app.state.engine  # type: ignore[attr-defined]
    with reading(engine) as session:
        code = session.scalar(select(Postcode.postcode).order_by(Postcode.postcode).limit(1)) or ""
    address = f"/api/v1/lookup/postcode/{code}?type=lad"

    def kept() -> int:
        """Ask until it is the atlas that answers; gives how many answers are kept."""
        for _ in range(600):
            client.get(address)
            standing = client.app.state.standings[engine]  # type: ignore[attr-defined]
            if standing._finished:
                break
            time.sleep(0.05)
        return len(standing._finished)

    assert kept() == 1
    first, again = client.get(address), client.get(address)
    assert first.content == again.content
    (area,) = first.json()["areas"]
    with writing(engine) as session:
        session.execute(
            text("UPDATE postcodes SET status = 'not in the current list' WHERE postcode = :code"),
            {"code": code},
        )
    ended = client.get(address).json()
    assert (first.json()["status"], ended["status"]) == (
        "current",
        "not in the current list",
    )
    assert ended["areas"] == [area]
    with writing(engine) as session:
        session.execute(
            text("UPDATE areas SET name = 'Renamed' WHERE code = :code"), {"code": area["code"]}
        )
    assert [one["name"] for one in client.get(address).json()["areas"]] == ["Renamed"]
    assert kept() == 1  # what was kept of the old geography is gone
    assert client.get(address.replace("lad", "wd")).json()["areas"][0]["type"] == "wd"


def test_without_a_place_for_an_atlas_the_database_answers(
    demo_client_that_writes: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = demo_client_that_writes
    engine: Engine = client.app.state.engine  # type: ignore[attr-defined]

    def full(*_: object) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.lookup.standing.open_gazetteer", full)
    x, y = spots(engine, 1)[1]
    told = client.get(POINT, params={"easting": x, "northing": y}).json()
    with reading(engine) as session:
        day = date.fromisoformat(session.scalar(text("SELECT CAST(CURRENT_DATE AS text)")) or "")
        place = place_of_point(None, None, x, y)
        assert told["areas"] == look_up_place(session, place, (), day)["areas"]
    assert told["areas"]


def test_a_whole_postcode_says_the_same_either_way_and_names_the_other_side(
    demo_client: TestClient, demo_engine: Engine
) -> None:
    near, sided = 0, 0
    with reading(demo_engine) as session:
        day = date(2026, 6, 1)
        for code in session.scalars(
            select(Postcode.postcode).order_by(Postcode.postcode).limit(50)
        ):
            squeezed = code.lower().replace(" ", "")
            told = demo_client.get(f"/api/v1/lookup/postcode/{squeezed}?as_at=2026-06-01").json()
            same = look_up_postcode(session, f"  {code.lower().replace(' ', '  ')}", (), day)
            for area in told["areas"]:
                near += area["near_border"]
                side = area.pop("other_side", None)
                if side:
                    sided += 1
                    assert side["code"] != area["code"]
                    assert side["distance_m"] >= 0
            assert told == {**same, "lon": told["lon"], "lat": told["lat"]}
            assert told["near_border"] == [a["type"] for a in told["areas"] if a["near_border"]]
    assert near > 0
    assert sided > 0


def test_a_letter_for_a_figure_is_offered_and_never_taken(
    demo_client: TestClient, demo_engine: Engine
) -> None:
    as_letter = {"0": "O", "1": "I", "5": "S", "8": "B"}
    with reading(demo_engine) as session:
        codes = session.scalars(select(Postcode.postcode).order_by(Postcode.postcode)).all()
    right = next(code for code in codes if code[-3] in as_letter)
    head, tail = right.split(" ")
    answer = demo_client.get(f"/api/v1/lookup/postcode/{head} {as_letter[tail[0]]}{tail[1:]}")
    assert answer.status_code == 404
    assert right in answer.json()["detail"]
    assert right in [error.get("value") for error in answer.json()["errors"]]


def test_an_atlas_is_made_once_and_an_old_one_goes(demo_engine: Engine, tmp_path: Any) -> None:
    with reading(demo_engine) as session:
        first = open_gazetteer(session, tmp_path)
        (made,) = tmp_path.iterdir()
        stamp = made.stat().st_mtime_ns
        (tmp_path / "atlas-of-yesterday").mkdir()
        again = open_gazetteer(session, tmp_path)
        assert made.stat().st_mtime_ns == stamp
        assert again.codes.tolist() == first.codes.tolist()
        assert len(first.releases) >= len(
            {layer.type for layer in layers_of_day(session, date(2026, 1, 1))}
        )


def test_an_atlas_of_small_blocks_is_the_same_to_the_byte(
    demo_engine: Engine, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks: list[int] = []

    def noted(shapes: Any, *rest: Any) -> Any:
        blocks.append(len(shapes))
        return chart(shapes, *rest)

    monkeypatch.setattr("boundaries.point_lookup.chart", noted)
    with reading(demo_engine) as session:
        open_gazetteer(session, tmp_path / "large")
        areas, large = sum(blocks), max(blocks)
        blocks.clear()
        monkeypatch.setattr("boundaries.point_lookup.BYTES_A_BLOCK", 1)
        open_gazetteer(session, tmp_path / "small")
    assert large > 1
    assert blocks == [1] * areas
    (small,), (made,) = ((tmp_path / name).iterdir() for name in ("small", "large"))
    for part in made.iterdir():
        assert (small / part.name).read_bytes() == part.read_bytes()
