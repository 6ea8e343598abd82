"""Any date, on the publishers' files: every code resolves, an end is a day, a point has one district."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.areas.queries import NotOnThatDay, full_area, history_body
from app.lookup.queries import areas_here
from app.settings import Settings
from app.sources.catalogue import catalogue
from app.sources.load import Choices, load_datasets
from boundaries.area_types import area_type_of
from boundaries.history import chain_of
from boundaries.queries import get_area, is_alive, layer_on, outlines, parents_of
from boundaries.sources.districts import CODES, REGISTER, half_open_end
from boundaries.sources.files import files_in, read_table
from boundaries.tables import Area, Succession
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine
from tests.support.places import quiet, undone_session

pytestmark = [pytest.mark.slow, pytest.mark.national]
LAYERS = (
    "lad-2001-04-bfc", "lad-2011-12-gen", "lad-2012-04-gen", "lad-2014-2025-bsc", "lad-2019-12-bgc",
    "lad-2021-12-bgc", "lad-2023-05-buc", "lad-2025-05-bgc",
)  # fmt: skip
OF_DISTRICTS = (
    "code-change-2010", "lad13-old-codes", "ltla16-ltla24-history", "ltla19-utla19", "ltla21-utla21",
    "ltla19-rgn19", "ltla21-rgn21", "lad22-lad23", "lad-all-codes-raw",
)  # fmt: skip
DAY = timedelta(days=1)
TODAY = date(2025, 6, 1)


@pytest.fixture(scope="session")
def time_template(
    cluster: ClusterForTests,
    template_database: str,
    mirror: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """Name of a template with every district of England since 2001 and the layers that draw them."""

    folder = tmp_path_factory.mktemp("time")

    def fill(url: str) -> None:
        districts = [one.id for one in catalogue().values() if one.reader == "districts"]
        settings = Settings(data_dir=folder, mirror=mirror, database_url=url)
        load_datasets(
            open_engine(url, statement_timeout_s=120), settings,
            [*districts, *LAYERS, *OF_DISTRICTS], Choices(commit=True, survey=False), quiet,
        )  # fmt: skip

    return cluster.template("bounds_time", fill, base=template_database)


@pytest.fixture(scope="module")
def session(make_database: Callable[[str], str], time_template: str) -> Iterator[Session]:
    yield from undone_session(open_engine(make_database(time_template)))


def test_every_english_entry_of_the_code_list_is_itself_or_ends_in_the_code_of_today(
    session: Session, mirror: Path
) -> None:
    listed = read_table(files_in(mirror), CODES, ["LADCD", "LADNM", "LADCD_ACTIVE", "CTRYNM"])
    english = listed[listed["CTRYNM"] == "England"]
    assert len(english) == 346
    ended = 0
    for row in english.itertuples():
        body = history_body(session, row.LADCD, TODAY)
        assert body["name"] == row.LADNM
        if row.LADCD == row.LADCD_ACTIVE:
            assert (body["status"], body["after"]) == ("current", [])
            continue
        ended += 1
        assert body["status"] == "retired"
        after = [step for step in chain_of(session, row.LADCD) if step.direction == "after"]
        last = [step for step in after if is_alive(get_area(session, step.new_code), TODAY)]
        assert [(step.new_code, step.share_of_asked) for step in last] == [(row.LADCD_ACTIVE, 1.0)]
    assert ended == 50


def test_on_the_day_before_its_end_only_the_old_answers_and_on_the_end_only_the_new(
    session: Session,
) -> None:
    links = session.scalars(
        select(Succession).join(Area, Area.code == Succession.old_code)
        .where(Area.type.in_(["lad", "cty", "cauth"]), Area.demo.is_(False))
    ).all()  # fmt: skip
    assert {link.changed_on.year for link in links} == {
        2009, 2012, 2013, 2018, 2019, 2020, 2021, 2023, 2024, 2025,
    }  # fmt: skip
    assert len({link.old_code for link in links}) == 88 + 13 + 3
    for link in links:
        old, new, end = link.old_code, link.new_code, link.changed_on
        assert full_area(session, old, end - DAY, end - DAY)["status"] == "current"
        with pytest.raises(NotOnThatDay) as gone:
            full_area(session, old, end, end)
        assert new in gone.value.detail
        assert full_area(session, new, end, end)["status"] == "current"
        with pytest.raises(NotOnThatDay):
            full_area(session, new, end - DAY, end - DAY)


def test_the_registers_two_kinds_of_end_are_the_days_of_the_areas(
    session: Session, mirror: Path
) -> None:
    register = read_table(
        files_in(mirror), REGISTER, ["gss-code", "nation", "end-date", "local-authority-code"]
    )
    english = register[(register["nation"] == "England") & (register["gss-code"] != "E61000001")]
    kinds = set()
    for row in english.itertuples(index=False):
        code, written = row[0], row[2]
        area = get_area(session, code)
        assert area.code == code
        assert get_area(session, row[3], TODAY).code == code
        if pd.isna(written):
            # What ended or was given another code after the register was made, it calls current.
            assert area.valid_to is None or area.valid_to >= date(2024, 5, 7)
            continue
        kinds.add(written[5:])
        assert area.valid_to == half_open_end(written)
        assert (area.valid_to.month, area.valid_to.day) == (4, 1)
    assert kinds == {"03-31", "04-01"}


def test_shares_passed_on_sum_to_one_for_every_area_that_ended(session: Session) -> None:
    links = session.scalars(select(Succession)).all()
    frame = pd.DataFrame([(one.old_code, one.changed_on, one.share, one.method) for one in links])
    assert frame[[2, 3]].notna().all(axis=None)
    sums = frame.groupby([0, 1])[2].sum()
    assert (sums - 1).abs().max() < 1e-9
    # The divided counties, of which Cheshire's and Bedfordshire's districts have no people of their own.
    divided = {code for code, count in frame.groupby(0).size().items() if count > 1}
    assert divided == {"cty-09", "cty-13", "E10000006", "E10000009", "E10000021", "E47000005"}


def test_every_district_of_a_county_of_any_year_has_that_county_and_a_region(
    session: Session,
) -> None:
    counties = {
        date(2005, 6, 1): (34, 238), date(2010, 6, 1): (27, 201), date(2018, 6, 1): (27, 201),
        date(2020, 6, 1): (25, 188), date(2022, 6, 1): (24, 181), date(2024, 6, 1): (21, 164),
    }  # fmt: skip
    rows = session.scalars(select(Area).where(Area.type == "lad", Area.demo.is_(False))).all()
    for day, wanted in counties.items():
        over: dict[str, object] = {}
        for code in [area.code for area in rows if is_alive(area, day)]:
            found = parents_of(session, code, day)
            kinds = [parent["type"] for parent in found]
            assert kinds.count("rgn") == 1, (code, day)
            assert kinds.count("cty") <= 1, (code, day)
            assert kinds.count("cauth") <= 1, (code, day)
            for county in [parent["code"] for parent in found if parent["type"] == "cty"]:
                over[code] = county
        assert (len(set(over.values())), len(over)) == wanted


def test_a_point_of_each_ended_district_lies_in_the_old_one_the_day_before_and_then_in_the_new(
    session: Session,
) -> None:
    links = session.scalars(
        select(Succession).join(Area, Area.code == Succession.old_code)
        .where(Area.type == "lad", Area.demo.is_(False))
    ).all()  # fmt: skip
    drawn: dict[str, dict[str, shapely.Geometry]] = {}
    seen = 0
    for link in links:
        before = layer_on(session, "lad", link.changed_on - DAY)
        assert before.is_exact, link.changed_on
        if before.id not in drawn:
            frame = outlines(session, before.id)
            drawn[before.id] = dict(zip(frame["code"], frame.geometry, strict=True))
        point = shapely.point_on_surface(drawn[before.id][link.old_code])
        for day, wanted in (
            (link.changed_on - DAY, link.old_code),
            (link.changed_on, link.new_code),
        ):
            found = areas_here(session, point.x, point.y, ("lad",), day)
            assert [row["code"] for row in found] == [wanted], (day, point.wkt)
            assert "note" not in found[0]
        seen += 1
    assert seen == 88


@pytest.mark.parametrize(
    ("day", "layer", "count"),
    [
        (date(2009, 3, 31), "lad-2001-04-bfc", 354), (date(2009, 4, 1), "lad-2011-12-gen", 326),
        (date(2012, 4, 1), "lad-2012-04-gen", 326), (date(2013, 3, 31), "lad-2012-04-gen", 326),
        (date(2013, 4, 1), "lad-2014-2025-bsc", 326), (date(2019, 3, 31), "lad-2014-2025-bsc", 326),
        (date(2019, 4, 1), "lad-2019-12-bgc", 317), (date(2023, 3, 31), "lad-2021-12-bgc", 309),
        (date(2023, 4, 1), "lad-2023-05-buc", 296), (date(2025, 4, 1), "lad-2025-05-bgc", 296),
    ],
)  # fmt: skip
def test_no_point_has_two_districts_on_one_date(
    session: Session, day: date, layer: str, count: int
) -> None:
    assert (layer_on(session, "lad", day).id, layer_on(session, "lad", day).missing) == (layer, 0)
    frame = outlines(session, layer, alive_on=day)
    assert len(frame) == count
    tree = shapely.STRtree(frame.geometry.to_numpy())
    # The middle of every district of every other day, and points between them.
    middles = shapely.point_on_surface(outlines(session, "lad-2019-12-bgc").geometry.to_numpy())
    x, y = shapely.get_x(middles), shapely.get_y(middles)
    between = shapely.points((x[:-1] + x[1:]) / 2, (y[:-1] + y[1:]) / 2)
    points = [*middles, *between]
    found = tree.query(points, predicate="within")[0]
    assert pd.Series(found).value_counts().max() == 1
    assert len(found) > len(middles) * 0.98


def test_the_outlines_of_2012_are_those_of_2011_under_the_codes_that_were_given_since(
    session: Session,
) -> None:
    told = full_area(session, "E07000240", date(2012, 7, 1), date(2012, 7, 1))
    before = full_area(session, "E07000100", date(2011, 7, 1), date(2011, 7, 1))
    assert told["area_m2"] == before["area_m2"]
    assert (told["release"], told["source"]["quality"]) == ("lad-2012-04-gen", "approximate")


def test_the_history_of_carlisle_says_it_in_words(session: Session) -> None:
    body = history_body(session, "16UD", TODAY)
    assert (body["code"], body["status"], body["before"]) == ("E07000028", "retired", [])
    assert [step["sentence"] for step in body["after"]] == [
        "On 1 April 2023 Carlisle became part of Cumberland, with all of its people."
    ]
    somerset = history_body(session, "E06000066", TODAY)
    chain = {(step["old"]["name"], step["new"]["name"]) for step in somerset["before"]}
    assert ("Taunton Deane", "Somerset West and Taunton") in chain
    assert ("Somerset West and Taunton", "Somerset") in chain


def test_an_old_code_of_every_kind_stands_for_its_district(session: Session) -> None:
    for written in ("15UB", "15ub", "E07000019", "lad-15ub"):
        assert get_area(session, written, TODAY).name == "Caradon"
    assert get_area(session, "26UG", date(2012, 3, 31)).code == "E07000100"
    assert get_area(session, "26UG", date(2012, 4, 1)).code == "E07000240"
    assert area_type_of("lad-15ub") == "lad"
