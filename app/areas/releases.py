"""Releases for the wire and the command line: lists, one with its findings, and the audited steps of its life."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.exports.sheets import Kind, Sheet
from boundaries.errors import Fault, Invalid
from boundaries.levels import BordersTold, borders_told, mended_areas
from boundaries.queries import LayerMissing, layer_on
from boundaries.releases import (
    ReleaseRow,
    UnknownRelease,
    get_release,
    list_releases,
    remove_release,
    serve_release,
    withdraw_release,
)
from boundaries.tables import ImportFinding, LookupDisagreement, Release
from boundaries.topology import measure_tolerance, survey_release, surveys_due

MOST_FINDINGS = 1_000_000
_FINDING_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("number", "whole"), ("feature", "whole"), ("code", "text"), ("kind", "text"), ("reason", "text"),
    ("area_before_m2", "number"), ("area_after_m2", "number"),
)  # fmt: skip
STEPS: Mapping[str, Callable[[Session, str], Release]] = {
    "serve": serve_release,
    "withdraw": withdraw_release,
    "remove": remove_release,
}


def release_body(row: ReleaseRow, told: BordersTold, repaired: int) -> dict[str, Any]:
    """Write one release as lists carry it, with what was measured of its borders and its levels."""
    one, worst = row.release, told.worst
    return {
        "id": one.id, "type": one.area_type, "title": one.title, "published_on": one.published_on,
        "resolution": one.resolution, "tolerance_m": one.tolerance_m, "quality": one.quality,
        "state": one.state, "draws_today": row.draws_today, "partial": one.partial,
        "temporal": one.temporal, "demo": one.demo, "areas": row.areas,
        "features_in": one.features_in, "features_stored": one.features_stored,
        "features_refused": one.features_refused, "features_elsewhere": one.features_elsewhere,
        "features_repaired": repaired,
        "own_tolerance_m": one.own_tolerance_m, "sliver_p99_m": one.sliver_p99_m,
        "measured_against": one.measured_against,
        "topology": None if worst is None else {
            "gaps": worst.gaps, "gaps_m2": worst.gaps_m2, "overlaps": worst.overlaps,
            "overlaps_m2": worst.overlaps_m2, "faulty_areas": worst.faulty,
            "from_day": worst.from_day, "to_day": worst.to_day, "spans_judged": len(told.spans),
            "mended_areas": told.mended, "mended_m2": told.mended_m2,
        },
        "levels": [
            {"tolerance_m": level.tolerance_m, "corners": level.corners, "areas_held_finer": level.held}
            for level in told.levels
        ],
        "checks": one.checks, "crs_operation": one.crs_operation, "loaded_at": one.loaded_at,
        "source": {
            "file": one.source_file, "sha256": one.sha256, "publisher": one.publisher,
            "licence": one.licence, "attribution": one.attribution,
        },
    }  # fmt: skip


def release_bodies(session: Session, area_type: str | None = None) -> list[dict[str, Any]]:
    """List the releases, by type and day of publication."""
    told, repaired = borders_told(session), _repaired(session)
    return [
        release_body(row, told.get(row.release.id, BordersTold()), repaired.get(row.release.id, 0))
        for row in list_releases(session, area_type)
    ]


def one_release(session: Session, release_id: str) -> dict[str, Any]:
    """Read one release. Raises UnknownRelease."""
    for row in list_releases(session):
        if row.release.id == release_id:
            told = borders_told(session).get(release_id, BordersTold())
            return release_body(row, told, _repaired(session).get(release_id, 0))
    raise UnknownRelease(
        f"there is no release {release_id!r}", [Fault("no such release", value=release_id)]
    )


def _repaired(session: Session) -> dict[str, int]:
    """Count the features of each release that were repaired; a release without one is not named."""
    rows = session.execute(
        select(ImportFinding.release_id, func.count())
        .where(ImportFinding.kind == "repaired")
        .group_by(ImportFinding.release_id)
    )
    return {release_id: int(number) for release_id, number in rows}


def findings_of(
    session: Session, release_id: str, after: int, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """List what was repaired or refused of a release, from a finding's number on; with the total."""
    total = session.scalar(
        select(func.count())
        .where(ImportFinding.release_id == release_id)
        .select_from(ImportFinding)
    )
    rows = session.scalars(
        select(ImportFinding)
        .where(ImportFinding.release_id == release_id, ImportFinding.id > after)
        .order_by(ImportFinding.id)
        .limit(limit)
    )
    items = [
        {
            "number": row.id, "feature": row.feature, "code": row.code, "kind": row.kind,
            "reason": row.reason, "area_before_m2": row.area_before_m2,
            "area_after_m2": row.area_after_m2,
        }
        for row in rows
    ]  # fmt: skip
    return items, int(total or 0)


