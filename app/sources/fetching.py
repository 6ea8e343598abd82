"""Downloads a dataset from its publisher and trusts it by its checksum; never replaces a file unasked.

Every file is written to `<data_dir>/downloads/<dataset id>/` alone: as `.part` while it comes, under
its own name once it was checked, as `.new` where its checksum is not the one recorded.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE, record
from app.indicators.readers.iod import EDITIONS, NotThisIndex, read_index
from app.sources.catalogue import Dataset
from app.sources.files import download_folder, fetched_path
from app.sources.publishers.arcgis import download_layer, remove_pages
from app.sources.publishers.asking import PATIENCE, Patience, Publisher
from app.sources.publishers.code_point_open import check_code_point_open
from app.sources.publishers.plain_files import download_file, forget, notes_of
from app.sources.publishers.queries import find_last_fetch
from app.sources.publishers.refusals import (
    ChangedChecksum,
    DownloadRefused,
    FetchUnderway,
    NotFetchable,
)
from app.sources.tables import DatasetFetch
from boundaries.errors import Fault, Refused
from boundaries.importing import Progress, sha256_of

# Several times what the published files hold: File 7 has 8 to 15 MB, Code-Point Open 40 MB.
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_CODE_POINT_OPEN_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class FetchReport:
    """A download that succeeded: `first` of its dataset, the `same` as recorded, or a change `accepted`."""

    dataset_id: str
    path: Path
    address: str
    sha256: str
    size_bytes: int
    outcome: Literal["first", "same", "accepted"]

    def as_line(self) -> str:
        """Say it on one line for people."""
        words = {
            "first": "fetched for the first time, its checksum recorded",
            "same": "fetched, the same as before",
            "accepted": "the changed file accepted, its checksum recorded",
        }[self.outcome]
        return f"{self.dataset_id}: {words} ({self.size_bytes:,} bytes, sha256 {self.sha256})"


def fetch_dataset(
    session: Session,
    dataset: Dataset,
    data_dir: Path,
    *,
    accept_new: bool,
    progress: Progress,
    address: str | None = None,
    patience: Patience = PATIENCE,
) -> FetchReport:
    """Download a dataset, check that it is what it should be, and record its checksum.

    Runs in the caller's transaction. `address` replaces the catalogue's. A file whose checksum is
    not the one recorded is laid aside as `.new` and refused; with `accept_new` it is taken, without
    asking the publisher again where it lies there already.

    Raises
    ------
    NotFetchable, FileGone : no address to ask, or nothing there any more.
    DownloadRefused, UnsafeArchive : what came is not the dataset's file.
    ChangedChecksum : it is another file than the one recorded.
    FetchUnderway : another process downloads it.
    PublisherUnavailable, DiskFull : what came is kept, and the next call goes on from it.
    """
    target, asked = fetched_path(dataset, data_dir), address or dataset.address
    if target is None or asked is None:
        raise NotFetchable(f"{dataset.id} has no publisher's address that is downloaded from")
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(dataset, target.parent):
        aside = _beside(target, "new")
        if accept_new and aside.is_file():
            return _take_over(session, dataset, asked, aside, target, accept_new=True)
        part = _beside(target, "part")
        with Publisher(dataset.id, asked, progress, patience, dataset.note) as publisher:
            _download(publisher, dataset, download_folder(dataset, data_dir), part)
        return _take_over(session, dataset, asked, part, target, accept_new=accept_new)


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f"{target.name}.{what}")


@contextmanager
def _alone(dataset: Dataset, folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which the system lets go of with the process however it ends."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FetchUnderway(f"{dataset.id} is being downloaded by another process") from error
        yield


def _download(publisher: Publisher, dataset: Dataset, folder: Path, part: Path) -> None:
    if dataset.fetch == "arcgis":
        if dataset.layer is None or dataset.layer.code_column is None:
            raise NotFetchable(
                f"{dataset.id} names no column of codes to put its features in order"
            )
        download_layer(publisher, dataset.layer.code_column, folder, part)
        return
    is_zip = dataset.fetch == "code-point-open"
    download_file(publisher, part, MAX_CODE_POINT_OPEN_BYTES if is_zip else MAX_FILE_BYTES)
    try:
        if is_zip:
            check_code_point_open(part)
        elif dataset.id in EDITIONS:
            _check_index(dataset, part)
    except Refused:
        forget(part)
        raise


def _check_index(dataset: Dataset, part: Path) -> None:
    """Refuse a File 7 without its columns or with another number of areas, before it is trusted."""
    try:
        reading = read_index(part, EDITIONS[dataset.id])
    except NotThisIndex as problem:
        raise DownloadRefused(
            f"{dataset.id}: what the publisher sent is not its file: {problem.detail}",
            problem.faults,
        ) from problem
    of_the_file = [fault for fault in reading.faults if fault.row is None]
    if of_the_file:
        told = "; ".join(fault.detail for fault in of_the_file)
        raise DownloadRefused(
            f"{dataset.id}: the publisher's file is not whole: {told}", of_the_file
        )


def _take_over(
    session: Session, dataset: Dataset, address: str, fresh: Path, target: Path, *, accept_new: bool
) -> FetchReport:
    """Give a checked file its own name, where its checksum is the one trusted or is accepted."""
    sha256, size_bytes = sha256_of(fresh), fresh.stat().st_size
    last = find_last_fetch(session, dataset.id)
    outcome: Literal["first", "same", "accepted"] = "first"
    if last is not None:
        outcome = "same" if last.sha256 == sha256 else "accepted"
    if last is not None and outcome == "accepted" and not accept_new:
        _rename(fresh, _beside(target, "new"))
        _tidy(target)
        raise _changed(dataset, last, sha256, size_bytes)
    _rename(fresh, target)
    _tidy(target)
    _beside(target, "new").unlink(missing_ok=True)
    if outcome != "same":
        session.add(
            DatasetFetch(
                dataset_id=dataset.id, address=address, sha256=sha256, size_bytes=size_bytes
            )
        )
        detail: dict[str, object] = {"sha256": sha256, "size_bytes": size_bytes}
        record(session, COMMAND_LINE, "fetch", f"dataset:{dataset.id}", detail)
    return FetchReport(dataset.id, target, address, sha256, size_bytes, outcome)


def _tidy(target: Path) -> None:
    notes_of(_beside(target, "part")).unlink(missing_ok=True)
    remove_pages(target.parent)


def _rename(fresh: Path, target: Path) -> None:
    fresh.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _changed(dataset: Dataset, last: DatasetFetch, sha256: str, size_bytes: int) -> ChangedChecksum:
    then = f"sha256 {last.sha256} ({last.size_bytes:,} bytes), recorded {_day(last.fetched_at)}"
    now = f"sha256 {sha256} ({size_bytes:,} bytes), fetched {_day(datetime.now(UTC))}"
    return ChangedChecksum(
        f"{dataset.id}: the publisher's file has changed: {then}; now {now}. The recorded one stays in"
        " use; --accept-new takes the new one, which is laid aside",
        [Fault("another checksum than the one recorded", file=dataset.id, value=sha256)],
    )


def _day(moment: datetime) -> str:
    return f"{moment:%-d %B %Y}"
