"""What an index says of a neighbourhood, on the demo county: its areas by best fit, and one too small for any."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.access.actions import create_token
from app.indicators.tables import IndexValue
from app.sessions import reading, writing
from boundaries.tables import Postcode

INDEX = "imd-2025-demo"


@pytest.mark.slow
def test_a_neighbourhood_is_summarised_over_the_areas_whose_centre_lies_inside(
    demo_client_that_writes: TestClient,
) -> None:
    client: Any = demo_client_that_writes
    engine = client.app.state.engine
    with writing(engine) as session:
        secret = create_token(session, "administrator", None, "a test").secret
    signed = {"Authorization": f"Bearer {secret}"}
    with reading(engine) as session:
        codes, ranks, total = _three_areas(session)
        few = list(
            session.scalars(
                select(Postcode.postcode).where(Postcode.lsoa21_code == codes[0]).limit(1)
            )
        )
    sent = {"name": "Three", "codes": codes, "reason": "a test"}
    made = client.post("/api/v1/neighbourhoods", json=sent, headers=signed)
    assert made.status_code == 201, made.text
    url = f"{made.headers['Location']}/summaries"
    said = client.get(url, params={"index": INDEX}).json()
    assert said["areas_listed"] == codes
    assert said["proportion_worst_10"] == pytest.approx(
        sum(10 * rank <= total for rank in ranks) / 3, abs=1e-6
    )
    assert said["basis"] == {"proportion_worst_10": "computed"}
    assert said["cannot_tell"]["extent"] == "no denominators"
    small = client.post(
        "/api/v1/neighbourhoods",
        json={"name": "One door", "postcodes": few, "reason": "a test"}, headers=signed,
    )  # fmt: skip
    assert small.status_code == 201, small.text
    told = client.get(f"{small.headers['Location']}/summaries", params={"index": INDEX}).json()
    assert told["areas_listed"] == []
    assert told["proportion_worst_10"] is None
    assert "smaller than one" in told["notes"][0]
    assert client.get("/api/v1/neighbourhoods/none/summaries").status_code == 404
    assert client.get(url, params={"index": "imd-1066"}).status_code == 404
    assert client.get(url, params={"index": INDEX, "measure": "smell"}).status_code == 422


def _three_areas(session: Session) -> tuple[list[str], list[int], int]:
    rows = session.execute(
        select(IndexValue.code, IndexValue.rank)
        .where(IndexValue.index_id == INDEX, IndexValue.measure == "imd")
        .order_by(IndexValue.rank)
    ).all()
    picked = sorted([rows[0], rows[1], rows[len(rows) // 2]], key=lambda row: row[0])
    return [row[0] for row in picked], [row[1] for row in picked], len(rows)
