"""Grants in the 360Giving standard, as JSON, flat CSV or XLSX, each plain or gzipped.

Read: identifier, title, funder, programme, recipient, currency, amount awarded, award date,
beneficiary locations, recipient's postcode. Not read: amounts applied for and disbursed (another
stage, never added), and fields a publisher invented outside the standard.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from app.resources.methods.amounts import RuleBroken, pence_from
from app.resources.methods.dates import financial_year_of, read_date
from app.resources.methods.postcodes import read_postcode
from app.resources.readers.frames import ReadLines, StatedPlace, clean_text, lines_frame
from app.vintages.readers.cells import MAX_ROWS, FileRefused, decode, read_bytes, read_sheet
from boundaries.errors import Fault

_REQUIRED = ("identifier", "title", "funding org:name", "currency", "amount awarded", "award date")
_HEADER = ("identifier", "amount awarded", "award date")
_LOCATION = re.compile(
    r"^beneficiary location:(?:(\d{1,3}):)?"
    r"(name|geographic code|geographic code type|country code|latitude|longitude)$"
)
_CURRENCY = re.compile(r"^[A-Z]{3}$")
_ZIP = b"PK\x03\x04"


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
    if not raw.startswith(_ZIP) and raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        text, notes = decode(raw, name)
        grants = _json_grants(text, name)
        rows: Iterable[tuple[int, Mapping[str, object]]] = (
            (number, _flatten(grant)) for number, grant in enumerate(grants, start=1)
        )
        return _read_rows(rows, name, [], notes, from_binary=True)
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
    # Flat files are nearly always written from JSON or a spreadsheet, dust and all.
    return _read_rows(sheet.rows, name, sheet.faults, sheet.notes, from_binary=True)


def _json_grants(text: str, name: str) -> list[object]:
    try:
        package = json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=Decimal)
    except (ValueError, RecursionError) as fault:
        raise FileRefused(
            f"{name} is not JSON that can be read.",
            [Fault("The file is not valid JSON.", file=name, rule="file-readable")],
        ) from fault
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
    programmes = [each.get("title") for each in _objects(grant, "grantProgramme")]
    row["grant programme:title"] = "; ".join(str(title) for title in programmes if title) or None
    for index, place in enumerate(_objects(grant, "beneficiaryLocation")):
        for title, key in (
            ("name", "name"),
            ("geographic code", "geoCode"),
            ("geographic code type", "geoCodeType"),
            ("country code", "countryCode"),
            ("latitude", "latitude"),
            ("longitude", "longitude"),
        ):
            row[f"beneficiary location:{index}:{title}"] = place.get(key)
    return row


def _objects(grant: dict[str, object], key: str) -> list[dict[str, object]]:
    listed = grant.get(key)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _first(grant: dict[str, object], key: str) -> dict[str, object]:
    return next(iter(_objects(grant, key)), {})


def _read_rows(
    rows: Iterable[tuple[int, Mapping[str, object]]],
    name: str,
    faults: list[Fault],
    notes: list[Fault],
    *,
    from_binary: bool,
) -> ReadLines:
    records: list[dict[str, object]] = []
    faults, notes = list(faults), list(notes)
    seen: dict[str, int] = {}
    rows_in = len({fault.row for fault in faults})
    for number, row in rows:
        rows_in += 1
        record, found = _read_row(number, row, name, notes, from_binary=from_binary)
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
        else:
            seen[identifier] = number
            records.append(record)
    refused = {fault.row for fault in faults}
    notes = [note for note in notes if note.row is None or note.row not in refused]
    return ReadLines(lines_frame(records), tuple(faults), tuple(notes), rows_in)


def _read_row(
    number: int, row: Mapping[str, object], name: str, notes: list[Fault], *, from_binary: bool
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
        pence, read_as = pence_from(_plain_number(written), from_binary=from_binary)
        if read_as:
            notes.append(
                Fault(
                    f"The amount carries binary dust after its fifteenth digit and was read as {read_as}.",
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
    try:
        awarded_on = read_date(row.get("award date"))
        if awarded_on is None:
            refuse("award date", None, "value-required", "The standard requires a value here.")
    except RuleBroken as fault:
        refuse("award date", row.get("award date"), fault.rule, fault.detail)
    currency = (clean_text(row.get("currency")) or "").upper()
    if not _CURRENCY.match(currency):
        refuse(
            "currency",
            row.get("currency"),
            "currency-is-a-code",
            "The currency is not a three-letter code such as GBP.",
        )
    stated = clean_text(row.get("recipient org:postal code"))
    reading = read_postcode(stated)
    if reading.changes:
        notes.append(
            Fault(
                f"The recipient's postcode was read as {reading.postcode} ({', '.join(reading.changes)}).",
                file=name,
                row=number,
                column="recipient org:postal code",
                value=stated or "",
                rule="postcode-form",
            )
        )
    elif stated and reading.postcode is None:
        notes.append(
            Fault(
                "The recipient's postcode is not of a postcode's form; the line is stored without one.",
                file=name,
                row=number,
                column="recipient org:postal code",
                value=stated,
                rule="postcode-form",
            )
        )
    address = (
        stated
        or clean_text(row.get("recipient org:city"))
        or clean_text(row.get("recipient org:street address"))
    )
    record: dict[str, object] = {
        "row": number,
        "identifier": clean_text(row.get("identifier")),
        "title": clean_text(row.get("title")),
        "funder": clean_text(row.get("funding org:name")),
        "programme": clean_text(row.get("grant programme:title")),
        "recipient": clean_text(row.get("recipient org:name")),
        "stage": "awarded",
        "amount_pence": pence,
        "currency": currency,
        "awarded_on": awarded_on,
        "financial_year": financial_year_of(awarded_on) if awarded_on else None,
        "places": _places(row),
        "recipient_postcode": reading.postcode,
        "recipient_address": address is not None,
    }
    return record, found


def _plain_number(written: object) -> object:
    """Text of digits from a machine-written table is a number that may carry dust; other text stays text."""
    if isinstance(written, str) and re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,25})?", written.strip()):
        return Decimal(written.strip())
    return written


def _places(row: Mapping[str, object]) -> tuple[StatedPlace, ...]:
    parts: dict[int, dict[str, object]] = {}
    for title, value in row.items():
        found = _LOCATION.match(title)
        if found and clean_text(value) is not None:
            parts.setdefault(int(found[1] or 0), {})[found[2]] = value
    return tuple(
        StatedPlace(
            name=clean_text(part.get("name")),
            code=clean_text(part.get("geographic code")),
            code_type=clean_text(part.get("geographic code type")),
            country=(clean_text(part.get("country code")) or "").upper() or None,
            lon=_degrees(part.get("longitude"), 180),
            lat=_degrees(part.get("latitude"), 90),
        )
        for _, part in sorted(parts.items())
    )


def _degrees(value: object, limit: int) -> float | None:
    try:
        read = float(str(value))
    except ValueError:
        return None
    return read if -limit <= read <= limit else None
