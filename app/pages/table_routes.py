"""The page of the vintage doctor: a form, its answer, and the file put right. Only computes, keeps nothing."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import UploadFile

from app.dependencies import Heavy, ReadSession, today
from app.pages.rendering import page
from app.vintages.diagnosing import Diagnosis, diagnose
from app.vintages.fixing import diagnosis_body, fixed_header, fixed_rows
from app.vintages.judging import STATUSES
from app.vintages.routes import ROWS_A_SECOND, csv_answer
from app.vintages.sent import as_records
from boundaries.errors import Fault, Invalid

router = APIRouter(include_in_schema=False)
MOST_WORDS = 60


class Form(NamedTuple):
    """What the form sent: a file, its name, the release wanted or nothing."""

    raw: bytes
    name: str
    to: str


async def read_form(request: Request) -> Form:
    """Take the form's file and words. Raises Invalid where there is no file."""
    async with request.form(max_files=1, max_fields=5) as form:
        found, to = form.get("file"), form.get("to", "")
        if not isinstance(found, UploadFile) or not found.filename:
            fault = Fault("choose a file", pointer="/file")
            raise Invalid("the form has no file: choose a CSV and send it again", [fault])
        return Form(await found.read(), found.filename[:200], str(to)[:MOST_WORDS].strip())


Sent = Annotated[Form, Depends(read_form)]


@router.get("/doctor", response_class=HTMLResponse)
def doctor_form(request: Request) -> HTMLResponse:
    """The form, with no answer yet."""
    return page(request, "doctor.html", body=None, name="", to="", meanings=STATUSES)


@router.post("/doctor", response_class=HTMLResponse, dependencies=[Heavy])
def doctor_answer(request: Request, session: ReadSession, sent: Sent) -> HTMLResponse:
    """What the table holds."""
    body = diagnosis_body(_diagnosed(request, session, sent))
    return page(request, "doctor.html", body=body, name=sent.name, to=sent.to, meanings=STATUSES)


@router.post("/doctor/fixed.csv", dependencies=[Heavy])
def doctor_fixed(request: Request, session: ReadSession, sent: Sent) -> Response:
    """The table with its codes put right, as a file."""
    made = _diagnosed(request, session, sent)
    return csv_answer(request, fixed_header(made), fixed_rows(made), "doctored.csv")


def _diagnosed(request: Request, session: ReadSession, sent: Form) -> Diagnosis:
    return diagnose(
        session,
        as_records(request, (sent.raw, sent.name), ROWS_A_SECOND),
        today(),
        to=sent.to or None,
    )
