"""The standard API over England's small areas: features, tiles, files, mixed questions and programs that copy them.

Every benchmark of `/ogc` in turn on one PostGIS that holds `lsoa-2011-12-bgc` with its levels. `python -m
bench.standard URL` asks a database that holds it already; each part alone is `python -m bench.tiles URL` and so on.
"""

from __future__ import annotations

import sys
from pathlib import Path

from app.areas.releases import warm_release
from app.sessions import writing
from bench import clients, exports, features, machine, tiles
from bench.features import RELEASE
from bench.own_postgis import postgis_with
from boundaries.database import make_engine

MINUTES = 10.0


def run(mirror: Path, minutes: float = MINUTES) -> bool:
    """Load England's small areas of 2011 with their levels into a PostGIS of its own; whether every bar was met."""
    with postgis_with(RELEASE, mirror) as url:
        with writing(make_engine(url, pool_size=0, statement_timeout_s=600)) as session:
            warm_release(session, "bench", RELEASE)
        return measure(url, minutes)


def measure(url: str, minutes: float = MINUTES) -> bool:
    """Ask the database at `url`; whether every bar was met."""
    print(machine.told())
    met = {
        "features": features.measure(url),
        "tiles": tiles.measure(url),
        "files and mixed questions": exports.measure(url, minutes),
        "programs": clients.measure(url),
    }
    print(machine.told())
    for name, is_met in met.items():
        print(f"{name}: {'every bar met' if is_met else 'some bar MISSED'}")
    return all(met.values())


if __name__ == "__main__":
    sys.exit(0 if measure(sys.argv[1].replace("postgresql://", "postgresql+psycopg://")) else 1)
