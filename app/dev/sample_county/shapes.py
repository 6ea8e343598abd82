"""Draw the finest cells of the invented county: lifelike outlines whose borders are shared.

Cells are Voronoi cells of clustered points, cut by a rough coast. Every border is bent once, as
one arc that both neighbours use, and stays inside the kite of its two points, so no two arcs can
cross. All lines are noded together on a 0.1 m grid; what closes is a cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
import shapely
from numpy.typing import NDArray

from app.dev.sample_county.plan import Plan

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRID_M = 0.1
PEOPLE_PER_CELL = 300
TOWN_PEOPLE_PER_KM2 = 3_600.0


@dataclass(frozen=True)
class Cells:
    """The finest cells, one row each: polygon (British National Grid), people, built-up place.

    `polygon` is an object array of shapely Polygons, `point` a point inside each (n, 2),
    `people` float, `town` the index into the plan's towns or -1, `left`/`right`/`border_m` the
    touching pairs (left < right) and the metres they share.
    """

    polygon: NDArray[np.object_]
    point: Floats
    people: Floats
    town: Ints
    left: Ints
    right: Ints
    border_m: Floats


def roughen(path: Floats, rng: np.random.Generator, roughness: float, levels: int) -> Floats:
    """Bend a path by midpoint displacement: each level halves every piece and the shift with it."""
    for _ in range(levels):
        step = np.diff(path, axis=0)
        shift = rng.normal(0.0, roughness, len(step)).clip(-0.3, 0.3)
        middle = path[:-1] + step / 2 + np.column_stack([-step[:, 1], step[:, 0]]) * shift[:, None]
        bent = np.empty((len(path) + len(middle), 2))
        bent[0::2], bent[1::2] = path, middle
        path = bent
    return path


def make_land(plan: Plan, rng: np.random.Generator) -> shapely.Polygon:
    """Close the rough coast far to the west; calmer seas are tried until the coast is simple.

    A plan without a coast says where its land ends, and nothing is drawn by lot.
    """
    if plan.coast_km is None:
        return shapely.Polygon(plan.metres(plan.land_km))
    far_west = plan.metres(((-30.0, -11.0), (-30.0, 56.0)))
    for roughness in (0.15, 0.14, 0.13, 0.12, 0.11, 0.1, 0.08, 0.05, 0.0):
        coast = roughen(plan.metres(plan.coast_km), rng, roughness, 5)
        land = shapely.Polygon(np.vstack([coast, far_west]))
        if land.is_valid:
            return land
    return land


def scatter_sites(
    plan: Plan, rng: np.random.Generator, land: shapely.Polygon
) -> tuple[Floats, Ints, Floats]:
    """Place the points of the cells: (n, 2) metres, town index or -1, people of each."""
    limit = shapely.Polygon(plan.metres(plan.limit_km))
    sites, towns, people = [], [], []
    near = []
    for index, town in enumerate(plan.towns):
        count = round(town.people / PEOPLE_PER_CELL)
        reach = 1000.0 * np.sqrt(town.people / TOWN_PEOPLE_PER_KM2 / np.pi)
        centre = plan.metres(((town.east_km, town.north_km),))[0]
        near.append((centre, reach))
        lobes = 1 + 0.28 * np.sin(rng.integers(2, 4) * np.linspace(0, 2 * np.pi, 512)
                                  + rng.uniform(0, 6.3))  # fmt: skip
        drawn: list[Floats] = []
        while sum(len(part) for part in drawn) < count:
            angle = rng.uniform(0, 2 * np.pi, 4 * count)
            out = reach * lobes[(angle / (2 * np.pi) * 511).astype(int)]
            radius = out * rng.uniform(0, 1, 4 * count) ** 0.58
            here = centre + np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
            drawn.append(here[shapely.contains_xy(land, here[:, 0], here[:, 1])])
        sites.append(np.vstack(drawn)[:count])
        towns.append(np.full(count, index))
        share = rng.lognormal(0.0, 0.22, count)
        people.append(town.people * share / share.sum())
    west, south, far_east, far_north = plan.grid_km
    east, north = np.meshgrid(
        np.arange(1000.0 * west, 1000.0 * far_east, plan.rural_spacing_m),
        np.arange(1000.0 * south, 1000.0 * far_north, plan.rural_spacing_m),
    )
    rural = np.column_stack([east.ravel(), north.ravel()]) + np.asarray(plan.origin_m)
    rural += rng.uniform(-0.44, 0.44, rural.shape) * plan.rural_spacing_m
    clear = np.ones(len(rural), dtype=bool)
    for centre, reach in near:
        clear &= np.hypot(*(rural - centre).T) > reach * 1.05 + 300
    rural = rural[clear]
    inside = shapely.contains_xy(limit.intersection(land), rural[:, 0], rural[:, 1])
    share = rng.lognormal(0.0, 0.4, len(rural)) * inside
    sites.append(rural)
    towns.append(np.full(len(rural), -1))
    people.append(plan.rural_people * share / share.sum())
    return np.vstack(sites), np.concatenate(towns).astype(np.int64), np.concatenate(people)


def relax(sites: Floats, rounds: int) -> Floats:
    """Move each point towards the middle of its cell's corners, so that cells grow rounder."""
    for _ in range(rounds):
        drawn = scipy.spatial.Voronoi(sites)
        moved = sites.copy()
        low, high = sites.min(axis=0), sites.max(axis=0)
        for index, region in enumerate(drawn.point_region):
            corners = drawn.regions[region]
            if -1 in corners or not corners:
                continue
            middle = drawn.vertices[corners].mean(axis=0)
            if ((middle > low) & (middle < high)).all():
                moved[index] = middle
        sites = moved
    return sites


