"""What the 360Giving standard itself finds in a file, grant by grant; listed beside our own rules, refusing nothing.

The rules stand in giving_standard.json, written from the standard's reference, and are checked by jsonschema-rs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from app.resources.readers.json_files import is_json
from app.vintages.readers.cells import FileRefused, decode, read_bytes, read_sheet
from boundaries.errors import Fault

if TYPE_CHECKING:
    import jsonschema_rs

STANDARD = "360Giving Data Standard 1.4"
# Of a file that breaks one rule in every grant the first thousand tell as much as all.
MOST_LISTED = 1_000
_HEADER = ("identifier", "amount awarded", "award date")
_NUMBERS = ("amountAppliedFor", "amountAwarded", "amountDisbursed")
_LISTS = (
    "fundingOrganization", "recipientOrganization", "beneficiaryLocation", "grantProgramme", "classifications",
    "plannedDates", "actualDates", "fundingType",
)  # fmt: skip
# A column title of the standard's spreadsheet, in small letters → the key that it stands for in JSON.
_KEYS = {
    "identifier": "id", "title": "title", "description": "description", "currency": "currency",
    "amount applied for": "amountAppliedFor", "amount awarded": "amountAwarded",
    "amount disbursed": "amountDisbursed", "award date": "awardDate", "url": "url",
    "from an open call?": "fromOpenCall", "last modified": "dateModified", "data source": "dataSource",
    "funding org": "fundingOrganization", "recipient org": "recipientOrganization",
    "recipient ind": "recipientIndividual", "beneficiary location": "beneficiaryLocation",
    "grant programme": "grantProgramme", "classifications": "classifications", "planned dates": "plannedDates",
    "actual dates": "actualDates", "funding type": "fundingType", "location": "location", "name": "name",
    "code": "code", "start date": "startDate", "end date": "endDate", "postal code": "postalCode",
    "charity number": "charityNumber", "company number": "companyNumber", "city": "addressLocality",
    "street address": "streetAddress", "country code": "countryCode", "latitude": "latitude",
    "longitude": "longitude", "geographic code": "geoCode", "geographic code type": "geoCodeType",
    "(for regrant) type": "regrantType", "location scope": "locationScope",
}  # fmt: skip
_OPEN_CALL = {"y": "Yes", "n": "No"}


class StandardFindings(NamedTuple):
    """What a standard finds in a file: the first `items` of `total`, and how many of each kind.

    A finding's `column` is the path inside the grant, its `rule` is "standard-" and the keyword broken.
    """

    name: str
    rows_checked: int
    rows_with_findings: int
    total: int
    by_rule: dict[str, int]
    items: tuple[Fault, ...]


def check_standard(source: Path | bytes, name: str) -> StandardFindings:
    """Check every grant of a 360Giving file by the standard; rows are counted as `read_threesixty` does.

    A table's columns are laid under the standard's own keys first; columns that are none of its are
    left. Raises FileRefused for what is no list of grants.
    """
    raw = read_bytes(source, name)
    validator = _validator()
    counted: Counter[str] = Counter()
    items: list[Fault] = []
    checked = rows = 0
    for row, grant in _grants(raw, name):
        checked += 1
        broken = list(validator.iter_errors(grant))
        rows += bool(broken)
        for error in broken:
            fault = _fault(error, row, name)
            counted[f"{fault.rule} {re.sub(r'/[0-9]+', '', fault.column)}"] += 1
            if len(items) < MOST_LISTED:
                items.append(fault)
    by_rule = dict(sorted(counted.items()))
    return StandardFindings(STANDARD, checked, rows, sum(counted.values()), by_rule, tuple(items))


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    # At first use: a library that reading a page never needs.
    import jsonschema_rs

    text = resources.files(__package__).joinpath("giving_standard.json").read_bytes()
    return jsonschema_rs.Draft202012Validator(orjson.loads(text))


def _fault(error: Any, row: int, name: str) -> Fault:
    path = "/".join(str(part) for part in error.instance_path)
    keyword = str(error.schema_path[-1])
    detail = re.sub(r"\s+", " ", str(error.message))[:300]
    shown = "" if isinstance(error.instance, dict | list) else str(error.instance)[:80]
    return Fault(
        f"The standard: {detail}", file=name, row=row, column=path, value=shown, rule=f"standard-{keyword}"
    )  # fmt: skip


def _grants(raw: bytes, name: str) -> Iterable[tuple[int, object]]:
    if is_json(raw):
        text, _ = decode(raw, name)
        try:
            package = orjson.loads(text)
        except orjson.JSONDecodeError:
            return  # numbers such as NaN: the reader lists them, the standard knows none
        grants = package.get("grants") if isinstance(package, dict) else package
        if not isinstance(grants, list):
            raise FileRefused(f"{name} holds no list of grants.")
        yield from enumerate(grants, start=1)
        return
    for number, row in read_sheet(raw, name, wanted=_HEADER).rows:
        yield number, _unflattened(row)


def _unflattened(row: Mapping[str, object]) -> dict[str, Any]:
    """Lay one row of a table under the standard's keys; blank cells are not there."""
    grant: dict[str, Any] = {}
    for title, value in row.items():
        if value is None or not str(value).strip():
            continue
        parts = [part for part in title.split(":") if part]
        keys = [part if part.isdigit() else _KEYS.get(part) for part in parts]
        if None in keys or not keys:
            continue
        _put(grant, [str(key) for key in keys], value)
    return grant


def _put(grant: dict[str, Any], keys: list[str], value: object) -> None:
    here = grant
    for at, key in enumerate(keys[:-1]):
        if key.isdigit():
            continue
        if key in _LISTS or key == "location":
            number = int(keys[at + 1]) if keys[at + 1].isdigit() else 0
            listed = here.setdefault(key, [])
            number = min(number, len(listed))  # a gap in the numbering is no place
            if number == len(listed):
                listed.append({})
            here = listed[number]
        else:
            here = here.setdefault(key, {})
    here[keys[-1]] = _plain(keys[-1], value)


def _plain(key: str, value: object) -> object:
    if key in _NUMBERS:
        try:
            return float(str(value))
        except ValueError:
            return str(value)
    if key == "fromOpenCall":
        return _OPEN_CALL.get(str(value).strip().lower(), str(value))
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)
