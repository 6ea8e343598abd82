"""Counts the postcodes, and the people they stand for, that two areas have in common; missing stays missing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]


class Membership(NamedTuple):
    """Which of some postcodes lie in which of some areas: positions of both; a postcode may lie in several."""

    postcode: Positions
    area: Positions
    areas: int

    def matrix(self, weights: Floats) -> scipy.sparse.csr_matrix:
        """Write it as areas by postcodes, each postcode with its weight."""
        shape = (self.areas, len(weights))
        return scipy.sparse.csr_matrix(
            (weights[self.postcode], (self.area, self.postcode)), shape=shape
        )

    def totals(self, weights: Floats) -> Floats:
        """Sum the weights of each area's postcodes."""
        summed = np.bincount(self.area, weights[self.postcode], minlength=self.areas)
        return np.asarray(summed, dtype=np.float64)


class SharedPostcodes(NamedTuple):
    """For pairs of areas: postcodes in both, and the shares of each area's postcodes and people; NaN: not known.

    people, people_of_a, people_of_b : those in both and of each area, that the shares of people are made of.
    """

    postcodes: Floats
    postcode_share_of_a: Floats
    postcode_share_of_b: Floats
    people_share_of_a: Floats
    people_share_of_b: Floats
    people: Floats
    people_of_a: Floats
    people_of_b: Floats


def shared_postcodes(
    a: Membership, b: Membership, people: Floats, pair_a: Positions, pair_b: Positions
) -> SharedPostcodes:
    """Count what pairs of areas have in common by postcodes.

    Parameters
    ----------
    a, b : the postcodes of both sets of areas.
    people : the people that each postcode stands for, NaN where not known.
    pair_a, pair_b : positions of areas in both sets.

    Returns
    -------
    SharedPostcodes in the order of the pairs. A share is of the area's own postcodes, or of the people
    they stand for; NaN for an area that has none, or nobody known. The count is NaN where neither has any.
    """
    ones = np.ones(len(people))
    known = np.where(np.isnan(people), 0.0, people)
    common = _at_pairs(a, b, ones, pair_a, pair_b)
    shared_people = _at_pairs(a, b, known, pair_a, pair_b)
    in_a, in_b = a.totals(ones)[pair_a], b.totals(ones)[pair_b]
    of_a, of_b = a.totals(known)[pair_a], b.totals(known)[pair_b]
    return SharedPostcodes(
        np.where((in_a > 0) | (in_b > 0), common, np.nan),
        _share(common, in_a), _share(common, in_b),
        _share(shared_people, of_a), _share(shared_people, of_b), shared_people, of_a, of_b,
    )  # fmt: skip


def _at_pairs(
    a: Membership, b: Membership, weights: Floats, pair_a: Positions, pair_b: Positions
) -> Floats:
    if not len(pair_a):
        return np.zeros(0)
    every = a.matrix(weights) @ b.matrix(np.ones(len(weights))).T
    return np.asarray(every[pair_a, pair_b], dtype=np.float64).ravel()


def _share(part: Floats, whole: Floats) -> Floats:
    share = np.full(len(part), np.nan)
    some = whole > 0
    share[some] = np.minimum(part[some] / whole[some], 1.0)
    return share