def bend_arcs(sites: Floats, wanted: NDArray[np.bool_], rng: np.random.Generator) -> list[Floats]:
    """Draw each border of a wanted cell as one bent arc inside the kite of its two points."""
    drawn = scipy.spatial.Voronoi(sites)
    corner = np.asarray(drawn.ridge_vertices)
    keep = (corner >= 0).all(axis=1) & wanted[drawn.ridge_points].any(axis=1)
    start, end = drawn.vertices[corner[keep, 0]], drawn.vertices[corner[keep, 1]]
    site = sites[drawn.ridge_points[keep, 0]]
    along = end - start
    length = np.hypot(along[:, 0], along[:, 1])
    unit = along / np.maximum(length, 1e-9)[:, None]
    foot = ((site - start) * unit).sum(axis=1)
    normal = np.column_stack([-unit[:, 1], unit[:, 0]])
    height = np.abs(((site - start) * normal).sum(axis=1))
    pieces = 2 ** np.clip(np.ceil(np.log2(np.maximum(length, 1.0) / 130.0)), 0, 4).astype(int)
    arcs: list[Floats] = []
    for count in np.unique(pieces):
        rows = np.flatnonzero(pieces == count)
        shift = _fractal_bridge(rng, len(rows), int(count))
        x = np.linspace(0, 1, count + 1)[None, :] * length[rows, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            f, h, whole = foot[rows, None], height[rows, None], length[rows, None]
            rise = np.where(f > 0, h * x / f, np.inf)
            fall = np.where(f < whole, h * (whole - x) / (whole - f), np.inf)
        room = 0.8 * np.minimum(rise, fall)
        offset = np.clip(shift * length[rows, None], -room, room)
        offset[:, 0] = offset[:, -1] = 0.0
        points = (
            start[rows, None, :]
            + unit[rows, None, :] * x[:, :, None]
            + normal[rows, None, :] * offset[:, :, None]
        )
        arcs.extend(points)
    return arcs


def _fractal_bridge(rng: np.random.Generator, rows: int, pieces: int) -> Floats:
    """Random bridges from 0 to 0 in `pieces` steps, as shares of the arc's length."""
    values = np.zeros((rows, 2))
    spread = 0.13
    while values.shape[1] - 1 < pieces:
        middle = (values[:, :-1] + values[:, 1:]) / 2
        middle = middle + rng.normal(0.0, spread, middle.shape)
        wider = np.empty((rows, values.shape[1] + middle.shape[1]))
        wider[:, 0::2], wider[:, 1::2] = values, middle
        values, spread = wider, spread * 0.55
    return values


def touching_pairs(polygons: NDArray[np.object_]) -> tuple[Ints, Ints, Floats]:
    """Find the pairs that share a border and its metres, from the identical pieces of outline."""
    rings, ring_owner = shapely.get_rings(polygons, return_index=True)
    ring_of = np.repeat(np.arange(len(rings)), shapely.get_num_coordinates(rings))
    coords, owner = shapely.get_coordinates(rings), ring_owner[ring_of]
    key = np.round(coords / GRID_M).astype(np.int64)
    same_ring = ring_of[:-1] == ring_of[1:]
    first, second, who = key[:-1][same_ring], key[1:][same_ring], owner[:-1][same_ring]
    swap = (first[:, 0] > second[:, 0]) | (
        (first[:, 0] == second[:, 0]) & (first[:, 1] > second[:, 1])
    )
    low, high = np.where(swap[:, None], second, first), np.where(swap[:, None], first, second)
    order = np.lexsort((who, high[:, 1], high[:, 0], low[:, 1], low[:, 0]))
    low, high, who = low[order], high[order], who[order]
    twin = (low[:-1] == low[1:]).all(axis=1) & (high[:-1] == high[1:]).all(axis=1)
    twin &= who[:-1] != who[1:]
    a, b = who[:-1][twin], who[1:][twin]
    metre = np.hypot(*((high - low)[:-1][twin] * GRID_M).T)
    pair, where = np.unique(
        np.column_stack([np.minimum(a, b), np.maximum(a, b)]), axis=0, return_inverse=True
    )
    shared = np.bincount(where.ravel(), weights=metre).astype(np.float64)
    return pair[:, 0], pair[:, 1], shared


def make_cells(plan: Plan, rng: np.random.Generator) -> Cells:
    """Draw the county's finest cells, every border shared vertex for vertex on a 0.1 m grid."""
    land = make_land(plan, rng)
    sites, town, people = scatter_sites(plan, rng, land)
    sites = relax(sites, 2)
    limit = shapely.Polygon(plan.metres(plan.limit_km))
    wanted = shapely.contains_xy(limit, sites[:, 0], sites[:, 1]) | (town >= 0)
    arcs = bend_arcs(sites, wanted, rng)
    lines = shapely.multilinestrings([shapely.linestrings(arc) for arc in arcs])
    noded = shapely.unary_union(np.array([lines, land.exterior]), grid_size=GRID_M)
    faces = np.asarray(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))))
    inner = shapely.get_coordinates(shapely.point_on_surface(faces))
    nearest = scipy.spatial.cKDTree(sites).query(inner)[1]
    shapely.prepare(land)
    keep = shapely.contains_xy(land, inner[:, 0], inner[:, 1]) & wanted[nearest]
    faces, inner, nearest = faces[keep], inner[keep], nearest[keep]
    faces, inner, nearest = _drop_islets(faces, inner, nearest)
    order = np.lexsort((inner[:, 0], inner[:, 1]))
    faces, inner, nearest = faces[order], inner[order], nearest[order]
    faces = shapely.normalize(shapely.transform(faces, lambda xy: np.round(xy, 1)))
    area = shapely.area(faces)
    whole = np.bincount(nearest, weights=area, minlength=len(sites))
    left, right, border = touching_pairs(faces)
    return Cells(
        polygon=faces,
        point=np.round(inner, 1),
        people=people[nearest] * area / whole[nearest],
        town=town[nearest],
        left=left,
        right=right,
        border_m=border,
    )


def _drop_islets(
    faces: NDArray[np.object_], inner: Floats, nearest: Ints
) -> tuple[NDArray[np.object_], Floats, Ints]:
    """Leave to the sea what is not joined by land to the main body, so each area is one piece."""
    left, right, _ = touching_pairs(faces)
    graph = scipy.sparse.coo_array(
        (np.ones(len(left)), (left, right)), shape=(len(faces), len(faces))
    )
    _, label = scipy.sparse.csgraph.connected_components(graph, directed=False)
    main = label == np.bincount(label).argmax()
    return faces[main], inner[main], nearest[main]
