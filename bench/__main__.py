"""`make bench`: every benchmark in turn, on the publishers' files.

`python -m bench year URL`: those of a partnership's year, on a database that holds England and its money.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bench import (
    england,
    estimates,
    fewer,
    imports,
    ledger,
    mergers,
    neighbourhoods,
    overlaps,
    progress,
    rasters,
    real_year,
    rebase,
    regions,
    resources,
    scale,
    serving,
    standard,
    topology,
    verdicts,
)

MIRROR = Path(os.environ.get("BOUNDS_MIRROR", "../shared/data"))


def main() -> int:
    """Run all of them; exit code 1 where a bar was missed, 2 without the files."""
    scale.run()
    met_without_files = ledger.run()
    if not MIRROR.is_dir():
        print(f"the publishers' files are not here: {MIRROR}; set BOUNDS_MIRROR", file=sys.stderr)
        return 2
    met = [
        met_without_files,
        serving.run(MIRROR),
        england.run(MIRROR),
        standard.run(MIRROR),
        topology.run(MIRROR),
        overlaps.run(MIRROR),
        verdicts.main(MIRROR) == 0,
        neighbourhoods.run(MIRROR),
        rasters.run(MIRROR),
        resources.run(MIRROR),
        imports.run(MIRROR),
        estimates.run(MIRROR),
    ]
    rebase.run(MIRROR)
    return 0 if all(met) else 1


def year(url: str) -> int:
    """Run those of progress, fewer partnerships, mergers and regions, and a year of real ones; 1 where one fails."""
    met = [each.run(url) for each in (progress, fewer, mergers, regions, real_year)]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(year(sys.argv[2]) if sys.argv[1:2] == ["year"] else main())
