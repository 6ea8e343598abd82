"""What is refused over HTTP: one row for each kind of hostile or mistaken input, with its status and its words."""

from __future__ import annotations

import gzip
import io
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import cos, pi, sin
from typing import Any

import orjson

API = "/api/v1"
ITEMS = "/ogc/collections/lad/items"
OUTLINES = f"{API}/rehearsals/neighbourhoods?file_name="
DISTRICT = "X07000001"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Refusal:
    """A request and how it is refused: status, kind of problem, words of the detail or of a fault."""

    ask: str
    status: int
    slug: str
    words: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = ""


VRT = (
    b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
    b"</OGRVRTDataSource>"
)


def polygon(*corners: tuple[float, float]) -> dict[str, Any]:
    """A closed polygon as GeoJSON."""
    return {"type": "Polygon", "coordinates": [[*map(list, corners), list(corners[0])]]}


def star(vertices: int) -> dict[str, Any]:
    """A ring that crosses itself as often as it can: each vertex lies nearly opposite the last."""
    turn = pi * (vertices - 1) / vertices
    at = [(-1.5 + cos(n * turn) / 10, 52 + sin(n * turn) / 10) for n in range(vertices)]
    return polygon(*at)


def comb(teeth: int, *, upright: bool) -> dict[str, Any]:
    """A valid comb in Hastings; laid across another it has as many pieces as teeth squared."""
    along = [(n / (2 * teeth), 0.2 if n % 4 in {1, 2} else 0.01) for n in range(2 * teeth)]
    at = [(0.0, 0.0), *((x, y) for x, y in along), (1.0, 0.0)]
    return polygon(
        *((0.5 + (x if upright else y) / 5, 50.85 + (y if upright else x) / 5) for x, y in at)
    )


