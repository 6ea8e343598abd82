"""`bounds areas plan` and `POST /areas`: files and bodies read strictly, rehearsed, stored, read and taken away."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from starlette.testclient import TestClient

from app.access import actions
from app.areas.plans import read_plan_file
from app.sessions import writing
from boundaries.errors import NotFound
from boundaries.planning import PlanInvalid

TOML = """
plan = "surrey"
name = "Surrey into two"
source = "An order"

[[areas]]
slug = "west-surrey"
name = "West Surrey"
from = 2027-04-01
made_of = ["E07000207", " e07000209 "]
"""
BODY = {
    "plan": "reform", "name": "A reform", "source": "An order",
    "areas": [{"code": "X06000099", "name": "New", "from": "2040-04-01", "made_of": ["X07000002"]}],
}  # fmt: skip


def write(tmp_path: Path, name: str, text: str) -> Path:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / name


def test_a_slug_makes_the_code_and_codes_are_tidied(tmp_path: Path) -> None:
    (area,) = read_plan_file(write(tmp_path, "plan.toml", TOML)).areas
    assert (area.code, area.made_of) == ("lad-west-surrey", ("E07000207", "E07000209"))


def test_json_says_the_same_as_toml(tmp_path: Path) -> None:
    told = {
        "plan": "surrey", "name": "Surrey into two", "source": "An order",
        "areas": [
            {
                "slug": "west-surrey", "name": "West Surrey", "from": "2027-04-01",
                "made_of": ["E07000207", "E07000209"],
            }
        ],
    }  # fmt: skip
    as_json = write(tmp_path, "plan.json", orjson.dumps(told).decode())
    assert read_plan_file(as_json) == read_plan_file(write(tmp_path, "plan.toml", TOML))


@pytest.mark.parametrize(
    ("right", "wrong", "pointer"),
    [
        ("from = 2027-04-01", "from = 1", "/areas/0/from"),
        ("from = 2027-04-01", "", "/areas/0/from"),
        ('slug = "west-surrey"', "", "/areas/0/slug"),
        ('source = "An order"', "", "/source"),
        ('name = "West Surrey"', 'name = "West Surrey"\ncolour = "red"', "/areas/0/colour"),
        ('plan = "surrey"', 'plan = "Surrey!"', "/plan"),
    ],
)
def test_what_is_not_written_as_a_plan_is_refused_with_its_place(
    tmp_path: Path, right: str, wrong: str, pointer: str
) -> None:
    with pytest.raises(PlanInvalid) as refused:
        read_plan_file(write(tmp_path, "plan.toml", TOML.replace(right, wrong)))
    assert pointer in {fault.pointer for fault in refused.value.faults}


def test_a_file_that_is_none_or_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"gone\.toml"):
        read_plan_file(tmp_path / "gone.toml")
    with pytest.raises(PlanInvalid, match=r"plan\.toml cannot be read"):
        read_plan_file(write(tmp_path, "plan.toml", "plan = "))
    with pytest.raises(PlanInvalid, match="larger than"):
        read_plan_file(write(tmp_path, "plan.toml", "#" * 1_000_001))


@pytest.mark.slow
def test_a_plan_is_made_read_and_taken_away_over_http(demo_client_that_writes: TestClient) -> None:
    client = demo_client_that_writes
    with writing(client.app.state.engine) as session:  # type: ignore[attr-defined]
        secret = actions.create_token(session, "administrator", None, "a test").secret
    signed = {"Authorization": f"Bearer {secret}"}
    made = client.post("/api/v1/areas", json=BODY, headers=signed)
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == "/api/v1/plans/reform"
    assert made.json()["areas"][0]["population"] > 0
    assert client.get("/api/v1/plans").json()["total"] == 1
    assert client.get("/api/v1/plans/reform").json()["areas"][0]["made_of"] == ["X07000002"]
    day = {"as_at": "2040-04-01"}
    assert client.get("/api/v1/areas/X06000099", params=day).json()["status"] == "current"
    assert client.get("/api/v1/areas/X07000002", params=day).status_code == 404
    listed = client.get("/api/v1/areas", params={**day, "type": "lad"}).json()["items"]
    assert {"X06000099"} == {row["code"] for row in listed} & {"X06000099", "X07000002"}
    aligned = client.post("/api/v1/align", json={"codes": ["X06000099"], "as_at": "2040-04-01"})
    assert aligned.json()["by_tier"]["lower"] == "same", aligned.text
    history = client.get("/api/v1/areas/X07000002/history").json()["after"]
    assert [step["new"]["code"] for step in history] == ["X06000099"]
    assert client.delete("/api/v1/plans/reform", headers=signed).status_code == 204
    assert client.get("/api/v1/areas/X06000099").status_code == 404
    assert client.get("/api/v1/areas/X07000002", params=day).json()["status"] == "current"
