"""What tests of money share: a loader of written text, districts with their lives, and the demo county served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi import Depends
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.access.actions import create_token
from app.dependencies import reject_unknown_parameters
from app.main import create_app
from app.partnerships.queries import get_partnership
from app.places.demo import DEMO_SLUG
from app.resources.routes import router
from app.resources.storing import ImportReport, Publication
from app.settings import Settings
from boundaries.tables import Area, Membership, Succession
from tests.support.engines import open_engine

Load = Callable[..., ImportReport]


@pytest.fixture
def load(db: Session, tmp_path: Path) -> Load:
    """Load text as a dataset of the catalogue by the function given."""

    def run(take: Any, dataset: str, written: str, coverage: str | None = None) -> ImportReport:
        path = tmp_path / f"{dataset}.csv"
        path.write_text(written, encoding="utf-8")
        spoken = Publication(f"Title of {dataset}", "P", "OGL", "A", dataset, coverage)
        done: ImportReport = take(db, path, spoken)
        assert done.rows_in == done.rows_stored + done.rows_refused
        return done

    return run


@pytest.fixture
def england(db: Session) -> None:
    """A few districts with their lives: one gone in 2009, one renumbered in 2013, two of one name in 2001."""
    rows = [
        ("lad-20ud", "Derwentside", None, date(2009, 4, 1)),
        ("E06000047", "County Durham", date(2009, 4, 1), None),
        ("E08000020", "Gateshead", None, date(2013, 4, 1)),
        ("E08000037", "Gateshead", date(2013, 4, 1), None),
        ("E08000013", "St. Helens", None, None),
        ("E08000008", "Tameside", None, None),
        ("E07000991", "Twin", None, date(2005, 4, 1)),
        ("E07000992", "Twin", None, None),
    ]
    db.add_all(
        Area(code=code, type="lad", name=name, valid_from=begins, valid_to=ends)
        for code, name, begins, ends in rows
    )
    db.flush()
    db.add(
        Succession(
            old_code="E08000020", new_code="E08000037", changed_on=date(2013, 4, 1), kind="renumbered",
            source="test",
        )
    )  # fmt: skip
    db.flush()


@pytest.fixture(scope="package")
def engine(make_database: Callable[[str], str], demo_template: str) -> Iterator[Engine]:
    opened = open_engine(make_database(demo_template), statement_timeout_s=60)
    yield opened
    opened.dispose()


@pytest.fixture(scope="package")
def served(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("bounds")), engine)
    if not any(getattr(route, "path", "") == "/api/v1/resources" for route in app.routes):
        app.include_router(
            router, prefix="/api/v1", dependencies=[Depends(reject_unknown_parameters)]
        )
    with TestClient(app) as opened:
        yield opened


@pytest.fixture(scope="package")
def ward(engine: Engine) -> str:
    """A ward of the demo partnership whose name no other area there bears."""
    with Session(engine) as session:
        authorities = get_partnership(session, DEMO_SLUG).authorities
        names = session.scalars(
            select(Area.name)
            .join(Membership, Membership.child_code == Area.code)
            .where(
                Membership.parent_code.in_(authorities), Area.type == "wd", Area.valid_to.is_(None)
            )
            .order_by(Area.name)
        ).all()
        districts = session.scalars(select(Area.name).where(Area.type != "wd", Area.demo)).all()
    return next(name for name in names if name not in districts and len(name) > 6)


@pytest.fixture(scope="package")
def token(engine: Engine) -> str:
    with Session(engine) as session, session.begin():
        return create_token(session, "editor", DEMO_SLUG, "test").secret
