"""Compare two lists of selected areas drawn on different releases; selects nothing itself.

The older list is carried to the newer areas by the official links, and both are counted there.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import pandas as pd

KEPT, ADDED, DROPPED, NEITHER = "kept", "added", "dropped", "neither"


@dataclass(frozen=True)
class Comparison:
    """Two lists at the newer release.

    areas : index code (newer areas that are linked to an area of the older place, or asked
        themselves), sorted; columns outcome (kept, added, dropped, neither), old_share (0 to 1: the
        share of the older areas' people behind it who lived in selected ones; NaN where unknown),
        link (unchanged, split, merged, complex, recoded; "none" without a link), old_codes (tuple),
        people (Int64).
    unmatched : older selected areas that lead to no newer area, by code.
    counts : areas_old (selected on the older areas), areas_carried (the same ground on the newer
        ones), gained_by_splits, lost_by_merging, areas_new, kept, added, dropped: areas; and
        people_kept, people_added, people_dropped, people_carried, people_new: people of the newer
        areas, None where any is not known.

    Always: kept + dropped = areas_carried; kept + added = areas_new;
    areas_old + gained_by_splits - lost_by_merging = areas_carried.
    """

    areas: pd.DataFrame
    unmatched: tuple[str, ...]
    counts: dict[str, int | None]


def compare_lists(
    old_selected: pd.Series,
    new_selected: pd.Series,
    links: pd.DataFrame,
    old_people: pd.Series,
    new_people: pd.Series,
) -> Comparison:
    """Say which areas a newer list keeps, adds and drops of an older one.

    Parameters
    ----------
    old_selected, new_selected : index code, True where selected; every area of the place.
    links : columns old_code, new_code, kind; areas that did not change link to themselves.
    old_people, new_people : index code, people; missing where not known.

    Returns
    -------
    Comparison.

    Notes
    -----
    A newer area counts as selected by the older list if at least half of the people of the older
    areas behind it lived in selected ones (for unchanged and split areas that is all or none; only
    merged and complex ones can lie between, and `old_share` shows it). Where people are not known
    for all of them, older areas count one each.
    """
    used = links[links["old_code"].isin(old_selected.index)].drop_duplicates(
        ["old_code", "new_code"]
    )
    used = used.assign(
        chosen=old_selected.reindex(used["old_code"]).to_numpy(dtype=bool),
        people=old_people.reindex(used["old_code"]).astype("Float64").to_numpy(),
    )
    codes = sorted(set(used["new_code"]) | set(new_selected.index))
    behind = _behind(used).reindex(codes)
    carried = behind["old_share"].ge(0.5).fillna(False).to_numpy(dtype=bool)
    now = new_selected.reindex(codes).fillna(False).to_numpy(dtype=bool)
    areas = pd.DataFrame(
        {
            "outcome": [
                _outcome(was, is_now)
                for was, is_now in zip(carried.tolist(), now.tolist(), strict=True)
            ],
            "old_share": behind["old_share"].to_numpy(dtype="float64"),
            "link": behind["link"].fillna("none").to_numpy(),
            "old_codes": [
                found if isinstance(found, tuple) else () for found in behind["old_codes"]
            ],
            "people": new_people.reindex(codes).astype("Int64").to_numpy(),
        },
        index=pd.Index(codes, name="code"),
    )
    chosen = set(old_selected.index[old_selected.to_numpy(dtype=bool)])
    unmatched = tuple(sorted(chosen - set(used["old_code"])))
    gained, lost = _splits_and_merges(used, chosen, set(areas.index[carried]))
    counts: dict[str, int | None] = {
        "areas_old": len(chosen),
        "areas_carried": int(carried.sum()),
        "gained_by_splits": gained,
        "lost_by_merging": lost + len(unmatched),
        "areas_new": int(now.sum()),
    }
    for outcome in (KEPT, ADDED, DROPPED):
        here = areas["outcome"] == outcome
        counts[outcome] = int(here.sum())
        counts[f"people_{outcome}"] = _sum(areas.loc[here, "people"])
    counts["people_carried"] = _sum(areas.loc[carried, "people"])
    counts["people_new"] = _sum(areas.loc[now, "people"])
    return Comparison(areas, unmatched, counts)


def turn_comparison(found: Comparison) -> Comparison:
    """Tell a comparison for which the newer list was the one that was carried: added and dropped change places.

    The counts keep their names: areas_old and people of the older list now stand on its own areas, and
    areas_carried says the newer list there, so that kept + added = areas_carried and kept + dropped = areas_old.
    """
    turned = {ADDED: DROPPED, DROPPED: ADDED}
    areas = found.areas.assign(outcome=found.areas["outcome"].replace(turned))
    names = {
        "areas_old": "areas_new", "areas_new": "areas_old", "people_new": "people_old", ADDED: DROPPED,
        DROPPED: ADDED, "people_added": "people_dropped", "people_dropped": "people_added",
    }  # fmt: skip
    counts = {names.get(name, name): value for name, value in found.counts.items()}
    return Comparison(areas, found.unmatched, counts)


def _behind(used: pd.DataFrame) -> pd.DataFrame:
    """Describe what stands behind each newer area: share of people in selected older ones, kind."""
    sources: dict[str, list[tuple[str, float | None, bool, str]]] = defaultdict(list)
    columns = [used[name].tolist() for name in ("new_code", "old_code", "people", "chosen", "kind")]
    for new, old, people, chosen, kind in zip(*columns, strict=True):
        sources[str(new)].append((old, None if pd.isna(people) else float(people), chosen, kind))
    rows: dict[str, tuple[float, str, tuple[str, ...]]] = {}
    for code, behind in sorted(sources.items()):
        known = [people for _, people, _, _ in behind if people is not None]
        counted = len(known) == len(behind) and sum(known) > 0
        weights = known if counted else [1.0] * len(behind)
        inside = sum(weight for weight, source in zip(weights, behind, strict=True) if source[2])
        kinds = sorted({source[3] for source in behind})
        kind = kinds[0] if len(kinds) == 1 else "complex"
        rows[code] = (inside / sum(weights), kind, tuple(sorted(source[0] for source in behind)))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["old_share", "link", "old_codes"])


def _outcome(was: bool, is_now: bool) -> str:
    if was:
        return KEPT if is_now else DROPPED
    return ADDED if is_now else NEITHER


def _splits_and_merges(used: pd.DataFrame, chosen: set[str], carried: set[str]) -> tuple[int, int]:
    """Count areas gained by splitting and lost by merging, knot by knot of linked areas."""
    knot: dict[str, str] = {}

    def find(name: str) -> str:
        while knot.setdefault(name, name) != name:
            name = knot[name]
        return name

    for old, new in zip(used["old_code"], used["new_code"], strict=True):
        # Old and new may share a code, so each side carries its own mark.
        one, other = find(f"old {old}"), find(f"new {new}")
        knot[max(one, other)] = min(one, other)
    balance: dict[str, int] = {}
    for code in chosen & set(used["old_code"]):
        balance[find(f"old {code}")] = balance.get(find(f"old {code}"), 0) - 1
    for code in carried:
        balance[find(f"new {code}")] = balance.get(find(f"new {code}"), 0) + 1
    gained = sum(change for change in balance.values() if change > 0)
    return gained, -sum(change for change in balance.values() if change < 0)


def _sum(people: pd.Series) -> int | None:
    return None if people.isna().any() else int(people.sum())
