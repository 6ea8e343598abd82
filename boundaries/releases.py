"""A release's way from loaded to served and back: checked, served, withdrawn, removed; draws nothing itself.

Everything runs in the caller's transaction. Which release answers for a day is the SQL function
layer_on() of migration 0044; a release that is not served never answers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from boundaries.area_types import AREA_TYPES
from boundaries.database import named_sql
from boundaries.errors import Conflict, Fault, NotFound, Refused
from boundaries.gss import is_gss_code
from boundaries.methods.release_checks import Check, Last, Measured, check_release
from boundaries.stale_shares import forget_shares, note_change
from boundaries.tables import Boundary, Release

# A parish layer draws the unparished ground too; an upper-tier layer counties and unitaries.
ALSO_DRAWN = {"par": ("ncp",), "utla": ("cty", "lad")}


class UnknownRelease(NotFound):
    """No release has that id; `bounds releases` lists those that exist."""

    slug = "unknown-release"
    title = "No such release"


class ReleaseFailsChecks(Refused):
    """A release does not pass the checks before serving; what was served goes on answering."""

    slug = "release-fails-checks"
    title = "The release does not pass its checks"


class ReleaseInUse(Conflict):
    """The release is served, or was never checked: that step is not open to it."""

    slug = "release-in-use"
    title = "That step is not open to this release"


@dataclass(frozen=True)
class ReleaseRow:
    """One line of the list of releases; draws_today: it is the layer of its type today."""

    release: Release
    areas: int
    draws_today: bool


def get_release(session: Session, release_id: str) -> Release:
    """Get a release by id, locked for a change. Raises UnknownRelease."""
    release = session.get(Release, release_id, with_for_update=True)
    if release is None:
        raise UnknownRelease(
            f"there is no release {release_id!r}; `bounds releases` lists those here",
            [Fault("no such release", value=release_id)],
        )
    return release


def check_and_serve(
    session: Session, release: Release, *, covers_england: bool = False, force: bool = False
) -> list[Check]:
    """Check what a release holds, keep the outcome with it, and serve it.

    force : overrule the checks of count and ground, as an operator who knows better may; what was
        overruled stays written with the release. Codes and validity are never overruled.

    Raises ReleaseFailsChecks with a fault for each check that failed; the caller's transaction is
    then undone, and the release served before answers on.
    """
    # Within this transaction nothing else tells the planner of the rows just written: without it the
    # next two questions take minutes for the nation's small areas.
    session.execute(text("ANALYZE boundaries (release_id, code)"))
    session.execute(text("ANALYZE areas (code, type, demo, valid_from, valid_to)"))
    checks = check_release(
        measure_release(session, release), last_release(session, release),
        covers_england=covers_england, partial=release.partial or release.demo or release.temporal,
    )  # fmt: skip
    failed = [c for c in checks if not c.passed and not (force and c.may_be_forced)]
    if failed:
        able = " (--force takes it all the same)" if all(c.may_be_forced for c in failed) else ""
        raise ReleaseFailsChecks(
            f"{release.id}: " + "; ".join(f"{c.check}: {c.seen}, wanted {c.wanted}" for c in failed) + able,
            [
                Fault(
                    f"wanted {c.wanted}", file=release.source_file, value=c.seen,
                    rule=f"release-{c.check.replace(' ', '-')}",
                )
                for c in failed
            ],
        )  # fmt: skip
    release.checks = [c.as_row() for c in checks]
    release.state = "served"
    session.flush()
    forget_shares(session, release.id)
    note_change(session, release)
    refresh_days(session, release.area_type)
    return checks


def measure_release(session: Session, release: Release) -> Measured:
    """Count a release's areas, strange codes and invalid outlines, and sum its ground.

    Validity is judged of the outlines as they are kept, read back, and outside the database.
    """
    kind = release.area_type
    prefixes = {
        prefix
        for one in (kind, *ALSO_DRAWN.get(kind, ()))
        for prefix in (*AREA_TYPES[one].prefixes, *AREA_TYPES[one].demo_prefixes)
    }
    rows = session.execute(
        select(Boundary.code, func.ST_AsBinary(Boundary.geom), Boundary.area_m2)
        .where(Boundary.release_id == release.id)
        .order_by(Boundary.code)
    ).all()
    strange = [
        row[0] for row in rows if prefixes and is_gss_code(row[0]) and row[0][:3] not in prefixes
    ]
    shapes = shapely.from_wkb(np.array([bytes(row[1]) for row in rows], dtype=object))
    return Measured(
        len(rows), tuple(strange), int((~shapely.is_valid(shapes)).sum()), float(sum(row[2] for row in rows))
    )  # fmt: skip


def last_release(session: Session, release: Release) -> Last | None:
    """Find the whole release of the same type that is nearest in date, with its count and ground."""
    row = session.execute(
        named_sql(__file__, "last_release"),
        {"release_id": release.id, "area_type": release.area_type, "published_on": release.published_on},
    ).one_or_none()  # fmt: skip
    return None if row is None else Last(row.id, int(row.areas), float(row.area_m2))


def refresh_days(session: Session, area_type: str) -> None:
    """Work out anew how well each release of a type fits each span of days; after every change of either.

    So of the upper tier where its parts change: its layers draw areas of other types, and no area is of theirs.
    """
    for each in (area_type, *(["utla"] if area_type in ALSO_DRAWN["utla"] else [])):
        session.execute(text("SELECT refresh_release_days(:area_type)"), {"area_type": each})


def refresh_every_day(session: Session) -> None:
    """Do `refresh_days` for every type that has a release: after lists of codes changed the lives of areas."""
    session.execute(text("ANALYZE areas (code, type, demo, valid_from, valid_to)"))
    for area_type in session.scalars(select(Release.area_type).distinct()).all():
        refresh_days(session, area_type)


def list_releases(session: Session, area_type: str | None = None) -> list[ReleaseRow]:
    """List the releases by type and day of publication, and say which draw their type today."""
    rows = session.execute(named_sql(__file__, "releases"), {"area_type": area_type}).all()
    known = {row.id: row for row in session.scalars(select(Release))}
    return [ReleaseRow(known[row.id], row.areas, row.draws_today) for row in rows]


def serve_release(session: Session, release_id: str) -> Release:
    """Let a withdrawn release answer again. Raises UnknownRelease, ReleaseInUse for one never checked."""
    release = get_release(session, release_id)
    if release.state == "served":
        raise ReleaseInUse(f"{release_id} is served already")
    if release.state == "loaded":
        raise ReleaseInUse(f"{release_id} was never checked: load it again")
    release.state = "served"
    session.flush()
    note_change(session, release)
    return release


def withdraw_release(session: Session, release_id: str) -> Release:
    """Stop a release from answering; it stays here and can be served again. Raises UnknownRelease, ReleaseInUse."""
    release = get_release(session, release_id)
    if release.state != "served":
        raise ReleaseInUse(f"{release_id} is not served ({release.state})")
    release.state = "withdrawn"
    session.flush()
    note_change(session, release)
    return release


def remove_release(session: Session, release_id: str) -> Release:
    """Delete a release that is not served, with its outlines and findings; its areas stay.

    Raises UnknownRelease, ReleaseInUse.
    """
    release = get_release(session, release_id)
    if release.state == "served":
        raise ReleaseInUse(f"{release_id} is served: withdraw it first")
    note_change(session, release)
    session.delete(release)
    session.flush()
    session.expunge(release)
    return release
