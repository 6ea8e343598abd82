"""Reads Mapbox Vector Tiles (specification 2.1) without GDAL, whose reader the service switches off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import shapely

HALF_WORLD_M = 20037508.342789244
_SIZES = {1: 8, 5: 4}


def read_tile(body: bytes, z: int, y: int, x: int) -> list[dict[str, Any]]:
    """Give the features of a tile of one layer: properties, and `shape` in metres of Web Mercator."""
    found = []
    for number, layer in _fields(body):
        assert number == 3
        parts = list(_fields(layer))
        keys = [bytes(value).decode() for number, value in parts if number == 3]
        values = [_value(value) for number, value in parts if number == 4]
        extent = next(value for number, value in parts if number == 5)
        side = 2 * HALF_WORLD_M / 2**z
        for kind, feature in parts:
            if kind == 2:
                given = dict(_fields(feature))
                tags = list(_integers(given.get(2, b"")))
                properties = {
                    keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)
                }
                rings = [
                    [(x * side - HALF_WORLD_M + px * side / extent, HALF_WORLD_M - y * side - py * side / extent)
                     for px, py in ring]
                    for ring in _rings(given[4])
                ]  # fmt: skip
                found.append({**properties, "shape": _shape(rings)})
    return found


def _shape(rings: list[list[tuple[float, float]]]) -> Any:
    """Put rings together: in metres an outer one turns to the right, and holes follow their outer one."""
    parts: list[Any] = []
    for ring in rings:
        if len(ring) < 3:
            continue
        shape = shapely.make_valid(shapely.Polygon(ring))
        outer = not parts or _turns_right(ring)
        if outer:
            parts.append(shape)
        else:
            parts[-1] = shapely.difference(parts[-1], shape)
    return shapely.union_all(parts)


def _turns_right(ring: list[tuple[float, float]]) -> bool:
    """Say by its area, as the specification does, whether a ring is an outer one."""
    ahead = [*ring[1:], ring[0]]
    return sum(x * v - u * y for (x, y), (u, v) in zip(ring, ahead, strict=True)) < 0


def _fields(body: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(body):
        tag, at = _integer(body, at)
        if tag & 7 == 0:
            value, at = _integer(body, at)
            yield tag >> 3, value
            continue
        size, at = (_SIZES[tag & 7], at) if tag & 7 in _SIZES else _integer(body, at)
        yield tag >> 3, body[at : at + size]
        at += size


def _integer(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (body[at] & 127) << shift
        at += 1
        if body[at - 1] < 128:
            return value, at
        shift += 7


def _integers(body: bytes) -> Iterator[int]:
    at = 0
    while at < len(body):
        value, at = _integer(body, at)
        yield value


def _value(body: bytes) -> Any:
    number, value = next(_fields(body))
    return bytes(value).decode() if number == 1 else value >> 1 if number == 6 else value


def _rings(body: bytes) -> Iterator[list[tuple[int, int]]]:
    numbers, px, py, ring = _integers(body), 0, 0, []
    for command in numbers:
        if command & 7 == 7:
            yield ring
            continue
        if command & 7 == 1:
            ring = []
        for _ in range(command >> 3):
            dx, dy = next(numbers), next(numbers)
            px, py = px + ((dx >> 1) ^ -(dx & 1)), py + ((dy >> 1) ^ -(dy & 1))
            ring.append((px, py))
