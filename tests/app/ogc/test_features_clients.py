"""The clients that people have read the standard API: GDAL's own driver and OWSLib, over a real socket."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from sqlalchemy import Engine, text

from app.main import create_app
from app.settings import Settings
from bench.serving import free_port

pytestmark = pytest.mark.slow
GDAL_UNSKIPPED = {name: value for name, value in os.environ.items() if not name.endswith("_SKIP")}
# In a process of its own: ours switches off the drivers of GDAL that reach out.
READ_BY_GDAL = """
import json, sys
import pyogrio
url = "OAPIF:" + sys.argv[1]
found = {}
for layer in ("lad", "lsoa", "partnerships", "resources"):
    frame = pyogrio.read_dataframe(url, layer=layer)
    found[layer] = [len(frame), sorted(frame.columns), int(frame.geometry.isna().sum())]
    told = pyogrio.read_info(url, layer=layer)
    found["kinds of " + layer] = [[str(f), str(d)] for f, d in zip(told["fields"], told["dtypes"])]
box = pyogrio.read_dataframe(url, layer="lsoa").iloc[[0]].total_bounds
found["box"] = len(pyogrio.read_dataframe(url, layer="lsoa", bbox=tuple(box)))
one = pyogrio.read_dataframe(url, layer="lsoa", where="id = '" + sys.argv[2] + "'")
found["one"] = one["code"].tolist()
print(json.dumps(found))
"""
READ_BY_URL = """
import json, sys
import geopandas
asked = json.loads(sys.argv[2])
print(json.dumps([len(geopandas.read_file(sys.argv[1] + "?f=" + form)) for form in asked]))
"""


@pytest.fixture(scope="module")
def address(demo_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    settings = Settings(data_dir=tmp_path_factory.mktemp("clients"), base_url=base)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings, demo_engine), port=port, log_level="error", access_log=False
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"{base}/ogc"
    server.should_exit = True
    thread.join(10)


def test_gdal_reads_as_many_features_as_are_matched(address: str, tmp_path: Path) -> None:

    page = httpx.get(f"{address}/collections/lsoa/items?limit=3").json()
    last = page["features"][-1]["id"]
    ran = subprocess.run(
        [sys.executable, "-c", READ_BY_GDAL, address, last], cwd=tmp_path, capture_output=True,
        text=True, env=GDAL_UNSKIPPED, check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    for layer in ("lad", "lsoa", "partnerships", "resources"):
        said = httpx.get(f"{address}/collections/{layer}/items", params={"limit": 1}).json()
        assert found[layer][0] == said["numberMatched"]
        first = said["features"][0]["properties"]
        # Its own column of ids comes beside ours, so that the code is not lost.
        assert set(first) <= set(found[layer][1])
    # Numbers of any size and days as such: what the first features hold is no guide to the rest.
    for layer, expected in (
        ("lad", {"area_m2": "float64", "valid_from": "datetime64[D]"}),
        ("resources", {"id": "object", "amount_pence": "float64", "awarded_on": "datetime64[D]"}),
    ):
        kinds = found[f"kinds of {layer}"]
        assert len(kinds) == len({name for name, _ in kinds})
        assert expected.items() <= dict(kinds).items()
    assert found["lsoa"][2] == 0
    assert 1 <= found["box"] < found["lsoa"][0]
    assert found["one"] == [last]


def test_owslib_reads_every_document_and_feature(address: str) -> None:
    from owslib.ogcapi.features import Features

    client = Features(f"{address}/")
    assert "lsoa" in client.feature_collections()
    assert client.conformance()["conformsTo"]
    page = client.collection_items("lsoa", limit=7)
    assert (page["numberReturned"], len(page["features"])) == (7, 7)
    assert client.collection_queryables("lsoa")["properties"]["code"]["type"] == "string"
    one = page["features"][0]["id"]
    assert client.collection_item("lsoa", one)["properties"]["code"] == one
    by_filter = client.collection_items("lsoa", filter=f"code = '{one}'")
    assert by_filter["numberMatched"] == 1


def test_geopandas_reads_each_kind_of_file_by_its_address(address: str) -> None:
    """It hands what may be had in pieces on to GDAL, which wants a length before anything is made."""
    items, forms = f"{address}/collections/lad/items", ["geojson", "fgb", "gpkg"]
    ran = subprocess.run(
        [sys.executable, "-c", READ_BY_URL, items, json.dumps(forms)],
        env=GDAL_UNSKIPPED, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    stated = httpx.get(items, params={"limit": "1"}).json()["numberMatched"]
    assert json.loads(ran.stdout.splitlines()[-1]) == [stated] * len(forms)


def _transactions(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = 'client backend'"
            )
        ).scalar_one()


@pytest.mark.parametrize("asked", ["f=geojson", "limit=10000", "f=csv"])
def test_slow_reader_holds_no_transaction(address: str, demo_engine: Engine, asked: str) -> None:
    """Who reads a byte at a time keeps a socket, and nothing of the database."""
    place = urlsplit(address)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        slow.connect((place.hostname, place.port))
        path = f"{place.path}/collections/lsoa/items?{asked}"
        slow.sendall(f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
        slow.settimeout(30)
        assert slow.recv(12, socket.MSG_WAITALL) == b"HTTP/1.1 200"
        for _ in range(3):
            assert slow.recv(1)
        # What the service makes ready by itself ends; what a reader held, who reads no further, would stay.
        patience = 10.0
        while (held := _transactions(demo_engine)) and patience > 0:
            time.sleep(0.1)
            patience -= 0.1
        assert held == 0
