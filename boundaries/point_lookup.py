"""Which layers answer for a day, what the database says they hold at a point, and the atlas that says it faster.

The database is the truth: `areas_at_point` asks it. The atlas is the same outlines as arrays in a
folder beside the database, made anew when they change, and mapped by all processes together.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from boundaries.database import named_sql
from boundaries.methods.atlas import ARRAYS, NARROW_GAP_M, Atlas, chart
from boundaries.tables import Area, Boundary, GeographyChange, Release

# How far a point in a gap may lie from the area it is given, where a layer covers all of England:
# piers and mudflats lie outside generalised coasts.
GAP_M = 2000.0
# Types that leave ground out by their nature: there, whatever is not drawn is no gap.
PATCHY = frozenset({"cty", "cauth", "par", "ncp", "bua", "loc"})
_EPOCH = date(1970, 1, 1)
_EVER = 10**7  # days
AREAS_A_BLOCK = 1000
# Of outlines as the database keeps them: those of a thousand districts in full detail would be 60 MB, three times over.
BYTES_A_BLOCK = 1_000_000
_FORMAT = "2"  # of the folder; another number makes all of them anew


@dataclass(frozen=True)
class DayLayer:
    """The release that draws one type of area on a day, and how far its gaps may be bridged."""

    type: str
    release: str
    quality: str
    tolerance_m: float
    partial: bool
    demo: bool

    @property
    def reach_m(self) -> float:
        """How far a point outside every area may lie from the one it is given."""
        return NARROW_GAP_M if self.partial or self.type in PATCHY else GAP_M


def layers_of_day(session: Session, day: date) -> list[DayLayer]:
    """List the layer of every type for a day, the real country's first, by type."""
    rows = session.execute(named_sql(__file__, "layers_of_day"), {"day": day})
    return [
        DayLayer(r.area_type, r.id, r.quality, r.tolerance_m, r.partial, r.demo) for r in rows
    ]  # fmt: skip


def areas_at_point(
    session: Session, layers: Sequence[DayLayer], easting: float, northing: float, day: date
) -> dict[str, dict[str, Any]]:
    """Ask the database what layers hold at a point: release → code, name, metres, is_inside; none where nothing."""
    rows = session.execute(
        named_sql(__file__, "areas_at_point"), point_parameters(layers, easting, northing, day)
    ).mappings()
    return {row["release_id"]: dict(row) for row in rows}


def point_parameters(
    layers: Sequence[DayLayer], easting: float, northing: float, day: date
) -> dict[str, Any]:
    """Write a question about a point as the parameters of `areas_at_point.sql`."""
    return {
        "release_ids": [layer.release for layer in layers],
        "reaches": [layer.reach_m for layer in layers],
        "easting": easting, "northing": northing, "day": day,
    }  # fmt: skip


def geography_version(session: Session) -> tuple[int, int]:
    """Count the changes of outlines and releases, and of all of the geography, that this session sees.

    A number never comes back: what was kept under it is true as long as it stands.
    """
    row = session.execute(
        select(
            func.count().filter(GeographyChange.table_name.in_(("boundaries", "releases"))),
            func.count(),
        ).select_from(GeographyChange)
    ).one()
    return int(row[0]), int(row[1])


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """An atlas with the words for it: releases by layer number, codes and names by area."""

    atlas: Atlas
    releases: tuple[str, ...]
    codes: NDArray[np.object_]
    names: NDArray[np.object_]

    def reaches(self, layers: Sequence[DayLayer]) -> NDArray[np.float64]:
        """Write for every layer of the atlas how far its gaps are bridged; NaN: it does not answer."""
        wanted = {layer.release: layer.reach_m for layer in layers}
        return np.array([wanted.get(release, np.nan) for release in self.releases])

    def name_of(self, layer: int, code: str, day: int) -> str | None:
        """Name an area that a layer draws and that is alive on a day; None where there is none."""
        first, last = (int(each) for each in self.atlas.layer_starts[layer : layer + 2])
        at = bisect_left(self.codes, code, first, last)
        if at == last or self.codes[at] != code:
            return None
        alive = self.atlas.valid_from[at] <= day < self.atlas.valid_to[at]
        return str(self.names[at]) if alive else None


def atlas_folder(data_dir: Path) -> Path:
    """Name the folder in which atlases of a database are kept."""
    return data_dir / "lookup"


