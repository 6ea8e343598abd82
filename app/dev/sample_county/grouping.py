"""Join small pieces into larger areas, each in one piece and none across a fence."""

from __future__ import annotations

import heapq

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def merge_to_floor(
    people: Floats,
    pairs: tuple[Ints, Ints, Floats],
    *,
    fence: Ints,
    kind: Ints,
    floor: float,
    cap: float,
) -> Ints:
    """Merge the smallest piece into the best neighbour until every group has `floor` people.

    Only pieces with the same `fence` join; joining two `kind`s or passing `cap` people is allowed
    but dear. The best neighbour is small and shares a long border. Groups come numbered from 0 in
    the order of their first piece; they are connected because only touching pieces ever join. A
    piece without a neighbour inside its fence stays alone, whatever its people.
    """
    group = np.arange(len(people))
    weight = [float(value) for value in people]
    label = [int(value) for value in kind]
    near: list[dict[int, float]] = [{} for _ in weight]
    for a, b, metres in zip(*(part.tolist() for part in pairs), strict=True):
        if fence[a] == fence[b]:
            near[a][b] = near[b][a] = metres
    members: list[list[int]] = [[index] for index in range(len(weight))]
    heap = [(value, index) for index, value in enumerate(weight)]
    heapq.heapify(heap)
    while heap:
        value, index = heapq.heappop(heap)
        if value >= floor:
            break
        if value != weight[index] or not members[index] or not near[index]:
            continue
        around = sum(near[index].values())

        def cost(other: int, index: int = index, around: float = around) -> tuple[float, int]:
            both = weight[index] + weight[other]
            shared = near[index][other] / min(around, sum(near[other].values()))
            dear = 9.0 * (both > cap) + 1.5 * (label[index] != label[other])
            return (both / floor + dear - 2.0 * shared, other)

        other = min(near[index], key=cost)
        if weight[other] > weight[index]:
            label[index] = label[other]
        weight[index] += weight[other]
        weight[other] = 0.0
        members[index] += members[other]
        members[other] = []
        for third, metres in near[other].items():
            del near[third][other]
            if third != index:
                near[index][third] = near[third][index] = near[index].get(third, 0.0) + metres
        near[other] = {}
        heapq.heappush(heap, (weight[index], index))
    for index, pieces in enumerate(members):
        group[pieces] = index
    return number_by_first(group)


def number_by_first(group: Ints) -> Ints:
    """Renumber groups 0, 1, 2 … in the order in which they first appear."""
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    place = np.empty(len(first), dtype=np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    return place[inverse.ravel()]


def pairs_between(group: Ints, pairs: tuple[Ints, Ints, Floats]) -> tuple[Ints, Ints, Floats]:
    """Lift touching pairs of pieces to touching pairs of their groups, metres added up."""
    a, b = group[pairs[0]], group[pairs[1]]
    apart = a != b
    both = np.column_stack([np.minimum(a, b)[apart], np.maximum(a, b)[apart]])
    pair, where = np.unique(both, axis=0, return_inverse=True)
    shared = np.bincount(where.ravel(), weights=pairs[2][apart]).astype(np.float64)
    return pair[:, 0], pair[:, 1], shared


def join_stragglers(group: Ints, pairs: tuple[Ints, Ints, Floats]) -> Ints:
    """Give each piece cut off from its group's main part to the group it borders longest."""
    group = group.copy()
    size = len(group)
    for _ in range(10):
        same = group[pairs[0]] == group[pairs[1]]
        graph = scipy.sparse.coo_array(
            (np.ones(int(same.sum())), (pairs[0][same], pairs[1][same])), shape=(size, size)
        )
        _, part = scipy.sparse.csgraph.connected_components(graph, directed=False)
        pieces = np.bincount(part)
        main = {int(g): max(np.unique(part[group == g]), key=lambda p: (pieces[p], -p))
                for g in np.unique(group)}  # fmt: skip
        lost = np.flatnonzero(part != np.array([main[int(g)] for g in group]))
        if not len(lost):
            break
        stray = set(lost.tolist())
        gain: dict[tuple[int, int], float] = {}
        for a, b, metres in zip(*(half.tolist() for half in pairs), strict=True):
            for one, two in ((a, b), (b, a)):
                if one in stray and two not in stray:
                    key = (int(part[one]), int(group[two]))
                    gain[key] = gain.get(key, 0.0) + metres
        for number in np.unique(part[lost]).tolist():
            offers = [(-metres, to) for (who, to), metres in gain.items() if who == number]
            if offers:
                group[part == number] = min(offers)[1]
    return group
