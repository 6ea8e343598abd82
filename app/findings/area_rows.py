"""Each small area of a place as a row to read: chosen or not, why, and what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.findings.gather import Findings
from app.findings.words import MISSING, count
from app.priorities.methods.records import MEASURES


@dataclass(frozen=True)
class AreaRow:
    """One small area; words are ready, figures are plain (None = not known).

    number, neighbourhood : of its priority neighbourhood, None where it is in none.
    clause, margin : what the rule asked and by how much it is inside (0 or more) or outside.
    change : the smallest change of its own that would flip it.
    stability : share of the perturbations in which it is chosen, None where the rule was not shaken;
        contested : between 5 and 95 %.
    """

    code: str
    name: str
    selected: bool
    cannot_tell: bool
    rank: int | None
    decile: int | None
    people: int | None
    number: int | None
    neighbourhood: str | None
    clause: str
    margin: str
    change: str
    steps: str
    stability: float | None = None
    contested: bool = False

    @property
    def outcome(self) -> str:
        """Say whether it is chosen, in a word or two."""
        if self.selected:
            return "priority"
        return "cannot be told" if self.cannot_tell else "no priority"


def area_rows(findings: Findings) -> list[AreaRow]:
    """Write every small area of the place: chosen ones first, then doubtful ones; greatest need first in each."""
    plain = findings.designated.as_plain()
    groups: list[dict[str, Any]] = plain["groups"]
    areas: list[dict[str, Any]] = plain["areas"]
    names = {int(group["number"]): str(group["name"]) for group in groups}
    rows = [_row(area, names, findings.designated.index.areas_total) for area in areas]
    last = findings.designated.index.areas_total + 1
    return sorted(
        rows, key=lambda row: (not row.selected, not row.cannot_tell, row.rank or last, row.code)
    )


def _row(area: dict[str, Any], names: dict[int, str], ranked: int) -> AreaRow:
    clauses = area["clauses"]
    return AreaRow(
        code=area["code"], name=area["name"] or area["code"], selected=area["selected"],
        cannot_tell=area["cannot_tell"], rank=area["rank"], decile=area["decile"], people=area["people"],
        number=area["group"], neighbourhood=names.get(area["group"]),
        clause="; ".join(_clause(one) for one in clauses) or "listed by name",
        margin="; ".join(_margin(one, len(clauses) > 1) for one in clauses) or MISSING,
        change=_change(area, ranked), steps="; ".join(_step(step) for step in area["steps"]),
        stability=area.get("stability"), contested=bool(area.get("contested")),
    )  # fmt: skip


def _measure(name: str) -> str:
    plain, _, edition = name.partition("@")
    return MEASURES.get(plain, plain) + (f" ({edition})" if edition else "")


def _clause(one: dict[str, Any]) -> str:
    statistic = str(one["statistic"]).replace("_", " ")
    compared = "at most" if "at_most" in one else "at least"
    value = MISSING if one["value"] is None else count(one["value"])
    return f"{_measure(one['measure'])}: {statistic} {value}, {compared} {count(one['threshold'])} asked"


def _margin(one: dict[str, Any], several: bool) -> str:
    start = f"{_measure(one['measure'])} " if several else ""
    if one["margin"] is None:
        return f"{start}{MISSING}"
    return f"{start}{signed(one['margin'])}"


def signed(number: float) -> str:
    """Write a number with its sign, so that in and out are told apart: +7, 0, −76."""
    if number == 0:
        return "0"
    return ("+" if number > 0 else "−") + count(abs(number))


def _change(area: dict[str, Any], ranked: int) -> str:
    change = area["smallest_change"]
    if change is None:
        return "no single clause decides it"
    verb = "out" if area["selected"] else "in"
    ends = "at" if change["of"] == "rank" else "at a score of"
    name = f" of {_measure(change['measure'])}" if change["measure"] != "imd" else ""
    place = f"rank {count(change['to'])}" if change["of"] == "rank" else count(change["to"])
    beyond = (
        f" of {count(ranked)}" if change["of"] == "rank" and change["scope"] == "national" else ""
    )
    moved = f" ({signed(change['change'])})" if change["change"] is not None else ""
    return f"{verb} {ends} {place}{beyond}{name}{moved}"


def _step(step: dict[str, Any]) -> str:
    said = f"{step['effect']} by step {step['step']} ({step['by'].replace('_', ' ')})"
    return f"{said}: {step['because']}" if step["because"] else said
