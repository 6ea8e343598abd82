"""Indicators over HTTP: metadata, three kinds of nothing, another release refused and offered, small counts kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.indicators.definitions import Definition
from app.indicators.indicator_schemas import indicator_body
from app.indicators.readers.indicator_files import IndicatorValues
from app.indicators.storing import Publication, store_indicator
from app.indicators.value_tables import Indicator, IndicatorValue
from app.indicators.values import UPLOAD, get_indicator, indicator_frame
from app.main import create_app
from app.sessions import writing
from app.settings import Settings
from boundaries.storing import store_areas, store_memberships, store_successions, store_weights
from tests.support.engines import open_engine

COUNT = Definition(
    "jobless", "", "Out of work", "People out of work.", "people", "higher-is-worse", "extensive",
    denominator="people",
)  # fmt: skip
RATE = Definition(
    "schooling", "", "Schooling", "Pupils who pass.", "per cent", "lower-is-worse", "intensive"
)
CODES = [f"E010000{place:02}" for place in range(1, 13)]


def given(definition: Definition, periods: dict[str, list[float]]) -> IndicatorValues:
    """One value an area of CODES and period; NaN of a count is suppressed, of a rate missing."""
    absent = "suppressed" if definition.nature == "extensive" else "missing"
    frames = [
        pd.DataFrame(
            {
                "period": period, "code": CODES, "value": values,
                "state": np.where(np.isnan(values), absent, "value"),
                "rank": pd.Series(pd.NA, index=range(len(CODES)), dtype="Int64"),
            }
        )
        for period, values in periods.items()
    ]  # fmt: skip
    return IndicatorValues(definition, pd.concat(frames, ignore_index=True), 12 * len(periods))


def publish(session: Session, values: IndicatorValues, **told: object) -> None:
    publication = Publication("jobs", "Somebody", "A licence", "© Somebody", **told)  # type: ignore[arg-type]
    store_indicator(session, values, publication, "lsoa", "lsoa-2011")


COUNTS = [0.0, np.nan, *[float(place) for place in range(3, 13)]]


def fill(session: Session) -> None:
    kept, ended = CODES[:11], CODES[11]
    areas = [(code, "lsoa", f"Barset {code[-2:]}", None, None) for code in kept]
    areas += [(ended, "lsoa", "Barset 12", None, date(2021, 3, 20))]
    areas += [
        (f"E0100009{part}", "lsoa", f"Barset 12{part}", date(2021, 3, 20), None) for part in "12"
    ]
    areas += [("E07000062", "lad", "Barchester", None, None)]
    columns = ["code", "type", "name", "valid_from", "valid_to"]
    store_areas(session, pd.DataFrame(areas, columns=columns))
    home = pd.DataFrame({"child_code": CODES[:3], "parent_code": "E07000062", "parent_type": "lad"})
    home = home.assign(lookup="lsoa11_lad.csv", method="exact", share=1.0)
    store_memberships(session, home)
    links = [(code, code, "unchanged") for code in kept]
    links += [(ended, f"E0100009{part}", "split") for part in "12"]
    succession = pd.DataFrame(links, columns=["old_code", "new_code", "kind"])
    store_successions(
        session,
        succession.assign(changed_on=date(2021, 3, 20), share=None, source="official links"),
    )
    people = pd.DataFrame({"code": CODES, "value": 1000, "area_set": "lsoa-2011"})
    store_weights(
        session, people.assign(measure="people", period="mid-2020", estimated=False, source="ONS")
    )
    publish(
        session, given(COUNT, {"2020": COUNTS, "2021": COUNTS, "2022": [x + 1 for x in COUNTS]})
    )
    publish(session, given(RATE, {"2021": [50.0, np.nan, *[float(x) for x in range(10)]]}),
            coverage="12 of 40 small areas")  # fmt: skip


@pytest.fixture(scope="module")
def filled(make_database: Callable[[str], str], template_database: str) -> str:
    url = make_database(template_database)
    with writing(open_engine(url)) as session:
        fill(session)
    return url


@pytest.fixture(scope="module")
def asked(filled: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("bounds"))
    with TestClient(create_app(settings, open_engine(filled))) as opened:
        yield opened


def test_one_indicator_says_all_that_is_known_of_it(asked: TestClient) -> None:
    told = asked.get("/api/v1/indicators/jobless").json()
    assert (told["unit"], told["direction"], told["nature"]) == (
        "people", "higher-is-worse", "extensive",
    )  # fmt: skip
    assert told["source"]["publisher"] == "Somebody"
    assert told["denominator"] == "people"
    assert told["newest"] == "2022"
    assert told["trend_periods"] == ["2020", "2022"]
    assert told["periods"][1]["carried_from"] == "2020"
    first = told["periods"][0]
    assert (first["values"], first["suppressed"], first["missing"]) == (11, 1, 0)
    assert (first["ranked"], first["rank_basis"]) == (11, "computed")


def test_a_part_says_so_in_its_title_and_the_list_finds_words(asked: TestClient) -> None:
    listed = asked.get("/api/v1/indicators?q=SCHOOL").json()
    assert [row["title"] for row in listed["items"]] == ["Schooling (12 of 40 small areas)"]
    assert listed["items"][0]["partial"] is True
    pages = asked.get("/api/v1/indicators?limit=1").json()
    assert (pages["total"], len(pages["items"])) == (2, 1)
    assert asked.get(pages["next"]).json()["items"][0]["id"] == "schooling"


def test_what_a_release_draws_is_mapped_and_needs_no_reason(asked: TestClient) -> None:
    told = asked.get("/api/v1/indicators/jobless").json()
    assert (told["mapped"], told["why_not_mapped"]) == (True, None)
    assert asked.get("/api/v1/indicators/jobless/values").json()["notes"] == []


def test_nothing_is_never_0_and_0_is_a_value(asked: TestClient) -> None:
    answer = asked.get("/api/v1/indicators/jobless/values?period=2020&limit=3").json()
    told = [(item["state"], item["value"], item["rank"]) for item in answer["items"]]
    assert told == [("value", 0, 11), ("suppressed", None, None), ("value", 3, 10)]
    rates = asked.get("/api/v1/indicators/schooling/values?limit=2").json()["items"]
    assert [item["state"] for item in rates] == ["value", "missing"]
    sheet = asked.get("/api/v1/indicators/jobless/values.csv?period=2020").text.splitlines()
    assert sheet[2] == "E01000002,Barset 02,2020,,people,suppressed,,"


def test_the_worst_come_first_page_by_page_and_those_without_a_rank_last(asked: TestClient) -> None:
    found, url = [], "/api/v1/indicators/jobless/values?order=rank&limit=5&period=2020"
    while url:
        answer = asked.get(url).json()
        found += [(item["rank"], item["code"]) for item in answer["items"]]
        url = answer["next"]
    assert [rank for rank, _ in found] == [*range(1, 12), None]
    assert found[0][1] == CODES[11]
    assert found[-1][1] == CODES[1]
    assert asked.get("/api/v1/indicators/jobless/values?order=luck").status_code == 422
    gathered = asked.get("/api/v1/indicators/jobless/values?order=rank&area_type=lad")
    assert "have no ranks" in gathered.json()["detail"]


def test_a_period_carried_forward_is_marked_on_each_value(asked: TestClient) -> None:
    answer = asked.get("/api/v1/indicators/jobless/values?period=2021&limit=1").json()
    assert answer["carried_from"] == answer["items"][0]["carried_from"] == "2020"
    assert answer["notes"] == ["the values of 2021 are those of 2020 carried forward: no trend"]
    assert asked.get("/api/v1/indicators/jobless/values?limit=1").json()["notes"] == []
    wrong = asked.get("/api/v1/indicators/jobless/values?period=1066")
    assert wrong.status_code == 404
    assert "it holds 2020, 2021, 2022" in wrong.json()["detail"]


def test_a_place_has_its_own_areas(asked: TestClient) -> None:
    answer = asked.get("/api/v1/indicators/jobless/values?within=E07000062").json()
    assert [item["code"] for item in answer["items"]] == CODES[:3]
    assert asked.get("/api/v1/indicators/jobless/values?within=E09999999").status_code == 404
    wrong = asked.get("/api/v1/indicators/jobless/values?area_type=par")
    assert (wrong.status_code, wrong.json()["type"]) == (422, "/problems/other-area-type")


def test_larger_areas_have_what_their_areas_add_up_to_or_none(asked: TestClient) -> None:
    answer = asked.get("/api/v1/indicators/jobless/values?area_type=lad&period=2022").json()
    assert (answer["area_type"], answer["total"], answer["ranked"]) == ("lad", 1, None)
    (item,) = answer["items"]
    # 0 + 1, one withheld, 3 + 1: no sum is made up of what is known.
    assert (item["code"], item["state"], item["value"]) == ("E07000062", "suppressed", None)
    assert (item["areas"], item["areas_without"], item["known"]) == (3, 1, 5)
    assert answer["notes"] == ["values of lsoa-2011 added; an area that lacks one has none"]
    rates = asked.get("/api/v1/indicators/schooling/values?area_type=lad").json()
    assert rates["items"][0]["known"] == 25  # (50 + 0) / 2, a thousand people in each
    wards = asked.get("/api/v1/indicators/jobless/values?area_type=wd")
    assert (wards.status_code, wards.json()["type"]) == (409, "/problems/no-lookup")


def test_another_release_is_refused_and_carrying_is_offered(asked: TestClient) -> None:
    url = "/api/v1/indicators/jobless/values?period=2020&as_at=2024-01-01"
    refused = asked.get(url)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/other-release")
    assert "ask with rebase=true" in refused.json()["detail"]
    assert asked.get("/api/v1/indicators/jobless/values?as_at=2015-01-01").status_code == 200
    carried = asked.get(f"{url}&rebase=true").json()
    assert (carried["area_set"], carried["rebased_from"]) == ("lsoa-2021", "lsoa-2011")
    states = {
        item["code"]: (item["state"], item["value"], item["method"]) for item in carried["items"]
    }
    assert states["E01000001"] == ("value", 0, "exact")
    assert states["E01000002"] == ("suppressed", None, "exact")
    # Nothing tells how the split area's people fall: no value is made up.
    assert "rank" not in carried["items"][0]


MAPPED = (
    "code_column=code&value=v&unit=people&direction=higher-is-worse&nature=extensive&period=2023"
)


def test_a_table_is_rehearsed_over_http_with_every_row_told(asked: TestClient) -> None:
    text = "code,v\n e01000001 ,3\nE01000002,*\nE01000003,x9\nW01000001,1\nE01099999,2\n"
    url = f"/api/v1/rehearsals/indicators?id=mine&release=lsoa-2011&name=f.csv&{MAPPED}"
    told = asked.post(url, content=text.encode()).json()
    assert told["rows"] == {"in": 5, "stored": 2, "refused": 2, "elsewhere": 1}
    assert told["stored"] is False
    assert told["indicators"]["mine"]["suppressed"] == 1
    assert [(each["row"], each["rule"]) for each in told["refused"]] == [
        (4, "cell-is-a-number"), (6, "unknown-code"),
    ]  # fmt: skip
    assert told["elsewhere"][0]["rule"] == "other-nation"
    assert told["notes"][0]["value"] == " e01000001 "
    assert asked.get("/api/v1/indicators/mine").status_code == 404


def test_a_table_of_another_release_is_refused_over_http_with_the_offer(asked: TestClient) -> None:
    text = "code,v\nE01000001,3\nE01000012,4\n"
    url = f"/api/v1/rehearsals/indicators?id=mine&release=lsoa-2021&{MAPPED}"
    refused = asked.post(url, content=text.encode())
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/other-release-given")
    assert "bounds rebase" in refused.json()["detail"]
    wrong = asked.post(url.replace("extensive", "count"), content=text.encode())
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/nature")


def test_small_counts_of_a_confidential_upload_are_never_shown(db: Session) -> None:
    publish(db, given(COUNT, {"2022": COUNTS}), confidential=True)
    shown = indicator_frame(db, "jobless")
    assert shown["value"].dropna().to_list() == [10.0, 11.0, 12.0]
    assert set(shown.loc[shown["value"].isna(), "state"]) == {"suppressed"}
    assert shown["rank"].dropna().to_list() == [3.0, 2.0, 1.0]
    (period,) = indicator_body(get_indicator(db, "jobless"))["periods"]
    assert (period["lowest"], period["highest"]) == (None, 12.0)
    whole = indicator_frame(db, "jobless", protected=False)
    assert whole["value"].notna().sum() == 11


def test_values_go_with_their_indicator(db: Session) -> None:
    publish(db, given(RATE, {"2021": COUNTS}), partnership_slug=None)
    assert get_indicator(db, "schooling").dataset_id != UPLOAD
    assert db.scalar(select(func.count()).select_from(IndicatorValue)) == 12
    db.execute(delete(Indicator).where(Indicator.id == "schooling"))
    assert db.scalar(select(func.count()).select_from(IndicatorValue)) == 0


def test_wards_that_nothing_draws_rank_and_list(db: Session, tmp_path: Path) -> None:
    from app.indicators.storing import load_indicator_file
    from app.indicators.values import why_not_mapped
    from boundaries.tables import Area

    header = (
        "ward17_code,ward17_name,Civic Assets score,Civic Assets rank,Connectedness score,Connectedness rank,"
        "Engaged community score,Engaged community rank,Community Needs Index score,"
        "Community Needs Index rank,Left Behind Area?\n"
    )
    path = tmp_path / "cni.csv"
    path.write_text(
        header
        + "E05000001,Plumstead,1,1,2,1,3,1,9,1,True\nE05000002,Hogglestock,0,2,1,2,1,2,2,2,False\n"
    )
    load_indicator_file(db, path, Publication("cni-2019", "OCSI", "ask", "OCSI"))
    row = get_indicator(db, "cni-2019")
    assert row.release_id == ""
    assert "no outlines of the wards of 2017" in (why_not_mapped(row) or "")
    assert indicator_frame(db, "cni-2019")["rank"].to_list() == [1.0, 2.0]
    ward = db.get(Area, "E05000001")
    assert ward is not None
    assert (ward.name, ward.valid_to) == ("Plumstead", date(2019, 5, 2))
    load_indicator_file(db, path, Publication("cni-2019", "OCSI", "ask", "OCSI", sha256="b"))
    assert db.scalar(select(func.count()).select_from(IndicatorValue)) == 10
