"""The demo county with a series of its own districts: three years of jobs, one of which repeats another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from app.access.actions import create_token
from app.places.demo import DEMO_SLUG
from app.sessions import reading, writing
from app.settings import Settings
from boundaries.tables import Area
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

SERIES = "jobs"
OTHER = "other-pact"


class Promises:
    """The demo county's service, its districts' codes, and tokens of its editor and of a stranger."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        engine = client.app.state.engine  # type: ignore[attr-defined]
        with writing(engine) as session:
            self.root = create_token(session, "administrator", None, "a test").secret
            self.editor = create_token(session, "editor", DEMO_SLUG, "a test").secret
        with reading(engine) as session:
            self.districts = sorted(
                session.scalars(select(Area.code).where(Area.type == "lad", Area.demo))
            )
            self.ours = self._codes_of()

    def _codes_of(self) -> list[str]:
        body = self.client.get(f"/api/v1/partnerships/{DEMO_SLUG}").json()
        return sorted(body["authorities"])

    def send(self, method: str, path: str, secret: str | None = None, **sent: Any) -> Response:
        headers = {"Authorization": f"Bearer {secret or self.editor}", **sent.pop("headers", {})}
        return self.client.request(method, f"/api/v1{path}", headers=headers, **sent)

    def bring_series(self) -> None:
        """Per cent of people in work, by district: 50 and one more for each in 2023, two more a year after."""
        rows = ["code,period,v"]
        for year, add in (("2023", 0), ("2024", 2), ("2025", 4)):
            rows += [f"{code},{year},{50 + n + add}" for n, code in enumerate(self.districts)]
        address = (
            f"/indicators?id={SERIES}&code_column=code&value=v&period_column=period&unit=per%20cent"
            "&direction=lower-is-worse&nature=intensive&release=lad-2023-05&title=Jobs"
        )
        answer = self.send(
            "POST",
            address,
            self.root,
            content="\n".join(rows),
            headers={"Content-Type": "text/csv"},
        )
        assert answer.status_code in (200, 201), answer.text


@pytest.fixture(scope="module")
def promises(
    demo_template: str, cluster: ClusterForTests, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Promises]:
    from app.main import create_app

    url = cluster.clone(demo_template)
    settings = Settings(data_dir=tmp_path_factory.mktemp("promises"))
    with TestClient(create_app(settings, open_engine(url))) as client:
        made = Promises(client)
        made.bring_series()
        yield made
    cluster.drop(url)