def open_gazetteer(session: Session, folder: Path, day: date | None = None) -> Gazetteer:
    """Open the atlas of every served release, made in `folder` first where it is not there.

    day : the one that most questions are about; layers of other days then take a quarter of the memory

    The national one of 42 releases takes some 15 seconds to make and 1 to open; processes that open
    it share its memory. Older ones in the folder are removed.
    """
    releases = session.execute(
        select(Release.id, Release.loaded_at, Release.features_stored)
        .where(Release.state == "served")
        .order_by(Release.id)
    ).all()
    outlines, _ = geography_version(session)
    told = repr(
        [_FORMAT, outlines, [(r.id, str(r.loaded_at), r.features_stored) for r in releases]]
    )
    at = folder / f"atlas-{hashlib.sha256(told.encode()).hexdigest()[:20]}"
    if not at.is_dir():
        _make(session, [row.id for row in releases], at)
    arrays = {name: _read(at / name, kind, width) for name, (kind, width) in ARRAYS.items()}
    ids = tuple(row.id for row in releases)
    often = None
    if day is not None:
        drawn = {layer.release for layer in layers_of_day(session, day)}
        often = np.array([release in drawn for release in ids], dtype=bool)
    return _with_words(session, ids, arrays, often)


def _make(session: Session, releases: Sequence[str], at: Path) -> None:
    """Write the arrays beside their place and move them there: a half-made atlas is never opened.

    A block of areas at a time, so that the outlines of the country are never in memory together.
    """
    at.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".atlas-", dir=at.parent))
    try:
        with ExitStack() as stack:
            files = {name: stack.enter_context((made / name).open("wb")) for name in ARRAYS}
            corners = runs = 0
            for number, release in enumerate(releases):
                for shapes in _outlines(session, release):
                    charted = chart(shapes, number, corners, runs)
                    for name, (kind, _) in ARRAYS.items():
                        files[name].write(np.ascontiguousarray(charted[name], dtype=kind).tobytes())
                    corners += len(charted["corner"])
                    runs += len(charted["run_first"])
        try:
            made.rename(at)
        except OSError:
            if not at.is_dir():  # another process was first
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    for old in at.parent.glob("atlas-*"):
        if old != at:
            shutil.rmtree(old, ignore_errors=True)  # who has it open keeps what is mapped


def _outlines(session: Session, release: str) -> Iterator[NDArray[np.object_]]:
    of_release = Boundary.release_id == release
    # As they lie there, without a look into them.
    mean = session.scalar(select(func.avg(func.pg_column_size(Boundary.geom))).where(of_release))
    areas = max(1, min(AREAS_A_BLOCK, int(BYTES_A_BLOCK / (mean or 1))))
    rows = session.scalars(
        select(func.ST_AsBinary(Boundary.geom))
        .where(of_release)
        .order_by(Boundary.code)
        .execution_options(yield_per=areas)
    )
    for block in rows.partitions():
        yield np.asarray(shapely.from_wkb([bytes(row) for row in block]), dtype=object)


def _read(file: Path, kind: type[np.generic], width: int) -> NDArray[Any]:
    if not file.stat().st_size:  # nothing can be mapped of an empty file
        found: NDArray[Any] = np.zeros(0, dtype=kind)
    else:
        # A plain view: the class for maps makes every look-up of a few numbers twice as slow.
        found = np.memmap(file, dtype=kind, mode="r").view(np.ndarray)
    return found if width == 1 else found.reshape(-1, width)


def _with_words(
    session: Session, releases: tuple[str, ...], arrays: Mapping[str, NDArray[np.generic]],
    often: NDArray[np.bool_] | None,
) -> Gazetteer:  # fmt: skip
    found = session.execute(
        select(
            Boundary.code,
            Area.name,
            func.coalesce(Area.valid_from - _EPOCH, -_EVER),
            func.coalesce(Area.valid_to - _EPOCH, _EVER),
        )
        .join(Area, Area.code == Boundary.code)
        .where(Boundary.release_id.in_(releases))
        .order_by(Boundary.release_id, Boundary.code)
        .execution_options(yield_per=AREAS_A_BLOCK)
    )
    # A block at a time, and each word once: most areas are drawn by several releases.
    known: dict[str, str] = {}
    codes: list[str] = []
    names: list[str] = []
    starts, ends = array("q"), array("q")
    for rows in found.partitions():
        for code, name, start, end in rows:
            codes.append(known.setdefault(code, code))
            names.append(known.setdefault(name, name))
            starts.append(start)  # type: ignore[arg-type]
            ends.append(end)  # type: ignore[arg-type]
    lives = np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64)
    words = np.array(codes, dtype=object), np.array(names, dtype=object)
    return Gazetteer(Atlas(dict(arrays), *lives, often), releases, *words)


def day_number(day: date) -> int:
    """Count the days since 1970, as the atlas counts them."""
    return (day - _EPOCH).days
