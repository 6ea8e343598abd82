from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from fastapi import APIRouter, Request, Response
from fastapi.testclient import TestClient
from pydantic import BaseModel
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, InternalError

from app.access import actions, audit
from app.access.tables import AuditEvent
from app.dependencies import (
    Administrator,
    AsAt,
    Editor,
    Gate,
    Heavy,
    IfMatch,
    Paging,
    ReadSession,
    WriteSession,
    encode_cursor,
    listed_tags,
    not_modified,
    require_if_match,
    version_etag,
)
from app.main import create_app
from app.problems import BadPaging, Busy
from app.sessions import reading, writing
from app.settings import Settings
from tests.support.engines import open_engine
from tests.support.small_apps import service_without_database, with_routes


class Change(BaseModel):
    name: str


def rooms() -> APIRouter:
    router = APIRouter()

    @router.get("/listed")
    def listed(request: Request, page: Paging, as_at: AsAt) -> dict[str, object]:
        rows = list(range(250))
        key = page.after_key(int)
        start = 0 if key is None else key[0] + 1
        shown = rows[start : start + page.limit]
        more = start + page.limit < len(rows)
        return page.answer(request, shown, len(rows), [shown[-1]] if more else None) | {
            "as_at": as_at
        }

    @router.get("/bare")
    def bare() -> dict[str, str]:
        return {}

    @router.get("/tagged")
    def tagged(request: Request) -> Response:
        tag = version_etag("exe", 3)
        return not_modified(request, tag) or Response("full", headers={"ETag": tag})

    @router.patch("/tagged")
    def change(given: IfMatch) -> dict[str, str]:
        require_if_match(given, version_etag("exe", 3))
        return {"done": "yes"}

    @router.get("/heavy", dependencies=[Heavy])
    def heavy() -> dict[str, str]:
        return {"done": "yes"}

    return router


def writers() -> APIRouter:
    router = APIRouter()

    @router.patch("/invented/{slug}")
    def patch(slug: str, actor: Editor, session: WriteSession) -> dict[str, str]:
        audit.record(session, actor, "change", f"partnership:{slug}", {"name": "new"})
        if slug == "breaks":
            raise RuntimeError
        return {"slug": slug, "actor": str(actor)}

    @router.post("/invented-releases")
    def release(actor: Administrator) -> dict[str, str]:
        return {"actor": str(actor)}

    @router.get("/reads")
    def read(session: ReadSession) -> dict[str, object]:
        asked = "SELECT current_setting('transaction_read_only') AS ro, "
        asked += "current_setting('transaction_isolation') AS level, "
        asked += "current_setting('statement_timeout') AS timeout"
        return dict(session.execute(text(asked)).mappings().one())

    @router.get("/writes-in-a-read")
    def cheat(session: ReadSession) -> None:
        session.execute(text("DELETE FROM tokens"))

    return router


@pytest.fixture
def service() -> TestClient:
    return service_without_database(rooms())


def test_a_list_goes_on_where_the_page_before_ended(service: TestClient) -> None:
    # 250 rows, 100 a page: 100 + 100 + 50
    seen: list[int] = []
    url: str | None = "/api/v1/listed?as_at=2021-03-20"
    sizes = []
    while url:
        page = service.get(url).json()
        assert (page["total"], page["as_at"]) == (250, "2021-03-20")
        sizes.append(len(page["items"]))
        seen += page["items"]
        url = page["next"]
    assert sizes == [100, 100, 50]
    assert seen == list(range(250))


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "ten", "", "1.0", "٣", "9" * 400])
def test_a_limit_outside_1_to_1000_is_400(service: TestClient, limit: str) -> None:
    answer = service.get("/api/v1/listed", params={"limit": limit})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/limit"


@pytest.mark.parametrize(("limit", "shown"), [("1", 1), ("1000", 250)])
def test_the_limits_themselves_are_taken(service: TestClient, limit: str, shown: int) -> None:
    answer = service.get("/api/v1/listed", params={"limit": limit})
    assert len(answer.json()["items"]) == shown


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "%%%", "bm8", "eyJhIjoxfQ", "é", encode_cursor(["text"]), encode_cursor([1, 2])],
)
def test_a_cursor_of_somebody_else_is_400(service: TestClient, cursor: str) -> None:
    answer = service.get("/api/v1/listed", params={"cursor": cursor})
    assert answer.status_code == 400
    assert answer.json()["type"] == f"/problems/{BadPaging.slug}"


