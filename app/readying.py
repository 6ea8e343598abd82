"""Makes ready in the background, once a service has begun to answer, what a first reader would wait for.

In the order of need: the libraries, tables, words and templates that every page of a place waits for, a piece at a
time, and beside them what such a page takes from the database of all of England; one place's page, unless a reader's
was made meanwhile; the other libraries, the browser files where their smallest forms do not lie ready, the engine of
papers with its fonts, the tiles that the national map opens on where none are kept yet, what is known of all releases
in sum, and the regions that somebody asked for before. No piece is begun while somebody is being answered, and no
large one just after. Nothing depends on it: what is not ready when somebody asks for it is made then, and what fails
here is told to who asks.

Who asks whether the service is ready gets the answer when the first page's pieces are done (`wait_until_ready`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Any, NamedTuple

from app.dependencies import today
from app.findings.asking import has_found
from app.indicators.queries import DEFAULT_INDEX
from app.late_imports import load_now
from app.logs import get_logger
from app.ogc.queries import list_ids
from app.own_files import squeeze_all
from app.pages.first_page import keep_what_all_share, make_a_page
from app.pages.rendering import compile_templates
from app.regions.queries import answers_asked_for
from app.regions.region import partnerships_of_region
from app.reports.paper import compile_papers, lay_out
from app.request_counts import RequestCounts
from app.sessions import FAILURES, reading, tie_tables
from app.sources.catalogue import catalogue
from app.tiles.finished import finished_tile, opening_tiles
from app.tiles.queries import Shown
from boundaries.errors import BoundsError

log = get_logger(__name__)

LATE_S = 0.2  # after the start, or when the first answer is out
# Between a page and the files that it names, and between those and its map, nobody is being answered.
QUIET_S = 1.5
PAUSE_S = 2.0  # what follows is asked for later, and would slow what is asked for now
# A piece waits for the answers that are under way, but not for ever: a busy service has no moment without any.
PATIENCE_S = 5.0
# A service that is slow to make ready is ready all the same: it answers, only later.
READY_WITHIN_S = 5.0
_GLANCE_S = 0.02
_ONE_WORD = "<!doctype html><html lang=en-GB><title>Bounds</title><p>Bounds"


class Piece(NamedTuple):
    """One piece: what is done, how long the service rests before, and how long nobody may have been answered.

    With the piece that makes a page the service is ready: what follows is for less common questions.
    """

    do: Callable[[], object]
    pause_s: float = 0.0
    quiet_s: float = QUIET_S
    makes_ready: bool = False


class Readying:
    """The background work of one service, from its start until it is stopped."""

    def __init__(
        self, state: Any, late_s: float = LATE_S, pause_s: float = PAUSE_S, quiet_s: float = QUIET_S
    ) -> None:
        self._state = state
        self._late_s = late_s
        every_page = (
            lambda: load_now("pandas"), lambda: load_now("geopandas"), tie_tables, catalogue, compile_templates,
        )  # fmt: skip
        later = (
            load_now, compile_papers, squeeze_all, _lay_out_a_word, self._draw, self._list_collections,
            self._tell_regions,
        )  # fmt: skip
        self._pieces = (
            *(Piece(do, quiet_s=0.0) for do in every_page),
            Piece(self._make_a_page, quiet_s=quiet_s, makes_ready=True),
            # Who waited until it is ready asks now.
            *(
                Piece(do, pause_s if do in (load_now, _lay_out_a_word) else 0.0, quiet_s)
                for do in later
            ),
        )
        self._ready = Event()
        self._ready_by = 0.0
        self._stopped = Event()
        self._thread = Thread(target=self.run, name="readying", daemon=True)

    def start(self) -> None:
        """Begin, after a moment."""
        self._ready_by = time.monotonic() + READY_WITHIN_S
        self._thread.start()

    def wait_until_ready(self) -> None:
        """Wait until a page takes no longer than later ones, but no longer than READY_WITHIN_S after the start."""
        self._ready.wait(max(0.0, self._ready_by - time.monotonic()))

    def stop(self) -> None:
        """Leave off after the piece in hand, and close what it opened."""
        self._stopped.set()
        self._thread.join()

    def run(self) -> None:
        """Do one piece after the other, until it is stopped."""
        counts: RequestCounts = self._state.counts
        begin_at = time.monotonic() + self._late_s
        while counts.ended_at is None and time.monotonic() < begin_at:
            if self._stopped.wait(_GLANCE_S):
                return
        # The database reads while this process loads libraries.
        beside = Thread(
            target=_try, args=(self._keep_what_all_share,), name="readying-beside", daemon=True
        )
        beside.start()
        for piece in self._pieces:
            if self._stopped.wait(piece.pause_s):
                break
            self._waits_for_others(piece.quiet_s)
            if self._stopped.is_set():
                break
            _try(piece.do)
            if piece.makes_ready:
                beside.join()
                self._ready.set()
        self._ready.set()
        beside.join()

    def _waits_for_others(self, quiet_s: float = QUIET_S) -> None:
        """Let who is being answered, or will ask for what a page just named, have the processor first."""
        counts: RequestCounts = self._state.counts
        give_up_at = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up_at:
            ended_at = counts.ended_at
            if not counts.open and (ended_at is None or time.monotonic() - ended_at >= quiet_s):
                return
            if self._stopped.wait(_GLANCE_S):
                return

    def _keep_what_all_share(self) -> None:
        with reading(self._state.engine) as session:
            keep_what_all_share(session)

    def _make_a_page(self) -> None:
        if not has_found():
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


def _try(do: Callable[[], object]) -> None:
    try:
        do()
    except (BoundsError, *FAILURES) as problem:
        log.info("something was not made ready", extra={"reason": type(problem).__name__})


def _lay_out_a_word() -> None:
    lay_out(_ONE_WORD)


def compile_ahead() -> None:
    """Compile what Python and the templates' engine keep compiled, for who serves where nothing may be written."""
    load_now()
    compile_templates()
    compile_papers()
    _lay_out_a_word()
