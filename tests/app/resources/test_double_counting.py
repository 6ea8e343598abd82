"""What is counted twice, worked by hand: regrants, refunds, match funding, and what may be one award in two files."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.resources.methods.double_counting import (
    COLUMNS,
    DoubleCounting,
    alike,
    count_once,
)
from app.resources.methods.ledger import BUCKETS

HERE, REST, OUT = "neighbourhoods", "rest_of_partnership", "outside"


def row(line_id: str, pence: int, role: str = "award", of: str | None = None, **more: Any) -> Any:
    return {
        "id": line_id, "identifier": line_id, "title": line_id, "funder": "Fund", "recipient": "R",
        "amount_pence": pence, "awarded_on": None, "bucket": REST, "file_id": "f", "role": role,
        "related_identifier": of, "part_of": None,
    } | more  # fmt: skip


def counted(*rows: Any) -> DoubleCounting:
    lines = pd.DataFrame(list(rows), columns=list(COLUMNS)).astype(object)
    held = {
        bucket: sum(each["amount_pence"] for each in rows if each["bucket"] == bucket)
        for bucket in BUCKETS
    }
    return count_once(lines, held, alike(lines))


def sums(found: DoubleCounting) -> tuple[int, ...]:
    totals = found.totals()
    return tuple(totals[f"{name}_pence"] for name in ("gross", "refunds", "regranted", "net"))


def test_what_is_passed_on_counts_where_it_came_to_rest() -> None:
    # The fund gives 100 to a foundation in the rest; that passes 60 on into a neighbourhood and keeps 40.
    found = counted(row("a", 100), row("b", 60, "regrant", "a", bucket=HERE))
    assert sums(found) == (160, 0, 60, 100)
    assert found.by_bucket[HERE]["net_pence"] == 60
    assert found.by_bucket[REST]["net_pence"] == found.by_bucket[REST]["held_pence"] == 40
    assert [(each["id"], each["depth"], each["held_pence"]) for each in found.regrants] == [
        ("a", 0, 40), ("b", 1, 60),
    ]  # fmt: skip


def test_a_chain_of_regrants_leaves_what_was_given_first() -> None:
    found = counted(
        row("c", 30, "regrant", "b", bucket=HERE), row("b", 70, "regrant", "a", bucket=OUT), row("a", 100)
    )  # fmt: skip
    # 100 + 70 + 30 listed; 70 and 30 of it twice: what the first gave is left, 30 here, 40 outside, 30 held.
    assert sums(found) == (200, 0, 100, 100)
    assert [found.by_bucket[each]["net_pence"] for each in (HERE, OUT, REST)] == [30, 40, 30]
    assert [each["id"] for each in found.regrants] == ["a", "b", "c"]
    assert found.totals()["held_pence"] == 30 + 40


def test_a_ring_is_listed_and_not_followed_round() -> None:
    found = counted(
        row("a", 10, "regrant", "b"), row("b", 10, "regrant", "a"), row("self", 5, "regrant", "self"),
        row("c", 4, "regrant", "a"),
    )  # fmt: skip
    assert found.cycles == [["a", "b"], ["self"]]
    # What leaves the ring was still passed on.
    assert sums(found) == (29, 0, 4, 25)


def test_a_giver_that_is_not_listed_is_counted_once_already() -> None:
    found = counted(row("b", 60, "regrant", "gone"), row("c", 5, "regrant"))
    assert sums(found) == (65, 0, 0, 65)
    assert [each["related_identifier"] for each in found.parents_not_counted] == ["gone", None]


def test_who_passes_on_more_than_it_had_is_listed_and_not_clipped() -> None:
    found = counted(row("a", 100), row("b", 80, "regrant", "a"), row("c", 30, "regrant", "a"))
    assert found.over_passed == [
        {"identifier": "a", "amount_pence": 100, "passed_on_pence": 110, "over_by_pence": 10}
    ]
    assert found.by_bucket[REST]["held_pence"] == -10
    assert sums(found) == (210, 0, 110, 100)


def test_a_refund_lowers_its_own_bucket_and_what_a_regrant_has_passed_on() -> None:
    # 10 of the 60 passed on come back to the foundation: it holds 50, and 100 were given in all.
    found = counted(
        row("a", 100), row("b", 60, "regrant", "a", bucket=HERE),
        row("r", -10, "refund", "b", bucket=HERE),
    )  # fmt: skip
    assert sums(found) == (160, -10, 50, 100)
    assert (found.by_bucket[HERE]["net_pence"], found.by_bucket[REST]["net_pence"]) == (50, 50)
    # A refund of an award that nobody passed on is a refund and nothing more.
    assert sums(counted(row("a", 100), row("r", -30, "refund", "a"))) == (100, -30, 0, 70)


def test_a_giver_of_several_parts_gives_from_each_in_proportion() -> None:
    # One award of 30 and 10 in two places; 21 of it passed on: 15.75 and 5.25 make 16 and 5.
    found = counted(
        row("a#1", 30, part_of="a", bucket=HERE), row("a#2", 10, part_of="a", bucket=OUT),
        row("b", 21, "regrant", "a"),
    )  # fmt: skip
    assert found.by_bucket[HERE]["regranted_pence"] == 16
    assert found.by_bucket[OUT]["regranted_pence"] == 5
    assert sums(found)[3] == 40


def test_match_funding_is_its_own_money_unless_it_repeats_a_listed_award() -> None:
    found = counted(
        row("a", 100), row("m", 50, "match", "a", funder="Council"),
        row("f/w", 20, identifier="w", funder="Trust"),
        row("g/w", 20, "match", "a", identifier="w", funder=" TRUST "),
        row("h/w", 20, "match", "gone", identifier="w", funder="Another"),
    )  # fmt: skip
    assert [each["id"] for each in found.repeated] == ["g/w"]
    assert [(each["id"], each["of_a_counted_line"]) for each in found.matches] == [
        ("g/w", True), ("h/w", False), ("m", True),
    ]  # fmt: skip
    assert sums(found) == (210, 0, 0, 190)
    assert found.totals()["repeated_pence"] == 20


def test_lines_alike_in_two_files_are_listed_for_a_person_and_stay_counted() -> None:
    day = date(2019, 4, 1)
    alike = {"awarded_on": day, "recipient": "Ore Centre", "funder": "The Fund"}
    found = counted(
        row("a", 500, **alike, file_id="one"),
        row("b", 500, awarded_on=day, recipient="ORE  centre", funder="the fund ", file_id="two"),
        row("same-file-1", 700, **alike), row("same-file-2", 700, **alike),
        row("no-day-1", 900, recipient="x", file_id="one"), row("no-day-2", 900, recipient="x", file_id="two"),
        row("part#1", 800, **alike, part_of="part", file_id="one"),
        row("part#2", 800, **alike, part_of="part", file_id="two"),
    )  # fmt: skip
    assert [[each["id"] for each in group] for group in found.possible_doubles] == [["a", "b"]]
    assert sums(found)[0] == sums(found)[3] == 500 * 2 + 700 * 2 + 900 * 2 + 800 * 2
    told = found.as_plain(most=0)["possible_doubles"]
    assert told == {"count": 1, "items": []}


@st.composite
def files(draw: st.DrawFn) -> list[Any]:
    names = [f"n{n}" for n in range(draw(st.integers(1, 8)))]
    made = []
    for number in range(draw(st.integers(1, 16))):
        role = draw(st.sampled_from(["award", "award", "regrant", "regrant", "match", "refund"]))
        pence = draw(st.integers(0, 10_000))
        made.append(
            row(
                f"x{number}", -pence - 1 if role == "refund" else pence, role,
                draw(st.sampled_from([*names, None])) if role != "award" else None,
                identifier=draw(st.sampled_from(names)), bucket=draw(st.sampled_from(BUCKETS)),
                part_of=draw(st.sampled_from([None, None, *names])),
            )
        )  # fmt: skip
    return made


@settings(max_examples=120, deadline=None)
@given(files(), st.randoms(use_true_random=False))
def test_every_bucket_keeps_its_lines_and_nothing_is_lost_between_gross_and_net(
    rows: list[Any], random: Any
) -> None:
    found = counted(*rows)
    for bucket, own in found.by_bucket.items():
        lines = sum(each["amount_pence"] for each in rows if each["bucket"] == bucket)
        assert own["gross_pence"] + own["refunds_pence"] == lines
    gross, refunds, regranted, net = sums(found)
    assert net == gross + refunds - regranted - found.totals()["repeated_pence"]
    # Nobody's money is taken away twice: at most what the regrants of counted givers are worth.
    passed = sum(
        each["amount_pence"] for each in rows if each["role"] == "regrant" and each["related_identifier"]
    )  # fmt: skip
    assert regranted <= passed
    shuffled = rows[:]
    random.shuffle(shuffled)
    assert counted(*shuffled) == found


def test_a_ledger_without_lines_counts_nothing() -> None:
    assert sums(counted()) == (0, 0, 0, 0)


@pytest.mark.parametrize("role", ["award", "match", "regrant"])
def test_lines_that_name_nothing_are_their_own_money(role: str) -> None:
    assert sums(counted(row("a", 7, role))) == (7, 0, 0, 7)
