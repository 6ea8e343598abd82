"""Knowing, or guessing, the id of something private to a partnership gives nobody else what is in it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.test_writes import County, county, pact_template, untouched
from tests.contracts.write_cases import API, ENDED, PACT, RUNNING

__all__ = ["county", "pact_template", "untouched"]
pytestmark = pytest.mark.slow
DRAFT = f"{PACT}/statement-of-use?programme=exe-pact.exe-draft&year=2018-19"


@pytest.fixture(scope="module")
def asking(untouched: County) -> Any:
    """Asks as nobody, as another partnership's editor, or as the partnership's own."""
    secrets = {
        "nobody": None, "another": untouched.token("editor", "theirs"),
        "own": untouched.token("editor", "exe-pact"),
    }  # fmt: skip

    def ask(who: str, address: str) -> Any:
        secret = secrets[who]
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        return untouched.client.get(address, headers=headers)

    return ask


@pytest.mark.parametrize(
    ("address", "nobody", "another", "own"),
    [
        (f"{PACT}/strategy/draft", 401, 404, 200), (f"{API}/imports", 401, 200, 200),
        (f"{API}/audit", 401, 403, 403), (f"{API}/imports/{'0' * 32}", 404, 404, 404),
        (f"{API}/imports/..%2f..%2fetc%2fpasswd", 404, 404, 404), (f"{DRAFT}&revision=1", 404, 404, 200),
    ],
)  # fmt: skip
def test_what_is_private_has_its_status_for_each(
    asking: Any, address: str, nobody: int, another: int, own: int
) -> None:
    found = {who: asking(who, address).status_code for who in ("nobody", "another", "own")}
    assert found == {"nobody": nobody, "another": another, "own": own}


def test_of_anothers_import_only_how_far_it_is_is_told(asking: Any) -> None:
    for run_id in (RUNNING, ENDED):
        told = {
            who: asking(who, f"{API}/imports/{run_id}").json()
            for who in ("nobody", "another", "own")
        }
        assert told["own"]["file"] == "m.csv"
        assert told["nobody"]["file"] is told["another"]["file"] is None
        assert told["nobody"]["status"] == told["own"]["status"]
    assert asking("another", f"{API}/imports").json()["total"] == 0
    assert asking("own", f"{API}/imports").json()["total"] >= 2


def test_drafts_are_in_the_record_and_the_statement_of_their_own_alone(asking: Any) -> None:
    states = {
        who: asking(who, DRAFT).json()["statements"][0]["state"]
        for who in ("nobody", "another", "own")
    }
    assert states == {"nobody": "computed", "another": "computed", "own": "draft"}
    versions = {
        who: {
            each["published_on"] is None
            for each in asking(who, f"{PACT}/record").json()["strategies"]
        }
        for who in ("nobody", "another", "own")
    }
    assert versions == {"nobody": {False}, "another": {False}, "own": {False, True}}


def test_what_its_own_is_given_is_kept_by_no_cache(asking: Any) -> None:
    for address in (DRAFT, f"{PACT}/record"):
        own = asking("own", address).headers
        assert own["cache-control"] == "private, no-store"
        for who in ("nobody", "own"):
            assert "Authorization" in asking(who, address).headers["vary"]
