"""Programs that people have read the standard API: ogr2ogr, OWSLib, and QGIS without a screen.

`python -m bench.clients URL` serves the database at URL. GDAL's copy is told in seconds of the processor, beside the
same copy from a server that sends the same pages as constant bytes and beside converting the same features from
a local file. Then each program reads that release, every type of area and kind of record, and its counts stand beside
the service's own. What is not installed is left out, with the reason.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import httpx

from app.ogc.asking import GDAL_BEGINS, GDAL_TAKES
from app.ogc.statements.kept_layers import KINDS
from bench.exports import served
from bench.features import RELEASE
from bench.processes import cpu_s, family, running
from bench.serving import free_port
from boundaries.area_types import AREA_TYPES

#: seconds of the clock that a copy may take on a quiet machine
COPY_BAR_S = 5.0
#: of processor, server and GDAL together: times what GDAL alone needs for the same pages as constant bytes
LIMIT_BAR = 1.25
CONSTANT = """
import json, sys
from pathlib import Path
from urllib.parse import parse_qs
import uvicorn
folder, own = Path(sys.argv[2]), "http://127.0.0.1:" + sys.argv[1] + "/ogc"
told = json.dumps({"collections": [{"id": "constant", "links": []}]}).encode()
async def app(scope, receive, send):
    if scope["type"] == "http":
        body, kind = told, b"application/json"
        if scope["path"].endswith("/items"):
            at = parse_qs(scope["query_string"].decode()).get("at", ["0"])[0]
            body, kind = (folder / (at + ".json")).read_bytes(), b"application/geo+json"
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
uvicorn.run(app, port=int(sys.argv[1]), log_level="error", access_log=False)
"""
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


class Spent(NamedTuple):
    """Seconds of a program's processor, and of the clock."""

    own_s: float
    clock_s: float


def run(source: str, layer: list[str], folder: Path) -> Spent:
    """Make a GeoPackage of a layer, three times; the best."""
    found = []
    for n in range(3):
        made = folder / f"made-{n}.gpkg"
        made.unlink(missing_ok=True)
        command = ["ogr2ogr", "-f", "GPKG", str(made), source, *layer]
        began, before = time.perf_counter(), _children_s()
        subprocess.run(command, env=UNSKIPPED, check=True, capture_output=True, timeout=600)
        found.append(Spent(_children_s() - before, time.perf_counter() - began))
    return min(found)


def _children_s() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def constant_copy(address: str, folder: Path) -> Spent:
    """Copy the same pages from a server that sends them as constant bytes: what GDAL needs by itself."""
    port, pages = free_port(), folder / "pages"
    pages.mkdir()
    base, asked, at = f"http://127.0.0.1:{port}/ogc", f"limit={GDAL_BEGINS}", 0
    while True:
        items = f"{address}/ogc/collections/{RELEASE}/items?{asked}"
        page = httpx.get(items, headers={"Accept": GDAL_TAKES}, timeout=60).raise_for_status()
        following = next((e["href"] for e in page.json()["links"] if e["rel"] == "next"), None)
        body = page.text
        if following is not None:
            # Written as it stands in the page: its ampersands are no others there.
            body = body.replace(following, f"{base}/collections/constant/items?at={at + 1}")
        (pages / f"{at}.json").write_text(body)
        if following is None:
            break
        asked, at = following.partition("?")[2], at + 1
    command = [sys.executable, "-c", CONSTANT, str(port), str(pages)]
    with running(command, port, {}):
        return run(f"OAPIF:{base}", ["constant"], folder)


def copy_by_gdal(server: int, address: str, folder: Path) -> bool:
    """Copy all of it by GDAL's driver as it comes; whether the service adds little to what GDAL needs by itself."""
    if shutil.which("ogr2ogr") is None:
        print("GDAL's copy is not measured: there is no ogr2ogr")
        return True
    source, local = f"OAPIF:{address}/ogc", folder / "local.geojson"
    asked = f"{address}/ogc/collections/{RELEASE}/items?f=geojson"
    local.write_bytes(httpx.get(asked, timeout=300).raise_for_status().content)
    run(source, [RELEASE], folder)  # the pages are kept from here on
    before = cpu_s(family(server))
    copy = run(source, [RELEASE], folder)
    served_s = (cpu_s(family(server)) - before) / 3
    limit, conversion = constant_copy(address, folder), run(str(local), [], folder)
    ratio = (copy.own_s + served_s) / limit.own_s
    print(
        f"copy by ogr2ogr: {copy.clock_s:.1f} s by the clock, {copy.own_s:.1f} s of its processor and"
        f" {served_s:.2f} s of the server's, {ratio:.2f} times GDAL's own {limit.own_s:.1f} s for the same pages as"
        f" constant bytes; a local conversion takes {conversion.own_s:.1f} s"
        f" ({'met' if ratio <= LIMIT_BAR else 'MISSED'} {LIMIT_BAR:g} times)"
    )
    if copy.clock_s <= COPY_BAR_S:
        print(f"copy in {COPY_BAR_S:g} s: met")
    else:
        why = (
            "GDAL's own part takes as long"
            if limit.own_s > COPY_BAR_S
            else "a busy machine, or ours"
        )
        print(f"copy in {COPY_BAR_S:g} s: MISSED ({why})")
    return ratio <= LIMIT_BAR


