"""Forgets or marks the shares that were kept once what they rest on has changed; computes none."""

from __future__ import annotations

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from boundaries.share_tables import FootprintTable, OverlapTable
from boundaries.tables import Release

CURRENT, STALE = "current", "stale"


def forget_shares(session: Session, release_id: str | None = None) -> None:
    """Forget the shares of a release whose outlines changed, or all of them where postcodes or people did.

    Those in footprints are dropped; those of two layers are marked, and computed anew when asked for.
    """
    dropped = delete(FootprintTable)
    marked = update(OverlapTable).values(state=STALE)
    if release_id is not None:
        dropped = dropped.where(FootprintTable.release_id == release_id)
        marked = marked.where(
            or_(OverlapTable.release_a == release_id, OverlapTable.release_b == release_id)
        )
    session.execute(dropped)
    session.execute(marked)


def note_change(session: Session, release: Release) -> None:
    """Mark the overlaps of a type of which a release was served, withdrawn or is to be removed.

    Another release may draw the day now; `bounds align compute` brings up to date what was kept.
    """
    of_type = select(Release.id).where(
        Release.area_type == release.area_type, Release.demo == release.demo
    )
    session.execute(
        update(OverlapTable)
        .where(or_(OverlapTable.release_a.in_(of_type), OverlapTable.release_b.in_(of_type)))
        .values(state=STALE)
        .execution_options(synchronize_session=False)
    )
