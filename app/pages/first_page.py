"""Makes one place's page and map ahead of the first reader, so that what they stand on is loaded; shows them nobody."""

from __future__ import annotations

from typing import Any

from app.dependencies import today
from app.findings.gather import find_ground, gather, read_asked
from app.findings.sketch import draw_place
from app.pages.place_routes import MAP_TOLERANCE_M
from app.pages.place_view import place_view
from app.pages.queries import any_place
from app.sessions import reading
from maps.leaflet import map_topology


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
