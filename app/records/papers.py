"""The papers of a partnership's record: an assessor's notes, designations, statements of use."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import orjson
from sqlalchemy.orm import Session

from app.priorities.queries import list_designations
from app.records.methods.columns import (
    DESIGNATIONS,
    FIGURES,
    NOTES,
    PIECE,
    RESULTS,
    STATEMENTS,
)
from app.statements.queries import list_written_statements
from app.strategies.accreditation import notes_of

Rows = list[dict[str, Any]]


def papers_of(session: Session, slug: str, *, drafts: bool) -> dict[str, Rows]:
    """Give the tables of what is said and signed of a partnership; drafts of statements only where asked for."""
    found: dict[str, Rows] = {
        name: [] for name in (NOTES, DESIGNATIONS, RESULTS, STATEMENTS, FIGURES)
    }
    for criterion, note in sorted(notes_of(session, slug).items()):
        found[NOTES].append(
            {
                "criterion": criterion,
                "words": note.words,
                "role": note.role,
                "noted_on": note.noted_on,
            }
        )
    for made in sorted(list_designations(session, slug), key=lambda row: row.id):
        found[DESIGNATIONS].append(
            {"id": made.id, "name": made.name, "index": made.index_id, "rule": made.rule, "inputs": made.inputs,
             "made_at": made.created_at.astimezone(UTC).isoformat()}
        )  # fmt: skip
        found[RESULTS] += _pieces({"designation": made.id}, made.result)
    for row in list_written_statements(session, slug):
        if row.signed_at is None and not drafts:
            continue
        numbered = {
            "programme": row.programme_id,
            "year": row.financial_year,
            "number": row.revision,
        }
        moment = None if row.signed_at is None else row.signed_at.astimezone(UTC).isoformat()
        found[STATEMENTS].append(
            {**numbered, "signed_at": moment, "words": row.words, "sign_off": row.sign_off}
        )
        if row.figures is not None:
            found[FIGURES] += _pieces(numbered, row.figures)
    return found


def _pieces(common: dict[str, Any], value: object) -> Rows:
    return [
        {**common, "piece": piece, "value": written}
        for piece, written in enumerate(in_pieces(value), start=1)
    ]


def in_pieces(value: object) -> list[str]:
    """Write plain values as JSON in pieces that fit a cell, keys in order: the database keeps none."""
    written = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return [written[at : at + PIECE] for at in range(0, len(written), PIECE)]
