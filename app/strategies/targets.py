"""A target as it is read: a row of a partnership's own, or one of the national ones of 2001."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.strategies.methods.promise import Kind, Promise
from app.strategies.tables import Target
from boundaries.errors import NotFound

NATIONAL_FILE = Path(__file__).parent / "national_2001.toml"
SOURCE_2001 = "Local Strategic Partnerships: Government Guidance (DETR, March 2001), Box 2"
DISTRICTS, WHOLE = "districts", "whole"
# A series of the district that the offer of a national target is judged by carries this before its id.
OFFER = "offer-"


class UnknownTarget(NotFound):
    """There is no target of that id."""

    slug = "unknown-target"
    title = "No such target"


@dataclass(frozen=True)
class TargetRow:
    """One target. partnership_slug None: national. gap : why no series is held. offer : the nearest one that is.

    scope : who is judged: each district, or the partnership as a whole. revision : 0 of a national one.
    """

    id: str
    title: str
    theme: str | None
    measure: str
    unit: str
    scope: str
    indicator_id: str | None
    promise: Promise
    source: str | None
    partnership_slug: str | None = None
    gap: str | None = None
    offer: str | None = None
    revision: int = 0


def as_row(row: Target) -> TargetRow:
    """Read a stored target."""
    kind: Kind = row.kind  # type: ignore[assignment]  # the table holds no other
    return TargetRow(
        row.id, row.title, row.theme, row.measure, row.unit, row.scope, row.indicator_id,
        Promise(
            kind, row.higher_is_worse, row.baseline_period, row.due_period, row.threshold,
            row.reduction_share, row.baseline_value, row.tail_share, row.path,
            tuple((str(period), float(str(figure))) for period, figure in row.milestones),
        ),
        row.source, row.partnership_slug, revision=row.revision,
    )  # fmt: skip


@cache
def national_targets() -> MappingProxyType[str, TargetRow]:
    """The floor targets of 2001 by id, and the nearest ones that the held series can judge."""
    with NATIONAL_FILE.open("rb") as file:
        entries = tomllib.load(file)["target"]
    found: dict[str, TargetRow] = {}
    for entry in entries:
        offer = entry.get("offer")
        offered = None if offer is None else OFFER + entry["id"].removeprefix("national-2001-")
        found[entry["id"]] = _national(
            entry["id"], entry, entry["measure"], entry["unit"], SOURCE_2001, entry["gap"], offered
        )
        if offer is not None and offered is not None:
            merged = {"theme": entry["theme"], "higher_is_worse": entry["higher_is_worse"], **offer}
            source = (
                f"the nearest that a held series can judge of: {entry['title']} ({SOURCE_2001})"
            )
            found[offered] = _national(offered, merged, "", "", source, None, None)
    return MappingProxyType(found)


def _national(
    target_id: str, entry: dict[str, Any], measure: str, unit: str, source: str, gap: str | None,
    offer: str | None,
) -> TargetRow:  # fmt: skip
    promise = Promise(
        entry["kind"], entry["higher_is_worse"], entry["baseline_period"], entry["due_period"],
        entry.get("threshold"), entry.get("reduction_share"), tail_share=entry.get("tail_share", 0.2),
    )  # fmt: skip
    return TargetRow(
        target_id, entry["title"], entry["theme"], measure, unit, DISTRICTS,
        entry.get("indicator"), promise, source, gap=gap, offer=offer,
    )  # fmt: skip
