"""Receipts of the pages of one area, of progress and of statements: each figure with the rows that give it again.

They are receipts as a place's own: the formula is in the words of the downloaded file. A figure whose rows no
download holds has none.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy.orm import Session

from app.findings.words import count, pounds
from app.neighbourhoods.within import index_of_set
from app.pages import queries
from app.pages.place_receipts import Receipt
from app.profiles.subject import WHOLE_TYPES
from app.resources.methods.dates import is_financial_year
from app.resources.methods.ledger import BUCKETS, NEIGHBOURHOODS, REST

_IN = {NEIGHBOURHOODS: "in its neighbourhoods", REST: "in the rest of it"}
# Which set's rows a council's own count is the sum of.
_SETS = ("lsoa-2011", "lsoa-2021")


def area_receipts(session: Session, body: dict[str, Any]) -> tuple[list[Receipt], list[str]]:
    """List the receipts of an area's page, and the sources of the figures in them.

    body : that of `/api/v1/areas/{code}`. People have one where an index's small areas hold the same count.
    """
    weight = queries.people_counted(session, body["code"])
    if weight is None or body["type"] not in WHOLE_TYPES or body["status"] != "current":
        return [], []
    sets = (weight.area_set,) if weight.area_set in _SETS else _SETS[:1]
    index = index_of_set(session, sets[0], demo=body["demo"])
    if index is None:
        return [], []
    rows = f"/api/v1/profile/rows.csv?{urlencode({'codes': body['code'], 'index': index.id})}"
    said = f"{'estimated, ' if weight.estimated else ''}{weight.period}"
    people = body["population"]
    made = Receipt(
        "People", count(people), people, f"people: {said}", "profiles", rows, "sum", "residents", ()
    )
    return [made], [f"People, {said}: {weight.source}"]


def progress_receipts(slug: str, body: dict[str, Any]) -> list[Receipt]:
    """List the receipts of the money on a page of progress: each year's, or the chosen year's, by stage and bucket."""
    found = []
    for stage in body["spent"]["stages"]:
        for row in stage["years"]:
            if not is_financial_year(row["year"]) or body["year"] not in (None, row["year"]):
                continue
            asked = {"stage": stage["stage"], "neighbourhoods": body["spent"]["neighbourhoods_are"]}
            for bucket, words in _IN.items():
                pence = row[f"{bucket}_pence"]
                where = (("bucket", bucket), ("financial_year", row["year"]), ("in_totals", "true"))
                found.append(
                    Receipt(
                        f"Money {stage['stage']} in {row['year']}, {words}", pounds(pence), pence,
                        f"lines of money {stage['stage']}, of every file", "money",
                        f"/api/v1/partnerships/{quote(slug)}/ledger.csv?{urlencode(asked)}", "sum",
                        "amount_pence", where,
                    )
                )  # fmt: skip
    return found


def statement_receipts(slug: str, body: dict[str, Any]) -> list[Receipt]:
    """List the receipts of statements: the money of each programme and stage by where it counts.

    What regrants pass on, and match funding beside, are told by line in the statement's own files and by no
    column of the ledger's: a stage with either has no receipt.
    """
    found = []
    for statement in body["statements"]:
        for use in statement["use"]:
            if use["regranted_pence"] or use["match_lines"]:
                continue
            for row in use["by_place"]:
                if not row["lines"] or row["bucket"] not in BUCKETS:
                    continue
                where = [("bucket", row["bucket"]), ("in_totals", "true")]
                where += [("certainty", row["certainty"])] if row["certainty"] else []
                where += [
                    ("programme_id", statement["programme"]["id"]),
                    ("financial_year", statement["year"]),
                ]
                asked = {"stage": use["stage"], "index": body["index"]}
                found.append(
                    Receipt(
                        f"{statement['caption']}, {use['stage']}: {row['label']}", pounds(row["pence"]), row["pence"],
                        f"lines of money {use['stage']}, of every file", "statements",
                        f"/api/v1/partnerships/{quote(slug)}/ledger.csv?{urlencode(asked)}", "sum", "amount_pence",
                        tuple(where),
                    )
                )  # fmt: skip
    return found
