"""Programs that people have copy England's small areas from the standard API: ogr2ogr, and QGIS without a screen.

`python -m bench.clients URL` serves the database at URL. GDAL's copy is told beside converting the same features
from a local file, QGIS's count beside the service's own. What is not installed is left out, with the reason.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from bench.exports import served
from bench.features import RELEASE

#: a copy takes at most this many times a conversion of the same features from a local file
COPY_BAR = 1.5
UNSKIPPED = {name: value for name, value in os.environ.items() if not name.endswith("_SKIP")}
READ_BY_QGIS = """
import os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from qgis.core import QgsApplication, QgsVectorLayer
application = QgsApplication([], False)
application.initQgis()
for name in sys.argv[2:]:
    layer = QgsVectorLayer(f"url='{sys.argv[1]}' typename='{name}'", name, "OAPIF")
    print(name, sum(1 for _ in layer.getFeatures()) if layer.isValid() else -1)
    del layer  # before the application, or it ends badly
application.exitQgis()
"""


def timed_s(command: list[str]) -> float:
    """Run a program; seconds by the clock."""
    began = time.perf_counter()
    subprocess.run(command, env=UNSKIPPED, check=True, capture_output=True, timeout=600)
    return time.perf_counter() - began


def copy_by_gdal(address: str, folder: Path) -> bool:
    """Copy all of it by GDAL's driver, three times; whether the best was near a local conversion."""
    if shutil.which("ogr2ogr") is None:
        print("GDAL's copy is not measured: there is no ogr2ogr")
        return True
    source, local = f"OAPIF:{address}/ogc", folder / "local.geojson"
    asked = f"{address}/ogc/collections/{RELEASE}/items?f=geojson"
    local.write_bytes(httpx.get(asked, timeout=300).raise_for_status().content)
    copies = [
        timed_s(["ogr2ogr", "-f", "GPKG", str(folder / f"{n}.gpkg"), source, RELEASE]) for n in range(3)
    ]  # fmt: skip
    conversions = [
        timed_s(["ogr2ogr", "-f", "GPKG", str(folder / f"local-{n}.gpkg"), str(local)]) for n in range(3)
    ]  # fmt: skip
    ratio = min(copies) / min(conversions)
    print(
        f"copy by ogr2ogr: {min(copies):.1f} s at best, {ratio:.1f} times a local conversion"
        f" ({min(conversions):.1f} s){'' if ratio <= COPY_BAR else ' MISSED'}"
    )
    return ratio <= COPY_BAR


def read_by_qgis(address: str) -> bool:
    """Read layers by QGIS's own provider; whether it found as many features as the service says there are."""
    ran = subprocess.run(
        ["/usr/bin/python3", "-c", READ_BY_QGIS, f"{address}/ogc", "lad", "rgn", RELEASE],
        env=UNSKIPPED, check=False, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    if "No module named 'qgis'" in ran.stderr:
        print("QGIS is not asked: it is not installed (python3-qgis)")
        return True
    same = ran.returncode == 0
    for line in ran.stdout.splitlines():
        name, _, found = line.partition(" ")
        page = httpx.get(f"{address}/ogc/collections/{name}/items?limit=1", timeout=60).json()
        same = same and page["numberMatched"] == int(found)
        print(f"QGIS reads {found} of {page['numberMatched']} features of {name}")
    return same


def main() -> int:
    """Measure; exit code 1 where a bar was missed."""
    url = sys.argv[1].replace("postgresql://", "postgresql+psycopg://")
    with served(url) as (_, address), tempfile.TemporaryDirectory() as folder:
        is_near = copy_by_gdal(address, Path(folder))
        return 0 if read_by_qgis(address) and is_near else 1


if __name__ == "__main__":
    sys.exit(main())
