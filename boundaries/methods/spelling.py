"""Finds the names spelt much like some words, among tens of thousands, in milliseconds."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Share of letter triples that two names must have in common to be looked at, and how alike they
# must then be letter by letter (0 to 1).
LEAST_TRIPLES = 0.2
LEAST_ALIKE = 0.72
LOOKED_AT = 60


class Spellings:
    """Folded names made ready: which are spelt much like some words.

    names : as `plain_name` folds them; several may be equal.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        triples: dict[str, list[int]] = {}
        sizes = np.zeros(len(self.names), dtype=np.int32)
        for at, name in enumerate(self.names):
            own = triples_of(name)
            sizes[at] = len(own)
            for triple in own:
                triples.setdefault(triple, []).append(at)
        self._sizes = sizes
        self._holders: dict[str, NDArray[np.int32]] = {
            triple: np.array(holders, dtype=np.int32) for triple, holders in triples.items()
        }

    def alike(self, words: str, most: int = 10) -> list[tuple[int, float]]:
        """Positions of the names spelt much like the words, the most alike first, with how alike (0 to 1).

        Equal ones are ordered by position. The words themselves count as 1.
        """
        own = triples_of(words)
        held = [self._holders[triple] for triple in own if triple in self._holders]
        if not held:
            return []
        shared = np.bincount(np.concatenate(held), minlength=len(self.names))
        share = shared / (len(own) + self._sizes - shared)
        near = np.flatnonzero(share >= LEAST_TRIPLES)
        near = near[np.argsort(-share[near], kind="stable")][:LOOKED_AT]
        scored = []
        matcher = difflib.SequenceMatcher(autojunk=False)
        matcher.set_seq2(words)
        for at in near.tolist():
            matcher.set_seq1(self.names[at])
            if matcher.quick_ratio() >= LEAST_ALIKE and (ratio := matcher.ratio()) >= LEAST_ALIKE:
                scored.append((at, ratio))
        return sorted(scored, key=lambda each: (-each[1], each[0]))[:most]


def triples_of(words: str) -> set[str]:
    """The letter triples of a name, its beginning and end among them: `leeds` has `  l`, ` le`, …, `ds `."""
    padded = f"  {words} "
    return {padded[k : k + 3] for k in range(len(padded) - 2)}
