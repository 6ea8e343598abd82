from __future__ import annotations

import html
import re
import time
from typing import Annotated, Any

import psycopg
import pytest
from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app import replicas
from app.problems import all_problems, as_sentence, explain, from_database, status_of, wants_page
from boundaries.errors import (
    BoundsError,
    Conflict,
    Fault,
    Invalid,
    NotFound,
    Refused,
    Unavailable,
)
from tests.support.small_apps import service_without_database

PACKAGES = ("app", "boundaries")


class Outline(BaseModel):
    name: str
    tolerance_m: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 25


def raising(error: Exception) -> APIRouter:
    router = APIRouter()

    @router.get("/fails/{what}")
    def fail(what: str) -> None:
        raise error

    @router.post("/outlines")
    def take(outline: Outline) -> dict[str, Any]:
        return outline.model_dump()

    return router


@pytest.mark.parametrize(
    ("kind", "status"),
    [(NotFound, 404), (Invalid, 422), (Refused, 422), (Conflict, 409), (Unavailable, 503)],
)
def test_each_kind_of_error_has_its_status(kind: type[BoundsError], status: int) -> None:
    answer = service_without_database(raising(kind("because"))).get("/api/v1/fails/x")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("retry-after" in answer.headers) == (status == 503)


def page_of(error: Exception) -> str:
    """The words of a problem's page above its explanation."""
    service = service_without_database(raising(error))
    page = service.get("/api/v1/fails/x", headers={"Accept": "text/html"}).text
    above = page.split("</h1>")[1].split("More about this kind")[0]
    return " ".join(re.sub(r"<[^>]+>", "", html.unescape(above)).split())


def test_a_page_says_each_fault_once_and_begins_it_with_a_capital() -> None:
    explained = explain(Refused)
    once = Refused("choose 2 to 4 places, not 1", [Fault("choose 2 to 4 places, not 1", "/place")])
    assert page_of(once) == f"Choose 2 to 4 places, not 1 {explained}"
    valued = Refused("no area has the code 'E9'", [Fault("unknown area", "/codes", value="E9")])
    assert page_of(valued) == f"No area has the code 'E9' {explained}"
    two = [Fault("it is empty", "/name"), Fault("no day", "/on", value="x")]
    assert (
        page_of(Refused("it is empty; no day", two))
        == f"name: It is empty on: No day, found x {explained}"
    )
    row = Refused("1 row is wrong", [Fault("must be positive", file="a.csv", row=3)])
    assert page_of(row) == f"1 row is wrong Must be positive, file a.csv, row 3 {explained}"


def test_what_begins_with_a_code_a_slug_or_a_quotation_is_no_sentence_to_begin() -> None:
    for words in (
        "'x' is nothing",
        "imd-1066 is no index",
        "as_at must be a day",
        "x/y is no place",
    ):
        assert as_sentence(words) == words
    assert as_sentence("choose one") == "Choose one"
    assert as_sentence("day: written YYYY-MM-DD") == "Day: written YYYY-MM-DD"


def test_a_problem_has_exactly_the_members_that_were_agreed() -> None:
    faults = [
        Fault("must be a number", pointer="/codes/1"),
        Fault(
            "must be positive", file="a.csv", row=3, column="amount", value="-1", rule="positive"
        ),
    ]
    service = service_without_database(raising(Refused("2 rows are wrong", faults)))
    answer = service.get("/api/v1/fails/x", headers={"X-Request-ID": "abcdef-123"})
    assert answer.json() == {
        "type": "/problems/refused",
        "title": "The input was refused",
        "status": 422,
        "detail": "2 rows are wrong",
        "instance": "/api/v1/fails/x",
        "request_id": "abcdef-123",
        "errors": [
            {"pointer": "/codes/1", "detail": "must be a number"},
            {
                "pointer": "",
                "detail": "must be positive",
                "file": "a.csv",
                "row": 3,
                "column": "amount",
                "value": "-1",
                "rule": "positive",
            },
        ],
    }


def test_row_zero_is_told() -> None:
    service = service_without_database(raising(Refused("x", [Fault("x", row=0)])))
    assert service.get("/api/v1/fails/x").json()["errors"][0]["row"] == 0


def test_a_browser_gets_the_same_words_and_status_as_a_page_with_markup_escaped() -> None:
    fault = Fault("must be text", value="<img src=x onerror=alert(1)>", row=7)
    service = service_without_database(raising(Refused("<b>bold</b> & sure", [fault])))
    answer = service.get(
        "/api/v1/fails/x", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; sure" in answer.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in answer.text
    assert "row 7" in answer.text
    assert "<img" not in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/html", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("application/json, text/html;q=0.9", False),
        ("text/html;q=0.5, application/geo+json;q=0.4", True),
        ("text/html;q=0", False),
        ("text/html;q=nonsense", False),
    ],
)
def test_programs_get_json_and_browsers_pages(accept: str, is_page: bool) -> None:
    assert wants_page(accept) is is_page


def test_an_error_nobody_foresaw_is_500_and_its_text_stays_here() -> None:
    service = service_without_database(raising(RuntimeError("postcode TN34 1AA secret")))
    answer = service.get("/api/v1/fails/x")
    assert answer.status_code == 500
    assert answer.json()["type"] == "/problems/our-fault"
    assert "TN34" not in answer.text
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


