"""The profile of a partnership or neighbourhood put together: themes, drivers, whom it is like, receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.methods.composite import published_weights
from app.indicators.queries import IndexRow
from app.priorities.methods.records import MEASURES
from app.priorities.queries import find_names
from app.profiles import receipts as told
from app.profiles.comparators import PARTIAL, find_nearest, list_comparators
from app.profiles.indicator_themes import indicator_themes
from app.profiles.methods.drivers import find_drivers, mean_transformed
from app.profiles.methods.sentences import profile_sentences
from app.profiles.queries import read_index_areas
from app.profiles.receipts import Receipts
from app.profiles.subject import (
    Subject,
    codes_subject,
    index_of_codes,
    index_of_neighbourhood,
    index_of_partnership,
    neighbourhood_subject,
    partnership_subject,
)
from app.profiles.themes import Ground, plain, theme_body, weigh
from app.profiles.trends import editions_of, ground_in_editions, trend_points

TIES_UNSEEN = (
    "rank_averaged is the published rank: ties are not seen where a part of England is held"
)
NOTES = (
    "An index ranks areas, not people: most people of a deprived area need not be deprived.",
    "Scores of two editions are not on one scale, so that a trend shows where the ground stood among the "
    "areas of each edition; a place that moved need not have changed.",
)


@dataclass(frozen=True)
class Profile:
    """A profile as plain values, the ground that it was read from, and its small areas as rows.

    areas : code, name, share (of its people on the ground), people, rank, decile; greatest need first.
    """

    body: dict[str, Any]
    ground: Ground
    areas: list[dict[str, Any]]


def partnership_profile(
    session: Session, slug: str, index_id: str | None, day: date, indicators: Sequence[str] = ()
) -> Profile:
    """Profile a partnership. Raises UnknownPartnership, UnknownIndex, NoSmallAreas, UnknownIndicator."""
    index = index_of_partnership(session, slug, index_id)
    return make_profile(session, partnership_subject(session, slug, index), index, day, indicators)


def neighbourhood_profile(
    session: Session, slug: str, index_id: str | None, day: date, version: int | None = None,
    indicators: Sequence[str] = (),
) -> Profile:  # fmt: skip
    """Profile a neighbourhood as one of its versions has it. Raises UnknownNeighbourhood, UnknownVersion."""
    index = index_of_neighbourhood(session, slug, index_id)
    subject = neighbourhood_subject(session, slug, index, version)
    return make_profile(session, subject, index, day, indicators)


def codes_profile(
    session: Session, codes: Sequence[str], index_id: str | None, day: date, indicators: Sequence[str] = ()
) -> Profile:  # fmt: skip
    """Profile the ground of some area codes on a day. Raises UnknownArea, UnknownIndex, NoSmallAreas."""
    index = index_of_codes(session, codes, index_id)
    return make_profile(session, codes_subject(session, codes, index, day), index, day, indicators)


def stand_on_ground(
    session: Session, subject: Subject, index: IndexRow, day: date
) -> tuple[Ground, pd.DataFrame]:
    """Put a subject on an index's areas, beside its comparators; and the nearest, code and distance."""
    areas = read_index_areas(session, index, day)
    weights = weigh(subject, areas)
    alone = Ground(subject, areas, weights, [])
    here = pd.Series({name: alone.level(areas.transformed, name).value for name in areas.domains})
    nearest = find_nearest(subject, areas, here)
    beside = list_comparators(subject, areas, [str(code) for code in nearest.index])
    return Ground(subject, areas, weights, beside), nearest


def make_profile(
    session: Session, subject: Subject, index: IndexRow, day: date, indicators: Sequence[str] = ()
) -> Profile:
    """Write a subject's profile by one index as plain values, each number beside its receipt."""
    ground, nearest = stand_on_ground(session, subject, index, day)
    receipts = Receipts(subject, index)
    people = ground.residents
    known = not people.isna().any()
    editions = editions_of(session, index)
    carried = (
        ground_in_editions(session, people.round().astype("int64"), index, editions)
        if known
        else []
    )
    rows = {row.id: row for row in editions}
    themes = []
    for measure in index.measures:
        points = trend_points(session, carried, measure)
        themes.append(
            theme_body(
                ground,
                measure,
                [point | {"row": rows[point["edition"]]} for point in points],
                receipts,
            )
        )
    for theme in themes:
        _agree(theme, index)
    body: dict[str, Any] = {
        "title": subject.title,
        "slug": subject.slug,
        "kind": subject.kind,
        "partnership": subject.partnership_slug,
        "version": subject.version,
        "as_at": day.isoformat(),
        "index": {
            "id": index.id, "title": index.title, "area_set": index.area_set, "release": index.release_id,
            "areas_total": index.areas_total, "partial": index.partial, "demo": index.demo,
        },
        "ground": {
            "areas": int((subject.shares[ground.estimate] > 0).sum()),
            "people": round(float(people.sum())) if known else None,
            "people_source": ground.areas.residents_source,
            "weighed_by": ground.areas.people_source,
            "estimate": ground.estimate,
            "whole_areas": subject.is_whole_areas,
            "receipt": receipts.give(told.COUNT, "imd" if "imd" in index.measures else index.measures[0]),
        },
        "themes": themes,
        "drivers": _drivers(ground, receipts),
        "nearest": _nearest(session, ground, nearest, receipts),
        "indicators": indicator_themes(session, ground, indicators, receipts) if known else [],
    }  # fmt: skip
    body |= {
        "sentences": profile_sentences(body),
        "receipts": receipts.found,
        "inputs": [
            {"id": row.id, "release": row.release_id, "loaded_at": row.loaded_at.isoformat()}
            for row in editions
        ],
        "notes": [*subject.notes, *NOTES],
    }
    return Profile(body, ground, _small_areas(session, ground))


