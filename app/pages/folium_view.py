"""A place's Folium map as a page of local files, in the frame of the other pages."""

from __future__ import annotations

from markupsafe import Markup
from sqlalchemy.orm import Session

from app import assets
from app.findings.gather import Findings
from app.findings.map_file import map_layers, map_title, map_words, money_table
from app.pages.links import links_of
from app.pages.rendering import render


def map_page(session: Session, findings: Findings, nonce: str) -> str:
    """Write the map as a page; every `<script>` and `<style>` carries `nonce`."""
    urls = {name: asset.url for name, asset in assets.manifest().items()}
    links = links_of(findings.ground, findings.asked)
    # Templates escape what they are given.
    top = Markup(render("site_header.html", here=links.base))
    below = Markup(render("map_below.html", links=links, name=findings.ground.name))
    from maps.folium_map import folium_page  # at first use: it would slow every start

    return folium_page(
        map_layers(session, findings), money_table(findings), map_title(findings), urls, nonce,
        top=top, below=below, words=map_words(findings),
    )  # fmt: skip
