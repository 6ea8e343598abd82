"""Services put together for tests: the real one, over a database or over none."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine

from app.dependencies import reject_unknown_parameters
from app.main import create_app
from app.settings import Settings


def no_database() -> Engine:
    """An engine whose server is not there: its socket folder does not exist."""
    return create_engine("postgresql+psycopg://nobody@/none?host=/nonexistent")


def service_without_database(router: APIRouter | None = None, **chosen: object) -> TestClient:
    """The whole service without a database, with `router` added under /api/v1 as a room's would be."""
    settings = Settings(**{"data_dir": Path("/nonexistent"), **chosen})  # type: ignore[arg-type]
    return TestClient(with_routes(create_app(settings, no_database()), router))


def with_routes(app: FastAPI, router: APIRouter | None) -> FastAPI:
    """Add `router` to a service as a room's routes are added."""
    if router is not None:
        app.include_router(
            router, prefix="/api/v1", dependencies=[Depends(reject_unknown_parameters)]
        )
    return app
