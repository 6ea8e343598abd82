"""Which partnerships might be one: pairs on nearly the same ground for the same theme, kind or members; reads nothing.

A suggestion is for people to talk over (Local Strategic Partnerships, DETR, March 2001, paragraphs 1.7, 2.11 and
3.8 ask for fewer partnerships); it says why it is made and what it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# A pair is looked at where the smaller of the two has at least this share of itself in the other.
AT_LEAST = 0.9
MEMBERS_AT_LEAST = 2


@dataclass(frozen=True)
class Suggestion:
    """Two partnerships that might be one, by their slugs and their names.

    share : of the smaller one's people (of its area where people are not known) on the other's ground.
    by : "people" or "area". themes, members : what both have. why : a sentence.
    """

    a: str
    b: str
    share: float
    by: str
    same_ground: bool
    same_kind: bool
    themes: tuple[str, ...]
    members: int
    why: str
    name_a: str
    name_b: str


def suggest(
    pairs: Sequence[Mapping[str, Any]], themes: Mapping[str, frozenset[str]], *,
    at_least: float = AT_LEAST, members_at_least: int = MEMBERS_AT_LEAST,
) -> list[Suggestion]:  # fmt: skip
    """Find the pairs that might be one partnership, the most alike first.

    Parameters
    ----------
    pairs : slugs a and b, name_a, name_b, kind_a, kind_b, population_share_of_a/_b and share_of_a/_b
        (0-1, None: not known), same_ground, shared_members (how many).
    themes : slug → the themes of its targets, actions and programmes, written alike.
    at_least, members_at_least : the two thresholds; a pair exactly on one is in.

    Notes
    -----
    Ground alone makes no suggestion: two partnerships of one place with other kinds, themes and
    members have different work to do. The order of the pairs makes no difference.
    """
    found = []
    for pair in pairs:
        share, by = _smaller_share(pair)
        if share is None or share < at_least:
            continue
        both = tuple(
            sorted(themes.get(pair["a"], frozenset()) & themes.get(pair["b"], frozenset()))
        )
        same_kind = pair["kind_a"] == pair["kind_b"]
        members = int(pair["shared_members"])
        if same_kind or both or members >= members_at_least:
            why = _why(pair, share, by, both, same_kind=same_kind, members=members)
            found.append(
                Suggestion(
                    pair["a"], pair["b"], share, by, bool(pair["same_ground"]), same_kind, both, members, why,
                    pair["name_a"], pair["name_b"],
                )
            )  # fmt: skip
    return sorted(
        found,
        key=lambda s: (
            -(s.same_kind + bool(s.themes) + bool(s.members)),
            -s.share,
            -s.members,
            s.a,
            s.b,
        ),
    )


def _smaller_share(pair: Mapping[str, Any]) -> tuple[float | None, str]:
    """Give the larger of the two shares, which is the smaller partnership's, by people where both are known."""
    for by, name in (("people", "population_share_of"), ("area", "share_of")):
        both = [pair[f"{name}_a"], pair[f"{name}_b"]]
        if None not in both:
            return max(both), by
    return None, "area"


def _why(
    pair: Mapping[str, Any], share: float, by: str, themes: Sequence[str], *, same_kind: bool, members: int
) -> str:  # fmt: skip
    names = f"{pair['name_a']} and {pair['name_b']}"
    ground = (
        "cover the same ground" if pair["same_ground"]
        else f"share {share:.0%} of the smaller one's {'people' if by == 'people' else 'area'}"
    )  # fmt: skip
    reasons = []
    if themes:
        reasons.append(f"for the same theme ({', '.join(themes)})" if len(themes) == 1
                       else f"for the same themes ({', '.join(themes)})")  # fmt: skip
    if same_kind:
        reasons.append(f"as partnerships of one kind ({pair['kind_a']})")
    if members:
        reasons.append(f"with {members} {'member' if members == 1 else 'members'} in both")
    return f"{names} {ground} {', '.join(reasons)}. Could one do the work of both?"
