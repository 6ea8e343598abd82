"""Carries a table of values from one release of areas to another; loses nobody, makes up nothing, guesses no rank.

Source: METHODS.md 2 (re-basing, pence, intensive values); docs/methods/rebasing.md works an example.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from boundaries.methods.apportion import apportion_many

Whole = NDArray[np.int64] | NDArray[np.object_]
Flags = NDArray[np.bool_]

# How a value came to its new area, from the surest to the least sure.
EXACT, RECODED, MERGED = "exact", "recoded", "merged"
LINKED = "complex: the publisher's only link"
SPLIT = "split by postcodes"
COMPLEX = "complex: many to many, by postcodes"
METHODS = (EXACT, RECODED, MERGED, LINKED, SPLIT, COMPLEX)
ESTIMATES = frozenset({LINKED, SPLIT, COMPLEX})

NO_LINK, NO_POSTCODES = "no-link", "no-postcodes"
# A sum below this fits the machine's whole numbers.
_FITS = 2**62


@dataclass(frozen=True)
class Step:
    """The links of one release to the next.

    title : such as `lsoa-2011 to lsoa-2021`.
    links : columns source, target, kind (unchanged, recoded, merged, split, complex), postcodes (how many
        current ones lie in both; missing where they cannot be counted); every pair once.
    """

    title: str
    links: pd.DataFrame


@dataclass(frozen=True)
class Column:
    """One column of values. kind: `count` (extensive), or `rate` (intensive), weighed by the counts of `weight`."""

    name: str
    kind: str = "count"
    weight: str = ""


@dataclass(frozen=True)
class Values:
    """Rows of values by area; (code, group) is unique.

    codes, groups : of each row; a group is what tells rows of one area apart (a month), as a number.
    values : column -> whole numbers (of the last digit stated: pence for pounds with two decimals); of a
        rate also fractions. What stands where `missing` is meaningless.
    missing : column -> where there is no value. Missing is never 0.
    known : column -> what is known of a missing count from its other sources.
    lacking : (row, column) -> codes of the sources that have no value.
    """

    codes: NDArray[np.object_]
    groups: NDArray[np.int64]
    values: Mapping[str, Whole]
    missing: Mapping[str, Flags]
    known: Mapping[str, Whole] = field(default_factory=dict)
    lacking: Mapping[tuple[int, str], tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Totals:
    """Sums of a count: before = after + withheld + listed. withheld: known parts of areas that stay missing."""

    before: int
    after: int
    withheld: int
    listed: int


@dataclass(frozen=True)
class Lineage:
    """How an area of the release reached came to its values, and from which areas of the first release."""

    method: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Carried:
    """What one step made: the rows, those it could not place (row -> reason), and the sums of each count."""

    rows: Values
    listed: dict[int, str]
    totals: dict[str, Totals]


def methods_of(steps: Sequence[Step]) -> set[str]:
    """Say by which methods the areas of the last release are reached, without tracing each to its sources."""
    if len(steps) == 1:
        return set(_methods(steps[0].links).values())
    return {one.method for one in trace_lineages(steps).values()}


def trace_lineages(steps: Sequence[Step]) -> dict[str, Lineage]:
    """Say for every area of the last release how it is reached: the least sure method on the way, the sources."""
    found: dict[str, Lineage] | None = None
    for step in steps:
        links = step.links
        method = _methods(links)
        behind: dict[str, set[str]] = {}
        worst: dict[str, int] = {}
        for source, target in zip(links["source"], links["target"], strict=True):
            before = Lineage(EXACT, (source,)) if found is None else found.get(source)
            if before is None:
                continue  # nothing of the first release leads here
            behind.setdefault(target, set()).update(before.sources)
            least = max(METHODS.index(before.method), METHODS.index(method[target]))
            worst[target] = max(worst.get(target, 0), least)
        found = {
            code: Lineage(METHODS[worst[code]], tuple(sorted(codes)))
            for code, codes in behind.items()
        }
    return found or {}


def _methods(links: pd.DataFrame) -> dict[str, str]:
    shared = links["source"].duplicated(keep=False)
    marks = pd.DataFrame(
        {
            "target": links["target"], "shared": shared, "complex": links["kind"] == "complex",
            "recoded": links["source"] != links["target"], "sources": 1,
        }
    )  # fmt: skip
    of = marks.groupby("target").agg(
        {"shared": "any", "complex": "any", "recoded": "any", "sources": "sum"}
    )
    several = of["sources"] > 1
    names = np.select(
        [of["shared"] & several, of["shared"], of["complex"], several, of["recoded"]],
        [COMPLEX, SPLIT, LINKED, MERGED, RECODED],
        EXACT,
    )
    return dict(zip(of.index, names.tolist(), strict=True))


def carry(rows: Values, columns: Sequence[Column], step: Step) -> Carried:
    """Carry rows over one step's links.

    Parameters
    ----------
    rows : values by area and group, (code, group) unique
    columns : every column to carry; the weight of a rate is among them, as a count
    step : the links

    Returns
    -------
    Carried: rows in order of group and target code. An area with one link passes its whole count on; one
    with several shares it by the postcodes that lie in each linked pair, by largest remainder in whole
    numbers, so that Totals balance exactly, whatever the order of the rows. A rate is
    `sum(v_i d_ij) / sum(d_ij)` with d the counts that its weight passed on; where these are all 0, the
    rate that all sources share, else missing.

    Notes
    -----
    Missing stays missing: a target one of whose linked sources is not in the rows, has no value, or cannot
    be shared out, has none, and what is known of it is in `known`. A row without a link, or with several and
    no postcode in any, is listed. Source: METHODS.md 2.
    """
    links = step.links.sort_values(["source", "target"], ignore_index=True)
    sources, first, size = np.unique(
        links["source"].to_numpy(dtype=str), return_index=True, return_counts=True
    )
    targets, target_of = np.unique(links["target"].to_numpy(dtype=str), return_inverse=True)
    weights = links["postcodes"].astype("Int64").to_numpy(dtype="int64", na_value=-1)
    countable = np.add.reduceat(np.maximum(weights, 0), first) > 0 if len(first) else first > 0
    countable &= (np.minimum.reduceat(weights, first) >= 0) if len(first) else countable
    placeable = (size == 1) | countable
    at = pd.Index(sources).get_indexer(pd.Index(rows.codes))
    linked = at >= 0
    listed = dict.fromkeys(np.flatnonzero(~linked).tolist(), NO_LINK)
    lost = linked.copy()
    lost[linked] = ~placeable[at[linked]]
    listed |= dict.fromkeys(np.flatnonzero(lost).tolist(), NO_POSTCODES)
    row, link = _expand(np.flatnonzero(linked), first[at[linked]], size[at[linked]])
    key = rows.groups[row] * max(len(targets), 1) + target_of[link]
    keys, place = np.unique(key, return_inverse=True)
    made = _Pairs(row, place, weights[link], (size[at[row]] > 1) & ~lost[row], lost[row], len(keys))
    reached = keys % max(len(targets), 1)
    wanted = np.bincount(target_of, minlength=len(targets))[reached]
    made.short = np.bincount(place, minlength=len(keys)) < wanted
    is_listed = ~linked | lost
    values: dict[str, Whole] = {}
    missing: dict[str, Flags] = {}
    known: dict[str, Whole] = {}
    totals: dict[str, Totals] = {}
    passed: dict[str, Whole] = {}
    rates: dict[str, Flags] = {}
    for column in sorted(columns, key=lambda each: each.kind):  # counts first: they weigh the rates
        held, absent = rows.values[column.name], rows.missing[column.name]
        if column.kind == "rate":
            rates[column.name] = absent | rows.missing[column.weight]
            values[column.name], missing[column.name] = made.weigh(
                held, rates[column.name], passed[column.weight], values[column.weight]
            )
            continue
        passed[column.name] = made.share(held, absent)
        sums, none = made.add(passed[column.name], absent)
        values[column.name], missing[column.name], known[column.name] = sums, none, sums
        totals[column.name] = Totals(
            _sum(held[~absent]), _sum(sums[~none]), _sum(sums[none]), _sum(held[is_listed & ~absent])
        )  # fmt: skip
    codes = targets[reached].astype(object)
    lacking = _lacking(rows, {**rows.missing, **rates}, made, codes, links, missing)
    after = Values(codes, keys // max(len(targets), 1), values, missing, known, lacking)
    return Carried(after, listed, totals)


@dataclass
class _Pairs:
    """Every row beside every link of its area: which row, which target row, the weight, shared or whole, lost."""

    row: NDArray[np.int64]
    place: NDArray[np.int64]
    weight: NDArray[np.int64]
    shared: Flags
    lost: Flags
    count: int
    short: Flags = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def share(self, held: Whole, absent: Flags) -> Whole:
        """Give what each pair passes on of a count; 0 where there is none or it cannot be shared out."""
        found = held[self.row]
        found[absent[self.row] | self.lost] = 0
        parts = np.flatnonzero(self.shared)
        if len(parts):
            owner = self.row[parts]
            starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
            shared = apportion_many(found[parts[starts]], self.weight[parts], starts)
            if shared.dtype == object:
                found = found.astype(object)
            found[parts] = shared
        return found

    def add(self, passed: Whole, absent: Flags) -> tuple[Whole, Flags]:
        """Sum what reaches each target, and say where the sum is not the whole."""
        if passed.dtype != object and float(np.abs(passed).sum(dtype=float)) >= _FITS:
            passed = passed.astype(object)
        kind = object if passed.dtype == object else np.int64
        sums: Whole = np.zeros(self.count, dtype=kind)
        np.add.at(sums, self.place, passed)
        return sums, self.gone(absent)

    def gone(self, absent: Flags) -> Flags:
        """Say which targets lack a source: not in the table, without a value, or not to be shared out."""
        none = self.short.copy()
        none[self.place[absent[self.row] | self.lost]] = True
        return none

    def weigh(
        self, held: Whole, absent: Flags, weights: Whole, weight_sums: Whole
    ) -> tuple[Whole, Flags]:
        """Average a rate over the counts passed on; of one source it is that source's."""
        none = self.gone(absent)
        behind = np.bincount(self.place, minlength=self.count)
        found = np.zeros(self.count, dtype=object)
        found[self.place] = held[self.row]
        several = (behind[self.place] > 1) & ~none[self.place]
        sums: dict[int, int | Fraction] = {}
        seen: dict[int, set[object]] = {}
        for pair in np.flatnonzero(several).tolist():
            place, rate = int(self.place[pair]), held[self.row[pair]]
            rate = rate if isinstance(rate, Fraction) else int(rate)
            sums[place] = sums.get(place, 0) + rate * int(weights[pair])
            seen.setdefault(place, set()).add(rate)
        for place, total in sums.items():
            weight = int(weight_sums[place])
            if weight:
                found[place] = Fraction(total, weight)
            elif len(seen[place]) > 1:
                none[place] = True
        return found, none


