"""Downloads of layers, page by page, from a service that fails as ONS's was seen to fail."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.sources.fetching import fetch_dataset
from app.sources.files import find_file
from app.sources.publishers import arcgis
from app.sources.publishers.asking import Patience
from app.sources.publishers.refusals import DownloadRefused, FileGone, PublisherUnavailable
from tests.app.sources.conftest import DISTRICTS, HURRIED, LAYER, Fetch, folder_of, square, squares
from tests.app.sources.publisher_server import (
    Cut,
    ErrorBody,
    PublishedFile,
    PublishedLayer,
    PublisherServer,
    Status,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def test_a_layer_comes_page_by_page_and_is_sorted(server: PublisherServer, fetch: Fetch) -> None:
    published = squares(25)
    server.layers[LAYER] = PublishedLayer(published[::-1], most_at_once=10)
    report = fetch(DISTRICTS, server.at(LAYER))
    lines = report.path.read_bytes().splitlines()
    assert len(lines) == 25
    assert lines[0] == (
        b'{"type":"Feature","properties":{"LAD25CD":"E07000000","LAD25NM":"District 000",'
        b'"OBJECTID":7},"geometry":{"type":"Polygon","coordinates":[[[400000.0,200000.0],'
        b"[400100.0,200000.0],[400100.0,200100.0],[400000.0,200100.0],[400000.0,200000.0]]]}}"
    )
    pages = server.pages_asked(LAYER)
    assert [each.parameters["resultOffset"] for each in pages] == ["0", "10", "20"]
    assert pages[0].parameters == {
        "where": "1=1", "outFields": "*", "outSR": "27700", "f": "geojson", "resultOffset": "0",
        "resultRecordCount": "10", "orderByFields": "LAD25CD",
    }  # fmt: skip
    assert {path.name for path in report.path.parent.iterdir()} == {report.path.name, ".lock"}


@pytest.mark.parametrize("says_more", ["properties", "top", "never"])
@pytest.mark.parametrize("most_at_once", [7, 1000])
@pytest.mark.parametrize("largest_page", [1, 6, 1000])
def test_the_checksum_does_not_depend_on_the_pages(
    server: PublisherServer, fetch: Fetch, says_more: str, most_at_once: int, largest_page: int
) -> None:
    layer = PublishedLayer(squares(40), most_at_once=2000)
    server.layers[LAYER] = layer
    first = fetch(DISTRICTS, server.at(LAYER))
    layer.says_more, layer.most_at_once, layer.largest_page = says_more, most_at_once, largest_page
    assert fetch(DISTRICTS, server.at(LAYER)).outcome == "same"
    assert len(first.path.read_bytes().splitlines()) == 40


@pytest.mark.parametrize(
    "refusal",
    [{"error": {"code": 400, "message": "no"}}, {"error": {"code": 500}}, {"type": "Nothing"}],
)
def test_a_page_that_is_too_much_is_halved(
    server: PublisherServer, fetch: Fetch, refusal: dict[str, object]
) -> None:
    server.layers[LAYER] = PublishedLayer(squares(9), largest_page=300, refuses_with=refusal)
    fetch(DISTRICTS, server.at(LAYER))
    sizes = [each.parameters["resultRecordCount"] for each in server.pages_asked(LAYER)]
    assert sizes == ["2000", "1000", "500", "250"]


def test_a_size_that_was_halved_grows_again(server: PublisherServer, fetch: Fetch) -> None:
    server.layers[LAYER] = PublishedLayer(squares(24), most_at_once=4, largest_page=2)
    fetch(DISTRICTS, server.at(LAYER))
    sizes = [int(each.parameters["resultRecordCount"]) for each in server.pages_asked(LAYER)]
    # 4 is refused; four pages of 2; 4 is tried again, and so on until 24 came: 12 pages, 3 refusals.
    assert sizes == [4, 2, 2, 2, 2, 4, 2, 2, 2, 2, 4, 2, 2, 2, 2]


def test_a_page_that_fails_even_alone_is_refused_in_the_publishers_words(
    server: PublisherServer, fetch: Fetch
) -> None:
    server.layers[LAYER] = PublishedLayer(squares(9), largest_page=0)
    with pytest.raises(DownloadRefused, match="not even one alone: error 400: Cannot perform"):
        fetch(DISTRICTS, server.at(LAYER))
    assert len(server.pages_asked(LAYER)) == 11  # 2000, 1000, 500, 250, 125, 62, 31, 15, 7, 3, 1


def test_a_page_larger_than_its_bound_is_halved(
    server: PublisherServer, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.layers[LAYER] = PublishedLayer(squares(40), most_at_once=40)
    monkeypatch.setattr(arcgis, "MAX_PAGE_BYTES", 6000)  # a square takes some 290 bytes
    assert len(fetch(DISTRICTS, server.at(LAYER)).path.read_bytes().splitlines()) == 40
    sizes = {each.parameters["resultRecordCount"] for each in server.pages_asked(LAYER)}
    assert sizes == {"40", "20"}


def test_a_service_that_fails_at_great_pages_is_asked_for_small_ones(
    server: PublisherServer, fetch: Fetch
) -> None:
    server.layers[LAYER] = PublishedLayer(squares(3), most_at_once=4)
    server.troubles[f"{LAYER}/query"] = [Status(503), None, *[Status(504)] * 5]  # the count first
    fetch(DISTRICTS, server.at(LAYER))
    sizes = [each.parameters["resultRecordCount"] for each in server.pages_asked(LAYER)]
    assert sizes == ["4"] * 5 + ["2", "2"]


def test_an_error_that_smaller_pages_cannot_mend_is_told_at_once(
    server: PublisherServer, fetch: Fetch
) -> None:
    server.layers[LAYER] = PublishedLayer(squares(9))
    server.troubles[f"{LAYER}/query"] = [ErrorBody(499, "Token Required")]
    with pytest.raises(DownloadRefused, match="error 499: Token Required"):
        fetch(DISTRICTS, server.at(LAYER))


def test_a_busy_error_of_status_200_is_asked_again(server: PublisherServer, fetch: Fetch) -> None:
    server.layers[LAYER] = PublishedLayer(squares(9))
    server.troubles[f"{LAYER}/query"] = [ErrorBody(429), ErrorBody(503)]
    assert fetch(DISTRICTS, server.at(LAYER)).outcome == "first"


def test_a_service_that_was_renamed_is_gone(server: PublisherServer, fetch: Fetch) -> None:
    server.layers[LAYER] = PublishedLayer(squares(9))
    server.troubles[LAYER] = [ErrorBody(400, "Invalid URL")]
    with pytest.raises(FileGone, match=r"any more \(error 400: Invalid URL\)") as problem:
        fetch(replace(DISTRICTS, note="In feet."), server.at(LAYER))
    assert problem.value.detail.endswith("; look for its release page. In feet.")


def test_a_web_page_is_not_a_layer(server: PublisherServer, fetch: Fetch) -> None:
    server.files[LAYER] = PublishedFile(b"<html>Sign in</html>", content_type="text/html")
    with pytest.raises(DownloadRefused, match="answered with a web page"):
        fetch(DISTRICTS, server.at(LAYER))


def test_a_page_cut_off_is_asked_for_again(server: PublisherServer, fetch: Fetch) -> None:
    server.layers[LAYER] = PublishedLayer(squares(9))
    server.troubles[f"{LAYER}/query"] = [Cut(3), Cut(300)]
    assert fetch(DISTRICTS, server.at(LAYER)).outcome == "first"


def test_the_case_of_columns_is_the_services(server: PublisherServer, fetch: Fetch) -> None:
    features = squares(3)
    for feature in features:
        told = feature["properties"]
        assert isinstance(told, dict)
        told["lad25cd"] = told.pop("LAD25CD")
    server.layers[LAYER] = PublishedLayer(features)
    fetch(DISTRICTS, server.at(LAYER))
    assert server.pages_asked(LAYER)[0].parameters["orderByFields"] == "lad25cd"


def test_a_layer_without_the_codes_is_refused(server: PublisherServer, fetch: Fetch) -> None:
    server.layers[LAYER] = PublishedLayer([{"properties": {"WD25CD": "E05000001"}}])
    with pytest.raises(DownloadRefused, match="no column LAD25CD; it has WD25CD"):
        fetch(DISTRICTS, server.at(LAYER))


def test_outlines_in_degrees_are_refused_whatever_they_are_called(
    server: PublisherServer, fetch: Fetch, tmp_path: Path
) -> None:
    features = [*squares(3), square("E07000999", -1.5, 52.0, 0.1)]  # one among many
    server.layers[LAYER] = PublishedLayer(features)
    with pytest.raises(
        DownloadRefused, match=r"not in British National Grid: E07000999 .* degrees"
    ):
        fetch(DISTRICTS, server.at(LAYER))
    server.layers[LAYER] = PublishedLayer([square("E07000999", -170_000.0, 6_800_000.0)])
    with pytest.raises(DownloadRefused, match="outside the National Grid"):
        fetch(DISTRICTS, server.at(LAYER))
    assert find_file(DISTRICTS, None, tmp_path) is None


def test_an_outline_that_is_none_is_refused(server: PublisherServer, fetch: Fetch) -> None:
    broken = squares(1)[0] | {"geometry": {"type": "Polygon", "coordinates": "none"}}
    server.layers[LAYER] = PublishedLayer([broken])
    with pytest.raises(DownloadRefused, match="not GeoJSON"):
        fetch(DISTRICTS, server.at(LAYER))


def test_an_area_published_without_an_outline_is_kept(
    server: PublisherServer, fetch: Fetch
) -> None:
    server.layers[LAYER] = PublishedLayer([squares(1)[0] | {"geometry": None}])
    assert fetch(DISTRICTS, server.at(LAYER)).path.read_bytes().endswith(b',"geometry":null}\n')


def test_a_code_that_comes_twice_is_refused_and_the_pages_dropped(
    server: PublisherServer, fetch: Fetch, tmp_path: Path
) -> None:
    features = squares(30)
    server.layers[LAYER] = PublishedLayer([*features, features[4]], most_at_once=10)
    with pytest.raises(DownloadRefused, match="1 codes came twice: E07000004"):
        fetch(DISTRICTS, server.at(LAYER))
    assert folder_of(tmp_path, DISTRICTS) == set()


def test_a_feature_without_a_code_is_refused(server: PublisherServer, fetch: Fetch) -> None:
    features = squares(3)
    features[1]["properties"] = {"LAD25CD": None}
    server.layers[LAYER] = PublishedLayer(features)
    with pytest.raises(DownloadRefused, match="feature 2 has no LAD25CD"):
        fetch(DISTRICTS, server.at(LAYER))


@pytest.mark.parametrize("count", [24, 26])
def test_a_count_that_does_not_fit_is_refused_and_the_pages_dropped(
    server: PublisherServer, fetch: Fetch, tmp_path: Path, count: int
) -> None:
    server.layers[LAYER] = PublishedLayer(squares(25), most_at_once=10, count=count)
    with pytest.raises(DownloadRefused, match=f"counts {count} features and gave 25"):
        fetch(DISTRICTS, server.at(LAYER))
    assert folder_of(tmp_path, DISTRICTS) == set()


def test_a_service_that_counts_nothing_is_refused(server: PublisherServer, fetch: Fetch) -> None:
    server.layers[LAYER] = PublishedLayer(squares(2), count=0)
    with pytest.raises(DownloadRefused, match="does not say how many"):
        fetch(DISTRICTS, server.at(LAYER))


def test_a_layer_that_was_edited_meanwhile_is_begun_again(
    server: PublisherServer, fetch: Fetch
) -> None:
    layer = PublishedLayer(squares(30), most_at_once=10)
    server.layers[LAYER] = layer
    server.troubles[f"{LAYER}/query"] = [None, None, Status(403)]  # the count, the first page
    with pytest.raises(DownloadRefused):
        fetch(DISTRICTS, server.at(LAYER))
    layer.edited, server.asked = 2, []
    fetch(DISTRICTS, server.at(LAYER))
    assert [each.parameters["resultOffset"] for each in server.pages_asked(LAYER)] == [
        "0",
        "10",
        "20",
    ]


KILLED = """
import sys
import time
from pathlib import Path
from sqlalchemy.orm import Session
from app.sources.catalogue import get_dataset
from app.sources.fetching import fetch_dataset
from boundaries.database import make_engine

