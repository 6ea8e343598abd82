"""Relations over HTTP and by command: items, pages, days, tolerances, and the whole table as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from typer.main import get_command

from app import cli
from app.dependencies import today
from boundaries.methods.relations import relate
from boundaries.queries import layer_on, outlines

pytestmark = pytest.mark.slow
HERE = "/api/v1/areas"


def get(client: TestClient, path: str, **query: Any) -> dict[str, Any]:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture(scope="module")
def district(demo_engine: Any) -> str:
    with Session(demo_engine) as session:
        layer = layer_on(session, "lad", today(), demo=True)
        return str(outlines(session, layer.id)["code"].iloc[0])


def test_a_district_covers_its_small_areas_with_shares_that_sum_to_1(
    demo_client: TestClient, district: str
) -> None:
    body = get(demo_client, f"{HERE}/{district}/covers", type="lsoa", limit=1000)
    assert body["total"] == len(body["items"]) > 3
    assert sum(item["share_of_this"] for item in body["items"]) == pytest.approx(1, abs=0.02)
    assert sum(item["population_share_of_this"] for item in body["items"]) == pytest.approx(
        1, abs=1e-6
    )
    for item in body["items"]:
        assert item["share_of_that"] == pytest.approx(1, abs=0.05)
        assert item["relation"] in ("covers", "equals")
        assert item["quality"] == "invented"
    assert [layer["type"] for layer in body["layers"]] == ["lsoa"]


def test_the_answer_is_the_other_way_round_from_the_other_side(
    demo_client: TestClient, district: str
) -> None:
    down = get(demo_client, f"{HERE}/{district}/covers", type="lsoa")["items"][0]
    up = get(demo_client, f"{HERE}/{down['code']}/within", type="lad")["items"]
    assert [item["code"] for item in up] == [district]
    assert up[0]["share_of_this"] == pytest.approx(down["share_of_that"], rel=1e-9)
    assert up[0]["share_of_that"] == pytest.approx(down["share_of_this"], rel=1e-9)
    assert up[0]["population_share_of_that"] == pytest.approx(
        down["population_share_of_this"], rel=1e-9
    )


def test_a_district_touches_its_neighbours_and_not_itself(
    demo_client: TestClient, demo_db: Session, district: str
) -> None:
    layer = layer_on(demo_db, "lad", today(), demo=True)
    frame = outlines(demo_db, layer.id)
    shapes = frame.geometry.to_numpy()
    own = frame.index[frame["code"] == district][0]
    found = relate([shapes[own]], shapes, 2 * layer.tolerance_m)
    wanted = sorted(frame["code"].iloc[found.b[found.relation == "touches"]])
    body = get(demo_client, f"{HERE}/{district}/touches", type="lad")
    assert [item["code"] for item in body["items"]] == wanted
    assert district not in wanted
    assert wanted


def test_pages_go_on_where_they_ended(demo_client: TestClient, district: str) -> None:
    whole = get(demo_client, f"{HERE}/{district}/covers", type="lsoa", limit=1000)
    first = get(demo_client, f"{HERE}/{district}/covers", type="lsoa", limit=2)
    second = demo_client.get(first["next"]).json()
    assert first["items"] + second["items"] == whole["items"][:4]
    assert first["total"] == whole["total"]
    assert whole["next"] is None


def test_without_a_type_those_that_people_ask_about_are_answered(
    demo_client: TestClient, district: str
) -> None:
    body = get(demo_client, f"{HERE}/{district}/within")
    assert {item["type"] for item in body["items"]} >= {"lad"} or body["items"]
    assert len(body["layers"]) > 2


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ({"type": "lsoa", "tolerance_m": "-1"}, 422, "tolerance_m"),
        ({"type": "lsoa", "tolerance_m": "501"}, 422, "tolerance_m"),
        ({"type": "lsoa", "tolerance_m": "nan"}, 422, "tolerance_m"),
        ({"type": "barony"}, 422, "barony"),
        ({"type": "lep"}, 404, "lep"),
        ({"type": "lsoa", "as_at": "1066-01-01"}, (200, 404), ""),
        ({"type": "lsoa", "radius": "3"}, 400, "radius"),
        ({"type": "lsoa", "limit": "0"}, 400, "limit"),
        ({"type": "lsoa", "cursor": "W10"}, 400, "cursor"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_answered_is_told(
    demo_client: TestClient, district: str, query: dict[str, str], status: Any, said: str
) -> None:
    answer = demo_client.get(f"{HERE}/{district}/covers", params=query)
    assert answer.status_code in (status if isinstance(status, tuple) else (status,)), answer.text
    assert said in answer.text


def test_a_tolerance_wider_than_the_area_is_told_with_the_area(
    demo_client: TestClient, demo_db: Session
) -> None:
    layer = layer_on(demo_db, "lsoa", today(), demo=True)
    frame = outlines(demo_db, layer.id)
    smallest = str(frame["code"].iloc[int(frame.area.argmin())])
    answer = demo_client.get(
        f"{HERE}/{smallest}/within", params={"type": "lad", "tolerance_m": 500}
    )
    assert answer.status_code == 422
    assert smallest in answer.json()["detail"]
    exact = get(demo_client, f"{HERE}/{smallest}/within", type="lad", tolerance_m=0)
    assert exact["layers"][0]["tolerance_m"] == 0


def test_a_retired_area_is_related_on_its_last_day_and_refused_outside_its_life(
    demo_client_that_writes: TestClient,
) -> None:
    engine = demo_client_that_writes.app.state.engine  # type: ignore[attr-defined]
    with Session(engine) as session, session.begin():
        layer = layer_on(session, "wd", today(), demo=True)
        code = str(outlines(session, layer.id)["code"].iloc[0])
        session.execute(
            text("UPDATE areas SET valid_to = '2025-04-01' WHERE code = :code"), {"code": code}
        )
    body = get(demo_client_that_writes, f"{HERE}/{code}/within", type="lad")
    assert body["as_at"] == "2025-03-31"
    assert len(body["items"]) == 1
    answer = demo_client_that_writes.get(f"{HERE}/{code}/within?type=lad&as_at=2025-04-01")
    assert answer.status_code == 404
    assert "successors" in answer.json()["detail"]
    assert demo_client_that_writes.get(f"{HERE}/X07999999/within?type=lad").status_code == 404


def table(client: TestClient, path: str) -> list[dict[str, str]]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_the_whole_table_is_one_csv_computed_at_the_first_ask(
    demo_client_that_writes: TestClient, district: str
) -> None:
    client = demo_client_that_writes
    alone = get(client, f"{HERE}/{district}/covers", type="lsoa", limit=1000)["items"]
    rows = table(client, "/api/v1/overlaps/lad/lsoa.csv?demo=true")
    mine = {row["code_b"]: row for row in rows if row["code_a"] == district}
    for item in alone:
        row = mine[item["code"]]
        assert float(row["share_of_a"]) == pytest.approx(item["share_of_this"], rel=1e-9)
        assert float(row["population_share_of_a"]) == pytest.approx(
            item["population_share_of_this"], rel=1e-9
        )
        assert row["relation"] == item["relation"]
    # The other way round it is the same table, mirrored; and now each area is read from it.
    turned = table(client, "/api/v1/overlaps/lsoa/lad.csv?demo=true")
    assert {(row["code_b"], row["code_a"], row["overlap_m2"]) for row in turned} == {
        (row["code_a"], row["code_b"], row["overlap_m2"]) for row in rows
    }
    assert {row["relation"] for row in turned if row["code_b"] == district} >= {"within"}
    again = get(client, f"{HERE}/{district}/covers", type="lsoa", limit=1000)["items"]
    for before, after in zip(alone, again, strict=True):
        assert (after["code"], after["relation"]) == (before["code"], before["relation"])
        assert after["share_of_this"] == pytest.approx(before["share_of_this"], rel=1e-9)


def test_the_csv_names_its_releases_and_attribution_and_refuses_one_layer_twice(
    demo_client_that_writes: TestClient,
) -> None:
    client = demo_client_that_writes
    answer = client.get("/api/v1/overlaps/lad/lsoa.csv?demo=true")
    assert "lad-" in answer.headers["bounds-releases"]
    assert answer.headers["bounds-attribution"]
    assert client.get("/api/v1/overlaps/lad/lad.csv?demo=true").status_code == 422
    assert client.get("/api/v1/overlaps/lad/barony.csv").status_code == 404
    assert client.get("/api/v1/overlaps/lad/lep.csv").status_code == 404
    assert client.get("/api/v1/overlaps/lad/lsoa.csv?nonsense=1").status_code == 400


def test_the_command_computes_once_says_so_and_lists_an_area(
    demo_client_that_writes: TestClient, district: str
) -> None:
    engine = demo_client_that_writes.app.state.engine  # type: ignore[attr-defined]

    def run(name: str, *words: str) -> Any:
        command: Any = get_command(cli.app)
        for part in name.split():
            command = command.commands[part]
        return CliRunner().invoke(command, list(words), obj=lambda: engine)

    first = run("align compute", "lad", "wd", "--demo")
    assert first.exit_code == 0, first.output
    assert "computed in" in first.output
    assert "kept already" in run("align compute", "lad", "wd", "--demo").output
    assert "up to date" in run("align compute").output
    listed = run("areas relations", district, "--type", "wd", "--relation", "covers", "--json")
    assert listed.exit_code == 0, listed.output
    assert '"covers"' in listed.output
    assert run("areas relations", district, "--relation", "beside").exit_code != 0
