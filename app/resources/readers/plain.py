"""The plain table an officer keeps: what, amount, year, funder, place. As CSV, XLSX or JSON rows."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from app.resources.methods.dates import is_month_first
from app.resources.readers.frames import ReadLines, StatedAmount, clean_text, lines_frame
from app.resources.readers.plain_rows import ALSO, COLUMNS, OPTIONAL, REQUIRED, read_row
from app.row_counts import CHECKING, counted, tell_refused
from app.vintages.readers.cells import MAX_ROWS, FileRefused, column_key, read_sheet
from boundaries.errors import Fault

Cells = Mapping[str, object]
# A mapped title that begins so is no title but what every row says: funder "=Exshire Council".
SAID_OF_ALL = "="


def read_plain(
    source: Path | bytes, name: str, columns: Mapping[str, str] | None = None
) -> ReadLines:
    """Read a plain CSV or XLSX with the columns `what, amount, year, funder, place` in any order.

    Column titles are taken without regard to case and blanks. Optional columns: programme, theme,
    stage (planned, awarded, paid; blank = awarded), recipient, currency (blank = GBP), identifier,
    deliverer, money_kind (revenue, capital), role (award, regrant, match, refund: written below 0;
    all but award need related_identifier), estimate_basis, weights ("E01000001=3; E01000002=1"),
    outcome, longitude and latitude. Other columns are noted and left. `amount` is pounds: 1296.50 or
    "£1,296.50". `year` is a financial year (2018-19) or a date; blank = not stated. `place` is a
    postcode, an area's code, a ward's name, a saved neighbourhood or "whole partnership", several
    parted by ";", with `shares` ("0.4; 0.6") where stated; blank = the source states none.

    columns : our column → the file's title of it, or "=words" that every row is to say.

    Returns ReadLines. Raises FileRefused naming every required column that is missing.
    """
    titles = _titles(columns)
    wanted = [titles.get(column, column) for column in REQUIRED]
    sheet = read_sheet(source, name, wanted=[each for each in wanted if each[:1] != SAID_OF_ALL])
    laid = ((number, _mapped(row, titles)) for number, row in sheet.rows)
    return _read_rows(laid, sheet.columns, titles, name, sheet.faults, sheet.notes)


def read_plain_rows(
    rows: Sequence[Mapping[str, object]], name: str = "rows", columns: Mapping[str, str] | None = None
) -> ReadLines:  # fmt: skip
    """Read the same table given as JSON objects; row numbers count objects from 1.

    Raises FileRefused when a required column stands in no object, or for more than MAX_ROWS objects.
    """
    if len(rows) > MAX_ROWS:
        raise FileRefused(f"More than {MAX_ROWS:,} rows were sent.")
    titles = _titles(columns)
    keyed = [{column_key(str(key)): value for key, value in row.items()} for row in rows]
    there = tuple(dict.fromkeys(key for row in keyed for key in row))
    laid = ((number, _mapped(row, titles)) for number, row in enumerate(keyed, start=1))
    return _read_rows(laid, there, titles, name, [], [])


def _titles(columns: Mapping[str, str] | None) -> dict[str, str]:
    given = columns or {}
    unknown = [column for column in given if column not in COLUMNS]
    if unknown:
        raise FileRefused(
            f"There is no column {unknown[0][:40]!r} of money; there are {', '.join(COLUMNS)}.",
            [Fault("It is not a column of ours.", column=each[:40], rule="column-known") for each in unknown],
        )  # fmt: skip
    return {
        column: title if title[:1] == SAID_OF_ALL else column_key(title)
        for column, title in given.items()
    }


def _mapped(row: Cells, titles: Mapping[str, str]) -> Cells:
    """Lay a row under our own columns; one that is mapped is read from there alone."""
    own = {
        key.replace(" ", "_"): value
        for key, value in row.items()
        if key.replace(" ", "_") not in titles
    }
    for column, title in titles.items():
        own[column] = title[1:].strip() if title[:1] == SAID_OF_ALL else row.get(title)
    return own


def _refuse_missing(columns: Sequence[str], titles: Mapping[str, str], name: str) -> None:
    said = {column: titles.get(column, column) for column in (*REQUIRED, *titles)}
    there = {*columns, *(column.replace(" ", "_") for column in columns)}
    missing = [title for title in said.values() if title[:1] != SAID_OF_ALL and title not in there]
    if missing:
        raise FileRefused(
            f"{name} lacks {'the column' if len(missing) == 1 else 'the columns'} {', '.join(missing)}.",
            [
                Fault("The column is missing.", file=name, column=column, rule="column-required")
                for column in missing
            ],
        )


def _read_rows(
    rows: Iterable[tuple[int, Cells]],
    columns: Sequence[str],
    titles: Mapping[str, str],
    name: str,
    faults: Sequence[Fault],
    notes: Sequence[Fault],
) -> ReadLines:
    _refuse_missing(columns, titles, name)
    found, said = list(faults), list(notes)
    read = set(titles.values())
    said += [
        Fault(
            "The column is not one that is read; it was left.",
            file=name,
            column=column,
            rule="column-known",
        )
        for column in columns
        if column and column not in read and (column.replace(" ", "_") not in COLUMNS
                                              or column.replace(" ", "_") in titles)
    ]  # fmt: skip
    laid = list(rows)
    sure = not any(is_month_first(row.get("year")) for _, row in laid)
    rows_in = len({fault.row for fault in faults}) + len(laid)
    records: list[dict[str, object]] = []
    alike: Counter[str] = Counter()
    seen: dict[str, int] = {}
    amounts: dict[int, StatedAmount] = {}
    tell_refused(faults)
    for number, row in counted(laid, CHECKING, len(laid)):
        record, broken, dust = read_row(number, row, name, day_first_is_sure=sure)
        if not broken:
            identifier = clean_text(row.get("identifier")) or _fingerprint(row, alike)
            record["identifier"] = identifier
            if identifier in seen:
                broken = [
                    Fault(
                        f"The identifier stands in row {seen[identifier]} already.",
                        file=name,
                        row=number,
                        column="identifier",
                        value=identifier,
                        rule="identifier-once",
                    )
                ]
        if broken:
            found.extend(broken)
            tell_refused(broken)
            if record.get("amount_pence") is not None:
                amounts[number] = StatedAmount(
                    int(str(record["amount_pence"])), str(record["currency"])
                )
            continue
        seen[str(record["identifier"])] = number
        said.extend(dust)
        records.append(record)
    return ReadLines(lines_frame(records), tuple(found), tuple(said), rows_in, amounts)


def _fingerprint(row: Cells, alike: Counter[str]) -> str:
    """Name a row by what it says, so that the same table in another order names the same lines.

    Rows that say exactly the same are told apart by how many came before.
    """
    told = [f"{key}\x1e{clean_text(row.get(key)) or ''}" for key in REQUIRED + OPTIONAL]
    told += [f"{key}\x1e{given}" for key in ALSO if (given := clean_text(row.get(key)))]
    digest = hashlib.sha256("\x1f".join(told).encode()).hexdigest()[:16]
    alike[digest] += 1
    return f"plain:{digest}:{alike[digest]}"
