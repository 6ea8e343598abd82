"""Every area's values as arrays: the same as row by row, kept while nothing changes, and not in a writing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from app.indicators.national import national_frames, national_measure
from app.indicators.queries import get_index, has_only_read, index_frames
from app.indicators.tables import IndexValue

INDEX = "imd-2019-demo"


@pytest.mark.slow
def test_arrays_are_what_the_rows_say_and_are_kept(demo_engine: Engine) -> None:
    with Session(demo_engine) as session:
        index = get_index(session, INDEX)
        scores, ranks = national_frames(session, index, ["imd", "crime"])
        rows = index_frames(session, INDEX)
        pd.testing.assert_frame_equal(
            scores,
            rows.scores[["imd", "crime"]].sort_index(),
            check_names=False,
            check_index_type=False,
        )
        pd.testing.assert_frame_equal(
            ranks,
            rows.ranks[["imd", "crime"]].sort_index(),
            check_names=False,
            check_index_type=False,
        )
        first = national_measure(session, index, "imd")
        assert national_measure(session, index, "imd") is first
        with pytest.raises(ValueError, match="read-only"):
            first.ranks[0] = 1


@pytest.mark.slow
def test_what_this_transaction_wrote_is_seen_and_not_kept(
    demo_engine: Engine, demo_db: Session
) -> None:
    with Session(demo_engine) as before:
        kept = national_measure(before, get_index(before, INDEX), "imd")
    assert has_only_read(demo_db)
    demo_db.execute(
        update(IndexValue)
        .where(IndexValue.index_id == INDEX, IndexValue.measure == "imd")
        .values(rank=None)
    )
    assert not has_only_read(demo_db)
    index = get_index(demo_db, INDEX)
    assert np.isnan(national_measure(demo_db, index, "imd").ranks).all()
    with Session(demo_engine) as after:
        assert national_measure(after, get_index(after, INDEX), "imd") is kept
