"""A partnership's progress: what it agreed to do, and its own targets and the national ones, each judged for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.indicators.queries import list_indices
from app.indicators.values import find_indicators
from app.latest import Latest
from app.marks import EVERY_INPUT, mark_of_tables, marks_of_records
from app.partnerships.alignment import align_ground, whole_and_cut
from app.partnerships.queries import ground_of_partnership
from app.priorities.ground import SetOfAnotherTime
from app.priorities.queries import find_ground, find_partnership_place
from app.strategies.evaluate import Place, evaluate_targets
from app.strategies.methods.judge import STATUSES
from app.strategies.plan_queries import action_body, list_actions
from app.strategies.queries import list_targets
from app.strategies.targets import WHOLE, TargetRow
from boundaries.errors import NotFound
from boundaries.moments import sees_a_moment

# Of 200 targets over ten years one is 2 MB.
MOST_KEPT = 16
_kept = Latest[dict[str, Any]](MOST_KEPT)


def progress_of(session: Session, slug: str, day: date) -> dict[str, Any]:
    """Judge a partnership's own targets, and the national ones of 2001, as far as figures go by a day.

    Kept while what is kept of the partnership and all inputs are as they are: nobody changes what is given.
    Raises UnknownPartnership.
    """
    key = (mark_of_tables(session, EVERY_INPUT), marks_of_records(session, [slug]), slug, day)
    return _kept.get(key, lambda: _judged(session, slug, day), keeps=sees_a_moment(session))


def _judged(session: Session, slug: str, day: date) -> dict[str, Any]:
    own, national = list_targets(session, slug), list_targets(session)
    place = place_of_partnership(session, slug, day, own)
    judged = evaluate_targets(session, [*own, *national], place, day)
    mine, theirs = judged[: len(own)], judged[len(own) :]
    actions = [action_body(row, day) for row in list_actions(session, slug)]
    return {
        "partnership": {"slug": slug, "name": place.title}, "as_at": day,
        "districts": list(place.districts), "counts": count_statuses(mine), "sentence": sentence(mine),
        "actions": actions, "overdue": sum(each["overdue"] for each in actions),
        "targets": mine, "national": theirs, "national_counts": count_statuses(theirs),
    }  # fmt: skip


def count_statuses(judged: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Count targets by how they stand."""
    counts = Counter(each["status"] for each in judged)
    return {word: counts[word] for word in STATUSES}


def sentence(judged: Sequence[dict[str, Any]]) -> str:
    """Say in a sentence how a partnership's own targets stand."""
    if not judged:
        return "No target of the partnership's own is kept here yet."
    counts = count_statuses(judged)
    words = [f"{number} {word}" for word, number in counts.items() if number]
    return f"{len(judged)} {'target' if len(judged) == 1 else 'targets'}: {', '.join(words)}."


def place_of_partnership(
    session: Session, slug: str, day: date, targets: Sequence[TargetRow]
) -> Place:
    """Name the districts of a partnership and, where a target is of its whole, its small areas by set."""
    whole, cut = whole_and_cut(
        align_ground(session, ground_of_partnership(session, slug, day), day)
    )
    place = find_partnership_place(session, slug)
    small: dict[str, tuple[str, ...]] = {}
    if any(target.scope == WHOLE for target in targets):
        wanted = {target.indicator_id for target in targets if target.scope == WHOLE}
        held = find_indicators(session, {each for each in wanted if each})
        sets = {row.area_set for row in held.values()}
        for index in list_indices(session):
            if index.area_set in small or index.area_set not in sets:
                continue
            try:
                small[index.area_set] = tuple(find_ground(session, place, index).codes)
            except (
                NotFound,
                SetOfAnotherTime,
            ):  # no areas of that set are its: targets by them say so
                continue
    return Place(place.title, tuple(sorted({*whole, *cut})), small)