def _small_areas(session: Session, ground: Ground) -> list[dict[str, Any]]:
    areas, codes = ground.areas, ground.people.index
    measure = "imd" if "imd" in areas.index.measures else areas.index.measures[0]
    names, total = find_names(session, [str(code) for code in codes]), areas.index.areas_total
    ranks = areas.ranks[measure].reindex(codes)
    shares = ground.subject.shares[ground.estimate]
    rows = [
        {
            "code": str(code), "name": names.get(str(code), str(code)), "share": plain(float(shares[code])),
            "people": None if np.isnan(people) else round(people),
            "rank": None if np.isnan(ranks[code]) else int(ranks[code]),
            "decile": None if np.isnan(ranks[code]) else -(-10 * int(ranks[code]) // total),
        }
        for code, people in ground.residents.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row["rank"] is None, row["rank"] or 0, row["code"]))


def _agree(theme: dict[str, Any], index: IndexRow) -> None:
    """Let the trend's point of the index itself be the theme's own standing, weighed by its own people."""
    for point in theme["trend"]:
        point.pop("row", None)
        if point["edition"] == index.id:
            standing = theme["percentile_in_england"]
            for name in ("rank", "percentile", "reason", "receipt"):
                point[name] = standing[name]
            point["level"] = theme["level"]["value"]
            point["share_in_worst_10"] = theme["share_in_worst_10"]["value"]


def _drivers(ground: Ground, receipts: Receipts) -> dict[str, Any]:
    """Say which domains lift the index above England's mean; None and why where they cannot be told."""
    areas = ground.areas
    nothing: dict[str, Any] = {
        "composite": None, "england": None, "difference": None, "domains": [], "reason": "",
        "receipt": None,
    }  # fmt: skip
    weights = published_weights(areas.index.id)
    if set(areas.domains) != set(weights):
        held = ", ".join(areas.domains) or "none"
        return nothing | {
            "reason": f"the {areas.index.title} are held with the domains {held}; all seven are needed"
        }
    here = {name: ground.level(areas.transformed, name) for name in areas.domains}
    if any(level.coverage < 1 or np.isnan(level.value) for level in here.values()):
        return nothing | {"reason": "a domain's rank is missing on part of the ground"}
    england = mean_transformed(areas.index.areas_total)
    found = find_drivers({name: level.value for name, level in here.items()}, weights, england)
    composite = float((found["weight"] * found["here"]).sum())
    of_england = float((found["weight"] * found["england"]).sum())
    return {
        "composite": plain(composite),
        "england": plain(of_england),
        "difference": plain(composite - of_england),
        "receipt": receipts.give(told.COMPOSITE, "domains", england=england),
        "domains": [
            {
                "measure": name, "title": MEASURES.get(str(name), str(name)), "weight": row["weight"],
                "here": plain(row["here"]), "adds": plain(row["adds"]),
                "receipt": receipts.give(
                    told.DRIVER, str(name), weight=float(row["weight"]), england=england,
                    also="" if areas.is_whole else TIES_UNSEEN,
                ),
            }
            for name, row in found.iterrows()
        ],
        "reason": "",
    }  # fmt: skip


def _nearest(
    session: Session, ground: Ground, nearest: pd.DataFrame, receipts: Receipts
) -> dict[str, Any]:
    areas = ground.areas
    codes = [str(code) for code in nearest.index]
    by_council = ground.subject.kind == "partnership"
    names = areas.names if by_council else find_names(session, codes)
    rows = "councils" if by_council else "england"
    return {
        "among": "councils" if by_council else "small areas",
        "method": told.DISTANCE,
        "reason": "" if areas.is_whole else PARTIAL,
        "receipt": receipts.give(told.DISTANCE, "domains", of=rows) if codes else None,
        "areas": [
            {
                "code": code, "name": names.get(code, code),
                "district": None if by_council else areas.names.get(str(areas.district.get(code))),
                "distance": plain(float(nearest.at[code, "distance"])),
            }
            for code in codes
        ],
    }  # fmt: skip
