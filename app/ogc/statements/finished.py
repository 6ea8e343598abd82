"""Finished features by one statement that gives text: a page, a box, one by its key; the text is never read here.

A box is asked of the corners that are kept beside each text. Features that lie inside it for certain meet
it; only those at its edge are compared by outline. Each set's corners lie in a strip of its own, so that
one index serves all and finds nothing of other sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Engine

from app.finished_reads import FinishedReads
from boundaries.crs import Bounds

#: longitudes go from -180 to 180: the rest keeps neighbouring strips apart
STRIP_DEGREES = 400
#: the database compares corners to a millionth; beyond ten million sets a double would round as coarsely
HAIR = 1e-5
_NOWHERE = (0.0, -91.0, 0.0, -91.0)
_STATE = b"SELECT count(*) FROM geography_changes"
_ONE = b"SELECT written FROM feature_texts WHERE set_id = $1 AND key = $2"
_PAGE = (
    b"SELECT written, key FROM feature_texts WHERE set_id = $1 AND key > $2"
    b" ORDER BY key LIMIT CAST($3 AS bigint)"
)
# $1 the set; $2 to $5 the box; $6 to $9 what lies in it for certain; both before they are carried into the strip.
# What is asked is a row to join to, and the comparison a subquery of one value: for neither does the planner begin
# processes, whose start costs ten times what the answer does, and it cannot compare the whole set in advance. Of
# boxes it knows no statistics: in a table of many sets it expects thousands of outlines.
_BOX = b"""
WITH asked AS MATERIALIZED (
  SELECT
    box(point(east + CAST($2 AS float8) - %(hair)r, CAST($3 AS float8) - %(hair)r),
        point(east + CAST($4 AS float8) + %(hair)r, CAST($5 AS float8) + %(hair)r)) AS wide,
    box(point(east + CAST($6 AS float8), CAST($7 AS float8)),
        point(east + CAST($8 AS float8), CAST($9 AS float8))) AS sure
  FROM (SELECT CAST(strip AS float8) * %(strip)d AS east FROM feature_sets WHERE id = $1) AS own
)
SELECT t.written, t.key
FROM asked
JOIN feature_texts AS t ON t.reach && asked.wide
WHERE t.reach <@ asked.sure OR (
  SELECT ST_Intersects(b.geom_wgs84, ST_MakeEnvelope(
    CAST($2 AS float8), CAST($3 AS float8), CAST($4 AS float8), CAST($5 AS float8), 4326))
  FROM boundaries AS b
  WHERE b.release_id = $1 AND b.code = t.key
)
ORDER BY t.key LIMIT CAST($10 AS bigint)
""" % {b"hair": HAIR, b"strip": STRIP_DEGREES}


class Rows(NamedTuple):
    """Texts in order of key, and the key of the last; `more`: that was not all."""

    texts: list[bytes]
    last: str
    more: bool


class FinishedTexts:
    """Asks for finished texts; a set that is not finished has none."""

    def __init__(self, engine: Engine, statement_timeout_s: float) -> None:
        self._reads = FinishedReads(engine, statement_timeout_s)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._reads.close()

    async def state(self) -> str:
        """Name the state of the geography that the database is in."""
        found = await self._reads.fetch(_STATE)
        return (found.get_value(0, 0) or b"").decode()

    async def one(self, set_id: str, key: str) -> bytes | None:
        """Read one feature; None where the set has none of that key."""
        found = await self._reads.fetch(_ONE, (set_id.encode(), key.encode()))
        return found.get_value(0, 0) if found.ntuples else None

    async def page(self, set_id: str, after: str, limit: int) -> Rows:
        """Read the features that follow a key."""
        return await self._rows(_PAGE, (set_id.encode(), after.encode()), limit)

    async def in_box(self, set_id: str, box: Bounds, limit: int) -> Rows:
        """Read the features that meet a box of degrees, west before east and south before north."""
        west, south, east, north = box
        sure = (west + HAIR, south + HAIR, east - HAIR, north - HAIR)
        if sure[0] >= sure[2] or sure[1] >= sure[3]:
            sure = _NOWHERE
        return await self._rows(_BOX, (set_id.encode(), *(b"%r" % n for n in (*box, *sure))), limit)

    async def _rows(self, statement: bytes, given: Sequence[bytes], limit: int) -> Rows:
        found = await self._reads.fetch(statement, (*given, b"%d" % (limit + 1)))
        shown = min(found.ntuples, limit)
        texts = [found.get_value(n, 0) or b"" for n in range(shown)]
        last = (found.get_value(shown - 1, 1) or b"").decode() if shown else ""
        return Rows(texts, last, found.ntuples > limit)
