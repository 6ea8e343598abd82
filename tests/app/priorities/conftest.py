"""A place small enough to work out by hand, in the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pytest
from sqlalchemy.orm import Session

from app.indicators.tables import DeprivationIndex, IndexValue
from app.partnerships.tables import Partnership
from boundaries.tables import (
    Area,
    Boundary,
    Membership,
    Release,
    Succession,
    TouchingPair,
    Weight,
)

EXE, WYE, SHIRE = "E07000901", "E07000902", "E10000901"
OLD = [f"E0100000{place}" for place in range(1, 7)]
NEW = [*OLD[:4], "E01000007", "E01000008", OLD[5]]
NAMES = {EXE: "Exe", WYE: "Wye", SHIRE: "Exshire"}

# N is 20: the worst 10 % are ranks 1 and 2. Area 6 has no value.
RANKS_OLD = {OLD[0]: 1, OLD[1]: 2, OLD[2]: 3, OLD[3]: 20, OLD[4]: 2, OLD[5]: None}
RANKS_NEW = {
    NEW[0]: 1, NEW[1]: 9, NEW[2]: 2, NEW[3]: 20, "E01000007": 1, "E01000008": 15, OLD[5]: 12,
}  # fmt: skip


def square(west: int) -> tuple[str, str]:
    """A square kilometre in metres (EWKT), and a stand-in in degrees beside it."""
    ring = [(west, 0), (west + 1000, 0), (west + 1000, 1000), (west, 1000), (west, 0)]
    metres = ", ".join(f"{x + 500_000} {y + 200_000}" for x, y in ring)
    degrees = ", ".join(f"{x / 100_000} {51 + y / 100_000}" for x, y in ring)
    return (
        f"SRID=27700;MULTIPOLYGON((({metres})))",
        f"SRID=4326;MULTIPOLYGON((({degrees})))",
    )


def fill_place(session: Session) -> None:
    """Two districts of three small areas in a row, two sets of areas, one split, two indices."""
    for release, year in (("lsoa-2011-12-bgc", 2011), ("lsoa-2021-12-bgc", 2021)):
        session.add(
            Release(
                id=release, area_type="lsoa", title=release, published_on=date(year, 12, 1),
                resolution="bgc", tolerance_m=20, quality="official", partial=True, demo=False,
                publisher="ONS", licence="OGL", attribution="ONS", source_file="f", sha256="0",
                crs_operation="none", features_in=6, features_stored=6, features_refused=0,
                features_elsewhere=0, state="served",
            )
        )  # fmt: skip
    for code, name in NAMES.items():
        kind = "cty" if code == SHIRE else "lad"
        session.add(Area(code=code, type=kind, name=name, valid_from=None, valid_to=None))
    for code in sorted({*OLD, *NEW}):
        session.add(
            Area(code=code, type="lsoa", name=f"Area {code[-1]}", valid_from=None, valid_to=None)
        )
    for ward, name in (("E05000001", "Baird"), ("E05000002", "Castle <b>")):
        session.add(Area(code=ward, type="wd", name=name, valid_from=None, valid_to=None))
    session.flush()
    _fill_memberships(session)
    _fill_shapes_and_people(session)
    add_index(session, "imd-2019", "lsoa-2011", date(2019, 9, 26), RANKS_OLD)
    add_index(session, "imd-2025", "lsoa-2021", date(2025, 10, 30), RANKS_NEW)
    session.add(
        Partnership(
            slug="exe", name="Exe partnership", kind="lsp", authorities=[EXE], members=[], geom=None
        )
    )
    session.flush()


def _fill_memberships(session: Session) -> None:
    belongs = [(EXE, SHIRE, "cty", "lads"), (WYE, SHIRE, "cty", "lads")]
    for lookup, codes in (("lsoa11.parquet", OLD), ("lsoa21.parquet", NEW)):
        for code in codes:
            belongs.append((code, EXE if code in OLD[:3] else WYE, "lad", lookup))
            ward = "E05000001" if code in OLD[:2] else "E05000002"
            belongs.append((code, ward, "wd", lookup))
    for child, parent, kind, lookup in belongs:
        session.add(
            Membership(
                child_code=child, parent_code=parent, parent_type=kind, lookup=lookup,
                method="exact", share=1.0,
            )
        )  # fmt: skip


def _fill_shapes_and_people(session: Session) -> None:
    for release, codes in (("lsoa-2011-12-bgc", OLD), ("lsoa-2021-12-bgc", NEW)):
        for place, code in enumerate(codes):
            metres, degrees = square(1000 * place)
            session.add(
                Boundary(
                    release_id=release, code=code, name=f"Area {code[-1]}", geom=metres,
                    geom_wgs84=degrees, area_m2=1e6,
                )
            )  # fmt: skip
        for one, other in pairwise(codes):
            a, b = sorted((one, other))
            session.add(TouchingPair(release_id=release, code_a=a, code_b=b, border_m=1000))
    links = [(code, code, "unchanged") for code in NEW if code in OLD]
    links += [(OLD[4], "E01000007", "split"), (OLD[4], "E01000008", "split")]
    for old, new, kind in links:
        session.add(
            Succession(
                old_code=old, new_code=new, changed_on=date(2021, 3, 20), kind=kind, share=None,
                source="links",
            )
        )  # fmt: skip
    for area_set, codes in (("lsoa-2011", OLD), ("lsoa-2021", NEW)):
        for place, code in enumerate(codes, start=1):
            session.add(
                Weight(
                    code=code, area_set=area_set, measure="people", period="mid-2020",
                    value=1000 + place, estimated=area_set == "lsoa-2021", source="ONS",
                )
            )  # fmt: skip


def add_index(
    session: Session, index_id: str, area_set: str, day: date, ranks: dict[str, int | None]
) -> None:
    release = f"{area_set}-12-bgc"
    session.add(
        DeprivationIndex(
            id=index_id, title=f"Index {index_id}", area_set=area_set, release_id=release,
            areas_total=20, published_on=day, partial=True, demo=False, publisher="MHCLG",
            licence="OGL", attribution="MHCLG", source_file="f", sha256="0", rows_in=len(ranks),
            rows_stored=len(ranks), rows_refused=0, rows_elsewhere=0,
        )
    )  # fmt: skip
    session.flush()
    for code, rank in ranks.items():
        for measure in ("imd", "crime"):
            decile = None if rank is None else -(-10 * rank // 20)
            session.add(
                IndexValue(
                    index_id=index_id, code=code, measure=measure, score=None, rank=rank,
                    decile=decile,
                )
            )  # fmt: skip
    session.flush()


@pytest.fixture
def filled(db: Session) -> Session:
    """The place in a session that is undone at the end."""
    fill_place(db)
    return db


@pytest.fixture
def fill() -> Callable[[Session], None]:
    return fill_place
