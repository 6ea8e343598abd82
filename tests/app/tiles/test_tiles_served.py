"""Tiles over HTTP, read back by a reader of the tests' own."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from psycopg import sql
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.dependencies import Gate
from app.indicators.tables import DeprivationIndex, IndexValue
from app.main import create_app
from app.settings import Settings
from app.tiles import door, routes
from app.tiles import queries as tiles_of
from boundaries.crs import BNG, WEB_MERCATOR, to_wgs84
from boundaries.releases import refresh_days
from boundaries.tables import Area, Boundary, Release
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine
from tests.support.squares import EAST, NORTH, add_layer, add_members, box
from tests.support.vector_tiles import HALF_WORLD_M, read_tile

NAMES = {"E01000001": "<img src=x onerror=alert(1)>", "E01000002": "{{7*7}} \u202eevil"}
SQUARES = {f"E0100000{place}": (2.0 * place, 0.0, 2.0 * place + 2, 2.0) for place in range(1, 8)}
# National ranks of 20 areas: deciles 1, 2, 3, 4 and 5, 6 and above; one has no rank.
PLAIN = "?datetime=2015-01-01"
RANKS = {1: 2, 2: 3, 3: 6, 4: 10, 5: 11, 6: None}

WARDS = {f"E0500000{place}": (4.0 * place, 0.0, 4.0 * place + 4, 2.0) for place in range(1, 4)}
LIVES = {"E05000002": {"valid_to": date(2020, 5, 7)}, "E05000003": {"valid_from": date(2091, 5, 7)}}


@dataclass
class Served:
    """A service over seven squares in two councils, and its tiles."""

    client: TestClient
    folder: Path

    def address(self, z: int, query: str = "", kind: str = "lsoa") -> str:
        """The tile that holds the middle of the squares."""
        there = to_wgs84(np.array([shapely.Point(EAST + 9000.0, NORTH + 1000.0)], dtype=object))
        at = gpd.GeoSeries(there, crs=4326).to_crs(WEB_MERCATOR).iloc[0]
        half, side = HALF_WORLD_M, 2 * HALF_WORLD_M / 2**z
        column, row = int((at.x + half) // side), int((half - at.y) // side)
        return f"/ogc/collections/{kind}/tiles/WebMercatorQuad/{z}/{row}/{column}{query}"

    def read(self, address: str) -> list[dict[str, Any]]:
        """Ask for a tile and read its features."""
        answer = self.client.get(address)
        assert answer.status_code == 200, answer.text
        z, row, column = (int(part) for part in address.partition("?")[0].rsplit("/", 3)[1:])
        return read_tile(answer.content, z, row, column)


@pytest.fixture(scope="module")
def served(
    cluster: ClusterForTests, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    url = cluster.clone(template_database)
    engine = open_engine(url)
    with Session(engine) as session, session.begin():
        add_layer(session, "lsoa-2011-12-bgc", SQUARES, published_on=date(2011, 12, 31))
        add_layer(
            session, "lad-2025-05-bgc", {"E07000001": (2, 0, 8, 2), "E07000002": (8, 0, 16, 2)}
        )
        for code, name in NAMES.items():
            session.execute(update(Boundary).where(Boundary.code == code).values(name=name))
        add_members(
            session,
            {code: f"E0700000{1 if place < 3 else 2}" for place, code in enumerate(SQUARES)},
        )
        session.add(
            DeprivationIndex(
                id="imd-2019", title="IMD 2019", area_set="lsoa-2021", release_id="lsoa-2011-12-bgc",
                areas_total=20, published_on=date(2019, 9, 26), partial=False, demo=False, publisher="MHCLG",
                licence="OGL", attribution="MHCLG", source_file="f", sha256="0", rows_in=6, rows_stored=6,
                rows_refused=0, rows_elsewhere=0,
            )
        )  # fmt: skip
        session.flush()
        for place, rank in RANKS.items():
            session.add(
                IndexValue(index_id="imd-2019", code=f"E0100000{place}", measure="imd", rank=rank)
            )
        add_layer(session, "wd-2019-12-bgc", WARDS, published_on=date(2019, 12, 31))
        # No layer draws today's wards alone: the nearest has one that ended and one that is to begin.
        session.add(Area(code="E05000009", type="wd", name="Ward that no layer draws"))
        session.flush()
        for code, life in LIVES.items():
            session.execute(update(Area).where(Area.code == code).values(**life))
        refresh_days(session, "wd")
    folder = tmp_path_factory.mktemp("data")
    # Not entered: nothing is made ready beside what a test asks for.
    app = create_app(Settings(data_dir=folder), engine)
    yield Served(TestClient(app), folder / "tiles")
    for kind in ("tile_door", "feature_door"):
        if hasattr(app.state, kind):
            getattr(app.state, kind).close()
    cluster.drop(url)


def test_a_tile_draws_every_area_where_it_lies(served: Served) -> None:
    read = {one["code"]: one["shape"] for one in served.read(served.address(8, PLAIN))}
    assert sorted(read) == sorted(SQUARES)
    drawn = gpd.GeoSeries(list(read.values()), crs=WEB_MERCATOR).to_crs(BNG)
    for code, shape in zip(read, drawn, strict=True):
        # A step is 47 m at this level; the datum's shift would be 100.
        assert shape.hausdorff_distance(box(SQUARES[code])) < 60


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        ("", "1"), ("2020-05-06", "12"), ("2020-05-07", "1"), ("2091-05-07", "13"),
    ],
)  # fmt: skip
def test_a_type_shows_what_lives_on_the_day_as_its_features_do(
    served: Served, day: str, shown: str
) -> None:
    asked = f"?datetime={day}" if day else ""
    wanted = [f"E0500000{place}" for place in shown]
    features = served.client.get(f"/ogc/collections/wd/items{asked}").json()["features"]
    assert [one["id"] for one in features] == wanted
    assert [one["code"] for one in served.read(served.address(10, asked, "wd"))] == wanted
    whole = served.read(served.address(10, asked, "wd-2019-12-bgc"))  # all that one release draws
    assert [one["code"] for one in whole] == sorted(WARDS)


def test_tilejson_says_how_many_areas_of_the_day_are_not_drawn(served: Served) -> None:
    address = "/ogc/collections/{}/tiles/WebMercatorQuad/tilejson.json?datetime=2020-05-07"
    wards, small, release = (
        served.client.get(address.format(name)).json() for name in ("wd", "lsoa", "wd-2019-12-bgc")
    )
    assert wards["description"] == (
        "Areas alive on 2020-05-07, drawn by wd-2019-12-bgc; 1 alive then are not drawn."
    )
    assert "description" not in small
    assert "description" not in release


def test_when_the_day_ends_a_type_shows_the_next_day(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = []
    for day in (date(2020, 5, 6), date(2020, 5, 7)):
        monkeypatch.setattr(door, "today", lambda day=day: day)
        monkeypatch.setattr(routes, "today", lambda day=day: day)
        shown.append([one["code"] for one in served.read(served.address(10, "", "wd"))])
    assert shown == [["E05000001", "E05000002"], ["E05000001"]]


def test_names_in_tiles_are_what_they_are(served: Served) -> None:
    read = {one["code"]: one["name"] for one in served.read(served.address(10, PLAIN))}
    assert {code: read[code] for code in NAMES} == NAMES


def test_an_index_classes_its_areas_and_what_has_no_rank_has_no_class(served: Served) -> None:
    read = served.read(served.address(10, "?index=imd-2019"))
    assert {one["code"]: one.get("class") for one in read} == {
        "E01000001": 1, "E01000002": 2, "E01000003": 3, "E01000004": 4, "E01000005": 5,
        "E01000006": None, "E01000007": None,
    }  # fmt: skip


def test_an_indicator_classes_its_areas_by_fifths_and_a_release_is_drawn_by_name(
    served: Served,
) -> None:
    # Five are ranked: one in each fifth. Of the two without rank nothing is claimed.
    read = served.read(served.address(10, "?indicator=imd-2019-imd"))
    assert {one["code"]: one.get("class") for one in read} == {
        "E01000001": 1, "E01000002": 2, "E01000003": 3, "E01000004": 4, "E01000005": 5,
        "E01000006": None, "E01000007": None,
    }  # fmt: skip
    low = served.read(served.address(8, "?indicator=imd-2019-imd"))
    assert not any("code" in one or "name" in one for one in low)
    drawn = served.read(served.address(10, "?release=lsoa-2011-12-bgc"))
    assert {one["code"]: one.get("class") for one in drawn} == dict.fromkeys(SQUARES)


def test_low_levels_carry_the_class_alone(served: Served) -> None:
    read = served.read(served.address(8, "?index=imd-2019"))
    assert not any("code" in one or "name" in one for one in read)
    assert sorted(one["class"] for one in read if "class" in one) == [1, 2, 3, 4, 5]


def test_councils_are_classed_by_their_share_of_the_worst_tenth(served: Served) -> None:
    # One of the three ranked areas of the first is in the worst tenth, none of the second's.
    read = served.read(served.address(6, "?index=imd-2019", "lad"))
    assert {one["code"]: one["class"] for one in read} == {"E07000001": 1, "E07000002": 5}


def test_a_kept_tile_is_the_same_answer_and_the_folder_may_go(served: Served) -> None:
    address = served.address(9, "?index=imd-2019")
    first = served.client.get(address)
    kept = [path for path in served.folder.rglob("*.mvt.gz") if path.parts[-3] == "9"]
    assert len(kept) == 1
    kept[0].write_bytes(kept[0].read_bytes())
    assert served.client.get(address).content == first.content
    kept[0].unlink()
    again = served.client.get(address)
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])


def test_who_has_a_tile_is_told_so(served: Served) -> None:
    address = served.address(9)
    first = served.client.get(f"{address}?datetime=2015-01-01")
    tag = first.headers["etag"]
    assert not tag.startswith("W/")
    again = served.client.get(f"{address}?datetime=2015-01-01", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_a_client_without_gzip_gets_the_tile_plain(served: Served) -> None:
    address = served.address(9, "?index=imd-2019")
    plain = served.client.get(address, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == served.client.get(address).content


@pytest.mark.parametrize("taken", ["gzip;q=0", "gzip;q=0, deflate", "x-gzip", "gzip;q=0.0"])
def test_a_client_that_refuses_gzip_gets_none(served: Served, taken: str) -> None:
    address = served.address(9)
    with served.client.stream("GET", address, headers={"Accept-Encoding": taken}) as answer:
        raw = b"".join(answer.iter_raw())
    assert "content-encoding" not in answer.headers
    assert raw == served.client.get(address).content
    assert answer.headers["vary"] == "Accept-Encoding"


def test_where_england_is_not_the_tile_is_empty(served: Served) -> None:
    answer = served.client.get("/ogc/collections/lsoa/tiles/WebMercatorQuad/3/0/0")
    assert (answer.status_code, answer.content) == (200, b"")


def test_tilejson_names_its_tiles_rows_before_columns(served: Served) -> None:
    body = served.client.get(
        "/ogc/collections/lsoa/tiles/WebMercatorQuad/tilejson.json?index=imd-2019"
    ).json()
    assert body["tiles"][0].endswith("/lsoa/tiles/WebMercatorQuad/{z}/{y}/{x}?index=imd-2019")
    assert body["attribution"] == "Source: ONS"
    assert set(body["vector_layers"][0]["fields"]) == {"code", "name", "class"}


@pytest.mark.parametrize(
    ("address", "status", "slug"),
    [
        ("lsoa/tiles/WebMercatorQuad/3/8/0", 404, "area-tile-outside"),
        ("lsoa/tiles/WebMercatorQuad/17/0/0", 404, "area-tile-outside"),
        ("lsoa/tiles/WebMercatorQuad/3/-1/0", 404, "area-tile-outside"),
        ("lsoa/tiles/WebMercatorQuad/3/1e1/0", 404, "area-tile-outside"),
        (f"lsoa/tiles/WebMercatorQuad/3/1/{'9' * 400}", 404, "area-tile-outside"),
        ("oil/tiles/WebMercatorQuad/3/1/1", 404, "unknown-collection"),
        (f"{'x' * 400}/tiles/WebMercatorQuad/3/1/1", 404, "unknown-collection"),
        ("lsoa/tiles/WebMercatorQuad/3/1/1?index=no", 404, "unknown-index"),
        ("wd/tiles/WebMercatorQuad/3/1/1?index=imd-2019", 422, "cannot-class"),
        ("lsoa/tiles/WebMercatorQuad/3/1/1?indicator=no", 404, "unknown-indicator"),
        ("lad/tiles/WebMercatorQuad/3/1/1?indicator=imd-2019-imd", 422, "cannot-class"),
        ("lad/tiles/WebMercatorQuad/3/1/1?release=lsoa-2011-12-bgc", 422, "cannot-class"),
        ("lad/tiles/WebMercatorQuad/3/1/1?release=lad-2025-05-bgc&index=imd-2019", 422, "invalid"),
        ("lsoa/tiles/WebMercatorQuad/3/1/1?datetime=2015-01-01/..", 400, "bad-request"),
        ("lsoa/tiles/WebMercatorQuad/3/1/1?datetime=2015-02-30", 400, "bad-request"),
        ("lsoa/tiles/WebMercatorQuad/3/1/1?colour=red", 400, "unknown-parameter"),
    ],
)
def test_a_tile_that_is_not_there_is_refused(
    served: Served, address: str, status: int, slug: str
) -> None:
    answer = served.client.get(f"/ogc/collections/{address}")
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")


def test_kept_tiles_go_out_ahead_of_every_layer_as_their_route_sends_them(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[object] = []
    real = routes.finished_tile
    monkeypatch.setattr(
        routes, "finished_tile", lambda *given: (drawn.append(given), real(*given))[1]
    )
    for query in ("", PLAIN, "?index=imd-2019"):
        address = served.address(10, query)
        asked = {"Accept-Encoding": "gzip"}
        served.client.get(address, headers=asked)
        del drawn[:]
        ahead = served.client.get(address, headers=asked)
        assert drawn == []
        with monkeypatch.context() as closed:
            closed.setattr(door, "PATH", re.compile("nowhere"))
            behind = served.client.get(address, headers=asked)
        assert len(drawn) == 1
        made_each_time = {"x-request-id", "date"}
        first, second = (
            {name: value for name, value in each.headers.items() if name not in made_each_time}
            for each in (ahead, behind)
        )
        assert first == second
        assert ahead.content == behind.content
        for name, value in (("Accept-Encoding", "gzip;q=0"), ("Range", "bytes=0-1")):
            del drawn[:]
            assert served.client.get(address, headers={**asked, name: value}).status_code == 200
            assert len(drawn) == 1, name
        for tags in (first["etag"], f'"x", W/{first["etag"]}', "*"):
            had = {**asked, "If-None-Match": tags}
            del drawn[:]
            told = served.client.get(address, headers=had)
            assert drawn == []
            with monkeypatch.context() as closed:
                closed.setattr(door, "PATH", re.compile("nowhere"))
                behind = served.client.get(address, headers=had)
            assert (told.status_code, told.content) == (behind.status_code, b"") == (304, b"")
            assert {**told.headers, "x-request-id": ""} == {**behind.headers, "x-request-id": ""}
    for wrong in ("?colour=red", "?datetime=x", "?index="):
        assert served.client.get(served.address(10, wrong)).status_code >= 400


def test_taking_a_release_back_takes_its_tiles(
    served: Served, change: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "BELIEVED_S", 0)
    # Last in the file: it changes what is served.
    served.client.get(served.address(9, "?index=imd-2019"))
    change(state="withdrawn")
    assert served.client.get(served.address(9, "?index=imd-2019")).status_code == 422
    served.client.get(served.address(6, "", "lad"))
    assert [path.name for path in served.folder.iterdir() if path.name.startswith("lsoa")] == []


@pytest.fixture
def change(served: Served) -> Callable[..., None]:
    def made(**values: object) -> None:
        engine = served.client.app.state.engine  # type: ignore[attr-defined]
        with Session(engine) as session, session.begin():
            session.execute(update(Release).where(Release.area_type == "lsoa").values(**values))

    return made


def test_a_tile_for_which_no_turn_comes_is_told_to_come_again(served: Served) -> None:
    state = served.client.app.state  # type: ignore[attr-defined]
    kept = getattr(state, "tile_gate", None)
    state.tile_gate = Gate(running=0, waiting=0, patience_s=0.01)
    try:
        answer = served.client.get(served.address(14))
    finally:
        state.tile_gate = kept or Gate(4, 400, 30.0)
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/busy")
    assert "retry-after" in answer.headers


def test_after_a_write_tiles_asked_for_together_count_the_councils_once(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str | None] = []
    real = tiles_of.ranked_councils

    def count(session: Session, day: date, index_id: str | None) -> Any:
        counted.append(index_id)
        time.sleep(0.05)
        return real(session, day, index_id)

    monkeypatch.setattr(tiles_of, "ranked_councils", count)
    kept, engine = tiles_of.KeptLayers(), served.client.app.state.engine  # type: ignore[attr-defined]

    # All see one moment: it is of the whole server, where other tests write meanwhile.
    alike = engine.execution_options(isolation_level="REPEATABLE READ")

    def ask(snapshot: str) -> tiles_of.TileLayer:
        with Session(alike) as session:
            session.connection().connection.cursor().execute(
                sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot))
            )
            return tiles_of.asked_layer(
                session, kept, tiles_of.Shown("lad", date(2026, 6, 1), "imd-2019")
            )

    with Session(alike) as first, ThreadPoolExecutor(4) as threads:
        snapshot = first.execute(select(func.pg_export_snapshot())).scalar_one()
        found = list(threads.map(ask, [snapshot] * 8))
    assert counted == ["imd-2019"]
    assert all(one is found[0] for one in found)