def count_by_programs(address: str) -> bool:
    """Have each program read all of each type of area and kind of record; whether all counted what the service says."""
    known = httpx.get(f"{address}/ogc/collections", timeout=60).raise_for_status().json()
    ids = {each["id"] for each in known["collections"]}
    names = sorted(ids & {*AREA_TYPES, *KINDS, RELEASE})
    stated = {name: _stated(address, name) for name in names}
    found = {
        "GDAL": count_by_gdal(address, names), "OWSLib": count_by_owslib(address, names),
        "QGIS": count_by_qgis(address, names),
    }  # fmt: skip
    same = True
    for program, counts in found.items():
        if counts is None:
            print(f"{program} is not asked: it is not installed")
            continue
        others = {name: counts.get(name) for name in names if counts.get(name) != stated[name]}
        same = same and not others
        print(
            f"{program} reads {len(names)} collections, {sum(counts.values())} features:"
            f" {f'OTHERS THAN STATED {others}' if others else 'each as many as stated'}"
        )
    return same


def _stated(address: str, name: str) -> int:
    page = httpx.get(f"{address}/ogc/collections/{name}/items?limit=1", timeout=120)
    return int(page.raise_for_status().json()["numberMatched"])


def count_by_gdal(address: str, names: list[str]) -> dict[str, int] | None:
    """Count what ogr2ogr copies: a line a feature; None where it is not installed."""
    if shutil.which("ogr2ogr") is None:
        return None
    counts = {}
    for name in names:
        command = ["ogr2ogr", "-f", "GeoJSONSeq", "/vsistdout/", f"OAPIF:{address}/ogc", name]
        with subprocess.Popen(
            command, env=UNSKIPPED, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as ran:
            assert ran.stdout is not None
            counts[name] = sum(1 for _ in ran.stdout)
        if ran.returncode:
            counts[name] = -1
    return counts


def count_by_owslib(address: str, names: list[str]) -> dict[str, int] | None:
    """Count what OWSLib is given page by page; None where it is not installed."""
    try:
        from owslib.ogcapi.features import Features
    except ImportError:
        return None
    service, counts = Features(f"{address}/ogc"), {}
    for name in names:
        asked, counts[name] = {"limit": "10000"}, 0
        while asked:
            page = service.collection_items(name, **asked)
            counts[name] += len(page["features"])
            following = [each["href"] for each in page["links"] if each["rel"] == "next"]
            asked = dict(parse_qsl(urlsplit(following[0]).query)) if following else {}
    return counts


def count_by_qgis(address: str, names: list[str]) -> dict[str, int] | None:
    """Count what QGIS's own provider reads; None where it is not installed."""
    ran = subprocess.run(
        ["/usr/bin/python3", "-c", READ_BY_QGIS, f"{address}/ogc", *names],
        env=UNSKIPPED, check=False, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    if "No module named 'qgis'" in ran.stderr or not Path("/usr/bin/python3").exists():
        return None
    lines = [line.partition(" ") for line in ran.stdout.splitlines()]
    return {name: int(found) for name, _, found in lines if name in names}


def main() -> int:
    """Measure; exit code 1 where a bar was missed."""
    return 0 if measure(sys.argv[1].replace("postgresql://", "postgresql+psycopg://")) else 1


def measure(url: str) -> bool:
    """Have programs copy from the database at `url`; whether every bar was met."""
    with served(url) as (server, address), tempfile.TemporaryDirectory() as folder:
        is_near = copy_by_gdal(server, address, Path(folder))
        return count_by_programs(address) and is_near


if __name__ == "__main__":
    sys.exit(main())
