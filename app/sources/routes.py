"""HTTP face of the catalogue: its datasets, one, and what was found in its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.dependencies import Paging, ReadSession
from app.exports import csv
from app.exports.sheets import Kind, Sheet
from app.sources.catalogue import GROUPS, KINDS, catalogue, get_dataset
from app.sources.queries import Standing, dataset_body, findings_of, list_standings
from boundaries.errors import Fault, Invalid

router = APIRouter(tags=["sources"])
MOST_FINDINGS = 1_000_000
COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("number", "whole"), ("row", "whole"), ("code", "text"), ("rule", "text"), ("detail", "text"), ("dataset", "text"),
    ("attribution", "text"),
)  # fmt: skip


@router.get("/sources")
def sources(
    request: Request,
    session: ReadSession,
    page: Paging,
    group: Annotated[str | None, Query(description=f"one of {', '.join(GROUPS)}")] = None,
    kind: Annotated[str | None, Query(description=f"one of {', '.join(KINDS)}")] = None,
) -> dict[str, Any]:
    """Published datasets that are known here, in order of id: publisher, licence, where, fetched and loaded when."""
    _check("group", group, GROUPS)
    _check("kind", kind, KINDS)
    key = page.after_key(str)
    found = sorted(
        entry.id
        for entry in catalogue().values()
        if (group is None or group in entry.groups) and kind in {None, entry.kind}
    )
    left = [name for name in found if key is None or name > key[0]]
    shown = left[: page.limit]
    standings, mirror = list_standings(session), request.app.state.settings.mirror
    items = [
        dataset_body(catalogue()[name], standings.get(name, Standing()), mirror) for name in shown
    ]
    last = [shown[-1]] if len(left) > len(shown) else None
    return page.answer(request, items, len(found), last)


@router.get("/sources/{dataset_id}")
def one_source(
    request: Request, session: ReadSession, dataset_id: Annotated[str, Path(max_length=100)]
) -> dict[str, Any]:
    """One published dataset."""
    entry = get_dataset(dataset_id)
    standing = list_standings(session).get(entry.id, Standing())
    return dataset_body(entry, standing, request.app.state.settings.mirror)


@router.get("/sources/{dataset_id}/findings")
def source_findings(
    request: Request,
    session: ReadSession,
    dataset_id: Annotated[str, Path(max_length=100)],
    page: Paging,
) -> dict[str, Any]:
    """Rows of a dataset that were refused or read otherwise than written, each with the rule it broke."""
    entry = get_dataset(dataset_id)
    key = page.after_key(int)
    rows, total = findings_of(session, entry.id, key[0] if key else 0, page.limit + 1)
    shown = rows[: page.limit]
    last = [shown[-1]["number"]] if len(rows) > page.limit else None
    return page.answer(request, shown, total, last)


@router.get("/sources/{dataset_id}/findings.csv", response_class=Response)
def source_findings_table(
    session: ReadSession, dataset_id: Annotated[str, Path(max_length=100)]
) -> Response:
    """All of them as CSV, each with whose dataset it is."""
    entry = get_dataset(dataset_id)
    rows, _ = findings_of(session, entry.id, 0, MOST_FINDINGS)
    told = {"dataset": entry.id, "attribution": entry.attribution}
    sheet = Sheet("findings", f"Rows of {entry.title}", COLUMNS, [row | told for row in rows])
    headers = {"Content-Disposition": f'attachment; filename="{entry.id}-findings.csv"'}
    return Response(csv.write_csv(sheet), media_type=csv.MEDIA_TYPE, headers=headers)


def _check(name: str, given: str | None, allowed: Sequence[str]) -> None:
    if given is not None and given not in allowed:
        raise Invalid(
            f"{name} is one of {', '.join(allowed)}",
            [Fault(f"unknown {name}", f"/{name}", value=given[:40])],
        )
