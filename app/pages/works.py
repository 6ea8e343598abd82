"""The words of thanks of the works that a page's figures rest on: releases, indices, files of money, counts of people.

It names what it is told of and nothing else: which works stand on a page is for the page to know.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from app.indicators.queries import IndexRow, get_index
from app.pages import queries
from app.resources.tables import ResourceFile
from boundaries.tables import Release


def thanks(
    session: Session, *, releases: Iterable[str] = (), indices: Iterable[str] = (), files: Iterable[str] = (),
    lines: Iterable[str] = (),
) -> list[str]:  # fmt: skip
    """Write a line for each work, the title and what it asks for, each once. lines : of money, of which files are."""
    works: list[IndexRow | Release | ResourceFile] = [
        *(get_index(session, one) for one in sorted(indices)),
        *queries.releases_served(session, sorted(set(releases))),
        *queries.files_named(session, files, lines),
    ]
    return list(dict.fromkeys(f"{one.title}. {one.attribution}" for one in works))
