"""The demo county with a third partnership, on the ground of another: what mergers and regions need to be tested on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from starlette.testclient import TestClient

from app.partnerships.actions import create_partnership
from app.sessions import writing
from app.settings import Settings
from boundaries.database import make_engine
from tests.support.databases import ClusterForTests

# One district of the demo partnership `hogglestock-and-st-ewolds`, by another kind of partnership.
HOGGLESTOCK, TWIN = "X07000002", "hogglestock-safe"


def overlapping_client(
    cluster: ClusterForTests, template: str, folder: Path
) -> Iterator[TestClient]:
    """Serve a clone of the demo county in which two partnerships share a district."""
    from app.main import create_app

    url = cluster.clone(template)
    engine = make_engine(url, pool_size=0)
    with writing(engine) as session:
        create_partnership(
            session, "a test", name="Hogglestock Safe", kind="csp", authorities=[HOGGLESTOCK],
            day=date(2026, 1, 1),
        )  # fmt: skip
    with TestClient(create_app(Settings(data_dir=folder), engine)) as client:
        yield client
    cluster.drop(url)
