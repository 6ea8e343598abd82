"""What the builder's form chooses by a list or a file: postcodes, codes, or outlines; bounded before it is read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import PurePosixPath

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, UploadFile

from app.neighbourhoods.choosing import Choosable, Entered, areas_of_entries
from app.neighbourhoods.outline_choosing import areas_of_outlines
from app.neighbourhoods.sent_outlines import read_sent_outlines
from app.pages.chosen_areas import MOST_CHOSEN
from app.pages.desk_forms import text_of
from app.problems import BodyTooLarge
from app.vintages.readers.cells import read_sheet
from boundaries.errors import Fault, Invalid

MOST_LIST_BYTES, MOST_OUTLINE_BYTES = 2_000_000, 10_000_000
MOST_LIST = 200_000
OUTLINE_ENDINGS = (".geojson", ".json", ".kml", ".gpkg", ".zip", ".fgb")
_COLUMNS = ("lsoa", "lsoa_code", "code", "area_code", "postcode", "pcds", "pcd")


def holds_outlines(name: str) -> bool:
    """Say by a file's name whether it is read as outlines, not as a list."""
    return PurePosixPath(name.lower()).suffix in OUTLINE_ENDINGS


def most_bytes(name: str) -> int:
    """Give the size up to which a file of this name is read."""
    return MOST_OUTLINE_BYTES if holds_outlines(name) else MOST_LIST_BYTES


async def build_form(request: Request) -> AsyncIterator[FormData]:
    """Read the form with its boxes and at most one file."""
    async with request.form(max_files=1, max_fields=MOST_CHOSEN + 100) as form:
        yield form


def _refuse_large(sent: UploadFile, name: str) -> None:
    """Refuse a file that is too large before any of it is looked at. Raises BodyTooLarge."""
    if (sent.size or 0) > most_bytes(name):
        kind = "outlines" if holds_outlines(name) else "codes or postcodes"
        detail = (
            f"the file {name!r} is larger than the {most_bytes(name):,} bytes of a file of {kind}"
        )
        fault = Fault(detail, "/file", file=name, value=f"{sent.size:,} bytes")
        raise BodyTooLarge(detail, [fault])


def read_entered(session: Session, form: FormData, among: Choosable) -> Entered:
    """Choose the small areas of the form's list and file.

    Raises Invalid, FileRefused, BodyTooLarge, and what outlines raise.
    """
    written = text_of(form, "list")
    if len(written) > MOST_LIST:
        detail = f"the list is longer than {MOST_LIST:,} letters"
        raise Invalid(detail, [Fault(detail, pointer="/list")])
    entries = [line for line in written.splitlines() if line.strip()]
    sent = form.get("file")
    drawn = Entered((), ())
    if isinstance(sent, UploadFile) and sent.filename:
        name = sent.filename[:80]
        _refuse_large(sent, name)
        content = sent.file.read()
        if holds_outlines(name):
            drawn = areas_of_outlines(session, read_sent_outlines(name, content), among, name)
        else:
            entries += _cells(name, content)
    listed = areas_of_entries(session, entries, among)
    codes = tuple(sorted({*listed.codes, *drawn.codes}))
    return Entered(codes, (*listed.left_out, *drawn.left_out))


def _cells(name: str, content: bytes) -> list[str]:
    """Give the filled cells of a sheet's column of codes or postcodes. Raises Invalid, FileRefused."""
    sheet = read_sheet(content, name)
    known = [column for column in sheet.columns if column.strip().lower() in _COLUMNS]
    if not known:
        detail = f"the file has no column named {', '.join(_COLUMNS[:-1])} or {_COLUMNS[-1]}"
        raise Invalid(detail, [Fault(detail, "/file", file=name, rule="file-has-codes")])
    cells = (row.get(known[0]) for _, row in sheet.rows)
    return [str(cell).strip() for cell in cells if cell is not None and str(cell).strip()]
