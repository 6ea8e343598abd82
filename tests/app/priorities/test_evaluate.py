"""Clauses, three-valued logic, steps and the smallest change, each worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from app.priorities.methods.clauses import (
    IN,
    OUT,
    UNKNOWN,
    IndexValues,
    RebasedEdition,
    percentile_of_rank,
    rank_within,
)
from app.priorities.methods.conditions import KnownIndex, worst_percent
from app.priorities.methods.evaluate import Evaluation, evaluate
from app.priorities.methods.records import area_records, describe_rule, kept_words, summarise
from app.priorities.methods.rules import parse_rule

NAN = float("nan")
N = 32_844


def make_index(
    imd: dict[str, float],
    total: int = N,
    pairs: list[tuple[str, str]] | None = None,
    scores: dict[str, float] | None = None,
    **others: dict[str, float],
) -> IndexValues:
    ranks = pd.DataFrame({"imd": imd, **others}, dtype=float)
    held = pd.DataFrame({"imd": scores or {}}, dtype=float).reindex(ranks.index)
    contiguity = None
    if pairs is not None:
        contiguity = pd.DataFrame(pairs, columns=["a", "b"]).assign(border_m=100.0)
    return IndexValues("imd-2019", total, held, ranks, contiguity)


def run(
    rule: object, index: IndexValues, editions: dict[str, RebasedEdition] | None = None
) -> Evaluation:
    known = KnownIndex(
        index.id,
        tuple(index.ranks.columns),
        index.areas_total,
        {name: tuple(found.index.ranks.columns) for name, found in (editions or {}).items()},
    )
    return evaluate(parse_rule(rule, known), index, index.ranks.index, editions)


def truth(result: Evaluation) -> dict[str, int]:
    return dict(zip(result.codes, result.truth.tolist(), strict=True))


def records(result: Evaluation) -> dict[str, dict[str, Any]]:
    return {str(record["code"]): record for record in area_records(result, {})}


def test_percentile_is_the_ceiling_in_whole_numbers() -> None:
    # 10 % of 32,844 is 3,284.4: rank 3,284 is percentile 10, rank 3,285 percentile 11 (floor: 10).
    found = percentile_of_rank(np.array([1, 3284, 3285, N, NAN]), N)
    assert found[:4].tolist() == [1, 10, 11, 100]
    assert np.isnan(found[4])


@pytest.mark.parametrize("total", [100, 1_000, 32_482, 32_844, 33_755])
def test_percentile_agrees_with_exact_fractions_at_every_rank(total: int) -> None:
    from fractions import Fraction
    from math import ceil

    ranks = np.arange(1, total + 1, dtype=float)
    expected = [ceil(Fraction(100 * rank, total)) for rank in range(1, total + 1)]
    assert percentile_of_rank(ranks, total).tolist() == expected


def test_equality_is_in_and_a_rank_beyond_is_out() -> None:
    index = make_index({"a": 3284, "b": 3285})
    assert truth(run(worst_percent(10), index)) == {"a": IN, "b": OUT}
    at_least = {"measure": "imd", "statistic": "rank", "at_least": 3285}
    assert truth(run(at_least, index)) == {"a": OUT, "b": IN}


def test_a_missing_value_cannot_be_told_and_is_never_out() -> None:
    index = make_index({"a": 1, "b": NAN})
    for rule in (worst_percent(10), {"not": worst_percent(10)}):
        assert truth(run(rule, index))["b"] == UNKNOWN
    record = records(run(worst_percent(10), index))["b"]
    assert record["cannot_tell"] is True
    assert record["selected"] is False
    assert record["clauses"][0]["met"] is None
    assert record["clauses"][0]["value"] is None
    assert record["smallest_change"] is None
    assert "no value" in record["clauses"][0]["reason"]


@pytest.mark.parametrize(
    ("form", "with_in", "with_out"), [("any", IN, UNKNOWN), ("all", UNKNOWN, OUT)]
)
def test_any_and_all_follow_three_valued_logic(form: str, with_in: int, with_out: int) -> None:
    # in-area: imd in, crime missing; out-area: imd out, crime missing.
    index = make_index({"in": 1, "out": N}, crime={"in": NAN, "out": NAN})
    crime = {**worst_percent(10), "measure": "crime"}
    found = truth(run({form: [worst_percent(10), crime]}, index))
    assert found == {"in": with_in, "out": with_out}


def test_a_count_knows_when_missing_values_do_not_matter() -> None:
    # Two of three are wanted. a: in, in, ? -> in; b: in, ?, ? -> cannot tell; c: out, out, ? -> out.
    index = make_index(
        {"a": 1, "b": 1, "c": N},
        income={"a": 1, "b": NAN, "c": N},
        crime={"a": NAN, "b": NAN, "c": NAN},
    )
    count = {
        "count_of": ["imd", "income", "crime"],
        "statistic": "percentile",
        "at_most": 10,
        "at_least_n": 2,
    }
    assert truth(run(count, index)) == {"a": IN, "b": UNKNOWN, "c": OUT}


def test_partnership_scope_ranks_only_its_own_areas_ties_lowest() -> None:
    # Own ranks: 100 -> 1, 200 twice -> 2 and 2, 300 -> 4; the missing one has none; N is 4.
    local, count = rank_within(np.array([200, 100, NAN, 200, 300]))
    assert local[[0, 1, 3, 4]].tolist() == [2, 1, 2, 4]
    assert np.isnan(local[2])
    assert count == 4
    index = make_index({"a": 200, "b": 100, "c": NAN, "d": 200, "e": 300})
    half = {"measure": "imd", "statistic": "percentile", "scope": "partnership", "at_most": 50}
    # ceil(100*2/4) = 50 is in; 4 of 4 is percentile 100.
    assert truth(run(half, index)) == {"a": IN, "b": IN, "c": UNKNOWN, "d": IN, "e": OUT}


def test_margin_is_positive_inside_and_nought_on_the_threshold() -> None:
    index = make_index({"a": 1, "b": 3284, "c": 6569}, scores={"a": 80.0, "b": 40.0, "c": 20.0})
    found = records(run(worst_percent(10), index))
    # Percentiles 1, 10 and ceil(100*6569/32844) = ceil(20.0006) = 21.
    assert [found[code]["clauses"][0]["margin"] for code in "abc"] == [9, 0, -11]
    score = {"measure": "imd", "statistic": "score", "at_least": 40}
    found = records(run(score, index))
    assert [found[code]["clauses"][0]["margin"] for code in "abc"] == [40, 0, -20]


def test_a_whole_index_gives_the_margin_in_points_of_its_score() -> None:
    # Ten areas; the worst 20 % are ranks 1 and 2; the score at rank 2 is 90.
    codes = "abcdefghij"
    index = make_index(
        {code: place for place, code in enumerate(codes, start=1)},
        total=10,
        scores={code: 110.0 - 10 * place for place, code in enumerate(codes, start=1)},
    )
    found = records(run(worst_percent(20), index))
    assert found["a"]["clauses"][0]["score_margin"] == 10  # 100 - 90
    assert found["b"]["clauses"][0]["score_margin"] == 0
    assert found["c"]["clauses"][0]["score_margin"] == -10
    part = make_index({"a": 1, "b": 2}, total=10, scores={"a": 100.0, "b": 90.0})
    assert "score_margin" not in records(run(worst_percent(20), part))["a"]["clauses"][0]


def test_the_smallest_change_is_the_nearest_rank_that_flips() -> None:
    index = make_index({"a": 3000, "b": 3284, "c": 3285, "d": 9000})
    found = records(run(worst_percent(10), index))
    assert {code: (found[code]["smallest_change"]["to"]) for code in "abcd"} == {
        "a": 3285, "b": 3285, "c": 3284, "d": 3284,
    }  # fmt: skip
    assert found["d"]["smallest_change"]["change"] == 3284 - 9000


def test_the_smallest_change_put_in_flips_the_outcome_and_one_rank_less_does_not() -> None:
    rule = {
        "any": [
            {"all": [worst_percent(10), {"measure": "crime", "statistic": "decile", "at_most": 3}]},
            {"measure": "crime", "statistic": "rank", "at_most": 50},
        ]
    }
    generator = np.random.default_rng(7)
    codes = [f"a{place}" for place in range(200)]
    imd = dict(zip(codes, generator.integers(1, 1001, 200).astype(float), strict=True))
    crime = dict(zip(codes, generator.integers(1, 1001, 200).astype(float), strict=True))
    before = run(rule, make_index(imd, total=1000, crime=crime))
    checked = 0
    for code, record in records(before).items():
        change = record["smallest_change"]
        if change is None:
            continue
        for end, flips in ((change["to"], True), (change["to"] - np.sign(change["change"]), False)):
            moved = {"imd": dict(imd), "crime": dict(crime)}
            moved[change["measure"]][code] = float(end)
            after = run(rule, make_index(moved["imd"], total=1000, crime=moved["crime"]))
            assert (truth(after)[code] != truth(before)[code]) is flips
        checked += 1
    assert checked > 50


def test_no_single_clause_that_flips_gives_no_smallest_change() -> None:
    # Out on both: either clause alone changes nothing of "all".
    index = make_index({"a": 9000}, crime={"a": 9000})
    crime = {**worst_percent(10), "measure": "crime"}
    assert records(run({"all": [worst_percent(10), crime]}, index))["a"]["smallest_change"] is None


def test_a_change_that_another_clause_of_the_measure_undoes_is_not_offered() -> None:
    # In: decile 1 but not percentile 1..5. The nearest flip of "not" is rank 50 of 1000, still
    # decile 1: true. The flip of a clause whose twin then blocks is not offered.
    rule = {"all": [worst_percent(10), {"not": worst_percent(10)}]}
    index = make_index({"a": 50}, total=1000)
    assert records(run(rule, index))["a"]["smallest_change"] is None


def test_of_two_changes_the_smaller_share_of_the_range_is_named() -> None:
    # imd must fall 1,000 ranks, crime 100: crime is named.
    index = make_index({"a": 4284}, crime={"a": 3384})
    crime = {**worst_percent(10), "measure": "crime"}
    change = records(run({"any": [worst_percent(10), crime]}, index))["a"]["smallest_change"]
    assert (change["measure"], change["from"], change["to"]) == ("crime", 3384, 3284)


def test_a_score_flips_at_the_threshold_or_one_step_beyond() -> None:
    index = make_index({"a": 1, "b": 2}, scores={"a": 50.0, "b": 30.0})
    rule = {"measure": "imd", "statistic": "score", "at_least": 40}
    found = records(run(rule, index))
    assert found["a"]["smallest_change"]["to"] == 39.999  # 40 itself is still in
    assert found["b"]["smallest_change"]["to"] == 40


def test_an_area_ringed_by_selected_ones_is_added_and_an_island_never() -> None:
    # b touches a and c only, both selected; d touches c and e; f touches nothing.
    index = make_index(
        {"a": 1, "b": N, "c": 2, "d": N, "e": N, "f": N},
        pairs=[("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")],
    )
    result = run({"rule": worst_percent(10), "then": [{"add_ringed": True}]}, index)
    assert [code for code, found in truth(result).items() if found == IN] == ["a", "b", "c"]
    steps = records(result)["b"]["steps"]
    assert [(step["step"], step["by"], step["effect"]) for step in steps] == [
        (1, "add_ringed", "selected")
    ]


def test_a_neighbour_beyond_the_place_counts_as_not_selected() -> None:
    index = make_index({"a": 1, "b": N}, pairs=[("a", "b"), ("b", "beyond")])
    result = run({"rule": worst_percent(10), "then": [{"add_ringed": True}]}, index)
    assert truth(result)["b"] == OUT


def test_a_neighbour_in_doubt_leaves_the_ring_in_doubt() -> None:
    index = make_index({"a": 1, "b": N, "c": NAN}, pairs=[("a", "b"), ("b", "c")])
    result = run({"rule": worst_percent(10), "then": [{"add_ringed": True}]}, index)
    assert truth(result)["b"] == UNKNOWN


def test_steps_run_in_order_and_each_area_says_which_put_it_there() -> None:
    index = make_index({"a": 1, "b": N, "c": N})
    rule = {
        "rule": worst_percent(10),
        "then": [
            {"add": ["b", "zz"], "because": "an estate"},
            {"remove": ["a", "b"], "because": "a prison"},
            {"add": ["a"], "because": "asked back"},
        ],
    }
    result = run(rule, index)
    assert truth(result) == {"a": IN, "b": OUT, "c": OUT}
    said = [(step["by"], step["effect"], step["because"]) for step in records(result)["a"]["steps"]]
    assert said == [
        ("rule", "selected", ""),
        ("remove", "taken out", "a prison"),
        ("add", "selected", "asked back"),
    ]
    assert "zz" in result.notes[0]
    assert records(result)["a"]["smallest_change"] is None


def test_listed_codes_carry_their_reason() -> None:
    index = make_index({"a": 9000, "b": 9000})
    rule = {"any": [worst_percent(10), {"codes": ["b"], "because": "the board's list"}]}
    result = run(rule, index)
    assert truth(result) == {"a": OUT, "b": IN}
    assert records(result)["b"]["steps"][0]["because"] == "the board's list"


def edition_of(
    ranks: dict[str, float], links: list[tuple[str, str, str]]
) -> dict[str, RebasedEdition]:
    frame = pd.DataFrame({"imd": ranks}, dtype=float)
    index = IndexValues("imd-2015", 1000, frame * NAN, frame)
    linked = pd.DataFrame(links, columns=["code", "source", "kind"])
    return {"imd-2015": RebasedEdition(index, linked)}


def test_another_edition_is_carried_by_links_and_never_interpolated() -> None:
    # Worst 10 % of 1,000 is rank 100. u unchanged; s1, s2 halves of one; m of two that agree;
    # x of two that differ; w of one missing; lone without a link.
    index = make_index(dict.fromkeys(["u", "s1", "s2", "m", "x", "w", "lone"], 1.0))
    editions = edition_of(
        {"u": 100, "s": 101, "m1": 40, "m2": 90, "x1": 1, "x2": 900, "w1": NAN},
        [
            ("u", "u", "unchanged"), ("s1", "s", "split"), ("s2", "s", "split"),
            ("m", "m1", "merged"), ("m", "m2", "merged"), ("x", "x1", "complex"),
            ("x", "x2", "complex"), ("w", "w1", "unchanged"),
        ],
    )  # fmt: skip
    result = run({**worst_percent(10), "measure": "imd@imd-2015"}, index, editions)
    assert truth(result) == {
        "u": IN, "s1": OUT, "s2": OUT, "m": IN, "x": UNKNOWN, "w": UNKNOWN, "lone": UNKNOWN,
    }  # fmt: skip
    found = records(result)
    assert found["s1"]["clauses"][0]["rebased"] == {
        "edition": "imd-2015", "link": "split", "from": ["s"],
    }  # fmt: skip
    # Of the two behind m, percentile 9 is nearer the threshold than percentile 4.
    assert found["m"]["clauses"][0]["value"] == 9
    assert found["m"]["clauses"][0]["margin"] == 1
    assert "do not agree" in found["x"]["clauses"][0]["reason"]
    assert found["x"]["clauses"][0]["value"] is None
    assert found["m"]["smallest_change"] is None  # two areas stand behind it: no own value
    assert found["u"]["smallest_change"]["to"] == 101


def test_a_national_hot_spot_on_a_part_cannot_be_told_and_says_why() -> None:
    index = make_index(
        {"a": 1, "b": 2, "c": 3}, pairs=[("a", "b")], scores={"a": 1, "b": 2, "c": 3}
    )
    result = run({"measure": "imd", "statistic": "hot_spot_p", "at_most": 0.05}, index)
    assert set(truth(result).values()) == {UNKNOWN}
    assert "needs all 32,844" in records(result)["a"]["clauses"][0]["reason"]


def test_a_sum_of_people_with_one_missing_is_missing() -> None:
    result = run(worst_percent(10), make_index({"a": 1, "b": 2, "c": 9000}))
    people = pd.Series({"a": 1500, "b": None, "c": 10}, dtype="Int64")
    summary = summarise(result, people, "mid-2020")
    assert summary["people_selected"] is None
    assert summary["people_cannot_tell"] == 0
    assert summary["areas_selected"] == 2
    whole = summarise(result, people.fillna(7), "mid-2020")
    assert (whole["people_selected"], whole["people_total"]) == (1507, 1517)


def test_a_rule_is_said_in_words() -> None:
    known = KnownIndex("imd-2019", ("imd", "crime"), N)
    crime = {"measure": "crime", "statistic": "rank", "scope": "partnership", "at_most": 1500}
    rule = parse_rule(
        {"rule": {"all": [worst_percent(10), crime]}, "then": [{"add_ringed": True}]}, known
    )
    assert describe_rule(rule) == (
        "in the most deprived 10% of England on overall deprivation and ranked at most 1,500 of this "
        "partnership on crime; then areas ringed by selected ones are added"
    )
    assert "10% of the invented county" in describe_rule(rule, "the invented county")
    two = {
        "count_of": ["crime", "income"],
        "statistic": "decile",
        "scope": "national",
        "at_most": 1,
    }
    several = parse_rule(two | {"at_least_n": 2}, KnownIndex("imd-2019", ("income", "crime"), N))
    assert describe_rule(several).endswith(
        "in the most deprived tenth of England on at least 2 of crime, income"
    )


def test_a_rule_kept_in_the_words_of_before_is_shown_as_people_say_it() -> None:
    kept = "Exe: imd in the most deprived 10% of England and living@imd-2015 with rank at most 9"
    assert kept_words(kept) == (
        "Exe: overall deprivation in the most deprived 10% of England and living environment (imd-2015)"
        " with rank at most 9"
    )
    for own in (
        "Living in the park",
        "crime in the city",
        "The living in the most deprived streets",
    ):
        assert kept_words(own) == own
