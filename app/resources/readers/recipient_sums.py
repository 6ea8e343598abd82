"""Reads grants that GrantNav added up by funder, year and the recipients' ward: sums, never lines."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from app.resources.methods.amounts import RuleBroken, pence_from
from app.resources.readers.columns import Row, fault_of, read_table, text_of
from app.resources.readers.frames import clean_text
from boundaries.errors import Fault
from boundaries.gss import is_gss_code

_FUNDER, _YEAR, _GRANTS = "funding org:name", "award year", "identifier"
_LAD, _WARD = "recipient district geographic code", "recipient ward geographic code"
_AMOUNT, _REGION = "amount awarded", "recipient region"


class StatedSum(NamedTuple):
    """The grants of one funder, calendar year and ward of the recipients' offices, added up by the source."""

    row: int
    funder: str
    award_year: int
    lad_code: str
    ward_code: str
    region: str | None
    grants: int
    amount_pence: int


@dataclass(frozen=True)
class ReadSums:
    """What a table of sums holds: rows_in = sums + rows named in `faults`."""

    sums: list[StatedSum]
    faults: list[Fault]
    notes: list[Fault]
    rows_in: int

    @property
    def rows_refused(self) -> int:
        """How many rows of the file were not taken."""
        return len({fault.row for fault in self.faults})


def read_recipient_sums(source: Path | bytes, name: str) -> ReadSums:
    """Read the sums; a sum of 0 or less says nothing of money going in and is listed as `sum-above-nought`.

    Sums were made in binary floating point, so their dust below a millionth of a penny is dropped; one
    note says of how many. `identifier` is the number of grants in the sum.
    """
    sheet = read_table(source, name, (_FUNDER, _YEAR, _LAD, _WARD, _AMOUNT, _GRANTS))
    sums: list[StatedSum] = []
    faults, notes = list(sheet.faults), list(sheet.notes)
    seen: set[tuple[str, int, str, str]] = set()
    dusty = 0
    for number, row in sheet.rows:
        try:
            found, cleaned = _sum_of(number, row)
            key = found[1:5]
            if key in seen:
                raise RuleBroken(
                    "row-once", "Funder, year and ward stand in an earlier row already."
                )
        except RuleBroken as broken:
            faults.append(fault_of(broken, name, number, _AMOUNT, row.get(_AMOUNT)))
            continue
        seen.add(key)
        sums.append(found)
        dusty += cleaned
    if dusty:
        notes.append(
            Fault(
                f"{dusty:,} sums carry dust below a millionth of a penny, which was dropped.",
                file=name, value=str(dusty), rule="amount-without-dust",
            )
        )  # fmt: skip
    return ReadSums(sums, faults, notes, len(sheet.rows) + len(sheet.faults))


def _sum_of(number: int, row: Row) -> tuple[StatedSum, bool]:
    try:
        written = Decimal(text_of(row, _AMOUNT))
    except InvalidOperation as fault:
        raise RuleBroken("amount-is-a-number", "The amount is not a number.") from fault
    if written.is_finite() and written <= 0:
        raise RuleBroken("sum-above-nought", "A sum of nothing or less is no money going in.")
    amount = pence_from(written)
    lad, ward = text_of(row, _LAD), text_of(row, _WARD)
    if not (is_gss_code(lad) and is_gss_code(ward)):
        raise RuleBroken("code-is-gss", "The district or ward is not a code of nine characters.")
    return StatedSum(
        number, text_of(row, _FUNDER), _whole(row, _YEAR), lad, ward, clean_text(row.get(_REGION)),
        _whole(row, _GRANTS), amount.pence,
    ), bool(amount.read_as)  # fmt: skip


def _whole(row: Row, column: str) -> int:
    written = text_of(row, column)
    if not (written.isascii() and written.isdigit() and 0 < int(written[:9]) == int(written)):
        raise RuleBroken("whole-number", f"{column} is not a whole number above 0.")
    return int(written)
