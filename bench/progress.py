"""Measures judging a partnership's year: 200 targets over every period of the district series held.

Run as `python -m bench.progress URL` on a database with England and its indicators. A partnership with its
targets is made and taken out again. Between two askings one of its targets is written, so that each judges all of
them anew; the first has read no series before, the others find them kept. Asked again with nothing written, the
answer itself is kept. The raw limit is one statement that reads the same figures in the same run.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import TypeVar

import orjson
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.dependencies import today
from app.indicators.values import list_indicator_rows
from app.partnerships.actions import create_partnership, remove_partnership
from app.sessions import reading, writing
from app.strategies.progress import progress_of
from app.strategies.tables import Target
from boundaries.database import make_engine

Answer = TypeVar("Answer")
TARGETS, LEAST_PERIODS, LONGEST_S = 200, 3, 0.5
COUNCILS = ["E07000062", "E07000064"]  # Hastings, Rother
_WRITTEN = text(
    "UPDATE targets SET revision = revision + 1"
    " WHERE id = (SELECT min(id) FROM targets WHERE partnership_slug = :slug)"
)
RAW = text("SELECT count(*), sum(value) FROM indicator_values WHERE number = ANY(:numbers)")


def promises(session: Session, slug: str) -> tuple[list[Target], list[int]]:
    """Make the targets, kinds and paths in turn over the district series with most periods; gives their numbers too."""
    held = [
        row for row in list_indicator_rows(session)
        if row.area_type == "lad" and row.index_measure is None and not row.confidential
        and len(row.periods) >= LEAST_PERIODS and row.partnership_slug is None
    ]  # fmt: skip
    held.sort(key=lambda row: (-len(row.periods), row.id))
    if not held:
        raise SystemExit(
            "no district series of three periods is loaded: bounds load england --commit"
        )
    kinds = itertools.cycle(["floor", "ratio", "tail-gap", "level"])
    made = []
    for n, (row, kind) in enumerate(
        zip(itertools.islice(itertools.cycle(held), TARGETS), kinds, strict=False)
    ):
        periods = [each.period for each in row.periods][-10:]
        made.append(
            Target(
                id=f"{slug}.bench-{n}", partnership_slug=slug, title=f"Promise {n}", kind=kind, scope="districts",
                indicator_id=row.id, measure="", unit="", higher_is_worse=row.direction != "lower-is-worse",
                threshold=None if kind == "tail-gap" else 1.1, reduction_share=0.2 if kind == "tail-gap" else None,
                baseline_period=periods[0], due_period=periods[-1], path="linear", milestones=[], made_by="bench",
            )
        )  # fmt: skip
    return made, sorted({row.number for row in held[:TARGETS]})


def measure(engine: Engine, day: date, times: int = 7) -> dict[str, float]:
    """Judge all targets some times; seconds and CPU seconds of this process, the first and the median of the rest."""
    with writing(engine) as session:
        slug = create_partnership(
            session, "bench", name="Progress bench", authorities=COUNCILS, day=day
        ).slug
        targets, numbers = promises(session, slug)
        session.add_all(targets)
    try:
        asked: list[tuple[float, float]] = []
        for _ in range(times):
            # A target is written, so that what was answered before is not given again.
            with writing(engine) as session:
                session.execute(_WRITTEN, {"slug": slug})
            with reading(engine, 60) as session:
                took, spent, body = _time(lambda: progress_of(session, slug, day))
            asked.append((took, spent))
        with reading(engine, 60) as session:
            kept, _, _ = _time(lambda: progress_of(session, slug, day))
        assert len(body["targets"]) >= TARGETS
        told = [target for target in body["targets"] if target["by_period"]]
        with reading(engine, 60) as session:
            raw = min(
                _time(lambda: session.execute(RAW, {"numbers": numbers}).one())[0] for _ in range(3)
            )
        bytes_s, _, sent = _time(lambda: orjson.dumps(body))
    finally:
        with writing(engine) as session:
            remove_partnership(session, "bench", slug)
    return {
        "targets": float(len(body["targets"])), "of them with a figure": float(len(told)),
        "series": float(len(numbers)),
        "periods judged": float(sum(len(target["by_period"]) for target in told)),
        "first, s": asked[0][0], "again, s": statistics.median(took for took, _ in asked[1:]),
        "first, CPU s": asked[0][1], "again, CPU s": statistics.median(spent for _, spent in asked[1:]),
        "kept, s": kept,
        "reading the same figures once, s": raw, "writing the JSON, s": bytes_s, "JSON, kB": len(sent) / 1000,
    }  # fmt: skip


def _time(ask: Callable[[], Answer]) -> tuple[float, float, Answer]:
    began, spent = time.perf_counter(), time.process_time()
    answer = ask()
    return time.perf_counter() - began, time.process_time() - spent, answer


def run(url: str) -> bool:
    """Print the figures beside the bar; returns whether it was met."""
    seen = measure(make_engine(url, statement_timeout_s=60), today())
    for words, figure in seen.items():
        print(f"{words:36} {figure:10.3f}")
    raw = seen["again, s"] / seen["reading the same figures once, s"]
    print(f"{'times the raw reading, again':36} {raw:10.2f}")
    met = seen["again, s"] <= LONGEST_S
    verdict = "met" if met else "MISSED"
    print(f"{TARGETS} targets in {seen['again, s']:.3f} s (bar {LONGEST_S} s): {verdict}")
    return met


if __name__ == "__main__":
    sys.exit(0 if run(sys.argv[1]) else 1)
