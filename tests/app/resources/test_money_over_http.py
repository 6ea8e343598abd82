"""Money through the API and the command line, on the demo county."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
from sqlalchemy import Engine
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.places.demo import DEMO_SLUG
from app.resources.commands import import_app
from app.resources.ledger_commands import ledger_command
from app.resources.methods.views import VIEWS
from boundaries.errors import Invalid

pytestmark = pytest.mark.slow
LEDGER = f"/api/v1/partnerships/{DEMO_SLUG}/ledger"
BUCKETS = ("neighbourhoods", "rest_of_partnership", "outside", "not_placed")


def told(served: TestClient, address: str = LEDGER) -> dict[str, Any]:
    answer = served.get(address)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def plan(ward: str) -> bytes:
    rows = [
        ("what", "amount", "year", "funder", "place"),
        ("<script>alert(1)</script>", "£1,296.50", "2018-19", "=cmd()", "whole partnership"),
        ("Wardens", "2.01", "2018/19", "Council", ward),
        ("Typing slip", "-3", "2018-19", "Council", ward),
        ("Misspelt", "4", "2018-19", "Council", ward[:-1] + "q"),
    ]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


@pytest.mark.parametrize("by", VIEWS)
def test_the_totals_are_the_sums_of_the_lines_as_sent(served: TestClient, by: str) -> None:
    body = told(served, f"{LEDGER}?by={by}")
    assert len(body["lines"]) > 20
    for bucket in BUCKETS:
        own = [line for line in body["lines"] if line["bucket"] == bucket]
        assert body["totals"][f"{bucket}_pence"] == sum(line["amount_pence"] for line in own)
        assert body["totals"][f"{bucket}_pence"] == sum(
            row[f"{bucket}_pence"] for row in body["rows"]
        )
    assert body["totals"]["file_pence"] == sum(
        body["totals"][f"{bucket}_pence"] for bucket in BUCKETS
    )
    assert all(line["reason"].endswith(".") for line in body["lines"])


def test_the_demo_shows_every_way_of_counting(served: TestClient) -> None:
    totals = told(served)["totals"]
    assert totals["neighbourhoods"]["located_pence"] > 0
    assert (
        totals["neighbourhoods"]["estimated_pence"]
        + totals["rest_of_partnership"]["estimated_pence"]
        > 0
    )
    assert totals["rest_of_partnership"]["partnership_wide_pence"] > 0
    assert totals["outside_pence"] > 0
    assert totals["not_placed_pence"] > 0
    assert told(served)["paid_here_place_unknown"]["count"] > 0


def test_stages_are_never_added(served: TestClient) -> None:
    seen: set[str] = set()
    for stage in ("planned", "awarded", "paid"):
        ids = {line["id"] for line in told(served, f"{LEDGER}?stage={stage}")["lines"]}
        assert ids
        assert not ids & seen
        seen |= ids


def test_years_sum_to_the_whole(served: TestClient) -> None:
    whole = told(served, f"{LEDGER}?by=year")
    for row in whole["rows"]:
        if row["key"] != "not stated":
            assert (
                told(served, f"{LEDGER}?year={row['key']}")["totals"]["file_pence"]
                == row["file_pence"]
            )


def test_the_table_holds_the_same_lines_as_the_body(served: TestClient) -> None:
    body = told(served)
    answer = served.get(f"{LEDGER}.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    counted = [row for row in rows if row["in_totals"] == "true"]
    assert [row["id"] for row in counted] == [line["id"] for line in body["lines"]]
    assert sum(int(row["amount_pence"]) for row in counted) == body["totals"]["file_pence"]
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())


@pytest.mark.parametrize(
    ("query", "status"),
    [("lines=most", 422), ("bucket=attic", 422), ("limit=0", 400), ("cursor=x", 400),
     ("by=mood", 422), ("stage=spent", 422), ("year=2018", 422), ("year=2018-20", 422), ("index=imd-1066", 404),
     ("colour=red", 400)],
)  # fmt: skip
def test_what_cannot_be_asked_is_told_as_a_problem(
    served: TestClient, query: str, status: int
) -> None:
    answer = served.get(f"{LEDGER}?{query}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_preview_needs_no_token_and_stores_nothing(served: TestClient, ward: str) -> None:
    before = told(served)
    answer = served.post(
        f"/api/v1/rehearsals/resources?partnership={DEMO_SLUG}",
        files={"file": ("plan.csv", plan(ward))},
    )
    body = answer.json()
    assert answer.status_code == 200, answer.text
    assert (body["rows_in"], body["rows_stored"], body["rows_refused"], body["stored"]) == (
        4,
        2,
        2,
        False,
    )
    assert (body["lines"][0]["grade"], body["lines"][0]["certainty"]) == ("E", "partnership_wide")
    assert body["lines"][1]["grade"] == "C"
    assert {each["rule"] for each in body["refused"]} == {"amount-not-negative", "name-matches-one"}
    assert any(ward in each["detail"] for each in body["refused"])
    assert told(served) == before


def test_storing_needs_a_token_and_taking_out_restores_every_byte(
    served: TestClient, ward: str, token: str
) -> None:
    address, signed = (
        f"/api/v1/resources?partnership={DEMO_SLUG}",
        {"Authorization": f"Bearer {token}"},
    )
    sent = {"content": plan(ward), "headers": {"Content-Type": "text/csv"}}
    assert served.post(address, **sent).status_code == 401
    assert served.post("/api/v1/resources?partnership=another", **sent).status_code in (401, 404)
    before = served.get(LEDGER).content
    made = served.post(address, content=plan(ward), headers=signed | {"Content-Type": "text/csv"})
    assert made.status_code == 201, made.text
    after = orjson.loads(served.get(LEDGER).content)
    assert (
        after["totals"]["file_pence"] - orjson.loads(before)["totals"]["file_pence"]
        == 129_650 + 201
    )
    assert (
        served.post(
            address, content=plan(ward), headers=signed | {"Content-Type": "text/csv"}
        ).status_code
        == 200
    )
    shown = served.get(made.headers["Location"]).json()
    assert (shown["rows_in"], len(shown["refused"])) == (4, 2)
    assert served.delete(made.headers["Location"]).status_code == 401
    assert served.delete(made.headers["Location"], headers=signed).status_code == 204
    assert served.get(LEDGER).content == before


def test_rows_may_be_sent_as_json_and_a_fault_names_its_row(served: TestClient) -> None:
    rows = [{"what": "a", "amount": 12.5, "year": "2018-19", "funder": "F", "place": "whole partnership"},
            {"what": "b", "amount": "some", "year": "", "funder": "F", "place": ""}]  # fmt: skip
    body = served.post(f"/api/v1/rehearsals/resources?partnership={DEMO_SLUG}", json=rows).json()
    assert [line["amount_pence"] for line in body["lines"]] == [1250]
    assert [(each["row"], each["column"], each["rule"]) for each in body["refused"]] == [
        (2, "amount", "amount-is-a-number")
    ]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"content": b"", "headers": {"Content-Type": "text/csv"}}, 422),
        ({"content": b"what,amount\n", "headers": {"Content-Type": "text/csv"}}, 422),
        ({"json": {"rows": []}}, 422),
        ({"json": [1, 2]}, 422),
        ({"files": {"other": b"x"}}, 422),
    ],
)
def test_what_is_no_table_is_refused_whole(
    served: TestClient, sent: dict[str, Any], status: int
) -> None:
    answer = served.post(f"/api/v1/rehearsals/resources?partnership={DEMO_SLUG}", **sent)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_files_and_envelopes_are_listed_a_page_at_a_time(served: TestClient) -> None:
    files = told(served, "/api/v1/resources?limit=1")
    assert (len(files["items"]), files["total"]) == (1, 2)
    assert len(told(served, files["next"])["items"]) == 1
    assert (
        told(served, "/api/v1/programmes")["total"] == 0
    )  # the demo's envelopes are no national ones


@pytest.fixture
def bounds(engine: Engine) -> Callable[..., Any]:
    app = typer.Typer()
    app.add_typer(import_app, name="import")
    app.command("ledger")(ledger_command)
    return lambda *words: CliRunner().invoke(app, list(words), obj=lambda: engine)


def test_the_command_line_prints_the_same_ledger(
    served: TestClient, bounds: Callable[..., Any]
) -> None:
    printed = bounds("ledger", DEMO_SLUG, "--format", "json", "--by", "grade")
    assert printed.exit_code == 0, printed.output
    assert orjson.loads(printed.stdout) == told(served, f"{LEDGER}?by=grade")
    table = bounds("ledger", DEMO_SLUG, "--format", "csv").stdout
    assert table.replace("\r\n", "\n") == served.get(f"{LEDGER}.csv").text.replace("\r\n", "\n")
    assert "to the penny" in bounds("ledger", DEMO_SLUG).stdout


def test_an_import_rehearses_until_it_is_told_to_commit(
    served: TestClient, bounds: Callable[..., Any], tmp_path: Path, ward: str
) -> None:
    file, before = tmp_path / "plan.csv", served.get(LEDGER).content
    file.write_bytes(plan(ward))
    rehearsed = bounds("import", "resources", str(file), "--partnership", DEMO_SLUG)
    assert rehearsed.exit_code == 0, rehearsed.output
    assert "Wardens" in rehearsed.stdout
    assert "located" in rehearsed.stdout
    assert "row 4, amount" in rehearsed.stderr
    assert served.get(LEDGER).content == before
    stored = bounds(
        "import", "resources", str(file), "--partnership", DEMO_SLUG, "--commit", "--json"
    )
    assert orjson.loads(stored.stdout)["rows_stored"] == 2
    assert served.get(LEDGER).content != before


def test_a_file_of_which_no_row_can_be_taken_exits_with_3(
    bounds: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("what,amount,year,funder,place\na,-1,,F,\n")
    refused = bounds("import", "resources", str(file))
    assert refused.exit_code == 3
    assert "amount-not-negative" in refused.stderr


def test_an_unknown_view_is_refused_on_the_command_line_too(bounds: Callable[..., Any]) -> None:
    assert isinstance(bounds("ledger", DEMO_SLUG, "--by", "mood").exception, Invalid)


MAPPINGS = f"/api/v1/partnerships/{DEMO_SLUG}/resource-mappings"


def test_a_file_is_read_by_its_own_titles_and_the_mapping_is_kept_and_used(
    served: TestClient, token: str, ward: str
) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    slip = ward[:-1] + ward[-1] * 2  # no ward of the partnership is spelt so
    asked = [
        ("partnership", DEMO_SLUG), ("map", "what=Project title"), ("map", "amount=Sum"), ("map", "funder==Council"),
        ("map", "year==2018-19"), ("map", "place=Where"),
    ]  # fmt: skip
    file = {"content": f"Project title,Sum,Where\nMapped,5,{slip}\n".encode()} | {
        "headers": {"Content-Type": "text/csv", **bearer}
    }
    seen = served.post("/api/v1/rehearsals/resources", params=asked, **file).json()
    assert seen["refused"][0]["rule"] == "name-matches-one"
    offered = seen["candidates"][0]
    code = next(each["code"] for each in offered["options"] if each["name"] == ward)
    confirmed = [*asked, ("place", f"{slip}={code}"), ("save_map", "plan")]
    stored = served.post("/api/v1/resources", params=confirmed, **file)
    assert stored.status_code == 201, stored.text
    kept = served.get(f"{MAPPINGS}/plan")
    assert kept.json()["places"] == {slip: code}
    assert told(served, MAPPINGS)["items"][0]["columns"]["what"] == "Project title"
    used = file | {"content": f"Project title,Sum,Where\nAgain,6,{slip}\n".encode()}
    by_name = [("partnership", DEMO_SLUG), ("mapping", "plan")]
    again = served.post("/api/v1/rehearsals/resources", params=by_name, **used).json()
    assert [(line["title"], line["place_code"]) for line in again["lines"]] == [("Again", code)]
    with_tag = {**bearer, "If-Match": kept.headers["ETag"]}
    changed = served.put(f"{MAPPINGS}/plan", json={"columns": {"what": "Title"}}, headers=with_tag)
    assert (changed.status_code, changed.json()["revision"]) == (200, 2)
    assert served.delete(f"{MAPPINGS}/plan", headers=with_tag).status_code == 412
    with_tag["If-Match"] = changed.headers["ETag"]
    assert served.delete(f"{MAPPINGS}/plan", headers=with_tag).status_code == 204
    assert served.get(f"{MAPPINGS}/plan").status_code == 404


def test_a_mapping_needs_a_token_a_partnership_and_columns_that_there_are(
    served: TestClient, token: str
) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    assert served.post(MAPPINGS, json={"name": "x"}).status_code == 401
    other = "/api/v1/partnerships/nowhere/resource-mappings"
    assert served.post(other, json={"name": "x"}, headers=bearer).status_code in (403, 404)
    wrong = served.post(MAPPINGS, json={"name": "x", "columns": {"wat": "T"}}, headers=bearer)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/columns/wat")
    lonely = served.post("/api/v1/rehearsals/resources?save_map=x", json=[{"what": "a"}])
    assert lonely.status_code == 422
    assert served.post("/api/v1/rehearsals/resources?map=what", json=[{}]).status_code == 422


def test_files_are_listed_by_the_kinds_of_resources_they_hold(served: TestClient) -> None:
    files = told(served, "/api/v1/resources?kind=award")["items"]
    assert files
    assert all("award" in each["holds"] for each in files)
    assert told(served, "/api/v1/resources?kind=budget")["total"] == 0
    assert served.get("/api/v1/resources?kind=gold").status_code == 422


def test_geojson_and_grants_are_taken_under_their_own_media_types(served: TestClient) -> None:
    drawn = {"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [0.5, 50.9]},
         "properties": {"what": "a", "amount": 5, "year": "2018-19", "funder": "F"}}]}  # fmt: skip
    grant = {"id": "g", "title": "T", "currency": "GBP", "amountAwarded": 5, "awardDate": "2019-01-01",
             "fundingOrganization": [{"name": "F"}]}  # fmt: skip
    for body, media, kind in (
        (drawn, "application/geo+json", "geojson"), (drawn, "application/json", "geojson"),
        ({"grants": [grant]}, "application/json", "360giving"),
    ):  # fmt: skip
        answer = served.post(
            "/api/v1/rehearsals/resources", content=orjson.dumps(body), headers={"Content-Type": media}
        )  # fmt: skip
        assert (answer.json()["kind"], answer.json()["rows_stored"]) == (kind, 1), answer.text
