"""Answers which areas of many layers lie at points, how far each one's border is and what lies beyond it.

Many points are answered in one look: for a single one the calls of numpy cost more than what they
compute. The rules are those of the atlas: an overlap takes the lowest code, a gap the nearest area
within the layer's reach, and of equally near ones (to the millimetre) the lowest code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from boundaries.methods.atlas import NARROW_GAP_M, ON_BORDER_M, Atlas, Numbers, Places

# No area.
NOWHERE = -1
# So many share the calls; more gain little, and the numbers of many more no longer fit the processor's cache.
QUESTIONS_A_LOOK = 32
Flags = NDArray[np.bool_]


class Question(NamedTuple):
    """A point, the day asked about and, for each layer of the atlas, what is wanted of it.

    reach_of: how far a point in a gap may lie from the area it is given, metres; NaN leaves the layer
    out. near_of: how near the border must be for the other side of it to be told; None tells none.
    """

    x: float
    y: float
    day: int
    reach_of: Numbers
    near_of: Numbers | None = None


class Hit(NamedTuple):
    """What one layer holds at a point.

    area: its position in the atlas. metres: to its border. is_inside: False where the layer has a
    gap there and this is its nearest area.
    """

    layer: int
    area: int
    metres: float
    is_inside: bool


class Answer(NamedTuple):
    """What the wanted layers hold at a point, in order of layer; and the other side of borders that are near.

    beside: the nearest other area of a hit's layer, no farther than that hit's border and a narrow gap.
    """

    hits: list[Hit]
    beside: list[Hit]


class _Seen(NamedTuple):
    """Pairs of a point and an area near it, by point, layer and code.

    slot: point times layers plus layer. metres: to the area's border; is_in: it holds the point.
    """

    slot: Places
    area: Places
    metres: Numbers
    is_in: Flags


def answer(atlas: Atlas, questions: Sequence[Question]) -> list[Answer]:
    """Answer every question, in order; each `reach_of` is as long as the atlas has layers."""
    return [
        told
        for start in range(0, len(questions), QUESTIONS_A_LOOK)
        for told in _answer(atlas, questions[start : start + QUESTIONS_A_LOOK])
    ]


def _answer(atlas: Atlas, questions: Sequence[Question]) -> list[Answer]:
    x = np.array([asked.x for asked in questions])
    y = np.array([asked.y for asked in questions])
    day = np.array([asked.day for asked in questions])
    reach_of = np.concatenate([asked.reach_of for asked in questions])
    layers = len(questions[0].reach_of)
    none = np.full(layers, -1.0)
    near_of = np.concatenate(
        [none if asked.near_of is None else asked.near_of for asked in questions]
    )
    within = NARROW_GAP_M + np.maximum(near_of, 0.0).reshape(-1, layers)
    seen = _look(atlas, x, y, day, within, ~np.isnan(reach_of))

    held = _held(seen, len(reach_of))
    is_open = (held.area == NOWHERE) & ~np.isnan(reach_of)
    if is_open.any():
        _bridge(seen, np.where(is_open, np.minimum(reach_of, NARROW_GAP_M), -1.0), held)
        wide = np.where(is_open & (held.area == NOWHERE), reach_of, -1.0).reshape(-1, layers)
        wide[wide <= NARROW_GAP_M] = -1.0  # these were looked for
        far = np.flatnonzero((wide > 0).any(axis=1))
        if len(far):
            wide = wide[far]
            again = _look(atlas, x[far], y[far], day[far], wide, (wide > 0).ravel(), is_wide=True)
            lost = _Held.of_nothing(wide.size)
            _bridge(again, wide.ravel(), lost)
            held.take(lost, (far[:, None] * layers + np.arange(layers)).ravel())

    beyond = np.where((held.area >= 0) & (held.metres <= near_of), held.metres + NARROW_GAP_M, -1.0)
    # Layers may overlap: the other side may hold the point as well.
    metres = np.where(seen.is_in, 0.0, seen.metres)
    others = (metres <= beyond[seen.slot]) & (seen.area != held.area[seen.slot])
    at = _nearest(seen, others.nonzero()[0], metres)
    told = [Answer([], []) for _ in questions]
    (slot,) = (held.area >= 0).nonzero()
    for point, hit in _as_hits(slot, layers, held.area[slot], held.metres[slot], held.is_in[slot]):
        told[point].hits.append(hit)
    for point, hit in _as_hits(
        seen.slot[at], layers, seen.area[at], metres[at], np.zeros(len(at), bool)
    ):
        told[point].beside.append(hit)
    return told


class _Held(NamedTuple):
    """For each slot what its layer holds at its point: an area or NOWHERE."""

    area: Places
    metres: Numbers
    is_in: Flags

    @classmethod
    def of_nothing(cls, slots: int) -> _Held:
        """Make one in which no layer holds anything."""
        return cls(np.full(slots, NOWHERE), np.zeros(slots), np.zeros(slots, dtype=bool))

    def take(self, found: _Held, slots: Places) -> None:
        """Take over what was found at some slots."""
        (some,) = (found.area >= 0).nonzero()
        self.area[slots[some]] = found.area[some]
        self.metres[slots[some]] = found.metres[some]


def _look(
    atlas: Atlas, x: Numbers, y: Numbers, day: Places, within: Numbers, wanted: Flags, *, is_wide: bool = False
) -> _Seen:  # fmt: skip
    """Measure the areas of the wanted slots that are alive and whose box is within reach of their point.

    within : metres, a row a point and a column a layer.
    is_wide : look through the wanted layers alone, for within a wide reach there are many areas of the others.
    """
    layers = within.shape[1]
    point, area = atlas.near(x, y, within.max(axis=1), wanted.reshape(-1, layers), is_wide=is_wide)
    slot = point * layers + atlas.area_layer[area]
    kept = (
        wanted[slot]
        & (atlas.valid_from[area] <= day[point])
        & (day[point] < atlas.valid_to[area])
        & atlas.is_near(area, x[point], y[point], within.ravel()[slot])
    )
    slot, area = slot[kept], area[kept]
    order = (slot * len(atlas) + area).argsort()
    slot, area = slot[order], area[order]
    point = slot // layers
    return _Seen(slot, area, *atlas.measure(area, x[point], y[point]))


def _held(seen: _Seen, slots: int) -> _Held:
    found = _Held.of_nothing(slots)
    (at,) = (seen.is_in | (seen.metres < ON_BORDER_M)).nonzero()
    # Pairs stand in order of slot and code: the first that holds the point is the lowest.
    at = at[_first_of_slot(seen.slot[at])]
    slot = seen.slot[at]
    found.area[slot], found.metres[slot], found.is_in[slot] = seen.area[at], seen.metres[at], True
    return found


def _bridge(seen: _Seen, reach_of: Numbers, found: _Held) -> None:
    """Write into `found` the nearest area of each slot whose reach is not below 0."""
    at = _nearest(seen, (seen.metres <= reach_of[seen.slot]).nonzero()[0], seen.metres)
    found.area[seen.slot[at]], found.metres[seen.slot[at]] = seen.area[at], seen.metres[at]


def _nearest(seen: _Seen, among: Places, metres: Numbers) -> Places:
    """Of some pairs give the nearest of each slot: whole millimetres, and of equals the lowest code."""
    order = np.lexsort((seen.area[among], np.rint(metres[among] * 1000), seen.slot[among]))
    at = among[order]
    return at[_first_of_slot(seen.slot[at])]


def _first_of_slot(slots: Places) -> Flags:
    """Mark the first of each slot among sorted slots."""
    marked = np.ones(len(slots), dtype=bool)
    marked[1:] = slots[1:] != slots[:-1]
    return marked


def _as_hits(
    slot: Places, layers: int, area: Places, metres: Numbers, is_inside: Flags
) -> Iterator[tuple[int, Hit]]:
    points, layer = np.divmod(slot, layers)
    columns = (column.tolist() for column in (layer, area, metres, is_inside))
    return zip(points.tolist(), map(Hit._make, zip(*columns, strict=True)), strict=True)
