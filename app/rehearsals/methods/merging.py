"""What partnerships that might become one both have, and where their words clash: members, targets, actions, plans.

Reads nothing. A clash is something that people would have to settle, never a judgement of either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

from app.strategies.methods.strategy_words import fold

CLASH, SAME = "clash", "same"
# What a target promises, beside what it is of.
_AIM = ("kind", "threshold", "reduction_share", "tail_share", "baseline_period", "baseline_value", "due_period", "path",
        "milestones")  # fmt: skip
Owned = tuple[str, Mapping[str, Any]]


def join_members(registers: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Join registers of members by sector; one of the same name, capitals and blanks aside, is one member.

    registers : slug and what `members.register` gives. A member stands under the sector that the first
    register says; `sectors` names every sector said of it.
    """
    found: dict[str, dict[str, Any]] = {}
    order: list[str] = []
    for slug, register in registers:
        for sector in register["sectors"]:
            if sector["sector"] not in order:
                order.append(sector["sector"])
            for member in sector["members"]:
                own = found.setdefault(
                    fold(member["name"]), {"name": member["name"], "in": [], "sectors": []}
                )
                own["in"] += [slug] if slug not in own["in"] else []
                own["sectors"] += (
                    [sector["sector"]] if sector["sector"] not in own["sectors"] else []
                )
    rows = sorted(found.values(), key=lambda row: (row["name"].casefold(), row["name"]))
    return {
        "total": len(rows), "named_before": sum(len(row["in"]) for row in rows),
        "in_several": [row["name"] for row in rows if len(row["in"]) > 1],
        "sectors": [
            {"sector": name, "members": [row for row in rows if row["sectors"][0] == name]}
            for name in order
        ],
    }  # fmt: skip


def compare_words(
    targets: Iterable[Owned], actions: Iterable[Owned], strategies: Iterable[Owned],
    leads: Iterable[tuple[str, str | None]],
) -> list[dict[str, Any]]:  # fmt: skip
    """List what two or more partnerships say of one thing: `same` where they say the same, `clash` where not.

    targets, actions : slug and body. strategies : slug and the words that are published. leads : slug and the
    lead, None where none is named. Rows: part, state, what, why, of (partnership, id and says of each).
    """
    actions, strategies = list(actions), list(strategies)
    rows = _leads(leads)
    rows += [
        _row("targets", group, _aims_differ(group), lambda one: str(one["title"]))
        for group in _shared(targets, _measured)
    ]
    rows += [
        _row("actions", group, "one action is agreed in both" if _alike(group, "owner", "due_on") else
             "one action is agreed in both with another owner or day", lambda one: str(one["title"]),
             same=_alike(group, "owner", "due_on"))
        for group in _shared(actions, lambda one: fold(one["title"]))
    ]  # fmt: skip
    for kind, words in (("lines", "one line of money pays for actions of both"),
                        ("programmes", "one programme pays for actions of both")):  # fmt: skip
        spread = [(slug, {**one, "_key": key}) for slug, one in actions for key in one[kind]]
        rows += [
            _row("actions", group, f"{words}: {group[0][1]['_key']}", lambda one: str(one["title"]))
            for group in _shared(spread, lambda one: one["_key"])
        ]
    return rows + _strategies(strategies)


def _strategies(strategies: Sequence[Owned]) -> list[dict[str, Any]]:
    visions = [(slug, {"title": one["vision"]}) for slug, one in strategies if one["vision"]]
    rows = []
    if len(visions) > 1:
        alike = len({fold(one["title"]) for _, one in visions}) == 1
        why = "one vision" if alike else "each has a vision of its own"
        rows.append(_row("vision", visions, why, lambda one: str(one["title"]), same=alike))
    objectives = [(slug, one) for slug, words in strategies for one in words["objectives"]]
    for group in _shared(objectives, lambda one: fold(one.get("theme") or "") or None):
        alike = _alike(group, "title")
        why = f"{'one objective' if alike else 'objectives of their own'} for the theme {group[0][1]['theme']}"
        rows.append(_row("objectives", group, why, lambda one: str(one["title"]), same=alike))
    plans = [(slug, one) for slug, words in strategies for one in words["plans"]]
    for group in _shared(plans, lambda one: fold(one["title"])):
        alike = _alike(group, "status")
        why = "named in both" if alike else "one plan has another fate in each"
        rows.append(_row("plans", group, why, lambda one: f"{one['title']}: {one['status']}", same=alike))  # fmt: skip
    return rows


def _leads(leads: Iterable[tuple[str, str | None]]) -> list[dict[str, Any]]:
    named = [(slug, {"title": lead}) for slug, lead in leads if lead]
    if len({fold(one["title"]) for _, one in named}) < 2:
        return []
    return [_row("lead", named, "one of them would lead", lambda one: str(one["title"]))]


def _measured(one: Mapping[str, Any]) -> Hashable:
    """Say what a target is of: its series, or its measure in words, and of districts or of the whole."""
    return (one["indicator"] or fold(one["measure"]), one["scope"])


def _aims_differ(group: Sequence[Owned]) -> str:
    first = group[0][1]
    differ = [name for name in _AIM if any(one[name] != first[name] for _, one in group[1:])]
    said = ", ".join(differ).replace("_", " ")
    return f"{said} {'differs' if len(differ) == 1 else 'differ'}" if differ else ""


def _shared(
    rows: Iterable[Owned], key: Callable[[Mapping[str, Any]], Hashable]
) -> list[list[Owned]]:
    """Group rows of one key that more than one partnership has, in order of their first."""
    groups: dict[Hashable, list[Owned]] = defaultdict(list)
    for slug, one in rows:
        if (found := key(one)) is not None:
            groups[found].append((slug, one))
    return [group for group in groups.values() if len({slug for slug, _ in group}) > 1]


def _alike(group: Sequence[Owned], *names: str) -> bool:
    """Say whether each of some fields, capitals and blanks aside, is the same in all."""
    return all(len({fold(str(one[name])) for _, one in group}) == 1 for name in names)


def _row(
    part: str, group: Sequence[Owned], why: str, says: Callable[[Mapping[str, Any]], str], *, same: bool | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write a row; without `same`, a reason is a clash and none is the same promise twice."""
    alike = not why if same is None else same
    return {
        "part": part, "state": SAME if alike else CLASH, "why": why or "the same promise twice",
        "what": says(group[0][1]),
        "of": [{"partnership": slug, "id": one.get("id"), "says": says(one)} for slug, one in group],
    }  # fmt: skip
