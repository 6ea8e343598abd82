"""The six criteria of accreditation and what a partnership's own record shows of each; never a score, never a verdict.

Criteria: Local Strategic Partnerships (DETR, March 2001), paragraph 2.6, in our words. Each piece of
evidence is a sentence with where it is proved, and is shown, partly shown, or missing. Whether that
is enough is for the assessor to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.partnerships.methods.members import COMMUNITY, PEOPLE, PRIVATE, PUBLIC, VOLUNTARY
from app.strategies.methods.strategy_words import ENDED, KEPT, fold

SHOWN, PARTLY, MISSING = "shown", "partly", "missing"
CRITERIA: Mapping[str, str] = {
    "effective": "Effective, representative and strategic",
    "players": "All key players of the four sectors are involved",
    "priorities": "Agreed priorities and targets, with actions and milestones against measurable baselines",
    "performance": "Members' own performance management is aligned with it",
    "bureaucracy": "Less bureaucracy, not more",
    "practice": "Built on best practice",
}
# Verdicts of alignment by which a partnership stands on whole authorities.
_WHOLE = frozenset({"same", "union-of"})


class Evidence(NamedTuple):
    """One thing that the record shows or lacks: a sentence, its state, and the address that proves it."""

    words: str
    state: str
    link: str


class Criterion(NamedTuple):
    """One criterion with its evidence, in the order of the guidance."""

    id: str
    title: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Record:
    """What is held of a partnership on a day.

    alignment: the body of its alignment; members: its register; overlaps: other partnerships on its
    ground (kind, share_of_this, same_ground); targets, actions: its own, as the API writes them,
    has_baseline: a figure of the baseline's period is stated or held;
    strategy: its published strategy; priorities: how many saved designations; neighbourhoods: how many saved.
    """

    slug: str
    alignment: Mapping[str, Any]
    members: Mapping[str, Any]
    overlaps: Sequence[Mapping[str, Any]]
    targets: Sequence[Mapping[str, Any]]
    actions: Sequence[Mapping[str, Any]]
    strategy: Mapping[str, Any]
    priorities: int
    neighbourhoods: int


def gather_evidence(record: Record) -> tuple[Criterion, ...]:
    """Set what a partnership's record shows beside each of the six criteria."""
    told = {
        "effective": _effective, "players": _players, "priorities": _priorities,
        "performance": _performance, "bureaucracy": _bureaucracy, "practice": _practice,
    }  # fmt: skip
    return tuple(Criterion(key, title, tuple(told[key](record))) for key, title in CRITERIA.items())


def _effective(record: Record) -> Iterator[Evidence]:
    page, verdict = f"/partnerships/{record.slug}", record.alignment["verdict"]
    state = SHOWN if verdict in _WHOLE else MISSING if verdict == "cannot-tell" else PARTLY
    yield Evidence(record.alignment["sentence"], state, f"{page}/ground")
    members = record.members
    lacking = members["missing_sectors"]
    state = MISSING if not members["total"] else PARTLY if lacking else SHOWN
    yield Evidence(members["sentence"], state, f"/api/v1{page}/members")
    lead = members["lead"]
    if not lead:
        yield Evidence("No lead is named.", MISSING, f"/api/v1{page}/members")
    elif not members["lead_is_member"]:
        yield Evidence(
            f"{lead} leads it and is not in the register of members.",
            PARTLY,
            f"/api/v1{page}/members",
        )
    else:
        yield Evidence(f"{lead} leads it and is a member.", SHOWN, f"/api/v1{page}/members")
    has, lacking = record.strategy["version"] is not None, record.strategy["missing"]
    state = MISSING if not has else PARTLY if lacking else SHOWN
    words = record.strategy["sentence"]
    if has and lacking:
        words += f" It lacks {_few(lacking)}."
    yield Evidence(words, state, f"{page}/strategy")


def _players(record: Record) -> Iterator[Evidence]:
    link = f"/api/v1/partnerships/{record.slug}/members"
    by_sector = {row["sector"]: row["members"] for row in record.members["sectors"]}
    for sector in (PUBLIC, PRIVATE, VOLUNTARY, COMMUNITY, PEOPLE):
        many = len(by_sector.get(sector, ()))
        name = sector if sector == PEOPLE else f"{sector} sector"
        if not many:
            yield Evidence(
                f"Nobody is there for the {name}.".replace("the local", "local"), MISSING, link
            )
        else:
            words = f"{_count(many, 'member')} for the {name}.".replace("the local", "local")
            yield Evidence(words, SHOWN, link)
    left_out = record.members["to_look_at"]
    if left_out:
        words = f"Not named as spoken for: {', '.join(left_out)}. Whether they are heard the partnership must say."
        yield Evidence(words, PARTLY, link)


