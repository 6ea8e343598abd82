"""Need against money as the resources page shows it: a sentence, a scatter, a table, and neighbourhood by programme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from app.findings.gather import Findings
from app.findings.words import pounds
from app.resources.methods.crossing import Crossing, cross
from app.resources.methods.equity import GAP, UNKNOWN
from app.resources.methods.ledger import REST
from app.resources.need import need_of_ledger
from maps.scatter import Axis, Dot, draw_scatter


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
