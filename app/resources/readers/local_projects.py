"""Reads projects that one district's partnership paid for out of a fund: lines of money of the whole district."""

from __future__ import annotations

from pathlib import Path

from app.resources.methods.amounts import RuleBroken, pence_from
from app.resources.methods.dates import read_year
from app.resources.readers.allocations import NRF
from app.resources.readers.columns import fault_of, read_table, text_of
from app.resources.readers.frames import ReadLines, StatedPlace, clean_text, lines_frame

_COLUMNS = (
    "district_2001", "financial_year", "project", "funding_gbp", "managed_and_delivered_by", "source",
)  # fmt: skip


def read_local_projects(source: Path | bytes, name: str, funder: str) -> ReadLines:
    """Read a district's projects under the Neighbourhood Renewal Fund; each row is one line or one refusal.

    Stage `awarded`, the year as the source gives it. A project's own title is no place: the line is
    of the district, by name. A project listed twice for one year is refused the second time.
    """
    sheet = read_table(source, name, _COLUMNS)
    records: list[dict[str, object]] = []
    faults = list(sheet.faults)
    seen: set[str] = set()
    for number, row in sheet.rows:
        try:
            district, project = text_of(row, "district_2001"), text_of(row, "project")
            year = read_year(text_of(row, "financial_year"))[0]
            key = f"{district}:{year}:{project}"
            if key in seen:
                raise RuleBroken("row-once", "The project stands in an earlier row already.")
            pence = pence_from(row.get("funding_gbp")).pence
        except RuleBroken as broken:
            faults.append(fault_of(broken, name, number, "funding_gbp", row.get("funding_gbp")))
            continue
        seen.add(key)
        records.append(
            {
                "row": number, "identifier": f"nrf-project:{key}", "title": project, "funder": funder,
                "programme": NRF, "recipient": clean_text(row.get("managed_and_delivered_by")),
                "stage": "awarded", "amount_pence": pence, "currency": "GBP", "financial_year": year,
                "places": (StatedPlace(name=district),), "recipient_address": False,
            }
        )  # fmt: skip
    return ReadLines(
        lines_frame(records), tuple(faults), tuple(sheet.notes), len(sheet.rows) + len(sheet.faults)
    )
