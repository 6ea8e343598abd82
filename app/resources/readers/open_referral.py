"""Services in the Open Referral UK standard (HSDS-UK 3.0): JSON of one, a list, a page or tables; a zip of CSV.

Names of people are never read: contacts, an address's "attention", and who assured it are passed over.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from app.resources.methods.amounts import RuleBroken
from app.resources.methods.postcodes import read_postcode
from app.resources.methods.schedules import say_schedule
from app.resources.readers.frames import clean_text
from app.resources.readers.outlets import COMMUNITY_SERVICE, ReadServices, StatedOutlet
from app.vintages.readers.cells import MAX_BYTES, MAX_ROWS, FileRefused, decode, read_sheet
from boundaries.errors import Fault

OPEN = ("active", "temporarily closed")
STATUSES = (*OPEN, "inactive", "defunct")
LONGEST_NAME = 500
MOST_TERMS = 20
_ZIP = b"PK\x03\x04"
_MARKS = (b'"service_at_locations"', b'"service_at_location"', b'"total_items"', b'"totalElements"')
_OTHERS = (b'"grants"', b'"FeatureCollection"')
# Table → how its file may be called; the standard's data package and its JSON of tables.
_TABLES = {
    "service": ("services", "service"), "organization": ("organizations", "organization"),
    "service_at_location": ("service_at_locations", "service_at_location"),
    "location": ("locations", "location"), "address": ("addresses", "address"),
    "schedule": ("schedules", "schedule"), "attribute": ("attributes", "attribute"),
    "taxonomy_term": ("taxonomy_terms", "taxonomy_term"),
}  # fmt: skip
Record = Mapping[str, Any]


def is_open_referral(raw: bytes) -> bool:
    """Tell a file of services of this standard from one of grants, by its words alone."""
    if raw.startswith(_ZIP):
        return "service" in _members(raw)
    start = raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start not in (b"{", b"[") or any(mark in raw[:4096] for mark in _OTHERS):
        return False
    return any(mark in raw for mark in _MARKS) or (
        b'"organization"' in raw and b'"status"' in raw and b'"fundingOrganization"' not in raw
    )


def read_open_referral(raw: bytes, name: str) -> ReadServices:
    """Read services; each row is one service at one place, or a service for which no place is stated.

    A service that is inactive or defunct, without a name, or without an identifier is refused; a point or
    postcode that cannot be one is noted and left out. Raises FileRefused: not JSON, cut in the middle, too large,
    no services in it.
    """
    read = ReadServices()
    services = _from_zip(raw, name, read) if raw.startswith(_ZIP) else _from_json(raw, name, read)
    seen: dict[str, int] = {}
    number = 0
    for service in services:
        places = _dicts(service.get("service_at_locations")) or [{}]
        for place in places:
            number += 1
            if number > MAX_ROWS:
                raise FileRefused(f"{name} holds more than {MAX_ROWS:,} services at places.")
            try:
                found = _outlet(number, service, place, name, read.notes)
                if found.key in seen:
                    raise RuleBroken(
                        "row-once", f"The same stands in row {seen[found.key]} already."
                    )
            except RuleBroken as broken:
                shown = clean_text(service.get("name")) or clean_text(service.get("id")) or ""
                read.faults.append(
                    Fault(
                        broken.detail,
                        file=name,
                        row=number,
                        column="service",
                        value=shown[:80],
                        rule=broken.rule,
                    )
                )
                continue
            seen[found.key] = number
            read.services.append(found)
    read.rows_in = number
    if not number:
        raise FileRefused(
            f"{name} holds no services.",
            [Fault("The file has no list of services.", file=name, rule="list-required")],
        )
    refused = {fault.row for fault in read.faults}
    read.notes = [note for note in read.notes if note.row not in refused]
    return read


def _from_json(raw: bytes, name: str, read: ReadServices) -> list[Record]:
    text, notes = decode(raw, name)
    read.notes += notes
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise FileRefused(
            f"{name} is not JSON that can be read.",
            [Fault("The file is not valid JSON.", file=name, rule="file-readable")],
        ) from fault
    if isinstance(given, dict):
        if isinstance(given.get("service"), list):
            return _joined({table: _dicts(given.get(table)) for table in _TABLES})
        for page in ("contents", "content", "services", "items"):
            if isinstance(given.get(page), list):
                return _dicts(given[page])
        return [given] if clean_text(given.get("name")) else []
    return _dicts(given)


def _members(raw: bytes) -> dict[str, str]:
    """Find which member of a zip holds which table; none where it is no zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return {}
    called = {word: table for table, words in _TABLES.items() for word in words}
    return {
        called[path.stem.lower()]: member
        for member in names
        for path in [PurePosixPath(member)]
        if path.suffix.lower() == ".csv" and path.stem.lower() in called
    }


def _from_zip(raw: bytes, name: str, read: ReadServices) -> list[Record]:
    members = _members(raw)
    tables: dict[str, list[Record]] = {table: [] for table in _TABLES}
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if sum(archive.getinfo(member).file_size for member in members.values()) > MAX_BYTES:
            raise FileRefused(
                f"{name} holds more than {MAX_BYTES // 2**20} MB unpacked.",
                [Fault("The tables are too large.", file=name, rule="file-size")],
            )
        for table, member in members.items():
            held = _unpacked(archive, member, name)
            if held.strip():
                sheet = read_sheet(held, f"{name}/{member}")
                read.notes += sheet.notes
                tables[table] = [row for _, row in sheet.rows]
    return _joined(tables)


