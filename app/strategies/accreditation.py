"""A partnership's accreditation: its record set beside the six criteria, with the assessor's notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.indicators.values import find_indicators
from app.neighbourhoods.queries import list_neighbourhoods
from app.partnerships.actions import lock_partnership
from app.partnerships.alignment import align_ground
from app.partnerships.methods.members import holds_contact, register
from app.partnerships.overlaps import overlaps_of
from app.partnerships.queries import get_partnership, ground_of_partnership
from app.priorities.queries import list_designations
from app.strategies.evaluate import target_body
from app.strategies.methods.criteria import (
    CRITERIA,
    MISSING,
    PARTLY,
    SHOWN,
    Record,
    gather_evidence,
)
from app.strategies.plan_queries import action_body, list_actions
from app.strategies.queries import list_targets
from app.strategies.tables import AssessorNote
from app.strategies.targets import TargetRow
from app.strategies.written_queries import strategy_of
from boundaries.errors import Fault, Invalid, NotFound


class UnknownCriterion(NotFound):
    """The guidance has no criterion of that name."""

    slug = "unknown-criterion"
    title = "No such criterion"


class NoteInvalid(Invalid):
    """A note was written in a way that cannot be kept."""

    slug = "assessor-note-invalid"
    title = "That note cannot be kept"


def accreditation_of(
    session: Session, slug: str, day: date, *, alignment: Mapping[str, Any] | None = None,
    overlaps: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Set what is held of a partnership on a day beside the six criteria. Raises UnknownPartnership.

    alignment, overlaps : as `align_ground` and `overlaps_of` give them, from who has asked already.

    Each piece of evidence: words, state (shown, partly, missing), link. Counts are of pieces and are
    no score. The assessor's note of each stands beside it, or None.
    """
    partnership = get_partnership(session, slug)
    held = Record(
        slug=slug,
        alignment=alignment
        or align_ground(session, ground_of_partnership(session, slug, day), day),
        members=register(partnership.members, partnership.lead, day),
        overlaps=overlaps_of(session, slug, day)["items"] if overlaps is None else overlaps,
        targets=_with_baselines(session, list_targets(session, slug)),
        actions=[action_body(row, day) for row in list_actions(session, slug)],
        strategy=strategy_of(session, slug, day),
        priorities=len(list_designations(session, slug)),
        neighbourhoods=len(list_neighbourhoods(session, slug)),
    )
    notes = notes_of(session, slug)
    criteria: list[dict[str, Any]] = [
        {"id": each.id, "number": number, "title": each.title, "evidence": [piece._asdict() for piece in each.evidence],
         "missing": [piece.words for piece in each.evidence if piece.state == MISSING],
         "note": note_body(notes.get(each.id))}
        for number, each in enumerate(gather_evidence(held), start=1)
    ]  # fmt: skip
    pieces = [piece["state"] for each in criteria for piece in each["evidence"]]
    counts = {state: pieces.count(state) for state in (SHOWN, PARTLY, MISSING)}
    return {
        "partnership": {"slug": slug, "name": partnership.name}, "as_at": day,
        "source": "Local Strategic Partnerships (DETR, March 2001), paragraph 2.6",
        "criteria": criteria, "counts": counts, "sentence": _sentence(counts, criteria),
    }  # fmt: skip


def _with_baselines(session: Session, targets: Sequence[TargetRow]) -> list[dict[str, Any]]:
    """Write targets with whether a baseline is known: stated, or measured by the series in its period."""
    held = find_indicators(session, {row.indicator_id for row in targets if row.indicator_id})
    measured = {key: {each.period for each in row.measured} for key, row in held.items()}
    return [
        target_body(row)
        | {
            "has_baseline": row.promise.baseline_value is not None
            or row.promise.baseline_period in measured.get(row.indicator_id or "", ())
        }
        for row in targets
    ]


def notes_of(session: Session, slug: str) -> dict[str, AssessorNote]:
    """Read the assessor's notes of a partnership by criterion."""
    query = select(AssessorNote).where(AssessorNote.partnership_slug == slug)
    return {row.criterion: row for row in session.scalars(query)}


def find_note(session: Session, slug: str, criterion: str) -> AssessorNote | None:
    """Read the note of one criterion, None where there is none. Raises UnknownPartnership, UnknownCriterion."""
    get_partnership(session, slug)
    _check_criterion(criterion)
    return session.get(AssessorNote, (slug, criterion))


def _check_criterion(criterion: str) -> None:
    if criterion not in CRITERIA:
        detail = f"there is no criterion {criterion[:80]!r}; there are {', '.join(CRITERIA)}"
        raise UnknownCriterion(detail)


def note_body(row: AssessorNote | None) -> dict[str, Any] | None:
    """Write a note as the API sends it."""
    if row is None:
        return None
    return {"words": row.words, "role": row.role, "noted_on": row.noted_on}


def lock_note(session: Session, slug: str, criterion: str) -> AssessorNote | None:
    """Get the note of a criterion to change it. Raises UnknownPartnership, UnknownCriterion."""
    lock_partnership(session, slug)
    _check_criterion(criterion)
    return session.get(AssessorNote, (slug, criterion))


def write_note(
    session: Session, actor: Actor | str, slug: str, criterion: str, words: str, role: str, day: date
) -> AssessorNote:  # fmt: skip
    """Keep an assessor's note of one criterion. Raises UnknownPartnership, UnknownCriterion, NoteInvalid."""
    row = lock_note(session, slug, criterion)
    faults = []
    for name, text in (("words", words), ("role", role)):
        if not text.strip():
            faults.append(Fault(f"{name}: some words", f"/{name}", rule=f"{name}-required"))
        elif holds_contact(text):
            hint = "people's addresses and numbers are not kept"
            faults.append(Fault(f"{name}: {hint}", f"/{name}", rule="no-personal-contact"))
    if faults:
        raise NoteInvalid("; ".join(fault.detail for fault in faults), faults)
    if row is None:
        row = AssessorNote(partnership_slug=slug, criterion=criterion, revision=0)
        session.add(row)
    row.words, row.role, row.noted_on = words.strip(), role.strip(), day
    row.revision += 1
    session.flush()
    record(
        session, actor, "note", f"accreditation:{slug}", {"criterion": criterion, "role": row.role}
    )
    return row


def _sentence(counts: dict[str, int], criteria: list[dict[str, Any]]) -> str:
    noted = sum(each["note"] is not None for each in criteria)
    said = (
        f"{noted} of {len(criteria)} criteria {'has' if noted == 1 else 'have'} an assessor's note"
        if noted
        else "no assessor has noted anything yet"
    )
    return (
        f"Of {sum(counts.values())} pieces of evidence {counts[SHOWN]} are shown, {counts[PARTLY]} partly, "
        f"{counts[MISSING]} missing; {said}."
    )
