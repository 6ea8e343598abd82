"""Measures the rehearsal of mergers on real money: two partnerships and twelve, cold and warm, to the penny.

Run as `python -m bench.mergers URL` on a database with England and its money. Partnerships of real councils are
made and taken out again. Beside it stand as many ledgers asked one by one, in the same run: a merger reads each
of them, and the ledger of all their ground.
"""

from __future__ import annotations

import sys
import time
from datetime import date
from typing import Any

from sqlalchemy import Engine

from app.dependencies import today
from app.rehearsals.mergers import merge_partnerships
from app.resources.partnership_money import LedgerAsked, partnership_ledger
from app.sessions import reading
from bench.many_partnerships import many_partnerships
from boundaries.database import make_engine

PARTNERSHIPS, MOST, SIZES = 30, 3.0, (2, 12)


def measure(engine: Engine, day: date) -> dict[int, dict[str, float]]:
    """Merge so many of the partnerships; seconds and processor seconds of this process, by how many."""
    found: dict[int, dict[str, float]] = {}
    with many_partnerships(engine, day, PARTNERSHIPS) as slugs:
        _ask(
            engine, slugs[-2:], day
        )  # modules and national layers are read before anything is measured
        for size in SIZES:
            chosen = slugs[:size]
            began = time.process_time()
            for slug in chosen:
                with reading(engine, 600) as session:
                    partnership_ledger(session, slug, LedgerAsked(), day)
            ledgers = time.process_time() - began
            cold, warm = _ask(engine, chosen, day), _ask(engine, chosen, day)
            _check(cold[2])
            found[size] = {
                "lines inside": float(cold[2]["money"]["after"]["here_lines"]), "cold, s": cold[0],
                "cold, CPU s": cold[1], "warm, s": warm[0], "its ledgers one by one, CPU s": ledgers,
                "times its ledgers": cold[1] / ledgers,
            }  # fmt: skip
    return found


def _ask(engine: Engine, slugs: list[str], day: date) -> tuple[float, float, dict[str, Any]]:
    began, spent = time.perf_counter(), time.process_time()
    with reading(engine, 600) as session:
        body = merge_partnerships(session, slugs, day)
    return time.perf_counter() - began, time.process_time() - spent, body


def _check(body: dict[str, Any]) -> None:
    """Hold the walk from before to after to the penny."""
    money = body["money"]
    once = money["once"]
    walked = once["pence"] + money["only_in_all"]["pence"] - money["in_none_of_all"]["pence"]
    before = sum(one["here_pence"] for one in money["before"])
    if (
        before - once["counted_again"]["pence"] != once["pence"]
        or walked != money["after"]["here_pence"]
    ):
        raise AssertionError(f"the steps of {body['name']} do not lead from before to after")


def run(url: str) -> bool:
    """Print the figures; returns whether a merger cost no more than three times its ledgers."""
    met = True
    for size, seen in measure(make_engine(url, statement_timeout_s=600), today()).items():
        print(f"{size} partnerships as one")
        for words, figure in seen.items():
            print(f"  {words:34} {figure:12.6g}")
        met &= seen["times its ledgers"] <= MOST
    print(f"a merger at most {MOST} times its ledgers one by one: {'met' if met else 'MISSED'}")
    return met


if __name__ == "__main__":
    sys.exit(0 if run(sys.argv[1]) else 1)
