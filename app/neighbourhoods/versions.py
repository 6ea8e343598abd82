"""Versions of a neighbourhood against each other, and their block lists; writes nothing."""

from __future__ import annotations

from typing import Any

import pandas as pd
import shapely
from sqlalchemy.orm import Session

from app.neighbourhoods.figures import GroundFigures, choose_set, ground_figures
from app.neighbourhoods.methods.differences import compare_versions
from app.neighbourhoods.queries import (
    get_neighbourhood,
    get_version,
    postcodes_of_areas,
    read_counts,
)
from boundaries.errors import Fault, Invalid
from boundaries.footprints import Ground, outline_of_codes, read_ground


class NoBlocks(Invalid):
    """The neighbourhood is an outline, and has no list of codes or postcodes."""

    slug = "no-blocks"
    title = "It is no list"


def diff_versions(
    session: Session, slug: str, older: int | None, newer: int | None, area_set: str | None = None
) -> dict[str, Any]:
    """Say what changed between two versions (None: the newest, and the one before it).

    Raises UnknownNeighbourhood, UnknownVersion, LayerMissing.
    """
    neighbourhood = get_neighbourhood(session, slug)
    to = neighbourhood.version if newer is None else newer
    since = max(to - 1, 1) if older is None else older
    first, second = get_version(session, slug, since), get_version(session, slug, to)
    _, chosen = choose_set(session, area_set, demo=neighbourhood.demo)
    sides = [ground_figures(session, one.footprint_id, area_set=chosen) for one in (first, second)]
    postcodes = [
        postcodes_in(session, read_ground(session, one.footprint_id), figures)
        for one, figures in zip((first, second), sides, strict=True)
    ]
    found = compare_versions(
        sides[0].weights["people_share"], sides[1].weights["people_share"], *postcodes
    )
    return {
        "slug": slug, "name": neighbourhood.name, "from": since, "to": to, "area_set": chosen,
        "reason": second.reason, "made_at": second.made_at.isoformat(),
        "people_source": sides[1].sources["people"], **found.as_plain(),
    }  # fmt: skip


def postcodes_in(session: Session, ground: Ground, figures: GroundFigures) -> pd.DataFrame:
    """List the current postcodes of some ground: index postcode; column people that each stands for.

    Of a small area wholly in, all of them; of a cut one those listed, or whose points lie inside.
    """
    weights = figures.weights
    rows = postcodes_of_areas(session, list(weights.index), figures.area_set)
    is_whole = weights["people_share"].ge(1) & weights["best_fit"].ge(1)
    inside = rows["code"].map(is_whole).to_numpy(dtype=bool)
    if ground.kind == "postcodes":
        inside = inside | rows.index.isin(ground.postcodes)
    elif not inside.all():
        outline = ground.outline
        if outline is None:
            assert ground.as_at is not None, "ground of codes has a day"
            outline = outline_of_codes(session, ground.codes, ground.as_at, demo=ground.demo)[0]
        shapely.prepare(outline)
        inside = inside | shapely.intersects_xy(
            outline, rows["easting"].to_numpy(float), rows["northing"].to_numpy(float)
        )
    found = read_counts(session, list(weights.index), figures.area_set, ("people",))
    people = found.counts["people"].astype("Float64")
    count = rows.groupby("code").size()
    each = rows["code"].map(people) / rows["code"].map(count)
    return pd.DataFrame({"people": each.astype("Float64").astype(float)})[inside]


def blocks_of(session: Session, slug: str, number: int | None = None) -> tuple[str, list[str]]:
    """Give the block list of a version: what it lists (code or postcode), and the list in order.

    What is read back in gives the same ground and the same list. Raises NoBlocks for an outline.
    """
    version = get_version(session, slug, number)
    ground = read_ground(session, version.footprint_id)
    if ground.kind == "outline":
        detail = f"version {version.version} is an outline: take its GeoJSON"
        raise NoBlocks(detail, [Fault(detail)])
    if ground.kind == "postcodes":
        return "postcode", sorted(ground.postcodes)
    return "code", sorted(ground.codes)
