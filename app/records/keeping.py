"""What becomes of each row of a file while it is brought in: new, changed, the same, or refused and by which rule."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.access.queries import Actor
from app.records.methods.columns import TABLES
from app.records.reading import Given, Row
from app.records.sheets import as_plain
from app.row_counts import CHECKING, tell_refused, tell_rows
from boundaries.errors import BoundsError, Fault

_LONGEST = 80
NEW, CHANGED, SAME = "new", "changed", "same"
# A row that tells of what is not the record's to keep, and is not here.
APART = "apart"


class Keeping:
    """One file on its way in.

    before : the partnership's record as it is, with drafts; empty tables where it is not here yet.
    """

    def __init__(
        self, session: Session, actor: Actor | str, slug: str, given: Given,
        before: Mapping[str, Sequence[Mapping[str, Any]]], day: date,
    ) -> None:  # fmt: skip
        self.session, self.actor, self.slug, self.day = session, actor, slug, day
        self.given = given
        self.before = before
        self.faults: list[Fault] = list(given.faults)
        self.notes: list[Fault] = list(given.notes)
        self.told: dict[str, Counter[str]] = defaultdict(Counter)
        self._refused: set[tuple[str, int]] = set()
        self._seen: set[tuple[str, str]] = set()

    def rows(self, table: str) -> list[Row]:
        """Give the rows of a table that could be read."""
        return self.given.tables.get(table, [])

    def known(self, table: str, **key: Any) -> Mapping[str, Any] | None:
        """Find the row that the partnership has under a key; None where it has none."""
        for row in self.before.get(table, ()):
            if all(row[name] == value for name, value in key.items()):
                return row
        return None

    def done(self, table: str, what: str, count: int = 1) -> None:
        """Count rows that were new, changed or the same."""
        self.told[table][what] += count
        self._tell()

    def refuse(self, table: str, row: Row, faults: Sequence[Fault]) -> None:
        """List a row with what is wrong with it; each fault names its column."""
        place = self.given.places[table]
        self._refused.add((table, row.number))
        before = len(self.faults)
        for fault in faults:
            column = fault.column or fault.pointer.strip("/").split("/")[0]
            shown = fault.value or _shown(row.values.get(column))
            # The place names the column already.
            detail = fault.detail.removeprefix(f"{column}: ")
            self.faults.append(
                Fault(
                    detail, file=place, row=row.number, column=column, value=shown, rule=fault.rule
                )
            )

        self._tell()
        tell_refused(self.faults[before:])

    def _tell(self) -> None:
        """Tell how many rows have their verdict."""
        judged = sum(sum(each.values()) for each in self.told.values()) + len(self._refused)
        tell_rows(CHECKING, judged, self.given.rows_in)

    def note(self, table: str, row: Row, detail: str, rule: str) -> None:
        """Say something of a row that is kept all the same."""
        self.notes.append(Fault(detail, file=self.given.places[table], row=row.number, rule=rule))

    def changes(self, table: str, row: Row, before: Mapping[str, Any]) -> None:
        """Count a row as changed, and say of each column what it was and what it becomes: nobody's words go unseen."""
        self.done(table, CHANGED)
        for column in TABLES[table].columns:
            if column.name in row.values and column.name in before:
                was, now = (as_plain(each[column.name], column) for each in (before, row.values))
                if was != now:
                    detail = f"it is {_short(was)} here and becomes {_short(now)}"
                    place = self.given.places[table]
                    self.notes.append(
                        Fault(
                            detail, file=place, row=row.number, column=column.name, rule="changes"
                        )
                    )

    @contextmanager
    def listing(self, table: str, row: Row) -> Iterator[None]:
        """List a row with what it was refused for, and go on with the next."""
        try:
            yield
        except ValidationError as wrong:
            self.refuse(table, row, faults_of(wrong))
        except BoundsError as problem:
            self.refuse(table, row, faults_in(problem))

    def first_time(self, table: str, key: str) -> bool:
        """Say whether a key is met for the first time in a table of the file."""
        is_new = (table, key) not in self._seen
        self._seen.add((table, key))
        return is_new

    def is_refused(self, table: str, number: int) -> bool:
        """Say whether a row was listed."""
        return (table, number) in self._refused


def faults_in(problem: BoundsError) -> list[Fault]:
    """Give the faults of a problem, itself where it names none; each with a rule."""
    faults = problem.faults or (Fault(problem.detail),)
    return [fault if fault.rule else fault._replace(rule=problem.slug) for fault in faults]


def faults_of(wrong: ValidationError) -> list[Fault]:
    """Give the faults of a checked body."""
    return [
        Fault(
            str(each["msg"]), pointer="/" + "/".join(str(step) for step in each["loc"]),
            value=str(each["input"])[:80], rule=str(each["type"]).replace("_", "-"),
        )
        for each in wrong.errors()
    ]  # fmt: skip


def is_same(table: str, said: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Say whether what a file says of a row is what is there; of a column that it has not it says nothing."""
    return all(
        as_plain(said[column.name], column) == as_plain(before[column.name], column)
        for column in TABLES[table].columns
        if column.name in said
    )


def _short(value: Any) -> str:
    words = "nothing" if value in (None, []) else repr(value)
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


def _shown(value: Any) -> str:
    return "" if value in (None, []) else str(value)[:80]
