"""The figures of one statement of use: allocation, lines by stage, what is unallocated, who benefits; each adds up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from app.resources.methods.allocations import ENGLAND
from app.resources.methods.ledger import (
    ESTIMATED,
    LOCATED,
    NEIGHBOURHOODS,
    NOT_PLACED,
    OUT,
    PARTNERSHIP_WIDE,
    REST,
    STAGES,
)
from app.statements.methods.held import MATCH, REFUND, REGRANT, Held, hold

NOT_STATED = "not stated"
PLACE_UNKNOWN = "place_unknown"
PLACES: tuple[tuple[str, str | None, str], ...] = (
    (NEIGHBOURHOODS, LOCATED, "In priority neighbourhoods, located"),
    (NEIGHBOURHOODS, ESTIMATED, "In priority neighbourhoods, estimated"),
    (REST, LOCATED, "Rest of the partnership, located"),
    (REST, ESTIMATED, "Rest of the partnership, estimated"),
    (REST, PARTNERSHIP_WIDE, "Partnership-wide"),
    (OUT, None, "Outside the partnership"),
    (NOT_PLACED, None, "Not placed"),
    (PLACE_UNKNOWN, None, "Only the recipient's office is known"),
)
KIND_ORDER = ("revenue", "capital", NOT_STATED)
Line = Mapping[str, Any]


class StatementBroken(AssertionError):
    """A table of a statement does not add up to what draws on the programme: a fault of ours, never of the data."""


class Neighbourhoods(NamedTuple):
    """The priority neighbourhoods that lines may lie in: (number, name, people or None), greatest need first."""

    rows: tuple[tuple[int, str, int | None], ...]


class Drawn(NamedTuple):
    """The lines of a programme at one stage, all years, with what each holds."""

    lines: tuple[Line, ...]
    held: Held


def draw(lines: Iterable[Line]) -> dict[str, Drawn]:
    """Part a programme's lines in pounds by stage, each ordered by id, and say what every line holds."""
    parted: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line["currency"] == "GBP":
            parted[line["stage"]].append(line)
    made = {}
    for stage in STAGES:
        own = tuple(sorted(parted[stage], key=lambda line: str(line["id"])))
        made[stage] = Drawn(own, hold(own))
    return made


def years_of(drawn: Mapping[str, Drawn], allocations: Iterable[Line]) -> list[str]:
    """List the financial years in which a programme has an allocation to a place here or a line, in order."""
    found = {each["financial_year"] for each in allocations if each["area_code"] != ENGLAND}
    for stage in drawn.values():
        found |= set(stage.held.years.values())
    return sorted(year for year in found if year)


def envelopes_of(
    allocations: Sequence[Line], *, year: str | None, together: bool = False
) -> list[dict[str, Any]]:
    """Sum allocations to places by status and source file: of a year, of periods (None), or of all years together.

    Statuses are never added, nor is one file to another: both may tell of the same money.
    """
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for each in allocations:
        wanted = each["financial_year"] is not None if together else each["financial_year"] == year
        if not wanted or each["area_code"] == ENGLAND:
            continue
        of = "all years" if together else each["period"]
        row = rows.setdefault(
            (of, each["status"], each["file_id"] or ""),
            {
                "of": of, "status": each["status"], "file_id": each["file_id"], "coverage": each["coverage"],
                "allocations": 0, "amount_pence": 0, "derived_allocations": 0, "derived_pence": 0,
            },
        )  # fmt: skip
        row["allocations"] += 1
        row["amount_pence"] += each["amount_pence"]
        if each["derived"]:
            row["derived_allocations"] += 1
            row["derived_pence"] += each["amount_pence"]
    return [rows[key] for key in sorted(rows)]


