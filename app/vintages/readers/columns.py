"""Gathers a table's columns block by block: numbers as whole numbers, labels as they are; keeps no text of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.vintages.readers.numbers import Numbers, read_numbers

# Beyond this many a column's faults are counted and not listed.
MOST_FAULTS = 100
# Of numbers that are a column's only half, the column is text.
MOSTLY = 0.5


@dataclass
class NumberColumn:
    """One column of numbers as it grows. bad : (row number, cell) of what is no number, the first MOST_FAULTS."""

    blocks: list[Numbers] = field(default_factory=list)
    bad: list[tuple[int, str]] = field(default_factory=list)
    bad_count: int = 0
    filled: int = 0
    is_text: bool = False

    def take(self, cells: list[str], numbers: Sequence[int]) -> None:
        """Take the next block's cells, with the row number of each."""
        if self.is_text:
            return
        block = read_numbers(cells)
        self.filled += len(cells) - int(block.missing.sum()) + len(block.bad)
        self.bad_count += len(block.bad)
        room = MOST_FAULTS - len(self.bad)
        self.bad += [(numbers[at], cells[at]) for at in block.bad[:room]]
        if self.bad_count > MOSTLY * self.filled:
            self.is_text, self.blocks, self.bad = True, [], []
            return
        self.blocks.append(block)

    @property
    def holds_numbers(self) -> bool:
        """Say whether it is a column of numbers, with or without faults."""
        return not self.is_text and self.filled > 0

    def whole(self) -> Numbers:
        """Give the whole column at the finest digits that any block states."""
        digits = max((block.digits for block in self.blocks), default=0)
        parts: list[NDArray[np.int64] | NDArray[np.object_]] = []
        for block in self.blocks:
            factor = 10 ** (digits - block.digits)
            if factor == 1:
                parts.append(block.values)
                continue
            largest = max(
                abs(int(each))
                for each in (block.values.max(initial=0), block.values.min(initial=0))
            )
            wide = block.values if largest * factor < 2**62 else block.values.astype(object)
            parts.append(wide * factor)
        if any(part.dtype == object for part in parts):
            parts = [part.astype(object) for part in parts]
        if not parts:
            return Numbers(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool), 0)
        values: NDArray[np.int64] = np.concatenate(parts)
        return Numbers(values, np.concatenate([block.missing for block in self.blocks]), digits)