def database_error(state: str | None, kind: type[psycopg.Error] = psycopg.Error) -> DBAPIError:
    class Said(kind):  # type: ignore[misc, valid-type]
        sqlstate = state

    return DBAPIError("SELECT secret", {"p": "secret"}, Said("secret"))


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("22P02", 422),
        ("22003", 422),
        ("57014", 503),
        ("25P03", 503),
        ("57P03", 503),
        ("53300", 503),
        ("53100", 507),
        ("08006", 503),
        ("40001", 503),
        ("40P01", 503),
        ("55P03", 503),
        ("23505", 409),
        ("42P01", 500),
        ("25006", 500),
    ],
)
def test_the_classes_of_database_errors_become_statuses_without_their_text(
    state: str, status: int
) -> None:
    answer = service_without_database(raising(database_error(state))).get("/api/v1/fails/x")
    assert answer.status_code == status
    assert "secret" not in answer.text
    assert "SELECT" not in answer.text


def test_a_read_that_lost_its_database_is_asked_again_and_where_all_is_lost_the_next_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replicas, "PATIENCE_S", 1.0)
    asked: list[float] = []
    router = APIRouter()

    @router.get("/lost")
    def lose() -> None:
        asked.append(time.monotonic())
        raise database_error("57P03")

    service = service_without_database(router)
    databases = service.app.state.databases  # type: ignore[attr-defined]
    databases.answered(databases.primary)
    assert service.get("/api/v1/lost").status_code == 503
    assert len(asked) > 1
    assert asked[-1] - asked[0] < 1.0
    asked.clear()
    assert service.get("/api/v1/lost").status_code == 503
    assert len(asked) == 1


def test_a_lost_connection_without_a_state_is_a_database_that_is_not_reachable() -> None:
    lost = from_database(database_error(None, psycopg.OperationalError))
    assert lost.detail == "the database is not reachable"
    assert status_of(lost) == 503


def test_text_that_postgresql_cannot_hold_is_the_senders_fault() -> None:
    assert status_of(from_database(database_error(None, psycopg.DataError))) == 422


def test_no_free_connection_is_503_with_retry_after() -> None:
    answer = service_without_database(raising(PoolTimeout("secret"))).get("/api/v1/fails/x")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "secret" not in answer.text


def test_every_fault_of_a_body_is_listed_with_a_pointer_and_its_value() -> None:
    service = service_without_database(raising(NotFound("")))
    answer = service.post("/api/v1/outlines", json={"tolerance_m": -3})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "2 things in the request are not valid"
    told = {error["pointer"]: error for error in answer.json()["errors"]}
    assert set(told) == {"/name", "/tolerance_m"}
    assert told["/tolerance_m"]["value"] == "-3"


def test_a_value_that_looks_like_nan_is_refused_without_breaking_the_answer() -> None:
    # Plain FastAPI answers 500 to this: its handler cannot write the NaN that it echoes.
    service = service_without_database(raising(NotFound("")))
    answer = service.post("/api/v1/outlines", json={"name": "a", "tolerance_m": "nan"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/tolerance_m"


def test_a_body_that_is_not_said_to_be_json_is_415() -> None:
    service = service_without_database(raising(NotFound("")))
    answer = service.post(
        "/api/v1/outlines", content=b'{"name": "a"}', headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 415


def test_half_a_surrogate_in_a_value_does_not_break_the_answer() -> None:
    service = service_without_database(raising(Invalid("odd \ud800", [Fault("x", value="\udfff")])))
    assert service.get("/api/v1/fails/x").json()["detail"] == "odd ?"


def test_the_wrong_method_is_405_and_names_the_right_one() -> None:
    answer = service_without_database().delete("/healthz")
    assert answer.status_code == 405
    assert answer.json()["type"] == "/problems/method-not-allowed"
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_a_database_that_is_down_makes_readyz_503_and_leaves_healthz_200() -> None:
    service = service_without_database()
    down = service.get("/readyz")
    assert down.status_code == 503
    assert down.json()["detail"] == "the database is not reachable"
    assert "retry-after" in down.headers
    assert service.get("/healthz").json() == {"status": "up"}


def every_problem() -> dict[str, type[BoundsError]]:
    """Every error class of the whole program, whatever was imported before this test."""
    import importlib
    import pkgutil

    for package in PACKAGES:
        module = importlib.import_module(package)
        for found in pkgutil.walk_packages(module.__path__, f"{package}."):
            if not found.name.endswith("__main__"):
                importlib.import_module(found.name)
    return all_problems()


def subclasses(kind: type[BoundsError]) -> list[type[BoundsError]]:
    found = []
    for sub in kind.__subclasses__():
        found += [sub, *subclasses(sub)]
    return [sub for sub in found if sub.__module__.split(".")[0] in PACKAGES]


def test_every_error_class_has_a_slug_and_title_of_its_own_and_a_page_that_explains_it() -> None:
    problems = every_problem()
    service = service_without_database()
    kinds = subclasses(BoundsError)
    own = [kind for kind in kinds if "slug" in vars(kind)]
    assert len({kind.slug for kind in own}) == len(own), "two error classes share a slug"
    for kind in kinds:
        assert "slug" in vars(kind), f"{kind.__qualname__} has no slug"
        assert "title" in vars(kind), f"{kind.__qualname__} has no title"
        assert kind.__doc__, f"{kind.__qualname__} is not explained"
        assert len(explain(kind)) >= 25, f"{kind.__qualname__} is hardly explained"
        assert problems[kind.slug] is kind
        page = service.get(f"/problems/{kind.slug}")
        assert page.status_code == 200
        assert str(status_of(kind)) in page.text


def test_the_page_of_an_unknown_problem_is_404() -> None:
    assert service_without_database().get("/problems/no-such").status_code == 404


def test_error_classes_add_no_statuses() -> None:
    # Kind → status is one table; a number in a class would be a second.
    for kind in subclasses(BoundsError):
        assert not {"status", "status_code", "http_status"} & set(vars(kind))
