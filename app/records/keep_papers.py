"""Brings in what is said and signed: an assessor's notes, designations, statements of use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from app.access.queries import Actor
from app.priorities.kept_elsewhere import KeptDesignation, keep_designation
from app.records.keeping import NEW, SAME, Keeping, faults_in, is_same
from app.records.methods.columns import (
    DESIGNATIONS,
    FIGURES,
    NOTES,
    RESULTS,
    STATEMENTS,
    TABLES,
)
from app.records.reading import RecordInvalid, Row
from app.statements.kept_elsewhere import KeptStatement, keep_statement
from app.strategies.accreditation import write_note
from boundaries.errors import BoundsError, Fault

_Key = tuple[Any, ...]


def keep_notes(keeping: Keeping) -> None:
    """Keep an assessor's notes, each of its day; only who may write notes here can change them."""
    for row in keeping.rows(NOTES):
        before = keeping.known(NOTES, criterion=row.values["criterion"])
        with keeping.listing(NOTES, row):
            if not keeping.first_time(NOTES, str(row.values["criterion"])):
                raise _wrong("criterion", "it has two notes in the file", "row-once")
            if before is not None and is_same(NOTES, row.values, before):
                keeping.done(NOTES, SAME)
                continue
            if isinstance(keeping.actor, Actor) and not keeping.actor.is_administrator:
                detail = "an assessor's note is an administrator's to write"
                raise _wrong("words", detail, "note-of-the-assessor")
            said = row.values
            if said["noted_on"] > keeping.day:
                raise _wrong("noted_on", "it lies in the future", "noted-before-today")
            write_note(
                keeping.session, keeping.actor, keeping.slug, said["criterion"], said["words"], said["role"],
                said["noted_on"],
            )  # fmt: skip
            if before is None:
                keeping.done(NOTES, NEW)
            else:
                keeping.changes(NOTES, row, before)


def keep_designations(keeping: Keeping) -> None:
    """Keep designations that are not here, each with what it found; one that is here never changes."""

    def make(row: Row, result: Any) -> None:
        said = row.values
        kept = KeptDesignation(
            said["id"], said["name"], said["index"], said["rule"], said["inputs"], _moment(said["made_at"]), result
        )  # fmt: skip
        keep_designation(keeping.session, keeping.actor, keeping.slug, kept, datetime.now(UTC))

    _keep_papers(keeping, DESIGNATIONS, RESULTS, {"id": "designation"}, make)


def keep_statements(keeping: Keeping) -> None:
    """Keep statements in order, signed ones with their figures; a signed one that is here never changes."""

    def make(row: Row, figures: Any) -> None:
        said = row.values
        signed_at = said.get("signed_at")
        kept = KeptStatement(
            said["programme"], said["year"], said["number"], said["words"], said["sign_off"],
            None if signed_at is None else _moment(signed_at), figures,
        )  # fmt: skip
        keep_statement(
            keeping.session, keeping.actor, keeping.slug, kept, datetime.now(UTC), keeping.day
        )

    key = {name: name for name in TABLES[STATEMENTS].key}
    _keep_papers(keeping, STATEMENTS, FIGURES, key, make)


def _keep_papers(
    keeping: Keeping, name: str, pieces_name: str, key: Mapping[str, str], make: Any
) -> None:
    """Keep each paper with the JSON that its pieces make up; a paper that is here and differs is refused.

    key : the paper's columns, by what its pieces call them.
    """
    pieces: dict[_Key, list[Row]] = {}
    for row in sorted(keeping.rows(pieces_name), key=lambda each: each.values["piece"]):
        pieces.setdefault(tuple(row.values[inner] for inner in key.values()), []).append(row)
    for row in sorted(keeping.rows(name), key=lambda each: [each.values[column] for column in key]):
        known_as = tuple(row.values[column] for column in key)
        own = pieces.pop(known_as, [])
        try:
            _keep_paper(keeping, name, pieces_name, (row, known_as), own, make)
        except BoundsError as problem:
            faults = faults_in(problem)
            keeping.refuse(name, row, faults)
            for each in own:
                detail = "its paper was refused"
                keeping.refuse(
                    pieces_name, each, [Fault(detail, column="value", rule="hangs-on-a-row")]
                )
    for rows in pieces.values():
        for row in rows:
            detail = "its paper is no row of this file"
            keeping.refuse(pieces_name, row, [Fault(detail, column="value", rule="hangs-on-a-row")])


def _keep_paper(
    keeping: Keeping, name: str, pieces_name: str, paper: tuple[Row, _Key], own: list[Row], make: Any
) -> None:  # fmt: skip
    row, known_as = paper
    if not keeping.first_time(name, str(known_as)):
        raise _wrong(TABLES[name].key[0], "it stands in the file twice", "row-once")
    columns = dict(zip(TABLES[name].key, known_as, strict=True))
    before = keeping.known(name, **columns)
    here = [
        each for each in keeping.before.get(pieces_name, ())
        if tuple(each[inner] for inner in TABLES[pieces_name].together) == known_as
    ]  # fmt: skip
    if before is not None:
        same = len(here) == len(own) and all(
            is_same(pieces_name, each.values, was) for each, was in zip(own, here, strict=True)
        )
        if same and is_same(name, row.values, before):
            keeping.done(name, SAME)
            keeping.done(pieces_name, SAME, len(own))
            return
        if name != STATEMENTS or before["signed_at"] is not None:
            raise _wrong(TABLES[name].key[0], "it is here and never changes", "paper-never-changes")
    make(row, _read(own))
    if before is None:
        keeping.done(name, NEW)
    else:
        keeping.changes(name, row, before)
    keeping.done(pieces_name, NEW, len(own))


def _read(own: list[Row]) -> Any:
    """Put pieces of JSON together; None without any. Raises RecordInvalid."""
    if not own:
        return None
    try:
        return orjson.loads("".join(str(row.values["value"]) for row in own))
    except orjson.JSONDecodeError as error:
        raise _wrong("value", "its pieces together are no JSON", "pieces-in-order") from error


def _moment(said: str | datetime) -> datetime:
    return said if isinstance(said, datetime) else datetime.fromisoformat(said)


def _wrong(column: str, detail: str, rule: str) -> RecordInvalid:
    return RecordInvalid(
        f"{column}: {detail}", [Fault(f"{column}: {detail}", f"/{column}", rule=rule)]
    )
