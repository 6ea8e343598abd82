"""Which held series comes nearest to what a target without one is of; reads nothing, and says where none is near."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

# Letters by which two forms of a word are one: crime and crimes, pregnant and pregnancy.
STEM = 6
LEAST_LETTERS = 4
_WORD = re.compile(r"[^\W\d_]+")
# Words of targets that say nothing of what they are of.
_EMPTY = frozenset({
    "area", "areas", "average", "council", "councils", "district", "districts", "england", "every",
    "falls", "feel", "from", "least", "more", "most", "national", "number", "partnership", "people",
    "rate", "rates", "residents", "rises", "share", "than", "that", "their", "those", "which", "with",
    "within", "year", "years",
})  # fmt: skip


class Held(NamedTuple):
    """A series that could judge a target: id, title, what it is, and its unit."""

    id: str
    title: str
    definition: str
    unit: str


def nearest_series(said: str, theme: str, unit: str, held: Sequence[Held]) -> Held | None:
    """Name the series whose words are nearest to a target's, None where none has a word of it.

    Parameters
    ----------
    said : the target's title and what it measures. theme, unit : the target's own.

    Notes
    -----
    Each word in both counts ln(1 + n ÷ k), k of the n series bearing it: once in the title, a quarter in the
    definition; a word of the theme half as much. The same unit decides among equals, then the order of ids.
    """
    titles = {one.id: _stems(one.title) for one in held}
    meanings = {one.id: _stems(one.definition) for one in held}
    bearing = Counter(stem for one in held for stem in titles[one.id] | meanings[one.id])
    own, of_theme = _stems(said), _stems(theme)

    def weight(stem: str, one: Held) -> float:
        if stem not in titles[one.id] and stem not in meanings[one.id]:
            return 0.0
        where = 1.0 if stem in titles[one.id] else 0.25
        whose = 1.0 if stem in own else 0.5
        return whose * where * math.log1p(len(held) / bearing[stem])

    scored = [(sum(weight(stem, one) for stem in sorted(own | of_theme)), one) for one in held]
    told = [(-score, one.unit != unit, one.id, one) for score, one in scored if score > 0]
    return min(told)[-1] if told else None


def _stems(words: str) -> frozenset[str]:
    found = (word.casefold() for word in _WORD.findall(words))
    kept = (word for word in found if len(word) >= LEAST_LETTERS and word not in _EMPTY)
    return frozenset(word.removesuffix("s")[:STEM] for word in kept)
