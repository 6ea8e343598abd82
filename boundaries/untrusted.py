"""Runs geometry work on what users send in a process of its own, with limits that the kernel keeps.

It refuses what cheap tests can refuse without any geometry (size, JSON, depth, vertices, rings),
then what GEOS finds invalid; only valid outlines reach an overlay, and that runs in a limited
subprocess, never in PostGIS (SAFETY.md 0.3, C2: valid shapes can still explode, and a statement
timeout does not stop them).
"""

from __future__ import annotations

import math
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import orjson
import shapely

from boundaries import crs, deadlines, errors, untrusted_worker
from boundaries.errors import BoundsError, Fault, Invalid, Unavailable
from boundaries.methods.ground import GroundShares
from boundaries.methods.validity import MAX_VERTICES, check_polygon
from boundaries.methods.verdict import AuthorityLayer, AuthorityShare, OutlineVerdict
from boundaries.spare_interpreter import Spare

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from boundaries.vector_files import VectorFile

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 32
WORKERS, QUEUE = 2, 8
CHECKOUT = Path(__file__).resolve().parent.parent


class TooComplex(Invalid):
    """The outline is valid but its measurement ran into the limits of the subprocess."""

    slug = "too-complex"
    title = "The outline is too complex to measure"


class TooLarge(errors.Refused):
    """The body or file is larger than is read."""

    slug = "input-too-large"
    title = "The input is too large"


class Malformed(errors.Refused):
    """The body is not the JSON it should be."""

    slug = "malformed-json"
    title = "That is not readable JSON"


class _Gate:
    """Lets two in, keeps eight waiting and turns the rest away at once."""

    def __init__(self, workers: int, queue: int) -> None:
        self._free = threading.Semaphore(workers)
        self._places = threading.Semaphore(workers + queue)

    @contextmanager
    def place(self, wait_s: float) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise Unavailable("too many outlines are being measured: try again in some seconds")
        try:
            if not self._free.acquire(timeout=wait_s):
                raise Unavailable("the queue for measuring outlines did not move: try again")
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._places.release()


def _start_worker(grid: str) -> subprocess.Popen[bytes]:
    # -I keeps the user's own folders and environment out; the checkout is put on the path by hand.
    start = f"import sys; sys.path.insert(0, {str(CHECKOUT)!r}); "
    start += "from boundaries.untrusted_worker import main; main(sys.argv[1])"
    return subprocess.Popen(
        [sys.executable, "-I", "-c", start, grid],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=untrusted_worker.ENVIRONMENT, cwd="/",
    )  # fmt: skip


_gate = _Gate(WORKERS, QUEUE)
_spare = Spare(_start_worker)


def run_limited(
    function_name: str,
    question: Mapping[str, Any],
    blobs: Sequence[bytes] = (),
    *,
    cpu_s: int = 5,
    memory_mb: int = 2048,
    wall_s: float = 15.0,
    file_mb: int = 64,
) -> tuple[dict[str, Any], list[bytes]]:
    """Run one of `untrusted_worker.FUNCTIONS` in a limited interpreter of its own and give its answer.

    Question and answer are JSON and byte strings, never pickles: an answer from a process that
    touched hostile input is itself only read. Limits: CPU seconds, address space, size of any file
    written (0 core), open files; wall clock from here. Two run at once, eight wait.

    Raises what the function raised (its kind, slug and faults are kept), TooComplex where a limit
    ended it, Unavailable where ten are already here or the interpreter does not start.
    """
    limits = {"cpu_s": cpu_s, "memory_mb": memory_mb, "file_mb": file_mb}
    message = untrusted_worker.pack(
        {"function": function_name, "limits": limits, **question}, blobs
    )
    grid = str(crs.grid_folder())
    with _gate.place(wait_s=deadlines.left_s(wall_s)):
        deadlines.check()
        try:
            process = _spare.take(grid)
        except OSError as error:
            raise Unavailable(f"no process could be started to measure it: {error}") from error
        try:
            with process:  # closes its pipes
                try:
                    with deadlines.stopped_by(process.kill):
                        said, complaint = process.communicate(message, timeout=wall_s)
                finally:
                    process.kill()  # it waits for the end otherwise; one that ended feels nothing
        except subprocess.TimeoutExpired as error:
            raise TooComplex(f"too complex to measure in {wall_s:g} s") from error
        finally:
            _spare.refill(grid)
    deadlines.check()
    if process.returncode != 0 or not said:
        raise _explain(process.returncode, complaint, cpu_s, memory_mb)
    answer, answer_blobs = untrusted_worker.unpack(said)
    if "error" in answer:
        raise _rebuild(answer["error"])
    return answer, answer_blobs


