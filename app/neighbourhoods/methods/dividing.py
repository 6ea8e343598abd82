"""Divides touching areas into contiguous parts within a band of size, or says that it found no way."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator, Mapping

from app.neighbourhoods.methods.bands import Band
from app.neighbourhoods.methods.pieces import Borders

# More parts than this are not tried: what is divided is two or three groups that met.
MOST_PARTS = 5


def divisions(
    codes: Collection[str], size_of: Mapping[str, float], borders: Borders, band: Band
) -> Iterator[list[list[str]]]:
    """Divide areas into contiguous parts that all lie in the band, the best way first; none where no cut does it.

    Trees of the areas are cut: that of the longest borders first, then those that grow evenly from
    the lowest code and from the area farthest from it. The most even cut comes first, ties by code.
    """
    own = sorted(codes)
    total = sum(size_of[code] for code in own)
    if band.holds(total):
        yield [own]
        return
    fewest, most = -(-total // band.high), total // band.low
    if not 2 <= fewest <= min(most, MOST_PARTS):
        return
    for parents in _trees(own, borders):
        for part in _cuts(parents, size_of, total, band):
            rest = next(divisions(set(own) - part, size_of, borders, band), None)
            if rest is not None:
                yield [sorted(part), *rest]


def _trees(own: list[str], borders: Borders) -> Iterator[dict[str, str | None]]:
    """Grow spanning trees: for each area, in the order they were reached, the one it hangs from."""
    first = own[0]
    inside = set(own)
    longest = _grow_tree(first, inside, borders, lambda depth, border_m: (-border_m, depth))
    if len(longest) < len(own):
        return  # they do not all touch: no part of a tree would be contiguous
    yield longest
    even = _grow_tree(first, inside, borders, lambda depth, border_m: (depth, -border_m))
    yield even
    yield _grow_tree(
        list(even)[-1], inside, borders, lambda depth, border_m: (depth, -border_m)
    )  # fmt: skip


def _grow_tree(
    first: str,
    inside: Collection[str],
    borders: Borders,
    cost: Callable[[int, float], tuple[float, float]],
) -> dict[str, str | None]:
    parents: dict[str, str | None] = {}
    waiting: list[tuple[tuple[float, float], str, str | None, int]] = [((0, 0), first, None, 0)]
    while waiting:
        _, code, parent, depth = heapq.heappop(waiting)
        if code in parents:
            continue
        parents[code] = parent
        for other, border_m in borders.get(code, {}).items():
            if other in inside and other not in parents:
                heapq.heappush(waiting, (cost(depth + 1, border_m), other, code, depth + 1))
    return parents


def _cuts(
    parents: Mapping[str, str | None], size_of: Mapping[str, float], total: float, band: Band
) -> Iterator[set[str]]:
    """Give the parts of a tree below each edge, or above it, that lie in the band: the most even first."""
    below = {code: size_of[code] for code in parents}
    members = {code: {code} for code in parents}
    for code in reversed(list(parents)):
        parent = parents[code]
        if parent is not None:
            below[parent] += below[code]
            members[parent] |= members[code]
    every = set(parents)
    found = []
    for code, parent in parents.items():
        if parent is None:
            continue
        if band.holds(below[code]):
            found.append((abs(total - 2 * below[code]), code, 0))
        if band.holds(total - below[code]):
            found.append((abs(total - 2 * below[code]), code, 1))
    for _, code, is_above in sorted(found):
        yield every - members[code] if is_above else members[code]
