"""What is agreed for a neighbourhood of the demo county, over HTTP, on its page and as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, NamedTuple

import openpyxl
import pytest
from httpx import Response
from sqlalchemy import text
from starlette.testclient import TestClient

from app.access.actions import create_token
from app.places.demo import DEMO_SLUG
from app.sessions import writing
from app.settings import Settings
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

BUDGET = {
    "fund": "Chest", "year": "2018-19", "amount_pence": 100_000, "decided_by": "The estate board",
    "programme": f"{DEMO_SLUG}.chest",
}  # fmt: skip
CLEANING = {
    "service": "Street cleaning", "provider": "The council", "standard": "=Twice a week",
    "review_on": "2020-04-01",
}  # fmt: skip
MONEY = (
    "what,amount,year,funder,place,programme\n"
    "Wardens,1200.50,2018-19,F,{place},Chest\nElsewhere,9,2017-18,F,{place},Chest\n"
)


class Estate(NamedTuple):
    """The service, its editor's and a stranger's token, and the neighbourhood they differ about."""

    client: TestClient
    editor: str
    stranger: str
    slug: str

    def send(self, method: str, path: str, secret: str | None = None, **sent: Any) -> Response:
        headers = {"Authorization": f"Bearer {secret or self.editor}", **sent.pop("headers", {})}
        return self.client.request(method, f"/api/v1{path}", headers=headers, **sent)


@pytest.fixture(scope="module")
def estate(
    demo_template: str, cluster: ClusterForTests, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Estate]:
    from app.main import create_app

    url = cluster.clone(demo_template)
    settings = Settings(data_dir=tmp_path_factory.mktemp("agreements"))
    with TestClient(create_app(settings, open_engine(url))) as client:
        with writing(client.app.state.engine) as session:  # type: ignore[attr-defined]
            editor = create_token(session, "editor", DEMO_SLUG, "a test").secret
            stranger = create_token(session, "editor", "other-pact", "a test").secret
        found = client.get(f"/api/v1/designate?partnership={DEMO_SLUG}").json()
        codes = [each["code"] for each in found["areas"] if each["selected"]][:2]
        made = Estate(client, editor, stranger, "tidy-estate")
        ground = {"name": "Tidy Estate", "codes": codes, "partnership": DEMO_SLUG, "reason": "R"}
        assert made.send("POST", "/neighbourhoods", json=ground).status_code == 201
        fund = {
            "title": "Chest", "funder": "F", "partnership": DEMO_SLUG,
            "allocations": [{"year": "2018-19", "amount_pence": 100_000}],
        }  # fmt: skip
        assert made.send("POST", "/programmes", json=fund).status_code == 201
        sent = made.send(
            "POST", f"/resources?partnership={DEMO_SLUG}", content=MONEY.format(place=codes[0]).encode(),
            headers={"Content-Type": "text/csv"},
        )  # fmt: skip
        assert sent.status_code == 201, sent.text
        yield made
    cluster.drop(url)


def test_a_budget_stands_beside_the_lines_of_its_programme_and_year_in_the_neighbourhood(
    estate: Estate,
) -> None:
    made = estate.send("POST", "/agreements/budgets", json=BUDGET | {"neighbourhood": estate.slug})
    assert made.status_code == 201, made.text
    body = estate.client.get(f"/api/v1/neighbourhoods/{estate.slug}/agreements").json()
    (budget,) = body["budgets"]
    assert budget["known"]["awarded"] == {
        "lines": 1, "located_pence": 120_050, "estimated_pence": 0, "left_pence": -20_050,
        "stands": "over",
    }  # fmt: skip
    assert budget["known"]["paid"]["stands"] == "nothing known"
    again = estate.send("POST", "/agreements/budgets", json=BUDGET | {"neighbourhood": estate.slug})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/agreement-exists")


def test_lines_of_a_published_file_that_bear_the_words_of_an_own_programme_stand_beside_its_budget(
    estate: Estate,
) -> None:
    """A published line draws on no partnership's own programme, and lies in the neighbourhood all the same."""
    where = estate.client.get(f"/api/v1/neighbourhoods/{estate.slug}/blocks").json()["items"]
    file = f"what,amount,year,funder,place,programme\nClub,7.05,2020-21,F,{where[0]},CHEST\n"
    sent = estate.send(
        "POST", f"/resources?partnership={DEMO_SLUG}", content=file.encode(),
        headers={"Content-Type": "text/csv"},
    )  # fmt: skip
    with writing(estate.client.app.state.engine) as session:  # type: ignore[attr-defined]
        published = {"id": sent.headers["Location"].rpartition("/")[2]}
        session.execute(
            text("UPDATE resource_files SET partnership_slug = NULL WHERE id = :id"), published
        )
        session.execute(
            text("UPDATE resource_lines SET programme_id = NULL WHERE file_id = :id"), published
        )
    said = BUDGET | {"neighbourhood": estate.slug, "year": "2020-21"}
    made = estate.send("POST", "/agreements/budgets", json=said)
    told = estate.client.get(f"/api/v1/neighbourhoods/{estate.slug}/agreements").json()["budgets"]
    (budget,) = [each for each in told if each["id"] == made.json()["id"]]
    assert budget["known"]["awarded"] | {"stands": ""} == {
        "lines": 1, "located_pence": 705, "estimated_pence": 0, "left_pence": 99_295, "stands": "",
    }  # fmt: skip


