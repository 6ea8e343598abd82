"""Reads a user's table for carrying: codes, labels and whole numbers by row, in blocks; keeps no other text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.vintages.methods.columns import Wanted, choose_columns
from app.vintages.readers.columns import NumberColumn
from app.vintages.readers.numbers import Numbers
from app.vintages.readers.records import Records, TableRefused, refuse
from boundaries.errors import Fault
from boundaries.gss import normalise_code
from boundaries.methods.rebase import Column, Values

MOST_FAULTS = 100


class TableRead:
    """A table while it is read: codes, groups and numbers by row, in blocks, so that text is not kept."""

    def __init__(self, records: Records, wanted: Wanted, release: str) -> None:
        self.records, self.wanted, self.release = records, wanted, release
        self.code = ""
        self.codes: list[str] = []
        self.row_numbers: list[int] = []
        self.group_ids: list[int] = []
        self.groups: list[tuple[str, ...]] = []
        self.columns: list[Column] = []
        self.numbers: dict[str, Numbers] = {}
        self.left: list[str] = []
        self.blank: set[int] = set()
        self.faults: list[Fault] = []

    @property
    def count(self) -> int:
        return len(self.codes)

    def read(self, sources: set[str], column: str | None) -> TableRead:
        header, name = self.records.header, self.records.name
        doubled = sorted({title for title in header if title and header.count(title) > 1})
        if doubled:
            raise refuse(
                name,
                f"the column {doubled[0]!r} stands twice in the header",
                "column-once",
                column=doubled[0],
            )
        growing = {title: NumberColumn() for title in header if title}
        seen: dict[tuple[str, ...], int] = {}
        codes_seen: dict[str, str] = {}
        for first, block in self.records.blocks():
            laid_out = self._laid_out(first, block, len(header))
            cells = {
                title: [record[at] for record in laid_out]
                for at, title in enumerate(header)
                if title == self.code
                or title in self.wanted.by
                or self._may_hold_numbers(title, growing)
            }
            if not self.code:
                self.code = self._find_codes(cells, sources, column)
                for title in (self.code, *self.wanted.by):
                    growing.pop(title, None)
                if absent := [title for title in self.wanted.by if title not in cells]:
                    raise refuse(
                        name,
                        f"the file has no column {absent[0]!r}",
                        "column-is-there",
                        column=absent[0],
                    )
            numbers = range(first, first + len(block))
            self.row_numbers += numbers
            for code in cells[self.code]:
                if code not in codes_seen:
                    codes_seen[code] = normalise_code(code)
                self.codes.append(codes_seen[code])
            by = [cells[title] for title in self.wanted.by]
            for key in zip(*by, strict=True) if by else ((),) * len(block):
                self.group_ids.append(seen.setdefault(key, len(seen)))
            for title in [title for title in growing if not growing[title].is_text]:
                growing[title].take(cells[title], numbers)
        if not self.code:
            raise refuse(name, "the file has a header and no rows", "file-has-rows")
        self.groups = list(seen)
        self._choose(growing)
        self._refuse_repeated()
        if self.faults:
            raise TableRefused(f"{name} cannot be carried as it is.", self.faults)
        return self

    @staticmethod
    def _may_hold_numbers(title: str, growing: dict[str, NumberColumn]) -> bool:
        return title in growing and not growing[title].is_text

    def _laid_out(self, first: int, block: list[list[str]], width: int) -> list[list[str]]:
        """Fill up blank rows, and note rows that do not fit the header."""
        if all(len(record) == width for record in block):
            self.blank.update(
                number
                for number, record in enumerate(block, first)
                if not any(map(str.strip, record))
            )
            return block
        found = []
        for number, record in enumerate(block, first):
            if not any(cell.strip() for cell in record):
                self.blank.add(number)
            elif len(record) != width and len(self.faults) < MOST_FAULTS:
                told = f"The row has {len(record)} cells and the header {width}" + (
                    "; the file may be cut off."
                    if len(record) < width
                    else ": perhaps a comma stands in a cell without quotes."
                )
                self.faults.append(
                    Fault(told, file=self.records.name, row=number, rule="row-fits-header")
                )
            found.append((record + [""] * width)[:width])
        return found

    def _find_codes(
        self, cells: dict[str, list[str]], sources: set[str], column: str | None
    ) -> str:
        if column is not None:
            if column not in cells:
                raise refuse(
                    self.records.name,
                    f"the file has no column {column!r}",
                    "column-is-there",
                    column=column,
                )
            return column
        found = {
            title: sum(normalise_code(cell) in sources for cell in set(held))
            for title, held in cells.items()
            if title
        }
        best = max(found, key=lambda title: found[title])
        if not found[best]:
            raise refuse(
                self.records.name,
                f"no column holds codes of {self.release}; `bounds doctor csv` says what codes are in it",
                "column-of-codes",
            )
        return best

    def _choose(self, growing: dict[str, NumberColumn]) -> None:
        numeric = {title: growth.holds_numbers for title, growth in growing.items()}
        self.columns, self.left, faults = choose_columns(
            [title for title in self.records.header if title], numeric, self.wanted, self.code
        )
        self.faults += [fault._replace(file=self.records.name) for fault in faults]
        if not self.columns and not faults:
            raise refuse(self.records.name, "no column holds numbers to carry", "column-of-numbers")
        for each in self.columns:
            growth = growing[each.name]
            self.numbers[each.name] = growth.whole()
            self.faults += [
                Fault("The cell is no number, and no mark of a missing one.", file=self.records.name, row=row,
                      column=each.name, value=cell[:80], rule="cell-is-a-number")
                for row, cell in growth.bad[: max(0, MOST_FAULTS - len(self.faults))]
            ]  # fmt: skip
        for each in self.columns:
            if each.kind == "rate" and each.weight in self.numbers:
                weights = self.numbers[each.weight]
                below = np.flatnonzero((weights.values < 0) & ~weights.missing)
                self.faults += [
                    Fault("A count that weighs a rate is negative.", file=self.records.name, row=self.row_numbers[at],
                          column=each.weight, rule="weight-not-negative")
                    for at in below[:MOST_FAULTS].tolist()
                ]  # fmt: skip

    def _refuse_repeated(self) -> None:
        first: dict[tuple[str, int], int] = {}
        for at, key in enumerate(zip(self.codes, self.group_ids, strict=True)):
            if not key[0]:
                continue
            before = first.setdefault(key, at)
            if before != at and len(self.faults) < MOST_FAULTS:
                told = f"The area stands in row {self.row_numbers[before]} already; --by COLUMN tells such rows apart."
                self.faults.append(
                    Fault(told, file=self.records.name, row=self.row_numbers[at], column=self.code,
                          value=key[0][:40], rule="area-once")
                )  # fmt: skip

    def as_values(self, sources: set[str]) -> tuple[Values, NDArray[np.bool_]]:
        """Give the rows whose area is one of `sources` as values, and say which those are."""
        kept = np.array([code in sources for code in self.codes], dtype=bool)
        return Values(
            np.array(self.codes, dtype=object)[kept],
            np.array(self.group_ids, dtype=np.int64)[kept],
            {name: held.values[kept] for name, held in self.numbers.items()},
            {name: held.missing[kept] for name, held in self.numbers.items()},
        ), kept
