"""What an index says of districts and places, over the database and HTTP: computed, published, or not told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.indicators.summaries import (
    NO_DENOMINATORS,
    MeasureNotHeld,
    NoSummaries,
    list_summaries,
    summarise,
)
from app.indicators.tables import DeprivationIndex, IndexSummary, IndexValue
from app.priorities.summaries import summarise_place
from boundaries.tables import Weight
from tests.app.priorities.conftest import EXE, NEW, OLD, WYE, add_index

if TYPE_CHECKING:
    from starlette.testclient import TestClient

DAY = date(2026, 11, 23)


def add_people(session: Session, people: dict[str, int]) -> None:
    for code, value in people.items():
        session.add(
            Weight(
                code=code, area_set="lsoa-2011", measure="imd-2019-people", period="mid-2015",
                value=value, estimated=False, source="f",
            )
        )  # fmt: skip
    session.execute(
        update(IndexValue)
        .where(IndexValue.index_id == "imd-2019", IndexValue.rank.is_not(None))
        .values(score=100 - IndexValue.rank)
    )
    session.flush()


def add_published(session: Session, index_id: str) -> None:
    session.add(
        IndexSummary(
            index_id=index_id, area_type="lad", code=EXE, measure="imd", name="Exe", average_rank=12.5,
            rank_of_average_rank=1, extent=0.25, rank_of_extent=2, source_file="File_10.xlsx", sha256="0",
        )
    )  # fmt: skip
    session.flush()


def test_figures_are_computed_where_the_people_are_held(filled: Session) -> None:
    # N = 20: ranks 1, 2, 3 of Exe; Wye's third area has no value.
    add_people(filled, dict.fromkeys(OLD, 100))
    add_published(filled, "imd-2019")
    exe, wye = list_summaries(filled, "imd-2019")
    assert (exe["code"], exe["name"], exe["areas"], exe["people"]) == (EXE, "Exe", 3, 300)
    assert exe["average_rank"] == 19.0
    assert exe["average_score"] == 98.0
    assert exe["proportion_worst_10"] == pytest.approx(2 / 3, abs=1e-6)
    assert exe["local_concentration"] == 20.0
    assert set(exe["basis"].values()) == {"computed"}
    # Stored in part: no rank among districts follows from what is here.
    assert exe["rank_of_average_rank"] is None
    assert exe["published"]["average_rank"] == 12.5
    assert wye["code"] == WYE
    assert wye["average_rank"] is None
    assert wye["cannot_tell"]["proportion_worst_10"] == "a value is missing"
    filled.execute(update(DeprivationIndex).values(partial=False))
    assert list_summaries(filled, "imd-2019")[0]["rank_of_average_rank"] == 1


def test_without_people_the_published_figures_stand_and_the_share_is_computed(
    filled: Session,
) -> None:
    add_published(filled, "imd-2025")
    exe = list_summaries(filled, "imd-2025")[0]
    # Ranks 1, 9, 2 of N = 20: two of three in the worst tenth.
    assert exe["proportion_worst_10"] == pytest.approx(2 / 3, abs=1e-6)
    assert (exe["average_rank"], exe["rank_of_average_rank"]) == (12.5, 1)
    assert exe["basis"] == {
        "average_rank": "published", "extent": "published", "proportion_worst_10": "computed",
    }  # fmt: skip
    assert exe["cannot_tell"] == {
        "average_score": NO_DENOMINATORS, "local_concentration": NO_DENOMINATORS,
    }  # fmt: skip


def test_any_set_of_areas_is_summarised_and_says_what_it_lacks(filled: Session) -> None:
    made = summarise(filled, "imd-2025", NEW[:2])
    assert made.figures["proportion_worst_10"] == 0.5
    assert made.why == dict.fromkeys(
        ("average_rank", "average_score", "extent", "local_concentration"), NO_DENOMINATORS
    )
    add_people(filled, {OLD[0]: 100, OLD[1]: 300})
    assert summarise(filled, "imd-2019", OLD[:2]).figures["average_rank"] == 21 - 1.75
    assert summarise(filled, "imd-2019", [*OLD[:2], "E01999999"]).areas_without_value == 1
    place = summarise_place(filled, DAY, "imd-2025", None, "exe")
    assert (place["name"], place["areas"], place["people"]) == ("Exe partnership", 3, None)
    assert place["basis"] == {"proportion_worst_10": "computed"}


def test_what_is_not_held_is_said(filled: Session) -> None:
    with pytest.raises(MeasureNotHeld, match="it has imd, crime"):
        list_summaries(filled, "imd-2019", measure="smell")
    with pytest.raises(NoSummaries, match="no area of type 'icb'"):
        list_summaries(filled, "imd-2019", "icb")


@pytest.mark.slow
def test_summaries_over_http(client: TestClient, fill: Callable[[Session], None]) -> None:
    app: Any = client.app
    with Session(app.state.engine) as session, session.begin():
        fill(session)
    url = "/api/v1/indices/imd-2019/summaries"
    first = client.get(url, params={"limit": 1}).json()
    assert (first["total"], first["index"], [item["code"] for item in first["items"]]) == (
        2, "imd-2019", [EXE],
    )  # fmt: skip
    following = client.get(first["next"]).json()
    assert [item["code"] for item in following["items"]] == [WYE]
    assert following["next"] is None
    county = client.get(url, params={"areas": "Exshire"}).json()["items"]
    assert [item["areas"] for item in county] == [6]
    assert client.get(url, params={"partnership": "exe"}).json()["items"][0]["areas"] == 3
    both = client.get(url, params={"partnership": "exe", "areas": "Exshire"})
    assert (both.status_code, both.json()["errors"][0]["pointer"]) == (422, "/area_type")
    assert client.get("/api/v1/indices/imd-1066/summaries").status_code == 404
    assert client.get(url, params={"measure": "<b>"}).status_code == 422
    assert client.get(url, params={"area_type": "moon"}).status_code == 404
    assert client.get(url, params={"colour": "red"}).status_code == 400


def test_districts_are_not_made_of_the_part_that_another_sets_lookup_knows(filled: Session) -> None:
    # Codes of 2001 are spelt as those of 2011: the lookups of 2011 would give half a district.
    add_index(filled, "imd-2010", "lsoa-2001", date(2011, 3, 24), dict.fromkeys(OLD[:2], 1))
    with pytest.raises(NoSummaries):
        list_summaries(filled, "imd-2010")
