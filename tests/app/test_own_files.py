"""Browser files over HTTP: the smallest form is the same file, and never that of another day's file."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import brotli
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from app import own_files
from app.assets import asset_url
from app.own_files import OwnFiles, squeeze, squeeze_all
from app.smallest_forms import make_forms

WORDS = b"/* one rule */ .a { color: #14202b } " * 60


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.css"
    path.write_bytes(WORDS)
    return path


def ask(folder: Path, **headers: str) -> tuple[int, str, bytes]:
    """Ask a service of this folder alone; gives status, coding and the bytes as they came."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    client = TestClient(Starlette(routes=[Mount("/", OwnFiles(directory=folder))]))
    with client.stream("GET", "/a.css", headers={"accept-encoding": "identity", **told}) as answer:
        body = b"".join(answer.iter_raw())
    return answer.status_code, answer.headers.get("content-encoding", ""), body


def test_who_takes_brotli_gets_the_smallest_form_of_the_very_file(file: Path) -> None:
    assert ask(file.parent, accept_encoding="gzip, br") == (200, "", WORDS)
    squeeze(file, file.parent)
    status, coding, body = ask(file.parent, accept_encoding="gzip, br")
    assert (status, coding, brotli.decompress(body)) == (200, "br", WORDS)
    assert len(body) < 100


def test_the_first_answer_of_a_process_is_as_small_where_the_form_lies_ready(file: Path) -> None:
    make_forms(file, file.parent)
    status, coding, body = ask(file.parent, accept_encoding="br")
    assert (status, coding, brotli.decompress(body)) == (200, "br", WORDS)


def test_who_takes_gzip_alone_gets_its_smallest_form(file: Path) -> None:
    make_forms(file, file.parent)
    status, coding, body = ask(file.parent, accept_encoding="deflate, gzip")
    assert (status, coding, gzip.decompress(body)) == (200, "gzip", WORDS)
    assert len(body) < 120


@pytest.mark.parametrize(
    ("headers", "expected"),
    [({"accept_encoding": "deflate"}, (200, "", WORDS)),
     ({"accept_encoding": "br", "range": "bytes=0-9"}, (206, "", WORDS[:10]))],
)  # fmt: skip
def test_who_asks_for_something_else_gets_that(
    file: Path, headers: dict[str, str], expected: tuple[int, str, bytes]
) -> None:
    squeeze(file, file.parent)
    assert ask(file.parent, **headers) == expected


def test_a_file_that_changed_is_not_served_as_it_was(file: Path) -> None:
    squeeze(file, file.parent)
    file.write_bytes(b".b {}")
    os.utime(file, (1, 1))
    assert ask(file.parent, accept_encoding="br") == (200, "", b".b {}")


def test_a_file_is_made_small_once_a_process_and_again_when_it_changed(file: Path) -> None:
    squeeze(file, file.parent)
    first = own_files._forms[str(file)]
    squeeze(file, file.parent)
    assert own_files._forms[str(file)] is first
    file.write_bytes(b".b {}")
    os.utime(file, (1, 1))
    squeeze(file, file.parent)
    assert brotli.decompress(own_files._forms[str(file)][1]["br"]) == b".b {}"


def test_the_service_tags_the_smallest_form_as_a_coding_of_its_own(client: TestClient) -> None:
    squeeze_all()
    address = asset_url("leaflet.js")
    answer = client.get(address, headers={"accept-encoding": "br"})
    assert answer.headers["content-encoding"] == "br"
    assert answer.headers["etag"].endswith('-br"')
    assert "immutable" in answer.headers["cache-control"]
    assert "Accept-Encoding" in answer.headers["vary"]
    assert int(answer.headers["content-length"]) < 38_000
    again = {"accept-encoding": "br", "if-none-match": answer.headers["etag"]}
    assert client.get(address, headers=again).status_code == 304
