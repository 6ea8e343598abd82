"""Reads of written strategies: the published one that everybody sees, the draft, and every version."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.partnerships.methods.members import register
from app.partnerships.queries import get_partnership
from app.strategies.methods.strategy_words import NO_WORDS, fold
from app.strategies.tables import WrittenStrategy
from boundaries.errors import NotFound


class UnknownStrategy(NotFound):
    """The partnership has no published strategy of that version."""

    slug = "unknown-strategy"
    title = "No such strategy"


def list_written(session: Session, partnership_slug: str) -> list[WrittenStrategy]:
    """List the versions of a strategy, the newest first, the draft among them."""
    query = select(WrittenStrategy).where(WrittenStrategy.partnership_slug == partnership_slug)
    return list(session.scalars(query.order_by(WrittenStrategy.version.desc())))


def strategy_of(
    session: Session, slug: str, day: date, version: int | None = None
) -> dict[str, Any]:
    """Give a partnership's published strategy, the newest or one version, with who of a day's members signed it.

    Where none is published `version` is None and the words are empty. Raises UnknownPartnership,
    UnknownStrategy.
    """
    rows = [row for row in list_written(session, slug) if row.published_on is not None]
    found = [row for row in rows if version in (None, row.version)]
    if version is not None and not found:
        get_partnership(session, slug)
        detail = f"no version {version} of the strategy of {slug!r} is published"
        raise UnknownStrategy(detail)
    return written_body(session, slug, found[0] if found else None, day) | {
        "versions": [
            {"version": row.version, "published_on": row.published_on, "reason": row.reason,
             "signed": len(row.sign_offs)}
            for row in rows
        ]
    }  # fmt: skip


def written_body(
    session: Session, slug: str, row: WrittenStrategy | None, day: date
) -> dict[str, Any]:
    """Write one version as the API sends it. Raises UnknownPartnership."""
    partnership = get_partnership(session, slug)
    members = register(partnership.members, partnership.lead, day)
    signed = {fold(each["member"]): each["signed_on"] for each in (row.sign_offs if row else [])}
    sitting = [
        {"member": member["name"], "sector": sector["sector"],
         "signed_on": signed.get(fold(member["name"]))}
        for sector in members["sectors"]
        for member in sector["members"]
    ]  # fmt: skip
    left = {fold(each["member"]) for each in sitting}
    gone = [each for each in (row.sign_offs if row else []) if fold(each["member"]) not in left]
    words = row.words if row is not None else NO_WORDS
    return {
        "partnership": {"slug": slug, "name": partnership.name},
        "version": row.version if row else None, "published_on": row.published_on if row else None,
        "reason": row.reason if row else None, **words,
        "signed": sum(each["signed_on"] is not None for each in sitting), "members": len(sitting),
        "sign_offs": sitting, "signed_and_left": gone, "by_sector": _by_sector(sitting),
        "missing": _missing(words) if row else ["a published strategy"],
        "sentence": _sentence(partnership.name, row, sitting),
    }  # fmt: skip


def _by_sector(sitting: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Count members and those who signed by sector, in the order of the register."""
    sectors = list(dict.fromkeys(each["sector"] for each in sitting))
    return [
        {"sector": sector,
         "signed": sum(e["sector"] == sector and e["signed_on"] is not None for e in sitting),
         "members": sum(e["sector"] == sector for e in sitting)}
        for sector in sectors
    ]  # fmt: skip


def _missing(words: Any) -> list[str]:
    """Name the parts that a strategy should have and this one lacks, each to be worked through."""
    lacking = [
        name
        for part, name in (
            ("vision", "a vision"), ("objectives", "objectives"), ("learning", "a learning plan"),
            ("plans", "the plans that it brings together"),
        )
        if not words[part]
    ]  # fmt: skip
    for each in words["objectives"]:
        for kind in ("targets", "actions"):
            if not each.get(kind):
                lacking.append(f"{kind} for “{each['title']}”")
    return lacking


def _sentence(name: str, row: WrittenStrategy | None, sitting: list[dict[str, Any]]) -> str:
    if row is None:
        return f"No strategy of {name} is published here yet."
    signed = sum(each["signed_on"] is not None for each in sitting)
    many = len(row.words["objectives"])
    state = f"version {row.version}" + ("" if row.published_on else ", a draft")
    objectives = "1 objective" if many == 1 else f"{many} objectives"
    return f"The strategy of {name} ({state}) has {objectives}; {signed} of {len(sitting)} members signed it."
