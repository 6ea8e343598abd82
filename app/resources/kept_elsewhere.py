"""Gives a partnership's own files of money row by row as they are kept, and keeps those that another database kept.

A line comes in as it was read and placed there: nothing is placed anew, and one that says of itself what its kind
of place cannot be is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.partnerships.queries import get_partnership
from app.resources.import_tables import LineWeight
from app.resources.linking import link_lines
from app.resources.methods.dates import is_financial_year
from app.resources.methods.place import type_and_grade
from app.resources.queries import stored_lines
from app.resources.readers.frames import BASES, MONEY_KINDS, ROLES, StatedAmount
from app.resources.readers.plain_rows import STAGES
from app.resources.storing import write_lines, write_refusals
from app.resources.tables import ResourceFile, ResourceLine, ResourceRefusal
from boundaries.errors import Fault, Invalid
from boundaries.footprints import Ground, store_footprint

_CLOSED = {"stage": STAGES, "role": ROLES, "money_kind": MONEY_KINDS, "estimate_basis": BASES}

# A place's grade by its kind, where its code does not say more.
_GRADE_OF_KIND = {
    "point": "A", "postcode": "A", "estate": "A", "partnership": "E", "wide": "E", "abroad": "E", "recipient": "F",
    "none": "G",
}  # fmt: skip


class KeptMoneyInvalid(Invalid):
    """A file of money of another database says what no file of money can be."""

    slug = "kept-money-invalid"
    title = "Those lines of money cannot be kept"


class KeptFile(NamedTuple):
    """A file of money as it was kept: what is said of it, and its rows that were stored and refused.

    lines : plain values by column of `ResourceLine`, with easting, northing and identifier. weights, estates : by
    identifier. refusals : of `ResourceRefusal`.
    """

    about: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    weights: Mapping[str, Sequence[tuple[str, str]]]
    estates: Mapping[str, Ground]
    refusals: Sequence[Mapping[str, Any]]


def lines_of_file(session: Session, file_id: str, names: Sequence[str]) -> list[dict[str, Any]]:
    """List a file's lines by row and identifier: what is asked for, with easting, northing and footprint_id."""
    columns = [getattr(ResourceLine, name) for name in names]
    point = ResourceLine.place_geom
    rows = session.execute(
        select(
            *columns, func.ST_X(point).label("easting"), func.ST_Y(point).label("northing"),
            ResourceLine.footprint_id, ResourceLine.id,
        )
        .where(ResourceLine.file_id == file_id)
        .order_by(ResourceLine.row, ResourceLine.identifier)
    )  # fmt: skip
    return [dict(row) for row in rows.mappings()]


def weights_of_file(session: Session, file_id: str) -> list[tuple[str, str, str]]:
    """List the weights that a file's lines state: identifier, area, weight."""
    rows = session.execute(
        select(ResourceLine.identifier, LineWeight.area_code, LineWeight.weight)
        .join(ResourceLine, ResourceLine.id == LineWeight.line_id)
        .where(ResourceLine.file_id == file_id)
        .order_by(ResourceLine.row, ResourceLine.identifier, LineWeight.area_code)
    )
    return [(row[0], row[1], str(row[2])) for row in rows]


def refusals_kept(session: Session, file_id: str) -> list[dict[str, Any]]:
    """List the rows of a file that were not stored, as they are kept."""
    names = ("row", "column", "value", "rule", "detail", "amount_pence", "currency")
    rows = session.execute(
        select(*(getattr(ResourceRefusal, name) for name in names))
        .where(ResourceRefusal.file_id == file_id)
        .order_by(ResourceRefusal.id)
    )
    return [dict(row) for row in rows.mappings()]


def keep_file(session: Session, actor: Actor | str, slug: str, kept: KeptFile) -> None:
    """Keep a file that is not here, every row of it.

    Raises KeptMoneyInvalid; a pointer /lines/N/column names a line.
    """
    about = kept.about
    rows_stored = len({line["row"] for line in kept.lines})
    refused = int(about["refused"] or 0)
    faults = list(_file_faults(session, kept, rows_stored, refused))
    faults += [
        fault._replace(pointer=f"/lines/{at}/{fault.column}", column="")
        for at, line in enumerate(kept.lines)
        for fault in _line_faults(line, kept)
    ]
    held = stored_lines(session, [f"{slug}/{line['identifier']}" for line in kept.lines])
    faults += [
        Fault(
            "another file here has a line of that identifier",
            f"/lines/{at}/identifier",
            rule="identifier-once",
        )
        for at, line in enumerate(kept.lines)
        if f"{slug}/{line['identifier']}" in held
    ]
    if faults:
        raise KeptMoneyInvalid("; ".join(fault.detail for fault in faults[:3]), faults)
    demo = get_partnership(session, slug).demo
    session.add(
        ResourceFile(
            **{name: about[name] or "not stated" for name in ("title", "publisher", "licence", "attribution")},
            id=about["id"], sha256=about["sha256"], kind=about["kind"], coverage=about["coverage"],
            source_file=about["source_file"] or about["id"], partnership_slug=slug, rows_in=rows_stored + refused,
            rows_stored=rows_stored, rows_refused=refused, demo=demo, loaded_at=about["loaded_at"],
        )
    )  # fmt: skip
    session.flush()
    if kept.lines:
        write_lines(session, _frame(session, slug, kept), about["id"], demo=demo)
    _write_refusals(session, about["id"], kept.refusals)
    link_lines(session, file_id=about["id"])
    detail = {"rows_in": rows_stored + refused, "rows_stored": rows_stored, "partnership": slug}
    record(session, actor, "import", f"resources:{about['id']}", detail)


