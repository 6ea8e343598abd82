"""Composes an index of one's own for some areas, and keeps or removes one of a partnership's."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.indicators.methods.composite import InvalidWeights, rank_scores
from app.indicators.own import compose_index, read_recipe, why_not_composed
from app.indicators.queries import get_index
from app.indicators.tables import OwnIndex
from app.priorities import queries
from app.priorities.methods.rules import InvalidRule, read_rule_text
from boundaries.errors import Fault, Invalid, NotFound

_PLACES = 6


class UnknownOwnIndex(NotFound):
    """The partnership has no own index of that id."""

    slug = "unknown-own-index"
    title = "No such index of your own"


def read_weights(weights: str | None) -> object:
    """Read weights given as JSON; None where there are none. Raises InvalidWeights."""
    if weights is None:
        return None
    try:
        return read_rule_text(weights, "set of weights")
    except InvalidRule as problem:
        raise InvalidWeights(
            problem.detail, [Fault(problem.detail, pointer="/weights")]
        ) from problem


def compose_for(
    session: Session, day: date, index_id: str, weights: object, standardise: object,
    areas: str | None, partnership: str | None,
) -> dict[str, Any]:  # fmt: skip
    """Compose an own index and give score, rank and decile of each area asked; nothing is saved.

    Ranks are among all areas of the set that have every input; `missing` names the inputs that an area
    lacks, which leave it without a score. `rank_here` is among the areas asked.

    Raises UnknownIndex, InvalidWeights, and whatever finding the place raises.
    """
    index = get_index(session, index_id)
    recipe = read_recipe(session, index, weights, standardise)
    made = compose_index(session, index, recipe)
    codes = made.scores.index
    title = index.title
    if areas is not None or partnership is not None:
        if areas is not None and partnership is not None:
            detail = "give either areas or partnership"
            raise Invalid(detail, [Fault(detail, pointer="/areas")])
        if partnership is not None:
            place = queries.find_partnership_place(session, partnership)
        else:
            words = [word.strip() for word in (areas or "").split(",") if word.strip()]
            place = queries.find_place(session, words, day)
        codes, title = queries.find_ground(session, place, index).codes, place.title
    scores = made.scores.reindex(codes)
    ranks = made.ranks.reindex(codes).to_numpy(np.float64)
    ranked = int(made.ranks.notna().sum())
    missing = made.standardised.reindex(codes).isna()
    here = rank_scores(scores)
    rows = zip(
        codes, scores.round(_PLACES), ranks, here,
        missing.to_numpy() if len(missing.columns) else [()] * len(codes), strict=True,
    )  # fmt: skip
    items = [
        {
            "code": str(code), "score": None if pd.isna(score) else float(score),
            "rank": None if np.isnan(rank) else int(rank),
            "decile": None if np.isnan(rank) else -(-10 * int(rank) // ranked),
            "rank_here": None if pd.isna(place_here) else int(place_here),
            "missing": [measure for measure, lacks in zip(missing.columns, absent, strict=True) if lacks],
        }
        for code, score, rank, place_here, absent in rows
    ]  # fmt: skip
    return {
        "title": title, "index": index.id, **recipe.as_plain(), "coverage": dict(made.coverage),
        "areas_total": index.areas_total, "areas_ranked": ranked,
        "areas_without_score": int(scores.isna().sum()), "cannot_tell": why_not_composed(index, recipe),
        "items": items,
    }  # fmt: skip


def save_own_index(
    session: Session, slug: str, title: str, index_id: str, weights: object, standardise: object,
    actor: Actor | str,
) -> OwnIndex:  # fmt: skip
    """Keep an own index of a partnership; designations name it by its id. The caller's transaction holds it.

    Raises UnknownPartnership, UnknownIndex, InvalidWeights.
    """
    queries.find_partnership_place(session, slug)
    recipe = read_recipe(session, get_index(session, index_id), weights, standardise)
    row = OwnIndex(
        id=f"own-{secrets.token_hex(6)}", title=title.strip(), index_id=index_id,
        recipe=recipe.as_plain(), partnership_slug=slug, created_by=str(actor),
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.refresh(row)
    detail: dict[str, object] = {"partnership": slug, "index": index_id, **recipe.as_plain()}
    record(session, actor, "compose", f"index:{row.id}", detail)
    return row


def remove_own_index(session: Session, slug: str, own_id: str, actor: Actor | str) -> None:
    """Remove an own index; designations made by it stay as they were. Raises UnknownOwnIndex."""
    row = session.get(OwnIndex, own_id)
    if row is None or row.partnership_slug != slug:
        raise UnknownOwnIndex(f"{slug} has no index {own_id[:80]!r} of its own")
    session.delete(row)
    record(session, actor, "remove", f"index:{own_id}", {"partnership": slug})
