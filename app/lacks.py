"""What is missing or stale in a service that answers: said by /readyz and `bounds doctor`, each with its remedy.

Asks small tables only: it may be asked every few seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.imports.queries import SILENT
from boundaries.topology import surveys_due

_COUNTS = text("""
SELECT (SELECT count(*) FROM releases WHERE state = 'served') AS served,
       (SELECT count(*) FROM indices) AS indices,
       (SELECT count(*) FROM dataset_loads WHERE partial) AS partial,
       (SELECT count(*) FROM import_runs
        WHERE status = 'running' AND alive_at < now() - CAST(:silent AS interval)) AS silent,
       (SELECT count(*) FROM import_runs
        WHERE status = 'interrupted' AND ended_at > now() - interval '1 day') AS interrupted,
       (SELECT count(*) FROM pg_index WHERE NOT indisvalid) AS broken_indexes,
       (SELECT count(*) FROM releases AS release WHERE state = 'served' AND NOT EXISTS (
            SELECT FROM release_levels WHERE release_id = release.id)) AS without_levels
""")
_RASTERS = text("SELECT id, stored_file, dataset_id, source_file FROM rasters ORDER BY id")
_CARRIED = text(
    "SELECT postgis_lib_version(), extversion FROM pg_extension WHERE extname = 'postgis'"
)


class Lack(NamedTuple):
    """One thing that is not as it should be: its name, whether it is missing or stale, and what to do."""

    name: str
    kind: str
    detail: str


def find_lacks(session: Session, data_dir: Path) -> list[Lack]:
    """Everything that is missing or stale, in a fixed order; empty where all is well."""
    return [*_of_rows(session), *_of_files(session, data_dir)]


def _of_rows(session: Session) -> Iterator[Lack]:
    found = session.execute(_COUNTS, {"silent": f"{SILENT.total_seconds()} seconds"}).one()
    if not found.served:
        yield Lack("boundaries", "missing", "no release is served: `bounds load england --commit`")
    if not found.indices:
        yield Lack("indices", "missing", "no index is loaded: `bounds load england --commit`")
    if found.partial:
        said = f"{found.partial} datasets hold some places only: `bounds load england --commit`"
        yield Lack("nation", "missing", said)
    if found.without_levels:
        said = f"{found.without_levels} releases are drawn slowly: `bounds releases warm`"
        yield Lack("simplified outlines", "missing", said)
    if due := len(surveys_due(session)):
        said = f"{due} releases since they were loaded: `bounds releases warm`"
        yield Lack("surveys of borders", "stale", said)
    if found.silent or found.interrupted:
        number = found.silent + found.interrupted
        said = f"{number} within a day: /jobs shows each with a button to begin it again"
        yield Lack("interrupted imports", "stale", said)
    if found.broken_indexes:
        said = (
            f"{found.broken_indexes} indexes are not valid: `bounds db psql -c 'REINDEX DATABASE'`"
        )
        yield Lack("indexes", "stale", said)
    for library, extension in session.execute(_CARRIED):
        if library.split(".")[:2] != extension.split(".")[:2]:
            said = f"{extension} in the database, {library} installed: SELECT postgis_extensions_upgrade()"
            yield Lack("PostGIS", "stale", said)


def _of_files(session: Session, data_dir: Path) -> Iterator[Lack]:
    for raster_id, stored, dataset_id, given in session.execute(_RASTERS):
        if not (data_dir / "rasters" / stored).is_file():
            own = dataset_id == "upload"
            mends = f"import raster {given}" if own else f"load {dataset_id} --commit"
            said = f"the file of {raster_id}: `bounds {mends}` brings it again"
            yield Lack("raster", "missing", said)