@pytest.mark.parametrize("day", ["20250101", "2025-W01-1", "2025-02-30", "yesterday", ""])
def test_a_day_not_written_as_one_is_422(service: TestClient, day: str) -> None:
    answer = service.get("/api/v1/listed", params={"as_at": day})
    assert answer.status_code == 422
    assert "YYYY-MM-DD" in answer.json()["detail"]


def test_the_day_asked_about_is_today_by_default(service: TestClient) -> None:
    told = date.fromisoformat(service.get("/api/v1/listed").json()["as_at"])
    assert abs((told - date.today()).days) <= 1  # noqa: DTZ011 - the test's zone may differ


def test_an_unknown_parameter_is_400_and_the_known_ones_are_named(service: TestClient) -> None:
    answer = service.get("/api/v1/listed?limt=5&as_at=2021-01-01")
    assert answer.status_code == 400
    assert answer.json()["detail"] == (
        "this address has no parameter 'limt'; it has as_at, cursor, limit"
    )
    assert "it has none" in service.get("/api/v1/bare?x=1").json()["detail"]


def test_a_route_that_knows_its_tag_answers_304_before_the_work(service: TestClient) -> None:
    assert service.get("/api/v1/tagged").headers["etag"] == '"exe.3"'
    again = service.get("/api/v1/tagged", headers={"If-None-Match": 'W/"exe.3"'})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (None, 428),
        (" ", 428),
        ('"exe.2"', 412),
        ('"exe.3"', 200),
        ('"exe.3-gzip"', 200),
        ('"a", "exe.3"', 200),
        ("*", 200),
        ("exe.3", 412),
    ],
)
def test_a_change_needs_the_tag_that_was_read(
    service: TestClient, given: str | None, status: int
) -> None:
    headers = {} if given is None else {"If-Match": given}
    answer = service.patch("/api/v1/tagged", headers=headers)
    assert answer.status_code == status
    if status == 412:
        assert '"exe.3"' in answer.json()["detail"]


def test_tags_are_read_without_weak_marks_and_coding_suffixes() -> None:
    assert listed_tags('W/"a", "b-gzip" ,, *, "c-br", "d-zstd"') == {
        '"a"',
        '"b"',
        '"c"',
        '"d"',
        "*",
    }


def test_the_gate_lets_one_run_one_wait_and_sends_the_third_away() -> None:
    async def scene() -> list[str]:
        gate = Gate(running=1, waiting=1, patience_s=5)
        told = []
        await gate.enter()
        second = asyncio.create_task(gate.enter())
        await asyncio.sleep(0)
        try:
            await gate.enter()
        except Busy:
            told.append("third sent away")
        gate.leave()
        await second
        told.append("second runs")
        return told

    assert asyncio.run(scene()) == ["third sent away", "second runs"]


def test_who_waits_too_long_is_told_so_and_takes_no_place() -> None:
    async def scene() -> bool:
        gate = Gate(running=1, waiting=1, patience_s=0.01)
        await gate.enter()
        with pytest.raises(Busy):
            await gate.enter()
        gate.leave()
        await gate.enter()
        return True

    assert asyncio.run(scene())


def test_a_heavy_route_gives_its_place_back(service: TestClient) -> None:
    with service:  # one event loop for all requests, as a server has
        assert {service.get("/api/v1/heavy").status_code for _ in range(30)} == {200}


@pytest.fixture
def url(make_database: Callable[[str], str], template_database: str) -> str:
    return make_database(template_database)


@pytest.fixture
def written(settings: Settings, url: str) -> Iterator[TestClient]:
    with TestClient(with_routes(create_app(settings, open_engine(url)), writers())) as opened:
        yield opened


