"""Tables of places that give a service, each publisher's own columns laid under one shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from app.resources.methods.amounts import RuleBroken
from app.resources.methods.postcodes import read_postcode
from app.resources.readers.columns import Row, fault_of, read_table
from app.resources.readers.frames import clean_text
from boundaries.errors import Fault

# Of a directory of services: whatever it is, its taxonomy says what.
COMMUNITY_SERVICE = "community-service"
_ODS_IN_PHARMACY = re.compile(r"^PH_([A-Z0-9]{5})_")


class StatedOutlet(NamedTuple):
    """A place of service as its source says it; x, y as written: degrees, or metres where `metric`.

    place : the source's own name for where it is given; one service may be given at several.
    """

    row: int
    kind: str
    name: str
    observed: str
    subtype: str | None = None
    identifier: str | None = None
    address: str | None = None
    postcode: str | None = None
    lad_code: str | None = None
    lad_name: str | None = None
    ward_code: str | None = None
    lsoa_code: str | None = None
    opened_on: date | None = None
    x: float | None = None
    y: float | None = None
    metric: bool = False
    place: str | None = None
    organisation: str | None = None
    url: str | None = None
    schedule: str | None = None
    terms: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Name the service at this place, in whichever file it stands."""
        return f"{self.identifier}@{self.place or ''}"


@dataclass
class ReadServices:
    """What a table of services holds: rows_in = services + rows named in `faults`; notes are of rows taken."""

    services: list[StatedOutlet] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    rows_in: int = 0


class Layout(NamedTuple):
    """Where one publisher's table keeps what: our field → its columns (small letters), joined where several.

    kind: of every row, or a function of the row. key: the columns by which one row is the same as
    another; none: all of them. scheme: of the identifier.
    """

    observed: str
    columns: Mapping[str, tuple[str, ...]]
    kind: str | Callable[[Row], str]
    required: tuple[str, ...]
    scheme: str = ""
    key: tuple[str, ...] = ()
    metric: bool = False


_NHS_KINDS = {
    "GP practice": "gp-practice",
    "GP": "gp-surgery",
    "Clinic": "clinic",
    "Pharmacy": "pharmacy",
    "Hospital": "hospital",
}


def _nhs_kind(row: Row) -> str:
    stated = clean_text(row.get("organisationtype")) or ""
    if stated not in _NHS_KINDS:
        raise RuleBroken("kind-is-known", f"The kind is none of {', '.join(_NHS_KINDS)}.")
    return _NHS_KINDS[stated]


_NHS = Layout(
    "2014",
    {
        "name": ("organisationname",), "subtype": ("subtype",), "identifier": ("organisationcode",),
        "address": ("address1", "address2", "address3", "city", "county"), "postcode": ("postcode",),
        "x": ("longitude",), "y": ("latitude",),
    },
    _nhs_kind,
    ("organisationcode", "organisationtype", "organisationname", "postcode", "latitude", "longitude"),
    scheme="ods",
)  # fmt: skip
_PLAIN = {
    "name": ("name",),
    "address": ("address",),
    "postcode": ("postcode",),
    "x": ("lon",),
    "y": ("lat",),
}
_DISTRICT = {"lad_code": ("area_code",), "lad_name": ("area_name",)}
_NEEDED = ("name", "address", "postcode", "lon", "lat")

LAYOUTS: dict[str, Layout] = {
    "gm-libraries": Layout(
        "not stated", {**_PLAIN, **_DISTRICT, "subtype": ("type",)}, "library", (*_NEEDED, "area_code")
    ),
    "gm-food-banks": Layout(
        "not stated",
        {
            "name": ("name",), "address": ("address",), "postcode": ("postcode",), "subtype": ("referral method",),
            "lad_code": ("area code",), "lad_name": ("area name",),
        },
        "food-bank", ("name", "address", "postcode", "area code"),
    ),
    "gm-jobcentres": Layout("not stated", {**_PLAIN, **_DISTRICT}, "jobcentre", (*_NEEDED, "area_code")),
    "gm-pharmacies": Layout(
        "not stated",
        {
            "name": ("pharmacy_name",), "address": ("address",), "postcode": ("postcode",),
            "identifier": ("organisation_data_service_code",), "lad_code": ("la_code",), "lad_name": ("la_name",),
            "ward_code": ("ward_code",),
        },
        "pharmacy", ("pharmacy_name", "postcode", "organisation_data_service_code", "la_code"), scheme="ods",
        key=("organisation_data_service_code",),
    ),
    "gm-dentists": Layout("not stated", {**_PLAIN, **_DISTRICT}, "dentist", (*_NEEDED, "area_code")),
    "trafford-general-practices": Layout("not stated", _PLAIN, "gp-surgery", _NEEDED),
    "trafford-childrens-centres": Layout(
        "not stated", {**_PLAIN, "identifier": ("unique_reference_number",)}, "childrens-centre", _NEEDED,
        scheme="urn",
    ),
    "trafford-sports-facilities": Layout(
        "2025",
        {
            "name": ("site_name",), "subtype": ("facility_type",), "identifier": ("site_id",),
            "address": ("street", "town"), "postcode": ("postcode",), "ward_code": ("ward_code",),
            "lsoa_code": ("lsoa_code",), "x": ("lon",), "y": ("lat",),
        },
        "sports-facility", ("site_id", "site_name", "facility_type", "postcode", "lon", "lat"),
        scheme="active-places",
    ),
    "nhs-services-2014": _NHS,
    "nhs-gp-practices-2014": _NHS,
    "schools-2017": Layout(
        "July 2017",
        {
            "name": ("establishment name",), "subtype": ("type of establishment",), "identifier": ("urn",),
            "address": ("street", "town"), "postcode": ("postcode",), "opened_on": ("opening date",),
            "x": ("x",), "y": ("y",),
        },
        "school", ("urn", "establishment name", "postcode", "x", "y"), scheme="urn", key=("urn",), metric=True,
    ),
}  # fmt: skip


