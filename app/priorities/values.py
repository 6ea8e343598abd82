"""The values that a rule is judged by: of all areas where an index is held whole, else of those asked."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.national import national_frames
from app.indicators.own import Composed, Recipe, compose_index
from app.indicators.queries import IndexRow, index_frames
from app.priorities import queries
from app.priorities.ground import find_links
from app.priorities.methods.clauses import IndexValues, RebasedEdition
from app.priorities.methods.conditions import Clause, Rule, list_clauses

MAIN = "imd"


def main_measure(index: IndexRow) -> str:
    """Name the measure that stands for the index itself."""
    return MAIN if MAIN in index.measures else index.measures[0]


def index_values(
    session: Session,
    index: IndexRow,
    clauses: Sequence[Clause],
    codes: pd.Index,
    recipe: Recipe | None = None,
    *,
    with_pairs: bool = True,
) -> tuple[IndexValues, Composed | None]:
    """Load what clauses ask of an index; with a recipe its main measure is composed by that.

    Of an index that is held whole the frames are of all areas, so that national figures can be computed;
    of one held in part they are of the areas asked. with_pairs : who touches whom is asked for too.
    """
    main = main_measure(index)
    asked = [clause.measure for clause in clauses if clause.edition in (None, index.id)]
    measures = [measure for measure in dict.fromkeys([main, *asked]) if measure in index.measures]
    if index.partial:
        frames = index_frames(session, index.id, codes)
        scores, ranks = frames.scores, frames.ranks
    else:
        scores, ranks = national_frames(session, index, measures)
    composed, totals = None, {}
    if recipe is not None:
        composed = compose_index(session, index, recipe)
        scores = scores.assign(**{main: composed.scores})
        ranks = ranks.assign(**{main: composed.ranks})
        totals = {main: int(composed.ranks.notna().sum()) or index.areas_total}
    everywhere = any(
        clause.statistic == "hot_spot_p" and clause.scope == "national" for clause in clauses
    ) or len(codes) == len(ranks)
    around = None if everywhere and not index.partial else codes
    pairs = queries.find_contiguity(session, index.release_id, around) if with_pairs else None
    values = IndexValues(
        index.id, index.areas_total, scores, ranks, pairs, is_partial=index.partial, totals=totals
    )
    return values, composed


def links_between(
    session: Session, other: IndexRow, index: IndexRow, codes: pd.Index
) -> pd.DataFrame:
    """Link areas of an index to those of another edition: columns code, source, kind."""
    if other.area_set == index.area_set:
        return pd.DataFrame({"code": codes, "source": codes, "kind": "unchanged"})
    older = other.published_on < index.published_on
    return find_links(session, list(codes), "older" if older else "newer")


def rebased_edition(
    session: Session, rule: Rule, other: IndexRow, index: IndexRow, codes: pd.Index
) -> RebasedEdition:
    """Load another edition's values for the areas that lead to those asked."""
    links = links_between(session, other, index, codes)
    mine = [c for c in list_clauses(rule.condition) if c.edition == other.id]
    sources = pd.Index(sorted(set(links["source"])), dtype=object)
    values, _ = index_values(session, other, mine, sources)
    return RebasedEdition(values, links)
