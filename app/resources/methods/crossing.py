"""Crosses neighbourhoods with programmes: every line of a ledger stands in one cell; reads nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.resources.methods.ledger import NEIGHBOURHOODS, NOT_PLACED, OUT, REST, Ledger
from app.resources.methods.views import NOT_STATED

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

    def cells(self) -> Iterator[dict[str, Any]]:
        """Give the cells that hold a line, as rows of where, programme and pence; a cell of 0 pence has none."""
        for where, told, _ in self.rows:
            for programme, pence in zip(self.programmes, told, strict=True):
                if pence:
                    yield {"where": where, "programme": programme, "pence": pence}


def cross(ledger: Ledger, most: int | None = MOST_PROGRAMMES) -> Crossing:
    """Cross neighbourhoods with the largest programmes, the others together; `most` None: with every one.

    A line that stands in several overlapping neighbourhoods is in the cell of its first.
    """
    whole: dict[str, int] = defaultdict(int)
    for line in ledger.lines:
        whole[line["programme"] or NOT_STATED] += abs(line["amount_pence"])
    order = sorted(whole, key=lambda name: (-whole[name], name))
    shown = order if most is None or len(order) <= most + 1 else order[:most]
    columns = [*shown, OTHERS] if len(shown) < len(order) else shown
    named = set(shown)
    cells: dict[tuple[object, str], int] = defaultdict(int)
    for line in ledger.lines:
        row = line["neighbourhood"] if line["bucket"] == NEIGHBOURHOODS else line["bucket"]
        name = line["programme"] or NOT_STATED
        cells[row, name if name in named else OTHERS] += line["amount_pence"]
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
