"""Writes the areas at a point as finished JSON; what is the same for every point of an area is kept written."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from app.lookup.answers import (
    IN_NO_AREA,
    POSTCODE_COLUMNS,
    Place,
    follow_directory,
    near_border_m,
    point_body,
)
from app.lookup.queries import OFFICIAL, postcode_area_item
from boundaries.methods.atlas_points import Answer, Hit
from boundaries.point_lookup import DayLayer, Gazetteer

# Of areas, some 200 bytes each in memory.
MOST_HEADS = 100_000
_NOTE = f',"note":{orjson.dumps(IN_NO_AREA).decode()}'
_NEAR, _NOT_NEAR = ',"near_border":true}', ',"near_border":false}'


class DrawnLayer(NamedTuple):
    """One layer of a day with the text that follows every distance in it.

    type : of its areas. official : the directory's column that is believed before the outline, where there is one
    """

    layer: DayLayer
    type: str
    tail: str
    near_m: float
    official: str | None


def drawn_layer(layer: DayLayer) -> DrawnLayer:
    """Write what is the same for all of a layer."""
    same = orjson.dumps({"release": layer.release, "quality": layer.quality}).decode()
    tail, near_m = f",{same[1:-1]}", near_border_m(layer)
    return DrawnLayer(layer, layer.type, tail, near_m, OFFICIAL.get(layer.type))


class AreaTexts:
    """Writes areas of one atlas."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._heads: dict[int, str] = {}

    def point(self, layers: Mapping[int, DrawnLayer], place: Place, told: Answer) -> bytes:
        """Write the answer about a point."""
        items = []
        for number, area, metres, is_inside in told.hits:
            _, kind, tail, _, _ = layers[number]
            head = self._heads.get(area) or self._head(kind, area)
            items.append((kind, f"{head}{metres:.1f}{tail}{'' if is_inside else _NOTE}}}"))
        items.sort(key=_type_of)
        body = point_body(place, [])
        if items:
            del body["note"]
        areas = ",".join([item for _, item in items])
        return orjson.dumps(body).replace(b'"areas":[]', b'"areas":[%b]' % areas.encode(), 1)

    def postcode(
        self, layers: Mapping[int, DrawnLayer], row: Mapping[str, Any], told: Answer, day: int
    ) -> bytes:
        """Write the answer about a postcode with the other side of each near border, the directory first believed."""
        beside = {other.layer: other for other in told.beside}
        items = []
        for hit in told.hits:
            number, area, metres, is_inside = hit
            layer, kind, tail, near_m, official = layers[number]
            said = "" if official is None else row[official]
            if number not in beside and (not said or said == self.gazetteer.codes[area]):
                is_near = metres <= near_m
                head = self._heads.get(area) or self._head(kind, area)
                note, end = "" if is_inside else _NOTE, _NEAR if is_near else _NOT_NEAR
                item = f"{head}{metres:.1f}{tail}{note}{end}"
            else:
                told_of = postcode_area_item(layer, self._found(hit, beside.get(number), said, day))
                item, is_near = orjson.dumps(told_of).decode(), told_of.get("near_border", False)
            items.append((kind, item, is_near))
        items.sort(key=_type_of)
        near = [kind for kind, _, is_near in items if is_near]
        before = orjson.dumps({**{key: row[key] for key in POSTCODE_COLUMNS}, "near_border": near})
        areas = ",".join([item for _, item, _ in items])
        return b'%b,"areas":[%b]}' % (before[:-1], areas.encode())

    def _head(self, kind: str, area: int) -> str:
        """Write an area until its metres, and keep it."""
        if len(self._heads) >= MOST_HEADS:
            self._heads.clear()
        same = {
            "type": kind,
            "code": self.gazetteer.codes[area],
            "name": self.gazetteer.names[area],
        }
        head = f'{orjson.dumps(same).decode()[:-1]},"distance_to_boundary_m":'
        self._heads[area] = head
        return head

    def _found(self, hit: Hit, other: Hit | None, said: str | None, day: int) -> dict[str, Any]:
        """Say what is at a postcode with what lies beside it, where another code is said of it than the outline's."""
        known = self.gazetteer
        found = {
            "code": known.codes[hit.area], "name": known.names[hit.area],
            "metres": hit.metres, "is_inside": hit.is_inside,
        }  # fmt: skip
        if other is not None:
            found["beside"] = {
                "code": known.codes[other.area], "name": known.names[other.area],
                "distance_m": round(other.metres, 1),
            }  # fmt: skip
        if not said or said == found["code"]:
            return found
        return follow_directory(found, said, known.name_of(hit.layer, said, day))


_type_of = itemgetter(0)
