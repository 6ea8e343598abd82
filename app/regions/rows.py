"""A row of a region's page for each partnership, its money aside; each is kept for itself while its record stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.latest import Latest
from app.marks import EVERY_INPUT, mark_of_tables, records_of_each
from app.partnerships.alignment import align_ground
from app.partnerships.queries import ground_of_partnership
from app.regions.grounds import HeldGround
from app.regions.methods.turns import Turns
from app.strategies.accreditation import accreditation_of
from app.strategies.methods.judge import STATUSES
from app.strategies.progress import progress_of
from app.strategies.queries import list_targets
from boundaries.errors import BoundsError

# Those of England between two turns, a kilobyte each.
MOST_KEPT = 1200
_kept: Latest[dict[str, Any]] = Latest(MOST_KEPT)


class RowAsked(NamedTuple):
    """A partnership in a region: its shares there, its ground (or why it has none), and who else stands on it."""

    slug: str
    name: str
    kind: str
    share: Mapping[str, float | None]
    ground: HeldGround | str
    overlaps: list[dict[str, Any]]


def rows_of(
    session: Session, asked: Sequence[RowAsked], day: date, turns: Turns, *, keeps: bool
) -> list[dict[str, Any]]:
    """Give the row of each on a day that lies after some turns; what is given is the caller's to change."""
    inputs = mark_of_tables(session, EVERY_INPUT)
    records = records_of_each(session, [one.slug for one in asked])
    rows = []
    for one in asked:
        key = (
            inputs, turns.of_ground, turns.of(one.slug), one.slug, records.get(one.slug), tuple(one.share.values()),
            one.ground if isinstance(one.ground, str) else one.ground.mark,
            tuple(tuple(each.values()) for each in one.overlaps),
        )  # fmt: skip
        rows.append(dict(_kept.get(key, partial(_row, session, one, day), keeps=keeps)))
    return rows


def _row(session: Session, one: RowAsked, day: date) -> dict[str, Any]:
    row: dict[str, Any] = {
        "slug": one.slug, "name": one.name, "kind": one.kind, **one.share,
        "straddles": one.share["share_in_region"] != 1.0, "reason": "",
        "verdict": None, "priorities": None, "accreditation": None,
    }  # fmt: skip
    if isinstance(one.ground, str):
        row["reason"] = one.ground
        alignment = _alignment_of_refused(session, one.slug, day)
    else:
        alignment = one.ground.alignment
        row |= {name: alignment[name] for name in ("verdict", "by_tier")}
        row["priorities"] = one.ground.priorities
    counts = dict.fromkeys(STATUSES, 0)
    if list_targets(session, one.slug):
        counts = progress_of(session, one.slug, day)["counts"]
    row["progress"] = counts
    told = accreditation_of(session, one.slug, day, alignment=alignment, overlaps=one.overlaps)
    noted = sum(each["note"] is not None for each in told["criteria"])
    row["accreditation"] = {**told["counts"], "noted": noted, "criteria": len(told["criteria"])}
    return row


def _alignment_of_refused(session: Session, slug: str, day: date) -> dict[str, Any]:
    """Align a partnership whose ground could not be read whole; one that cannot be aligned says why."""
    try:
        return align_ground(session, ground_of_partnership(session, slug, day), day)
    except BoundsError as problem:
        return {"verdict": "cannot-tell", "sentence": problem.detail}
