"""Tells which rows of a file are stored already from another, and whether both say the same of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.resources.methods.amounts import pounds_text
from app.resources.tables import ResourceLine
from boundaries.database import among
from boundaries.errors import Fault

# The first line of a row that is stored as several, one for each place that it states a share for.
_FIRST_PART = "#1"


class Held(NamedTuple):
    """A row that is stored: from which file, and what of it (pence of the whole row, where all of it is one line)."""

    file_id: str
    amount_pence: int | None
    currency: str
    awarded_on: date | None


def rows_held(session: Session, frame: pd.DataFrame, prefix: str, kind: str) -> dict[str, Held]:
    """Give identifier of a row → what is stored of it, also in the files that every partnership reads.

    A grant's own identifier, and the fingerprint of a plain row, mean the same line in whichever
    file they stand: counted once for all, it must not be counted again for one partnership.
    Identifiers that a plain table's keeper gave ("1", "2") mean something only beside its own.
    """
    rows = set(_rows_of(frame))
    wanted = {f"{prefix}{row}": row for row in rows}
    if prefix:
        wanted |= {row: row for row in rows if kind == "360giving" or row.startswith("plain:")}
    stored = _stored(session, [*wanted, *(f"{line_id}{_FIRST_PART}" for line_id in wanted)])
    return {wanted[line_id.removesuffix(_FIRST_PART)]: held for line_id, held in stored.items()}


def _rows_of(frame: pd.DataFrame) -> list[str]:
    """Name the row that each line stands for."""
    return [
        str(identifier if part_of is None else part_of)
        for identifier, part_of in zip(frame["identifier"], frame["part_of"], strict=True)
    ]


def _stored(session: Session, ids: Iterable[str]) -> dict[str, Held]:
    table = ResourceLine
    rows = session.execute(
        select(
            table.id, table.file_id, table.amount_pence, table.currency, table.awarded_on, table.part_of
        ).where(among(table.id, ids))
    )  # fmt: skip
    return {
        row[0]: Held(row[1], row[2] if row[5] is None else None, row[3], row[4]) for row in rows
    }


def held_faults(frame: pd.DataFrame, held: Mapping[str, Held], name: str, rule: str) -> list[Fault]:
    """List each row that is stored already, once: by `rule` where both say the same, else as `identifier-conflict`."""
    rows = frame.assign(row_id=_rows_of(frame)).drop_duplicates("row")
    faults = []
    for record in rows[rows["row_id"].isin(held)].to_dict("records"):
        stored = held[record["row_id"]]
        other = _otherwise(record, stored)
        told = f"A line of this identifier is stored already, from {stored.file_id}"
        faults.append(
            Fault(
                f"{told}, and says otherwise there: {other}." if other else f"{told}.",
                file=name, row=record["row"], column="identifier", value=record["row_id"],
                rule="identifier-conflict" if other else rule,
            )
        )  # fmt: skip
    return faults


def _otherwise(record: Mapping[str, Any], stored: Held) -> str:
    """Say in what a row and its stored line differ; empty where they do not, or where they cannot be compared."""
    parts = []
    if record["currency"] != stored.currency:
        parts.append(f"in {stored.currency}, here in {record['currency']}")
    elif (
        record["part_of"] is None
        and stored.amount_pence is not None
        and record["amount_pence"] != stored.amount_pence
    ):
        parts.append(
            f"{pounds_text(stored.amount_pence)}, here {pounds_text(record['amount_pence'])}"
        )
    if record["awarded_on"] != stored.awarded_on:
        parts.append(
            f"of {stored.awarded_on or 'no day'}, here of {record['awarded_on'] or 'no day'}"
        )
    return "; ".join(parts)


def are_held(frame: pd.DataFrame, held: Mapping[str, Held]) -> pd.Series:
    """Say for every line whether its row is stored already."""
    return pd.Series([row in held for row in _rows_of(frame)], index=frame.index, dtype=bool)
