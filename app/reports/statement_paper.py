"""The statement of use as a printed paper: an accessible A4 PDF whose every figure stands in the statement's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from app.findings.words import DEMO_WORDS
from app.reports.paper import lay_out, templates
from app.reports.word import make_word
from app.reports.wording import edition_name
from app.statements.wording import SECTION_WORDS, STATUS_WORDS

MOST_PRINTED = 60


def make_statement_paper(body: Mapping[str, Any]) -> bytes:
    """Print the statements of a year as PDF/UA-1: tagged, English, A4, fonts embedded; names are escaped.

    body : what `statements_of_use` gives; nothing else is printed, so that no figure differs.
    """
    document = lay_out(write_statement_paper(body))
    return bytes(document.write_pdf(pdf_variant="pdf/ua-1"))


def make_statement_document(body: Mapping[str, Any]) -> bytes:
    """Write the statements of a year as a Word file, from the page that the PDF is printed from."""
    return make_word(write_statement_paper(body), None, _made_on(body))


def _made_on(body: Mapping[str, Any]) -> date:
    made = body["as_at"]
    return made if isinstance(made, date) else date.fromisoformat(made)


def write_statement_paper(body: Mapping[str, Any]) -> str:
    """Write the page that is printed; of a statement's lines the largest, and how much the others are."""
    return templates().get_template("statement.html").render(
        body=body, statements=[_printed(each) for each in body["statements"]], status_words=STATUS_WORDS,
        section_words=SECTION_WORDS, edition=edition_name(str(body["index"])), demo_words=DEMO_WORDS,
        made=_made_on(body),
    )  # fmt: skip


def _printed(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Give a statement with the days of its sign-off as days, and its lines cut to what is printed."""
    agreed, signed = statement["sign_off"].get("agreed_on"), statement["signed_at"]
    files = {file["id"]: f"{file['title']}, {file['publisher']}" for file in statement["sources"]}
    return {
        **statement,
        "agreed_on": None if agreed is None else date.fromisoformat(str(agreed)),
        "signed_on": signed.date() if isinstance(signed, datetime) else None,
        "printed": statement["lines"][:MOST_PRINTED],
        "bases": list(
            dict.fromkeys(str(row["basis"]) for row in statement["allocation"]["rows"] if row["derived"])
        ),
        "files": files,
    }  # fmt: skip