def _priorities(record: Record) -> Iterator[Evidence]:
    page = f"/partnerships/{record.slug}"
    chosen = [
        _count(record.priorities, "saved designation"),
        _count(record.neighbourhoods, "saved neighbourhood"),
    ]
    any_chosen = record.priorities or record.neighbourhoods
    words = f"Priority neighbourhoods: {' and '.join(chosen)}." if any_chosen else (
        "No designation and no neighbourhood is saved."
    )  # fmt: skip
    yield Evidence(words, SHOWN if any_chosen else MISSING, f"{page}/priorities")
    total = len(record.targets)
    with_baseline = sum(bool(each["has_baseline"]) for each in record.targets)
    if not total:
        yield Evidence("No target of its own is kept.", MISSING, f"{page}/progress")
    else:
        stepped = sum(bool(each["milestones"]) for each in record.targets)
        words = (
            f"{with_baseline} of {_count(total, 'target')} with a figure for the baseline; {stepped} with "
            "milestones, the others on a straight line."
        )
        yield Evidence(words, SHOWN if with_baseline == total else PARTLY, f"{page}/progress#own")
    live = [each for each in record.actions if each["status"] != "dropped"]
    served = {one for each in live for one in each["targets"]}
    bare = [each["title"] for each in record.targets if each["id"] not in served]
    if not live:
        yield Evidence("No action is kept.", MISSING, f"{page}/progress")
    elif bare:
        words = f"{_count(len(live), 'action')}; none serves {_few(bare)}."
        yield Evidence(words, PARTLY, f"{page}/progress#actions")
    else:
        words = f"{_count(len(live), 'action')}, each due by a day; every target is served by one."
        yield Evidence(words, SHOWN if total else PARTLY, f"{page}/progress#actions")
    late = sum(bool(each["overdue"]) for each in live)
    if late:
        yield Evidence(f"{_count(late, 'action')} overdue.", PARTLY, f"{page}/progress#actions")


def _performance(record: Record) -> Iterator[Evidence]:
    page = f"/partnerships/{record.slug}"
    names = {
        fold(each["name"]): each["name"] for row in record.members["sectors"] for each in row["members"]
    }  # fmt: skip
    live = [each for each in record.actions if each["status"] != "dropped"]
    owners = {fold(each["owner"]) for each in live}
    outside = sorted({each["owner"] for each in live if fold(each["owner"]) not in names})
    if not live:
        yield Evidence("No action is kept that a member answers for.", MISSING, f"{page}/progress")
    elif outside:
        mine = sum(fold(each["owner"]) in names for each in live)
        words = f"{mine} of {_count(len(live), 'action')} owned by a member; not in the register: {_few(outside)}."
        yield Evidence(words, PARTLY if mine else MISSING, f"{page}/progress#actions")
    else:
        yield Evidence("Every action is owned by a member.", SHOWN, f"{page}/progress#actions")
    idle = sorted(name for key, name in names.items() if key not in owners)
    if names and idle:
        words = f"{_count(len(idle), 'member')} of {len(names)} without an action: {_few(idle)}."
        yield Evidence(
            words, PARTLY if len(idle) < len(names) else MISSING, f"{page}/progress#actions"
        )
    elif names:
        yield Evidence("Every member answers for an action.", SHOWN, f"{page}/progress#actions")
    strategy = record.strategy
    if strategy["version"] is None:
        yield Evidence(
            "There is no published strategy that members could sign.", MISSING, f"{page}/strategy"
        )
    else:
        signed, total = strategy["signed"], strategy["members"]
        state = SHOWN if signed and signed == total else PARTLY if signed else MISSING
        yield Evidence(
            f"{signed} of {_count(total, 'member')} signed the strategy.",
            state,
            f"{page}/strategy#signed",
        )


def _bureaucracy(record: Record) -> Iterator[Evidence]:
    page = f"/partnerships/{record.slug}"
    same = [row["name"] for row in record.overlaps if row["same_ground"]]
    other = [row["name"] for row in record.overlaps if not row["same_ground"]]
    link = f"/api/v1{page}/overlaps"
    if same:
        yield Evidence(f"On the same ground: {_few(same)}.", PARTLY, link)
    elif other:
        yield Evidence(
            f"No other partnership has the same ground; on part of it: {_few(other)}.", PARTLY, link
        )
    else:
        yield Evidence("No other partnership that is held here shares its ground.", SHOWN, link)
    plans = record.strategy["plans"]
    fewer = [each["title"] for each in plans if each["status"] not in (KEPT,)]
    if not plans:
        yield Evidence(
            "The strategy does not say which plans it brings together.",
            MISSING,
            f"{page}/strategy#plans",
        )
    elif not fewer:
        words = f"{_count(len(plans), 'plan')} named; none is merged, replaced or ended."
        yield Evidence(words, PARTLY, f"{page}/strategy#plans")
    else:
        ended = sum(each["status"] == ENDED for each in plans)
        words = f"{len(fewer)} of {_count(len(plans), 'plan')} merged, replaced or ended ({ended} ended): "
        words += f"{_few(fewer)}."
        yield Evidence(words, SHOWN, f"{page}/strategy#plans")


def _practice(record: Record) -> Iterator[Evidence]:
    page, learning = f"/partnerships/{record.slug}", record.strategy["learning"]
    if not learning:
        yield Evidence("The strategy has no learning plan.", MISSING, f"{page}/strategy#learning")
    else:
        done = sum(each["status"] == "done" for each in learning)
        words = f"{_count(len(learning), 'thing')} to be learnt, {done} done."
        yield Evidence(words, SHOWN if done else PARTLY, f"{page}/strategy#learning")
    judged = [each for each in record.targets if each.get("indicator")]
    if not judged:
        words = "No target rests on a published series, so none can be set beside other places."
        yield Evidence(words, MISSING, f"{page}/progress#own")
    else:
        words = f"{len(judged)} of {_count(len(record.targets), 'target')} rest on a series that other places have too."
        state = SHOWN if len(judged) == len(record.targets) else PARTLY
        yield Evidence(words, state, f"{page}/progress#own")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _few(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
