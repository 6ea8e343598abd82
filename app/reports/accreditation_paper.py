"""A partnership's accreditation as a printed paper: an accessible A4 PDF whose every piece of evidence is the API's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.findings.words import DEMO_WORDS
from app.reports.paper import lay_out, templates


def make_accreditation_paper(body: Mapping[str, Any], made: date, *, demo: bool) -> bytes:
    """Print an accreditation as PDF/UA-1: tagged, English, A4, fonts embedded; names and notes are escaped.

    body : what `accreditation_of` gives; nothing else is printed, so that no state or count differs.
    """
    document = lay_out(write_accreditation_paper(body, made, demo=demo))
    return bytes(document.write_pdf(pdf_variant="pdf/ua-1"))


def write_accreditation_paper(body: Mapping[str, Any], made: date, *, demo: bool) -> str:
    """Write the page that is printed."""
    return templates().get_template("accreditation.html").render(
        body=body, made=made, demo=demo, demo_words=DEMO_WORDS
    )  # fmt: skip
