"""Brings a record in: every row is tried, every one that cannot be kept is listed, and then all are kept or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.access.history import last_written
from app.access.queries import Actor
from app.partnerships.actions import lock_partnership
from app.partnerships.queries import UnknownPartnership
from app.records.keep_money import keep_money
from app.records.keep_papers import keep_designations, keep_notes, keep_statements
from app.records.keep_partnership import keep_members, keep_partnership
from app.records.keep_places import keep_places
from app.records.keep_plan import keep_actions, keep_agreed, keep_targets
from app.records.keep_programmes import keep_programmes
from app.records.keep_strategies import keep_strategies
from app.records.keeping import APART, CHANGED, NEW, SAME, Keeping
from app.records.methods.columns import (
    ACTIONS,
    AS_EXPORTED,
    BUDGETS,
    MANAGERS,
    MEMBERS,
    NEIGHBOURHOODS,
    PARTNERSHIP,
    PROGRAMMES,
    SERVICES,
    TABLES,
    TARGETS,
)
from app.records.queries import record_of
from app.records.reading import Given
from app.records.revisions import older_rows
from boundaries.errors import Fault

# What the trail calls a row of a table.
_TRAIL = {
    PARTNERSHIP: "partnership", NEIGHBOURHOODS: "neighbourhood", PROGRAMMES: "programme", TARGETS: "target",
    ACTIONS: "action", MANAGERS: "managers", SERVICES: "services", BUDGETS: "budgets",
}  # fmt: skip


@dataclass(frozen=True)
class RecordReport:
    """What became of a file. rows_in = rows_ready + rows_refused; stored only where none was refused.

    tables : for each table of the file, how many rows were new, changed, the same and refused.
    """

    file: str
    partnership: str
    stored: bool
    rows_in: int
    rows_refused: int
    tables: Mapping[str, Mapping[str, int]]
    refused: tuple[Fault, ...]
    notes: tuple[Fault, ...]

    @property
    def rows_ready(self) -> int:
        """Count the rows that could be kept."""
        return self.rows_in - self.rows_refused

    def as_body(self) -> dict[str, Any]:
        """Write the report as the API sends it."""
        return {
            "file": self.file, "partnership": self.partnership, "stored": self.stored,
            "rows_in": self.rows_in, "rows_ready": self.rows_ready, "rows_refused": self.rows_refused,
            "rows_stored": self.rows_in if self.stored else 0, "tables": self.tables,
            "refused": [_plain(each) for each in self.refused],
            "notes": [_plain(each) for each in self.notes],
        }  # fmt: skip


def _plain(fault: Fault) -> dict[str, Any]:
    return {name: value for name, value in fault._asdict().items() if value not in ("", None)}


def slug_said(given: Given) -> str | None:
    """Name the partnership that a file says it is of."""
    rows = given.tables.get(PARTNERSHIP, [])
    return str(rows[0].values["slug"]) if rows else None


def import_record(
    session: Session, actor: Actor | str, slug: str, given: Given, day: date, *, commit: bool,
    over_changes: bool = False,
) -> RecordReport:  # fmt: skip
    """Bring a file in for a partnership, or only say what would become of it.

    A row that was changed here since the file was written is refused, and what changed is told; with
    `over_changes` the file's words take the place of those here.

    What is here under the same id is changed, what is not in the file stays, and the register of members
    is the file's. One refused row keeps all from being stored. The trail has an event for each row that
    was made or changed, as if it had been written alone. Raises UnknownPartnership where the
    partnership is neither here nor in the file.
    """
    with session.begin_nested() as whole:
        keeping = _keep(session, actor, slug, given, day, over_changes=over_changes)
        stores = commit and not keeping.faults
        if not stores:
            whole.rollback()
    return _report(keeping, stored=stores)


def _keep(
    session: Session, actor: Actor | str, slug: str, given: Given, day: date, *, over_changes: bool
) -> Keeping:  # fmt: skip
    try:
        # Whoever else changes it by its row waits, so that what is compared is what is written over.
        lock_partnership(session, slug)
        before = record_of(session, slug, day, drafts=True)
    except UnknownPartnership:
        if not given.tables.get(PARTNERSHIP):
            raise
        before = {name: [] for name in TABLES}
    keeping = Keeping(session, actor, slug, given, before, day)
    if not over_changes and _refuse_older(keeping):
        return keeping
    if not keep_partnership(keeping):
        for name in TABLES:
            for row in keeping.rows(name):
                if not keeping.is_refused(name, row.number):
                    detail = "its partnership was refused"
                    keeping.refuse(name, row, [Fault(detail, rule="hangs-on-a-row")])
        return keeping
    keep_members(keeping)
    keep_places(keeping)
    keep_programmes(keeping)
    keep_money(keeping)
    keep_targets(keeping)
    keep_actions(keeping)
    keep_agreed(keeping)
    keep_strategies(keeping)
    keep_notes(keeping)
    keep_designations(keeping)
    keep_statements(keeping)
    return keeping


def _refuse_older(keeping: Keeping) -> bool:
    """List the rows that were changed here since the file was written, each with its last write on the trail."""
    found = False
    for stale in older_rows(keeping.given, keeping.before):
        kind = _TRAIL.get(stale.table)
        subject = f"{kind}:{stale.key}" if kind is not None else f"partnership:{keeping.slug}"
        known = None
        if kind is not None or stale.table == MEMBERS:
            known = last_written(keeping.session, subject)
        if not (stale.is_here or stale.is_untouched or known is not None):
            continue  # a row that was copied under an id of its own: nothing of that name was ever here
        found = True
        by = (
            "" if known is None else f" (last written {known.at:%Y-%m-%d %H:%M} UTC by {known.who})"
        )
        fault = Fault(f"{stale.detail}{by}", column=AS_EXPORTED, rule="changed-since")
        keeping.refuse(stale.table, stale.row, [fault])
    return found


def _report(keeping: Keeping, *, stored: bool) -> RecordReport:
    given = keeping.given
    refused = len({(fault.file, fault.row) for fault in keeping.faults})
    tables = {
        name: {what: keeping.told[name][what] for what in (NEW, CHANGED, SAME)}
        | ({APART: apart} if (apart := keeping.told[name][APART]) else {})
        | {
            "refused": len(
                {fault.row for fault in keeping.faults if fault.file == given.places[name]}
            )
        }
        for name in given.tables
    }
    order = {place: at for at, place in enumerate(given.places.values())}
    faults = sorted(keeping.faults, key=lambda each: (order.get(each.file, 0), int(each.row or 0)))
    return RecordReport(
        given.name, keeping.slug, stored, given.rows_in, refused, tables, tuple(faults),
        tuple(keeping.notes),
    )  # fmt: skip
