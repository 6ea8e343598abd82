"""Reads postcodes: the ONS directory's, and those of the current list that it lacks; looks into no outline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from boundaries.sources.files import Files, read_table

POSTCODES = "boundaries/postcodes_england_onspd_nov2025.parquet"
CURRENT_POSTCODES = "lookups/code_point_open_england_wales.parquet"

CURRENT, NOT_CURRENT = "current", "not in the current list"
Box = tuple[float, float, float, float]


def tidy_postcode(text: str) -> str:
    """Write a postcode in capitals with one blank before its last three characters: `n1  0aa` is `N1 0AA`."""
    letters = "".join(text.split()).upper()
    return f"{letters[:-3]} {letters[-3:]}"


def tidy_postcodes(written: pd.Series) -> pa.Array:
    """Write many postcodes as `tidy_postcode` does."""
    import pyarrow.compute as pc

    texts = pc.cast(pa.Array.from_pandas(written), pa.string())
    letters = pc.utf8_upper(pc.replace_substring_regex(texts, r"\s+", ""))
    head, tail = pc.utf8_slice_codeunits(letters, 0, -3), pc.utf8_slice_codeunits(letters, -3)
    joined = pc.binary_join_element_wise(head, tail, " ")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


@dataclass(frozen=True)
class PostcodesRead:
    """Postcodes of both files, one row each: the directory's first, then the newer ones.

    district: code of today, None for a newer one (only its point can tell). is_current: in the
    current list. is_newer: only the current list has it. unplaced: newer ones without coordinates, as
    (row in the current list from 1, postcode). repeated: (path, row from 1, postcode) of second rows.
    rows: path -> rows of the file.
    """

    postcode: pa.Array
    easting: NDArray[np.int32]
    northing: NDArray[np.int32]
    district: NDArray[np.object_]
    is_current: NDArray[np.bool_]
    is_newer: NDArray[np.bool_]
    unplaced: list[tuple[int, str]]
    repeated: list[tuple[str, int, str]]
    rows: dict[str, int]

    def __len__(self) -> int:
        return len(self.postcode)


def read_postcodes(
    files: Files,
    districts: set[str] | None,
    active: Mapping[str, str],
    box: Box | None = None,
    current: pd.DataFrame | None = None,
) -> PostcodesRead:
    """Read the postcodes of some districts of today, or of all England.

    `box` (eastings and northings: west, south, east, north) bounds the newer ones, whose district is
    not known; without it all of them are given. A postcode of the current list at 0,0 has no
    coordinates there; one that the directory knows takes the directory's point. `current` (postcode,
    easting, northing) stands for the mirror's copy of that list.
    """
    directory = read_table(files, POSTCODES, ["pcd", "oseast1m", "osnrth1m", "laua"])
    if current is None:
        current = read_table(files, CURRENT_POSTCODES, ["postcode", "easting", "northing"])
    rows = {POSTCODES: len(directory), CURRENT_POSTCODES: len(current)}
    listed, known = tidy_postcodes(current["postcode"]), tidy_postcodes(directory["pcd"])
    repeated = [
        (path, row, code)
        for path, postcodes in ((POSTCODES, known), (CURRENT_POSTCODES, listed))
        for row, code in _second_rows(postcodes)
    ]
    which, codes = pd.factorize(directory["laua"])
    of_today = [active.get(str(old), str(old)) for old in codes]
    # a row without a code is numbered -1
    homes = np.array([*of_today, np.nan], dtype=object)[which]
    here = np.ones(len(directory), dtype=bool)
    if districts is not None:
        here = np.isin(homes, sorted(districts))
    here[[row - 1 for path, row, _ in repeated if path == POSTCODES]] = False
    old_at = np.flatnonzero(here)
    postcode = known.take(pa.array(old_at))
    in_list = _is_in(postcode, listed)
    easting, northing = current["easting"].to_numpy(), current["northing"].to_numpy()
    placed = (easting != 0) | (northing != 0)
    inside = placed.copy()
    if box is not None:
        west, south, east, north = box
        inside &= (easting >= west) & (easting <= east) & (northing >= south) & (northing <= north)
    new = inside | ~placed
    new[[row - 1 for path, row, _ in repeated if path == CURRENT_POSTCODES]] = False
    asked = np.flatnonzero(new)
    new[asked] = ~_is_in(listed.take(pa.array(asked)), known)
    unplaced = [(int(at) + 1, listed[int(at)].as_py()) for at in np.flatnonzero(new & ~placed)]
    new_at = np.flatnonzero(new & inside)
    return PostcodesRead(
        pa.concat_arrays([postcode, listed.take(pa.array(new_at))]),
        np.concatenate([directory["oseast1m"].to_numpy()[old_at], easting[new_at]]).astype(np.int32),
        np.concatenate([directory["osnrth1m"].to_numpy()[old_at], northing[new_at]]).astype(np.int32),
        np.concatenate([homes[old_at], np.full(len(new_at), None, dtype=object)]),
        np.concatenate([in_list, np.ones(len(new_at), dtype=bool)]),
        np.repeat([False, True], [len(old_at), len(new_at)]),
        unplaced,
        repeated,
        rows,
    )  # fmt: skip


def _is_in(codes: pa.Array, others: pa.Array) -> NDArray[np.bool_]:
    import pyarrow.compute as pc

    if 4 * len(codes) < len(others):  # the many are dearer to prepare than to look up
        others = others.filter(pc.is_in(others, value_set=codes))
    return np.asarray(pc.is_in(codes, value_set=others).to_numpy(zero_copy_only=False))


def _second_rows(codes: pa.Array) -> list[tuple[int, str]]:
    """List rows (from 1) whose postcode stands in an earlier row."""
    import pyarrow.compute as pc

    rising = pc.all(pc.greater(codes[1:], codes[:-1])).as_py()  # quick, and true of a sorted file
    if rising is not False or pc.count_distinct(codes).as_py() == len(codes):
        return []
    second = codes.to_pandas().duplicated().to_numpy()
    return [(int(at) + 1, codes[int(at)].as_py()) for at in np.flatnonzero(second)]
