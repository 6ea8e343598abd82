"""Mends the faulty edges of a layer so that its areas match vertex for vertex; leaves sound areas untouched.

Source: METHODS.md 1.4. The edges of the faulty areas and their neighbours are cut at every crossing
and the ground is put together from the pieces: a thin piece that two areas claim, or none, goes to
one of them. Wide pieces stay as published: shared (areas that overlap on purpose) or empty.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.methods.coverage import Faults, find_faults, widths_m

# An area that would lose more than this share of itself with one piece keeps that piece.
LARGE_LOSS = 0.1
# Where cutting alone does not make edges match, corners are moved to a grid this fine.
ROUNDED_TO_M = 1e-4


class Cover(NamedTuple):
    """A layer as pieces that match edge for edge, and which areas each piece belongs to.

    pieces: polygons or multipolygons, a coverage; piece, area: pairs of positions, sorted by area; an
    area without a fault is one piece. areas: how many. taken_m2, given_m2: square metres each area
    gained and lost by the mending. is_matched: no edge is left that does not match.
    """

    pieces: NDArray[np.object_]
    piece: NDArray[np.intp]
    area: NDArray[np.intp]
    areas: int
    taken_m2: NDArray[np.float64]
    given_m2: NDArray[np.float64]
    is_matched: bool

    def put_together(self, pieces: NDArray[np.object_]) -> NDArray[np.object_]:
        """Make the areas from (simplified) pieces, in order, as multipolygons."""
        made = np.empty(self.areas, dtype=object)
        starts = np.searchsorted(self.area, np.arange(self.areas + 1))
        single = np.flatnonzero(np.diff(starts) == 1)
        made[single] = pieces[self.piece[starts[single]]]
        for one in np.flatnonzero(np.diff(starts) != 1).tolist():
            made[one] = _joined(pieces[self.piece[starts[one] : starts[one + 1]]])
        return made


def mend(
    areas: Any, *, thinner_than_m: float, found: Faults | None = None, passes: int = 3
) -> Cover:
    """Mend a layer: missing vertices are added, thin overlaps and gaps go to one neighbour each.

    Parameters
    ----------
    areas : array or GeoSeries of valid polygons in metres, in order of code, none missing.
    thinner_than_m : overlaps and gaps of at most this mean width are mended; wider ones stay.
    found : the layer's faults with its gaps, where they are known.
    passes : how often at most; cutting at crossings rounds coordinates, which can part edges again.

    Returns
    -------
    Cover whose pieces are a valid coverage where `is_matched`. A thin overlap goes to the area it is a
    large part of, else to the one with which it shares most border; a thin gap likewise; of equals the
    first takes it. No area loses all its ground.
    """
    shapes = np.asarray(areas, dtype=object)
    alone, none = np.arange(len(shapes)), np.zeros(len(shapes))
    cover = Cover(shapes, alone, alone, len(shapes), none, none, is_matched=False)
    faults = found or find_faults(shapes)
    faulty = faults.is_faulty
    thin = faults.gaps[widths_m(faults.gaps) <= thinner_than_m]
    for turn in range(passes):
        if not faulty.any() and not len(thin):
            break
        tree = shapely.STRtree(cover.pieces)
        touched = faulty.copy()
        touched[tree.query([*thin, *cover.pieces[faulty]], predicate="intersects")[1]] = True
        grid_m = None if turn == 0 else ROUNDED_TO_M
        cover, fresh = _put_anew(cover, touched, thinner_than_m, grid_m)
        faulty, thin = _faulty_among(cover.pieces, fresh), thin[:0]
    return cover._replace(is_matched=not faulty.any())


def _faulty_among(pieces: NDArray[np.object_], fresh: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find the pieces with faulty edges among those just made and what lies beside them."""
    beside = np.unique(shapely.STRtree(pieces).query(pieces[fresh], predicate="intersects")[1])
    faulty = np.zeros(len(pieces), bool)
    faulty[beside] = ~shapely.is_empty(shapely.coverage_invalid_edges(pieces[beside]))
    return faulty


