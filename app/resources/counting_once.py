"""Reads what of a partnership's ledger is counted twice: few lines of many, whatever the ledger's size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy import Result
from sqlalchemy.orm import Session

from app.resources.joining import joined_by_hash
from app.resources.methods.double_counting import COLUMNS, DoubleCounting, alike, count_once
from app.resources.methods.ledger import BUCKETS
from app.resources.methods.sums import stands_of
from boundaries.database import named_sql

# Of lines that may be one award written twice, so many are looked at.
MOST_ALIKE = 2_000


def read_double_counting(
    session: Session,
    parameters: Mapping[str, Any],
    relations: pd.DataFrame,
    totals: Mapping[str, Any],
    *,
    year: str | None = None,
    with_doubles: bool = True,
) -> DoubleCounting:
    """Say what of a ledger is counted twice; totals are the ledger's own, of the same year.

    parameters and relations : as the ledger is built on (`building.ledger_parameters`, `relate_places`).
    `with_doubles` looks for lines alike in two files too. A line of another stage, year or currency, or whose
    recipient's office alone is known, is in no total and so cannot be counted twice.
    """
    asked = {**parameters, "year": year, "most": MOST_ALIKE}
    lines = _counted(session.execute(named_sql(__file__, "linked_lines"), asked), relations)
    doubles = None
    if with_doubles:
        with joined_by_hash(session):
            found = session.execute(named_sql(__file__, "lines_alike"), asked)
            doubles = alike(_counted(found, relations))
    held = {bucket: int(totals[f"{bucket}_pence"]) for bucket in BUCKETS}
    return count_once(lines, held, doubles)


def _counted(found: Result[Any], relations: pd.DataFrame) -> pd.DataFrame:
    """Give the lines that stand in a bucket, with it; those whose recipient alone is known stand in none."""
    rows = [dict(row) for row in found.mappings()]
    keys = {row["place_key"] for row in rows}
    few = relations[relations["line_id"].isin(keys)]
    bucket_of = {
        key: stands_of(relation).bucket for key, *relation in few.itertuples(index=False, name=None)
    }
    counted = [
        row | {"bucket": bucket_of[row["place_key"]]}
        for row in rows
        if bucket_of.get(row["place_key"]) in BUCKETS
    ]
    return pd.DataFrame(counted, columns=list(COLUMNS)).astype(object)