def test_a_service_agreement_overdue_for_review_is_said_so_on_the_page_and_in_the_files(
    estate: Estate,
) -> None:
    made = estate.send(
        "POST", "/agreements/services", json=CLEANING | {"neighbourhood": estate.slug}
    )
    assert (made.status_code, made.json()["review_overdue"]) == (201, True)
    page = estate.client.get(f"/neighbourhoods/{estate.slug}").text
    assert "Street cleaning" in page
    assert "No post is kept that manages it." in page
    listed = estate.client.get(f"/api/v1/agreements/services.csv?partnership={DEMO_SLUG}").text
    (row,) = csv.DictReader(io.StringIO(listed))
    assert (row["standard"], row["review_overdue"]) == ("'=Twice a week", "true")
    book = estate.client.get(f"/api/v1/partnerships/{DEMO_SLUG}/agreements.xlsx")
    names = openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames
    assert names == ["managers", "services", "budgets"]
    ended = estate.send(
        "PATCH", f"/agreements/services/{made.json()['id']}", json={"status": "ended"},
        headers={"If-Match": made.headers["ETag"]},
    )  # fmt: skip
    assert (ended.json()["status"], ended.json()["review_overdue"]) == ("ended", False)
    stale = estate.send(
        "PATCH", f"/agreements/services/{made.json()['id']}", json={"status": "agreed"},
        headers={"If-Match": made.headers["ETag"]},
    )  # fmt: skip
    assert stale.status_code == 412


def test_another_partnerships_editor_is_told_that_there_is_no_such_neighbourhood(
    estate: Estate,
) -> None:
    post = {"role": "Manager", "organisation": "Them", "neighbourhood": estate.slug}
    refused = estate.send("POST", "/agreements/managers", estate.stranger, json=post)
    assert (refused.status_code, refused.json()["type"]) == (404, "/problems/unknown-neighbourhood")
    kept = estate.send("POST", "/agreements/managers", json=post | {"ends_on": "2001-01-01"})
    assert (kept.status_code, kept.json()["in_post"]) == (201, False)
    gone = estate.send(
        "DELETE", f"/agreements/managers/{kept.json()['id']}", estate.stranger,
        headers={"If-Match": kept.headers["ETag"]},
    )  # fmt: skip
    assert gone.status_code == 404
    removed = estate.send(
        "DELETE",
        f"/agreements/managers/{kept.json()['id']}",
        headers={"If-Match": kept.headers["ETag"]},
    )
    assert removed.status_code == 204


def test_a_programme_of_somebody_else_cannot_be_a_budgets_source(estate: Estate) -> None:
    odd = BUDGET | {"neighbourhood": estate.slug, "fund": "Odd", "programme": "no-such"}
    refused = estate.send("POST", "/agreements/budgets", json=odd)
    assert [each["rule"] for each in refused.json()["errors"]] == ["programme-is-held"]
    names = BUDGET | {"neighbourhood": estate.slug, "fund": "!", "year": "2018-19"}
    assert estate.send("POST", "/agreements/budgets", json=names).status_code == 201
