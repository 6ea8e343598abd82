"""The same money or service in two files is counted once; budgets and services, placed by what is sure."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.resources.actions import load_grants
from app.resources.beside_queries import (
    ServicesAsked,
    list_budgets,
    list_recipient_sums,
    list_services,
    recipient_sums_here,
)
from app.resources.outlets import load_services, place_services_again
from app.resources.published import load_budgets, load_recipient_sums
from app.resources.storing import ImportReport
from app.resources.tables import (
    Outlet,
    ResourceLine,
)
from boundaries.crs import point_to_lonlat
from boundaries.errors import Invalid
from boundaries.storing import store_postcodes

GP_HEAD = (
    "OrganisationCode,OrganisationType,SubType,OrganisationName,OrganisationStatus,Address1,City,County,"
    "Postcode,Latitude,Longitude\n"
)
Load = Callable[..., ImportReport]


def grants(path: Path, ids: str) -> Path:
    listed = [
        {
            "id": each, "title": "T", "currency": "GBP", "amountAwarded": 100, "awardDate": "2014-05-01",
            "fundingOrganization": [{"name": "Trust"}],
            "recipientOrganization": [{"name": "R", "postalCode": "TN34 1AA"}],
        }
        for each in ids
    ]  # fmt: skip
    path.write_bytes(gzip.compress(json.dumps({"grants": listed}).encode()))
    return path


def flat(path: Path, ids: str) -> Path:
    head = (
        "Identifier,Title,Currency,Amount Awarded,Award Date,Funding Org:Name,Recipient Org:Name,"
        "Recipient Org:Postal Code\n"
    )
    rows = "".join(f"{each},T,GBP,100.0,2014-05-01,Trust,R,TN34 1AA\n" for each in ids)
    path.write_bytes(gzip.compress((head + rows).encode()))
    return path


@pytest.mark.parametrize("flat_first", [False, True])
def test_the_same_grants_in_two_files_are_counted_once_whichever_comes_first(
    db: Session, tmp_path: Path, flat_first: bool
) -> None:
    files = [grants(tmp_path / "trust.json.gz", "abc"), flat(tmp_path / "table.csv.gz", "abc")]
    first, second = (load_grants(db, path) for path in (files[::-1] if flat_first else files))
    assert (first.rows_stored, second.rows_stored) == (3, 0)
    assert len({each.row for each in second.elsewhere}) == 3
    assert {each.rule for each in second.elsewhere} == {"identifier-elsewhere"}
    assert db.scalar(select(func.sum(ResourceLine.amount_pence))) == 30_000


def test_sums_by_recipient_stand_beside_the_ledger_and_say_whose_lines_it_holds(
    db: Session, load: Load, tmp_path: Path
) -> None:
    load_grants(db, grants(tmp_path / "trust.json.gz", "abc"))
    head = (
        "Funding Org:Name,Award Year,Recipient District Geographic Code,Recipient Ward Geographic Code,"
        "Recipient Region,Amount Awarded,Identifier\n"
    )
    rows = (
        "Trust,2014,E07000062,E05003932,South East,300.0,3\n"
        "Other Trust,2014,E07000062,E05003932,South East,50.0,1\n"
        "Other Trust,2015,E07000064,E05003933,South East,7.0,1\n"
    )
    load(load_recipient_sums, "grantnav-2018", head + rows)
    assert db.scalar(select(func.count()).select_from(ResourceLine)) == 3  # no line came of a sum
    assert recipient_sums_here(db, ["E07000062"]) == (4, 35_000, 30_000)
    items, total = list_recipient_sums(db, area="E07000062", after=None, limit=10)
    assert total == 2
    assert [(each["funder"], each["grade"], each["funder_has_lines"]) for each in items] == [
        ("Trust", "F", True), ("Other Trust", "F", False),
    ]  # fmt: skip


def test_a_budget_is_kept_as_written_and_as_pence(db: Session, load: Load) -> None:
    load(
        load_budgets, "core-spending-power-2015-2020",
        "ons_code,authority,region,year,sfa,under_index,ct_total,nhb,nhb_return,rsdg\n"
        "E07000062,Hastings,SE,2018,5.216178557,0,6.59529542,0,0,0\n",
    )  # fmt: skip
    items, total = list_budgets(db, area="E07000062", year="2018-19", after=None, limit=2)
    assert total == 6
    assert [(each["part"], each["amount_pence"], each["stated"]) for each in items] == [
        ("sfa", 521_617_856, "5.216178557"), ("under_index", 0, "0"),
    ]  # fmt: skip
    assert list_budgets(db, area="E07000062", year="2019-20", after=None, limit=2) == ([], 0)


def store_one_postcode(db: Session) -> None:
    store_postcodes(
        db,
        pd.DataFrame(
            {
                "postcode": ["AB1 2DD"], "easting": [500_000], "northing": [200_000], "lad_code": [None],
                "lsoa11_code": [None], "lsoa21_code": [None], "status": ["current"],
            }
        ),
    )  # fmt: skip


@pytest.fixture
def places(db: Session, load: Load, england: None) -> None:
    """Four services: two with points 1 km apart, one placed by its postcode, one placed by nothing."""
    store_one_postcode(db)
    head = "URN,Establishment name,Street,Town,Postcode,Type of establishment,Opening date,X,Y\n"
    load(
        load_services, "schools-2017",
        head + "1,One,,,,Academy,,501000,200000\n2,Two,,,,Academy,,502000,200000\n3,Three,,,ab12dd,Academy,,,\n"
        "4,Four,,,ZZ1 1ZZ,Academy,,,\n",
    )  # fmt: skip


def test_services_are_placed_by_point_else_by_postcode_else_not_at_all(
    db: Session, places: None
) -> None:
    rows = db.scalars(select(Outlet).order_by(Outlet.id)).all()
    assert [row.placed_by for row in rows] == ["point", "point", "postcode", None]
    here = point_to_lonlat(500_000, 200_000)
    near, total = list_services(
        db, ServicesAsked(near=here), date(2026, 1, 1), after=None, limit=10
    )
    assert total == 3
    assert [(each["name"], each["distance_m"]) for each in near] == [
        ("Three", 0.0), ("One", 1000.0), ("Two", 2000.0),
    ]  # fmt: skip
    within, total = list_services(
        db, ServicesAsked(near=here, within_m=1000.5), date(2026, 1, 1), after=None, limit=1
    )
    assert ([each["name"] for each in within], total) == (["Three"], 2)
    last = (within[0]["exact_m"], within[0]["id"])
    rest, _ = list_services(db, ServicesAsked(near=here), date(2026, 1, 1), after=last, limit=10)
    assert [each["name"] for each in rest] == ["One", "Two"]
    with pytest.raises(Invalid, match="near"):
        list_services(db, ServicesAsked(within_m=5), date(2026, 1, 1), after=None, limit=10)


def test_a_practice_in_two_files_is_stored_once_whichever_comes_first(
    db: Session, load: Load
) -> None:
    def row(code: str, kind: str = "GP practice") -> str:
        return f"{code},{kind},UNKNOWN,Practice {code},Visible,1 Road,Town,,AB1 2DD,51.5,-0.1\n"

    mixed = GP_HEAD + row("A1") + row("A2") + row("A1", "GP")
    first = load(load_services, "nhs-services-2014", mixed)
    raw = load(load_services, "nhs-gp-practices-2014", GP_HEAD + row("A1") + row("A2"))
    assert (first.rows_stored, raw.rows_stored, len(raw.elsewhere)) == (3, 0, 2)
    assert {each.rule for each in raw.elsewhere} == {"identifier-elsewhere"}
    assert db.scalar(select(func.count()).where(Outlet.kind == "gp-practice")) == 2
    more = load(load_services, "nhs-gp-practices-2014", GP_HEAD + row("A1") + row("A3"))
    assert (more.rows_stored, len(more.elsewhere)) == (1, 1)


def test_a_service_seen_at_two_times_points_to_the_first(db: Session, load: Load) -> None:
    nhs = "PH_FX123__1,Pharmacy,Community Pharmacy,Boots,Visible,1 Road,Town,,AB1 2DD,51.5,-0.1\n"
    load(load_services, "nhs-services-2014", GP_HEAD + nhs)
    load(
        load_services, "gm-pharmacies",
        "pharmacy_name,address,postcode,organisation_data_service_code,la_code,la_name,ward_code\n"
        "Boots,1 Road,AB1 2DD,FX123,E08000001,Bolton,E05014831\n",
    )  # fmt: skip
    rows = db.scalars(select(Outlet).order_by(Outlet.observed)).all()
    assert [(row.observed, row.same_as) for row in rows] == [
        ("2014", None), ("not stated", "nhs-services-2014:2"),
    ]  # fmt: skip


def test_a_code_that_lacks_a_figure_is_mended_only_where_the_name_agrees(
    db: Session, load: Load, england: None
) -> None:
    done = load(
        load_services, "gm-dentists",
        "name,type,address,postcode,website,area_name,area_code,lon,lat\n"
        "A,Dentist,,AB1 2DD,,Tameside,E0800008,-2.1,53.5\n"
        "B,Dentist,,AB1 2DD,,Salford,E0800008,-2.1,53.5\n"
        "C,Dentist,,AB1 2DD,,Tameside,E08000008,-2.1,53.5\n",
    )  # fmt: skip
    rows = db.scalars(select(Outlet).order_by(Outlet.name)).all()
    assert [row.lad_code for row in rows] == ["E08000008", None, "E08000008"]
    assert [(note.row, note.rule) for note in done.notes] == [
        (2, "code-lacks-a-figure"), (3, "code-lacks-a-figure"),
    ]  # fmt: skip


def test_services_are_placed_when_their_postcodes_are_loaded_later(
    db: Session, load: Load, england: None
) -> None:
    head = "URN,Establishment name,Street,Town,Postcode,Type of establishment,Opening date,X,Y\n"
    load(
        load_services,
        "schools-2017",
        head + "1,One,,,AB1 2DD,Academy,,,\n2,Two,,,AB1 2DD,Academy,,5,6\n",
    )
    assert place_services_again(db) == 0
    store_one_postcode(db)
    assert place_services_again(db) == 1
    found = db.execute(
        select(Outlet.placed_by, func.ST_X(Outlet.geom), func.ST_Y(Outlet.geom)).order_by(Outlet.id)
    ).all()
    assert [tuple(row) for row in found] == [
        ("postcode", 500_000.0, 200_000.0),
        ("point", 5.0, 6.0),
    ]
