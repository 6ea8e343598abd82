"""Finds what a group of areas encloses: ground that is not its own and reaches no outside but through it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from app.neighbourhoods.methods.pieces import Borders

# Borders of generalised outlines do not match to the last metre: less than this share of a perimeter
# without a neighbour is a fault of the drawing and no way out.
OPEN_SHARE = 0.02

# For each area the borders to cross to the edge of what is known; those that reach none are not in it.
StepsOut = Mapping[str, int]


def steps_out(borders: Borders, perimeter_m: Mapping[str, float]) -> StepsOut:
    """Count for each area the borders to the nearest area at the edge, which has 0.

    An area is at the edge where some of its own border is shared with none of the others.
    """
    steps = {
        code: 0
        for code, beside in borders.items()
        if perimeter_m[code] - sum(beside.values()) > OPEN_SHARE * perimeter_m[code]
    }
    reached = sorted(steps)
    while reached:
        fresh: list[str] = []
        for code in reached:
            for other in borders[code]:
                if other not in steps:
                    steps[other] = steps[code] + 1
                    fresh.append(other)
        reached = fresh
    return steps


def enclosed_by(group: Collection[str], borders: Borders, steps: StepsOut) -> list[set[str]]:
    """List the holes of a group: touching areas outside it from which no way leads out but through it.

    Parameters
    ----------
    group : codes; borders : of all areas around, the group's too; steps : see `steps_out`.
    """
    own = set(group)
    free: set[str] = set()
    holes: list[set[str]] = []
    for code in sorted({other for one in own for other in borders.get(one, {})} - own):
        if any(code in hole for hole in holes) or _walks_out(code, own, borders, steps, free):
            continue
        part, waiting, leads_out = {code}, [code], False
        while waiting and not leads_out:
            here = waiting.pop()
            leads_out = here in free or steps.get(here) == 0
            fresh = [o for o in borders.get(here, {}) if o not in own and o not in part]
            part.update(fresh)
            waiting += fresh
        if leads_out:
            free.add(code)
        else:
            holes.append(part)
    return holes


def _walks_out(
    code: str, own: Collection[str], borders: Borders, steps: StepsOut, free: set[str]
) -> bool:
    """Try the straightest way out, always to an area nearer to the edge; what it passes is free."""
    passed = [code]
    while True:
        here = passed[-1]
        if here in free or steps.get(here) == 0:
            free.update(passed)
            return True
        nearer = [
            other
            for other in borders.get(here, {})
            if other not in own and other in steps and steps[other] < steps.get(here, 0)
        ]
        if not nearer:
            return False
        passed.append(min(nearer, key=lambda other: (steps[other], other)))
