"""The demo county as its pages' figures and credits are looked at: made once, each page asked for once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from app.access.actions import create_token
from app.places.demo import DEMO_SLUG
from app.sessions import writing
from app.settings import Settings
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine
from tests.support.page_figures import Walk

KINDS = ("releases", "indices", "indicators", "resource_files")


@pytest.fixture(scope="package")
def walked(
    demo_template: str, cluster: ClusterForTests, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walk]:
    """The demo county with one saved neighbourhood, in which no two works are thanked in the same words."""
    from app.main import create_app

    url = cluster.clone(demo_template)
    engine = open_engine(url)
    with writing(engine) as session:
        for kind in KINDS:
            words = f"UPDATE {kind} SET attribution = 'thanks to ' || id || ' ({kind})'"  # noqa: S608
            session.execute(text(words))
        secret = create_token(session, "administrator", None, "a test").secret
    settings = Settings(data_dir=tmp_path_factory.mktemp("walked"))
    with TestClient(create_app(settings, engine)) as made:
        _keep_quarter(made, secret)
        yield Walk(made)
    cluster.drop(url)


def _keep_quarter(client: TestClient, secret: str) -> None:
    """Save a neighbourhood of three priority areas."""
    areas = client.get(f"/api/v1/designate?partnership={DEMO_SLUG}&perturb=none").json()["areas"]
    codes = [one["code"] for one in areas if one["selected"]][:3]
    sent = {"name": "Quarter", "partnership": DEMO_SLUG, "reason": "a test", "codes": codes}
    kept = client.post(
        "/api/v1/neighbourhoods", headers={"Authorization": f"Bearer {secret}"}, json=sent
    )
    assert kept.json().get("slug") == "quarter", kept.text