url, folder, dataset, address = sys.argv[1:]
with Session(make_engine(url)) as session:
    fetch_dataset(session, get_dataset(dataset), Path(folder), accept_new=False, progress=print,
                  address=address)
"""


@pytest.mark.slow
def test_a_download_that_was_killed_goes_on_behind_its_last_whole_page(
    server: PublisherServer, fetch: Fetch, database_url: str, tmp_path: Path, said: list[str]
) -> None:
    layer = PublishedLayer(squares(100), most_at_once=10, hold_from_offset=60)
    server.layers[LAYER] = layer
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, database_url, str(tmp_path), DISTRICTS.id, server.at(LAYER)],
        stdout=subprocess.DEVNULL,
    )
    try:
        assert server.held.wait(60), "the download never came to the page that is held back"
        child.send_signal(signal.SIGKILL)
        assert child.wait(30) == -signal.SIGKILL
    finally:
        child.kill()
        child.wait()
    server.let_go.set()
    assert find_file(DISTRICTS, None, tmp_path) is None
    assert len(list((tmp_path / "downloads" / DISTRICTS.id / "pages").glob("0*.json"))) == 6
    layer.hold_from_offset, server.asked = None, []
    report = fetch(DISTRICTS, server.at(LAYER))
    asked = [each.parameters["resultOffset"] for each in server.pages_asked(LAYER)]
    assert asked == ["60", "70", "80", "90"]
    assert "going on behind 60 of 100 features" in said[0]
    whole = [line.decode() for line in report.path.read_bytes().splitlines()]
    assert [line.partition('LAD25CD":"')[2][:9] for line in whole] == [
        f"E0700{at:04}" for at in range(100)
    ]


def test_progress_is_said_at_most_once_a_second(
    server: PublisherServer, fetch: Fetch, said: list[str]
) -> None:
    server.layers[LAYER] = PublishedLayer(squares(300), most_at_once=5)
    began = time.monotonic()
    fetch(DISTRICTS, server.at(LAYER))
    assert len(server.pages_asked(LAYER)) == 60
    assert len(said) <= time.monotonic() - began


@pytest.mark.parametrize(
    ("patience", "told"),
    [
        (replace(HURRIED, answer_seconds=0), "sends too slowly, 5 times"),
        (replace(HURRIED, download_seconds=0), "sends too slowly, and the time for one download is over"),
        (replace(HURRIED, silence_seconds=0.2, retries=0), "silence for too long"),
    ],
)  # fmt: skip
def test_waiting_ends(
    server: PublisherServer, db: Session, tmp_path: Path, patience: Patience, told: str
) -> None:
    layer = PublishedLayer(squares(3), most_at_once=1)
    server.layers[LAYER] = layer
    if patience.silence_seconds < 1:
        layer.hold_from_offset = 1
    with pytest.raises(PublisherUnavailable, match=told):
        fetch_dataset(
            db, DISTRICTS, tmp_path, accept_new=False, progress=print, address=server.at(LAYER),
            patience=patience,
        )  # fmt: skip
