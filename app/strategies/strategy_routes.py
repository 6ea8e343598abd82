"""HTTP face of strategies: what a partnership wrote, its draft, its versions, and who signed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.dependencies import (
    AsAt,
    Editor,
    IfMatch,
    Paging,
    ReadSession,
    WriteSession,
    content_etag,
    editor,
    require_if_match,
    today,
    version_etag,
)
from app.exports import csv, xlsx
from app.exports.csv import write_csv
from app.exports.xlsx import write_xlsx
from app.partnerships.queries import get_partnership
from app.strategies import written
from app.strategies.strategy_given import StrategyGiven
from app.strategies.strategy_sheets import strategy_sheets
from app.strategies.tables import WrittenStrategy
from app.strategies.written_queries import list_written, strategy_of, written_body

router = APIRouter(tags=["strategies"])
Slug = Annotated[str, Path(max_length=120)]


class SignOff(BaseModel):
    """A member signs the newest published version."""

    model_config = ConfigDict(extra="forbid")

    member: Annotated[str, Field(min_length=1, max_length=200)]
    signed_on: date | None = None


@router.get("/partnerships/{slug}/strategy", response_class=Response)
def read_strategy(session: ReadSession, slug: Slug, day: AsAt) -> Response:
    """The published strategy: vision, objectives, learning plan, plans, and which members signed it."""
    return _public(strategy_of(session, slug, day))


@router.get("/partnerships/{slug}/strategy.csv", response_class=Response)
def read_strategy_csv(
    session: ReadSession, slug: Slug, day: AsAt,
    table: Literal["objectives", "learning", "plans", "sign_offs"] = "objectives",
) -> Response:  # fmt: skip
    """One table of it: objectives, learning, plans or sign_offs."""
    sheets = {sheet.name: sheet for sheet in strategy_sheets(strategy_of(session, slug, day))}
    headers = {"Content-Disposition": f'attachment; filename="{slug}-strategy-{table}.csv"'}
    return Response(write_csv(sheets[table]), media_type=csv.MEDIA_TYPE, headers=headers)


@router.get("/partnerships/{slug}/strategy.xlsx", response_class=Response)
def read_strategy_xlsx(session: ReadSession, slug: Slug, day: AsAt) -> Response:
    """Every table of it as one workbook."""
    book = write_xlsx(strategy_sheets(strategy_of(session, slug, day)))
    headers = {"Content-Disposition": f'attachment; filename="{slug}-strategy.xlsx"'}
    return Response(book, media_type=xlsx.MEDIA_TYPE, headers=headers)


@router.get("/partnerships/{slug}/strategy/versions")
def versions(request: Request, session: ReadSession, slug: Slug, page: Paging) -> dict[str, Any]:
    """The published versions, the newest first: when, why, how many signed."""
    rows = strategy_of(session, slug, today())["versions"]
    key = page.after_key(int)
    left = [row for row in rows if key is None or row["version"] < key[0]]
    shown = left[: page.limit]
    last = [shown[-1]["version"]] if len(left) > len(shown) else None
    return page.answer(request, shown, len(rows), last)


@router.get("/partnerships/{slug}/strategy/versions/{version}", response_class=Response)
def read_version(
    session: ReadSession, slug: Slug, version: Annotated[str, Path(max_length=9)], day: AsAt
) -> Response:
    """One published version, as it was written."""
    # What is no number is no version either; none has the number 0.
    number = int(version) if version.isascii() and version.isdigit() else 0
    return _public(strategy_of(session, slug, day, number))


def _known(session: ReadSession, slug: Slug) -> None:
    """Say 404 of a partnership that nobody knows before anybody is asked for a token: partnerships are public."""
    get_partnership(session, slug)


@router.get(
    "/partnerships/{slug}/strategy/draft",
    response_class=Response,
    dependencies=[Depends(_known), Depends(editor)],
)
def read_draft(session: WriteSession, slug: Slug) -> Response:
    """The newest version, a draft among them, for whoever may write it; its ETag is what a PUT is sent with."""
    newest = next(iter(list_written(session, slug)), None)
    return _draft(session, slug, newest)


@router.put("/partnerships/{slug}/strategy", response_class=Response)
def put_strategy(
    session: WriteSession, actor: Editor, slug: Slug, match: IfMatch, given: StrategyGiven
) -> Response:
    """Write the draft, or (`publish`) show it to everybody. Send the draft's ETag as If-Match.

    A published version never changes: the next PUT begins another.
    """
    require_if_match(match, draft_etag(slug, written.newest_written(session, slug)))
    row = written.write_strategy(
        session, actor, slug, given.words(), given.reason, today(), publish=given.publish
    )
    return _draft(session, slug, row)


@router.delete("/partnerships/{slug}/strategy/draft", status_code=204)
def delete_draft(session: WriteSession, actor: Editor, slug: Slug, match: IfMatch) -> None:
    """Remove the draft; what was published stays."""
    require_if_match(match, draft_etag(slug, written.newest_written(session, slug)))
    written.remove_strategy_draft(session, actor, slug)


@router.post("/partnerships/{slug}/strategy/sign-offs", response_class=Response, status_code=201)
def sign(session: WriteSession, actor: Editor, slug: Slug, given: SignOff) -> Response:
    """Keep that a member signed the newest published version."""
    row = written.sign_strategy(
        session, actor, slug, given.member, given.signed_on or today(), today()
    )
    answer = _draft(session, slug, row)
    answer.status_code = 201
    answer.headers["Location"] = f"/api/v1/partnerships/{slug}/strategy/versions/{row.version}"
    return answer


def draft_etag(slug: str, row: WrittenStrategy | None) -> str:
    """Give the ETag of the newest version of a strategy, or of none yet."""
    version, revision = (0, 0) if row is None else (row.version, row.revision)
    return version_etag(f"{slug}-strategy-{version}", revision)


def _draft(session: WriteSession, slug: str, row: WrittenStrategy | None) -> Response:
    body = orjson.dumps(written_body(session, slug, row, today()))
    headers = {"ETag": draft_etag(slug, row), "Cache-Control": "no-store"}
    return Response(body, headers=headers, media_type="application/json")


def _public(told: dict[str, Any]) -> Response:
    body = orjson.dumps(told)
    return Response(body, headers={"ETag": content_etag(body)}, media_type="application/json")
