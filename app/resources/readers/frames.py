"""The one shape every reader hands on: a frame of checked lines, the rows it refused, and what it mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from boundaries.errors import Fault

LINE_COLUMNS = (
    "row",
    "identifier",
    "title",
    "funder",
    "programme",
    "theme",
    "recipient",
    "stage",
    "amount_pence",
    "currency",
    "awarded_on",
    "financial_year",
    "places",
    "recipient_postcode",
    "recipient_address",
    "deliverer",
    "money_kind",
    "role",
    "related_identifier",
    "estimate_basis",
    "outcome",
    "shares",
    "weights",
    "outline",
)
# Stored as they are read: nothing else is known of them.
SAID_COLUMNS = (
    "deliverer", "money_kind", "role", "related_identifier", "estimate_basis", "outcome",
)  # fmt: skip
ROLES = ("award", "regrant", "match", "refund")
MONEY_KINDS = ("revenue", "capital")
BASES = ("population", "households", "worst-fifth", "equal", "area", "raster-population", "given")
LONGEST_TEXT = 2_000


class StatedPlace(NamedTuple):
    """A place as a source words it, before anything is looked up; every part may be missing."""

    name: str | None = None
    code: str | None = None
    code_type: str | None = None
    country: str | None = None
    lon: float | None = None
    lat: float | None = None


class StatedAmount(NamedTuple):
    """What a row that was not taken asks for: hundredths of its currency, which for pounds are pence."""

    pence: int
    currency: str


@dataclass(frozen=True)
class ReadLines:
    """What a reader found in one file.

    `frame` has LINE_COLUMNS, all of dtype object so that a missing value stays None: `row` as a
    spreadsheet counts, `amount_pence` int, below 0 only for the role refund, `awarded_on` date or None,
    `places` a tuple of StatedPlace (empty = the source states none), `recipient_address` True when the
    source gives any part of the recipient's address, `role` one of ROLES (None = award), `shares` None or
    as many fractions as places, as text, summing to 1, `weights` None or a tuple of (area code, weight as
    text), `outline` the estate it is for (BNG, valid) or None. `faults`: one or more per refused row.
    `notes`: values that were stored otherwise than written. rows_in = rows of the frame + rows named in `faults`.
    """

    frame: pd.DataFrame
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    rows_in: int
    refused_amounts: Mapping[int, StatedAmount] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.rows_in != len(self.frame) + self.rows_refused:
            raise AssertionError("a row was lost between the file and its frame")

    @property
    def rows_refused(self) -> int:
        """How many rows of the file were not taken, however many faults each has."""
        return len({fault.row for fault in self.faults})


def lines_frame(records: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Lay records out under LINE_COLUMNS with dtype object; a key that is missing from a record is None."""
    columns = {name: [record.get(name) for record in records] for name in LINE_COLUMNS}
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})


def clean_text(value: object) -> str | None:
    """Take a cell as text for storing: blanks trimmed, control characters out, cut at LONGEST_TEXT; blank is None.

    Markup is kept as written: it is escaped where it is shown. Characters that PostgreSQL cannot
    hold (NUL, lone surrogates) are dropped.
    """
    if value is None:
        return None
    written = str(value)
    if written.isprintable():  # nothing to mend, as nearly always
        return written.strip()[:LONGEST_TEXT] or None
    text = "".join(
        " " if character in "\r\n\t" else character
        for character in written
        if (character >= " " or character in "\r\n\t")
        and not "\ud800" <= character <= "\udfff"
        and character != "\x7f"
    ).strip()
    return text[:LONGEST_TEXT] or None
