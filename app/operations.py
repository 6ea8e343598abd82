"""The routes about the service itself: is it up, is it ready, what can it do, what does an error mean."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse

from app.lacks import find_lacks
from app.measures import measures_as_text
from app.problems import page_templates, problem_page
from app.sessions import answers_from, applied_migration, reading, serves_on
from boundaries.crs import transform_in_use
from boundaries.database import REPOSITORY
from boundaries.errors import Unavailable

router = APIRouter(tags=["service"])


class BehindOnMigrations(Unavailable):
    """The database is of an older Bounds: run `bounds db migrate`."""

    slug = "behind-on-migrations"
    title = "The database does not fit this version"


@router.get("/healthz", summary="Is the process up?")
async def healthz() -> dict[str, str]:
    """Answers as long as the process runs; asks nothing of the database."""
    return {"status": "up"}


@router.get("/readyz", summary="Can it answer questions?")
def readyz(request: Request) -> dict[str, Any]:
    """The database reachable and no older than this version, how coordinates are converted, what is missing or stale.

    Lacks leave the service ready: what is there is answered. Each names the command that mends it.
    Tables that a newer version has moved on leave it ready too (`tables` says so): migrations only add.
    503 as a problem when the database cannot be reached or is at an earlier migration. Just after its start a service
    answers this when its first pages would take no longer than later ones, some seconds at most: whoever sends
    readers to it by this address keeps them from waiting for what a process loads once.
    """
    applied = applied_migration(request.app.state.engine)
    head = newest_migration()
    if not serves_on(applied, head):
        raise BehindOnMigrations(f"the database is at migration {applied}, this version at {head}")
    with reading(request.app.state.engine) as session:
        lacks = find_lacks(session, request.app.state.settings.data_dir)
    readying = getattr(request.app.state, "readying", None)
    if readying is not None:
        readying.wait_until_ready()
    return {
        "status": "ready",
        "missing": [lack._asdict() for lack in lacks if lack.kind == "missing"],
        "stale": [lack._asdict() for lack in lacks if lack.kind == "stale"],
        "database": "reachable",
        "migration": applied,
        "tables": "of this version" if applied == head else "of a newer version",
        "coordinate_operation": transform_in_use(),
        "replicas": request.app.state.databases.standing(),
    }


@router.get("/metrics", response_class=PlainTextResponse, summary="Counts for monitoring")
def metrics(request: Request) -> PlainTextResponse:
    """Requests and their times since the process began, places for work, imports, database, disk: Prometheus text."""
    state = request.app.state
    is_up = answers_from(state.engine, newest_migration())
    told = state.counts.as_text(is_database_up=is_up) + state.databases.as_metrics()
    told += measures_as_text(state)
    return PlainTextResponse(told, media_type="text/plain; version=0.0.4")


@router.get("/docs", response_class=HTMLResponse, include_in_schema=False)
def operations_page(request: Request) -> HTMLResponse:
    """Every operation with its parameters, as a plain page made here: no scripts from elsewhere."""
    described = request.app.openapi()
    page = page_templates.get_template("operations.html")
    version = described["info"]["version"]
    listed = list_operations(described)
    groups = [(name, list(own)) for name, own in groupby(sorted(listed, key=_subject), _subject)]
    return HTMLResponse(
        page.render(drawn_from="operations", version=version, operations=listed, groups=groups)
    )


def _subject(operation: dict[str, Any]) -> str:
    """Name what an operation is of: the first word of its path behind the version."""
    words = operation["path"].removeprefix("/api/v1").strip("/").split("/")
    return words[0].partition(".")[0].replace("-", " ") or "service"


@router.get("/problems/{slug}", response_class=HTMLResponse, include_in_schema=False)
def problem_kind_page(slug: str) -> HTMLResponse:
    """What a `type` of problem+json means."""
    return HTMLResponse(problem_page(slug))


@cache
def newest_migration() -> str | None:
    """The last migration in this version's files; None when it has none."""
    # By their names, which begin with their number; a test asks Alembic.
    files = (REPOSITORY / "migrations" / "versions").glob("[0-9]*_*.py")
    return max((file.name.partition("_")[0] for file in files), default=None)


def list_operations(described: dict[str, Any]) -> list[dict[str, Any]]:
    """Flatten an OpenAPI document into what the operations page shows, by path and method."""
    listed = []
    for path, methods in sorted(described["paths"].items()):
        for method, operation in sorted(methods.items()):
            text = operation.get("description", "")
            listed.append(
                {
                    "id": operation["operationId"],
                    "method": method.upper(),
                    "path": path,
                    "summary": _own_words(operation.get("summary", "")),
                    "paragraphs": [" ".join(part.split()) for part in text.split("\n\n") if part],
                    "parameters": [
                        _parameter(each, described) for each in operation.get("parameters", [])
                    ],
                }
            )
    return listed


def _own_words(summary: str) -> str:
    """Keep a summary that somebody wrote; "Make One", made of a function's name, says nothing to a reader."""
    return "" if summary == summary.title() else summary


def _parameter(each: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    schema = each.get("schema", {})
    options = schema.get("anyOf", [schema])
    kinds = [_kind(option, described) for option in options if option.get("type") != "null"]
    return {
        "name": each["name"],
        "place": each["in"],
        "required": each.get("required", False),
        "kind": " or ".join(kind for kind in kinds if kind),
        "meaning": each.get("description", ""),
    }


def _kind(schema: dict[str, Any], described: dict[str, Any]) -> str:
    reference = schema.get("$ref", "")
    if reference:
        schema = described["components"]["schemas"][reference.rpartition("/")[2]]
    if "enum" in schema:
        return ", ".join(str(choice) for choice in schema["enum"])
    return str(schema.get("const", schema.get("type", "")))
