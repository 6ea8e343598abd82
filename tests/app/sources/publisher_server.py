"""A local host that publishes files and layers as ONS, GOV.UK and Ordnance Survey do, with their faults."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    """One question that came."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]


@dataclass
class Status:
    """Answer with this status instead."""

    code: int
    retry_after: str | None = None


@dataclass
class Cut:
    """Promise the whole body, send this many bytes of it and hang up."""

    after_bytes: int


@dataclass
class ErrorBody:
    """Answer status 200 with an error in the body, as an ArcGIS service does."""

    code: int
    message: str = "Unable to complete operation."


Trouble = Status | Cut | ErrorBody


@dataclass
class PublishedFile:
    content: bytes
    content_type: str = "text/csv"
    encoding: str | None = None
    etag: str | None = '"first"'
    modified: str | None = None
    knows_ranges: bool = True
    says_length: bool = True


@dataclass
class PublishedLayer:
    """Features in the order published; `largest_page` more at once is refused with status 200."""

    features: list[dict[str, Any]]
    code_column: str = "LAD25CD"
    most_at_once: int = 2000
    largest_page: int = 100_000
    refuses_with: dict[str, Any] = field(
        default_factory=lambda: {"error": {"code": 400, "message": "Cannot perform query."}}
    )
    says_more: str = "properties"  # or "top", or "never"
    count: int | None = None
    edited: int = 1
    hold_from_offset: int | None = None


class PublisherServer(ThreadingHTTPServer):
    """What is published at which path, the troubles still to come there, and what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.files: dict[str, PublishedFile] = {}
        self.layers: dict[str, PublishedLayer] = {}
        self.redirects: dict[str, str] = {}
        self.troubles: dict[str, list[Trouble | None]] = {}  # of the next questions, in turn
        self.asked: list[Asked] = []
        self.held = threading.Event()
        self.let_go = threading.Event()

    def at(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def asked_at(self, path: str) -> list[Asked]:
        return [each for each in self.asked if each.path == path]

    def pages_asked(self, path: str) -> list[Asked]:
        return [
            each for each in self.asked_at(f"{path}/query") if "resultOffset" in each.parameters
        ]

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # who asked was killed
            super().handle_error(request, client_address)


@contextmanager
def publishing() -> Iterator[PublisherServer]:
    with PublisherServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.let_go.set()
            server.shutdown()
            thread.join()


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: PublisherServer

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        parameters = dict(parse_qsl(parts.query))
        server = self.server
        server.asked.append(Asked(parts.path, parameters, dict(self.headers.items())))
        trouble = server.troubles[parts.path].pop(0) if server.troubles.get(parts.path) else None
        if isinstance(trouble, Status):
            more = {"Retry-After": trouble.retry_after} if trouble.retry_after else {}
            self._send(trouble.code, b"not now", more)
        elif isinstance(trouble, ErrorBody):
            told = {"error": {"code": trouble.code, "message": trouble.message, "details": []}}
            self._send_json(told)
        elif parts.path in server.redirects:
            self._send(307, b"", {"Location": server.redirects[parts.path]})
        elif parts.path in server.files:
            self._send_file(server.files[parts.path], trouble)
        elif parts.path in server.layers:
            self._send_json(_describe(server.layers[parts.path]))
        elif parts.path.removesuffix("/query") in server.layers:
            self._send_page(server.layers[parts.path.removesuffix("/query")], parameters, trouble)
        else:
            self._send(404, b"nothing here")

    def _send_file(self, file: PublishedFile, trouble: Trouble | None) -> None:
        headers = {"Content-Type": file.content_type}
        headers |= {"ETag": file.etag} if file.etag else {}
        headers |= {"Last-Modified": file.modified} if file.modified else {}
        headers |= {"Content-Encoding": file.encoding} if file.encoding else {}
        asked = self.headers.get("Range", "")
        condition = self.headers.get("If-Range")
        if asked and file.knows_ranges and condition in {None, file.etag, file.modified}:
            start, total = int(asked.removeprefix("bytes=").removesuffix("-")), len(file.content)
            if start >= total:
                self._send(416, b"", {"Content-Range": f"bytes */{total}"})
                return
            headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
            self._send(206, file.content[start:], headers, trouble)
        elif file.says_length:
            self._send(200, file.content, headers, trouble)
        else:
            self.send_response(200)
            for name, value in {**headers, "Transfer-Encoding": "chunked"}.items():
                self.send_header(name, value)
            self.end_headers()
            for start in range(0, len(file.content), 65536):
                block = file.content[start : start + 65536]
                self.wfile.write(f"{len(block):x}\r\n".encode() + block + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")

    def _send_page(
        self, layer: PublishedLayer, parameters: dict[str, str], trouble: Trouble | None
    ) -> None:
        if parameters.get("returnCountOnly") == "true":
            self._send_json(
                {"count": len(layer.features) if layer.count is None else layer.count}, trouble
            )
            return
        offset = int(parameters["resultOffset"])
        size = min(int(parameters["resultRecordCount"]), layer.most_at_once)
        if layer.hold_from_offset is not None and offset >= layer.hold_from_offset:
            self.server.held.set()
            self.server.let_go.wait(60)
        if size > layer.largest_page:
            self._send_json(layer.refuses_with)
            return
        page = layer.features[offset : offset + size]
        told: dict[str, Any] = {"type": "FeatureCollection", "features": page}
        if offset + size < len(layer.features):
            if layer.says_more == "properties":
                told["properties"] = {"exceededTransferLimit": True}
            elif layer.says_more == "top":
                told["exceededTransferLimit"] = True
        self._send_json(told, trouble)

    def _send_json(self, told: dict[str, Any], trouble: Trouble | None = None) -> None:
        body = json.dumps(told).encode()
        self._send(200, body, {"Content-Type": "application/json; charset=utf-8"}, trouble)

    def _send(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
        trouble: Trouble | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if isinstance(trouble, Cut):
            self.wfile.write(body[: trouble.after_bytes])
            self.close_connection = True
        else:
            self.wfile.write(body)


def _describe(layer: PublishedLayer) -> dict[str, Any]:
    named = layer.features[0]["properties"] if layer.features else {layer.code_column: ""}
    return {
        "fields": [{"name": name} for name in named],
        "maxRecordCount": layer.most_at_once,
        "editingInfo": {"dataLastEditDate": layer.edited},
    }
