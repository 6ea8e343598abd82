"""Which partnerships stand on the same ground: area and people in common, both ways, and members that both have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.partnerships.methods.shared_ground import SharedGround, shared_ground
from app.partnerships.queries import get_partnership
from app.partnerships.standings import Standing, Standings, between_outlines, read_standings
from boundaries.methods.code_verdict import join_words, percent
from boundaries.queries import plain_name


@dataclass(frozen=True)
class _Found:
    standings: Standings
    pairs: SharedGround


def overlaps_of(session: Session, slug: str, day: date) -> dict[str, Any]:
    """List the other partnerships of a day, of any kind, that share ground with one, the most ground first.

    Raises UnknownPartnership. One that does not live on the day shares nothing, and that is said.
    """
    partnership = get_partnership(session, slug)
    standings = read_standings(session, day, demo=partnership.demo, slug=slug)
    at = next((n for n, row in enumerate(standings.rows) if row.slug == slug), None)
    body: dict[str, Any] = {
        "partnership": slug, "as_at": day, "release": standings.tier.layer.id,
        "quality": standings.tier.layer.quality, "attribution": standings.tier.layer.attribution,
        "people_source": standings.tier.people_source,
    }  # fmt: skip
    if at is None:
        sentence = f"{partnership.name} does not live on {day}, so it shares no ground."
        return body | {"sentence": sentence, "items": [], "total": 0, "next": None}
    outlines = between_outlines(session, standings, at, with_people=True)
    pairs = shared_ground(
        standings.area_m2, standings.people, standings.total_m2, standings.is_whole, outlines
    )
    found = _Found(standings, pairs)
    own_pairs = np.flatnonzero((pairs.a == at) | (pairs.b == at)).tolist()
    rows = [_one_way(found, n, at) for n in own_pairs]
    rows.sort(key=lambda row: (-row["overlap_m2"], row["partnership"]))
    own = standings.rows[at]
    return body | {
        "sentence": _sentence(own, rows), "lost_codes": list(own.lost), "items": rows, "total": len(rows),
        "next": None,
    }  # fmt: skip


def _one_way(found: _Found, pair: int, at: int) -> dict[str, Any]:
    """Write a pair as one of the two sees the other."""
    pairs, rows = found.pairs, found.standings.rows
    first = int(pairs.a[pair]) == at
    other = rows[int(pairs.b[pair] if first else pairs.a[pair])]
    own = rows[at]
    mine, theirs = ("a", "b") if first else ("b", "a")
    return {
        "partnership": other.slug, "name": other.name, "kind": other.kind, "same_kind": other.kind == own.kind,
        "overlap_m2": round(float(pairs.m2[pair])), "people": _whole(pairs.people[pair]),
        "share_of_this": _share(getattr(pairs, f"share_of_{mine}")[pair]),
        "share_of_that": _share(getattr(pairs, f"share_of_{theirs}")[pair]),
        "population_share_of_this": _share(getattr(pairs, f"people_share_of_{mine}")[pair]),
        "population_share_of_that": _share(getattr(pairs, f"people_share_of_{theirs}")[pair]),
        "same_ground": bool(pairs.same[pair]),
        "shared_authorities": sorted(own.codes & other.codes) if own.outline is None and other.outline is None
        else [],
        "shared_members": shared_members(own, other),
    }  # fmt: skip


def _sentence(own: Standing, rows: list[dict[str, Any]]) -> str:
    if not rows:
        return f"{own.name} shares no ground with another partnership here."
    same = [row for row in rows if row["same_ground"]]
    first = rows[0]
    said = [
        f"{own.name} shares ground with {len(rows)} other partnership{'' if len(rows) == 1 else 's'}: "
        f"most with {first['name']} ({percent(first['share_of_this'])} of its own ground)."
    ]
    if same:
        said.append(f"On the same ground stand {join_words([row['name'] for row in same])}.")
    with_members = [row for row in rows if row["shared_members"]]
    if with_members:
        said.append(
            f"It has members in common with {join_words([row['name'] for row in with_members])}."
        )
    return " ".join(said)


def shared_members(one: Standing, other: Standing) -> list[str]:
    """Name the members that two partnerships both have, however capitals and signs are written."""
    theirs = _folded(other)
    return sorted({name for name in one.members if plain_name(name) in theirs})


def _folded(one: Standing) -> frozenset[str]:
    return frozenset(plain_name(name) for name in one.members)


def all_overlaps(session: Session, day: date, *, demo: bool) -> list[dict[str, Any]]:
    """List every pair of a day's partnerships that share ground, by slug; people of two outlines' are not known.

    The people of ground that two outlines have in common are told by `overlaps_of`: here each such
    pair would be laid over the small areas again.
    """
    return overlaps_among(session, read_standings(session, day, demo=demo))


def overlaps_among(session: Session, standings: Standings) -> list[dict[str, Any]]:
    """List every pair of a day's partnerships that share ground, from how they stand; see `all_overlaps`."""
    if not standings.rows:
        return []
    outlines = between_outlines(session, standings, with_people=False)
    pairs = shared_ground(
        standings.area_m2, standings.people, standings.total_m2, standings.is_whole, outlines
    )
    rows = standings.rows
    members = [_folded(row) for row in rows]
    return [
        {
            "a": rows[a].slug, "b": rows[b].slug, "name_a": rows[a].name, "name_b": rows[b].name,
            "kind_a": rows[a].kind, "kind_b": rows[b].kind, "overlap_m2": round(float(pairs.m2[n])),
            "people": _whole(pairs.people[n]), "share_of_a": _share(pairs.share_of_a[n]),
            "share_of_b": _share(pairs.share_of_b[n]),
            "population_share_of_a": _share(pairs.people_share_of_a[n]),
            "population_share_of_b": _share(pairs.people_share_of_b[n]),
            "same_ground": bool(pairs.same[n]), "shared_members": len(members[a] & members[b]),
        }
        for n, (a, b) in enumerate(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True))
    ]  # fmt: skip


def _share(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else round(float(value))