def token(url: str, role: str, slug: str | None = None) -> dict[str, str]:
    with writing(open_engine(url)) as session:
        made = actions.create_token(session, role, slug, "a test")
    return {"Authorization": f"Bearer {made.secret}"}


def changes(url: str) -> list[str]:
    with reading(open_engine(url)) as session:
        asked = select(AuditEvent.subject).where(AuditEvent.verb == "change")
        return list(session.scalars(asked))


def test_a_read_is_read_only_sees_one_moment_and_has_the_settings_timeout(
    written: TestClient,
) -> None:
    told = written.get("/api/v1/reads").json()
    assert told == {"ro": "on", "level": "repeatable read", "timeout": "15s"}


def test_a_read_that_writes_is_our_fault_and_changes_nothing(written: TestClient, url: str) -> None:
    token(url, "editor")
    assert written.get("/api/v1/writes-in-a-read").status_code == 500
    with reading(open_engine(url)) as session:
        assert session.execute(text("SELECT count(*) FROM tokens")).scalar_one() == 1


def test_a_write_is_committed_with_its_audit_event(written: TestClient, url: str) -> None:
    answer = written.patch("/api/v1/invented/exe", headers=token(url, "editor"))
    assert answer.json() == {"slug": "exe", "actor": "token 1"}
    assert changes(url) == ["partnership:exe"]


def test_a_write_that_fails_leaves_no_trace(written: TestClient, url: str) -> None:
    answer = written.patch("/api/v1/invented/breaks", headers=token(url, "editor"))
    assert answer.status_code == 500
    assert changes(url) == []


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Basic {secret}", "Bearer \u00e9"])
def test_without_a_good_token_a_write_is_401(written: TestClient, url: str, given: str) -> None:
    secret = token(url, "editor")["Authorization"].removeprefix("Bearer ")
    sent = {"Authorization": given.format(secret=secret).encode("latin-1")} if given else {}
    answer = written.patch("/api/v1/invented/exe", headers=sent)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert changes(url) == []


def test_a_revoked_token_is_401(written: TestClient, url: str) -> None:
    headers = token(url, "administrator")
    assert written.post("/api/v1/invented-releases", headers=headers).status_code == 200
    with writing(open_engine(url)) as session:
        actions.revoke_token(session, 1, "a test")
    assert written.post("/api/v1/invented-releases", headers=headers).status_code == 401


def test_an_editor_is_told_404_for_a_partnership_that_is_not_theirs(
    written: TestClient, url: str
) -> None:
    headers = token(url, "editor", "exe")
    assert written.patch("/api/v1/invented/exe", headers=headers).status_code == 200
    other = written.patch("/api/v1/invented/tamar", headers=headers)
    assert other.status_code == 404
    assert other.json()["detail"] == "there is no partnership 'tamar'"
    assert changes(url) == ["partnership:exe"]


def test_an_administrator_may_change_every_partnership_and_an_editor_no_release(
    written: TestClient, url: str
) -> None:
    administrator = token(url, "administrator")
    answer = written.patch("/api/v1/invented/tamar", headers=administrator)
    assert answer.status_code == 200
    assert (
        written.post("/api/v1/invented-releases", headers=token(url, "editor")).status_code == 403
    )


def test_a_write_in_a_read_session_is_refused_by_the_server(url: str) -> None:
    refused = pytest.raises((InternalError, DBAPIError), match="read-only")
    with refused, reading(open_engine(url)) as session:
        session.execute(text("DELETE FROM tokens"))


def test_a_service_over_a_migrated_database_is_ready(written: TestClient) -> None:
    answer = written.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert answer.json()["migration"]
    assert answer.json()["coordinate_operation"]


def test_tables_that_a_newer_version_moved_on_leave_the_service_ready(
    written: TestClient, url: str
) -> None:
    with writing(open_engine(url)) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    answer = written.get("/readyz")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["migration"], answer.json()["tables"]) == ("9999", "of a newer version")
    assert "bounds_database_up 1" in written.get("/metrics").text


def test_a_database_at_an_earlier_migration_is_not_ready(written: TestClient, url: str) -> None:
    with writing(open_engine(url)) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    answer = written.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/behind-on-migrations"
    assert "0000" in answer.json()["detail"]
