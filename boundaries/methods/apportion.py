"""Shares out whole numbers so that nothing is lost; never by floating point.

Source: METHODS.md 2, "Pence" (largest remainder, also known as Hamilton's method).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

# A product below this fits the machine's whole numbers with room for a sum.
_FITS = 2**62


def apportion(total: int, weights: Sequence[int]) -> list[int] | None:
    """Share `total` whole units (pence, people) out in proportion to whole weights.

    Parameters
    ----------
    total : whole units; negative is shared as its absolute value and negated.
    weights : whole, none negative; order decides ties, so pass them in order of code.

    Returns
    -------
    One whole number for each weight, summing to `total` exactly; a weight of 0 gets 0. None where
    there is no weight at all (no weights, or all 0): then nothing is placed, and the caller keeps
    the total in "not placed".

    Formula: `q_i = T w_i // W`; the units left go to the largest remainders `T w_i % W`, ties to
    the earlier. Raises ValueError for a negative weight, TypeError for a number that is not whole.
    Source: METHODS.md 2.
    """
    for number in (total, *weights):
        if isinstance(number, bool) or not hasattr(number, "__index__"):
            raise TypeError(f"{number!r} is not a whole number")
    whole = [int(weight) for weight in weights]
    if any(weight < 0 for weight in whole):
        raise ValueError("a weight is negative")
    weight_sum = sum(whole)
    if weight_sum == 0:
        return None
    size = abs(int(total))
    shares = [size * weight // weight_sum for weight in whole]
    remainders = [size * weight % weight_sum for weight in whole]
    left = size - sum(shares)
    # sorted() is stable, so equal remainders keep the order of the weights.
    for index in sorted(range(len(whole)), key=lambda i: -remainders[i])[:left]:
        shares[index] += 1
    return shares if total >= 0 else [-share for share in shares]


def apportion_many(
    totals: NDArray[np.int64] | NDArray[np.object_],
    weights: NDArray[np.int64],
    starts: NDArray[np.int64],
) -> NDArray[np.int64] | NDArray[np.object_]:
    """Share out many totals at once, each as `apportion` does.

    Parameters
    ----------
    totals : one whole number a share-out; whole numbers of Python (dtype object) may be of any size
    weights : those of every share-out in turn, none negative, each share-out's sum above 0
    starts : where each share-out's weights begin; rising, the first 0, no share-out without a weight

    Returns
    -------
    As many whole numbers as weights; each share-out's sum to its total exactly. Products too large for
    the machine are made with Python's whole numbers, one share-out after another. Raises ValueError for a
    share-out without weight.
    """
    if not len(totals):
        return np.zeros(0, dtype=np.int64)
    heaviest = int(np.add.reduceat(weights, starts).max())
    if np.add.reduceat(weights, starts).min() <= 0:
        raise ValueError("a share-out has no weight")
    largest = max(abs(int(total)) for total in (totals.max(), totals.min()))
    if totals.dtype == object or largest * heaviest >= _FITS:
        found: list[int] = []
        for total, own in zip(totals.tolist(), np.split(weights, starts[1:]), strict=True):
            found += apportion(total, own.tolist()) or []
        return np.array(found, dtype=object)
    owner = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(weights))))
    size = np.abs(totals)
    products = size[owner] * weights
    whole = np.add.reduceat(weights, starts)[owner]
    shares, remainders = products // whole, products % whole
    left = size - np.add.reduceat(shares, starts)
    # lexsort is stable, so equal remainders keep the order of the weights.
    order = np.lexsort((-remainders, owner))
    place = np.arange(len(weights)) - starts[owner]
    shares[order] += place < left[owner]
    signed: NDArray[np.int64] = np.where(totals[owner] < 0, -shares, shares)
    return signed


def shares_to_percent(shares: Sequence[float], decimals: int = 2) -> list[float]:
    """Turn parts of one whole into per cent that add to exactly 100 at the decimals shown.

    Parameters
    ----------
    shares : parts, none negative, finite, of any sum above 0 (they are measured against it).
    decimals : decimals kept; 2 gives parts of 100.00.

    Returns
    -------
    As many numbers, each a multiple of 10**-decimals, that sum to 100 by largest remainder (ties
    to the earlier). Exact: floats are read as the fractions they are. Raises ValueError for a
    negative or not finite part, or where all are 0. Source: METHODS.md 1.3, last paragraph.
    """
    try:
        parts = [Fraction(share) for share in shares]
    except (OverflowError, ValueError) as error:
        raise ValueError("a share is not a finite number") from error
    scale = max((part.denominator for part in parts), default=1)
    # Denominators of floats are powers of two, so the largest is the common one.
    weights = [part.numerator * (scale // part.denominator) for part in parts]
    units = apportion(100 * 10**decimals, weights)
    if units is None:
        raise ValueError("the shares are all zero")
    return [unit / 10**decimals for unit in units]
