"""Says what two versions of a neighbourhood have in common and what one has alone, in areas, people and postcodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

ADDED, DROPPED, MORE, LESS, SAME = "added", "dropped", "more of it", "less of it", "same"
# Two computings of one share may differ by rounding.
NO_CHANGE = 1e-9


@dataclass(frozen=True)
class Difference:
    """The change from one version to another.

    areas : index code, sorted; columns before, after (share of its people, 0 to 1), outcome (added,
        dropped, more of it, less of it, same). added, dropped : postcodes, sorted; kept : how many.
    people : before, after, kept, added, dropped by postcode share; None where people are not known.
    Always kept + dropped = before and kept + added = after, in people and in postcodes.
    """

    areas: pd.DataFrame
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    kept: int
    people: dict[str, int | None]

    def as_plain(self) -> dict[str, Any]:
        """Give the difference as plain values for JSON; areas that are the same are counted only."""
        outcomes = self.areas["outcome"]
        changed = self.areas[outcomes != SAME]
        return {
            "areas": {name.replace(" ", "_"): int((outcomes == name).sum()) for name in
                      (SAME, ADDED, DROPPED, MORE, LESS)},
            "people": self.people,
            "postcodes": {
                "kept": self.kept, "added": len(self.added), "dropped": len(self.dropped),
                "added_list": list(self.added), "dropped_list": list(self.dropped),
            },
            "items": [
                {"code": code, "before": round(float(row["before"]), 6),
                 "after": round(float(row["after"]), 6), "outcome": row["outcome"]}
                for code, row in changed.iterrows()
            ],
        }  # fmt: skip


def compare_versions(
    before: pd.Series, after: pd.Series, old: pd.DataFrame, new: pd.DataFrame
) -> Difference:
    """Compare two versions of some ground.

    Parameters
    ----------
    before, after : index code of a small area, share of its people in the version (0 to 1).
    old, new : the current postcodes of each version: index postcode; column people (that each stands
        for, NaN where not known).

    Notes
    -----
    People are counted by postcode, as only postcodes say which part of a cut area is in both. Sums
    are rounded once; what is added or dropped is the total less what is kept, so that they add up.
    """
    codes = before.index.union(after.index).sort_values()
    areas = pd.DataFrame(
        {"before": before.reindex(codes).fillna(0.0), "after": after.reindex(codes).fillna(0.0)}
    )
    change = areas["after"] - areas["before"]
    areas["outcome"] = np.select(
        [
            (areas["before"] <= 0) & (areas["after"] > 0), (areas["before"] > 0) & (areas["after"] <= 0),
            change > NO_CHANGE, change < -NO_CHANGE,
        ],
        [ADDED, DROPPED, MORE, LESS], default=SAME,
    )  # fmt: skip
    both = old.index.intersection(new.index)
    people: dict[str, int | None] = dict.fromkeys(
        ("before", "after", "kept", "added", "dropped"), None
    )
    if old["people"].notna().all() and new["people"].notna().all():
        totals = [int(np.floor(frame["people"].sum() + 0.5)) for frame in (old, new, old.loc[both])]
        people = {
            "before": totals[0], "after": totals[1], "kept": totals[2],
            "added": totals[1] - totals[2], "dropped": totals[0] - totals[2],
        }  # fmt: skip
    return Difference(
        areas, tuple(sorted(new.index.difference(old.index))),
        tuple(sorted(old.index.difference(new.index))), len(both), people,
    )  # fmt: skip
