"""Finds islands: areas that hang together and touch no other area at all."""

from __future__ import annotations

from collections.abc import Mapping

from app.neighbourhoods.methods.pieces import Borders


def islands_of(
    borders: Borders, size_of: Mapping[str, float], least: float
) -> list[tuple[str, ...]]:
    """List the islands too small to stand alone, each in order of code; the largest set is the mainland.

    borders : of all areas around, so that one that touches only unselected areas is no island.
    """
    left = set(borders)
    found: list[tuple[str, ...]] = []
    for first in sorted(borders):
        if first not in left:
            continue
        left.discard(first)
        island, waiting = [first], [first]
        while waiting:
            fresh = [other for other in borders[waiting.pop()] if other in left]
            left.difference_update(fresh)
            island += fresh
            waiting += fresh
        found.append(tuple(sorted(island)))
    if len(found) < 2:
        return []
    mainland = max(found, key=lambda island: (len(island), island))
    return [
        island
        for island in found
        if island != mainland and sum(size_of.get(code, float("nan")) for code in island) < least
    ]
