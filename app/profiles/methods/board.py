"""The checks of a board's boundary, each met, not met or cannot tell, with what it was judged by; reads nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

Status = Literal["met", "not met", "cannot tell"]
MET: Status = "met"
NOT_MET: Status = "not met"
CANNOT_TELL: Status = "cannot tell"
# A shared border of at most this many metres is a corner, as where priority areas are joined.
CORNER_M = 1.0


@dataclass(frozen=True)
class Check:
    """One check: its name, its outcome, what was found against what is asked, and a sentence."""

    name: str
    status: Status
    sentence: str
    found: Any = None
    asked: Any = None

    def as_plain(self) -> dict[str, Any]:
        """Give it as plain values for JSON."""
        return {
            "check": self.name, "status": self.status, "found": self.found, "asked": self.asked,
            "sentence": self.sentence,
        }  # fmt: skip


def overall(checks: Sequence[Check]) -> Status:
    """Say whether all is met: one that is not met decides, then one that cannot be told."""
    outcomes = {check.status for check in checks}
    if NOT_MET in outcomes:
        return NOT_MET
    return CANNOT_TELL if CANNOT_TELL in outcomes or not outcomes else MET


def check_contains(
    name: str | None, children: Collection[str], whole: Collection[str], people_inside: float | None
) -> Check:
    """Check that every small area of the default area lies wholly inside.

    name : of the default area, None where none is known. children : its small areas. whole : small areas
    wholly inside. people_inside : share of its people inside, 0 to 1, None where not known.
    """
    title = "contains the default area"
    if name is None or not children:
        return Check(title, CANNOT_TELL, "No default area is known for this ground.")
    left_out = sorted(set(children) - set(whole))
    share = "" if people_inside is None else f", with {100 * people_inside:.2f}% of its people"
    found = {"left_out": left_out, "people_share": people_inside}
    if not left_out:
        return Check(title, MET, f"All of {name} lies inside.", found, len(children))
    inside = len(children) - len(left_out)
    return Check(
        title, NOT_MET,
        f"{inside} of the {len(children)} small areas of {name} lie wholly inside{share}; left out "
        f"{'is' if len(left_out) == 1 else 'are'} {', '.join(left_out)}.", found, len(children),
    )  # fmt: skip


def connected_parts(codes: Collection[str], pairs: pd.DataFrame) -> list[list[str]]:
    """Group areas into those joined by shared borders of over a metre, the largest group first.

    pairs : columns a, b (codes), border_m. Groups of one size stand in the order of their lowest code.
    """
    root = {code: code for code in codes}

    def find(code: str) -> str:
        while root[code] != code:
            root[code] = root[root[code]]
            code = root[code]
        return code

    touching = pairs[pairs["border_m"] > CORNER_M]
    for a, b in zip(touching["a"], touching["b"], strict=True):
        if a in root and b in root:
            one, other = sorted((find(a), find(b)))
            root[other] = one
    parts: dict[str, list[str]] = {}
    for code in sorted(codes):
        parts.setdefault(find(code), []).append(code)
    return sorted(parts.values(), key=lambda part: (-len(part), part[0]))


def check_contiguous(parts: Sequence[Sequence[str]] | int | None, reason: str = "") -> Check:
    """Check that the ground is one piece.

    parts : groups of small areas that touch, or how many pieces an outline has; None: not known, for `reason`.
    """
    title = "contiguous"
    if parts is None:
        return Check(title, CANNOT_TELL, f"Whether it is one piece cannot be told: {reason}.")
    count = parts if isinstance(parts, int) else len(parts)
    found: dict[str, Any] = {"pieces": count}
    if count == 1:
        return Check(title, MET, "It is one piece.", found, 1)
    if isinstance(parts, int):
        return Check(title, NOT_MET, f"It is {count} pieces.", found, 1)
    apart = [code for part in parts[1:] for code in part]
    found = {"pieces": count, "apart": apart}
    shown = ", ".join(apart[:6]) + (f" and {len(apart) - 6} more" if len(apart) > 6 else "")
    return Check(
        title, NOT_MET, f"It is {count} pieces: {shown} {'touches' if len(apart) == 1 else 'touch'} no"
        " other part by more than a corner.", found, 1,
    )  # fmt: skip


def check_people(estimates: Sequence[int], lowest: int, highest: int) -> Check:
    """Check the people against a band, both ends in; estimates on both sides of an end cannot be told.

    estimates : of the same ground, by each way it can be counted; empty where the people are not known.
    """
    title = "people in the band"
    asked = {"lowest": lowest, "highest": highest}
    if not estimates:
        return Check(title, CANNOT_TELL, "How many people live there is not known.", None, asked)
    least, most = min(estimates), max(estimates)
    said = f"{least:,}" if least == most else f"{least:,} to {most:,} by the way they are counted"
    inside = [lowest <= people <= highest for people in estimates]
    found = {"least": least, "most": most}
    if all(inside):
        return Check(title, MET, f"{said} people, within {lowest:,} to {highest:,}.", found, asked)
    if any(inside) or least < lowest < highest < most:
        return Check(
            title,
            CANNOT_TELL,
            f"{said} people: on both sides of the band {lowest:,} to {highest:,}.",
            found,
            asked,
        )
    side = "under" if most < lowest else "over"
    return Check(
        title, NOT_MET, f"{said} people, {side} the band {lowest:,} to {highest:,}.", found, asked
    )


def check_overlap(overlaps: Sequence[tuple[str, float]], undrawn: Sequence[str]) -> Check:
    """Check that no other place of a living programme lies on the same ground.

    overlaps : name and share of that place's people here, 0 to 1. undrawn : places in the same councils of
    which no outline is known.
    """
    title = "no overlap with another programme"
    found = {
        "overlaps": [{"place": name, "people_share": share} for name, share in overlaps],
        "not_drawn": list(undrawn),
    }
    if overlaps:
        named = ", ".join(f"{name} ({100 * share:.2f}% of its people)" for name, share in overlaps)
        return Check(title, NOT_MET, f"It lies on ground of {named}.", found, 0)
    if undrawn:
        return Check(
            title, CANNOT_TELL, "No drawn place lies on it; of these in the same councils no outline is known: "
            f"{', '.join(undrawn)}.", found, 0,
        )  # fmt: skip
    return Check(title, MET, "No place of another programme lies on it.", found, 0)