def _unpacked(archive: zipfile.ZipFile, member: str, name: str) -> bytes:
    """Unpack one table, never more than MAX_BYTES of it. Raises FileRefused where it is locked or damaged."""
    try:
        with archive.open(member) as opened:
            held = opened.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error) as fault:
        raise FileRefused(
            f"{name} cannot be unpacked.",
            [
                Fault(
                    "The table is locked or damaged.", file=f"{name}/{member}", rule="file-readable"
                )
            ],
        ) from fault
    if len(held) > MAX_BYTES:
        raise FileRefused(f"{name} holds more than {MAX_BYTES // 2**20} MB unpacked.")
    return held


def _joined(tables: Mapping[str, Sequence[Record]]) -> list[Record]:
    """Put the tables of a data package together into services as the API gives them."""
    places, addresses, terms = (
        _by(tables["location"], "id"),
        _all_by(tables["address"], "location_id"),
        _by(tables["taxonomy_term"], "id"),
    )
    at_places = _all_by(tables["service_at_location"], "service_id")
    schedules = _all_by(tables["schedule"], "service_id")
    attributes = _all_by(tables["attribute"], "link_id")
    organizations = _by(tables["organization"], "id")
    services: list[Record] = []
    for service in tables["service"]:
        own = _id(service.get("id"))
        services.append(
            {
                **service,
                "organization": organizations.get(_id(service.get("organization_id")), {}),
                "schedules": schedules[own],
                "attributes": [
                    {"taxonomy_term": terms.get(_id(each.get("taxonomy_term_id")), {})} for each in attributes[own]
                ],
                "service_at_locations": [
                    {
                        **each,
                        "location": {
                            **places.get(_id(each.get("location_id")), {}),
                            "addresses": addresses[_id(each.get("location_id"))],
                        },
                    }
                    for each in at_places[own]
                ],
            }
        )  # fmt: skip
    return services


def _by(rows: Sequence[Record], column: str) -> dict[str, Record]:
    return {key: row for row in rows if (key := _id(row.get(column)))}


def _all_by(rows: Sequence[Record], column: str) -> defaultdict[str, list[Record]]:
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for row in rows:
        if key := _id(row.get(column)):
            found[key].append(row)
    return found


def _id(written: object) -> str:
    return clean_text(written) or ""


def _dicts(given: object) -> list[Record]:
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def _outlet(
    number: int, service: Record, place: Record, name: str, notes: list[Fault]
) -> StatedOutlet:
    own, called = clean_text(service.get("id")), clean_text(service.get("name"))
    if own is None:
        raise RuleBroken("value-required", "The service has no identifier.")
    if called is None:
        raise RuleBroken("value-required", "The service has no name.")
    status = (clean_text(service.get("status")) or "active").lower()
    if status not in STATUSES:
        raise RuleBroken("status-is-known", f"The status is none of {', '.join(STATUSES)}.")
    if status not in OPEN:
        raise RuleBroken("service-is-open", f"The service is {status}.")

    def note(column: str, value: object, rule: str, detail: str) -> None:
        notes.append(
            Fault(detail, file=name, row=number, column=column, value=str(value)[:80], rule=rule)
        )

    if status == "temporarily closed":
        note("status", status, "service-is-open", "It is closed for a time; kept.")
    location = place.get("location") if isinstance(place.get("location"), dict) else {}
    assert isinstance(location, dict)
    address = next(iter(_dicts(location.get("addresses"))), {})
    written = clean_text(address.get("postal_code"))
    reading = read_postcode(written)
    if written and reading.postcode is None:
        note(
            "postal_code",
            written,
            "postcode-form",
            "It is not of a postcode's form; kept without one.",
        )
    x, y = _degrees(location.get("longitude"), 180), _degrees(location.get("latitude"), 90)
    stated = (location.get("longitude"), location.get("latitude"))
    if (x is None or y is None) and any(each not in (None, "") for each in stated):
        note("latitude", f"{stated[0]}, {stated[1]}", "point-is-two-numbers",
             "The point is not a longitude and a latitude; kept without one.")  # fmt: skip
    if x is None or y is None:
        x = y = None
    organization = service.get("organization")
    terms = list(dict.fromkeys(_terms(service)))[:MOST_TERMS]
    schedules = [said for each in _dicts(place.get("schedules")) or _dicts(service.get("schedules"))
                 if (said := say_schedule(each))]  # fmt: skip
    seen = clean_text(service.get("assured_date")) or clean_text(service.get("last_modified"))
    return StatedOutlet(
        number, COMMUNITY_SERVICE, called[:LONGEST_NAME], (seen or "not stated")[:10],
        terms[0] if terms else None, f"hsds:{own}",
        _address(address), reading.postcode, x=x, y=y,
        place=clean_text(place.get("id")) or clean_text(location.get("id")),
        organisation=clean_text(organization.get("name")) if isinstance(organization, dict) else None,
        url=_web(service.get("url")), schedule="; ".join(schedules)[:1000] or None, terms=tuple(terms),
    )  # fmt: skip


def _terms(service: Record) -> Iterator[str]:
    for attribute in _dicts(service.get("attributes")):
        term = attribute.get("taxonomy_term")
        found = clean_text(term.get("name")) if isinstance(term, dict) else None
        if found:
            yield found[:LONGEST_NAME]


def _degrees(written: object, most: float) -> float | None:
    if isinstance(written, bool):
        return None
    try:
        read = float(written) if isinstance(written, int | float | str) and written != "" else None
    except ValueError:
        return None
    # `not <=` also holds of NaN; longitude and latitude 0 together is how "none" is often written
    return None if read is None or not abs(read) <= most else read


def _address(address: Record) -> str | None:
    parts = (clean_text(address.get(key)) for key in ("address_1", "address_2", "city", "region"))
    return ", ".join(part.strip(", ")[:LONGEST_NAME] for part in parts if part) or None


def _web(written: object) -> str | None:
    found = clean_text(written)
    return found[:2000] if found and found.lower().startswith(("http://", "https://")) else None
