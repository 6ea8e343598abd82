"""Moves single areas between touching groups so that these are rounder and more alike; keeps sizes in the band."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from app.neighbourhoods.methods.bands import Band
from app.neighbourhoods.methods.pieces import Borders, Pieces

MOST_SWEEPS = 6
# What a whole perimeter of border is worth against a difference of one SD of an area of middle size.
BORDER_WORTH = 1.5
LEAST_GAIN = 1e-9


def smooth(pieces: Pieces, band: Band, spread: float) -> None:
    """Sweep over the areas in order of code until none moves, or six times.

    An area moves to the touching group where the gain is largest: border shared with the new group
    less that with the old one, as shares of its perimeter, and how much nearer its score is to the
    new group's mean, in SD squared by its size. Both groups must lie in the band after, and the old
    one must stay in one piece.
    """
    for _ in range(MOST_SWEEPS):
        moved = False
        for code in sorted(pieces.home):
            target = _best_move(pieces, code, band, spread)
            if target is not None:
                pieces.move(code, target)
                moved = True
        if not moved:
            return


def _best_move(pieces: Pieces, code: str, band: Band, spread: float) -> str | None:
    home = pieces.groups[pieces.home[code]]
    size = pieces.size_of[code]
    if len(home.codes) < 2 or not band.holds(home.size - size):
        return None
    beside: dict[str, float] = {}
    for other, border_m in pieces.borders[code].items():
        beside[pieces.home[other]] = beside.get(pieces.home[other], 0.0) + border_m
    own_m = beside.pop(home.name, 0.0)
    best, best_gain = None, LEAST_GAIN
    for name in sorted(beside):
        other_group = pieces.groups[name]
        if not band.holds(other_group.size + size):
            continue
        gain = BORDER_WORTH * (beside[name] - own_m) / max(pieces.area(code).perimeter_m, 1.0)
        score = pieces.area(code).score
        nearer = (score - home.score) ** 2 - (score - other_group.score) ** 2
        if not np.isnan(nearer):
            gain += size / band.middle * nearer / spread**2
        if gain > best_gain:
            best, best_gain = name, gain
    if best is None or not in_one_piece(set(home.codes) - {code}, pieces.borders):
        return None
    return best


def in_one_piece(codes: Collection[str], borders: Borders) -> bool:
    """Say whether areas hang together over their borders; none at all do."""
    left = set(codes)
    if not left:
        return True
    waiting = [min(left)]
    left.discard(waiting[0])
    while waiting:
        fresh = [other for other in borders.get(waiting.pop(), {}) if other in left]
        left.difference_update(fresh)
        waiting += fresh
    return not left
