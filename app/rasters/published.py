"""What the cells of published grids mean, by dataset: data, read once."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from app.rasters.importing import RasterSaid

_FILE = Path(__file__).parent / "published.toml"


@cache
def _published() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def published_raster(
    dataset_id: str, publisher: str, licence: str, attribution: str, coverage: str | None
) -> RasterSaid:
    """Say what a dataset's cells mean and whose they are. Raises KeyError for one that is not described."""
    told = {**_published()[dataset_id]}
    told["labels"] = tuple(told.get("labels", ()))
    return RasterSaid(
        id=dataset_id, publisher=publisher, licence=licence, attribution=attribution, coverage=coverage,
        dataset_id=dataset_id, **told,
    )  # fmt: skip
