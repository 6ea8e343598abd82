"""Each kind of file holds the same features as the page does, and opens in its own reader."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pyogrio
import pytest

from app.codings import compress_parts
from app.ogc import asking, files, routes
from app.ogc.forms import FORMS

if TYPE_CHECKING:
    from starlette.testclient import TestClient

ITEMS = "/ogc/collections/lad/items"


def rows_of(form: str, content: bytes, folder: Path) -> list[tuple[str, str]]:
    """Read code and name back with the reader that the format's users have."""
    if form == "geojsonseq":
        written = [json.loads(each) for each in content.decode().split("\x1e")[1:]]
        return [(each["properties"]["code"], each["properties"]["name"]) for each in written]
    if form == "csv":
        return [(row["code"], row["name"]) for row in csv.DictReader(io.StringIO(content.decode()))]
    if form == "xlsx":
        page = openpyxl.load_workbook(io.BytesIO(content), read_only=True).active
        return [(row[0], row[1]) for row in list(page.iter_rows(values_only=True))[1:]]
    path = folder / f"made.{FORMS[form].ending}"
    path.write_bytes(content)
    if form == "parquet":
        import geopandas

        frame = geopandas.read_parquet(path)
    else:
        frame = pyogrio.read_dataframe(f"/vsizip/{path}" if form == "shp" else path)
    assert frame.geometry.notna().all()
    return list(zip(frame["code"], frame["name"], strict=True))


@pytest.mark.parametrize("form", FORMS)
def test_file_holds_what_the_page_holds(demo_client: TestClient, tmp_path: Path, form: str) -> None:
    page = demo_client.get(ITEMS, params={"limit": "10000"}).json()
    expected = [(each["id"], each["properties"]["name"]) for each in page["features"]]
    answer = demo_client.get(ITEMS, params={"f": form})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith(f'.{FORMS[form].ending}"')
    assert sorted(rows_of(form, answer.content, tmp_path)) == expected


def test_file_is_filtered_and_limited_like_a_page(demo_client: TestClient) -> None:
    first = demo_client.get(ITEMS, params={"limit": "1"}).json()["features"][0]["id"]
    by_filter = demo_client.get(ITEMS, params={"f": "csv", "filter": f"code = '{first}'"})
    by_limit = demo_client.get(ITEMS, params={"f": "csv", "limit": "1", "properties": "code"})
    assert by_filter.text.count("\r\n") == 2
    assert by_limit.text == f"code\r\n{first}\r\n"


@pytest.mark.parametrize("form", ["csv", "geojson", "gpkg"])
def test_file_holds_as_many_as_asked_for_also_beyond_a_page(
    demo_client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str
) -> None:
    monkeypatch.setattr(asking, "MOST_LIMIT", 3)
    page = demo_client.get(ITEMS, params={"limit": "5"}).json()
    file = demo_client.get(ITEMS, params={"limit": "5", "f": form})
    assert (page["numberReturned"], len(rows_of(form, file.content, tmp_path))) == (3, 5)
    assert page["numberMatched"] > 5


def test_limit_of_a_file_may_be_any_whole_number(demo_client: TestClient) -> None:
    every = demo_client.get(ITEMS, params={"f": "csv"}).content
    for limit in ("1000000000", "9" * 400):
        assert demo_client.get(ITEMS, params={"f": "csv", "limit": limit}).content == every


@pytest.mark.parametrize("form", FORMS)
def test_file_is_sent_whole_whatever_piece_is_asked_for(
    demo_client: TestClient, tmp_path: Path, form: str
) -> None:
    """It is made for each answer: pieces of two makings are no file, and each would cost as much as the whole."""
    answer = demo_client.get(ITEMS, params={"f": form}, headers={"Range": "bytes=0-99"})
    assert (answer.status_code, answer.headers.get("accept-ranges", "none")) == (200, "none")
    assert len(rows_of(form, answer.content, tmp_path)) > 5


def test_file_in_metres_says_so(demo_client: TestClient, tmp_path: Path) -> None:
    answer = demo_client.get(ITEMS, params={"f": "gpkg", "crs": "EPSG:27700"})
    path = tmp_path / "metres.gpkg"
    path.write_bytes(answer.content)
    assert pyogrio.read_info(path)["crs"] == "EPSG:27700"


@pytest.mark.parametrize("form", FORMS)
def test_head_of_a_file_has_its_headers_and_writes_nothing(
    demo_client: TestClient, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    plainly = {
        "Accept-Encoding": "identity"
    }  # whether a coding is worth it is known with the first part
    whole = demo_client.get(ITEMS, params={"f": form}, headers=plainly)

    def never(*_of: object) -> None:
        raise AssertionError("read for a file that nobody takes")

    for place, name in ((files, "read_all"), (files, "read_rows"), (routes, "write_file")):
        monkeypatch.setattr(place, name, never)
    head = demo_client.head(ITEMS, params={"f": form}, headers=plainly)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers.get("content-length") in (None, whole.headers.get("content-length"))
    for name in (
        "content-type",
        "content-disposition",
        "content-crs",
        "etag",
        "cache-control",
        "vary",
    ):
        assert head.headers.get(name) == whole.headers[name], name
    for wrong in (
        {"filter": "nosuch = 1"},
        {"bbox": "1,2"},
        {"properties": "nosuch"},
        {"cursor": "WzEsIngiXQ"},
    ):
        assert demo_client.head(ITEMS, params={"f": form, **wrong}).status_code == 400
    same = {"If-None-Match": whole.headers["etag"]}
    assert demo_client.head(ITEMS, params={"f": form}, headers=same).status_code == 304


def test_wrong_question_is_400_before_a_file_begins(demo_client: TestClient) -> None:
    for asked in (
        {"filter": "nosuch = 1"},
        {"bbox": "1,2"},
        {"properties": "nosuch"},
        {"cursor": "WzEsIngiXQ"},
    ):
        assert demo_client.get(ITEMS, params={"f": "geojson", **asked}).status_code == 400


@pytest.mark.parametrize("form", files.PARTS)
def test_what_is_sent_while_it_is_written_is_compressed_by_gzip(
    demo_client: TestClient, form: str
) -> None:
    plain = demo_client.get(ITEMS, params={"f": form}, headers={"Accept-Encoding": "identity"})
    both = {"Accept-Encoding": "gzip, br"}
    with demo_client.stream("GET", ITEMS, params={"f": form}, headers=both) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["etag"].strip('"') == plain.headers["etag"].strip('"') + "-gzip"
    assert gzip.decompress(raw) == plain.content
    head = demo_client.head(ITEMS, params={"f": form}, headers=both)
    for name in ("content-encoding", "etag", "vary"):
        assert head.headers[name] == answer.headers[name]
    same = {**both, "If-None-Match": answer.headers["etag"]}
    assert demo_client.get(ITEMS, params={"f": form}, headers=same).status_code == 304
    for without in ("br", "gzip;q=0", "identity"):
        taken = {"Accept-Encoding": without}
        others = demo_client.get(ITEMS, params={"f": form}, headers=taken)
        assert others.headers.get("content-encoding") != "gzip"
        assert others.content == plain.content


def test_parts_that_nobody_takes_to_the_end_are_closed() -> None:
    ended = []

    def parts() -> Generator[bytes]:
        try:
            for number in range(100):
                yield bytes(str(number).encode() * 100_000)
        finally:
            ended.append(True)

    taken = compress_parts(parts())
    next(taken)
    taken.close()
    assert ended == [True]
