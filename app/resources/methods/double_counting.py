"""Counts money once: what was regranted, matched, refunded or perhaps written twice, and what is left then.

Gross is every line as its source states it; the ledger's buckets stay so. What a funder passes on to another
that is listed too stands in gross twice: net takes it away at the first one's place, so that the pound
counts where it came to rest. Nothing is removed and nothing is clipped: each case is listed by its line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from app.resources.methods.ledger import BUCKETS
from boundaries.methods.apportion import apportion

AWARD, REGRANT, MATCH, REFUND = "award", "regrant", "match", "refund"
COLUMNS = (
    "id", "identifier", "title", "funder", "recipient", "amount_pence", "awarded_on", "bucket", "file_id",
    "role", "related_identifier", "part_of",
)  # fmt: skip
_SUMS = ("gross", "refunds", "regranted", "repeated", "net", "held")
MOST_SHOWN = 100
MEANING = (
    "gross: every line as its source states it, refunds apart; regranted: what was passed on of money that is "
    "listed too, taken away where it came from; repeated: match funding that repeats a listed award; "
    "net = gross + refunds - regranted - repeated; held: what those who passed money on still hold."
)


@dataclass(frozen=True)
class DoubleCounting:
    """What of a ledger is counted twice, in pence: sums by bucket and in all, and each case by its lines.

    by_bucket : of each bucket the six sums; held_pence is of those lines alone that passed something on.
    regrants : one row a line that is passed on or passes on, first givers before whom they gave to, each with
    its depth, amount, what it passed on and what it holds (below 0 where it passed on more than it had).
    cycles : identifiers that pass money round in a ring, taken away from nothing; parents_not_counted :
    regrants whose giver is not among the lines; over_passed : those that passed on more than they had;
    matches : match lines with what they match; repeated : match lines that repeat a listed award.
    possible_doubles : lines alike under two identifiers in two files, for a person to look at; None where
    they were not looked for.
    """

    by_bucket: dict[str, dict[str, int]]
    regrants: list[dict[str, Any]]
    cycles: list[list[str]]
    parents_not_counted: list[dict[str, Any]]
    over_passed: list[dict[str, Any]]
    matches: list[dict[str, Any]]
    repeated: list[dict[str, Any]]
    possible_doubles: list[list[dict[str, Any]]] | None

    def totals(self) -> dict[str, int]:
        """Add the buckets up."""
        return {
            f"{name}_pence": sum(sums[f"{name}_pence"] for sums in self.by_bucket.values())
            for name in _SUMS
        }

    def as_plain(self, most: int = MOST_SHOWN) -> dict[str, Any]:
        """Give it as plain values for JSON, of each list at most so many, with how many there are."""
        lists: dict[str, list[Any] | None] = {
            "regrants": self.regrants, "cycles": self.cycles,
            "parents_not_counted": self.parents_not_counted, "over_passed": self.over_passed,
            "matches": self.matches, "repeated": self.repeated, "possible_doubles": self.possible_doubles,
        }  # fmt: skip
        return {
            **self.totals(),
            "match_pence": sum(each["amount_pence"] for each in self.matches),
            "by_bucket": self.by_bucket,
            **{
                name: None if rows is None else {"count": len(rows), "items": rows[:most]}
                for name, rows in lists.items()
            },
            "meaning": MEANING,
        }


def count_once(
    lines: pd.DataFrame,
    bucket_pence: Mapping[str, int],
    doubles: Sequence[pd.DataFrame] | None = None,
) -> DoubleCounting:
    """Say what of the counted lines of one stage is counted twice.

    Parameters
    ----------
    lines : one row a line of the ledger's totals, COLUMNS, of all lines or of those alone that are no plain
        award or that such a one names; a refund is below 0, no other line is
    bucket_pence : what each bucket holds, of all lines
    doubles : lines that may be one award written twice, a frame each (`alike`); None: not looked for

    Notes
    -----
    A line is found by its identifier, or all parts of a row by the row's (`part_of`). A regrant passes on its
    amount less what was refunded of it; where the giver is several lines, each gives in proportion to its
    amount (largest remainder). A giver that is not among the lines (another stage or year, or not here) is
    counted once only, so nothing is taken away. In a ring of regrants nothing is taken away either, and the
    ring is listed. A match line is its own money unless a line of the same funder and identifier is listed.

    Conserved: of each bucket gross + refunds is the sum of its lines. The order of rows makes no difference.
    """
    lines = lines[list(COLUMNS)].sort_values("id")
    rows = {row["id"]: row for row in _plain(_involved(lines)).to_dict("records")}
    refunded = lines.loc[lines["role"].eq(REFUND), ["bucket", "amount_pence"]]
    named = _lines_by_name(rows)
    refunds = _refunds(rows, named)
    rings = _rings(rows, named)
    ring_of = {name: number for number, ring in enumerate(rings) for name in ring}
    passed: dict[str, int] = defaultdict(int)
    givers: dict[str, list[str]] = defaultdict(list)
    unknown = []
    for line_id, row in rows.items():
        if row["role"] != REGRANT:
            continue
        giver = row["related_identifier"]
        if giver not in named:
            unknown.append(_told(row) | {"related_identifier": giver})
        elif ring_of.get(giver, -1) != ring_of.get(_name(row), -2):
            passed[giver] += row["amount_pence"] + refunds.get(line_id, 0)
            givers[giver].append(line_id)
    taken = {
        line_id: share
        for giver, pence in passed.items()
        for line_id, share in _over_lines(pence, [rows[each] for each in named[giver]]).items()
    }
    matches = [row for row in rows.values() if row["role"] == MATCH]
    repeated = _repeated(matches, rows)
    return DoubleCounting(
        _by_bucket(_gross(bucket_pence, refunded), rows, taken, repeated),
        list(_tree(rows, named, givers, taken)),
        rings,
        unknown,
        [
            {"identifier": giver, "amount_pence": had, "passed_on_pence": passed[giver],
             "over_by_pence": passed[giver] - had}
            for giver in sorted(passed)
            for had in [sum(rows[each]["amount_pence"] for each in named[giver])]
            if passed[giver] > had
        ],
        [
            _told(row) | {
                "related_identifier": row["related_identifier"],
                "of_a_counted_line": row["related_identifier"] in named,
            }
            for row in matches
        ],
        [_told(row) for row in repeated],
        None if doubles is None else [
            [_told(row) for row in _plain(each.sort_values("id")).to_dict("records")] for each in doubles
        ],
    )  # fmt: skip


def alike(lines: pd.DataFrame) -> list[pd.DataFrame]:
    """Find lines that may be one award written twice: funder, recipient, amount and day alike, in two files.

    Case and blanks aside; what is not stated is like nothing, and parts of one row are no doubles. Lines as
    `count_once` takes them. They stay counted: a person decides.
    """
    found = lines[lines["role"].ne(REFUND) & lines["amount_pence"].gt(0)]
    keys = pd.DataFrame(
        {
            "funder": _folded(found["funder"]), "recipient": _folded(found["recipient"]),
            "pence": found["amount_pence"], "day": found["awarded_on"],
        }
    ).dropna()  # fmt: skip
    keys = keys[keys.duplicated(keep=False)]
    groups = []
    for _, own in keys.groupby(["funder", "recipient", "pence", "day"], sort=True):
        each = found.loc[own.index]
        names = each["part_of"].where(each["part_of"].notna(), each["identifier"])
        if names.nunique() > 1 and each["file_id"].nunique() > 1:
            groups.append(each)
    return groups


def _involved(lines: pd.DataFrame) -> pd.DataFrame:
    """Keep the lines that are no plain award, and those that they name or repeat: of many, few."""
    linked = lines["role"].ne(AWARD)
    names = {
        *lines.loc[linked, "related_identifier"].dropna(), *lines.loc[linked, "identifier"],
        *lines.loc[linked, "part_of"].dropna(),
    }  # fmt: skip
    return lines[linked | lines["identifier"].isin(names) | lines["part_of"].isin(names)]


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(object).where(frame.notna(), None)


def _folded(words: pd.Series) -> pd.Series:
    return words.map(
        lambda each: " ".join(str(each).split()).casefold() or None, na_action="ignore"
    )


def _name(row: Mapping[str, Any]) -> str:
    return str(row["part_of"] or row["identifier"])


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = (
        "id",
        "identifier",
        "title",
        "funder",
        "recipient",
        "amount_pence",
        "awarded_on",
        "bucket",
        "file_id",
    )
    return {name: row[name] for name in shown}  # fmt: skip


def _lines_by_name(rows: Mapping[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Give the lines that an identifier means: the line, or all parts of the row; refunds give nothing on."""
    named: dict[str, list[str]] = defaultdict(list)
    for line_id, row in rows.items():
        if row["role"] != REFUND:
            for name in dict.fromkeys((str(row["identifier"]), _name(row))):
                named[name].append(line_id)
    return dict(named)


