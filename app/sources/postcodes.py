"""Stores postcodes with their district and small areas, for some places or for all of England.

The district is the ONS directory's; for newer postcodes, and for the small areas, the outlines tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.row_counts import STORING, tell_rows
from app.sources.outcome import Outcome, Outcomes, RowFinding
from app.sources.publishers.code_point_open import CodePointOpenRead, read_code_point_open
from boundaries.errors import Conflict
from boundaries.importing import Progress
from boundaries.methods.locate import Locator
from boundaries.sources.files import Files
from boundaries.sources.postcodes import (
    CURRENT,
    CURRENT_POSTCODES,
    NOT_CURRENT,
    POSTCODES,
    Box,
    PostcodesRead,
    read_postcodes,
)
from boundaries.storing import postcode_table, store_postcode_tables
from boundaries.tables import Boundary

DISTRICTS = "lad-2025-05-bgc"
SMALL_AREAS = {"lsoa11_code": "lsoa-2011-12-bgc", "lsoa21_code": "lsoa-2021-12-bgc"}
# Points placed at once: their shapes and the index over them take about 100 MB.
POINTS_A_BLOCK = 250_000
# A place is looked up with a margin: a current list may put a postcode a little beyond a generalised coast.
MARGIN_M = 1000.0


class OutlinesLacking(Conflict):
    """Postcodes are placed by outlines, and those are not loaded."""

    slug = "outlines-lacking"
    title = "The outlines that postcodes are placed by are not loaded"


@dataclass
class PostcodesPlaced:
    """What was counted while postcodes were placed.

    districts_agree, districts_differ, districts_gap: the directory's district is that of the outline at
    the point, is another, lies in none. abroad: newer ones outside every outline of a district asked for.
    """

    stored: Counter[tuple[bool, bool]] = field(default_factory=Counter)
    districts_agree: int = 0
    districts_differ: int = 0
    districts_gap: int = 0
    abroad: int = 0

    def count(self, *, is_current: bool) -> int:
        """Count those stored that are in the current list, or those that are not."""
        return sum(n for (current, _), n in self.stored.items() if current == is_current)

    def newer(self) -> int:
        """Count those stored that only the current list has."""
        return sum(n for (_, newer), n in self.stored.items() if newer)


def load_postcodes(
    session: Session,
    files: Files,
    districts: set[str] | None,
    active: Mapping[str, str],
    progress: Progress,
) -> Outcomes:
    """Store the postcodes of some districts of today, or of England; those that are here are corrected.

    The districts and both sets of small areas must be loaded: raises OutlinesLacking.
    """
    box = None if districts is None else _box_of(session, districts)
    fetched = _fetched_list(files)
    current = None if fetched is None else fetched.frame
    read = read_postcodes(files, districts, active, box, current)
    places = _locator(session, DISTRICTS, box)
    small = {name: _locator(session, release, box) for name, release in SMALL_AREAS.items()}
    placed = PostcodesPlaced()
    blocks = _place(read, districts, places, small, placed)
    added, corrected = store_postcode_tables(session, _told(blocks))
    current, other = placed.count(is_current=True), placed.count(is_current=False)
    progress(
        f"postcodes: {current:,} current and {other:,} not in the current list, of which {added:,} are"
        f" new here and {corrected:,} corrected"
    )
    progress(
        f"postcodes: the directory's district is that of the outline for {placed.districts_agree:,},"
        f" another for {placed.districts_differ:,}, and {placed.districts_gap:,} lie in no outline"
    )
    outcomes = _outcomes(read, placed, england=districts is None)
    if fetched is not None:
        outcomes[CURRENT_POSTCODES] = _of_whole_zip(outcomes[CURRENT_POSTCODES], fetched)
    return outcomes


def _told(blocks: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Give blocks and tell how many postcodes were asked for; how many there will be nobody knows before."""
    done = 0
    for block in blocks:
        yield block
        done += len(block)
        tell_rows(STORING, done, None)


def _fetched_list(files: Files) -> CodePointOpenRead | None:
    """Read the current list from the publisher's zip, where that stands for the mirror's copy."""
    path = files(CURRENT_POSTCODES)
    return read_code_point_open(path) if path.suffix == ".zip" else None


def _of_whole_zip(of_frame: Outcome, fetched: CodePointOpenRead) -> Outcome:
    """Count the zip's rows that its reader refused or left out; a row of its frame has no one place in it."""
    return Outcome(
        fetched.rows_in,
        of_frame.rows_stored,
        of_frame.rows_refused + fetched.rows_refused,
        of_frame.rows_elsewhere + fetched.rows_elsewhere,
        tuple(found._replace(row=None) for found in of_frame.findings)
        + tuple(
            RowFinding(None, fault.value, fault.rule, fault.as_line()) for fault in fetched.faults
        ),
    )


