"""Makes ready in the background, once a service has begun to answer, what a first reader would wait for.

In the order of need: what a page of a place stands on, the libraries that wait until they are used, the pages'
templates, the browser files in their smallest form, the engine of papers with its fonts, the tiles that the
national map opens on where none are kept yet, what is known of all releases in sum, and the regions that somebody
asked for before. No piece is begun while somebody is being answered. Nothing depends on it: what is not ready when
somebody asks for it is made then, and what fails here is told to who asks.
"""

from __future__ import annotations

from threading import Event, Thread
from typing import Any

from app.dependencies import today
from app.indicators.queries import DEFAULT_INDEX
from app.late_imports import load_now
from app.logs import get_logger
from app.ogc.queries import list_ids
from app.own_files import squeeze_all
from app.pages.first_page import make_a_page
from app.pages.rendering import compile_templates
from app.regions.queries import answers_asked_for
from app.regions.region import partnerships_of_region
from app.reports.paper import lay_out
from app.request_counts import RequestCounts
from app.sessions import FAILURES, reading
from app.tiles.finished import finished_tile, opening_tiles
from app.tiles.queries import Shown
from boundaries.errors import BoundsError

log = get_logger(__name__)

LATE_S = 0.2  # after the start: by then the first answer is out
PAUSE_S = 2.0  # what follows is asked for later, and would slow what is asked for now
# A piece waits for the answers that are under way, but not for ever: a busy service has no moment without any.
PATIENCE_S = 5.0
_GLANCE_S = 0.02
_ONE_WORD = "<!doctype html><html lang=en-GB><title>Bounds</title><p>Bounds"


class Readying:
    """The background work of one service, from its start until it is stopped."""

    def __init__(self, state: Any, late_s: float = LATE_S, pause_s: float = PAUSE_S) -> None:
        self._state = state
        self._pieces = (
            (late_s, self._make_a_page), (0.0, load_now), (0.0, compile_templates), (0.0, squeeze_all),
            (pause_s, _lay_out_a_word), (0.0, self._draw), (0.0, self._list_collections),
            (0.0, self._tell_regions),
        )  # fmt: skip
        self._stopped = Event()
        self._thread = Thread(target=self.run, name="readying", daemon=True)

    def start(self) -> None:
        """Begin, after a moment."""
        self._thread.start()

    def stop(self) -> None:
        """Leave off after the piece in hand, and close what it opened."""
        self._stopped.set()
        self._thread.join()

    def run(self) -> None:
        """Do one piece after the other, until it is stopped."""
        for pause_s, piece in self._pieces:
            if self._stopped.wait(pause_s):
                return
            self._waits_for_others()
            try:
                piece()
            except (BoundsError, *FAILURES) as problem:
                log.info("something was not made ready", extra={"reason": type(problem).__name__})

    def _waits_for_others(self) -> None:
        """Let who is being answered have the processor first."""
        counts: RequestCounts = self._state.counts
        patience = PATIENCE_S
        while counts.open and patience > 0 and not self._stopped.wait(_GLANCE_S):
            patience -= _GLANCE_S

    def _make_a_page(self) -> None:
        make_a_page(self._state)

    def _draw(self) -> None:
        for collection, place in opening_tiles():
            if self._stopped.is_set():
                return
            finished_tile(self._state, Shown(collection, today(), DEFAULT_INDEX), place)

    def _tell_regions(self) -> None:
        with reading(self._state.engine) as session:
            asked_for = answers_asked_for(session)
        for code, stage in asked_for:
            self._waits_for_others()
            if self._stopped.is_set():
                return
            with reading(self._state.engine) as session:
                partnerships_of_region(session, code, today(), stage=stage)

    def _list_collections(self) -> None:
        with reading(self._state.engine) as session:
            list_ids(session, today())


def _lay_out_a_word() -> None:
    lay_out(_ONE_WORD)
