"""Fewer partnerships: every pair that shares ground, their themes and members, and which might be one."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.partnerships.overlaps import all_overlaps
from app.strategies.methods.fewer import AT_LEAST, MEMBERS_AT_LEAST, suggest
from app.strategies.queries import themes_of
from boundaries.queries import layer_on

NOTE = (
    "Ground is compared as it is held on the day; people are those of mid-2020, and not known of what two drawn "
    "outlines share. Themes are those of targets, actions and own programmes; members are compared by name. A "
    "suggestion is for people to talk over: it knows nothing of how well either works."
)


def fewer_partnerships(
    session: Session, day: date, *, demo: bool, at_least: float = AT_LEAST,
    members_at_least: int = MEMBERS_AT_LEAST,
) -> dict[str, Any]:  # fmt: skip
    """Set every pair of a day's partnerships that share ground side by side, and suggest which might be one."""
    themes = themes_of(session)
    pairs = all_overlaps(session, day, demo=demo)
    for pair in pairs:
        both = themes.get(pair["a"], frozenset()) & themes.get(pair["b"], frozenset())
        pair["shared_themes"] = sorted(both)
    found = suggest(pairs, themes, at_least=at_least, members_at_least=members_at_least)
    named = len({slug for pair in pairs for slug in (pair["a"], pair["b"])})
    if not pairs:
        sentence = "No two partnerships held here share ground on that day."
    else:
        many = "1 pair" if len(found) == 1 else f"{len(found)} pairs"
        sentence = f"{named} partnerships share ground in {len(pairs)} pairs; {many} might be one."
    return {
        "as_at": day, "at_least": at_least, "members_at_least": members_at_least, "sentence": sentence,
        "items": [dataclasses.asdict(each) for each in found], "pairs": pairs, "note": NOTE,
        "release": layer_on(session, "lad", day, demo=demo).id if pairs else None,
    }  # fmt: skip
