"""Shares out whole numbers so that nothing is lost; never by floating point.

Source: METHODS.md 2, "Pence" (largest remainder, also known as Hamilton's method).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


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
