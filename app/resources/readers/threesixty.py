"""Grants in the 360Giving standard, as JSON, flat CSV or XLSX, each plain or gzipped.

Read: identifier, title, funder, programme, classifications (the theme), related activity, recipient,
currency, amount awarded, award date, beneficiary locations (`share` beside each, where a publisher adds
it), recipient's postcode. What the standard itself says of a file is in `threesixty_standard.py`. Not
read: amounts applied for and disbursed (another stage, never added), and fields a publisher invented
outside the standard.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from app.resources.methods.amounts import RuleBroken, pence_from
from app.resources.methods.dates import financial_year_of, is_month_first, is_unsure, read_date
from app.resources.methods.postcodes import read_postcode
from app.resources.methods.stated_shares import read_shares
from app.resources.readers.frames import (
    ReadLines,
    StatedAmount,
    StatedPlace,
    clean_text,
    lines_frame,
)
from app.resources.readers.json_files import is_json, json_refused
from app.row_counts import CHECKING, counted, tell_refused
from app.vintages.readers.cells import MAX_ROWS, FileRefused, decode, read_bytes, read_sheet
from boundaries.errors import Fault

_REQUIRED = ("identifier", "title", "funding org:name", "currency", "amount awarded", "award date")
_HEADER = ("identifier", "amount awarded", "award date")
_LOCATION = re.compile(
    r"^beneficiary location:(?:(\d{1,3}):)?"
    r"(name|geographic code|geographic code type|country code|latitude|longitude|share)$"
)
_THEME = re.compile(r"^classifications:(?:\d{1,3}:)?title$")
_CURRENCY = re.compile(r"^[A-Z]{3}$")


def read_threesixty(source: Path | bytes, name: str) -> ReadLines:
    """Read one 360Giving file.

    Parameters
    ----------
    source : path or bytes of a JSON package ({"grants": [...]}), a flat CSV with the standard's
        column titles, or an XLSX whose grants stand in one sheet; gzip is recognised
    name : the file's name for messages

    Returns
    -------
    ReadLines, stage `awarded`. Rows of JSON count grants from 1, rows of a table as a spreadsheet does.
    An identifier that comes twice within the file is stored the first time and listed after that.
    A grant of 0 is a line of 0.

    Raises
    ------
    FileRefused : not JSON, not a table, or a required column is missing.
    """
    raw = read_bytes(source, name)
    if is_json(raw):
        text, notes = decode(raw, name)
        grants = _json_grants(text, name)
        rows = [(number, _flatten(grant)) for number, grant in enumerate(grants, start=1)]
        return _read_rows(rows, name, [], notes)
    sheet = read_sheet(raw, name, wanted=_HEADER)
    missing = [column for column in _REQUIRED if column not in sheet.columns]
    if missing:
        raise FileRefused(
            f"{name} is not a 360Giving table: {len(missing)} required columns are missing.",
            [
                Fault("The column is missing.", file=name, column=column, rule="column-required")
                for column in missing
            ],
        )
    return _read_rows(sheet.rows, name, sheet.faults, sheet.notes)


def _json_grants(text: str, name: str) -> list[object]:
    try:
        package = json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=Decimal)
    except (ValueError, RecursionError) as fault:
        raise json_refused(name, text, fault) from fault
    grants = package.get("grants") if isinstance(package, dict) else package
    if not isinstance(grants, list):
        raise FileRefused(
            f"{name} holds no list of grants.",
            [
                Fault(
                    'The file has no list "grants".',
                    file=name,
                    column="grants",
                    rule="file-has-grants",
                )
            ],
        )
    if len(grants) > MAX_ROWS:
        raise FileRefused(f"{name} holds more than {MAX_ROWS:,} grants.")
    return grants


def _flatten(grant: object) -> dict[str, object]:
    """Lay a JSON grant under the flat titles; what is not of the standard's shape counts as not stated."""
    if not isinstance(grant, dict):
        return {}
    recipient, funder = _first(grant, "recipientOrganization"), _first(grant, "fundingOrganization")
    row: dict[str, object] = {}
    for title, holder, key in (
        ("identifier", grant, "id"),
        ("title", grant, "title"),
        ("currency", grant, "currency"),
        ("amount awarded", grant, "amountAwarded"),
        ("award date", grant, "awardDate"),
        ("funding org:name", funder, "name"),
        ("recipient org:name", recipient, "name"),
        ("recipient org:postal code", recipient, "postalCode"),
        ("recipient org:city", recipient, "addressLocality"),
        ("recipient org:street address", recipient, "streetAddress"),
    ):
        value = holder.get(key)
        row[title] = value if isinstance(value, str | Decimal) else None
    for title, key in (
        ("grant programme:title", "grantProgramme"),
        ("classifications:title", "classifications"),
    ):
        named = [each.get("title") for each in _objects(grant, key)]
        row[title] = "; ".join(str(each) for each in named if each) or None
    related = grant.get("relatedActivity")
    stated = (
        [each for each in related if isinstance(each, str)] if isinstance(related, list) else []
    )
    row["related activity"] = stated[0] if stated else None
    for index, place in enumerate(_objects(grant, "beneficiaryLocation")):
        for title, key in (
            ("name", "name"),
            ("geographic code", "geoCode"),
            ("geographic code type", "geoCodeType"),
            ("country code", "countryCode"),
            ("latitude", "latitude"),
            ("longitude", "longitude"),
            ("share", "share"),
        ):
            row[f"beneficiary location:{index}:{title}"] = place.get(key)
    return row


