"""Bands of size that neighbourhoods are grown to: which are possible, and where a size lies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from boundaries.errors import Fault, Invalid

SizeIn = Literal["households", "people"]
LARGEST = 1_000_000
# An estate or a few thousand houses (Local Strategic Partnerships, 4.14); MSOAs have 2,000 to 6,000
# households and 5,000 to 15,000 people (METHODS.md 3.6).
USUAL: dict[SizeIn, tuple[int, int]] = {"households": (2_000, 6_000), "people": (5_000, 15_000)}


class BandInvalid(Invalid):
    """A band of size is none, or nothing here can meet it."""

    slug = "size-band-invalid"
    title = "That size cannot be met"


@dataclass(frozen=True)
class Band:
    """A size from `low` to `high`, both in it, in households or people."""

    low: int
    high: int
    size_in: SizeIn = "households"

    @property
    def middle(self) -> float:
        """Give the size in the middle of the band."""
        return (self.low + self.high) / 2

    def holds(self, size: float) -> bool:
        """Say whether a size lies in the band; NaN does not."""
        return self.low <= size <= self.high

    def place_of(self, size: float) -> str:
        """Say in one word where a size lies: in, below, above, or not known."""
        if math.isnan(size):
            return "not known"
        if size < self.low:
            return "below"
        return "above" if size > self.high else "in"


def read_band(low: object, high: object, size_in: str) -> Band:
    """Check a band that somebody gives; None for both takes the usual one. Raises BandInvalid with all faults."""
    if size_in not in ("households", "people"):
        raise BandInvalid(
            f"a size is in households or people, not {size_in[:40]!r}",
            [Fault("one of households, people", pointer="/size_in", value=size_in[:40])],
        )
    usual = USUAL["people" if size_in == "people" else "households"]
    faults, ends = [], []
    for name, given, otherwise in (("at_least", low, usual[0]), ("at_most", high, usual[1])):
        value = otherwise if given is None else given
        whole = isinstance(value, int | float) and not isinstance(value, bool)
        if not whole or not math.isfinite(float(value)) or value != int(value):  # type: ignore[arg-type, call-overload]
            faults.append(Fault(f"{name}: a whole number", f"/{name}", value=str(value)[:40]))
        elif not 1 <= int(value) <= LARGEST:  # type: ignore[call-overload]
            faults.append(Fault(f"{name}: 1 to {LARGEST:,}", f"/{name}", value=str(value)[:40]))
        else:
            ends.append(int(value))  # type: ignore[call-overload]
    if not faults and ends[0] > ends[1]:
        faults.append(
            Fault(
                f"at_least {ends[0]:,} is more than at_most {ends[1]:,}", "/at_least",
                value=str(ends[0]),
            )
        )  # fmt: skip
    if faults:
        raise BandInvalid("; ".join(fault.detail for fault in faults), faults)
    return Band(ends[0], ends[1], "people" if size_in == "people" else "households")
