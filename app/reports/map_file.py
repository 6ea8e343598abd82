"""The map of one place as a single HTML file that opens with the network off; every figure on it stands in a table."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.assets import asset_texts
from app.findings.gather import Findings
from app.findings.sketch import draw_place
from app.findings.words import DEMO_WORDS, finding, pounds
from app.reports.money_facts import money_facts
from maps.folium_map import single_file
from maps.map_tables import MapTable


def make_map_file(session: Session, findings: Findings) -> str:
    """Write the Folium map as one file. Raises AssetsMissing where the browser files were not fetched."""
    words = finding(findings)
    if findings.ground.demo:
        words = f"{DEMO_WORDS} {words}"
    title = f"Priority neighbourhoods of {findings.ground.name}"
    return single_file(
        draw_place(session, findings), _money_table(findings), title, asset_texts(), words=words
    )


def _money_table(findings: Findings) -> MapTable:
    money = money_facts(findings.ledger)
    rows = [(row["label"], f"{row['lines']:,}", pounds(row["pence"])) for row in money["rows"]]
    beside = money["paid_here"]
    rows += [
        ("In the files read", f"{money['file_lines']:,}", pounds(money["file_pence"])),
        (
            "Paid to organisations based here, place of spending not stated (in no total)",
            f"{beside['lines']:,}",
            pounds(beside["pence"]),
        ),
    ]
    caption = f"Money {money['stage_words']}, by where its source says it is spent"
    return MapTable(caption, ("Where", "Lines", "Amount"), tuple(rows), (), "money")
