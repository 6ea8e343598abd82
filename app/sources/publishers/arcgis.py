"""Downloads a layer of an ArcGIS feature service page by page; refuses a layer that is not whole.

A finished layer is one file of a fixed form, sorted by code: its checksum depends on what was
published, not on how many features the service gave at a time.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely

from app.sources.publishers.asking import Overloaded, Publisher, TryAgain, refuse_web_page
from app.sources.publishers.layers import GRID_BOX, write_lines
from app.sources.publishers.plain_files import SPARE_BYTES, check_room, write_durably
from app.sources.publishers.refusals import DownloadRefused, FileGone, PublisherUnavailable, TooBig
from boundaries.crs import BNG
from boundaries.errors import Fault

PAGE_FEATURES = 2000
MAX_PAGE_BYTES = 256 * 1024 * 1024
MAX_LAYER_BYTES = 3 * 1024 * 1024 * 1024
# After so many whole pages in a row the size that was halved is doubled again: one great outline
# should not make thousands of small questions of the rest.
PAGES_BEFORE_GROWING = 4
# The errors of an answer of status 200 by which a service says that a page is too much for it.
_TOO_MUCH = {400, 413}
_BUSY = {429, 503}


@dataclass(frozen=True)
class _Layer:
    """What the service says of itself; a download goes on only while this stays as it was."""

    address: str
    code_column: str
    total: int
    edited: int | None
    most_at_once: int


class _TooMuch(Exception):
    """The service did not give a page; a smaller one may do."""


def download_layer(publisher: Publisher, code_column: str, folder: Path, part: Path) -> int:
    """Bring a whole layer into `part`, one feature a line sorted by code; give their number.

    Finished pages are kept in `folder`/pages, so that a download that was killed goes on behind the
    last of them. Raises DownloadRefused, FileGone, PublisherUnavailable, DiskFull.
    """
    check_room(folder, SPARE_BYTES)
    layer = _ask_layer(publisher, code_column)
    pages = _Pages(folder / "pages", layer)
    if pages.features:
        publisher.progress(
            f"{publisher.dataset_id}: going on behind {pages.features:,} of {layer.total:,} features"
        )
    _ask_pages(publisher, layer, pages)
    try:
        _check_whole(publisher, layer, pages)
        write_lines(pages.files, layer.code_column, part)
    except DownloadRefused:
        pages.remove()
        raise
    return layer.total


def remove_pages(folder: Path) -> None:
    """Remove the pages of a download that is finished and taken over."""
    shutil.rmtree(folder / "pages", ignore_errors=True)


def _ask_pages(publisher: Publisher, layer: _Layer, pages: _Pages) -> None:
    most = min(PAGE_FEATURES, layer.most_at_once)
    size, whole_in_a_row = most, 0
    more = pages.features < layer.total
    while more:
        try:
            raw, features, more = _ask_page(publisher, layer, pages.features, size)
        except _TooMuch as fault:
            if size == 1:
                raise DownloadRefused(
                    f"{publisher.dataset_id}: {publisher.host} gives no feature behind number"
                    f" {pages.features:,}, not even one alone: {fault}"
                ) from fault
            size, whole_in_a_row = size // 2, 0
            publisher.pace.say(f"{publisher.dataset_id}: asking for {size} features at a time")
            continue
        if not features:
            return
        pages.add(raw, features)
        if pages.size_bytes > MAX_LAYER_BYTES:
            pages.remove()
            raise publisher.too_big(MAX_LAYER_BYTES)
        publisher.pace.say(
            f"{publisher.dataset_id}: {pages.features:,} of {layer.total:,} features,"
            f" {pages.size_bytes / 1e6:,.0f} MB"
        )
        # Some services do not say that there is more: their own count does.
        more = more or pages.features < layer.total
        whole_in_a_row += 1
        if size < most and whole_in_a_row == PAGES_BEFORE_GROWING:
            size, whole_in_a_row = min(most, 2 * size), 0


class _Pages:
    """The whole pages on disk, in order, each with its number of features in its name's list."""

    def __init__(self, folder: Path, layer: _Layer) -> None:
        self._folder = folder
        self._list = folder / "list.json"
        self._layer = orjson.loads(orjson.dumps(layer))
        self._counts: list[int] = []
        self.size_bytes = 0
        try:
            told = orjson.loads(self._list.read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            told = {}
        if told.get("layer") == self._layer:
            self._counts = told["features"]
            self.size_bytes = sum(file.stat().st_size for file in self.files)
        else:
            self.remove()

    @property
    def files(self) -> list[Path]:
        return [self._folder / f"{number:05}.json" for number in range(len(self._counts))]

    @property
    def features(self) -> int:
        return sum(self._counts)

    def add(self, raw: bytes, features: int) -> None:
        self._folder.mkdir(exist_ok=True)
        write_durably(self._folder / f"{len(self._counts):05}.json", raw)
        self._counts.append(features)
        self.size_bytes += len(raw)
        # The list comes second: a page that it lacks is asked for again and written over.
        told = {"layer": self._layer, "features": self._counts}
        write_durably(self._list, orjson.dumps(told))

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._counts, self.size_bytes = [], 0


def _ask_layer(publisher: Publisher, code_column: str) -> _Layer:
    address = publisher.address.rstrip("/")
    try:
        told = publisher.persist(lambda: _ask_json(publisher, address, {"f": "json"})[1])
    except FileGone:
        told = {}  # the questions below decide: only they are needed
    if "Invalid URL" in _message(told):
        # ONS renames its services without a redirect; this is how the host says so, with status 200.
        raise publisher.gone(address, _message(told))
    column, most, edited = code_column, PAGE_FEATURES, None
    if isinstance(told.get("fields"), list):
        # The case of column names differs from service to service.
        names = {str(field.get("name", "")).lower(): field["name"] for field in told["fields"]}
        if code_column.lower() not in names:
            seen = ", ".join(sorted(map(str, names.values())))
            raise DownloadRefused(
                f"{publisher.dataset_id}: the layer has no column {code_column}; it has {seen[:300]}",
                [Fault("missing column", column=code_column)],
            )
        column = names[code_column.lower()]
        most = max(1, int(told.get("maxRecordCount") or PAGE_FEATURES))
        edited = (told.get("editingInfo") or {}).get("dataLastEditDate")
    asked = {"where": "1=1", "returnCountOnly": "true", "f": "json"}
    counted = publisher.persist(lambda: _ask_json(publisher, f"{address}/query", asked)[1])
    _refuse_error(publisher, counted)
    total = counted.get("count", (counted.get("properties") or {}).get("count"))
    if not isinstance(total, int) or total < 1:
        raise DownloadRefused(
            f"{publisher.dataset_id}: {publisher.host} does not say how many features the layer has,"
            " so nothing would show that all came"
        )
    return _Layer(address, column, total, edited, most)


def _ask_page(
    publisher: Publisher, layer: _Layer, offset: int, size: int
) -> tuple[bytes, int, bool]:
    """Ask for one page: its bytes, its number of features, and whether the service says there is more."""
    asked = {
        "where": "1=1",
        "outFields": "*",
        "outSR": str(BNG),
        "f": "geojson",
        "resultOffset": str(offset),
        "resultRecordCount": str(size),
        "orderByFields": layer.code_column,
    }
    try:
        raw, told = publisher.persist(lambda: _ask_json(publisher, f"{layer.address}/query", asked))
    except TooBig as fault:
        raise _TooMuch(fault.detail) from fault
    except PublisherUnavailable as fault:
        if size > 1 and isinstance(fault.__cause__, Overloaded):
            raise _TooMuch(fault.detail) from fault
        raise
    _refuse_error(publisher, told, may_be_smaller=True)
    features = told.get("features")
    more = bool((told.get("properties") or {}).get("exceededTransferLimit")) or bool(
        told.get("exceededTransferLimit")
    )
    if not isinstance(features, list) or (more and not features):
        raise _TooMuch("its answer holds no features")
    _check_grid(publisher, features, layer.code_column)
    return raw, len(features), more


def _ask_json(
    publisher: Publisher, address: str, asked: dict[str, str]
) -> tuple[bytes, dict[str, Any]]:
    with publisher.ask(address, asked) as response:
        length = response.headers.get("Content-Length", "")
        if length.isdigit() and int(length) > MAX_PAGE_BYTES:
            raise publisher.too_big(MAX_PAGE_BYTES)
        raw = b"".join(publisher.chunks(response, MAX_PAGE_BYTES, raw=False))
        content_type = response.headers.get("Content-Type", "")
    try:
        told = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        refuse_web_page(publisher.dataset_id, raw, content_type)
        raise TryAgain(f"{publisher.host} sent half an answer") from error
    if not isinstance(told, dict):
        raise DownloadRefused(f"{publisher.dataset_id}: {publisher.host} sent no answer of a layer")
    if _error_code(told) in _BUSY:
        raise TryAgain(f"{publisher.host} answers {_message(told)}")
    return raw, told


def _refuse_error(
    publisher: Publisher, told: dict[str, Any], *, may_be_smaller: bool = False
) -> None:
    """Find the error that hides in an answer of status 200."""
    if "error" not in told:
        return
    code = _error_code(told)
    if may_be_smaller and (code in _TOO_MUCH or code >= 500):
        raise _TooMuch(_message(told))
    raise DownloadRefused(f"{publisher.dataset_id}: {publisher.host} answers {_message(told)}")


def _error_code(told: dict[str, Any]) -> int:
    error = told.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else 0 if error is None else 500


def _message(told: dict[str, Any]) -> str:
    error = told.get("error")
    if not isinstance(error, dict):
        return f"error: {str(error)[:200]}"
    words = [str(error.get("message") or "no message"), *map(str, error.get("details") or [])]
    return f"error {error.get('code')}: {'; '.join(word for word in words if word)[:300]}"


def _check_grid(publisher: Publisher, features: list[Any], code_column: str) -> None:
    """Refuse outlines that are not metres of the National Grid, whatever the answer calls them.

    A service that passes over outSR gives degrees, whose areas would silently be square degrees.
    """
    drawn = [each for each in features if isinstance(each, dict) and each.get("geometry")]
    try:
        shapes = shapely.from_geojson([orjson.dumps(each["geometry"]) for each in drawn])
    except shapely.GEOSException as error:
        raise DownloadRefused(
            f"{publisher.dataset_id}: an outline that {publisher.host} sent is not GeoJSON ({error})"
        ) from error
    box = shapely.bounds(shapes)
    west, south, east, north = GRID_BOX
    with np.errstate(invalid="ignore"):  # an empty outline has no bounds
        outside = (box[:, :2] < (west, south)).any(axis=1) | (box[:, 2:] > (east, north)).any(
            axis=1
        )
        degrees = (np.abs(box) <= (180.0, 90.0, 180.0, 90.0)).all(axis=1)
    if not (outside | degrees).any():
        return
    first = int(np.flatnonzero(outside | degrees)[0])
    code = str((drawn[first].get("properties") or {}).get(code_column, ""))
    corner = f"{box[first, 0]:.4f}, {box[first, 1]:.4f}"
    what = "degrees" if degrees[first] else "outside the National Grid"
    raise DownloadRefused(
        f"{publisher.dataset_id}: the outlines are not in British National Grid: {code} begins at"
        f" {corner}, which is {what}",
        [Fault(what, value=code, rule="metres of the National Grid")],
    )


def _check_whole(publisher: Publisher, layer: _Layer, pages: _Pages) -> None:
    if pages.features != layer.total:
        raise DownloadRefused(
            f"{publisher.dataset_id}: {publisher.host} counts {layer.total:,} features and gave"
            f" {pages.features:,}; nothing of it was kept"
        )
