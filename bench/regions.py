"""Measures the page of a region with many partnerships: cold, warm, after a write elsewhere and after one that matters.

Run as `python -m bench.regions URL` on a database with England and its money. Partnerships of real councils are
made and taken out again. Cold is where nobody has asked since anything changed: then the page is worked out whole.
The raw limit is one statement that reads the stage's lines, in the same run.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from datetime import date
from typing import Any

from sqlalchemy import Engine, text

from app.dependencies import today
from app.late_imports import load_late
from app.pages.rendering import environment
from app.partnerships.actions import change_partnership
from app.partnerships.queries import get_partnership
from app.regions.region import partnerships_of_region
from app.regions.sheets import steps
from app.sessions import reading, writing
from bench.many_partnerships import many_partnerships
from boundaries.database import make_engine

REGION, LONGEST_S, PARTNERSHIPS = "E12000008", 1.0, 120
ONCE = "--once"
_RAW = text(
    "SELECT count(*), sum(amount_pence) FROM resource_lines WHERE stage = 'awarded' AND NOT demo"
)
_ELSEWHERE = text(
    "INSERT INTO audit_events (actor, verb, subject, detail) VALUES ('bench', 'measure', 'bench:region', '{}')"
)


def measure(url: str, day: date, times: int = 5) -> dict[str, float]:
    """Ask for one region cold, warm, and again after a write; seconds and processor seconds of this process."""
    engine = make_engine(url, statement_timeout_s=600)
    with many_partnerships(engine, day, PARTNERSHIPS):
        cold = _ask(engine, day)
        begun = _ask_in_a_new_process(url)
        warm = [_ask(engine, day) for _ in range(times)]
        with writing(
            engine
        ) as session:  # something is written that no figure of the page follows from
            session.execute(_ELSEWHERE)
        again = _ask(engine, day)
        with writing(engine) as session:
            change_partnership(
                session, "bench", warm[0][2]["items"][0]["slug"], {"lead": "Bench"}, day
            )
        changed = _ask(engine, day)
        moved = _ask_after_other_ground(engine, warm[0][2], day)
        with reading(engine, 60) as session:
            began = time.perf_counter()
            session.execute(_RAW).one()
            raw = time.perf_counter() - began
    body = cold[2]
    once = body["money"]["once"]
    return {
        "partnerships in the region": float(len(body["items"])),
        "that straddle": float(body["roll_up"]["straddling"]),
        "lines, each once": float(once["lines"]), "countings taken away": float(once["counted_again"]["lines"]),
        "cold, s": cold[0], "cold, CPU s": cold[1],
        "first in a process, s": begun[0], "first in a process, CPU s": begun[1],
        "after a write elsewhere, s": again[0],
        "after a partnership changed, s": changed[0], "after a partnership changed, CPU s": changed[1],
        "after its ground changed, s": moved[0], "after its ground changed, CPU s": moved[1],
        "warm with its page, s": statistics.median(row[0] for row in warm),
        "reading the lines once, s": raw,
    }  # fmt: skip


def _ask_in_a_new_process(url: str) -> tuple[float, float]:
    """Ask in a process that has just begun: seconds and processor seconds from its first question to the page."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.regions", url, ONCE],
        capture_output=True,
        text=True,
        check=True,
    )
    took, spent = map(float, done.stdout.split())
    return took, spent


def _ask_after_other_ground(
    engine: Engine, body: dict[str, Any], day: date
) -> tuple[float, float, dict[str, Any]]:
    """Give one of the partnerships the ground of another, and ask."""
    made = [row["slug"] for row in body["items"] if row["slug"].startswith("bench-")]
    with reading(engine) as session:
        of_each = {slug: get_partnership(session, slug).authorities for slug in made}
    one, other = [slug for slug, codes in of_each.items() if codes][:2]
    with writing(engine) as session:
        change_partnership(session, "bench", one, {"authorities": of_each[other]}, day)
    return _ask(engine, day)


def _ask(engine: Engine, day: date) -> tuple[float, float, dict[str, Any]]:
    """Ask for the region and write its page, as the service does."""
    template = environment().get_template("region.html")
    began, spent = time.perf_counter(), time.process_time()
    with reading(engine, 600) as session:
        body = partnerships_of_region(session, REGION, day)
    template.render(
        body=body, steps=steps(body), query="", here="", base_url="", basemap_url=None,
        basemap_attribution="",
    )  # fmt: skip
    return time.perf_counter() - began, time.process_time() - spent, body


def run(url: str) -> bool:
    """Print the figures beside the bar; returns whether every page met it."""
    seen = measure(url, today())
    for words, figure in seen.items():
        print(f"{words:36} {figure:12.6g}")
    print(
        f"{'cold, times one reading':36} {seen['cold, s'] / seen['reading the lines once, s']:12.1f}"
    )
    met = True
    for what in (
        "first in a process, s", "after a write elsewhere, s", "after a partnership changed, s",
        "after its ground changed, s", "warm with its page, s",
    ):  # fmt: skip
        met = met and seen[what] <= LONGEST_S
        verdict = "met" if seen[what] <= LONGEST_S else "MISSED"
        print(f"a region's page, {what[:-3]}: {seen[what]:.3f} s (bar {LONGEST_S} s): {verdict}")
    return met


if __name__ == "__main__":
    if ONCE in sys.argv:
        load_late()
        print(*_ask(make_engine(sys.argv[1], statement_timeout_s=600), today())[:2])
        sys.exit(0)
    sys.exit(0 if run(sys.argv[1]) else 1)
