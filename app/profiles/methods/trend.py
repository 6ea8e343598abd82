"""Carries ground, never ranks, to the areas of another edition, so that each edition speaks of its own areas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from boundaries.methods.rebase import (
    ESTIMATES,
    EXACT,
    METHODS,
    Column,
    Step,
    Values,
    carry,
    trace_lineages,
)


class CarriedGround(NamedTuple):
    """People of some ground by the areas of another release.

    people : index code, whole numbers. lost : people that no link leads on.
    method : the least sure way by which any of them came, as `boundaries.methods.rebase` names it.
    """

    people: pd.Series
    lost: int
    method: str

    @property
    def is_rebased(self) -> bool:
        """Say whether any area is another than before."""
        return self.method != EXACT

    @property
    def is_estimated(self) -> bool:
        """Say whether people were shared out by postcodes."""
        return self.method in ESTIMATES


def carry_ground(people: pd.Series, steps: Sequence[Step]) -> CarriedGround:
    """Carry the people of some ground over the official links to the areas of another release.

    Parameters
    ----------
    people : index code, people of the area that live on the ground, whole numbers; none missing.
    steps : the links, release after release; none: the ground stays as it is.

    Returns
    -------
    CarriedGround: its people and those lost sum to the people given, to the last one.

    Notes
    -----
    An area that was split passes its people on by the postcodes in each part, by largest remainder. What
    is carried is who lives on the ground; the values and ranks are the other edition's own.
    """
    codes = people.index.to_numpy(dtype=object)
    held = people.to_numpy(dtype=np.int64)
    lost, worst = 0, METHODS.index(EXACT)
    for whole_step in steps:
        step = _about(whole_step, codes)
        nothing = np.zeros(len(codes), dtype=bool)
        rows = Values(
            codes, np.zeros(len(codes), dtype=np.int64), {"people": held}, {"people": nothing}
        )
        made = carry(rows, [Column("people")], step)
        lineages = trace_lineages([step])
        codes = made.rows.codes
        # Other ground that leads to the same areas is not asked about, so what is known is the whole of ours.
        held = np.asarray(made.rows.known["people"], dtype=np.int64)
        lost += made.totals["people"].listed
        kept = held > 0
        codes, held = codes[kept], held[kept]
        worst = max([worst, *(METHODS.index(lineages[code].method) for code in codes.tolist())])
    carried = pd.Series(held, index=pd.Index(codes, name="code"), dtype="int64").sort_index()
    return CarriedGround(carried, lost, METHODS[worst])


def _about(step: Step, codes: NDArray[np.object_]) -> Step:
    """Keep the links of a step that decide how some areas are carried: theirs, and those they are knotted with."""
    links = step.links
    own = links["source"].isin(codes)
    to_same = links["target"].isin(links.loc[own, "target"])
    return Step(step.title, links[links["source"].isin(links.loc[to_same, "source"])])
