"""Writes a table that was carried: as CSV, as plain values, as lines for people."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from app.exports.csv import safe_cell
from app.vintages.rebasing import REASONS, RebasedTable

MOST_LISTED = 20
# method, sources, note
ADDED = 3
RUNS = frozenset("=+-@\t\r\n")


def write_rows(out: Any, header: Sequence[str] | None, rows: Iterable[Sequence[str]]) -> None:
    """Write a table as CSV, or with no header more rows of it; every cell as it is."""
    writer = csv.writer(out, lineterminator="\r\n")
    if header is not None:
        writer.writerow(header)
    writer.writerows(rows)


def safe_header(made: RebasedTable) -> list[str]:
    """Give a carried table's header; a title that a spreadsheet would run has a quote in front."""
    return [str(safe_cell(title)) for title in made.header]


def safe_rows(made: RebasedTable) -> Iterator[list[str]]:
    """Give a carried table's rows; text that a spreadsheet would run has a quote in front, numbers have not."""
    first = len(made.header) - len(made.columns) - ADDED
    texts = [*range(first), *range(len(made.header) - ADDED, len(made.header))]
    for row in made.rows():
        for at in texts:
            if row[at][:1] in RUNS:
                row[at] = str(safe_cell(row[at]))
        yield row


def listed_body(made: RebasedTable) -> list[dict[str, Any]]:
    """Give the rows that could not be carried as plain values."""
    return [
        {
            "row": each.row, "code": each.code, "reason": each.reason, "detail": REASONS[each.reason],
            "step": each.step or None, "by": list(each.by), "values": each.values,
        }
        for each in made.listed
    ]  # fmt: skip


def report_lines(made: RebasedTable) -> list[str]:
    """Say what was carried, how, and that nothing was lost, for people."""
    report, rows = made.report, made.report["rows"]
    lines = [*report["notes"], "; ".join(report["steps"])]
    if len(report["steps"]) > 1:
        lines[-1] += ": step by step, each rounded to whole units"
    if report["left_out"]:
        lines.append(f"left out, as not numbers or not named: {', '.join(report['left_out'])}")
    lines.append(
        f"rows: {rows['in']:,} in = {rows['used']:,} used + {rows['listed']:,} listed; {rows['out']:,} out, "
        f"of which {report['estimated']:,} estimated"
    )
    lines += [f"  {count:,} {method}" for method, count in report["methods"].items()]
    for name, sums in report["totals"].items():
        lines.append(
            f"{name}: {sums['before']} before = {sums['after']} after + {sums['withheld']} known of areas that"
            f" stay missing + {sums['listed']} listed; difference {sums['difference']}"
        )
    lines += [
        f"{name}: missing in {count:,} of {rows['out']:,} areas"
        for name, count in report["missing"].items()
        if count
    ]
    if report["unreached"]:
        lines.append(
            f"{len(report['unreached']):,} areas of {report['to']} have no row, as no link leads to them: "
            + ", ".join(report["unreached"][:MOST_LISTED])
        )
    for each in made.listed[:MOST_LISTED]:
        where = f"row {each.row}" if each.row is not None else each.step
        lines.append(
            f"  listed: {where} {each.code or '(blank)'}: {each.reason}, {REASONS[each.reason]}"
        )
    if len(made.listed) > MOST_LISTED:
        lines.append(
            f"  and {len(made.listed) - MOST_LISTED:,} more, at the end of the file written"
        )
    return lines


def diagnosis_lines(body: dict[str, Any]) -> list[str]:
    """Say what the doctor found, for people."""
    lines = [*body["notes"], body["sentence"]]
    for column in body["columns"]:
        kinds = "; ".join(
            f"{kind['area_type']} {kind['rows']:,} rows, {kind['codes']:,} codes, "
            + " + ".join(f"{span['rows']:,} of {span['is']}" for span in kind["vintages"])
            for kind in column["types"]
        )
        lines.append(
            f"column {column['position']} {column['title']}: {column['known']:,} of {column['filled']:,} cells "
            f"name areas; {kinds or 'damaged codes'}"
        )
        for kind in column["types"]:
            drawn = [f"{each['id']} {each['share']:.2%}" for each in kind["releases"]]
            lines.append(f"  drawn by: {', '.join(drawn) or 'no release here'}")
    told = ", ".join(f"{count:,} {status}" for status, count in body["statuses"].items())
    lines.append(f"{body['rows']:,} rows by {body['release']['id']}: {told}")
    for each in body["problems"][:MOST_LISTED]:
        suggested = f" -> {each['suggestion']}" if each["suggestion"] else ""
        lines.append(
            f"  {each['cell'] or '(blank)'}{suggested}: {each['rows']:,} rows, first row {each['first_row']}: "
            f"{each['status']}, {each['reason']}"
        )
    if body["problems_total"] > MOST_LISTED:
        lines.append(f"  and {body['problems_total'] - MOST_LISTED:,} more; --json lists them")
    lines += [f"  {line}" for line in body["misfits"][:MOST_LISTED]]
    return lines
