"""The Folium map of one place: its words and the table of money beside it, and the map as one file for a disk."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from app.assets import asset_texts
from app.findings.gather import Findings
from app.findings.sketch import draw_place
from app.findings.words import DEMO_WORDS, finding, pounds
from app.resources.methods.ledger import (
    BUCKETS,
    CERTAINTIES,
    NEIGHBOURHOODS,
    NOT_PLACED,
    OUT,
    PARTNERSHIP_WIDE,
    REST,
    sum_pence,
)
from maps.layers import BETWEEN_LINES, Layer
from maps.map_tables import MapTable

BUCKET_WORDS = {
    NEIGHBOURHOODS: "Priority neighbourhoods",
    REST: "Rest of the partnership",
    OUT: "Outside the partnership",
    NOT_PLACED: "Not placed",
}
SPLIT = (NEIGHBOURHOODS, REST)


def map_title(findings: Findings) -> str:
    """Name the map."""
    return f"Priority neighbourhoods of {findings.ground.name}"


def map_words(findings: Findings) -> str:
    """Say the finding above the map, and that the demo county is invented."""
    return f"{DEMO_WORDS} {finding(findings)}" if findings.ground.demo else finding(findings)


def money_table(findings: Findings) -> MapTable:
    """Write the buckets as the table beside the map: what no circle shows stands here too.

    Located, estimated and partnership-wide money stand apart, each summed from its own lines.
    """
    ledger = findings.ledger
    rows: list[tuple[str, ...]] = []
    for bucket in BUCKETS:
        inside = [line for line in ledger.lines if line["bucket"] == bucket]
        for certainty in CERTAINTIES if bucket in SPLIT else (None,):
            if bucket == NEIGHBOURHOODS and certainty == PARTNERSHIP_WIDE:
                continue  # money for the whole is never in a part
            own = [line for line in inside if certainty in (None, line["certainty"])]
            words = (certainty or "").replace("_", "-")
            label = f"{BUCKET_WORDS[bucket]}, {words}" if words else BUCKET_WORDS[bucket]
            rows.append((label, f"{len(own):,}", pounds(sum_pence(own))))
    rows.append(
        (
            "All lines but those that give only the recipient's address",
            f"{ledger.totals['file_lines']:,}",
            pounds(ledger.totals["file_pence"]),
        )
    )
    rows.append(
        (
            "Beside the total: paid to organisations based here, place of spending not stated",
            f"{len(ledger.paid_here):,}",
            pounds(sum_pence(ledger.paid_here)),
        )
    )
    caption = f"Where the money goes, {ledger.stage}" + (f", {ledger.year}" if ledger.year else "")
    return MapTable(caption, ("Where", "Lines", "Amount"), tuple(rows), (), "money")


def map_layers(session: Session, findings: Findings) -> list[Layer]:
    """Draw the layers of the map; those of the figures name the files of money too, for their table stands beside."""
    first, *others = draw_place(session, findings)
    files = [one["attribution"] for one in findings.sources if one["quality"] == "as published"]
    lines = [first.attribution, *(line for line in files if line)]
    return [replace(first, attribution=BETWEEN_LINES.join(lines)), *others]


def make_map_file(session: Session, findings: Findings) -> str:
    """Write the Folium map as one file. Raises AssetsMissing where the browser files were not fetched."""
    from maps.folium_map import single_file  # at first use: it would slow every start

    return single_file(
        map_layers(session, findings), money_table(findings), map_title(findings), asset_texts(),
        words=map_words(findings),
    )  # fmt: skip
