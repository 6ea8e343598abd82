"""A ledger to take away: a view's rows as a table, the whole as a workbook, its lines as shapes a page at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from sqlalchemy.orm import Session

from app.exports.sheets import Kind, Sheet
from app.resources.estimating import estimate_places
from app.resources.ledger_answers import (
    MOST_WHOLE,
    PartOfLedger,
    ledger_part,
    lines_held,
    whole_ledger,
)
from app.resources.methods.ledger import BUCKETS, CERTAINTIES, Ledger
from app.resources.methods.sums import LedgerSums
from app.resources.methods.views import VIEWS, view
from app.resources.need import with_heads, worst_fifth_by_neighbourhood
from app.resources.partnership_money import LedgerAsked, SharedGround
from app.resources.sheets import COLUMNS, full_lines
from app.resources.summing import build_sums, some_lines
from boundaries.crs import to_wgs84
from boundaries.database import named_sql
from boundaries.errors import NotFound

_WHOLE_COLUMNS = ("amount_pence", "neighbourhood")
_SUMS: tuple[tuple[str, Kind], ...] = (
    ("lines", "whole"), *((f"{bucket}_pence", "whole") for bucket in BUCKETS), ("file_pence", "whole"),
    *((f"{certainty}_pence", "whole") for certainty in CERTAINTIES),
)  # fmt: skip
_ROW: tuple[tuple[str, Kind], ...] = (("key", "text"), ("label", "text"), *_SUMS)
_BESIDE: tuple[tuple[str, Kind], ...] = tuple(
    (name, "whole")
    for name in (
        "people", "people_in_worst_fifth", "pence_per_head", "pence_per_person_in_worst_fifth",
        "partnership_wide_spread_by_people_pence", "estimate_pence", "estimate_shared_pence",
    )
)  # fmt: skip
_GRADE: tuple[tuple[str, Kind], ...] = (
    ("grade", "text"), ("means", "text"), ("lines", "whole"), ("pence", "whole"), ("in_totals", "truth"),
    *((f"{bucket}_pence", "whole") for bucket in BUCKETS),
)  # fmt: skip
_LINE: tuple[tuple[str, Kind], ...] = tuple(
    (name, "whole" if name in _WHOLE_COLUMNS else "truth" if name == "in_totals" else "text")
    for name in COLUMNS
)
_TOTAL: tuple[tuple[str, Kind], ...] = (
    ("where", "text"),
    ("certainty", "text"),
    ("lines", "whole"),
    ("pence", "whole"),
)
_ABOUT: tuple[tuple[str, Kind], ...] = (("what", "text"), ("value", "text"))
TABLES = (*VIEWS, "bucket")


class UnknownTable(NotFound):
    """A ledger has no table of that name."""

    slug = "unknown-ledger-table"
    title = "No such table of a ledger"


def check_table(name: str) -> None:
    """Refuse a table that a ledger does not have. Raises UnknownTable."""
    if name not in TABLES:
        raise UnknownTable(f"a ledger's tables are {', '.join(TABLES)}; there is no {name[:40]!r}")


def ledger_table(
    session: Session, slug: str, shared: SharedGround, asked: LedgerAsked, name: str
) -> Sheet:
    """Write one table of a ledger (a view, or `bucket`), the figures those of `ledger_part`. Raises UnknownTable."""
    check_table(name)
    if name == "bucket":
        sums = build_sums(session, shared.ground, year=asked.year, by="grade")
        return _totals(sums.totals)
    figures = asked._replace(by=name)
    body, _ = ledger_part(session, slug, shared, figures, PartOfLedger("none"))
    return _view(name, body["rows"])


def _view(name: str, rows: list[dict[str, Any]]) -> Sheet:
    columns = (*_ROW, *_BESIDE) if name == "neighbourhood" else _ROW
    return Sheet(f"by_{name}", f"The money by {name}", columns, rows)


def _totals(totals: dict[str, Any]) -> Sheet:
    """Write the buckets, the two that have parts with these, then the file, and beside it the lines of grade F."""
    rows: list[dict[str, Any]] = []
    for bucket in BUCKETS:
        rows.append(
            {"where": bucket, "lines": totals[f"{bucket}_lines"], "pence": totals[f"{bucket}_pence"]}
        )  # fmt: skip
        rows += [
            {"where": bucket, "certainty": certainty, "pence": totals[bucket][f"{certainty}_pence"]}
            for certainty in CERTAINTIES
            if bucket in totals
        ]
    rows += [
        {"where": name, "lines": totals[f"{name}_lines"], "pence": totals[f"{name}_pence"]}
        for name in ("file", "recipient_only")
    ]
    return Sheet("totals", "The money by bucket", _TOTAL, rows)


def ledger_book(
    session: Session, slug: str, shared: SharedGround, asked: LedgerAsked
) -> list[Sheet]:
    """Write a ledger as the sheets of a workbook: about, totals, a sheet a view, by grade in words, lines.

    Of more than MOST_WHOLE lines the last sheet is left out, and `about` says where they are. Each view's
    rows sum to the file.
    """
    ground = shared.ground
    sums = build_sums(session, ground, year=asked.year, by="neighbourhood")
    held = lines_held(sums)
    made = whole_ledger(session, shared, asked) if held <= MOST_WHOLE else None
    rows = _rows_by_view(session, shared, asked, sums, made)
    about = {
        "partnership": slug, "index": shared.index_id, "stage": asked.stage,
        "financial year": asked.year or "all", "neighbourhoods": asked.neighbourhoods, "lines": str(held),
        "unit": "whole pence; the four buckets are the file, and recipient_only is in no total",
    }  # fmt: skip
    if made is None:
        about["sheet of lines"] = f"left out: more than {MOST_WHOLE}; they are in ledger.csv"
    sheets = [
        Sheet("about", "What this is", _ABOUT, [{"what": k, "value": about[k]} for k in about]),
        _totals(sums.totals),
        *(_view(name, rows[name]) for name in VIEWS if name != "grade"),
        Sheet("by_grade", "The money by how finely the place is stated", _GRADE, sums.by_grade),
    ]
    if made is not None:
        sheets.append(Sheet("lines", "Every line", _LINE, list(full_lines(made))))
    return sheets


def _rows_by_view(
    session: Session,
    shared: SharedGround,
    asked: LedgerAsked,
    sums: LedgerSums,
    made: Ledger | None,
) -> dict[str, list[dict[str, Any]]]:
    """Give each view's rows: from the lines where they are few, so that they are read once, else summed by view."""
    ground = shared.ground
    if made is not None:
        estimate = estimate_places(
            session, ground.parameters, ground.found, ground.relations, asked.basis, year=asked.year
        )
        rows = {name: view(replace(made, estimate=estimate), name) for name in VIEWS}
    else:
        rows = {
            name: build_sums(session, ground, year=asked.year, by=name).rows
            for name in VIEWS
            if name != "neighbourhood"
        } | {"neighbourhood": sums.rows}
    heads = worst_fifth_by_neighbourhood(shared)
    return rows | {"neighbourhood": with_heads(rows["neighbourhood"], heads)}


