"""The invented county, made once for all tests here."""

from __future__ import annotations

import pytest

from app.dev.sample_county.county import SampleCounty, make_county
from app.dev.sample_county.facts import Facts, work_out_facts


@pytest.fixture(scope="session")
def county() -> SampleCounty:
    return make_county()


@pytest.fixture(scope="session")
def facts(county: SampleCounty) -> Facts:
    return work_out_facts(county)
