"""HTTP face of a user's own indicators: rehearsed, brought in, taken out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.access.queries import Actor
from app.dependencies import Heavy, ReadSession, WriteSession, signed_in
from app.indicators.storing import Publication
from app.indicators.upload_schemas import upload_body
from app.indicators.uploading import (
    UploadReport,
    get_upload,
    import_indicators,
    remove_upload,
    upload_mapping,
)
from app.indicators.values import UPLOAD
from app.vintages.sent import BODIES, read_sent_table
from boundaries.errors import NotFound, Refused

router = APIRouter(tags=["indicators"])
Sent = Annotated[tuple[bytes, str], Depends(read_sent_table)]


class NoRowStored(Refused):
    """No row of the table could be stored; each is listed with the rule it broke."""

    slug = "no-row-stored"
    title = "No row of the table can be stored"


class Asked:
    """A mapping, a release and whose data it is, as they stand in an address."""

    def __init__(
        self,
        id: Annotated[str, Query(max_length=60, description="small letters, figures, hyphens")],
        code_column: Annotated[str, Query(max_length=200, description="heading of the codes")],
        value: Annotated[
            list[str], Query(description="heading of the values; further ones as HEADING=ID")
        ],
        unit: Annotated[str, Query(max_length=200)],
        direction: Annotated[
            str, Query(max_length=40, description="higher-is-worse, lower-is-worse, neither")
        ],
        nature: Annotated[str, Query(max_length=40, description="extensive or intensive")],
        release: Annotated[
            str, Query(max_length=60, description="areas of the codes, e.g. lsoa-2021, wd-2023-05")
        ],
        period: Annotated[str | None, Query(max_length=40)] = None,
        period_column: Annotated[str | None, Query(max_length=200)] = None,
        title: Annotated[str | None, Query(max_length=200)] = None,
        definition: Annotated[str | None, Query(max_length=2_000)] = None,
        denominator: Annotated[str | None, Query(max_length=200)] = None,
        publisher: Annotated[str, Query(max_length=200)] = "not stated",
        licence: Annotated[str, Query(max_length=200)] = "not stated",
        partnership: Annotated[str | None, Query(max_length=120, description="whose it is")] = None,
        confidential: Annotated[bool, Query(description="counts below 10 are never shown")] = False,
        as_written: Annotated[
            bool, Query(description="values below and far above 1 are one kind of per cent")
        ] = False,
    ) -> None:
        self.release, self.partnership = release, partnership
        self.mapping = upload_mapping(
            id, value, code_column, period=period, period_column=period_column, unit=unit,
            direction=direction, nature=nature, title=title, definition=definition,
            denominator=denominator, as_written=as_written,
        )  # fmt: skip
        self.publication = Publication(
            UPLOAD, publisher, licence, publisher, partnership_slug=partnership,
            confidential=confidential,
        )  # fmt: skip

    def bring_in(
        self, session: Session, actor: Actor | str, sent: tuple[bytes, str], *, commit: bool
    ) -> UploadReport:
        """Rehearse or store what was sent."""
        return import_indicators(
            session, actor, *sent, self.mapping, self.release, self.publication, commit=commit
        )


Mapping = Annotated[Asked, Depends()]


@router.post("/rehearsals/indicators", dependencies=[Heavy], openapi_extra=BODIES)
def rehearse_indicators(session: ReadSession, asked: Mapping, sent: Sent) -> JSONResponse:
    """Say what would become of each row of a CSV or XLSX of indicators; stores nothing and needs no token."""
    return JSONResponse(upload_body(asked.bring_in(session, "rehearsal", sent, commit=False)))


@router.post("/indicators", status_code=201, dependencies=[Heavy], openapi_extra=BODIES)
def bring_indicators_in(
    session: WriteSession, actor: Annotated[Actor, Depends(signed_in)], asked: Mapping, sent: Sent
) -> JSONResponse:
    """Bring a CSV or XLSX in, each column of values an indicator; an upload of the same id is replaced.

    Needs a token that may change the partnership, or an administrator's where none is named. Refused with
    every fault: another release than the one named (with the offer to carry it), text for numbers, shares
    among per cent, a table without a sound row.
    """
    _may(actor, asked.partnership)
    report = asked.bring_in(session, actor, sent, commit=True)
    if not report.stored:
        raise NoRowStored(f"{report.as_line()}: nothing was stored", report.faults)
    first = next(iter(asked.mapping.columns.values())).id
    headers = {"Location": f"/api/v1/indicators/{first}"}
    return JSONResponse(upload_body(report), 201, headers)


@router.delete("/indicators/{indicator_id}", status_code=204)
def take_indicator_out(
    request: Request, session: WriteSession, indicator_id: Annotated[str, Path(max_length=120)]
) -> Response:
    """Take an uploaded indicator out with its values; needs a token that may change its partnership."""
    actor = signed_in(request, session)
    row = get_upload(session, indicator_id)
    _may(actor, row.partnership_slug)
    remove_upload(session, actor, row)
    return Response(status_code=204)


def _may(actor: Actor, slug: str | None) -> None:
    if not (actor.may_edit(slug) if slug is not None else actor.is_administrator):
        raise NotFound(f"there is no partnership {slug!r} that this token may change")
