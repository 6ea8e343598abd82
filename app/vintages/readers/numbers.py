"""Reads numbers as people write them into whole numbers of the last digit stated; never through a float."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

# How publishers write that there is no figure, or that it is withheld.
MISSING = frozenset(
    {"", "-", "--", "–", "—", ".", "..", "...", ":", "*", "**", "c", "x", "z", "u", "n/a", "na", "nan", "null",
     "none", "missing", "suppressed", "[c]", "[x]", "[z]", "[u]", "[low]", "#n/a"}
)  # fmt: skip
MAX_DIGITS = 30  # before the point and after it
_WHOLE = r"^[+-]?[0-9]{1,18}$"
_PLAIN = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$"
_GROUPED = r"^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$"


@dataclass(frozen=True)
class Numbers:
    """A column of numbers as whole numbers of 10**-digits: `12.50` with two digits is 1250.

    missing : where there is none (0 stands there). bad : positions of what is no number.
    """

    values: NDArray[np.int64] | NDArray[np.object_]
    missing: NDArray[np.bool_]
    digits: int
    bad: tuple[int, ...] = ()


def read_numbers(cells: Sequence[str]) -> Numbers:
    """Read a column's cells: whole or decimal, with thousands' commas, a pound sign, or an exponent.

    A cell of MISSING is missing; any other that is no number is listed as bad and treated as missing.
    """
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(pa.array(cells, type=pa.string()))
    missing = pc.is_in(pc.utf8_lower(text), value_set=pa.array(sorted(MISSING)))
    known = pc.if_else(missing, "0", text)
    if pc.all(pc.match_substring_regex(known, _WHOLE), min_count=0).as_py():
        values = pc.cast(pc.replace_substring_regex(known, r"^\+", ""), pa.int64())
        return Numbers(values.to_numpy().copy(), _flags(missing), 0)
    grouped = pc.match_substring_regex(pc.replace_substring_regex(known, "^£ ?", ""), _GROUPED)
    known = pc.if_else(
        pc.starts_with(known, "£"), pc.replace_substring_regex(known, "^£ ?", ""), known
    )
    known = pc.if_else(grouped, pc.replace_substring(known, ",", ""), known)
    plain = _flags(pc.match_substring_regex(known, _PLAIN))
    if not plain.all():
        return _one_by_one(known.to_pylist(), _flags(missing))
    point = pc.find_substring(known, ".")
    has_point = pc.greater_equal(point, 0)
    fraction = pc.if_else(has_point, pc.replace_substring_regex(known, r"^[^.]*\.", ""), "")
    whole = pc.replace_substring_regex(known, r"\..*$", "")
    digits = int(pc.max(pc.utf8_length(fraction)).as_py() or 0)
    longest = int(pc.max(pc.utf8_length(whole)).as_py() or 0)
    if longest + digits > len("-") + 17:
        return _one_by_one(known.to_pylist(), _flags(missing))
    padded = pc.utf8_rpad(fraction, digits, "0") if digits else fraction
    signed = pc.replace_substring_regex(pc.binary_join_element_wise(whole, padded, ""), r"^\+", "")
    return Numbers(pc.cast(signed, pa.int64()).to_numpy().copy(), _flags(missing), digits)


def _flags(array: pa.Array) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = np.asarray(array.to_numpy(zero_copy_only=False), dtype=bool)
    return found


def _one_by_one(cells: list[str], missing: NDArray[np.bool_]) -> Numbers:
    found: list[Decimal] = []
    bad = []
    for position, cell in enumerate(cells):
        try:
            number = Decimal(cell) if cell.isascii() and "_" not in cell else Decimal("nan")
        except InvalidOperation:
            number = Decimal("nan")
        exponent = number.as_tuple().exponent
        if (
            not isinstance(exponent, int)
            or number.adjusted() > MAX_DIGITS
            or exponent < -MAX_DIGITS
        ):
            bad.append(position)
            number = Decimal(0)
        found.append(number)
    digits = max((-int(n.as_tuple().exponent) for n in found if n), default=0)
    digits = max(digits, 0)
    # Fractions, because a context of decimals would round.
    whole = [int(Fraction(number) * 10**digits) for number in found]
    missing = missing.copy()
    missing[bad] = True
    largest = max((abs(each) for each in whole), default=0)
    kind = np.int64 if largest < 2**62 else object
    return Numbers(np.array(whole, dtype=kind), missing, digits, tuple(bad))


def write_number(value: int | Fraction, digits: int) -> str:
    """Write a whole number of 10**-digits as a decimal; a fraction is rounded to it, half to even."""
    whole = round(value) if isinstance(value, Fraction) else int(value)
    if not digits:
        return str(whole)
    sign, size = ("-" if whole < 0 else ""), str(abs(whole)).rjust(digits + 1, "0")
    written = f"{sign}{size[:-digits]}.{size[-digits:]}"
    # Four digits and fewer are kept as the publisher rounds; a longer tail is that of a float.
    return written if digits <= 4 else written.rstrip("0").rstrip(".")


def write_numbers(values: NDArray[np.int64] | NDArray[np.object_], digits: int) -> list[str]:
    """Write a column of whole numbers of 10**-digits."""
    if not digits:
        return [str(round(v)) if isinstance(v, Fraction) else str(v) for v in values.tolist()]
    return [write_number(value, digits) for value in values.tolist()]
