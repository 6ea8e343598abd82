"""HTTP face of the indices: which are held, and one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from app.dependencies import Paging, ReadSession
from app.indicators.queries import get_index, list_indices
from app.indicators.schemas import IndexBody

router = APIRouter(tags=["indices"])


@router.get("/indices")
def indices(request: Request, session: ReadSession, page: Paging) -> dict[str, Any]:
    """Indices of deprivation held, in order of id."""
    key = page.after_key(str)
    rows = sorted(list_indices(session), key=lambda row: row.id)
    left = [row for row in rows if key is None or row.id > key[0]]
    shown = left[: page.limit]
    last = [shown[-1].id] if len(left) > len(shown) else None
    return page.answer(request, [IndexBody.of(row) for row in shown], len(rows), last)


@router.get("/indices/{index_id}")
def one_index(session: ReadSession, index_id: Annotated[str, Path(max_length=60)]) -> IndexBody:
    """One index."""
    return IndexBody.of(get_index(session, index_id))
