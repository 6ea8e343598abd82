"""What the problems are: shares of a place's small areas by theme, and each neighbourhood's worst theme."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.places.demo import DEMO_SLUG
from app.reports.problem_facts import last_rank, problem_facts, worst_themes
from tests.app.reports.test_paper import findings_of


def test_the_last_rank_of_the_worst_tenth_is_the_last_whose_percentile_is_ten() -> None:
    for ranked in (32_844, 33_755, 100, 92):
        last = last_rank(ranked)
        assert -(-100 * last // ranked) <= 10 < -(-100 * (last + 1) // ranked)


def test_a_neighbourhood_is_judged_by_its_middle_rank_and_a_theme_without_ranks_is_not_known() -> (
    None
):
    ranks = pd.DataFrame(
        {"income": [1.0, 20.0, 90.0], "crime": [9.0, 10.0, 11.0], "health": [10.0, 11.0, np.nan],
         "living": [np.nan] * 3}
    )  # fmt: skip
    told = worst_themes(ranks, 100)
    # middles: income 20, crime 10, health 10.5, of which crime alone is in the worst 10
    assert told == {"worst_theme": "Crime", "themes_in_worst_10": 1, "themes": 3}
    assert worst_themes(ranks[["living"]], 100)["worst_theme"] is None


@pytest.mark.slow
def test_shares_by_theme_are_those_of_the_published_ranks(demo_engine: Engine) -> None:
    with Session(demo_engine) as session:
        designated = findings_of(session, DEMO_SLUG).designated
        found = {row["measure"]: row for row in problem_facts(session, designated)}
        held = session.execute(
            text(
                "SELECT measure, count(*) FILTER (WHERE 10 * rank <= :ranked), count(rank) FROM index_values"
                " WHERE index_id = :index AND code = ANY(:codes) AND measure <> 'imd' GROUP BY measure"
            ),
            {"index": designated.index.id, "ranked": designated.index.areas_total,
             "codes": [str(code) for code in designated.ground.codes]},
        ).all()  # fmt: skip
    assert len(held) == 7
    for measure, worst, known in held:
        assert (found[measure]["areas"], found[measure]["areas_known"]) == (worst, known)
        assert found[measure]["percent"] == round(100 * worst / known)
