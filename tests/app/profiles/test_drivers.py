"""What each domain adds: the parts sum to the whole, and a transformed rank leads back to the rank."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.indicators.methods.composite import published_weights
from app.indicators.methods.standardise import transform_ranks
from app.profiles.methods.drivers import find_drivers, mean_transformed, rank_of_transformed

DOMAIN_WEIGHTS = published_weights("imd-2019")


def test_what_the_domains_add_sums_to_the_difference() -> None:
    here = dict.fromkeys(DOMAIN_WEIGHTS, 20.0) | {"income": 60.0, "crime": 10.0}
    found = find_drivers(here, DOMAIN_WEIGHTS, 21.0)
    composite = sum(DOMAIN_WEIGHTS[name] * here[name] for name in here)
    # the published weights sum to 0.999, so that England's composite is 0.999 of its mean
    assert found["adds"].sum() == pytest.approx(composite - 0.999 * 21.0)
    assert found.index[0] == "income"
    assert found.at["income", "adds"] == pytest.approx(0.225 * 39)
    assert found.index[-1] == "crime"


def test_a_domain_left_out_is_refused_and_never_counted_as_nought() -> None:
    with pytest.raises(ValueError, match="every domain"):
        find_drivers({"income": 50.0}, DOMAIN_WEIGHTS, 21.0)


def test_englands_mean_is_the_same_in_every_domain_and_known_without_any_data() -> None:
    of = 32_844
    ranks = np.arange(1, of + 1)
    worked = [
        -23 * math.log(1 - (of + 1 - r) / of * (1 - math.exp(-100 / 23))) for r in ranks.tolist()
    ]
    assert mean_transformed(of) == pytest.approx(sum(worked) / of)


@pytest.mark.parametrize("rank", [1, 17, 50, 99, 100])
def test_a_transformed_rank_leads_back_to_the_rank(rank: int) -> None:
    level = float(transform_ranks(np.array([float(rank)]), 100)[0])
    assert rank_of_transformed(level, 100) == rank
    assert rank_of_transformed(level - 1e-6, 100) == min(rank + 1, 100)
