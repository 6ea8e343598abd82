"""Finds what a group of areas encloses: ground that is not its own and reaches no outside but through it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from app.neighbourhoods.methods.pieces import Borders

# Borders of generalised outlines do not match to the last metre: less than this share of a perimeter
# without a neighbour is a fault of the drawing and no way out.
OPEN_SHARE = 0.02


def open_areas(borders: Borders, perimeter_m: Mapping[str, float]) -> set[str]:
    """List the areas at the edge of what is known: some of their border is shared with none of the others."""
    return {
        code
        for code, beside in borders.items()
        if perimeter_m[code] - sum(beside.values()) > OPEN_SHARE * perimeter_m[code]
    }


def enclosed_by(group: Collection[str], borders: Borders, is_open: Collection[str]) -> list[set[str]]:
    """List the holes of a group: touching areas outside it from which no way leads out but through it.

    Parameters
    ----------
    group : codes; borders : of all areas around, the group's too; is_open : areas at the edge of them.
    """
    own, seen = set(group), set(group)
    holes = []
    for code in sorted({other for one in own for other in borders.get(one, {})} - own):
        if code in seen:
            continue
        part, waiting, leads_out = {code}, [code], False
        while waiting:
            here = waiting.pop()
            leads_out |= here in is_open
            for other in borders.get(here, {}):
                if other not in own and other not in part:
                    part.add(other)
                    waiting.append(other)
        seen |= part
        if not leads_out:
            holes.append(part)
    return holes
