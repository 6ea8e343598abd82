"""Which programmes and partnerships stand on the same ground, with the people both reach; reads nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Both shares: METHODS section 4.
SAME_GROUND_SHARE = 0.95
_YEAR = re.compile(r"(?<!\d)(19|20)\d\d(?!\d)")


class Standing(NamedTuple):
    """Somebody who stands on ground: a programme or a partnership. years: first and last, None where not known."""

    kind: str
    id: str
    title: str
    theme: str | None
    years: tuple[int, int] | None


def years_of(texts: Sequence[str | None]) -> tuple[int, int] | None:
    """Read the first and the last calendar year in some texts ("2001-02", "2026-27 to 2035-36"); None without any.

    A financial year is named by the year it begins in.
    """
    found = [int(match[0]) for written in texts if written for match in _YEAR.finditer(written)]
    return (min(found), max(found)) if found else None


def overlapping_pairs(
    standings: Sequence[Standing], shares: NDArray[np.float64], people: NDArray[np.float64]
) -> list[dict[str, Any]]:
    """Compare every two of some standings by the people of the ground that both hold.

    Parameters
    ----------
    shares : (standings, small areas), of each small area's people in the ground, 0 to 1
    people : of the small areas; NaN where not known, and then in no count

    Returns
    -------
    A dict a pair with people in common, the most first: a, b, people, at_most, share_of_a, share_of_b, jaccard,
    same_ground, same_theme, same_years (None where not known).

    Notes
    -----
    In a small area that both hold in part, what they share is not known: people = sum(p x min(a, b)) is the most
    that it can be, and `at_most` says so. Same ground: both shares are at least 95 %.
    """
    counted = np.nan_to_num(people)
    own = shares @ counted
    rows = []
    for a in range(len(standings)):
        for b in range(a + 1, len(standings)):
            least = np.minimum(shares[a], shares[b])
            people_here = float(least @ counted)
            if people_here <= 0:
                continue
            in_part = (least > 0) & (shares[a] < 1) & (shares[b] < 1)
            share_of_a, share_of_b = people_here / own[a], people_here / own[b]
            rows.append(
                {
                    "a": a, "b": b, "people": people_here, "at_most": bool(in_part.any()),
                    "share_of_a": share_of_a, "share_of_b": share_of_b,
                    "jaccard": people_here / (own[a] + own[b] - people_here),
                    "same_ground": bool(min(share_of_a, share_of_b) >= SAME_GROUND_SHARE),
                    "same_theme": _same_theme(standings[a], standings[b]),
                    "same_years": _same_years(standings[a], standings[b]),
                }
            )  # fmt: skip
    rows.sort(key=lambda row: (-row["jaccard"], standings[row["a"]].id, standings[row["b"]].id))
    return rows


def _same_theme(one: Standing, other: Standing) -> bool | None:
    if one.theme is None or other.theme is None:
        return None
    return one.theme.strip().casefold() == other.theme.strip().casefold()


def _same_years(one: Standing, other: Standing) -> bool | None:
    if one.years is None or other.years is None:
        return None
    return one.years[0] <= other.years[1] and other.years[0] <= one.years[1]


def say_pair(one: Standing, other: Standing, pair: Mapping[str, Any]) -> str:
    """Say in one sentence what a pair has in common."""
    if pair["same_ground"]:
        start = f"{one.title} covers the same ground as {other.title}"
    else:
        most = "up to " if pair["at_most"] else ""
        start = f"{one.title} shares ground with {other.title}: {most}{100 * pair['share_of_a']:.2f} % of its people"
    theme = {
        True: f"for the same theme ({one.theme})",
        False: f"for another theme ({one.theme}, {other.theme})",
        None: "themes are not both stated",
    }[pair["same_theme"]]
    years = {True: "in the same years", False: "in other years", None: "years are not both stated"}
    return f"{start}; {theme}; {years[pair['same_years']]}."