def use_of(
    stage: str, drawn: Drawn, year: str | None, places: Neighbourhoods, theme: str | None, kind: str | None
) -> dict[str, Any]:  # fmt: skip
    """Sum the lines of one stage that draw on a programme in a year (None: in every year and in none).

    theme, kind : of the programme, for lines that state none of their own. Match funding is other
    people's money: it stands beside and draws on nothing. drawn = gross + refunds - regranted.
    Raises StatementBroken where a table does not add up to `drawn_pence`.
    """
    own = [line for line in drawn.lines if year is None or drawn.held.years[line["id"]] == year]
    match = [line for line in own if line["role"] == MATCH]
    counted = [line for line in own if line["role"] != MATCH]
    refunds = [line for line in counted if line["role"] == REFUND]
    gross = sum(line["amount_pence"] for line in counted if line["role"] != REFUND)
    back = _pence(refunds)
    twice = sum(drawn.held.passed_pence.get(line["id"], 0) for line in counted)
    body: dict[str, Any] = {
        "stage": stage, "lines": len(own), "gross_pence": gross, "refund_lines": len(refunds),
        "refunds_pence": back, "regrant_lines": sum(line["role"] == REGRANT for line in counted),
        "regranted_pence": twice, "drawn_pence": gross + back - twice, "match_lines": len(match),
        "match_pence": _pence(match),
        "over_passed": [line["id"] for line in own if line["id"] in drawn.held.over_passed],
        "regrants_in_a_circle": [line["id"] for line in own if line["id"] in drawn.held.cycles],
        "by_kind": _by(counted, drawn.held, lambda line: line["money_kind"] or kind or NOT_STATED, "kind"),
        "by_theme": _by(counted, drawn.held, lambda line: line["theme"] or theme or NOT_STATED, "theme"),
        "by_place": _by_place(counted, drawn.held),
        "neighbourhoods": _benefiting(counted, drawn.held, places),
    }  # fmt: skip
    _check(body, counted)
    return body


def _pence(lines: Iterable[Line]) -> int:
    return sum(line["amount_pence"] for line in lines)


def _by(
    lines: Sequence[Line], held: Held, key: Callable[[Line], str], name: str
) -> list[dict[str, Any]]:
    groups: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    order = sorted(groups, key=lambda each: (each == NOT_STATED, each))
    if name == "kind":
        order = [each for each in KIND_ORDER if each in groups]
    return [
        {name: each, "lines": len(groups[each]), "pence": _held(groups[each], held)}
        for each in order
    ]


def _held(lines: Iterable[Line], held: Held) -> int:
    return sum(held.pence[line["id"]] for line in lines)


def _by_place(lines: Sequence[Line], held: Held) -> list[dict[str, Any]]:
    rows = []
    for bucket, certainty, label in PLACES:
        own = [
            line for line in lines if line["bucket"] == bucket and line["certainty"] == certainty
        ]
        rows.append(
            {
                "bucket": bucket, "certainty": certainty, "label": label, "lines": len(own),
                "pence": _held(own, held),
            }
        )  # fmt: skip
    return rows


def _benefiting(lines: Sequence[Line], held: Held, places: Neighbourhoods) -> list[dict[str, Any]]:
    rows = []
    for number, name, people in places.rows:
        own = [line for line in lines if line["neighbourhood"] == number]
        if not own:
            continue
        rows.append(
            {
                "number": number, "name": name, "people": people, "lines": len(own),
                **{
                    f"{each}_pence": _held((line for line in own if line["certainty"] == each), held)
                    for each in (LOCATED, ESTIMATED)
                },
            }
        )  # fmt: skip
    return rows


def _check(body: Mapping[str, Any], counted: Sequence[Line]) -> None:
    for table in ("by_kind", "by_theme", "by_place"):
        if sum(row["pence"] for row in body[table]) != body["drawn_pence"]:
            raise StatementBroken(f"{table} does not add up to what was drawn")
        if sum(row["lines"] for row in body[table]) != len(counted):
            raise StatementBroken(f"{table} does not hold every line")
    inside = sum(row["pence"] for row in body["by_place"] if row["bucket"] == NEIGHBOURHOODS)
    named = sum(row["located_pence"] + row["estimated_pence"] for row in body["neighbourhoods"])
    if inside != named:
        raise StatementBroken("the neighbourhoods do not add up to what lies in neighbourhoods")


def unallocated(
    envelopes: Sequence[Mapping[str, Any]], uses: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Hold each envelope against what was drawn at each stage: the rest, below 0 where more was drawn."""
    return [
        {
            "of": envelope["of"], "status": envelope["status"], "file_id": envelope["file_id"],
            "stage": use["stage"], "allocation_pence": envelope["amount_pence"],
            "drawn_pence": use["drawn_pence"],
            "unallocated_pence": envelope["amount_pence"] - use["drawn_pence"],
            "overspent": use["drawn_pence"] > envelope["amount_pence"],
        }
        for envelope in envelopes
        for use in uses
    ]  # fmt: skip


def told_stages(drawn: Mapping[str, Drawn], year: str | None) -> list[str]:
    """Name the stages to tell of: awarded always, the others where a line of the year is of them."""
    return [
        stage
        for stage in STAGES
        if stage == "awarded" or any(
            year is None or drawn[stage].held.years[line["id"]] == year
            for line in drawn[stage].lines
        )
    ]  # fmt: skip