def ledger_shapes(
    session: Session, shared: SharedGround, asked: LedgerAsked, part: PartOfLedger
) -> tuple[list[dict[str, Any]], int, str | None]:
    """Give a page of lines as GeoJSON features, how many there are in all, and the id to go on after.

    With a bucket its lines alone; without, also those in no total. A line has the geometry of its point or
    postcode, or a point within its one area, as `drawn_at` says; null where it states none such.
    """
    ground = shared.ground
    sums = build_sums(session, ground, year=asked.year, by="grade")
    made, following = some_lines(
        session, ground, year=asked.year, after=part.after, most=part.limit, bucket=part.bucket
    )
    lines = [line | {"in_totals": True} for line in made.lines]
    total = lines_held(sums)
    if part.bucket is None:
        beside = (*made.paid_here, *made.other_currencies)
        lines += [line | {"in_totals": False} for line in beside]
    else:
        total = sums.totals[f"{part.bucket}_lines"]
    lines.sort(key=lambda line: str(line["id"]))
    spots = _spots(session, [line["id"] for line in lines])
    features = []
    for line in lines:
        drawn_at, lon_lat = spots.get(line["id"], (None, None))
        drawn = None if lon_lat is None else {"type": "Point", "coordinates": lon_lat}
        told = {"currency": "GBP", "drawn_at": drawn_at, **line}
        features.append(
            {"type": "Feature", "id": line["id"], "geometry": drawn, "properties": told}
        )
    return features, total, following


def _spots(session: Session, ids: list[str]) -> dict[str, tuple[str, list[float]]]:
    """Say where each line may be drawn, and what is there: drawn_at, longitude and latitude."""
    rows = session.execute(named_sql(__file__, "line_spots"), {"ids": ids}).all()
    points = [row for row in rows if row.lon is None]
    metric = np.array([shapely.Point(row.easting, row.northing) for row in points], dtype=object)
    degrees = to_wgs84(metric)
    found = {row.id: (row.drawn_at, [row.lon, row.lat]) for row in rows if row.lon is not None}
    for row, point in zip(points, degrees, strict=True):
        found[row.id] = (row.drawn_at, [float(shapely.get_x(point)), float(shapely.get_y(point))])
    return {
        line: (what, [round(edge, 7) for edge in lon_lat])
        for line, (what, lon_lat) in found.items()
    }
