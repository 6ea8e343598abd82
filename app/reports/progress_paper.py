"""The report of progress as a printed paper: an accessible A4 PDF whose every figure stands in the report's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.findings.words import DEMO_WORDS
from app.reports.paper import lay_out, templates


def make_progress_paper(body: Mapping[str, Any], made: date, *, demo: bool) -> bytes:
    """Print a report of progress as PDF/UA-1: tagged, English, A4, fonts embedded; names are escaped.

    body : what `report_of` gives; nothing else is printed, so that no figure differs.
    """
    document = lay_out(write_progress_paper(body, made, demo=demo))
    return bytes(document.write_pdf(pdf_variant="pdf/ua-1"))


def write_progress_paper(body: Mapping[str, Any], made: date, *, demo: bool) -> str:
    """Write the page that is printed."""
    return templates().get_template("progress.html").render(
        body=body, made=made, demo=demo, demo_words=DEMO_WORDS, attributions=attributions_of(body)
    )  # fmt: skip


def attributions_of(body: Mapping[str, Any]) -> list[str]:
    """List whose figures stand in a report of progress, each once."""
    targets = [*body["targets"], *body["national"]]
    found = {each["series"]["attribution"] for each in targets if each["series"]}
    return sorted(found | set(body["moved"].get("indicator", {}).get("attribution", ())))
