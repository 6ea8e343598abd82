"""Need against money as the resources page shows it: a sentence, a scatter, a table, and neighbourhood by programme."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from app.findings.gather import Findings
from app.findings.words import pounds
from app.resources.methods.equity import GAP, UNKNOWN
from app.resources.methods.ledger import NEIGHBOURHOODS, NOT_PLACED, OUT, REST, Ledger
from app.resources.methods.views import NOT_STATED
from app.resources.need import need_of_ledger
from maps.scatter import Axis, Dot, draw_scatter

MOST_PROGRAMMES = 8
OTHERS = "other programmes"
ROW_WORDS = {
    REST: "Rest of the partnership", OUT: "Outside the partnership", NOT_PLACED: "Not placed",
}  # fmt: skip


@dataclass(frozen=True)
class Crossing:
    """Pence by neighbourhood (then the rest, outside, not placed) and programme; rows and columns sum to the file."""

    programmes: list[str]
    rows: list[tuple[str, list[int], int]]
    sums: list[int]
    file_pence: int


@dataclass(frozen=True)
class NeedView:
    """What the section on need says."""

    sentence: str
    parts: list[dict[str, Any]]
    picture: Markup | None
    money_index: float | None
    need_index: float | None
    kakwani: float | None
    reaching: dict[str, float] | None
    crossing: Crossing


def need_view(findings: Findings) -> NeedView:
    """Put need and money of a place side by side; figures are those of `GET …/ledger/need`."""
    told = need_of_ledger(findings.designated, findings.ledger)
    money, need = told["money"], told["need"]
    return NeedView(
        _sentence(told["parts"]), told["parts"], _picture(told), money and money["index"],
        need and need["index"], told["kakwani"], money and money["share_reaching"],
        cross(findings.ledger),
    )  # fmt: skip


def _sentence(parts: list[dict[str, Any]]) -> str:
    """Name the neighbourhoods of high need and little money; and those of which nothing is known."""
    short = [part for part in parts if part["quadrant"] == GAP and part["key"] != REST]
    blank = [part for part in parts if part["quadrant"] == UNKNOWN and part["key"] != REST]
    said = []
    if short:
        named = ", ".join(
            f"{part['label']} ({pounds(part['pence_per_head'])} a person)" for part in short
        )
        said.append(f"High need and little money that can be placed: {named}.")
    elif len(blank) < len(parts) - 1:
        said.append("No neighbourhood with money of its own has high need and little money.")
    if blank:
        names = ", ".join(part["label"] for part in blank)
        them = "it" if len(blank) == 1 else "them"
        said.append(
            f"No line names a place in {names}: what wider money reached {them} is not known, which is not"
            " the same as little."
        )
    return " ".join(said) or "There are no neighbourhoods to compare."


def _picture(told: dict[str, Any]) -> Markup | None:
    dots = [
        Dot(
            str(part["key"]) if part["key"] != REST else "rest", part["label"],
            100 * part["people_in_worst_fifth"] / part["people"], part["pence_per_head"] / 100,
            part["quadrant"] == GAP,
        )
        for part in told["parts"]
        if part["people"] and part["people_in_worst_fifth"] is not None
        and (part["pence_per_head"] or 0) >= 0 and part["lines"]
    ]  # fmt: skip
    if not dots:
        return None
    sums = told["totals"]
    share = (
        100 * sums["need"] / sums["people"] if sums["people"] and sums["need"] is not None else None
    )
    per_head = sums["pence"] / 100 / sums["people"] if sums["people"] else None
    title = "Need against pounds a person; dashed: the partnership as a whole; diamonds: high need, little money"
    drawn = draw_scatter(
        dots, Axis("People in the most deprived fifth", after="%", middle=share),
        Axis("Located and estimated pounds a person", before="£", middle=per_head), title=title,
    )  # fmt: skip
    return Markup(drawn)


def cross(ledger: Ledger) -> Crossing:
    """Cross neighbourhoods with the largest programmes; every line of the file is in one cell."""
    whole: dict[str, int] = defaultdict(int)
    for line in ledger.lines:
        whole[line["programme"] or NOT_STATED] += abs(line["amount_pence"])
    order = sorted(whole, key=lambda name: (-whole[name], name))
    shown = order[:MOST_PROGRAMMES] if len(order) > MOST_PROGRAMMES + 1 else order
    columns = [*shown, OTHERS] if len(shown) < len(order) else shown
    cells: dict[tuple[object, str], int] = defaultdict(int)
    for line in ledger.lines:
        row = line["neighbourhood"] if line["bucket"] == NEIGHBOURHOODS else line["bucket"]
        name = line["programme"] or NOT_STATED
        cells[row, name if name in shown else OTHERS] += line["amount_pence"]
    keys: list[tuple[object, str]] = [
        (each.number, f"{each.number} {each.name}") for each in sorted(ledger.neighbourhoods)
    ]
    keys += list(ROW_WORDS.items())
    rows = []
    for key, label in keys:
        told = [cells[key, column] for column in columns]
        rows.append((label, told, sum(told)))
    sums = [sum(told[at] for _, told, _ in rows) for at in range(len(columns))]
    return Crossing(list(columns), rows, sums, sum(sums))
