"""Downloads of plain files from a host that fails as the publishers were seen to fail."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.problems import DiskFull
from app.sources import fetching
from app.sources.fetching import fetch_dataset
from app.sources.files import find_file
from app.sources.publishers import plain_files
from app.sources.publishers.asking import USER_AGENT, host_of, seconds_to_wait
from app.sources.publishers.refusals import (
    ChangedChecksum,
    DownloadRefused,
    FetchUnderway,
    FileGone,
    NotFetchable,
    PublisherUnavailable,
    TooBig,
)
from app.sources.tables import DatasetFetch
from tests.app.sources.conftest import FILE, LIST, SHEET, Fetch, folder_of
from tests.app.sources.publisher_server import Cut, PublishedFile, PublisherServer, Status

REPOSITORY = Path(__file__).resolve().parents[3]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def rows(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(DatasetFetch)) or 0


def test_a_first_fetch_is_kept_recorded_and_found(
    server: PublisherServer, fetch: Fetch, db: Session, tmp_path: Path
) -> None:
    assert find_file(LIST, None, tmp_path) is None
    report = fetch(LIST, server.at(FILE))
    assert (report.outcome, report.sha256, report.size_bytes) == (
        "first",
        sha256(SHEET),
        len(SHEET),
    )
    assert report.path.read_bytes() == SHEET
    assert find_file(LIST, None, tmp_path) == report.path
    assert folder_of(tmp_path, LIST) == {"made-up-list.csv"}
    [row] = db.scalars(select(DatasetFetch))
    assert (row.dataset_id, row.sha256, row.size_bytes) == (LIST.id, sha256(SHEET), len(SHEET))
    assert row.address == server.at(FILE)
    assert {path.name for path in tmp_path.iterdir()} == {"downloads"}
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert server.asked[0].headers["User-Agent"] == f"bounds/{project['version']}" == USER_AGENT


def test_the_mirror_comes_before_the_download(
    server: PublisherServer, fetch: Fetch, tmp_path: Path
) -> None:
    fetched = fetch(LIST, server.at(FILE)).path
    mirror = tmp_path / "mirror"
    copied = replace(LIST, path="lists/list.csv")
    assert find_file(copied, mirror, tmp_path) == fetched
    (mirror / "lists").mkdir(parents=True)
    (mirror / "lists" / "list.csv").write_text("a copy")
    assert find_file(copied, mirror, tmp_path) == mirror / "lists" / "list.csv"


def test_the_same_file_again_is_said_and_recorded_once(
    server: PublisherServer, fetch: Fetch, db: Session
) -> None:
    first = fetch(LIST, server.at(FILE))
    again = fetch(LIST, server.at(FILE))
    assert again.outcome == "same"
    assert "the same as before" in again.as_line()
    assert again.sha256 == first.sha256
    assert rows(db) == 1


def test_a_changed_file_is_refused_and_laid_aside(
    server: PublisherServer, fetch: Fetch, db: Session, tmp_path: Path
) -> None:
    kept = fetch(LIST, server.at(FILE)).path
    server.files[FILE] = PublishedFile(b"code,figure\nE00000001,1\n", etag='"second"')
    with pytest.raises(ChangedChecksum) as problem:
        fetch(LIST, server.at(FILE))
    # Both checksums, both sizes (24 bytes now) and the day of each.
    told = problem.value.detail
    assert sha256(SHEET) in told
    assert sha256(server.files[FILE].content) in told
    assert f"({len(SHEET):,} bytes)" in told
    assert "(24 bytes)" in told
    assert told.count(f"{datetime.now(UTC):%-d %B %Y}") == 2
    assert kept.read_bytes() == SHEET
    assert folder_of(tmp_path, LIST) == {"made-up-list.csv", "made-up-list.csv.new"}
    assert rows(db) == 1


def test_an_accepted_change_replaces_the_file_without_asking_again(
    server: PublisherServer, fetch: Fetch, db: Session, tmp_path: Path
) -> None:
    kept = fetch(LIST, server.at(FILE)).path
    server.files[FILE] = PublishedFile(b"code,figure\n", etag='"second"')
    with pytest.raises(ChangedChecksum):
        fetch(LIST, server.at(FILE))
    asked = len(server.asked)
    report = fetch(LIST, server.at(FILE), accept_new=True)
    assert report.outcome == "accepted"
    assert len(server.asked) == asked
    assert kept.read_bytes() == b"code,figure\n"
    assert folder_of(tmp_path, LIST) == {"made-up-list.csv"}
    assert rows(db) == 2
    assert fetch(LIST, server.at(FILE)).outcome == "same"


def test_a_change_is_accepted_at_once_where_nothing_lies_aside(
    server: PublisherServer, fetch: Fetch
) -> None:
    fetch(LIST, server.at(FILE))
    server.files[FILE] = PublishedFile(b"code,figure\n", etag='"second"')
    report = fetch(LIST, server.at(FILE), accept_new=True)
    assert (report.outcome, report.path.read_bytes()) == ("accepted", b"code,figure\n")


def test_a_change_that_was_taken_back_is_the_same_again(
    server: PublisherServer, fetch: Fetch, tmp_path: Path
) -> None:
    fetch(LIST, server.at(FILE))
    server.files[FILE] = PublishedFile(b"by mistake\n", etag='"second"')
    with pytest.raises(ChangedChecksum):
        fetch(LIST, server.at(FILE))
    server.files[FILE] = PublishedFile(SHEET, etag='"third"')
    assert fetch(LIST, server.at(FILE)).outcome == "same"
    assert folder_of(tmp_path, LIST) == {"made-up-list.csv"}


def test_a_cut_body_goes_on_from_where_it_stopped(
    server: PublisherServer, fetch: Fetch, said: list[str]
) -> None:
    server.troubles[FILE] = [Cut(100_000), Cut(50_000)]
    assert fetch(LIST, server.at(FILE)).sha256 == sha256(SHEET)
    asked = [each.headers.get("Range") for each in server.asked]
    assert asked == [None, "bytes=100000-", "bytes=150000-"]
    assert {each.headers.get("If-Range") for each in server.asked[1:]} == {'"first"'}
    assert sum("asking again" in line for line in said) == 2


def test_a_file_that_is_always_cut_is_given_up_and_the_next_run_goes_on(
    server: PublisherServer, fetch: Fetch, tmp_path: Path
) -> None:
    server.troubles[FILE] = [Cut(1000)] * 5
    with pytest.raises(PublisherUnavailable, match="5 times; what came is kept"):
        fetch(LIST, server.at(FILE))
    assert len(server.asked) == 5
    assert find_file(LIST, None, tmp_path) is None
    assert fetch(LIST, server.at(FILE)).sha256 == sha256(SHEET)
    assert server.asked[5].headers["Range"] == "bytes=5000-"
    assert len(server.asked) == 6


def test_a_host_that_knows_no_ranges_is_read_anew(server: PublisherServer, fetch: Fetch) -> None:
    server.files[FILE].knows_ranges = False
    server.troubles[FILE] = [Cut(100_000)]
    assert fetch(LIST, server.at(FILE)).sha256 == sha256(SHEET)
    assert server.asked[1].headers["Range"] == "bytes=100000-"


def test_two_versions_are_never_joined(server: PublisherServer, fetch: Fetch) -> None:
    server.troubles[FILE] = [Cut(100_000), *[Status(503)] * 4]
    with pytest.raises(PublisherUnavailable):
        fetch(LIST, server.at(FILE))
    later = SHEET.replace(b"E", b"W")
    server.files[FILE] = PublishedFile(later, etag='"second"')
    assert fetch(LIST, server.at(FILE)).sha256 == sha256(later)


def test_a_version_with_a_weak_name_goes_on_by_its_date(
    server: PublisherServer, fetch: Fetch
) -> None:
    day = "Wed, 29 Oct 2025 09:30:00 GMT"
    server.files[FILE] = PublishedFile(SHEET, etag='W/"weak"', modified=day)
    server.troubles[FILE] = [Cut(100_000)]
    assert fetch(LIST, server.at(FILE)).sha256 == sha256(SHEET)
    assert server.asked[1].headers["If-Range"] == day


def test_a_version_without_a_name_is_read_anew(server: PublisherServer, fetch: Fetch) -> None:
    server.files[FILE] = PublishedFile(SHEET, etag=None)
    server.troubles[FILE] = [Cut(100_000)]
    assert fetch(LIST, server.at(FILE)).sha256 == sha256(SHEET)
    assert "Range" not in server.asked[1].headers


def test_a_part_that_is_longer_than_the_file_is_begun_again(
    server: PublisherServer, fetch: Fetch, tmp_path: Path
) -> None:
    server.troubles[FILE] = [Cut(1000)] * 5
    with pytest.raises(PublisherUnavailable):
        fetch(LIST, server.at(FILE))
    part = tmp_path / "downloads" / LIST.id / "made-up-list.csv.part"
    part.write_bytes(SHEET + b"more than there is")
    assert fetch(LIST, server.at(FILE)).sha256 == sha256(SHEET)


def test_a_web_page_is_not_a_file(server: PublisherServer, fetch: Fetch, tmp_path: Path) -> None:
    page = b"\xef\xbb\xbf\n<!DOCTYPE html><html><body>Sorry</body></html>"
    server.files[FILE] = PublishedFile(page, content_type="text/html; charset=utf-8")
    with pytest.raises(DownloadRefused, match="answered with a web page"):
        fetch(LIST, server.at(FILE))
    server.files[FILE] = PublishedFile(page, content_type="text/csv")  # by its first bytes
    with pytest.raises(DownloadRefused, match="answered with a web page"):
        fetch(LIST, server.at(FILE))
    assert folder_of(tmp_path, LIST) == set()


def test_a_truncated_gzip_is_refused(server: PublisherServer, fetch: Fetch, tmp_path: Path) -> None:
    packed = gzip.compress(SHEET)
    server.files[FILE] = PublishedFile(packed[:-500], content_type="application/gzip")
    with pytest.raises(DownloadRefused, match=r"gzip .* ends too soon"):
        fetch(LIST, server.at(FILE))
    assert folder_of(tmp_path, LIST) == set()


def test_a_body_packed_for_the_way_is_kept_unpacked(server: PublisherServer, fetch: Fetch) -> None:
    server.files[FILE] = PublishedFile(gzip.compress(SHEET), encoding="gzip")
    assert fetch(LIST, server.at(FILE)).sha256 == sha256(SHEET)
    server.files[FILE] = PublishedFile(gzip.compress(SHEET)[:-9], encoding="gzip", etag='"b"')
    with pytest.raises(DownloadRefused, match="ends too soon"):
        fetch(LIST, server.at(FILE))


def test_an_empty_file_is_refused(server: PublisherServer, fetch: Fetch) -> None:
    server.files[FILE] = PublishedFile(b"")
    with pytest.raises(DownloadRefused, match="empty"):
        fetch(LIST, server.at(FILE))


@pytest.mark.parametrize("says_length", [True, False])
def test_a_file_beyond_its_bound_is_refused(
    server: PublisherServer, fetch: Fetch, tmp_path: Path, says_length: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(fetching, "MAX_FILE_BYTES", 200_000)  # the sheet has some 400,000 bytes
    server.files[FILE].says_length = says_length
    with pytest.raises(TooBig, match="more than 0 MB"):
        fetch(LIST, server.at(FILE))
    assert folder_of(tmp_path, LIST) == set()


def test_a_gzip_that_grows_beyond_the_bound_is_refused(
    server: PublisherServer, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MAX_FILE_BYTES", 1_000_000)
    server.files[FILE] = PublishedFile(gzip.compress(bytes(10_000_000)))
    with pytest.raises(TooBig):
        fetch(LIST, server.at(FILE))


def test_a_full_disk_is_told_before_anything_is_written(
    server: PublisherServer, fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = shutil.disk_usage(tmp_path)
    full = room._replace(free=plain_files.SPARE_BYTES + len(SHEET) - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(DiskFull, match="MB are free"):
        fetch(LIST, server.at(FILE))
    assert folder_of(tmp_path, LIST) == set()


def test_a_busy_host_is_asked_again(server: PublisherServer, fetch: Fetch, said: list[str]) -> None:
    server.troubles[FILE] = [Status(503, retry_after="0"), Status(429), Status(500)]
    assert fetch(LIST, server.at(FILE)).outcome == "first"
    assert len(server.asked) == 4
    assert "answers 503" in said[0]


def test_a_host_that_asks_for_too_long_a_pause_is_left_alone(
    server: PublisherServer, fetch: Fetch
) -> None:
    server.troubles[FILE] = [Status(503, retry_after="3600")]
    with pytest.raises(PublisherUnavailable, match="left alone for 3,600 seconds"):
        fetch(LIST, server.at(FILE))
    assert len(server.asked) == 1


def test_a_pause_may_be_told_as_a_date() -> None:
    now = datetime(2025, 10, 29, 9, 30, tzinfo=UTC)
    assert seconds_to_wait("Wed, 29 Oct 2025 09:31:30 GMT", now) == 90
    assert seconds_to_wait("Wed, 29 Oct 2025 09:00:00 GMT", now) == 0
    assert seconds_to_wait("7", now) == 7
    assert seconds_to_wait("soon", now) is None
    assert seconds_to_wait(None, now) is None


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_gone_names_the_release_page(
    server: PublisherServer, fetch: Fetch, status: int
) -> None:
    server.troubles[FILE] = [Status(status)]
    with pytest.raises(FileGone, match=r"has the new one: https://example\.org/lists-2025"):
        fetch(LIST, server.at(FILE))


def test_a_host_that_forbids_is_not_asked_again(server: PublisherServer, fetch: Fetch) -> None:
    server.troubles[FILE] = [Status(403)]
    with pytest.raises(DownloadRefused, match="answers 403"):
        fetch(LIST, server.at(FILE))
    assert len(server.asked) == 1


def test_a_redirect_on_this_machine_is_followed_and_its_signature_not_kept(
    server: PublisherServer, fetch: Fetch, db: Session
) -> None:
    server.redirects["/downloads"] = server.at(FILE) + "?signature=secret"
    assert fetch(LIST, server.at("/downloads")).sha256 == sha256(SHEET)
    [row] = db.scalars(select(DatasetFetch))
    assert row.address == server.at("/downloads")


@pytest.mark.parametrize(
    "elsewhere",
    ["http://example.org/list.csv", "http://localhost:9/list.csv", "ftp://127.0.0.1/list.csv",
     "file:///etc/passwd", "https://127.0.0.1/list.csv"],
)  # fmt: skip
def test_a_redirect_to_elsewhere_is_refused(
    server: PublisherServer, fetch: Fetch, elsewhere: str
) -> None:
    server.redirects["/downloads"] = elsewhere
    with pytest.raises(DownloadRefused, match="which is not followed"):
        fetch(LIST, server.at("/downloads"))


def test_redirects_in_a_circle_end(server: PublisherServer, fetch: Fetch) -> None:
    server.redirects["/downloads"] = "/downloads"
    with pytest.raises(DownloadRefused, match="redirects more than 5 times"):
        fetch(LIST, server.at("/downloads"))
    assert len(server.asked) == 6


@pytest.mark.parametrize("address", ["http://example.org/x", "file:///etc/passwd", "x", "http://["])
def test_only_encrypted_addresses_are_asked(address: str) -> None:
    with pytest.raises(DownloadRefused, match="https://"):
        host_of(address)
    assert host_of("https://example.org/x") == "example.org"


def test_a_host_that_is_not_there_is_told_in_one_line(fetch: Fetch) -> None:
    with pytest.raises(PublisherUnavailable, match=r"127\.0\.0\.1 broke off \(no connection\)"):
        fetch(LIST, "http://127.0.0.1:9/list.csv")


def test_a_dataset_without_an_address_is_not_fetched(db: Session, tmp_path: Path) -> None:
    for dataset in (LIST, replace(LIST, fetch=None, address="https://example.org/list.csv")):
        with pytest.raises(NotFetchable):
            fetch_dataset(db, dataset, tmp_path, accept_new=False, progress=print)


def test_one_dataset_is_fetched_by_one_process_at_a_time(
    server: PublisherServer, fetch: Fetch, tmp_path: Path
) -> None:
    folder = tmp_path / "downloads" / LIST.id
    folder.mkdir(parents=True)
    with fetching._alone(LIST, folder), pytest.raises(FetchUnderway):
        fetch(LIST, server.at(FILE))
    assert server.asked == []
    assert fetch(LIST, server.at(FILE)).outcome == "first"
