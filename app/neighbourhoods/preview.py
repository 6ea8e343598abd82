"""Answers at once what some ground holds, before anything is kept: people, households and areas, with the range."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.neighbourhoods.figures import GroundFigures, figures_of
from app.neighbourhoods.names import name_ground
from app.neighbourhoods.saying import Said
from app.neighbourhoods.within import share_inside
from app.priorities.queries import find_names
from boundaries.methods.ground import ground_shares
from boundaries.untrusted import measure_untrusted_ground


def preview(
    session: Session,
    said: Said,
    *,
    partnership_slug: str | None = None,
    area_set: str | None = None,
) -> tuple[dict[str, Any], GroundFigures]:
    """Say what some ground holds; gives the answer as plain values, and the figures for who joins more to it.

    Unknown entries are listed and left out, so that the answer is of the others. Raises LayerMissing,
    UnknownPartnership.
    """
    measure = ground_shares if said.ground.outline is None else measure_untrusted_ground
    figures = figures_of(session, said.ground, area_set=area_set, measure=measure)
    named = said.named
    if named is None and not figures.weights.empty:
        named = name_ground(session, figures, demo=said.ground.demo)
    inside = None
    if partnership_slug is not None:
        inside = share_inside(session, partnership_slug, figures)
    plain = figures.as_plain()
    return {
        "name": None if named is None else named.name,
        "named_by": None if named is None else named.named_by,
        "kind": said.kind,
        "entries": said.as_plain(),
        **plain,
        "share_in_partnership": None if inside is None else round(inside, 6),
        "areas": area_rows(session, figures),
    }, figures


def area_rows(session: Session, figures: GroundFigures) -> list[dict[str, Any]]:
    """List the small areas of some ground with what of each lies in it."""
    names = find_names(session, list(figures.weights.index))
    return [
        {
            "code": code,
            "name": names.get(str(code)),
            "best_fit": bool(row["best_fit"]),
            "population_share": round(float(row["people_share"]), 6),
            "postcode_share": (
                None if row["postcode_share"] != row["postcode_share"]  # NaN
                else round(float(row["postcode_share"]), 6)
            ),
        }
        for code, row in figures.weights.iterrows()
    ]  # fmt: skip