def sent(geometry: Any, **more: Any) -> bytes:
    """A body for `POST /align`."""
    return orjson.dumps({"geometry": geometry, **more})


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    """A zip file with these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def link() -> zipfile.ZipInfo:
    """A symbolic link as an entry of a zip."""
    entry = zipfile.ZipInfo("link.shp")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


WMS = b'<GDAL_WMS><Service name="TMS"><ServerUrl>http://127.0.0.1:1/x</ServerUrl></Service></GDAL_WMS>'
KML = b'<?xml version="1.0"?><!DOCTYPE kml [%s]><kml><name>&x;</name></kml>'
XXE = KML % b'<!ENTITY x SYSTEM "file:///etc/passwd">'
LAUGHS = KML % b'<!ENTITY a "ha"><!ENTITY x "&a;&a;&a;">'
SQUARE = polygon((-1.6, 52.0), (-1.5, 52.0), (-1.5, 52.1), (-1.6, 52.1))
BOW_TIE = polygon((-1.6, 52.0), (-1.5, 52.1), (-1.5, 52.0), (-1.6, 52.1))
GRID_METRES = polygon((430000, 260000), (431000, 260000), (431000, 261000), (430000, 261000))
SWAPPED = polygon((52.0, -1.6), (52.0, -1.5), (52.1, -1.5), (52.1, -1.6))
BOMB = gzip.compress(b"code,n\n" + b"X07000001,1\n" * 9_000_000, 9, mtime=0)


def align(name: str, status: int, slug: str, words: str, body: bytes) -> tuple[str, Refusal]:
    """A body that `POST /align` refuses."""
    return name, Refusal(f"{API}/align", status, slug, words, body, JSON)


def outlines(
    name: str, words: str, body: bytes, slug: str = "", status: int = 422
) -> tuple[str, Refusal]:
    """A file of outlines that is refused; the case's name ends in the file's."""
    octets = {"Content-Type": "application/octet-stream"}
    return name, Refusal(OUTLINES + name.rsplit(maxsplit=1)[-1], status, slug, words, body, octets)


CASES: dict[str, Refusal] = dict([
    # Bodies: size, JSON, encoding, numbers, depth.
    align("body over 10 MB", 413, "too-large", "at most 10000000", b'{"x": "' + b"x" * 10_000_000 + b'"}'),
    align("not JSON", 400, "bad-body", "character 9", b'{"codes": nope}'[:9] + b"}"),
    align("not UTF-8", 400, "bad-body", "UTF-8", b'{"codes": ["\xff"]}'),
    align("UTF-16", 400, "bad-body", "UTF-8", '{"codes": []}'.encode("utf-16")),
    align("NaN", 400, "bad-body", "character", b'{"tolerance_m": NaN}'),
    align("1e999", 400, "bad-body", "infinity", b'{"tolerance_m": 1e999}'),
    align("half a surrogate", 400, "bad-body", "surrogate", b'{"codes": ["\\ud800"]}'),
    align("NUL", 400, "bad-body", "NUL", b'{"codes": ["a\\u0000"]}'),
    align("400 deep", 400, "bad-body", "400 deep; at most 32", b"[" * 400 + b"]" * 400),
    ("gzip as a coding", Refusal(f"{API}/align", 415, "unsupported-body", "Content-Encoding",
        gzip.compress(b"{}", mtime=0), JSON | {"Content-Encoding": "gzip"})),
    ("gzip that grows",
        Refusal(f"{API}/doctor/csv", 422, "table-refused", "100 times", BOMB, {"Content-Type": "text/csv"})),
    ("not said to be JSON",
        Refusal(f"{API}/align", 415, "unsupported-body", "as JSON", b"{}", {"Content-Type": "text/plain"})),
    # Outlines.
    align("crosses itself", 422, "invalid", "crosses itself at", sent(BOW_TIE)),
    align("crosses itself 500 times", 422, "invalid", "crosses itself at", sent(star(501))),
    align("is empty", 422, "invalid", "/geometry", sent({"type": "Polygon", "coordinates": []})),
    align("is a line", 422, "invalid", "not an area", sent({"type": "LineString", "coordinates": [[0, 52], [1, 52]]})),
    align("grid metres", 422, "invalid", "British National Grid", sent(GRID_METRES)),
    align("turned round", 422, "invalid", "swapped", sent(SWAPPED)),
    align("beyond lon-lat", 422, "invalid", "/geometry", sent(polygon((1e308, 1e308), (0, 0), (1, 1)))),
    align("50,001 vertices", 422, "invalid", "50,000",
        sent(polygon(*((-1.6 + n / 1e6, 52 + (n % 2) / 1e3) for n in range(50_001))))),
    # Files of outlines: their names are only said, never opened; drivers that reach out are off.
    outlines("zip of ../evil.shp a.zip", "outside the archive", zipped(("../evil.shp", b"x"))),
    outlines("zip of an absolute path a.zip", "absolute", zipped(("/etc/evil.shp", b"x"))),
    outlines("zip of a backslash a.zip", "backslash", zipped(("a\\b.shp", b"x"))),
    outlines("zip of a link a.zip", "symbolic link", zipped((link(), b"/etc/passwd"))),
    outlines("zip of 101 a.zip", "101 entries", zipped(*((f"f{n}.dbf", b"") for n in range(101)))),
    outlines("zip that grows a.zip", "more than 100 times", zipped(("a.shp", b"\0" * (2 << 20))), status=0),
    outlines("zip in a zip a.zip", "archive lies in the archive", zipped(("b.zip", zipped()))),
    outlines("zip of nothing a.zip", "", zipped()),
    outlines("zip cut off a.zip", "", zipped(("a.shp", b"x" * 1000))[:200]),
    outlines("VRT as a.geojson", "", VRT),
    outlines("WMS as a.gpkg", "", WMS),
    outlines("VRT as /vsicurl/http://127.0.0.1:1/a.geojson", "", VRT),
    outlines("entity of a file a.kml", "", XXE),
    outlines("a million laughs a.kml", "", LAUGHS),
    outlines("not one layer ../../a.gpkg", "", b"SQLite format 3\x00" + b"\0" * 4000),
    outlines("NaN a.geojson", "", b'{"type": "Polygon", "coordinates": [[[NaN, 1]]]}', status=0),
    # Tables.
    ("CSV without codes",
        Refusal(f"{API}/lookup/csv?column=code", 422, "", "code", b"a,b\n1,2\n", {"Content-Type": "text/csv"})),
    ("CSV in no encoding",
        Refusal(f"{API}/rebase?from=x&to=y", 422, "", "", b"\x00\x01\x02", {"Content-Type": "text/csv"})),
    # Parameters.
    ("unknown parameter", Refusal(f"{API}/areas?typ=lad", 400, "unknown-parameter", "type")),
    ("unknown OGC parameter", Refusal(f"{ITEMS}?nope=1", 400, "", "nope")),
    ("unknown sort", Refusal(f"{ITEMS}?sortby=nope", 400, "", "name")),
    ("unknown property", Refusal(f"{ITEMS}?properties=nope", 400, "", "name")),
    ("unknown in a filter", Refusal(f"{ITEMS}?filter=nope%3D1", 400, "", "name")),
    ("filter as SQL", Refusal(f"{ITEMS}?filter=name%3D%27x%27%3B%20DROP%20TABLE%20areas", 400, "", "")),
    ("filter that runs", Refusal(f"{ITEMS}?filter=exec%28java.lang.Runtime%29%3D1", 400, "", "")),
    ("filter 5,000 deep", Refusal(f"{ITEMS}?filter=" + "(" * 5000, 400, "", "")),
    ("limit 0", Refusal(f"{API}/areas?limit=0", 400, "bad-paging", "1 to 1000")),
    ("limit 1001", Refusal(f"{API}/areas?limit=1001", 400, "bad-paging", "1 to 1000")),
    ("OGC limit 0", Refusal(f"{ITEMS}?limit=0", 400, "", "limit")),
    ("cursor of another list", Refusal(f"{API}/areas?cursor=WzFd", 400, "bad-paging", "cursor")),
    ("bbox of NaN", Refusal(f"{ITEMS}?bbox=nan,nan,nan,nan", 400, "", "bbox")),
    ("bbox of three", Refusal(f"{ITEMS}?bbox=1,2,3", 400, "", "bbox")),
    ("bbox of 1e308", Refusal(f"{ITEMS}?bbox=-1e308,-1e308,1e308,1e999", 400, "", "bbox")),
    ("bbox of areas", Refusal(f"{API}/areas?bbox=a,b,c,d", 422, "", "bbox")),
    ("tile 40", Refusal("/ogc/collections/lad/tiles/WebMercatorQuad/40/0/0", 404, "", "")),
    ("tile beside", Refusal("/ogc/collections/lad/tiles/WebMercatorQuad/1/2/0", 404, "", "")),
    ("tile of words", Refusal("/ogc/collections/lad/tiles/WebMercatorQuad/a/b/c", 404, "", "")),
    ("day that is none", Refusal(f"{API}/areas/{DISTRICT}?as_at=2025-02-30", 422, "invalid", "YYYY-MM-DD")),
    ("latitude NaN", Refusal(f"{API}/lookup/point?lon=0&lat=nan", 422, "", "lat")),
    ("?f=nan", Refusal(f"{ITEMS}?f=nan", 400, "", "f")),
    ("control character", Refusal(f"{API}/areas/a%00b", 400, "bad-request", "control character")),
    ("path upwards", Refusal("/static/../../../../etc/passwd", 404, "not-found", "")),
    ("path upwards, coded", Refusal("/static/..%2f..%2f..%2fetc/passwd", 404, "not-found", "")),
    ("foreign Host", Refusal("/", 400, "bad-request", "Host", headers={"Host": "evil.example"})),
    ("many form fields", Refusal(f"{API}/rehearsals/neighbourhoods", 400, "", "",
        b"".join(b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n' % n for n in range(1200)) + b"--x--",
        {"Content-Type": "multipart/form-data; boundary=x"})),
    ("method", Refusal(f"{API}/areas", 405, "method-not-allowed", "", method="DELETE")),
    # Who may.
    ("write without a token", Refusal(f"{API}/partnerships", 401, "not-signed-in", "Bearer", b"{}", JSON)),
    ("token that is none",
        Refusal(f"{API}/partnerships", 401, "not-signed-in", "not known", b"{}", JSON | {"Authorization": "Bearer x"})),
    ("audit without a token", Refusal(f"{API}/audit", 401, "not-signed-in", "Bearer")),
])  # fmt: skip
