"""Reads and makes ahead of the first reader what a place's page and map stand on; shows nobody anything."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.dependencies import today
from app.findings.gather import find_ground, gather, read_asked
from app.findings.sketch import draw_place
from app.indicators.queries import DEFAULT_INDEX, list_indices
from app.pages.place_routes import MAP_TOLERANCE_M
from app.pages.place_view import place_view
from app.pages.queries import any_place
from app.priorities.ground import every_code_of_set
from app.resources.district_parts import parts_of_districts
from app.resources.estimate_weights import small_area_counts
from app.resources.place_grounds import ENGLAND
from app.sessions import reading
from maps.leaflet import map_topology


def keep_what_all_share(session: Session) -> None:
    """Have what a place's page takes from all of England read and kept: areas, people, the country's own parts.

    Of the index that pages open on and of the newest, with which they compare it; nothing without the first.
    """
    held = [index for index in list_indices(session) if not index.demo and len(index.measures) > 1]
    opened = next((index for index in held if index.id == DEFAULT_INDEX), None)
    if opened is None:
        return
    every = every_code_of_set(session, opened)
    small_area_counts(session, "people", every, opened.area_set)
    parts_of_districts(session, [ENGLAND], opened.area_set)
    if held[-1] is not opened:
        every_code_of_set(session, held[-1])


def make_a_page(state: Any) -> None:
    """Make the page of some real place from the database of a service; nothing where none is loaded.

    What is left of it are loaded libraries, statements that are written already, and what is kept of all of
    England: not the page. Raises what a reader's page may.
    """
    with reading(state.engine) as session:
        slug, councils = any_place(session)
        if slug is None and not councils:
            return
        ground = find_ground(session, slug=slug, councils=councils, day=today())
        asked = read_asked(session, ground, index_id=None, worst=None, rule=None)
        findings = gather(session, ground, asked, today())
        place_view(session, findings)
        map_topology(draw_place(session, findings), tolerance_m=MAP_TOLERANCE_M)
