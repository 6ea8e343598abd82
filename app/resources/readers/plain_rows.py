"""One row of a plain table of money, checked cell by cell; every fault of the row is found before it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.resources.methods.amounts import RuleBroken, pence_from
from app.resources.methods.dates import is_unsure, read_year
from app.resources.methods.stated_shares import MOST_PLACES, read_shares, read_weights
from app.resources.readers.frames import BASES, MONEY_KINDS, ROLES, StatedPlace, clean_text
from boundaries.errors import Fault

REQUIRED = ("what", "amount", "year", "funder", "place")
OPTIONAL = ("programme", "theme", "stage", "recipient", "currency", "identifier")
# Came later: a row that leaves them blank keeps the name that it had before (plain._fingerprint).
ALSO = (
    "deliverer", "money_kind", "role", "related_identifier", "estimate_basis", "outcome", "shares", "weights",
    "longitude", "latitude",
)  # fmt: skip
COLUMNS = REQUIRED + OPTIONAL + ALSO
STAGES = ("planned", "awarded", "paid")


class RowRead(NamedTuple):
    """A row as a line's columns, the rules it broke, and what was read otherwise than written."""

    record: dict[str, Any]
    broken: list[Fault]
    notes: list[Fault]


class _Row:
    """A row being read: takes cells and keeps its faults."""

    def __init__(self, number: int, cells: Mapping[str, object], name: str) -> None:
        self.number, self.cells, self.name = number, cells, name
        self.broken: list[Fault] = []
        self.notes: list[Fault] = []

    def fault(self, column: str, rule: str, detail: str) -> Fault:
        value = self.cells.get(column)
        shown = "" if value is None else str(value)[:80]
        return Fault(detail, file=self.name, row=self.number, column=column, value=shown, rule=rule)

    def refuse(self, column: str, rule: str, detail: str) -> None:
        self.broken.append(self.fault(column, rule, detail))

    def text(self, column: str) -> str | None:
        return clean_text(self.cells.get(column))

    def one_of(self, column: str, words: tuple[str, ...]) -> str | None:
        """Take a word of a closed list, however it is written; None where blank."""
        given = self.text(column)
        if given is None:
            return None
        word = given.lower().replace(" ", "-")
        if word not in words:
            rule = f"{column.replace('_', '-')}-is-known"
            self.refuse(column, rule, f"It is none of {', '.join(words)}.")
        return word


def read_row(
    number: int, cells: Mapping[str, object], name: str, *, day_first_is_sure: bool
) -> RowRead:
    """Read one row. `day_first_is_sure` False: another row of the file writes its dates month first."""
    row = _Row(number, cells, name)
    for column in COLUMNS:
        if isinstance(cells.get(column), list | dict):  # JSON alone can say so
            row.refuse(
                column, "value-is-one", "This is a list or an object, not one text or number."
            )
    if row.broken:
        return RowRead({}, row.broken, row.notes)
    for column in ("what", "funder"):
        if row.text(column) is None:
            row.refuse(column, "value-required", "There is no text here.")
    role = row.one_of("role", ROLES) or "award"
    pence = _amount(row, role)
    year, day = _year(row, day_first_is_sure=day_first_is_sure)
    stage = (row.text("stage") or "awarded").lower()
    if stage not in STAGES:
        row.refuse("stage", "stage-is-known", f"The stage is none of {', '.join(STAGES)}.")
    currency = (row.text("currency") or "GBP").upper()
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        row.refuse(
            "currency", "currency-is-a-code", "The currency is not a three-letter code such as GBP."
        )
    related = row.text("related_identifier")
    if role in ROLES[1:] and related is None:
        row.refuse("related_identifier", "related-is-named", f"A {role} names the line it is of.")
    places = _places(row)
    shares = _parts(row, places)
    weights = _weights(row)
    basis = row.one_of("estimate_basis", BASES) or ("given" if weights else None)
    if basis == "given" and not weights:
        row.refuse("weights", "weights-are-given", "The basis is given, but no weights are.")
    record = {
        "row": number, "title": row.text("what"), "funder": row.text("funder"), "programme": row.text("programme"),
        "theme": row.text("theme"), "recipient": row.text("recipient"), "stage": stage, "amount_pence": pence,
        "currency": currency, "awarded_on": day, "financial_year": year, "places": places,
        "recipient_address": False, "deliverer": row.text("deliverer"),
        "money_kind": row.one_of("money_kind", MONEY_KINDS), "role": role, "related_identifier": related,
        "estimate_basis": basis, "outcome": row.text("outcome"), "shares": shares, "weights": weights,
    }  # fmt: skip
    return RowRead(record, row.broken, row.notes)


def _amount(row: _Row, role: str) -> int | None:
    written = row.cells.get("amount")
    try:
        pence, read_as = pence_from(written, below_nought=role == "refund")
    except RuleBroken as fault:
        row.refuse("amount", fault.rule, fault.detail)
        return None
    if role == "refund" and pence > 0:
        row.refuse("amount", "refund-below-nought", "A refund is written below 0: -500.00.")
    if read_as:
        told = f"The amount is within a millionth of a penny of {read_as} and was read as that."
        row.notes.append(row.fault("amount", "amount-without-dust", told))
    return pence


def _year(row: _Row, *, day_first_is_sure: bool) -> tuple[str | None, Any]:
    written = row.cells.get("year")
    if not day_first_is_sure and is_unsure(written):
        row.refuse(
            "year",
            "date-is-sure",
            "Another row of this column writes the month first, so this could be either of two days.",
        )
        return None, None
    try:
        return read_year(written)
    except RuleBroken as fault:
        row.refuse("year", fault.rule, fault.detail)
        return None, None


def _places(row: _Row) -> tuple[StatedPlace, ...]:
    words = [part.strip() for part in (row.text("place") or "").split(";")]
    stated = tuple(StatedPlace(name=part) for part in dict.fromkeys(words) if part)
    if len(stated) > MOST_PLACES:
        row.refuse("place", "places-bounded", f"There are more than {MOST_PLACES} places.")
    if row.text("longitude") is None and row.text("latitude") is None:
        return stated
    lon, lat = _degrees(row, "longitude", 180), _degrees(row, "latitude", 90)
    if lon is None or lat is None:
        return stated
    return (StatedPlace(name=row.text("place"), lon=lon, lat=lat),)


def _degrees(row: _Row, column: str, limit: int) -> float | None:
    try:
        read = float(str(row.cells.get(column)).strip())
    except ValueError:
        read = float("nan")
    if not -limit <= read <= limit:
        row.refuse(
            column, "point-in-degrees", f"The {column} is not a number of degrees within {limit}."
        )
        return None
    return read


def _parts(row: _Row, places: tuple[StatedPlace, ...]) -> tuple[str, ...] | None:
    written = row.text("shares")
    if written is None:
        return None
    try:
        return read_shares([part for part in written.split(";") if part.strip()], len(places))
    except RuleBroken as fault:
        row.refuse("shares", fault.rule, fault.detail)
        return None


def _weights(row: _Row) -> tuple[tuple[str, str], ...] | None:
    written = row.text("weights")
    if written is None:
        return None
    try:
        return read_weights(written)
    except RuleBroken as fault:
        row.refuse("weights", fault.rule, fault.detail)
        return None
