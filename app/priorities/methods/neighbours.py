"""Which areas are ringed by selected ones, for one outcome or many at once; draws no map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.priorities.methods.clauses import IN, OUT, UNKNOWN, Truth
from app.priorities.methods.conditions import Step


@dataclass(frozen=True)
class Neighbours:
    """Who touches whom among the areas asked.

    matrix : sparse, areas x areas, 1 where two touch; None where nothing is known of it. beside : areas
    that touch one which is not asked about, and counts as not selected. alone : areas that touch none.
    """

    codes: pd.Index
    matrix: Any
    beside: NDArray[np.bool_]
    alone: NDArray[np.bool_]

    @classmethod
    def of(cls, codes: pd.Index, contiguity: pd.DataFrame | None) -> Neighbours:
        """Make it from pairs of touching areas, columns a and b."""
        none = np.zeros(len(codes), dtype=bool)
        if contiguity is None:
            return cls(codes, None, none, none)
        from scipy import sparse  # at first use: it would slow every start

        a, b = (codes.get_indexer(pd.Index(contiguity[side])) for side in ("a", "b"))
        inside = (a >= 0) & (b >= 0)
        rows = np.concatenate([a[inside], b[inside]])
        columns = np.concatenate([b[inside], a[inside]])
        shape = (len(codes), len(codes))
        matrix = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)
        beside, touches = none.copy(), none.copy()
        for one, other in ((a, b), (b, a)):
            beside[one[(one >= 0) & (other < 0)]] = True
            touches[one[one >= 0]] = True
        return cls(codes, matrix, beside, ~touches)

    def ring(self, truth: Truth) -> Truth:
        """Say of each area whether all its neighbours are selected: the lowest of their truths.

        truth : outcomes x areas. An area without a neighbour is OUT; where nothing is known of who
        touches whom every ring is UNKNOWN.
        """
        if self.matrix is None:
            return np.full(truth.shape, UNKNOWN, dtype=np.int8)
        out = (self.matrix @ (truth == OUT).T.astype(np.float32)).T > 0
        unknown = (self.matrix @ (truth == UNKNOWN).T.astype(np.float32)).T > 0
        ringed = np.where(unknown, UNKNOWN, IN).astype(np.int8)
        ringed[out] = OUT
        ringed[:, self.beside | self.alone] = OUT
        return ringed

    def run_steps(self, steps: Sequence[Step], truth: Truth) -> Truth:
        """Run the steps after a rule in their order on each outcome."""
        for step in steps:
            if step.kind == "add_ringed":
                truth = np.maximum(truth, self.ring(truth))
            else:
                truth = truth.copy()
                truth[:, self.codes.isin(step.codes)] = IN if step.kind == "add" else OUT
        return truth