def _over_lines(pence: int, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Share pence over lines in proportion to their amounts; all to the first where they are all 0."""
    shares = apportion(pence, [row["amount_pence"] for row in rows])
    if shares is None:
        shares = [pence] + [0] * (len(rows) - 1)
    return {row["id"]: share for row, share in zip(rows, shares, strict=True)}


def _refunds(
    rows: Mapping[str, dict[str, Any]], named: Mapping[str, Sequence[str]]
) -> dict[str, int]:
    """Give what was refunded of each line, below 0, by the refunds that name it."""
    found: dict[str, int] = defaultdict(int)
    for row in rows.values():
        if row["role"] == REFUND and row["related_identifier"] in named:
            own = [rows[each] for each in named[row["related_identifier"]]]
            for line_id, share in _over_lines(row["amount_pence"], own).items():
                found[line_id] += share
    return dict(found)


def _rings(
    rows: Mapping[str, dict[str, Any]], named: Mapping[str, Sequence[str]]
) -> list[list[str]]:
    """Find the identifiers that pass money round in a ring: each can be reached from each of them."""
    pairs = {
        (_name(row), str(row["related_identifier"]))
        for row in rows.values()
        if row["role"] == REGRANT and row["related_identifier"] in named
    }
    if not pairs:
        return []
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    names = sorted({name for pair in pairs for name in pair})
    number = {name: place for place, name in enumerate(names)}
    ends = np.array([[number[a], number[b]] for a, b in sorted(pairs)], dtype=np.int64).reshape(
        -1, 2
    )
    graph = coo_matrix(
        (np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(names), len(names))
    )
    _, ring_of = connected_components(graph, directed=True, connection="strong")
    rings: dict[int, list[str]] = defaultdict(list)
    for name, ring in zip(names, ring_of.tolist(), strict=True):
        rings[ring].append(name)
    return [ring for ring in sorted(rings.values()) if len(ring) > 1 or (ring[0], ring[0]) in pairs]


def _repeated(
    matches: Sequence[dict[str, Any]], rows: Mapping[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    awards = {
        (" ".join(row["funder"].split()).casefold(), _name(row))
        for row in rows.values()
        if row["role"] in (AWARD, REGRANT)
    }
    return [
        row for row in matches if (" ".join(row["funder"].split()).casefold(), _name(row)) in awards
    ]


def _gross(bucket_pence: Mapping[str, int], refunded: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Part what each bucket holds into what was given and what came back."""
    sums = {bucket: dict.fromkeys((f"{name}_pence" for name in _SUMS), 0) for bucket in BUCKETS}
    for bucket, pence in refunded.itertuples(index=False, name=None):
        sums[bucket]["refunds_pence"] += pence
    for bucket, own in sums.items():
        own["gross_pence"] = bucket_pence.get(bucket, 0) - own["refunds_pence"]
    return sums


def _by_bucket(
    sums: dict[str, dict[str, int]],
    rows: Mapping[str, dict[str, Any]],
    taken: Mapping[str, int],
    repeated: Sequence[Mapping[str, Any]],
) -> dict[str, dict[str, int]]:
    for line_id, pence in taken.items():
        own = sums[rows[line_id]["bucket"]]
        own["regranted_pence"] += pence
        own["held_pence"] += rows[line_id]["amount_pence"] - pence
    for row in repeated:
        sums[row["bucket"]]["repeated_pence"] += row["amount_pence"]
    for own in sums.values():
        own["net_pence"] = (
            own["gross_pence"]
            + own["refunds_pence"]
            - own["regranted_pence"]
            - own["repeated_pence"]
        )
    return sums


def _tree(
    rows: Mapping[str, dict[str, Any]],
    named: Mapping[str, Sequence[str]],
    givers: Mapping[str, Sequence[str]],
    taken: Mapping[str, int],
) -> Iterator[dict[str, Any]]:
    """Walk from those that gave first to whom they gave, each line once."""
    given_to = {line_id for each in givers.values() for line_id in each}
    first = sorted(
        {line_id for giver in givers for line_id in named[giver] if line_id not in given_to}
    )
    seen: set[str] = set()
    ahead = [(line_id, 0) for line_id in reversed(first)]
    while ahead:
        line_id, depth = ahead.pop()
        if line_id in seen:
            continue
        seen.add(line_id)
        row = rows[line_id]
        yield _told(row) | {
            "depth": depth,
            "related_identifier": row["related_identifier"],
            "passed_on_pence": taken.get(line_id, 0),
            "held_pence": row["amount_pence"] - taken.get(line_id, 0),
        }
        below = {
            each for name in {row["identifier"], _name(row)} for each in givers.get(str(name), ())
        }
        ahead += [(each, depth + 1) for each in sorted(below, reverse=True)]