def _write_refusals(session: Session, file_id: str, refusals: Sequence[Mapping[str, Any]]) -> None:
    for row in refusals:
        fault = Fault(row["detail"], row=row["row"], column=row["column"] or "", value=row["value"] or "",
                      rule=row["rule"])  # fmt: skip
        pence = row["amount_pence"]
        told = {} if pence is None else {row["row"]: StatedAmount(pence, row["currency"])}
        write_refusals(session, file_id, [fault], told)


def _frame(session: Session, slug: str, kept: KeptFile) -> pd.DataFrame:
    rows = []
    for line in kept.lines:
        name = line["identifier"]
        estate = kept.estates.get(name)
        rows.append({
            **line, "id": f"{slug}/{name}", "weights": kept.weights.get(name), "outline": None,
            "partnership_slug": slug if line["place_kind"] == "partnership" else None,
            "footprint_id": None if estate is None else store_footprint(session, estate),
        })  # fmt: skip
    return pd.DataFrame(rows, dtype=object).astype(object).where(lambda frame: frame.notna(), None)


def _file_faults(
    session: Session, kept: KeptFile, rows_stored: int, refused: int
) -> Iterator[Fault]:
    about = kept.about
    held = session.scalar(
        select(ResourceFile.id).where(
            (ResourceFile.id == about["id"]) | (ResourceFile.sha256 == about["sha256"])
        )
    )
    if held is not None:
        yield Fault(f"{held} is here already", "/id", value=about["id"], rule="file-once")
    if not about["kind"]:
        yield Fault("a file says what kind it is", "/kind", rule="kind-required")
    if about["loaded_at"] is None:
        yield Fault("a file says when it was brought in", "/loaded_at", rule="loaded-at-required")
    if rows_stored != about["lines"]:
        told = f"its lines come from {rows_stored} rows, and it says {about['lines']}"
        yield Fault(told, "/lines", rule="rows-add-up")
    if refused < len({row["row"] for row in kept.refusals if row["row"]}):
        yield Fault("more rows of it were refused than it says", "/refused", rule="rows-add-up")
    if len({line["identifier"] for line in kept.lines}) != len(kept.lines):
        yield Fault("two of its lines have one identifier", "/id", rule="identifier-once")
    for row in kept.refusals:
        if (row["amount_pence"] is None) != (row["currency"] is None):
            yield Fault("an amount has a currency", "/refused", rule="currency-is-a-code")


def _line_faults(line: Mapping[str, Any], kept: KeptFile) -> Iterator[Fault]:
    for column, words in _CLOSED.items():
        if line[column] is not None and line[column] not in words:
            yield Fault(
                f"none of {', '.join(words)}",
                column=column,
                rule=f"{column.replace('_', '-')}-is-known",
            )
    if (
        len(line["currency"]) != 3
        or not line["currency"].isalpha()
        or not line["currency"].isupper()
    ):
        yield Fault("three letters such as GBP", column="currency", rule="currency-is-a-code")
    pence = line["amount_pence"]
    if pence and (line["role"] == "refund") != (pence < 0):
        yield Fault(
            "a refund is below 0, and nothing else is",
            column="amount_pence",
            rule="refund-below-nought",
        )
    year, day = line["financial_year"], line["awarded_on"]
    if year is not None and not is_financial_year(year):
        yield Fault("a year such as 2001-02", column="financial_year", rule="financial-year")
    if year is not None and day is not None and year != _year_of(day):
        yield Fault(
            f"{day} lies in {_year_of(day)}", column="financial_year", rule="year-of-the-day"
        )
    grade = _grade_of_place(line["place_kind"], line["place_code"])
    if grade != line["grade"]:
        told = (
            f"a place of that kind has the grade {grade}"
            if grade
            else "there is no such kind of place"
        )
        yield Fault(told, column="grade" if grade else "place_kind", rule="grade-of-the-place")
    needs = {"postcode": ("place_postcode",), "point": ("easting", "northing")}.get(
        line["place_kind"], ()
    )
    for column in needs:
        if line[column] is None:
            yield Fault("a place of that kind says it", column=column, rule="place-is-said")
    if (line["place_kind"] == "estate") != (line["identifier"] in kept.estates):
        yield Fault(
            "an estate, and nothing else, has ground of its own",
            column="place_kind",
            rule="estate-has-ground",
        )
    for area, weight in kept.weights.get(line["identifier"], ()):
        if not weight.replace(".", "", 1).isdecimal():
            yield Fault(
                f"the weight of {area} is a number from 0",
                column="identifier",
                rule="weights-are-given",
            )


def _grade_of_place(kind: str, code: str | None) -> str | None:
    """Give the grade of a place of some kind; of several areas the coarsest. None: there is no such place."""
    if kind != "area":
        return _GRADE_OF_KIND.get(kind)
    grades = [known[1] if (known := type_and_grade(one)) else "" for one in (code or "").split()]
    return max(grades) if grades and all(grades) else None


def _year_of(day: date | datetime) -> str:
    first = day.year - (day.month < 4)
    return f"{first}-{(first + 1) % 100:02d}"
