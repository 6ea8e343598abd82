"""Every area's values of an index, read as arrays and kept in memory while the index stays as it is loaded.

A thousand changed weights need all of England each time: what a place alone holds does not do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.indicators.queries import IndexRow, has_only_read
from app.latest import Latest
from boundaries.database import as_words, named_sql, read_arrays

# A measure of England is 0.8 MB: the seven domains of two editions and what a page asks beside them.
MOST_KEPT = 40
_LONGEST = 9


class NationalMeasure(NamedTuple):
    """One measure: codes in order, published ranks and scores (NaN where there is none)."""

    codes: pd.Index
    ranks: NDArray[np.float64]
    scores: NDArray[np.float64]


_kept = Latest[NationalMeasure](MOST_KEPT)


def national_frames(
    session: Session, index: IndexRow, measures: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give scores and ranks of all areas of an index: index code in order, one float column a measure."""
    found = {measure: national_measure(session, index, measure) for measure in measures}
    codes = next(iter(found.values())).codes if found else pd.Index([], dtype=object)
    if any(len(one.codes) != len(codes) for one in found.values()):
        codes = codes.append([one.codes for one in found.values()]).unique().sort_values()
    scores, ranks = {}, {}
    for measure, one in found.items():
        same = one.codes is codes or one.codes.equals(codes)
        scores[measure] = one.scores if same else _aligned(one.codes, one.scores, codes)
        ranks[measure] = one.ranks if same else _aligned(one.codes, one.ranks, codes)
    return pd.DataFrame(scores, index=codes), pd.DataFrame(ranks, index=codes)


def national_measure(session: Session, index: IndexRow, measure: str) -> NationalMeasure:
    """Give one measure of all areas that are held of an index; the arrays are shared and read-only.

    Kept by database, index and the moment it was loaded; not where this transaction wrote something, as
    that may be another state of the index than the one everybody sees.
    """
    key = (session.get_bind().engine.url, index.id, index.loaded_at, index.areas_held, measure)
    return _kept.get(key, lambda: _read(session, index, measure), keeps=has_only_read(session))


def _read(session: Session, index: IndexRow, measure: str) -> NationalMeasure:
    codes, ranks, scores, lengths = read_arrays(
        session,
        named_sql(__file__, "national_measure"),
        {"index_id": index.id, "measure": measure},
        [(("u1", 9),), (">i4",), (">f8",), (">i4",)],
    )
    if len(lengths) and int(lengths.max()) > _LONGEST:
        raise AssertionError("a code of an index's area has at most nine characters")
    made = NationalMeasure(
        pd.Index(as_words(codes), dtype=object),
        np.where(ranks > 0, ranks, np.nan).astype(np.float64),
        scores.astype(np.float64),
    )
    for array in (made.ranks, made.scores):
        array.flags.writeable = False
    return made


def _aligned(codes: pd.Index, values: NDArray[np.float64], wanted: pd.Index) -> NDArray[np.float64]:
    return pd.Series(values, index=codes).reindex(wanted).to_numpy(np.float64)
