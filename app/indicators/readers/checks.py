"""Checks of an index's file, row by row: codes, numbers, ranks and deciles; every fault is listed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import pandas as pd

from app.indicators.editions import Edition
from boundaries.errors import Fault

Numbers: TypeAlias = "Mapping[tuple[str, str], pd.Series]"

_NUMBER = r"-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?(?:[eE]-?\d{1,3})?"
_WHOLE = r"(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.0+)?"
_HALF = r"(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.[05]0*)?"
# Fewer differing deciles than this are named row by row; more say that the column is another thing.
_NAMED_DECILES = 100


def check_codes(frame: pd.DataFrame, edition: Edition, file: str) -> list[Fault]:
    """Tidy the codes in place and list those that are missing, strange or there twice."""
    column = edition.code_heading
    codes = frame[column] = _as_text(frame[column])
    faults = [
        Fault("no area code", file=file, row=int(row), column=column, rule="code-present")
        for row in frame.loc[codes == "", "row"]
    ]
    strange = (codes != "") & ~codes.str.fullmatch(edition.code_form)
    faults += [
        Fault("not a code of a small area", file=file, row=int(row), column=column,
              value=str(code)[:40], rule="code-form")
        for row, code in zip(frame.loc[strange, "row"], codes[strange], strict=True)
    ]  # fmt: skip
    twice = (codes != "") & codes.duplicated(keep=False)
    # A row repeated word for word loses nothing by being dropped; rows that differ are all refused,
    # for nothing says which of them is right.
    doubled = frame[twice].drop(columns="row")
    repeated, same = doubled.duplicated(keep="first"), doubled.duplicated(keep=False)
    differs = (~same).groupby(codes[twice]).transform("any")
    for row, code, clash, again in zip(
        frame.loc[twice, "row"], codes[twice], differs, repeated, strict=True
    ):
        if clash or again:
            detail = "the code stands on rows that differ" if clash else "the row stands twice"
            faults.append(
                Fault(detail, file=file, row=int(row), column=column, value=str(code),
                      rule="code-once")
            )  # fmt: skip
    return faults


def read_numbers(
    frame: pd.DataFrame, column: str, form: str, file: str
) -> tuple[pd.Series, list[Fault]]:
    """Read a column as numbers, missing as NaN; `form` is "score", "whole", or "half" for averaged ranks."""
    pattern, detail = {
        "score": (_NUMBER, "not a number"),
        "whole": (_WHOLE, "not a whole number"),
        "half": (_HALF, "not a whole number or one and a half"),
    }[form]
    if pd.api.types.is_numeric_dtype(frame[column]):
        numbers = frame[column].astype("Float64").astype("float64")
        step = {"score": None, "whole": 1.0, "half": 0.5}[form]
        said = numbers.astype(str)
        wrong = numbers.notna() & (numbers % step != 0) if step else numbers.isna() & False
    else:
        said = _as_text(frame[column])
        good = said.str.fullmatch(pattern)
        wrong = (said != "") & ~good
        numbers = said.where(good).str.replace(",", "").astype("float64")
    wrong |= np.isinf(numbers)
    faults = [
        Fault(detail, file=file, row=int(row), column=column, value=str(value)[:40], rule="number")
        for row, value in zip(frame.loc[wrong, "row"], said[wrong], strict=True)
    ]
    return numbers.where(~wrong), faults


def _as_text(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), "").map(str).str.strip()


def lowest_of_ties(rank: pd.Series) -> pd.Series:
    """Give tied areas their lowest rank where the file gives each the average of the ranks they share.

    Lossless: areas of one average are one tie, and of k areas that share r, r+1 … the average is
    r + (k - 1) / 2.
    """
    return rank - (rank.groupby(rank).transform("size") - 1) / 2


def check_ranks(
    rows: pd.Series, numbers: Numbers, measure: str, headings: tuple[str, str, str],
    edition: Edition, file: str,
) -> tuple[list[Fault], list[Fault]]:  # fmt: skip
    """Check one measure's ranks, and its deciles against ceil(10 rank / N).

    Returns
    -------
    Faults that refuse their rows: ranks outside 1..N or between two, and deciles that a publisher
    got wrong. Notes that refuse nothing: deciles added by others that differ, and pairs of areas of
    which the one ranked as less deprived has the higher score.
    """
    if (measure, "rank") not in numbers:
        return [], []
    total = edition.areas_total
    rank = numbers[measure, "rank"]
    outside = rank.notna() & ((rank < 1) | (rank > total))
    faults = [
        Fault(f"the rank is not from 1 to {total:,}", file=file, row=int(row),
              column=headings[1], value=f"{value:.0f}", rule="rank-within-n")
        for row, value in zip(rows[outside], rank[outside], strict=True)
    ]  # fmt: skip
    between = rank.notna() & ~outside & (rank % 1 != 0)
    faults += [
        Fault("a rank between two that no tie explains", file=file, row=int(row),
              column=headings[1], value=f"{value:g}", rule="rank-whole")
        for row, value in zip(rows[between], rank[between], strict=True)
    ]  # fmt: skip
    unsound = outside | between
    wrong = _other_deciles(rows, numbers, measure, headings[2], unsound, edition, file)
    notes = _rank_follows_score(numbers, measure, unsound, headings[1], file)
    if edition.deciles_published:
        return faults + wrong, notes
    if len(wrong) > _NAMED_DECILES:
        wrong = [
            Fault(
                f"{len(wrong):,} of {len(rows):,} deciles are not ceil(10 rank / N), so the column "
                "is not this measure's; the deciles here are computed",
                file=file, column=headings[2], rule="decile-is-ceil-10-rank-over-n",
            )
        ]  # fmt: skip
    return faults, wrong + notes


def _other_deciles(
    rows: pd.Series, numbers: Numbers, measure: str, heading: str, unsound: pd.Series,
    edition: Edition, file: str,
) -> list[Fault]:  # fmt: skip
    if (measure, "decile") not in numbers:
        return []
    rank, decile = numbers[measure, "rank"], numbers[measure, "decile"]
    expected = deciles_of(rank.where(~unsound), edition.areas_total)
    wrong = expected.notna() & decile.notna() & (decile != expected)
    return [
        Fault(f"rank {place:,.0f} of {edition.areas_total:,} is in decile {right:.0f}", file=file,
              row=int(row), column=heading, value=f"{value:.0f}",
              rule="decile-is-ceil-10-rank-over-n")
        for row, place, right, value in zip(
            rows[wrong], rank[wrong], expected[wrong], decile[wrong], strict=True
        )
    ]  # fmt: skip


def deciles_of(rank: pd.Series, areas_total: int) -> pd.Series:
    """Give ceil(10 rank / N) in whole numbers, so that no rounding decides; missing stays missing."""
    whole = rank.fillna(1).astype("int64")
    return (-(-10 * whole // areas_total)).astype("float64").where(rank.notna())


def _rank_follows_score(
    numbers: Numbers, measure: str, unsound: pd.Series, heading: str, file: str
) -> list[Fault]:
    """Say in one note how often the order of ranks is not that of scores (which may be rounded)."""
    if (measure, "score") not in numbers:
        return []
    both = pd.DataFrame({"rank": numbers[measure, "rank"], "score": numbers[measure, "score"]})
    scores = both[~unsound].dropna().sort_values("rank")["score"].to_numpy()
    against = int((np.diff(scores) > 0).sum())
    if not against:
        return []
    detail = f"{against:,} areas have a higher score than the area ranked before them"
    return [Fault(detail, file=file, column=heading, value=str(against), rule="rank-follows-score")]