def _explain(returncode: int, stderr: bytes, cpu_s: int, memory_mb: int) -> BoundsError:
    last = stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [""]
    if returncode < 0 or returncode in (untrusted_worker.OUT_OF_MEMORY, 137, 152):
        what = f"too complex to measure in {cpu_s} s of computing and {memory_mb} MB of memory"
        return TooComplex(what)
    return Unavailable(f"the process that measures outlines failed: {last[0][:200]}")


def _rebuild(said: Mapping[str, Any]) -> BoundsError:
    """Make the error again that the subprocess reported: kind, slug, title, detail, faults."""
    kinds: dict[str, type[BoundsError]] = {
        kind.__name__: kind
        for kind in (
            errors.NotFound,
            errors.Invalid,
            errors.Conflict,
            errors.Refused,
            errors.Unavailable,
        )
    }
    kind = kinds.get(str(said["kind"]), errors.Refused)
    error = kind(str(said["detail"]), [Fault(*fault) for fault in said["faults"]])
    error.slug, error.title = str(said["slug"]), str(said["title"])
    return error


def read_json_body(body: bytes, *, max_bytes: int = MAX_BODY_BYTES) -> Any:
    """Parse a body that holds geometry: size first, then UTF-8 JSON without NaN, then depth.

    Raises TooLarge or Malformed. orjson refuses NaN, Infinity, numbers beyond a double and bad
    UTF-8, and nests no deeper than 1,024. SAFETY.md C2, C3.
    """
    if len(body) > max_bytes:
        raise TooLarge(f"the body has {len(body):,} bytes; at most {max_bytes:,} are read")
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"not JSON: {error.msg} at byte {error.pos}") from error
    check_depth(parsed)
    return parsed


def check_depth(value: Any, max_depth: int = MAX_DEPTH) -> None:
    """Raise Malformed where JSON is nested deeper than `max_depth`."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > max_depth:
            raise Malformed(f"the JSON is nested deeper than {max_depth} levels")
        level = [
            child
            for item in level
            if isinstance(item, (dict, list))
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, (dict, list))
        ]


def parse_outline(
    geometry: Any, *, system: Literal["lon-lat", "bng"] = "lon-lat", pointer: str = "/geometry"
) -> BaseGeometry:
    """Make a checked outline in British National Grid from GeoJSON that a user sent.

    Takes a Polygon or MultiPolygon, a Feature of one, or a FeatureCollection whose polygons are
    taken together. Every ring is looked at before GEOS sees it (numbers, closed, four positions;
    at most 50,000 in all). Raises Invalid with a Fault whose pointer names the place.
    """
    rings = list(_polygons(geometry, pointer))
    if not rings:
        raise _refuse("there is no polygon in it", pointer)
    left = MAX_VERTICES
    for polygon, place in rings:
        left -= _check_rings(polygon, place, left)
    try:
        shape = shapely.multipolygons(
            [shapely.Polygon(polygon[0], polygon[1:]) for polygon, _ in rings]
        )
    except (shapely.errors.GEOSException, ValueError, TypeError) as error:
        raise _refuse(f"it could not be read: {error}", pointer) from error
    check_polygon(shape, system=system, pointer=pointer)
    if system == "bng":
        return cast("BaseGeometry", shapely.force_2d(shape))
    moved = crs.to_bng(np.array([shape], dtype=object))[0]
    # Moving the vertices can make edges touch that missed each other by a hair.
    check_polygon(moved, system="bng", pointer=pointer)
    return cast("BaseGeometry", moved)


def _refuse(reason: str, pointer: str) -> Invalid:
    return Invalid(f"the outline was refused: {reason}", [Fault(reason, pointer=pointer)])


def _polygons(geometry: Any, pointer: str) -> Iterator[tuple[list[Any], str]]:
    if not isinstance(geometry, dict):
        raise _refuse("it is not a GeoJSON object", pointer)
    kind = geometry.get("type")
    if kind == "FeatureCollection" and isinstance(geometry.get("features"), list):
        for index, feature in enumerate(geometry["features"]):
            yield from _polygons(feature, f"{pointer}/features/{index}")
    elif kind == "Feature":
        yield from _polygons(geometry.get("geometry"), f"{pointer}/geometry")
    elif kind in ("Polygon", "MultiPolygon"):
        coordinates = geometry.get("coordinates")
        place = f"{pointer}/coordinates"
        if not isinstance(coordinates, list) or not coordinates:
            raise _refuse("it is empty", place)
        if kind == "Polygon":
            yield coordinates, place
        else:
            for index, polygon in enumerate(coordinates):
                yield polygon, f"{place}/{index}"
    else:
        raise _refuse(f"it is not an area but {str(kind)[:40]!r}", pointer)


def _check_rings(polygon: Any, pointer: str, left: int) -> int:
    """Look at one polygon's rings in plain Python; give how many positions they hold."""
    if not isinstance(polygon, list) or not polygon:
        raise _refuse("a polygon is empty", pointer)
    count = 0
    for index, ring in enumerate(polygon):
        place = f"{pointer}/{index}"
        if not isinstance(ring, list):
            raise _refuse("a ring is not a list of positions", place)
        count += len(ring)
        if count > left:
            raise _refuse(f"it has more than {MAX_VERTICES:,} vertices", place)
        for nth, position in enumerate(ring):
            if not (
                isinstance(position, list)
                and 2 <= len(position) <= 4
                and all(_is_number(number) for number in position)
            ):
                raise _refuse("a position is not two finite numbers", f"{place}/{nth}")
        if len(ring) < 4:
            raise _refuse("a ring has fewer than four positions", place)
        if ring[0][:2] != ring[-1][:2]:
            raise _refuse("a ring is not closed: its last position is not its first", place)
        for position in ring:
            del position[2:]
    return count


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def judge_uploaded_outline(
    outline: BaseGeometry,
    authorities: AuthorityLayer,
    *,
    tolerance_m: float = 25.0,
    layer_tolerance_m: float = 20.0,
    cpu_s: int = 5,
) -> OutlineVerdict:
    """Judge a user's checked outline (from `parse_outline`) against authorities, under limits.

    Only authorities whose box meets the outline's are sent. Answers as `methods.verdict.judge_outline`
    does; raises TooComplex where the measurement ran into a limit.
    """
    near = sorted(authorities.tree.query(outline).tolist())
    question = {
        "codes": [authorities.codes[i] for i in near],
        "names": [authorities.names[i] for i in near],
        "tolerance_m": tolerance_m,
        "layer_tolerance_m": layer_tolerance_m,
    }
    blobs = [shapely.to_wkb(outline), *(shapely.to_wkb(authorities.outlines[i]) for i in near)]
    answer, _ = run_limited("judge_outline", question, blobs, cpu_s=cpu_s, wall_s=3.0 * cpu_s)
    said = answer["verdict"]
    said["authorities"] = tuple(AuthorityShare(**row) for row in said["authorities"])
    said["warnings"] = tuple(said["warnings"])
    return OutlineVerdict(**said)


