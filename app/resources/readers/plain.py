"""The plain table an officer keeps: what, amount, year, funder, place. As CSV, XLSX or JSON rows."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from app.resources.methods.amounts import RuleBroken, pence_from
from app.resources.methods.dates import read_year
from app.resources.readers.frames import ReadLines, StatedPlace, clean_text, lines_frame
from app.vintages.readers.cells import MAX_ROWS, FileRefused, column_key, read_sheet
from boundaries.errors import Fault

REQUIRED = ("what", "amount", "year", "funder", "place")
OPTIONAL = ("programme", "theme", "stage", "recipient", "currency", "identifier")
STAGES = ("planned", "awarded", "paid")


def read_plain(source: Path | bytes, name: str) -> ReadLines:
    """Read a plain CSV or XLSX with the columns `what, amount, year, funder, place` in any order.

    Column titles are taken without regard to case and blanks. Optional columns: programme, theme,
    stage (planned, awarded, paid; blank = awarded), recipient, currency (blank = GBP), identifier.
    Other columns are noted and left. `amount` is pounds: 1296.50 or "£1,296.50". `year` is a
    financial year (2018-19) or a date; blank = not stated. `place` is a postcode, an area's code,
    a ward's name or "whole partnership"; blank = the source states none.

    Returns ReadLines. Raises FileRefused naming every required column that is missing.
    """
    sheet = read_sheet(source, name, wanted=REQUIRED)
    _refuse_missing(sheet.columns, name)
    return _read_rows(
        sheet.rows, sheet.columns, name, sheet.faults, sheet.notes, from_binary=sheet.from_binary
    )


def read_plain_rows(rows: Sequence[Mapping[str, object]], name: str = "rows") -> ReadLines:
    """Read the same table given as JSON objects; row numbers count objects from 1.

    Raises FileRefused when a required column stands in no object, or for more than MAX_ROWS objects.
    """
    if len(rows) > MAX_ROWS:
        raise FileRefused(f"More than {MAX_ROWS:,} rows were sent.")
    laid = [{column_key(str(key)): value for key, value in row.items()} for row in rows]
    columns = tuple(dict.fromkeys(key for row in laid for key in row))
    _refuse_missing(columns, name)
    return _read_rows(enumerate(laid, start=1), columns, name, [], [], from_binary=True)


def _refuse_missing(columns: Sequence[str], name: str) -> None:
    missing = [column for column in REQUIRED if column not in columns]
    if missing:
        raise FileRefused(
            f"{name} lacks {'the column' if len(missing) == 1 else 'the columns'} {', '.join(missing)}.",
            [
                Fault("The column is missing.", file=name, column=column, rule="column-required")
                for column in missing
            ],
        )


def _read_rows(
    rows: Iterable[tuple[int, Mapping[str, object]]],
    columns: Sequence[str],
    name: str,
    faults: Sequence[Fault],
    notes: Sequence[Fault],
    *,
    from_binary: bool,
) -> ReadLines:
    found, said = list(faults), list(notes)
    said += [
        Fault(
            "The column is not one that is read; it was left.",
            file=name,
            column=column,
            rule="column-known",
        )
        for column in columns
        if column and column not in REQUIRED + OPTIONAL
    ]
    rows_in = len({fault.row for fault in faults})
    records: list[dict[str, object]] = []
    alike: Counter[str] = Counter()
    seen: dict[str, int] = {}
    for number, row in rows:
        rows_in += 1
        record, broken, dust = _read_row(number, row, name, from_binary=from_binary)
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
            continue
        seen[str(record["identifier"])] = number
        said.extend(dust)
        records.append(record)
    return ReadLines(lines_frame(records), tuple(found), tuple(said), rows_in)


def _fingerprint(row: Mapping[str, object], alike: Counter[str]) -> str:
    """Name a row by what it says, so that the same table in another order names the same lines.

    Rows that say exactly the same are told apart by how many came before.
    """
    said = "\x1f".join(
        [f"{key}\x1e{clean_text(row.get(key)) or ''}" for key in REQUIRED + OPTIONAL]
    )
    digest = hashlib.sha256(said.encode()).hexdigest()[:16]
    alike[digest] += 1
    return f"plain:{digest}:{alike[digest]}"


def _read_row(
    number: int, row: Mapping[str, object], name: str, *, from_binary: bool
) -> tuple[dict[str, object], list[Fault], list[Fault]]:
    broken: list[Fault] = []
    dust: list[Fault] = []

    def refuse(column: str, rule: str, detail: str) -> None:
        value = row.get(column)
        shown = "" if value is None else str(value)[:80]
        broken.append(Fault(detail, file=name, row=number, column=column, value=shown, rule=rule))

    for column in REQUIRED + OPTIONAL:
        if isinstance(row.get(column), list | dict):  # JSON alone can say so
            refuse(column, "value-is-one", "This is a list or an object, not one text or number.")
    if broken:
        return {}, broken, dust
    for column in ("what", "funder"):
        if clean_text(row.get(column)) is None:
            refuse(column, "value-required", "There is no text here.")
    pence, year, day = None, None, None
    try:
        # Only numbers passed through a double; digits typed as text are taken as typed.
        written = row.get("amount")
        pence, read_as = pence_from(
            written, from_binary=from_binary and not isinstance(written, str)
        )
        if read_as:
            dust.append(
                Fault(
                    f"The amount carries binary dust after its fifteenth digit and was read as {read_as}.",
                    file=name,
                    row=number,
                    column="amount",
                    value=str(written),
                    rule="amount-without-dust",
                )
            )
    except RuleBroken as fault:
        refuse("amount", fault.rule, fault.detail)
    try:
        year, day = read_year(row.get("year"))
    except RuleBroken as fault:
        refuse("year", fault.rule, fault.detail)
    stage = (clean_text(row.get("stage")) or "awarded").lower()
    if stage not in STAGES:
        refuse("stage", "stage-is-known", f"The stage is none of {', '.join(STAGES)}.")
    currency = (clean_text(row.get("currency")) or "GBP").upper()
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        refuse(
            "currency", "currency-is-a-code", "The currency is not a three-letter code such as GBP."
        )
    place = clean_text(row.get("place"))
    record: dict[str, object] = {
        "row": number,
        "title": clean_text(row.get("what")),
        "funder": clean_text(row.get("funder")),
        "programme": clean_text(row.get("programme")),
        "theme": clean_text(row.get("theme")),
        "recipient": clean_text(row.get("recipient")),
        "stage": stage,
        "amount_pence": pence,
        "currency": currency,
        "awarded_on": day,
        "financial_year": year,
        "places": (StatedPlace(name=place),) if place else (),
        "recipient_address": False,
    }
    return record, broken, dust