def findings_sheet(session: Session, release_id: str) -> Sheet:
    """Write every feature repaired or refused of a release as a table, as the rows behind its counts."""
    rows, _ = findings_of(session, release_id, 0, MOST_FINDINGS)
    return Sheet("findings", f"Repaired or refused of {release_id}", _FINDING_COLUMNS, rows)


def mended_of(session: Session, release_id: str) -> list[dict[str, Any]]:
    """List the areas whose edges were made to match for the levels, with the square metres moved."""
    return [
        {"code": row.code, "taken_m2": row.taken_m2, "given_m2": row.given_m2}
        for row in mended_areas(session, release_id)
    ]


def releases_to_warm(session: Session) -> list[str]:
    """List the served releases whose borders no survey has seen as they are now."""
    return surveys_due(session)


def warm_release(session: Session, actor: Actor | str, release_id: str) -> dict[str, Any]:
    """Measure a release's borders and tolerance anew and make its levels. Raises UnknownRelease."""
    release = get_release(session, release_id)
    measure_tolerance(session, release)
    done = survey_release(session, release)
    record(session, actor, "warm", f"release:{release_id}", {"levels": len(done.levels)})
    return {
        "id": release_id, "areas": done.areas, "gaps": done.gaps, "overlaps": done.overlaps,
        "mended_areas": done.mended, "own_tolerance_m": done.own_tolerance_m,
        "levels": [{"tolerance_m": at, "corners": corners} for at, corners in done.levels],
        "seconds": round(done.seconds, 1),
    }  # fmt: skip


def disagreements(session: Session) -> list[dict[str, Any]]:
    """List where a lookup and the outlines differ, and which of them is gone by."""
    rows = session.scalars(
        select(LookupDisagreement).order_by(
            LookupDisagreement.lookup, LookupDisagreement.parent_type, LookupDisagreement.child_code
        )
    )
    return [
        {
            "lookup": row.lookup, "child_code": row.child_code, "parent_type": row.parent_type,
            "lookup_parent": row.lookup_parent, "share_in_lookup_parent": row.lookup_share,
            "outline_parent": row.outline_parent, "share_in_outline_parent": row.outline_share,
            "child_release": row.child_release, "parent_release": row.parent_release, "used": row.used,
        }
        for row in rows
    ]  # fmt: skip


def change_release(
    session: Session, actor: Actor | str, release_id: str, step: str, day: date
) -> dict[str, Any]:
    """Serve, withdraw or remove a release in the caller's transaction, and say what draws its type then.

    Raises UnknownRelease, ReleaseInUse, Invalid for another step.
    """
    if step not in STEPS:
        raise Invalid(f"a release can be {', '.join(STEPS)}d, not {step!r}")
    before = get_release(session, release_id).state
    release = STEPS[step](session, release_id)
    record(session, actor, step, f"release:{release_id}", {"before": before})
    try:
        drawn_by = layer_on(session, release.area_type, day, demo=release.demo).id
    except LayerMissing:
        drawn_by = None
    after = "removed" if step == "remove" else release.state
    return {
        "id": release_id, "type": release.area_type, "before": before, "after": after,
        "drawn_by": drawn_by,
    }  # fmt: skip
