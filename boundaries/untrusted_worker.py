"""The inside of the limited subprocess: takes one question on standard input, answers, ends.

It refuses to run without its limits. What most questions need is imported before it reads one, so
that a process started ahead of need answers at once; the rest when asked (SAFETY.md C2). Started by
`boundaries.untrusted` and by nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

OUT_OF_MEMORY = 77
OPEN_FILES = 64
# The subprocess inherits nothing of the service's environment (no database address, no token), and
# one thread each keeps the libraries' address space small.
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "GDAL_NUM_THREADS": "1",
    "PROJ_NETWORK": "OFF",
}

Answer = tuple[dict[str, Any], list[bytes]]


def pack(head: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> bytes:
    """Put a JSON head and byte strings into one message: a line of JSON, then the bytes."""
    line = orjson.dumps({**head, "blob_sizes": [len(blob) for blob in blobs]})
    return b"".join([line, b"\n", *blobs])


def unpack(message: bytes) -> Answer:
    """Take a message apart again; raises ValueError where its sizes do not add up."""
    line, _, rest = message.partition(b"\n")
    head = orjson.loads(line)
    blobs, at = [], 0
    for size in head.pop("blob_sizes"):
        blobs.append(rest[at : at + size])
        at += size
    if at != len(rest):
        raise ValueError("the message is cut off")
    return head, blobs


def limit_self(cpu_s: int, memory_mb: int, file_mb: int) -> None:
    """Set the kernel's limits on this process: processor seconds, memory, files, no core.

    The seconds are counted from here on, so that a slow start takes nothing from the work.
    """
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime + 1)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + cpu_s, spent + cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_mb << 20, file_mb << 20))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _judge_outline(question: dict[str, Any], blobs: list[bytes]) -> Answer:
    from dataclasses import asdict

    import shapely

    from boundaries.methods.verdict import AuthorityLayer, judge_outline

    shapes = shapely.from_wkb(blobs)
    layer = AuthorityLayer(question["codes"], question["names"], shapes[1:])
    verdict = judge_outline(
        shapes[0],
        layer,
        tolerance_m=question["tolerance_m"],
        layer_tolerance_m=question["layer_tolerance_m"],
    )
    return {"verdict": asdict(verdict)}, []


def _read_vector(question: dict[str, Any], _blobs: list[bytes]) -> Answer:
    from pathlib import Path

    from boundaries.vector_files import read_vector

    found = read_vector(
        Path(question["path"]),
        layer=question["layer"],
        code_column=question["code_column"],
        name_column=question["name_column"],
        crs=question["crs"],
    )
    return found.to_message()


def _read_outlines(question: dict[str, Any], _blobs: list[bytes]) -> Answer:
    """Read the outlines that somebody drew, with their names."""
    from pathlib import Path

    import shapely

    from boundaries.outline_files import read_outlines

    found = read_outlines(
        Path(question["path"]),
        layer=question["layer"],
        name_column=question["name_column"],
        crs=question["crs"],
    )
    return {"names": [name for name, _ in found]}, [shapely.to_wkb(shape) for _, shape in found]


def _read_raster(question: dict[str, Any], _blobs: list[bytes]) -> Answer:
    """Read a grid of cells and write it cloud-optimised."""
    from pathlib import Path

    from boundaries.raster_files import read_raster

    path, target = Path(question.pop("path")), Path(question.pop("target"))
    return read_raster(path, target, **question), []


def _overlap_areas(_question: dict[str, Any], blobs: list[bytes]) -> Answer:
    """Measure the common ground of the first outline with each of the others."""
    import shapely

    from boundaries.methods.overlay import overlap_areas

    shapes = shapely.from_wkb(blobs)
    found = overlap_areas(shapes[1:], shapes[:1])
    return {"positions": found.a.tolist(), "area_m2": found.area_m2.tolist()}, []


def _ground_shares(question: dict[str, Any], blobs: list[bytes]) -> Answer:
    """Measure the share of each area that lies in the first outline."""
    import shapely

    from boundaries.methods.ground import ground_shares

    shapes = shapely.from_wkb(blobs)
    found = ground_shares(shapes[0], shapes[1:], question["tolerance_m"])
    return {name: values.tolist() for name, values in found._asdict().items()}, []


FUNCTIONS: dict[str, Callable[[dict[str, Any], list[bytes]], Answer]] = {
    "ground_shares": _ground_shares,
    "judge_outline": _judge_outline,
    "overlap_areas": _overlap_areas,
    "read_outlines": _read_outlines,
    "read_raster": _read_raster,
    "read_vector": _read_vector,
}


def main(grid_folder: str) -> None:
    """Read the question, limit this process, answer; the parent explains any other end."""
    from pathlib import Path

    import shapely

    from boundaries import crs
    from boundaries.errors import BoundsError
    from boundaries.methods import verdict  # noqa: F401 - while it waits for its question

    crs.use_grid(Path(grid_folder))
    question, blobs = unpack(sys.stdin.buffer.read())
    limit_self(**question.pop("limits"))
    try:
        answer = pack(*FUNCTIONS[question.pop("function")](question, blobs))
    except BoundsError as error:
        kind = next(k.__name__ for k in type(error).__mro__ if BoundsError in k.__bases__)
        said = {
            "kind": kind,
            "slug": error.slug,
            "title": error.title,
            "detail": error.detail,
            "faults": [list(fault) for fault in error.faults],
        }
        answer = pack({"error": said})
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
    except shapely.errors.GEOSException as error:
        if "bad_alloc" in str(error):  # how GEOS says that the memory limit was met
            sys.exit(OUT_OF_MEMORY)
        raise
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
