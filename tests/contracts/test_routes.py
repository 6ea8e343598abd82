from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from app.access import actions
from app.main import create_app
from app.sessions import writing
from app.settings import Settings
from tests.support.engines import open_engine
from tests.support.small_apps import description, service_without_database

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
# They only compute (CONTRACT.md, HTTP), so they need no token.
PUBLIC_POSTS = re.compile(
    r"/api/v1/(align|lookup/[a-z]+|indices/compose|rebase|doctor/csv|rehearsals(/[a-z]+)?"
    r"|neighbourhoods/(preview|grow))$"
)
# Well-formed names of nothing, by the parameter's name; any other gets "no-such".
NOBODY = {"code": "E99999999", "pc": "ZZ99 9ZZ", "type": "lad", "type_a": "lad", "type_b": "wd"}
HOSTILE = ["'; DROP TABLE areas; --", "../../etc/passwd", "\u202eevil", "💥" * 20, "x" * 3000, "%"]


class Route(NamedTuple):
    method: str
    path: str

    def filled(self, value: str | None = None) -> str:
        """The address with every parameter replaced by `value`, or by the name of nothing."""
        return re.sub(
            r"\{(\w+)(?::\w+)?\}",
            lambda found: value or NOBODY.get(found[1], "no-such"),
            self.path,
        )


def routes() -> list[Route]:
    app = service_without_database().app
    found = set()
    for context in iter_route_contexts(app.routes):  # type: ignore[attr-defined]
        for method in context.methods or ():
            found.add(Route(method, str(context.path)))
    return sorted(found)


API = [route for route in routes() if route.path.startswith("/api/v1/")]
READS = [route for route in API if route.method == "GET"]
NAMED_READS = [route for route in READS if "{" in route.path]
# The same request whatever the name is, where there is none in the address: twice, so that one finds what is kept.
READS_OF_HOSTILE_NAMES = [
    pytest.param(route, value, id=f"{number}-{route}")
    for route in READS
    for number, value in enumerate(HOSTILE if route in NAMED_READS else HOSTILE[:2])
]
CHANGES = [r for r in API if r.method in WRITES and not PUBLIC_POSTS.match(r.path)]


