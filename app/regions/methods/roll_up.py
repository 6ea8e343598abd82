"""Lays what partnerships have, each pound once, beside what their region has, and reconciles the two; reads nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from app.resources.methods.ledger import LedgerBroken
from app.resources.methods.together import HERE, CountedTogether, InOne


def lay_beside_region(cells: Iterable[CountedTogether], once: Mapping[str, Any]) -> dict[str, Any]:
    """Sum the region's own ledger and reconcile it with what its partnerships have.

    Parameters
    ----------
    cells : `in_each` of the partnerships in order, and of the region last.
    once : what `sum_together` counted once of the same lines, without the region.

    Returns
    -------
    region : lines, pence and years of what is in the region. reconciled : in_both (of a partnership and in the
    region), beyond (of a partnership, not in the region), in_none (in the region, of no partnership).
    in_both + beyond = once, in_both + in_none = region; raises LedgerBroken otherwise.
    """
    parts = {name: {"lines": 0, "pence": 0} for name in ("in_both", "beyond", "in_none")}
    region = {"lines": 0, "pence": 0}
    years: dict[str | None, dict[str, int]] = defaultdict(lambda: {"lines": 0, "pence": 0})
    for cell in cells:
        *partnerships, own = cell.in_each
        held, here = any(map(_is_here, partnerships)), _is_here(own)
        if here:
            _add(region, cell)
            _add(years[cell.year], cell)
        if held or here:
            _add(parts["in_both" if held and here else "beyond" if held else "in_none"], cell)
    for unit in ("lines", "pence"):
        if parts["in_both"][unit] + parts["beyond"][unit] != once[unit]:
            raise LedgerBroken(f"the partnerships' {unit} counted once do not reconcile with the region's")  # fmt: skip
        if parts["in_both"][unit] + parts["in_none"][unit] != region[unit]:
            raise LedgerBroken(f"the region's {unit} do not reconcile with its partnerships'")
    order = sorted(years, key=lambda year: (year is None, year or ""))
    return {
        "region": region | {"years": [{"year": year, **years[year]} for year in order]},
        "reconciled": parts,
    }


def _is_here(stands: InOne | None) -> bool:
    return stands is not None and stands.bucket in HERE


def _add(own: dict[str, int], cell: CountedTogether) -> None:
    own["lines"] += cell.lines
    own["pence"] += cell.pence