def _expand(
    rows: NDArray[np.int64], first: NDArray[np.int64], size: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give for each row its links: the row repeated, and the positions of the links."""
    row = np.repeat(rows, size)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    return row, np.repeat(first, size) + offset


def _lacking(
    rows: Values, absent: Mapping[str, Flags], made: _Pairs, codes: NDArray[np.object_],
    links: pd.DataFrame, missing: Mapping[str, Flags],
) -> dict[tuple[int, str], tuple[str, ...]]:  # fmt: skip
    """Name, for each missing value, the sources that have none."""
    if not any(none.any() for none in missing.values()):
        return {}
    touched = np.flatnonzero(np.logical_or.reduce(list(missing.values())))
    of = links.groupby("target")["source"].agg(list)
    spot = {int(place): index for index, place in enumerate(touched)}
    here: list[dict[str, int]] = [{} for _ in touched]
    for pair in np.flatnonzero(np.isin(made.place, touched)).tolist():
        here[spot[int(made.place[pair])]][str(rows.codes[made.row[pair]])] = pair
    found: dict[tuple[int, str], tuple[str, ...]] = {}
    for name, none in missing.items():
        for place in np.flatnonzero(none).tolist():
            pairs = here[spot[place]]
            found[place, name] = tuple(
                code
                for code in of[codes[place]]
                if code not in pairs
                or made.lost[pairs[code]]
                or absent[name][made.row[pairs[code]]]
            )  # fmt: skip
    return found


def _sum(values: Whole) -> int:
    # Python's whole numbers: a sum of the machine's own could run over.
    if values.dtype == object or float(np.abs(values).sum(dtype=float)) >= _FITS:
        return sum(int(value) for value in values.tolist())
    return int(values.sum())


def rebase_counts(links: pd.DataFrame, counts: pd.Series, postcodes: pd.DataFrame) -> pd.DataFrame:
    """Re-base counts from LSOA 2011 to LSOA 2021 through the official links.

    Parameters
    ----------
    links : columns lsoa11_code, lsoa21_code (every pair once or more often)
    counts : index lsoa11_code, whole numbers; an area without a count is absent
    postcodes : columns lsoa11_code, lsoa21_code, postcodes: how many lie in each pair, by their points

    Returns
    -------
    index lsoa21_code, in order of code; columns value (int), estimated (bool: true where part of it
    was shared out by postcodes). The sum of value is the sum of the counts that have a link, but for
    those linked to an area left out.

    Notes
    -----
    As `carry`, but a split area with no postcode in any pair is shared out equally: a place's people
    must not vanish for want of a postcode (England has no such area). A 2021 area one of whose sources
    has no count is left out: missing stays missing.
    """
    pairs = links[["lsoa11_code", "lsoa21_code"]].drop_duplicates()
    pairs = pairs.merge(
        postcodes.drop_duplicates(["lsoa11_code", "lsoa21_code"]), how="left",
        on=["lsoa11_code", "lsoa21_code"],
    )  # fmt: skip
    pairs = pairs.set_axis(["source", "target", "postcodes"], axis=1).assign(kind="")
    pairs["postcodes"] = pairs["postcodes"].fillna(0).astype("int64")
    empty = pairs.groupby("source")["postcodes"].transform("sum") == 0
    pairs.loc[empty, "postcodes"] = 1
    given = counts[counts.index.isin(pairs["source"])].astype("int64")
    rows = Values(
        given.index.to_numpy(dtype=object), np.zeros(len(given), dtype=np.int64),
        {"value": given.to_numpy()}, {"value": np.zeros(len(given), dtype=bool)},
    )  # fmt: skip
    done = carry(rows, [Column("value")], Step("lsoa-2011 to lsoa-2021", pairs)).rows
    estimated = set(pairs.loc[pairs["source"].duplicated(keep=False), "target"])
    kept = ~done.missing["value"]
    codes = done.codes[kept]
    return pd.DataFrame(
        {
            "value": done.values["value"][kept],
            "estimated": np.array([code in estimated for code in codes], dtype=bool),
        },
        index=pd.Index(codes, name="lsoa21_code"),
    )
