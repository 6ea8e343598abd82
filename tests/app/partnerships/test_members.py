"""Members: each in one sector and once, gone ones not counted, what is missing named, nothing personal kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.partnerships.methods.members import OFTEN_MISSING, check_members, register
from app.places.demo import DEMO_SLUG

DAY = date(2026, 11, 1)


def member(name: str, sector: str = "public", **more: Any) -> dict[str, Any]:
    return {"name": name, "sector": sector, **more}


@pytest.mark.parametrize(
    ("members", "rules"),
    [
        ([member("A"), member("B", "private")], []),
        ([member("A", "")], ["member-has-a-sector"]),
        ([member("A", "royal")], ["member-has-a-sector"]),
        ([member("The Trust"), member(" the  TRUST ", "voluntary")], ["member-once"]),
        ([member("A", left="2020-01-01"), member("A", joined="2021-01-01")], []),
        ([member("A", left="2021-01-01"), member("A", joined="2020-06-01")], ["member-once"]),
        ([member("A", joined="2020-01-01", left="2020-01-01")], ["dates-in-order"]),
        ([member("Jo, jo@example.org")], ["no-personal-contact"]),
        ([member("A", role="chair, 01424 451066")], ["no-personal-contact"]),
        ([member("Ward 12 Tenants", "community")], []),
    ],
)
def test_a_register_is_refused_with_the_rule_that_it_breaks(
    members: list[dict[str, Any]], rules: list[str]
) -> None:
    assert [fault.rule for fault in check_members(members)] == rules


def test_those_who_left_or_have_not_joined_are_not_counted_on_a_day() -> None:
    told = register(
        [member("Gone", left="2026-11-01"), member("Here", joined="2026-11-01"),
         member("To come", joined="2026-11-02")], None, DAY,
    )  # fmt: skip
    assert [each["name"] for each in told["sectors"][0]["members"]] == ["Here"]
    assert (told["total"], told["lead_is_member"]) == (1, None)


def test_sectors_and_communities_that_nobody_is_there_for_are_named() -> None:
    told = register(
        [member("Council"), member("Mosque", "community", communities=["faith communities"])],
        "council", DAY,
    )  # fmt: skip
    assert told["missing_sectors"] == ["private", "voluntary"]
    assert told["lead_is_member"] is True
    assert "faith communities" not in told["to_look_at"]
    assert len(told["to_look_at"]) == len(OFTEN_MISSING) - 1
    assert told["sentence"] == (
        "2 members: 1 public, 1 community. Nobody is there for the private or voluntary sector."
    )


def test_the_demo_partnerships_members_are_told_by_sector(demo_client: TestClient) -> None:
    body = demo_client.get(f"/api/v1/partnerships/{DEMO_SLUG}/members").json()
    counts = {row["sector"]: len(row["members"]) for row in body["sectors"]}
    assert counts == {
        "public": 5, "private": 2, "voluntary": 2, "community": 2, "local people": 0,
    }  # fmt: skip
    assert (body["total"], body["missing_sectors"], body["lead_is_member"]) == (11, [], True)