def _objects(grant: dict[str, object], key: str) -> list[dict[str, object]]:
    listed = grant.get(key)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _first(grant: dict[str, object], key: str) -> dict[str, object]:
    return next(iter(_objects(grant, key)), {})


def _read_rows(
    rows: Sequence[tuple[int, Mapping[str, object]]],
    name: str,
    faults: list[Fault],
    notes: list[Fault],
) -> ReadLines:
    records: list[dict[str, object]] = []
    faults, notes = list(faults), list(notes)
    seen: dict[str, int] = {}
    amounts: dict[int, StatedAmount] = {}
    rows_in = len({fault.row for fault in faults}) + len(rows)
    sure = not any(is_month_first(row.get("award date")) for _, row in rows)
    tell_refused(faults)
    for number, row in counted(rows, CHECKING, len(rows)):
        record, found = _read_row(number, row, name, notes, day_first_is_sure=sure)
        identifier = str(record["identifier"])
        if not found and identifier in seen:
            found = [
                Fault(
                    f"The identifier stands in row {seen[identifier]} already.",
                    file=name,
                    row=number,
                    column="identifier",
                    value=identifier,
                    rule="identifier-once",
                )
            ]
        if found:
            faults.extend(found)
            tell_refused(found)
            if record.get("amount_pence") is not None:
                amounts[number] = StatedAmount(
                    int(str(record["amount_pence"])), str(record["currency"])
                )
        else:
            seen[identifier] = number
            records.append(record)
    refused = {fault.row for fault in faults}
    notes = [note for note in notes if note.row is None or note.row not in refused]
    return ReadLines(lines_frame(records), tuple(faults), tuple(notes), rows_in, amounts)