def _put_anew(
    cover: Cover, touched: NDArray[np.bool_], thinner_than_m: float, grid_m: float | None
) -> tuple[Cover, NDArray[np.bool_]]:
    """Cut the touched pieces at each other's edges and give every face its owners anew.

    Gives the new cover, and which of its pieces were made just now.
    """
    asked = np.flatnonzero(touched)
    lines = shapely.union_all(shapely.boundary(cover.pieces[asked]), grid_size=grid_m)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    tree = shapely.STRtree(cover.pieces)
    point, holder = tree.query(shapely.point_on_surface(faces), predicate="within")
    # ground of pieces that are not being cut anew is theirs already
    foreign = np.zeros(len(faces), bool)
    foreign[point[~touched[holder]]] = True
    renumber = np.cumsum(~foreign) - 1
    kept = ~foreign[point]
    faces, point, holder = faces[~foreign], renumber[point[kept]], holder[kept]
    face, area = _owners(cover, point, holder)
    count = np.bincount(face, minlength=len(faces))
    thin = (count != 1) & (widths_m(faces) <= thinner_than_m)
    face, area, taken_m2, given_m2 = _settle(cover, faces, face, area, thin)
    groups, owned = _grouped(faces, face, area)
    still = ~touched
    kept_pairs = still[cover.piece]
    pairs = np.concatenate(
        [
            np.column_stack(
                [(np.cumsum(still) - 1)[cover.piece[kept_pairs]], cover.area[kept_pairs]]
            ),
            owned + np.array([int(still.sum()), 0]),
        ]
    )
    pairs = pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))]
    pieces = np.concatenate([cover.pieces[still], groups])
    made = np.arange(len(pieces)) >= still.sum()
    cover = cover._replace(
        pieces=pieces, piece=pairs[:, 0], area=pairs[:, 1],
        taken_m2=cover.taken_m2 + taken_m2, given_m2=cover.given_m2 + given_m2,
    )  # fmt: skip
    return cover, made


def _grouped(
    faces: NDArray[np.object_], face: NDArray[np.intp], area: NDArray[np.intp]
) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Put the faces of one owner together again; shared ground stays a piece of its own.

    Gives the pieces, and pairs of piece and area; faces of nobody are left out.
    """
    count = np.bincount(face, minlength=len(faces))
    alone = count[face] == 1
    order = np.lexsort((face[alone], area[alone]))
    own_face, own_area = face[alone][order], area[alone][order]
    owners, starts = np.unique(own_area, return_index=True)
    pieces = (
        [_joined(faces[part]) for part in np.split(own_face, starts[1:])] if len(owners) else []
    )
    shared, place = np.unique(face[~alone], return_inverse=True)
    pairs = np.concatenate(
        [
            np.column_stack([np.arange(len(owners)), owners]),
            np.column_stack([place + len(owners), area[~alone]]),
        ]
    )
    groups = np.empty(len(owners) + len(shared), dtype=object)
    groups[: len(owners)] = pieces
    groups[len(owners) :] = faces[shared]
    return groups, pairs


def _owners(
    cover: Cover, point: NDArray[np.intp], holder: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Turn pairs of face and piece into pairs of face and area, each once."""
    starts = np.zeros(len(cover.pieces) + 1, dtype=np.intp)
    np.add.at(starts, cover.piece + 1, 1)
    starts = np.cumsum(starts)
    by_piece = cover.area[np.argsort(cover.piece, kind="stable")]
    many = starts[holder + 1] - starts[holder]
    at = np.repeat(starts[holder], many) + (
        np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    )
    pairs = np.unique(np.column_stack([np.repeat(point, many), by_piece[at]]), axis=0)
    return pairs[:, 0], pairs[:, 1]


