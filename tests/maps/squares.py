"""An invented map: four 1 km squares in a row, two neighbourhoods, three amounts; hostile names on request."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from maps.layers import (
    Layer,
    context_layer,
    deprivation_layer,
    money_layer,
    neighbourhood_layer,
    outline_layer,
    place_layer,
)

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "${alert(1)} `${alert(2)}` \\",
    "</script><script>alert(3)</script> {{7*7}}",
    "\"onmouseover='alert(4)' & Sons",
)
WEST, SOUTH = 400_000, 300_000


def degrees(geoms: object) -> np.ndarray:
    """Stretch metres to invented degrees: 1 km is 0.01 degrees, the corner lies at 1 W 52 N."""
    return np.asarray(
        shapely.transform(
            geoms,
            lambda xy: np.column_stack(
                [-1 + (xy[:, 0] - WEST) / 100_000, 52 + (xy[:, 1] - SOUTH) / 100_000]
            ),
        )
    )


def frame(rows: list[dict[str, object]], geoms: list[object]) -> gpd.GeoDataFrame:
    made = gpd.GeoDataFrame(rows, geometry=geoms, crs=27700).rename_geometry("geom")
    made["geom_wgs84"] = gpd.GeoSeries(degrees(np.array(geoms, dtype=object)), crs=4326)
    return made


def square(column: int, row: int = 0, size: int = 1_000) -> shapely.Polygon:
    left, bottom = WEST + column * 1_000, SOUTH + row * 1_000
    return shapely.box(left, bottom, left + size, bottom + size)


def areas(names: tuple[str, ...] = ("Arden", "Barset", "Cover", "Dingle")) -> gpd.GeoDataFrame:
    """Deciles 1, 2, 6 and missing, from west to east."""
    return frame(
        [
            {"code": f"X0000000{n + 1}", "name": names[n], "decile": decile, "people": people}
            for n, (decile, people) in enumerate([(1, 1500), (2, 1612), (6, 1703), (None, None)])
        ],
        [square(n) for n in range(4)],
    )


def layers(hostile: bool = False) -> list[Layer]:
    names = HOSTILE if hostile else ("Arden", "Barset", "Cover", "Dingle")
    bad = HOSTILE[0] if hostile else "Priority neighbourhood"
    nearby = frame(
        [{"code": "XL1", "name": "Nextshire", "label": names[1]}], [square(-6, -5, 12_000)]
    )
    small = areas(names)
    groups = frame(
        [
            {"code": "XN1", "name": names[2], "label": "1", "people": 3112},
            {"code": "XN2", "name": "Coverside", "label": "2", "people": 1703},
        ],
        [square(0).union(square(1)), square(2)],
    )
    amounts = frame(
        [
            {
                "code": "XM1",
                "name": names[3],
                "label": "\u00a340k",
                "value": 4_000_000.0,
                "shown": "\u00a340,000",
            },
            {
                "code": "XM2",
                "name": "Hall roof",
                "label": None,
                "value": 1_000_000.0,
                "shown": "\u00a310,000",
            },
            {"code": "XM3", "name": "Not said", "label": None, "value": None, "shown": None},
        ],
        [shapely.Point(WEST + 500 + 1_000 * n, SOUTH + 700) for n in range(3)],
    )
    credit = "Contains invented data \u00a9 Nobody" + (f" {names[0]}" if hostile else "")
    return [
        context_layer(nearby, name="Around", attribution=credit),
        deprivation_layer(
            small, name="Small areas", fields=(("people", "People"),), attribution=credit
        ),
        outline_layer(
            frame(
                [{"code": "XP", "name": names[0]}],
                [shapely.box(WEST, SOUTH, WEST + 4_000, SOUTH + 1_000)],
            ),
            name="Partnership",
        ),
        neighbourhood_layer(groups, name=bad, fields=(("people", "People"),)),
        money_layer(amounts, fields=(("shown", "Awarded"),)),
        place_layer(frame([{"code": "XW1", "name": names[1]}], [square(3)])),
    ]
