"""Services put together for tests: the real one, over a database or over none."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine

from app.dependencies import reject_unknown_parameters
from app.main import create_app
from app.replicas import PATIENCE_S
from app.settings import Settings


def no_database() -> Engine:
    """An engine whose server is not there: its socket folder does not exist."""
    return create_engine("postgresql+psycopg://nobody@/none?host=/nonexistent")


def service_without_database(router: APIRouter | None = None, **chosen: object) -> TestClient:
    """The whole service without a database, with `router` added under /api/v1 as a room's would be."""
    settings = Settings(**{"data_dir": Path("/nonexistent"), **chosen})  # type: ignore[arg-type]
    app = create_app(settings, no_database().execution_options(reconnect_s=0.1))
    waits_no_more(app)
    return TestClient(with_routes(app, router))


@cache
def description() -> dict[str, Any]:
    """The service's own description, written once a process: that takes a second. To be read only."""
    return dict(service_without_database().get("/openapi.json").json())


def waits_no_more(app: FastAPI) -> None:
    """Let a service's database be gone for so long that no read waits for it: how long one does is tested elsewhere."""
    app.state.databases._lost_since = time.monotonic() - PATIENCE_S


def with_routes(app: FastAPI, router: APIRouter | None) -> FastAPI:
    """Add `router` to a service as a room's routes are added."""
    if router is not None:
        app.include_router(
            router, prefix="/api/v1", dependencies=[Depends(reject_unknown_parameters)]
        )
    return app
