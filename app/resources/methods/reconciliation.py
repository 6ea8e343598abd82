"""Holds each file of money against what became of it, row by row and penny by penny; mends nothing, hides nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from app.resources.methods.ledger import BUCKETS, PAID_ELSEWHERE, PAID_HERE
from app.resources.methods.sums import Stands

OTHER_CURRENCY = "other_currency"
#: where a line can go, in the order of the table: the four buckets are the ledger's file, the others beside it
WENT = (*BUCKETS, PAID_HERE, PAID_ELSEWHERE, OTHER_CURRENCY)
# What a file may bring that is no line of money.
BESIDE = ("allocations", "areas", "budgets", "sums", "services")


class Held(NamedTuple):
    """What a file holds of one stage and currency; pence, or hundredths of another currency."""

    file_id: str
    stage: str
    currency: str
    lines: int
    rows: int
    pence: int


class Went(NamedTuple):
    """So many lines of one file, stage and currency, and where they stand in a ledger."""

    file_id: str
    stage: str
    currency: str
    stands: Stands
    lines: int
    pence: int


class Turned(NamedTuple):
    """So many refused rows of one file, by their first rule; currency and pence None where no amount could be read."""

    file_id: str
    rule: str
    currency: str | None
    rows: int
    pence: int | None


def reconcile(
    files: Sequence[Mapping[str, Any]],
    held: Iterable[Held],
    went: Iterable[Went] | None,
    turned: Iterable[Turned],
) -> list[dict[str, Any]]:
    """Reconcile files.

    Parameters
    ----------
    files : id, rows_in, rows_stored, rows_refused, stored_rows (that became lines), refused_rows (of which
        a fault is kept), BESIDE, and whatever else shall be told of each
    held : what the tables hold, summed without regard to any partnership
    went : the same lines by where they stand in a partnership's ledger; None where none is asked

    Returns
    -------
    One body a file: the file's own, `holds_lines` (or allocations, services, …: then it has no amounts),
    `amounts` (by stage and currency: lines, rows, pence), `went` (by stage: lines and pence of each place of
    WENT, of the file), `refused` (by rule: rows, pence, rows whose amount was not read), `stored_pence`,
    `refused_pence`, `pence_in` (pounds sterling alone; what could not be read is in none) and `differences`:
    sentences, none where every row and penny is accounted for.

    Notes
    -----
    rows in = rows stored + rows refused; pence in = pence stored + pence refused; lines and pence held =
    lines and pence that went somewhere. Each side comes from tables of its own.
    """
    amounts: dict[str, list[Held]] = defaultdict(list)
    for each in held:
        amounts[each.file_id].append(each)
    places: dict[str, list[Went]] = defaultdict(list)
    for one in went or ():
        places[one.file_id].append(one)
    refused: dict[str, list[Turned]] = defaultdict(list)
    for row in turned:
        refused[row.file_id].append(row)
    return [
        _file(
            file, amounts[file["id"]], places[file["id"]] if went is not None else None,
            refused[file["id"]],
        )
        for file in files
    ]  # fmt: skip


def _file(
    file: Mapping[str, Any],
    held: Sequence[Held],
    went: Sequence[Went] | None,
    turned: Sequence[Turned],
) -> dict[str, Any]:
    stored = sum(each.pence for each in held if each.currency == "GBP")
    refused = sum(each.pence or 0 for each in turned if each.currency == "GBP")
    body = {
        **file,
        "holds_lines": bool(held) or not any(file[name] for name in ("rows_stored", *BESIDE)),
        "amounts": [
            {
                "stage": each.stage, "currency": each.currency, "lines": each.lines, "rows": each.rows,
                "pence": each.pence,
            }
            for each in held
        ],
        "went": [] if went is None else _went(went),
        "refused": _refused(turned),
        "stored_pence": stored, "refused_pence": refused, "pence_in": stored + refused,
        "amounts_not_read": sum(each.rows for each in turned if each.pence is None),
    }  # fmt: skip
    return body | {"differences": _differences(file, held, went, turned)}


def _went(went: Sequence[Went]) -> list[dict[str, Any]]:
    rows = []
    for stage in sorted({each.stage for each in went}):
        row: dict[str, Any] = {"stage": stage}
        own = [each for each in went if each.stage == stage]
        for place in WENT:
            there = [each for each in own if _place(each) == place]
            row[f"{place}_lines"] = sum(each.lines for each in there)
            row[f"{place}_pence"] = sum(each.pence for each in there)
        row["lines"] = sum(each.lines for each in own)
        # Hundredths of other currencies are listed above and in no sum.
        row["pence"] = sum(each.pence for each in own if each.currency == "GBP")
        rows.append(row)
    return rows


def _place(went: Went) -> str:
    return OTHER_CURRENCY if went.currency != "GBP" else went.stands.bucket


def _refused(turned: Sequence[Turned]) -> list[dict[str, Any]]:
    rows = []
    for rule in sorted({each.rule for each in turned}):
        own = [each for each in turned if each.rule == rule]
        rows.append(
            {
                "rule": rule, "rows": sum(each.rows for each in own),
                "pence": sum(each.pence or 0 for each in own if each.currency == "GBP"),
                "other_currency_rows": sum(each.rows for each in own if each.currency not in (None, "GBP")),
                "amount_not_read_rows": sum(each.rows for each in own if each.pence is None),
            }
        )  # fmt: skip
    return rows


def _differences(
    file: Mapping[str, Any],
    held: Sequence[Held],
    went: Sequence[Went] | None,
    turned: Sequence[Turned],
) -> list[str]:
    said = []
    if file["rows_in"] != file["rows_stored"] + file["rows_refused"]:
        said.append(
            f"{file['rows_in']} rows came in, {file['rows_stored']} stored and {file['rows_refused']} refused"
        )
    # A file of services or allocations has no lines; one that mends outlines adds nothing to count.
    if (
        file["stored_rows"]
        and not any(file[name] for name in BESIDE)
        and file["stored_rows"] != file["rows_stored"]
    ):
        said.append(
            f"{file['rows_stored']} rows were stored, lines of {file['stored_rows']} are here"
        )
    if file["refused_rows"] != file["rows_refused"]:
        said.append(
            f"{file['rows_refused']} rows were refused, faults of {file['refused_rows']} are listed"
        )
    if sum(each.rows for each in turned) != file["refused_rows"]:
        said.append("the refused rows by rule are not all refused rows")
    if went is not None:
        said += _astray(held, went)
    return said


def _astray(held: Sequence[Held], went: Sequence[Went]) -> list[str]:
    here = {(each.stage, each.currency): (each.lines, each.pence) for each in held}
    there: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for each in went:
        lines, pence = there[each.stage, each.currency]
        there[each.stage, each.currency] = (lines + each.lines, pence + each.pence)
    return [
        f"{stage}, {currency}: the file holds {here.get((stage, currency), (0, 0))} lines and pence,"
        f" {there[stage, currency]} went somewhere"
        for stage, currency in sorted({*here, *there})
        if here.get((stage, currency), (0, 0)) != there[stage, currency]
    ]


def totals(bodies: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Sum what went where over files, a row a stage; stages are never added."""
    rows: dict[str, dict[str, Any]] = {}
    for body in bodies:
        for went in body["went"]:
            row = rows.setdefault(went["stage"], {"stage": went["stage"]})
            for name, value in went.items():
                if name != "stage":
                    row[name] = row.get(name, 0) + value
    return [rows[stage] for stage in sorted(rows)]