def _place(
    read: PostcodesRead,
    wanted: set[str] | None,
    districts: Locator,
    small: Mapping[str, Locator],
    placed: PostcodesPlaced,
) -> Iterator[pa.Table]:
    """Give blocks of postcodes with their areas; newer ones outside the districts wanted are left out."""
    for start in range(0, len(read), POINTS_A_BLOCK):
        part = slice(start, start + POINTS_A_BLOCK)
        easting, northing = read.easting[part], read.northing[part]
        points = shapely.points(easting.astype(float), northing.astype(float))
        # A newer postcode off every outline may lie in Wales or Scotland: no nearest one is taken.
        outline = _codes_at(districts, points, reach_m=0.0)
        is_newer = read.is_newer[part]
        directory = read.district[part]
        home = np.where(is_newer, outline, directory)
        known = outline != None  # noqa: E711 - element by element
        kept = ~is_newer | known
        if wanted is not None:
            kept &= np.isin(home.astype(str), sorted(wanted))
        in_directory = ~is_newer
        same = in_directory & (outline == directory)
        placed.districts_agree += int(same.sum())
        placed.districts_gap += int((in_directory & ~known).sum())
        placed.districts_differ += int((in_directory & known & ~same).sum())
        placed.abroad += int((~kept).sum())
        is_current = read.is_current[part]
        for current in (False, True):
            for newer in (False, True):
                both = kept & (is_current == current) & (is_newer == newer)
                placed.stored[(current, newer)] += int(both.sum())
        frame = pd.DataFrame(
            {
                "easting": easting, "northing": northing, "lad_code": home,
                **{name: _codes_at(areas, points) for name, areas in small.items()},
                "status": np.where(is_current, CURRENT, NOT_CURRENT),
            }
        )[kept]  # fmt: skip
        written = read.postcode.slice(start, POINTS_A_BLOCK).filter(pa.array(kept))
        yield postcode_table(frame.assign(postcode=written.to_pandas().to_numpy()))


def _codes_at(
    areas: Locator, points: NDArray[np.object_], *, reach_m: float = 2000.0
) -> NDArray[np.object_]:
    found, _ = areas.positions(points, reach_m=reach_m)
    # A position of -1 takes the None that stands last.
    names: NDArray[np.object_] = np.array([*areas.codes, None], dtype=object)
    return names[found]


def _locator(session: Session, release_id: str, box: Box | None) -> Locator:
    query = select(Boundary.code, func.ST_AsBinary(Boundary.geom)).where(
        Boundary.release_id == release_id
    )
    if box is not None:
        query = query.where(text("geom && ST_MakeEnvelope(:w, :s, :e, :n, ST_SRID(geom))")).params(
            w=box[0], s=box[1], e=box[2], n=box[3]
        )
    rows = session.execute(query.order_by(Boundary.code)).all()
    if not rows:
        raise OutlinesLacking(f"load {release_id} before the postcodes: they are placed by it")
    codes = np.array([row[0] for row in rows], dtype=object)
    return Locator(codes, shapely.from_wkb([bytes(row[1]) for row in rows]))


def _box_of(session: Session, districts: set[str]) -> Box:
    row = session.execute(
        text(
            "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent(geom) AS e"
            " FROM boundaries WHERE release_id = :release AND code = ANY(:codes)) AS box"
        ),
        {"release": DISTRICTS, "codes": sorted(districts)},
    ).one()
    if row[0] is None:
        raise OutlinesLacking(f"load {DISTRICTS} before the postcodes: they are placed by it")
    return (row[0] - MARGIN_M, row[1] - MARGIN_M, row[2] + MARGIN_M, row[3] + MARGIN_M)


def _outcomes(read: PostcodesRead, placed: PostcodesPlaced, *, england: bool) -> Outcomes:
    """Say where each row went; a row of the current list that the directory knows is stored as its status."""
    repeated: dict[str, list[RowFinding]] = {POSTCODES: [], CURRENT_POSTCODES: []}
    for path, row, code in read.repeated:
        repeated[path].append(
            RowFinding(row, code, "repeated-postcode", "this postcode stands in an earlier row")
        )
    if england:
        repeated[CURRENT_POSTCODES] += [
            RowFinding(
                row, code, "no-coordinates", "it lies at 0, 0 and the ONS directory has no such postcode"
            )
            for row, code in read.unplaced
        ]  # fmt: skip
    newer = placed.newer()
    stored = {
        POSTCODES: placed.count(is_current=True) + placed.count(is_current=False) - newer,
        CURRENT_POSTCODES: placed.count(is_current=True),
    }
    return {
        path: Outcome(
            read.rows[path],
            stored[path],
            len(found),
            read.rows[path] - stored[path] - len(found),
            tuple(sorted(found)),
        )
        for path, found in repeated.items()
    }
