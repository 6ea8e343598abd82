"""Takes a table out of a request: a form's file or the body itself, never more than the settings allow."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.datastructures import UploadFile

from app.vintages.readers.records import Records, open_records
from boundaries.errors import Fault, Invalid

BODIES: dict[str, Any] = {
    "requestBody": {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        }
    }
}
# A service that gives less time takes as many rows, and leaves off where its time is over.
LEAST_S = 120
CSV_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}


async def read_sent_table(
    request: Request,
    name: Annotated[
        str, Query(max_length=200, description="name of a file sent as the body")
    ] = "table.csv",
) -> tuple[bytes, str]:
    """Take the bytes of a table and its name out of a form (field `file`) or the body. Raises Invalid."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "multipart/form-data":
        return await request.body(), name
    async with request.form(max_files=1, max_fields=10) as form:
        found = form.get("file")
        if not isinstance(found, UploadFile):
            fault = Fault("send the file in the field 'file'", pointer="/file")
            raise Invalid("the form has no file", [fault])
        return await found.read(), (found.filename or name)[:200]


def as_records(request: Request, sent: tuple[bytes, str], rows_a_second: int) -> Records:
    """Open a table that was sent: unpacked no larger than a file sent plain, and no longer than its time is.

    `rows_a_second` is what the work at hand does on a machine that does other things too. What cannot end in
    `BOUNDS_LONG_REQUEST_TIMEOUT_S` is refused before it begins. Raises TableRefused.
    """
    settings = request.app.state.settings
    most = rows_a_second * max(settings.long_request_timeout_s, LEAST_S)
    return open_records(*sent, most_bytes=settings.max_upload_bytes, most_lines=most)
