"""A neighbourhood's printed paper: facts and one drawn map in, an accessible A4 PDF or a Word file out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.findings.picture import profile_picture
from app.findings.profile_sketch import profile_layers
from app.findings.words import DEMO_WORDS
from app.neighbourhoods.queries import get_version
from app.profiles.profile import Profile, neighbourhood_profile
from app.reports.neighbourhood_facts import neighbourhood_facts
from app.reports.paper import lay_out, templates, title_of_table
from app.reports.picture import draw_country_at, draw_picture, name_wards
from app.reports.problem_facts import WORST
from app.reports.word import WordPicture, make_word
from boundaries.footprints import Ground, read_ground
from maps.layers import Layer
from maps.legend import legend_entries, legend_html

TABLE_CAPTION = "Small areas, greatest need first"
# The paper's map is never less than four kilometres wide: what lies around reaches its edges.
AROUND_M = 3_000.0


@dataclass(frozen=True)
class NeighbourhoodPaper:
    """All that a neighbourhood's paper is made of; `facts` is served as its JSON."""

    facts: dict[str, Any]
    made: Profile
    ground: Ground


def read_neighbourhood(
    session: Session, slug: str, index: str | None, day: date, version: int | None = None
) -> NeighbourhoodPaper:
    """Gather a neighbourhood's paper. Raises UnknownNeighbourhood, UnknownIndex and LayerMissing."""
    made = neighbourhood_profile(session, slug, index, day, version)
    kept = get_version(session, slug, version)
    ground = read_ground(session, kept.footprint_id)
    facts = neighbourhood_facts(session, made, ground, kept.footprint_id, day)
    return NeighbourhoodPaper(facts, made, ground)


def figures_of_paper(paper: NeighbourhoodPaper) -> bytes:
    """Give every figure of a paper as JSON; it serves the PDF and the Word file alike."""
    return orjson.dumps(paper.facts, option=orjson.OPT_SERIALIZE_NUMPY)


def print_neighbourhood(session: Session, paper: NeighbourhoodPaper) -> bytes:
    """Print the paper as PDF/UA-1: tagged, English, A4, fonts embedded; names are escaped."""
    layers = profile_layers(session, paper.made, paper.ground, beyond_m=AROUND_M)
    layers = name_wards(session, layers, paper.facts["wards"])
    document = lay_out(write_neighbourhood(session, paper, layers))
    return bytes(document.write_pdf(pdf_variant="pdf/ua-1"))


def write_neighbourhood(
    session: Session, paper: NeighbourhoodPaper, layers: list[Layer] | None
) -> str:
    """Write the page that is printed, from the facts alone; without layers it has no drawing."""
    facts = paper.facts
    picture = country = key = Markup("")
    if layers is not None:
        picture = Markup(draw_picture(layers, picture_words(facts), TABLE_CAPTION))
        key = legend_html(legend_entries(layers))
        country = Markup(draw_country_at(session, layers, facts["date"], demo=facts["invented"]))
    return templates().get_template("neighbourhood.html").render(
        facts=facts, picture=picture, country=country, key=key, caption=TABLE_CAPTION, demo_words=DEMO_WORDS,
        worst=WORST,
    )  # fmt: skip


def write_neighbourhood_document(session: Session, paper: NeighbourhoodPaper) -> bytes:
    """Write the same paper as a Word file, from the page that the PDF is printed from."""
    page = write_neighbourhood(session, paper, None)
    drawn = profile_picture(session, paper.made, paper.ground)
    words = (
        f"{picture_words(paper.facts)}. {paper.facts['finding']} {title_of_table(TABLE_CAPTION)}"
    )
    return make_word(page, WordPicture(drawn, words), paper.facts["date"])


def picture_words(facts: dict[str, Any]) -> str:
    """Name the paper's map."""
    return f"Map of {facts['title']}: its small areas by deprivation, among those around"
