"""A place's Folium map, as a page of local files or as one file that opens without a network."""

from __future__ import annotations

from markupsafe import Markup
from sqlalchemy.orm import Session

from app import assets
from app.findings.gather import Findings
from app.findings.sketch import draw_place
from app.findings.words import DEMO_WORDS, finding, pounds
from app.pages.links import links_of
from app.pages.money_view import money_view
from app.pages.rendering import render
from maps.folium_map import folium_page, single_file
from maps.map_tables import MapTable


def money_table(findings: Findings) -> MapTable:
    """Write the buckets of the money as the table beside the map: what no circle shows stands here too."""
    money = money_view(findings.ledger)
    rows = tuple(
        (
            f"{row.label}, {row.certainty}" if row.certainty else row.label,
            f"{row.lines:,}",
            pounds(row.pence),
        )
        for row in money.buckets
    )
    total = (
        "All lines but those that give only the recipient's address",
        f"{money.file_lines:,}", pounds(money.file_pence),
    )  # fmt: skip
    aside = (
        "Beside the total: paid to organisations based here, place of spending not stated",
        f"{money.paid_here.in_all:,}", pounds(money.paid_here.pence),
    )  # fmt: skip
    caption = f"Where the money goes, {money.stage}" + (f", {money.year}" if money.year else "")
    return MapTable(caption, ("Where", "Lines", "Amount"), (*rows, total, aside), (), "money")


def _title(findings: Findings) -> str:
    return f"Priority neighbourhoods of {findings.ground.name}"


def _words(findings: Findings) -> str:
    return f"{DEMO_WORDS} {finding(findings)}" if findings.ground.demo else finding(findings)


def map_page(session: Session, findings: Findings, nonce: str) -> str:
    """Write the map as a page; every `<script>` and `<style>` carries `nonce`."""
    urls = {name: asset.url for name, asset in assets.manifest().items()}
    links = links_of(findings.ground, findings.asked)
    # Templates escape what they are given.
    top = Markup(render("site_header.html", here=links.base))
    below = Markup(render("map_below.html", links=links, name=findings.ground.name))
    return folium_page(
        draw_place(session, findings), money_table(findings), _title(findings), urls, nonce,
        top=top, below=below, words=_words(findings),
    )  # fmt: skip


def map_file(session: Session, findings: Findings) -> str:
    """Write the map as one file."""
    return single_file(
        draw_place(session, findings), money_table(findings), _title(findings), assets.asset_texts(),
        words=_words(findings),
    )  # fmt: skip
