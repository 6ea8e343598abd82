"""HTTP face of indices of one's own: compose one, keep one of a partnership's, list and remove them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response

from app.dependencies import AsAt, Editor, Paging, ReadSession, WriteSession
from app.indicators.queries import list_own_indices
from app.priorities import own_actions, queries
from app.priorities.routes import Slug
from app.priorities.schemas import ComposeInput, NewOwnIndex, own_index_body

router = APIRouter(tags=["indices"])


@router.post("/indices/compose")
def compose(
    request: Request, session: ReadSession, page: Paging, day: AsAt, body: ComposeInput
) -> dict[str, Any]:
    """Compose an index by weights of one's own; nothing is saved.

    Every weight is used as it is given. An area that lacks an input has no score, and `missing` names it.
    The next page is had by sending the same body to `next`.
    """
    made = own_actions.compose_for(
        session, day, body.index, body.weights, body.standardise, body.areas, body.partnership
    )
    rows = made.pop("items")
    key = page.after_key(str)
    left = [row for row in rows if key is None or row["code"] > key[0]]
    shown = left[: page.limit]
    last = [shown[-1]["code"]] if len(left) > len(shown) else None
    return {**made, **page.answer(request, shown, len(rows), last)}


@router.get("/partnerships/{slug}/indices")
def own_indices(request: Request, session: ReadSession, page: Paging, slug: Slug) -> dict[str, Any]:
    """A partnership's own indices, in order of id."""
    queries.find_partnership_place(session, slug)
    key = page.after_key(str)
    rows = list_own_indices(session, slug)
    left = [row for row in rows if key is None or row.id > key[0]]
    shown = left[: page.limit]
    last = [shown[-1].id] if len(left) > len(shown) else None
    return page.answer(request, [own_index_body(row) for row in shown], len(rows), last)


@router.post("/partnerships/{slug}/indices", status_code=201)
def save_own_index(
    session: WriteSession, actor: Editor, slug: Slug, body: NewOwnIndex
) -> JSONResponse:
    """Keep an index of one's own; its id serves as `index` of a designation."""
    row = own_actions.save_own_index(
        session, slug, body.title, body.index, body.weights, body.standardise, actor
    )
    headers = {"Location": f"/api/v1/partnerships/{slug}/indices"}
    return JSONResponse(own_index_body(row), status_code=201, headers=headers)


@router.delete("/partnerships/{slug}/indices/{own_id}", status_code=204)
def remove_own_index(
    session: WriteSession, actor: Editor, slug: Slug, own_id: Annotated[str, Path(max_length=120)]
) -> Response:
    """Remove an index of one's own; designations made by it stay."""
    own_actions.remove_own_index(session, slug, own_id, actor)
    return Response(status_code=204)
