"""How long a ward lived, told from the lists of five years, whatever is loaded first."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from boundaries.sources.files import files_in
from boundaries.sources.wards import WardLists, read_ward_lists
from boundaries.storing import store_areas
from boundaries.tables import Area

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lists(mirror: Path) -> WardLists:
    return read_ward_lists(files_in(mirror))


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(2012, 6, 1), 7_707),
        (date(2019, 6, 1), 7_219),
        (date(2022, 6, 1), 6_903),
        (date(2024, 6, 1), 6_862),
        (date(2026, 6, 1), 6_826),
    ],
)
def test_the_wards_alive_on_a_day_are_as_many_as_the_official_list_has(
    db: Session, lists: WardLists, day: date, count: int
) -> None:
    store_areas(db, lists.areas(), lives_known=True)
    alive = select(func.count()).where(
        Area.type == "wd",
        or_(Area.valid_from.is_(None), Area.valid_from <= day),
        or_(Area.valid_to.is_(None), Area.valid_to > day),
    )
    assert db.scalar(alive) == count


def test_a_ward_that_the_later_layer_lacks_ended_whatever_an_earlier_load_said(
    db: Session, mirror: Path, lists: WardLists
) -> None:
    # 717 wards of May 2023 are not in the layer of May 2025; the first of them stands for all.
    wards = pd.read_parquet(mirror / "boundaries/wd_2023_bsc.parquet", columns=["WD23CD"])["WD23CD"]
    later = set(
        pd.read_parquet(mirror / "boundaries/wd_2025_bgc.parquet", columns=["WD25CD"])["WD25CD"]
    )
    assert (~wards.isin(later)).sum() == 717
    gone, kept = wards[~wards.isin(later)].iloc[0], wards[wards.isin(later)].iloc[0]
    open_life = lists.areas({gone, kept}).assign(valid_from=None, valid_to=None)
    assert store_areas(db, open_life) == 2
    assert store_areas(db, lists.areas({gone, kept}), lives_known=True) >= 1
    assert store_areas(db, lists.areas({gone, kept}), lives_known=True) == 0
    ended, open_ = db.get(Area, gone), db.get(Area, kept)
    assert ended is not None
    assert open_ is not None
    assert ended.valid_to == date(2025, 5, 1)
    assert open_.valid_to is None


def test_wards_that_only_the_lookup_of_2017_names_live_to_the_list_of_2019(
    lists: WardLists,
) -> None:
    only = set(lists.lives) - set(lists.homes["code"])
    assert len(only) == 206
    assert {lists.lives[code] for code in only} == {(date(2017, 5, 4), date(2019, 5, 2))}
