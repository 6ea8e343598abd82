"""Which entries of a collection may be passed on, and what of them: licences are looked at file by file.

Lines of money stand in files of many publishers. A line is published where its own file's licence lets
anybody pass it on; the title of a grant to a person, who leads a partnership, and whom money was paid to
are not.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, case, cast, func, null, select
from sqlalchemy.orm import Session

from app.ogc.statements.collections import Collection
from app.ogc.tables import KeptFeature
from app.resources.tables import ResourceFile, ResourceLine

# The licences under which anybody may pass data on: of the Crown, of Parliament, and attribution alone or alike.
_OPEN = re.compile(
    r"open government licence|open parliament licence|\bogl\b|creative commons (attribution|zero)|"
    r"\bcc[ -]?(by|0)\b|\bpddl\b|\bodbl\b",
    re.IGNORECASE,
)
_CLOSED = re.compile(
    r"\bnc\b|non-?commercial|\bnd\b|no-?deriv|check with|other|closed", re.IGNORECASE
)
#: a standard that names either an organisation or a person as the recipient: no organisation, a person
GRANTS = "360giving"


class Publishable(NamedTuple):
    """A collection without what may not be passed on, and what that is: reasons, each with its count."""

    collection: Collection
    left_out: tuple[tuple[str, int], ...]
    licence: str
    attribution: str


def is_open(licence: str) -> bool:
    """Say whether each licence of a list (semicolons between) lets anybody pass the data on."""
    parts = [part.strip() for part in licence.split(";")]
    return all(_OPEN.search(part) and not _CLOSED.search(part) for part in parts)


def publishable(session: Session, found: Collection) -> Publishable:
    """Leave out, entry by entry, what may not be passed on."""
    about = found.about
    if about.id == "resources":
        return _open_lines(session, found)
    if about.id == "partnerships":
        hidden = _without(found, {"lead": cast(null(), Text)}, "lead")
        return Publishable(hidden, (), about.licence, about.attribution)
    if is_open(about.licence):
        return Publishable(found, (), about.licence, about.attribution)
    reason = (f"its licence is not open: {about.licence}", found.matched)
    return Publishable(replace(found, matched=0), (reason,), about.licence, about.attribution)


def _open_lines(session: Session, found: Collection) -> Publishable:
    files = session.execute(
        select(
            ResourceFile.id, ResourceFile.licence, ResourceFile.attribution,
            func.count(ResourceLine.id).label("lines"),
        )
        .outerjoin(ResourceLine, ResourceLine.file_id == ResourceFile.id)
        .group_by(ResourceFile.id)
        .order_by(ResourceFile.id)
    ).all()  # fmt: skip
    opened = [row for row in files if is_open(row.licence)]
    closed: dict[str, int] = {}
    for row in files:
        if not is_open(row.licence) and row.lines:
            reason = f"the licence of their file is not open: {row.licence}"
            closed[reason] = closed.get(reason, 0) + row.lines
    to_people = (
        select(ResourceLine.id)
        .join(ResourceFile, ResourceFile.id == ResourceLine.file_id)
        .where(ResourceFile.kind == GRANTS, ResourceLine.recipient.is_(None))
    )
    title = found.source.columns["title"]
    key = found.source.key
    shown = case((key.in_(to_people), cast(null(), Text)), else_=title)
    hidden = _without(found, {"title": shown}, repr([row.id for row in opened]))
    source = hidden.source
    own = KeptFeature.properties["file"].astext.in_([row.id for row in opened])
    source = replace(source, where=[*source.where, own])
    matched = int(
        session.scalar(select(func.count()).select_from(source.table).where(*source.where)) or 0
    )
    licence = "; ".join(sorted({row.licence for row in opened if row.lines})) or "none"
    words = (
        "; ".join(sorted({row.attribution for row in opened if row.lines})) or "nothing is loaded"
    )
    return Publishable(
        replace(hidden, source=source, matched=matched),
        tuple(sorted(closed.items())),
        licence,
        words,
    )


def _without(
    found: Collection, columns: Mapping[str, ColumnElement[Any]], policy: str
) -> Collection:
    """Put other columns in the place of some; what is finished says too much, so it is not used."""
    source = replace(found.source, columns={**found.source.columns, **columns}, finished=None)
    stamp = hashlib.sha256(f"{found.stamp}|{sorted(columns)}|{policy}".encode()).hexdigest()
    return replace(found, source=source, stamp=stamp)
