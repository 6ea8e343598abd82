"""The step of a load that stores a grid of cells."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE
from app.dependencies import today
from app.rasters.importing import import_raster
from app.rasters.published import published_raster
from app.sources.catalogue import Dataset
from app.sources.outcome import finding_of
from app.sources.run import Run, StepReport


def take_raster(session: Session, datasets: Sequence[Dataset], run: Run) -> list[StepReport]:
    """Load one grid, cloud-optimised, and sum it over the areas that are drawn today."""
    (dataset,) = datasets
    said = published_raster(
        dataset.id, dataset.publisher, dataset.licence, dataset.attribution, dataset.coverage
    )
    done = import_raster(session, COMMAND_LINE, run.files[dataset.id], said, today(), commit=True)
    cells = done.place["columns"] * done.place["rows"] * len(done.bands)
    known = sum(int(band["cells_with_value"]) for band in done.bands)
    reached = sum(done.areas.values())
    note = f"rows are cells: {cells - known:,} have no value; {reached:,} areas in {len(done.areas)} layers"
    return [
        StepReport(
            dataset.id, cells, known, rows_elsewhere=cells - known, notes=(note,),
            findings=[finding_of(fault) for fault in done.notes],
        )
    ]  # fmt: skip