def _settle(
    cover: Cover,
    faces: NDArray[np.object_],
    face: NDArray[np.intp],
    area: NDArray[np.intp],
    thin: NDArray[np.bool_],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Give each thin face one owner; thin faces beside none that is settled wait for a later round.

    Gives the pairs of face and area, and the square metres that each area took and gave.
    """
    claims: dict[int, list[int]] = {}
    for one, owner in zip(face.tolist(), area.tolist(), strict=True):
        claims.setdefault(one, []).append(owner)
    size_m2 = np.zeros(cover.areas)
    np.add.at(size_m2, cover.area, shapely.area(cover.pieces)[cover.piece])
    face_m2 = shapely.area(faces)
    owner_of = {one: owners[0] for one, owners in claims.items() if len(owners) == 1}
    waiting = []
    for one in np.flatnonzero(thin).tolist():
        owners = claims.get(one, [])
        share, keeper = max(((face_m2[one] / size_m2[a], -a) for a in owners), default=(0.0, 0))
        if share > LARGE_LOSS:
            owner_of[one] = -keeper
        else:
            waiting.append(one)
    _settle_by_border(faces, claims, owner_of, waiting)
    settled = thin & np.isin(np.arange(len(faces)), np.array([*owner_of], dtype=np.intp))
    keep = ~settled[face]
    at = np.flatnonzero(settled)
    keepers = np.array([owner_of[one] for one in at.tolist()], dtype=np.intp)
    taken_m2, given_m2 = _moves(
        cover.areas, claims, dict(zip(at.tolist(), keepers.tolist(), strict=True)), face_m2
    )
    return (
        np.concatenate([face[keep], at]),
        np.concatenate([area[keep], keepers]),
        taken_m2,
        given_m2,
    )


def _settle_by_border(
    faces: NDArray[np.object_],
    claims: dict[int, list[int]],
    owner_of: dict[int, int],
    waiting: list[int],
) -> None:
    """Put into `owner_of` the waiting faces, each with the area it shares most border with, in rounds."""
    borders = _borders(faces, np.array(waiting, dtype=np.intp))
    while waiting:
        done: dict[int, int] = {}
        for one in waiting:
            metres: dict[int, float] = {}
            for other, border_m in borders.get(one, ()):
                owner = owner_of.get(other)
                if owner is not None and (one not in claims or owner in claims[one]):
                    metres[owner] = metres.get(owner, 0.0) + border_m
            if metres:
                done[one] = max(metres, key=lambda a: (metres[a], -a))
        if not done:
            break
        owner_of |= done
        waiting = [one for one in waiting if one not in done]
    for (
        one
    ) in waiting:  # beside nothing that is settled: the first who claims it, else it stays a gap
        if one in claims:
            owner_of[one] = claims[one][0]


def _moves(
    areas: int, claims: dict[int, list[int]], keepers: dict[int, int], face_m2: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum the square metres that each area took of nobody's ground, and gave of its own, with the settled faces."""
    taken_m2, given_m2 = np.zeros(areas), np.zeros(areas)
    for one, keeper in keepers.items():
        claimants = claims.get(one, [])
        if keeper not in claimants:
            taken_m2[keeper] += face_m2[one]
        for other in claimants:
            given_m2[other] += face_m2[one] if other != keeper else 0.0
    return taken_m2, given_m2


def _borders(
    faces: NDArray[np.object_], asked: NDArray[np.intp]
) -> dict[int, list[tuple[int, float]]]:
    """Measure the border each asked face shares with every other, in metres."""
    query, found = shapely.STRtree(faces).query(faces[asked], predicate="intersects")
    query = asked[query]
    other = query != found
    query, found = query[other], found[other]
    metres = shapely.length(
        shapely.intersection(shapely.boundary(faces[query]), shapely.boundary(faces[found]))
    )
    borders: dict[int, list[tuple[int, float]]] = {}
    for one, beside, border_m in zip(query.tolist(), found.tolist(), metres.tolist(), strict=True):
        if border_m > 0:
            borders.setdefault(one, []).append((beside, border_m))
    return borders


def _joined(pieces: NDArray[np.object_]) -> Any:
    """Unite pieces that match edge for edge."""
    if len(pieces) == 1:
        return pieces[0]
    return shapely.coverage_union_all(pieces)
