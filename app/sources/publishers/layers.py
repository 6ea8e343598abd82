"""Writes and reads downloaded layers: one GeoJSON feature a line, sorted by code, British National Grid."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import shapely

from app.sources.publishers.refusals import DownloadRefused
from boundaries.crs import BNG, Bounds
from boundaries.errors import Fault
from boundaries.sources.layers import Layer, LayerRead

# West, south, east, north in metres: Great Britain with a wide margin of sea.
GRID_BOX: Bounds = (-100_000.0, -200_000.0, 900_000.0, 1_400_000.0)
ENGLAND = "E"
LINES_AT_ONCE = 4000
# Stands before the outline on every line, and nowhere behind it.
_GEOMETRY = b',"geometry":'


def write_lines(pages: Sequence[Path], code_column: str, target: Path) -> None:
    """Write the features of some pages as lines sorted by code, whatever order the pages had.

    Each line is `{"type", "properties" (keys sorted), "geometry" (type, coordinates)}`; the page's
    own feature ids go. The code's column is matched whatever its case. Raises DownloadRefused for a
    feature without a code and for a code that stands twice.
    """
    name = target.name.partition(".")[0]
    spool = target.with_name(target.name + ".unsorted")
    places: list[tuple[str, int, int]] = []
    try:
        with spool.open("wb") as file:
            for page in pages:
                for feature in orjson.loads(page.read_bytes())["features"]:
                    told = feature.get("properties") or {}
                    code = told.get(code_column, _value_of(told, code_column))
                    if not isinstance(code, str) or not code.strip():
                        raise DownloadRefused(
                            f"{name}: feature {len(places) + 1:,} has no {code_column}",
                            [Fault("no code", row=len(places) + 1, column=code_column)],
                        )
                    line = _line(feature)
                    places.append((code, file.tell(), len(line)))
                    file.write(line)
        places.sort()
        _refuse_doubles(name, [code for code, _, _ in places])
        with spool.open("rb") as unsorted, target.open("wb") as file:
            for _, start, length in places:
                unsorted.seek(start)
                file.write(unsorted.read(length))
            file.flush()
            os.fsync(file.fileno())
    finally:
        spool.unlink(missing_ok=True)


def _line(feature: dict[str, Any]) -> bytes:
    shape = feature.get("geometry")
    return orjson.dumps(
        {
            "type": "Feature",
            "properties": dict(sorted(feature["properties"].items())),
            "geometry": shape and {"type": shape["type"], "coordinates": shape["coordinates"]},
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )


def _value_of(told: dict[str, Any], column: str) -> Any:
    return next((value for name, value in told.items() if name.lower() == column.lower()), None)


def _refuse_doubles(name: str, codes: list[str]) -> None:
    twice = sorted({code for code, after in pairwise(codes) if code == after})
    if twice:
        raise DownloadRefused(
            f"{name}: {len(twice)} codes came twice: {', '.join(twice[:5])}",
            [Fault("the code came twice", value=code, rule="code-once") for code in twice[:100]],
        )


def read_fetched_layer(path: Path, layer: Layer, keep: Collection[str] | None) -> LayerRead:
    """Read a downloaded layer as `read_layer` reads the mirror's: its English features, or those in `keep`.

    Columns are matched whatever their case. The frame has position (from 1, in the file), code,
    name, geometry (British National Grid, none repaired) and the layer's extra columns; features of
    other countries and codes not in `keep` are counted as elsewhere. Raises DownloadRefused for a
    file that is no such layer.
    """
    wanted = None if keep is None else frozenset(keep)
    rows: list[dict[str, Any]] = []
    shapes = [np.empty(0, dtype=object)]
    names: dict[str, str] = {}
    features_in = 0
    for lines in _blocks(path):
        outlines = []
        for line in lines:
            head, _, outline = line.rpartition(_GEOMETRY)
            features_in += 1
            told = _properties(path, head, features_in)
            names = names or _match_columns(path, layer, told)
            code = told.get(names["code"])
            is_english = isinstance(code, str) and code.startswith(ENGLAND)
            if not is_english or (wanted is not None and code not in wanted):
                continue
            rows.append(
                {"position": features_in} | {ours: told.get(name) for ours, name in names.items()}
            )
            outlines.append(None if outline.startswith(b"null") else outline.rstrip()[:-1])
        shapes.append(_shapes(path, outlines))
    columns = ["position", "code", *(["name"] if layer.name_column else []), *layer.columns]
    table = pd.DataFrame(rows, columns=columns)
    if not layer.name_column:
        table["name"] = table["code"]
    frame = gpd.GeoDataFrame(table, geometry=np.concatenate(shapes), crs=BNG)
    return LayerRead(frame, features_in, features_in - len(frame))


def _blocks(path: Path) -> Iterator[list[bytes]]:
    with path.open("rb") as file:
        while lines := list(islice(file, LINES_AT_ONCE)):
            yield lines


def _properties(path: Path, head: bytes, row: int) -> dict[str, Any]:
    try:
        told = orjson.loads(head + b"}")["properties"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise DownloadRefused(
            f"{path.name} is not a downloaded layer: line {row:,} is no feature",
            [Fault("not a feature", file=path.name, row=row)],
        ) from error
    return told if isinstance(told, dict) else {}


def _match_columns(path: Path, layer: Layer, told: dict[str, Any]) -> dict[str, str]:
    here = {name.lower(): name for name in told}
    asked = {"code": layer.code_column, "name": layer.name_column}
    asked |= {column: column for column in layer.columns}
    found = {}
    for ours, name in asked.items():
        if name is None:
            continue
        if name.lower() not in here:
            raise DownloadRefused(
                f"{path.name} has no column {name}; it has {', '.join(sorted(told))[:300]}",
                [Fault("missing column", file=path.name, column=name)],
            )
        found[ours] = here[name.lower()]
    return found


def _shapes(path: Path, outlines: list[bytes | None]) -> np.ndarray:
    try:
        return np.asarray(shapely.from_geojson(outlines), dtype=object)
    except shapely.GEOSException as error:
        raise DownloadRefused(f"{path.name} has an outline that is not GeoJSON: {error}") from error