def measure_untrusted_ground(outline: BaseGeometry, areas: Any, tolerance_m: float) -> GroundShares:
    """Measure what of each area lies in somebody's outline, under limits; answers as `methods.ground.ground_shares`."""
    blobs = [shapely.to_wkb(outline), *(shapely.to_wkb(area) for area in areas)]
    answer, _ = run_limited("ground_shares", {"tolerance_m": tolerance_m}, blobs)
    return GroundShares(
        np.array(answer["area"], dtype=np.intp), np.array(answer["overlap_m2"], dtype=np.float64),
        np.array(answer["area_share"], dtype=np.float64),
        np.array(answer["core_share"], dtype=np.float64),
    )  # fmt: skip


def read_uploaded_vector(
    path: Path,
    *,
    layer: str | None = None,
    code_column: str | None = None,
    name_column: str | None = None,
    crs_name: str | None = None,
    cpu_s: int = 120,
    memory_mb: int = 4096,
) -> VectorFile:
    """Read a boundary file that a user gave, under limits; answers as `vector_files.read_vector`."""
    from boundaries.vector_files import VectorFile

    question = {
        "path": str(path.resolve()),
        "layer": layer,
        "code_column": code_column,
        "name_column": name_column,
        "crs": crs_name,
    }
    answer, blobs = run_limited(
        "read_vector",
        question,
        cpu_s=cpu_s,
        memory_mb=memory_mb,
        wall_s=2.0 * cpu_s,
        file_mb=512,
    )
    return VectorFile.from_message(answer, blobs)


def read_uploaded_outlines(
    path: Path,
    *,
    layer: str | None = None,
    name_column: str | None = None,
    crs_name: str | None = None,
    cpu_s: int = 20,
    memory_mb: int = 2048,
) -> list[tuple[str, Any]]:
    """Read outlines that somebody drew, under limits; answers as `outline_files.read_outlines`."""
    question = {
        "path": str(path.resolve()), "layer": layer, "name_column": name_column, "crs": crs_name,
    }  # fmt: skip
    answer, blobs = run_limited(
        "read_outlines", question, cpu_s=cpu_s, memory_mb=memory_mb, wall_s=3.0 * cpu_s, file_mb=512
    )
    return list(zip(answer["names"], shapely.from_wkb(blobs), strict=True))
