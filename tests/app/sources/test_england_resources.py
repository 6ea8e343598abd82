"""The publishers' tables of programmes, budgets and services, loaded and held against sums made without our code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.resources.programme_queries import programmes_touching, show_programme
from app.resources.readers.outlets import LAYOUTS, read_services
from app.resources.readers.recipient_sums import read_recipient_sums
from app.resources.tables import (
    Budget,
    Outlet,
    ProgrammeAllocation,
    ProgrammeArea,
    ResourceLine,
)
from app.settings import Settings
from app.sources.catalogue import catalogue, group
from app.sources.load import Choices, LoadDone, load_datasets
from app.sources.tables import DatasetFinding
from boundaries.tables import Area
from tests.support.engines import open_engine

pytestmark = pytest.mark.slow
# Read in other tests or below without the database: they take most of the group's time.
LARGE = {"nhs-services-2014", "nhs-gp-practices-2014", "grantnav-2018"}


@pytest.fixture(scope="module")
def engine(make_database: Callable[[str], str], template_database: str) -> Iterator[Engine]:
    opened = open_engine(make_database(template_database), statement_timeout_s=120)
    with Session(opened) as session, session.begin():
        session.add_all(
            Area(code=code, type="lad", name=name)
            for code, name in (("E08000008", "Tameside"), ("E08000009", "Trafford"), ("E08000014", "Sefton"))
        )  # fmt: skip
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def done(engine: Engine, mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> LoadDone:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("bounds"), database_url=str(engine.url), mirror=mirror
    )
    small = [
        each.id
        for each in group("england-resources")
        if each.id not in LARGE and each.reader not in ("grants", "towns-fund")
    ]
    return load_datasets(engine, settings, small, Choices(commit=True), lambda _: None)


@pytest.fixture
def session(engine: Engine, done: LoadDone) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


def test_every_dataset_of_the_group_has_a_reader_and_its_file() -> None:
    assert len(group("england-resources")) == 35
    assert [each.id for each in group("england-resources") if not (each.reader and each.path)] == []


def test_each_file_has_the_rows_the_catalogue_says_and_each_row_went_somewhere(
    done: LoadDone,
) -> None:
    for report in done.reports:
        assert report.rows_in == catalogue()[report.dataset_id].features, report.dataset_id
        assert report.rows_in == report.rows_stored + report.rows_refused + report.rows_elsewhere
        listed = {finding.row for finding in report.findings}
        assert len(listed) >= report.rows_refused, report.dataset_id


def test_what_was_not_stored_is_listed_by_its_rule(session: Session) -> None:
    rows = session.execute(select(DatasetFinding.dataset_id, DatasetFinding.rule))
    counts = Counter((row[0], row[1]) for row in rows)
    assert counts["core-spending-power-2015-2020", "nought-is-missing"] == 100
    assert counts["core-spending-power-2015-2020", "place-by-name-only"] == 6
    assert counts["ndc-partnerships", "amount-not-found"] == 9
    assert counts["gm-dentists", "row-once"] == 10
    assert counts["pride-in-place-outlines", "one-small-area"] == 3
    assert counts["schools-2017", "value-required"] == 1


def test_the_renewal_fund_is_the_sum_of_its_file_by_year_and_kind(
    session: Session, mirror: Path
) -> None:
    raw = pd.read_csv(mirror / catalogue()["nrf-allocations"].path, dtype=str)  # type: ignore[operator]
    derived = raw["basis"].str.startswith("derived")
    wanted = {
        (year, bool(made)): sum(Decimal(each) * 100 for each in rows["allocation_gbp"])
        for (year, made), rows in raw.groupby([raw["financial_year"], derived])
    }
    rows = session.execute(
        select(
            ProgrammeAllocation.financial_year, ProgrammeAllocation.derived,
            func.sum(ProgrammeAllocation.amount_pence),
        )
        .where(ProgrammeAllocation.file_id.like("nrf-allocations-%"))
        .group_by(ProgrammeAllocation.financial_year, ProgrammeAllocation.derived)
    )  # fmt: skip
    assert {(row[0], row[1]): row[2] for row in rows} == wanted
    assert wanted["2001-02", True] + wanted["2001-02", False] == 7_906_728_000
    assert int(derived.sum()) == 46


def test_the_fund_has_88_districts_each_with_its_present_one_and_says_how_many_have_figures(
    session: Session,
) -> None:
    body = show_programme(session, "neighbourhood-renewal-fund")
    assert len(body["areas"]) == 88
    assert all(each["lad_code"] for each in body["areas"])
    assert body["coverage"].startswith("40 of 88 districts (")
    (told,) = (
        each
        for each in programmes_touching(session, ["E06000047"])
        if each["id"] == "neighbourhood-renewal-fund"
    )
    assert told["areas"] == ["Derwentside", "Easington", "Sedgefield", "Wear Valley"]
    assert {each["place"] for each in told["allocations"]} == {"Derwentside", "Easington"}


def test_a_project_is_a_line_of_its_district_and_an_allocation_is_none(session: Session) -> None:
    lines = session.execute(
        select(ResourceLine.grade, ResourceLine.place_code, func.sum(ResourceLine.amount_pence), func.count())
        .group_by(ResourceLine.grade, ResourceLine.place_code)
    ).all()  # fmt: skip
    assert [tuple(row) for row in lines] == [("D", "E08000014", 239_532_100, 22)]


def test_pathfinders_add_up_to_their_file(session: Session) -> None:
    total = session.scalar(
        select(func.sum(ProgrammeAllocation.amount_pence)).where(
            ProgrammeAllocation.file_id.like("neighbourhood-management-pathfinders-%")
        )
    )
    assert total == 7_070_900_000


def test_spending_power_is_within_half_a_penny_a_figure_of_its_file(
    session: Session, mirror: Path
) -> None:
    raw = pd.read_csv(mirror / catalogue()["core-spending-power-2015-2020"].path, dtype=str)  # type: ignore[operator]
    parts = ["sfa", "under_index", "ct_total", "nhb", "nhb_return", "rsdg"]
    rows = session.execute(select(Budget.row, Budget.part, Budget.amount_pence, Budget.stated)).all()  # fmt: skip
    assert len(rows) == (2_376 - 100) * len(parts)
    for row, part, pence, stated in rows:
        assert stated == raw.at[row - 2, part]
        assert abs(Decimal(pence) - Decimal(stated).scaleb(8)) <= Decimal("0.5")


def test_neighbourhoods_are_drawn_where_the_small_area_is_sure(session: Session) -> None:
    drawn = select(func.count()).where(ProgrammeArea.geom.is_not(None))
    assert session.scalar(drawn) == 143
    valid = select(func.bool_and(func.ST_IsValid(ProgrammeArea.geom)))
    assert session.scalar(valid) is True


def test_schools_are_6022_and_the_row_that_names_none_is_not_one(session: Session) -> None:
    placed = dict(
        session.execute(
            select(Outlet.placed_by, func.count())
            .where(Outlet.kind == "school")
            .group_by(Outlet.placed_by)
        ).all()
    )
    assert placed == {"point": 6_021, None: 1}  # no postcodes are loaded here
    north = select(func.max(func.ST_Y(Outlet.geom))).where(Outlet.kind == "school")
    assert (session.scalar(north) or 0) < 660_000


def test_codes_that_lack_a_figure_are_mended_by_the_name_beside(session: Session) -> None:
    codes = session.execute(
        select(Outlet.lad_code, func.count())
        .where(Outlet.kind == "dentist")
        .group_by(Outlet.lad_code)
    )
    found = {row[0]: row[1] for row in codes}
    assert found["E08000008"] > 0
    assert found["E08000009"] > 0
    assert set(found) == {
        None,
        "E08000008",
        "E08000009",
        "E08000010",
    }  # the others are not loaded here


def test_loading_again_changes_nothing(
    engine: Engine, done: LoadDone, mirror: Path, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=str(engine.url), mirror=mirror)
    again = load_datasets(
        engine, settings, [report.dataset_id for report in done.reports], Choices(commit=True), lambda _: None
    )  # fmt: skip
    assert all(report.already_here for report in again.reports)


def test_sums_by_recipient_are_the_file_to_the_penny(mirror: Path) -> None:
    read = read_recipient_sums(mirror / str(catalogue()["grantnav-2018"].path), "sums")
    assert (read.rows_in, len(read.sums), read.rows_refused) == (45_901, 45_639, 262)
    assert sum(each.amount_pence for each in read.sums) == 844_740_889_189
    assert {fault.rule for fault in read.faults} == {"sum-above-nought"}


def test_every_row_of_the_health_services_is_read_or_listed_and_the_raw_file_says_the_same(
    mirror: Path,
) -> None:
    layout = LAYOUTS["nhs-services-2014"]
    read = read_services(mirror / str(catalogue()["nhs-services-2014"].path), "nhs", layout)
    assert (read.rows_in, len(read.services)) == (38_437, 37_148)
    assert Counter(fault.rule for fault in read.faults) == {"row-once": 1_288, "value-required": 1}
    raw = read_services(mirror / str(catalogue()["nhs-gp-practices-2014"].path), "raw", layout)
    assert (raw.rows_in, len(raw.services)) == (8_288, 8_288)
    practices = {each.identifier for each in read.services if each.kind == "gp-practice"}
    assert {each.identifier for each in raw.services} == practices
