"""The picture of a place to take away: the layers of its pages, with its finding, key, sources and day on it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.findings.gather import Findings
from app.findings.map_file import map_title
from app.findings.profile_sketch import profile_layers
from app.findings.sketch import draw_place
from app.findings.words import DEMO_WORDS, day, finding, index_words, money_finding
from app.profiles.profile import Profile
from boundaries.footprints import Ground
from maps.picture_file import picture_svg

NOTICE = DEMO_WORDS.replace("page", "picture")


def place_picture(session: Session, findings: Findings, *, with_money: bool) -> str:
    """Draw a place as one SVG file; with money, the circles of its page of resources and what they stand for.

    Raises ValueError where none of its areas has an outline.
    """
    title = map_title(findings)
    said = finding(findings)
    if with_money:
        title = f"Money in the neighbourhoods of {findings.ground.name}"
        said = money_finding(findings.ledger)
    return picture_svg(
        draw_place(session, findings, with_money=with_money), title=title, finding=said,
        below=(
            f"Shading: {index_words(findings)}, national rank; numbers in brackets count small areas."
            f" As of {day(findings.day)}."
        ),
        notice=NOTICE if findings.ground.demo else "",
    )  # fmt: skip


def profile_picture(session: Session, made: Profile, ground: Ground | None) -> str:
    """Draw a profile's small areas, and a neighbourhood's outline over them, as one SVG file."""
    body = made.body
    return picture_svg(
        profile_layers(session, made, ground), title=body["title"], finding=body["sentences"][0]["text"],
        below=(
            f"Shading: {body['index']['title']}, national rank; numbers in brackets count small areas."
            f" People: {body['ground']['people_source']}."
        ),
        notice=NOTICE if body["index"]["demo"] else "",
    )  # fmt: skip