@pytest.fixture(scope="module")
def client(
    make_database: Callable[[str], str],
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[TestClient]:
    """One service for all of these tests: none of them gets as far as changing anything."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("bounds"))
    engine = open_engine(make_database(template_database))
    with TestClient(create_app(settings, engine)) as opened:
        yield opened


def test_the_service_has_routes_of_every_kind() -> None:
    # Guards the tests below: an empty list would let them all pass.
    assert READS
    assert NAMED_READS
    assert CHANGES


def is_problem(answer: object) -> bool:
    return getattr(answer, "headers", {}).get("content-type") == "application/problem+json"


@pytest.mark.parametrize("route", API, ids=str)
def test_an_unknown_parameter_is_a_400_that_names_it(client: TestClient, route: Route) -> None:
    answer = client.request(route.method, route.filled(), params={"nonsense": "1"})
    assert answer.status_code == 400
    assert is_problem(answer)
    assert "nonsense" in answer.json()["detail"]


@pytest.mark.parametrize("route", NAMED_READS, ids=str)
def test_what_does_not_exist_is_a_404_problem(client: TestClient, route: Route) -> None:
    answer = client.get(route.filled())
    assert answer.status_code == 404
    assert is_problem(answer)
    assert answer.json()["instance"].startswith("/api/v1/")


@pytest.mark.parametrize(("route", "value"), READS_OF_HOSTILE_NAMES)
def test_hostile_names_are_never_our_fault(client: TestClient, route: Route, value: str) -> None:
    names = route.filled(value.replace("/", "%2F").replace("%", "%25"))
    answer = client.get(names)
    assert answer.status_code < 500
    assert "psycopg" not in answer.text
    assert "sqlalchemy" not in answer.text


@pytest.mark.parametrize("route", READS, ids=str)
def test_a_limit_of_zero_is_400_where_there_is_a_limit(client: TestClient, route: Route) -> None:
    described = description()["paths"].get(route.path, {}).get("get", {})
    if "limit" in {each["name"] for each in described.get("parameters", [])}:
        assert client.get(route.filled(), params={"limit": "0"}).status_code == 400
        assert client.get(route.filled(), params={"limit": "1001"}).status_code == 400


@pytest.mark.parametrize("route", CHANGES, ids=str)
def test_a_write_without_a_token_is_401_whatever_it_carries(
    client: TestClient, route: Route
) -> None:
    for body in ({}, {"name": "x"}, []):
        answer = client.request(route.method, route.filled(), json=body)
        assert answer.status_code == 401
        assert is_problem(answer)
    wrong = {"Authorization": "Bearer wrong"}
    assert client.request(route.method, route.filled(), headers=wrong).status_code == 401


@pytest.mark.parametrize("route", [r for r in CHANGES if "{slug}" in r.path], ids=str)
def test_an_editor_of_one_partnership_gets_404_for_another(
    client: TestClient, route: Route
) -> None:
    with writing(client.app.state.engine) as session:  # type: ignore[attr-defined]
        made = actions.create_token(session, "editor", "theirs", "a test")
    headers = {"Authorization": f"Bearer {made.secret}", "If-Match": "*"}
    answer = client.request(route.method, route.filled(), headers=headers)
    assert answer.status_code == 404


@pytest.mark.parametrize("route", [r for r in CHANGES if r.method in {"PUT", "PATCH"}], ids=str)
def test_a_change_without_if_match_is_428(client: TestClient, route: Route) -> None:
    with writing(client.app.state.engine) as session:  # type: ignore[attr-defined]
        made = actions.create_token(session, "administrator", None, "a test")
    headers = {"Authorization": f"Bearer {made.secret}"}
    answer = client.request(route.method, route.filled(), headers=headers, json={})
    assert answer.status_code == 428


def test_the_description_of_the_api_builds_and_says_what_each_operation_does() -> None:
    described = description()
    assert described["info"]["title"] == "Bounds"
    listed = {path for path in described["paths"] if path.startswith("/api/v1/")}
    # `{id:path}` takes slashes too, and is described as `{id}`.
    assert {route.path.replace(":path}", "}") for route in API} - listed == set()
    silent = [
        f"{method} {path}"
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if not operation.get("description")
    ]
    assert silent == []
    ids = [o["operationId"] for m in described["paths"].values() for o in m.values()]
    assert len(set(ids)) == len(ids)


def test_the_page_of_operations_lists_every_one_and_loads_nothing_from_elsewhere() -> None:
    service = service_without_database()
    page = service.get("/docs").text
    for path, methods in description()["paths"].items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in page
    # Folded by what they are of, each once.
    summaries = re.findall(r"<summary>(.*?): ([0-9]+) operations?</summary>", page)
    assert len({name for name, _ in summaries}) == len(summaries) > 10
    assert sum(int(number) for _, number in summaries) == page.count("<h3 id=")
    # A summary made of a function's name ("Make One") is not said.
    made = {
        each["summary"]
        for methods in description()["paths"].values() for each in methods.values()
        if each["summary"] == each["summary"].title()
    }  # fmt: skip
    assert made
    assert not [each for each in made if f"<p>{each}</p>" in page]
    assert "<p>Is the process up?</p>" in page
    assert "<script" not in page
    assert "//" not in re.sub(r"<!doctype html>", "", page)


def test_every_room_is_served_in_one_place_only() -> None:
    found = [(route.method, route.path) for route in routes()]
    assert len(found) == len(set(found))


def test_nothing_is_asked_of_the_database_before_the_first_request(settings: Settings) -> None:
    # The engine's server does not exist: putting the service together must not notice.
    assert create_app(settings, service_without_database().app.state.engine)  # type: ignore[attr-defined]


@pytest.mark.parametrize("accept", ["text/html", "text/html,*/*;q=0.8"])
def test_a_browser_gets_pages_for_what_does_not_exist(client: TestClient, accept: str) -> None:
    for path in ("/nothing", "/api/v1/areas/E99999999", "/api/v1/nothing"):
        answer = client.get(path, headers={"Accept": accept})
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
