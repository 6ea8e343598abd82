"""How fast a table is carried to another census and a million rows are looked at, beside bare pandas in the same run.

The links and the people are the publishers'; the postcodes that share out changed areas are invented, twenty a
link, since their number and not their place is what costs. The peer reads the same CSV, merges it with the same
links and writes it: it keeps no total, knows no kind of link and finds no column.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import Engine, text

from app.sessions import reading, writing
from app.vintages.diagnosing import diagnose
from app.vintages.fixing import fixed_header, fixed_rows
from app.vintages.methods.columns import Wanted
from app.vintages.readers.records import open_records
from app.vintages.rebasing import rebase_table
from app.vintages.writing import safe_header, safe_rows, write_rows
from bench.own_postgis import own_postgis
from boundaries.database import make_engine
from boundaries.rebasing import read_release
from boundaries.sources.lookups import LINK_KINDS, LSOA_LINKS, SET_2011, SET_2021_FROM
from boundaries.sources.people import PEOPLE
from boundaries.storing import store_areas, store_postcodes, store_successions

ROUNDS = 2
COLUMNS = 20
MILLION = 1_000_000
TODAY = date(2025, 6, 1)


def run(mirror: Path) -> None:
    """Print rows a second of each and of its peer, and the ratio."""
    links = pd.read_parquet(mirror / LSOA_LINKS)
    links = links[links["lsoa11_code"].str.startswith("E")]
    with own_postgis(throwaway=False) as (_, url, folder):
        engine = make_engine(url, pool_size=0, statement_timeout_s=600)
        _store(engine, links)
        people = pd.read_parquet(mirror / PEOPLE)
        _rebase(engine, folder, people[people["year"] == 2020], links)
        _doctor(engine, folder, links)
        engine.dispose()


def _store(engine: Engine, links: pd.DataFrame) -> None:
    old, new = set(links["lsoa11_code"]), set(links["lsoa21_code"])
    codes = sorted(old | new)
    areas = pd.DataFrame({"code": codes, "type": "lsoa", "name": codes}).assign(
        valid_from=[SET_2011[0] if code in old else SET_2021_FROM for code in codes],
        valid_to=[None if code in new else SET_2021_FROM for code in codes],
    )
    changed = links[links["change_code"] != "U"]
    spots = changed.loc[changed.index.repeat(20)].reset_index(drop=True)
    # As after a load: without statistics the server would look at every postcode for every link.
    with writing(engine) as session:
        store_areas(session, areas)
        store_successions(
            session,
            pd.DataFrame(
                {
                    "old_code": links["lsoa11_code"], "new_code": links["lsoa21_code"],
                    "changed_on": SET_2021_FROM, "kind": links["change_code"].map(LINK_KINDS),
                    "share": None, "source": "bench",
                }
            ),
        )  # fmt: skip
        store_postcodes(
            session,
            pd.DataFrame(
                {
                    "postcode": [f"ZZ{n // 26**2}{chr(65 + n // 26 % 26)}{chr(65 + n % 26)}" for n in spots.index],
                    "easting": 450_000, "northing": 250_000, "lad_code": None,
                    "lsoa11_code": spots["lsoa11_code"], "lsoa21_code": spots["lsoa21_code"],
                    "status": "current",
                }
            ),
        )  # fmt: skip
        session.execute(text("ANALYZE areas, successions, postcodes"))


def _rebase(engine: Engine, folder: Path, people: pd.DataFrame, links: pd.DataFrame) -> None:
    source, target = folder / "people.csv", folder / "carried.csv"
    counts = people["total_population"].to_numpy()
    pd.DataFrame(
        {"lsoa11_code": people["lsoa11_code"].to_numpy()}
        | {f"count_{n}": counts + n for n in range(COLUMNS)}
    ).to_csv(source, index=False)
    pairs = links[["lsoa11_code", "lsoa21_code"]]

    def ours() -> None:
        with reading(engine) as session:
            made = rebase_table(
                session, open_records(source, source.name), read_release(session, "lsoa-2011"),
                read_release(session, "lsoa-2021"), Wanted(),
            )  # fmt: skip
        with target.open("w", encoding="utf-8", newline="") as out:
            write_rows(out, safe_header(made), safe_rows(made))
        if any(sums["difference"] for sums in made.report["totals"].values()):
            raise RuntimeError("a total changed")

    def peer() -> None:
        merged = pd.read_csv(source).merge(pairs, on="lsoa11_code")
        merged.drop(columns="lsoa11_code").groupby("lsoa21_code").sum().to_csv(target)

    _told(f"rebase, {COLUMNS} columns", len(people), ours, peer)


def _doctor(engine: Engine, folder: Path, links: pd.DataFrame) -> None:
    source, target = folder / "million.csv", folder / "fixed.csv"
    codes = links["lsoa11_code"].to_numpy()
    rows = np.arange(MILLION)
    new = links["lsoa21_code"].to_numpy()
    held = np.where(rows % 50, codes[rows % len(codes)], new[rows % len(new)])
    pd.DataFrame(
        {
            "id": rows,
            "area": held,
            "n": rows % 91,
            "pounds": rows % 1_700 / 100,
            "words": "some words",
        }
    ).to_csv(source, index=False)
    pairs = links[["lsoa11_code", "lsoa21_code"]].drop_duplicates("lsoa11_code")

    def ours() -> None:
        with reading(engine) as session:
            made = diagnose(session, open_records(source, source.name), TODAY)
        with target.open("w", encoding="utf-8", newline="") as out:
            write_rows(out, fixed_header(made), fixed_rows(made))
        if made.counted.rows != MILLION or not made.main.types[0].is_mixed:
            raise RuntimeError("the doctor missed rows or the mixture")

    def peer() -> None:
        table = pd.read_csv(source, dtype=str, keep_default_na=False)
        table.merge(pairs, how="left", left_on="area", right_on="lsoa11_code").to_csv(
            target, index=False
        )

    _told("doctor and fixed file", MILLION, ours, peer)


def _told(title: str, rows: int, ours: Callable[[], None], peer: Callable[[], None]) -> None:
    # In turns, so that what else the machine does falls on both.
    seconds = [(_seconds(ours), _seconds(peer)) for _ in range(ROUNDS)]
    own, other = min(pair[0] for pair in seconds), min(pair[1] for pair in seconds)
    print(
        f"{title:24} {rows / own:10,.0f} rows/s, pandas {rows / other:10,.0f} rows/s, "
        f"{other / own:.2f} times its speed"
    )


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    run(Path(sys.argv[1]))
