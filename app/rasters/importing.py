"""Brings a grid of a user's or a publisher's in: rehearsed or stored, every cell looked at under limits."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.access.queries import Actor
from app.rasters import queries
from app.rasters.actions import store_raster
from app.rasters.readers.points import is_table, read_points
from app.rasters.stored import folder, opened, read_cells
from app.rasters.tables import Raster, RasterBand
from app.rasters.zones import box_in_metres, keep_current_layers
from boundaries.errors import Conflict, Fault, Invalid, NotFound
from boundaries.importing import sha256_of
from boundaries.raster_files import store_cells
from boundaries.untrusted import run_limited
from maps.classes import quantile_breaks

NATURES = ("extensive", "intensive")
NODATA_MEANINGS = ("nobody", "unknown")
UPLOAD = "upload"
CLASSES = 5
MOST_ID, MOST_WORDS = 60, 200
# Breaks are of no more cells than these: of a finer grid those of an overview.
_CELLS_FOR_BREAKS = 1_000_000
# A grid of two gigabytes of floats, packed: minutes of computing, and no more than this on the disk.
_CPU_S, _MEMORY_MB, _FILE_MB = 300, 4096, 4096
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class InvalidRaster(Invalid):
    """What is said of a raster does not say what its cells mean."""

    slug = "invalid-raster"
    title = "The raster is not described"


class RasterTaken(Conflict):
    """A published raster has this id, or an upload that is not its newer copy."""

    slug = "raster-taken"
    title = "The id is taken"


@dataclass(frozen=True)
class RasterSaid:
    """What the sender says of a grid beside its cells.

    nature : extensive (counts, which are added) or intensive (levels, which are averaged over ground).
    nodata_means : of a cell without value: `nobody` (0 of a count) or `unknown`.
    crs, nodata : where the file says none. values : headings of a table's bands. labels : one a band, in
    place of the file's own.
    """

    id: str
    title: str
    unit: str
    nature: str
    nodata_means: str
    crs: str | None = None
    nodata: float | None = None
    values: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    publisher: str = "not stated"
    licence: str = "not stated"
    attribution: str = ""
    coverage: str | None = None
    dataset_id: str = UPLOAD


@dataclass(frozen=True)
class RasterReport:
    """What became of a grid: cells = with a value + without, band by band; areas reached by release, once stored."""

    name: str
    id: str
    place: Mapping[str, Any]
    bands: tuple[Mapping[str, Any], ...]
    stored: bool
    stored_bytes: int
    areas: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[Fault, ...] = ()

    def as_line(self) -> str:
        """Say it on one line, as the command line prints it."""
        cells = self.place["columns"] * self.place["rows"] * len(self.bands)
        known = sum(band["cells_with_value"] for band in self.bands)
        verb = "stored" if self.stored else "would be stored"
        return (
            f"{self.name}: {cells:,} cells in {len(self.bands)} band{'s' if len(self.bands) > 1 else ''} read, "
            f"{known:,} with a value, {cells - known:,} without; {verb} as {self.id}, {self.stored_bytes:,} bytes"
        )


def import_raster(
    session: Session, actor: Actor | str, path: Path, said: RasterSaid, day: date, *, commit: bool
) -> RasterReport:  # fmt: skip
    """Bring a GeoTIFF, an ASCII grid or a table of points in, in the caller's transaction; else only say so.

    The file is read in a limited subprocess and stored cloud-optimised under the checksum of its bytes; what
    the id held is replaced. Once stored it is summed over the layers of `day` and the small areas of both
    censuses. Raises NotFound, InvalidRaster, RasterTaken, UnreadableRaster, RasterTooLarge, TooComplex.
    """
    if not path.is_file():
        raise NotFound(f"there is no file {path}", [Fault("no such file", file=str(path))])
    check_said(said)
    _refuse_taken(session, said)
    folder().mkdir(parents=True, exist_ok=True)
    staged = folder() / f"staged-{secrets.token_hex(8)}.tif"
    try:
        told, notes = _read(path, staged, said)
        bands = _labelled(told["bands"], said, path.name)
        size = staged.stat().st_size
        place = told["place"]
        if not commit:
            return RasterReport(path.name, said.id, place, bands, False, size, notes=notes)
        checksum = sha256_of(staged)
        kept = staged.rename(folder() / f"{checksum[:32]}.tif")
        raster = Raster(
            id=said.id, title=said.title.strip(), unit=said.unit.strip(), nature=said.nature,
            nodata_means=said.nodata_means, **place, publisher=said.publisher, licence=said.licence,
            attribution=said.attribution or said.publisher, coverage=said.coverage, demo=False,
            dataset_id=said.dataset_id, source_file=path.name, sha256=sha256_of(path), stored_file=kept.name,
            stored_sha256=checksum, stored_bytes=size,
        )  # fmt: skip
        raster.demo = _is_on_invented_ground(session, raster)
        store_raster(session, actor, raster, _rows(raster, bands))
        areas = keep_current_layers(session, raster, day)
    finally:
        staged.unlink(missing_ok=True)
    if not any(areas.values()):
        notes += (
            Fault("No area that is drawn here lies on it.", file=path.name, rule="on-england"),
        )
    return RasterReport(path.name, said.id, place, bands, True, size, areas, notes)


def check_said(said: RasterSaid) -> None:
    """Check what is said of a grid, every fault listed. Raises InvalidRaster."""
    faults = [
        Fault(detail, pointer=f"/{what}", value=str(given)[:80])
        for what, given, sound, detail in (
            ("id", said.id, bool(_SLUG.fullmatch(said.id)) and len(said.id) <= MOST_ID,
             "an id is small letters and figures joined by hyphens, 60 at most"),
            ("title", said.title, 0 < len(said.title.strip()) <= MOST_WORDS, "a title has 1 to 200 letters"),
            ("unit", said.unit, 0 < len(said.unit.strip()) <= MOST_WORDS, "a unit has 1 to 200 letters"),
            ("nature", said.nature, said.nature in NATURES, f"the nature is one of {', '.join(NATURES)}"),
            ("nodata_means", said.nodata_means, said.nodata_means in NODATA_MEANINGS,
             f"a cell without value means one of {', '.join(NODATA_MEANINGS)}"),
            ("nodata_means", said.nodata_means, (said.nature, said.nodata_means) != ("intensive", "nobody"),
             "a level without value is unknown: only of a count can it mean nobody"),
            ("nodata", said.nodata, said.nodata is None or np.isfinite(said.nodata), "no-data is a finite number"),
            ("labels", len(said.labels), all(0 < len(each) <= MOST_WORDS for each in said.labels),
             "a label has 1 to 200 letters"),
        )
        if not sound
    ]  # fmt: skip
    if faults:
        raise InvalidRaster("; ".join(fault.detail for fault in faults), faults)


def _refuse_taken(session: Session, said: RasterSaid) -> None:
    held = session.get(Raster, said.id)
    if held is not None and held.dataset_id != said.dataset_id:
        raise RasterTaken(f"{said.id} is a raster of {held.publisher}; give yours another id")


def _read(path: Path, staged: Path, said: RasterSaid) -> tuple[dict[str, Any], tuple[Fault, ...]]:
    is_count = said.nature == "extensive"
    if is_table(path):
        points = read_points(path, path.name, crs=said.crs, values=said.values, nodata=said.nodata)
        told = store_cells(
            points.cells, points.place, points.labels, staged, name=path.name, is_count=is_count
        )
        return told, points.notes
    if said.values:
        raise InvalidRaster("only a table of points has columns of values; leave --value out")
    question = {
        "path": str(path.resolve()), "target": str(staged.resolve()), "name": path.name, "crs": said.crs,
        "nodata": said.nodata, "is_count": is_count,
    }  # fmt: skip
    answer, _ = run_limited(
        "read_raster", question, cpu_s=_CPU_S, memory_mb=_MEMORY_MB, wall_s=2.0 * _CPU_S, file_mb=_FILE_MB
    )  # fmt: skip
    return answer, ()


def _labelled(
    bands: list[dict[str, Any]], said: RasterSaid, name: str
) -> tuple[Mapping[str, Any], ...]:
    if said.labels and len(said.labels) != len(bands):
        detail = f"{name} has {len(bands)} bands and {len(said.labels)} labels were given"
        raise InvalidRaster(detail, [Fault(detail, pointer="/labels", value=str(len(said.labels)))])
    return tuple(
        {"band": number, **band, "label": said.labels[number - 1] if said.labels else band["label"]}
        for number, band in enumerate(bands, start=1)
    )


def _rows(raster: Raster, bands: tuple[Mapping[str, Any], ...]) -> list[RasterBand]:
    with opened(raster) as file:
        return [
            RasterBand(
                raster_id=raster.id, band=band["band"], label=band["label"][:MOST_WORDS],
                cells_with_value=band["cells_with_value"], cells_without=band["cells_without"],
                lowest=band["lowest"], highest=band["highest"], total=band["total"],
                breaks=_breaks(file, raster, band["band"]),
            )
            for band in bands
        ]  # fmt: skip


def _breaks(file: Any, raster: Raster, band: int) -> list[float]:
    """Find the classes that a band is drawn in: equal numbers of cells, of a count those with somebody."""
    thinner = max(1.0, (raster.columns * raster.rows / _CELLS_FOR_BREAKS) ** 0.5)
    shape = (max(1, int(raster.rows / thinner)), max(1, int(raster.columns / thinner)))
    cells = read_cells(file, band, 0, 0, raster.rows, raster.columns, shape).ravel()
    known = cells[~np.isnan(cells)]
    if raster.nature == "extensive":
        known = known[known > 0]
    return quantile_breaks(known, CLASSES)


def _is_on_invented_ground(session: Session, raster: Raster) -> bool:
    """Say whether it lies on the invented county: where no real area is drawn here, and an invented one is."""
    box = box_in_metres(raster)
    real, invented = (queries.is_drawn_in(session, box, demo=demo) for demo in (False, True))
    return invented and not real