KINDS = tuple(
    sorted(
        {layout.kind for layout in LAYOUTS.values() if isinstance(layout.kind, str)}
        | set(_NHS_KINDS.values())
        | {COMMUNITY_SERVICE}
    )
)


def read_services(source: Path | bytes, name: str, layout: Layout) -> ReadServices:
    """Read one table of services; each row is one place of service or one refusal.

    A row whose key (or, without one, every cell) stands in an earlier row is refused as `row-once`.
    A postcode or point that cannot be one is noted and left out; the service is kept.
    """
    sheet = read_table(source, name, layout.required)
    read = ReadServices(faults=list(sheet.faults), notes=list(sheet.notes))
    read.rows_in = len(sheet.rows) + len(sheet.faults)
    seen: dict[tuple[object, ...], int] = {}
    for number, row in sheet.rows:
        try:
            found = _service(number, row, layout, name, read.notes)
            key = tuple(row.get(column) for column in layout.key or sheet.columns)
            if key in seen:
                raise RuleBroken("row-once", f"The same stands in row {seen[key]} already.")
        except RuleBroken as broken:
            shown = _cell(row, layout.columns["name"])
            read.faults.append(fault_of(broken, name, number, layout.columns["name"][0], shown))
            continue
        seen[key] = number
        read.services.append(found)
    refused = {fault.row for fault in read.faults}
    read.notes = [note for note in read.notes if note.row is None or note.row not in refused]
    return read


def _cell(row: Row, columns: tuple[str, ...]) -> str | None:
    cells = (clean_text(row.get(column)) for column in columns)
    parts = [part for cell in cells if cell and (part := cell.strip(", "))]
    return ", ".join(parts) or None


def _service(number: int, row: Row, layout: Layout, name: str, notes: list[Fault]) -> StatedOutlet:
    cells = {key: _cell(row, columns) for key, columns in layout.columns.items()}
    if cells["name"] is None:
        raise RuleBroken("value-required", "The service has no name.")
    kind = layout.kind if isinstance(layout.kind, str) else layout.kind(row)

    def note(column: str, value: str, rule: str, detail: str) -> None:
        notes.append(
            Fault(detail, file=name, row=number, column=column, value=value[:80], rule=rule)
        )

    reading = read_postcode(cells["postcode"])
    if cells["postcode"] and reading.postcode is None:
        note(
            "postcode",
            cells["postcode"],
            "postcode-form",
            "It is not of a postcode's form; kept without one.",
        )
    x, y = (_number(cells.get(axis)) for axis in ("x", "y"))
    if (x is None) != (y is None) or (x is None and (cells.get("x") or cells.get("y"))):
        note(
            "point",
            f"{cells.get('x')}, {cells.get('y')}",
            "point-is-two-numbers",
            "The point is not two numbers; kept without one.",
        )
        x = y = None
    opened = _day(cells.get("opened_on"))
    if opened is None and cells.get("opened_on"):
        note(
            "opened_on", str(cells["opened_on"]), "date-is-a-day", "It is no day; kept without one."
        )
    subtype = cells.get("subtype")
    return StatedOutlet(
        number, kind, cells["name"], layout.observed, None if subtype == "UNKNOWN" else subtype,
        _identifier(layout.scheme, cells.get("identifier")), cells.get("address"), reading.postcode,
        cells.get("lad_code"), cells.get("lad_name"), cells.get("ward_code"), cells.get("lsoa_code"),
        opened, x, y, layout.metric,
    )  # fmt: skip


def _identifier(scheme: str, stated: str | None) -> str | None:
    if stated is None or not scheme:
        return None
    pharmacy = _ODS_IN_PHARMACY.match(stated)
    return f"{scheme}:{pharmacy[1] if pharmacy else stated}"


def _day(written: str | None) -> date | None:
    """Read dd/mm/yyyy, however long ago: schools are older than grants."""
    try:
        return datetime.strptime(written or "", "%d/%m/%Y").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def _number(written: str | None) -> float | None:
    try:
        read = float(written) if written else None
    except ValueError:
        return None
    return read if read is None or abs(read) < 1e7 else None