def _read_row(
    number: int,
    row: Mapping[str, object],
    name: str,
    notes: list[Fault],
    *,
    day_first_is_sure: bool,
) -> tuple[dict[str, object], list[Fault]]:
    found: list[Fault] = []

    def refuse(column: str, value: object, rule: str, detail: str) -> None:
        shown = "" if value is None else str(value)[:80]
        found.append(Fault(detail, file=name, row=number, column=column, value=shown, rule=rule))

    for column in ("identifier", "title", "funding org:name"):
        if clean_text(row.get(column)) is None:
            refuse(column, None, "value-required", "The standard requires a value here.")
    written, pence = row.get("amount awarded"), None
    try:
        pence, read_as = pence_from(written)
        if read_as:
            notes.append(
                Fault(
                    f"The amount is within a millionth of a penny of {read_as} and was read as that.",
                    file=name,
                    row=number,
                    column="amount awarded",
                    value=str(written),
                    rule="amount-without-dust",
                )
            )
    except RuleBroken as fault:
        refuse("amount awarded", written, fault.rule, fault.detail)
    awarded_on = None
    dated = row.get("award date")
    try:
        awarded_on = read_date(dated)
        if awarded_on is None:
            refuse("award date", None, "value-required", "The standard requires a value here.")
    except RuleBroken as fault:
        refuse("award date", dated, fault.rule, fault.detail)
    if not day_first_is_sure and is_unsure(dated):
        refuse(
            "award date",
            dated,
            "date-is-sure",
            "Another row of this column writes the month first, so this could be either of two days.",
        )
    places, shares = _places(row)
    try:
        stated = read_shares(shares, len(places)) if shares else None
    except RuleBroken as fault:
        refuse("beneficiary location:share", "; ".join(shares), fault.rule, fault.detail)
        stated = None
    currency = (clean_text(row.get("currency")) or "").upper()
    if not _CURRENCY.match(currency):
        refuse(
            "currency",
            row.get("currency"),
            "currency-is-a-code",
            "The currency is not a three-letter code such as GBP.",
        )
    reading, postcode = _office(number, row, name, notes)
    address = (
        postcode
        or clean_text(row.get("recipient org:city"))
        or clean_text(row.get("recipient org:street address"))
    )
    themes = [clean_text(value) for title, value in row.items() if _is_theme(title)]
    record: dict[str, object] = {
        "row": number,
        "identifier": clean_text(row.get("identifier")),
        "title": clean_text(row.get("title")),
        "funder": clean_text(row.get("funding org:name")),
        "programme": clean_text(row.get("grant programme:title")),
        "theme": "; ".join(dict.fromkeys(each for each in themes if each)) or None,
        "recipient": clean_text(row.get("recipient org:name")),
        "stage": "awarded",
        "amount_pence": pence,
        "currency": currency,
        "awarded_on": awarded_on,
        "financial_year": financial_year_of(awarded_on) if awarded_on else None,
        "places": places,
        "shares": stated,
        "related_identifier": clean_text(row.get("related activity")),
        "role": "award",
        "recipient_postcode": reading,
        "recipient_address": address is not None,
    }
    return record, found


def _office(
    number: int, row: Mapping[str, object], name: str, notes: list[Fault]
) -> tuple[str | None, str | None]:
    """Read the recipient's postcode: as a postcode, and as it is written; what was mended is noted."""
    stated = clean_text(row.get("recipient org:postal code"))
    reading = read_postcode(stated)
    told = ""
    if reading.changes:
        told = f"The recipient's postcode was read as {reading.postcode} ({', '.join(reading.changes)})."
    elif stated and reading.postcode is None:
        told = (
            "The recipient's postcode is not of a postcode's form; the line is stored without one."
        )
    if told:
        notes.append(
            Fault(
                told,
                file=name,
                row=number,
                column="recipient org:postal code",
                value=stated or "",
                rule="postcode-form",
            )
        )
    return reading.postcode, stated


@lru_cache(maxsize=4_096)
def _location_of(title: str) -> tuple[int, str] | None:
    """Tell which beneficiary location, and what of it, a column is about; None for any other column."""
    found = _LOCATION.match(title)
    return (int(found[1] or 0), found[2]) if found else None


@lru_cache(maxsize=4_096)
def _is_theme(title: str) -> bool:
    return _THEME.match(title) is not None


def _places(row: Mapping[str, object]) -> tuple[tuple[StatedPlace, ...], list[str]]:
    """Give the places that a row states, in order, and the shares stated beside them."""
    parts: dict[int, dict[str, object]] = {}
    for title, value in row.items():
        found = _location_of(title)
        if found and clean_text(value) is not None:
            parts.setdefault(found[0], {})[found[1]] = value
    stated = [part for _, part in sorted(parts.items())]
    places = tuple(
        StatedPlace(
            name=clean_text(part.get("name")),
            code=clean_text(part.get("geographic code")),
            code_type=clean_text(part.get("geographic code type")),
            country=(clean_text(part.get("country code")) or "").upper() or None,
            lon=_degrees(part.get("longitude"), 180),
            lat=_degrees(part.get("latitude"), 90),
        )
        for part in stated
    )
    return places, [str(part["share"]) for part in stated if "share" in part]


def _degrees(value: object, limit: int) -> float | None:
    try:
        read = float(str(value))
    except ValueError:
        return None
    return read if -limit <= read <= limit else None
