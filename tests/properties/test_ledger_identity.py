"""To the penny, whatever the order: the ledger's identity over random lines and random grounds."""

from __future__ import annotations

from typing import Any

import orjson
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from app.resources.methods.ledger import BUCKETS, Ledger, Neighbourhood, make_ledger
from app.resources.methods.relate import Ground, relate_lines
from app.resources.methods.views import VIEWS, document, view

SMALL = [f"E0100000{n}" for n in range(8)]  # the last two lie next door
WARDS = [f"E0500000{n}" for n in range(4)]
CHILDREN = pd.DataFrame(
    [("E10000001", "E07000001"), ("E12000001", "E07000001"), ("E12000001", "E07000009")],
    columns=["parent", "child"],
)

grounds = st.fixed_dictionaries({code: st.sampled_from([None, 1, 2, 3]) for code in SMALL[:6]})
pieces = st.dictionaries(
    st.tuples(st.sampled_from(WARDS), st.sampled_from(SMALL)),
    st.tuples(st.none() | st.integers(0, 3000), st.none() | st.integers(0, 80)),
    max_size=16,
)
places = st.one_of(
    st.tuples(
        st.just("area"),
        st.sampled_from([*SMALL, *WARDS, "E07000001", "E07000002", "E09000001", "S13002503"]),
    ),
    st.tuples(
        st.just("area"),
        st.lists(st.sampled_from([*SMALL, *WARDS]), min_size=2, max_size=3).map(" ".join),
    ),
    st.tuples(
        st.just("wide"),
        st.sampled_from(["E10000001", "E12000001", "E12000002", "E92000001", "W92000004"]),
    ),
    st.tuples(st.sampled_from(["none", "abroad", "recipient", "partnership"]), st.none()),
)


@st.composite
def lines(draw: st.DrawFn) -> list[dict[str, Any]]:
    made = []
    for number in range(draw(st.integers(0, 25))):
        kind, code = draw(places)
        made.append(
            {
                "file_id": "f", "row": number, "id": f"line-{number}", "line_id": f"line-{number}",
                "identifier": f"{number}", "title": "t",
                "funder": draw(st.sampled_from(["A", "B"])), "programme": draw(st.sampled_from([None, "P"])),
                "theme": None, "recipient": None, "stage": draw(st.sampled_from(["awarded", "awarded", "paid"])),
                "currency": draw(st.sampled_from(["GBP", "GBP", "GBP", "EUR"])),
                "amount_pence": draw(st.integers(0, 10**12)),
                "financial_year": draw(st.sampled_from([None, "2018-19", "2019-20"])), "awarded_on": None,
                "grade": {"recipient": "F", "none": "G"}.get(kind, "C"), "place_kind": kind, "place_code": code,
                "place_type": None, "place_name": None, "place_text": None, "place_postcode": None,
                "partnership_slug": draw(st.sampled_from([None, "here", "there"])), "small_area": None,
                "recipient_here": draw(st.booleans()),
            }
        )  # fmt: skip
    return made


def ledger_of(
    rows: list[dict[str, Any]], made_of: dict[Any, Any], ground: dict[str, int | None]
) -> Ledger:
    columns = [
        "file_id", "row", "id", "line_id", "identifier",
        "title", "funder", "programme", "theme", "recipient", "stage", "currency",
        "amount_pence", "financial_year", "awarded_on", "grade", "place_kind", "place_code", "place_type", "place_name",
        "place_text", "place_postcode", "partnership_slug", "small_area", "recipient_here",
    ]  # fmt: skip
    frame = pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=object) for name in columns}
    )
    parts = pd.DataFrame(
        [(place, code, *counts) for (place, code), counts in made_of.items()],
        columns=["place", "code", "people", "postcodes"],
    ).astype(object)
    inside = Ground(set(ground), {c: n for c, n in ground.items() if n}, {"E07000001", "E07000002"},
                    ({"E07000001"}, {"E07000002"}))  # fmt: skip
    found = [
        Neighbourhood(n, f"N{n}", tuple(c for c in ground if ground[c] == n), 100 * n)
        for n in (1, 2, 3)
    ]
    relations = relate_lines(frame, parts, CHILDREN, inside, slug="here")
    return make_ledger(frame, relations, found, rest_people=1000)


def as_bytes(ledger: Ledger) -> bytes:
    return orjson.dumps(document(ledger, "neighbourhood"), option=orjson.OPT_SORT_KEYS)


@settings(max_examples=150, deadline=None)
@given(lines(), pieces, grounds)
def test_the_buckets_are_the_file_to_the_penny(rows: Any, made_of: Any, ground: Any) -> None:
    made = ledger_of(rows, made_of, ground)
    counted = [
        r for r in rows if r["stage"] == "awarded" and r["currency"] == "GBP" and r["grade"] != "F"
    ]
    assert sum(made.totals[f"{bucket}_pence"] for bucket in BUCKETS) == sum(
        r["amount_pence"] for r in counted
    )
    for bucket in BUCKETS:
        own = [each["amount_pence"] for each in made.lines if each["bucket"] == bucket]
        assert made.totals[f"{bucket}_pence"] == sum(own)
    for by in VIEWS:
        shown = view(made, by)
        assert sum(row["file_pence"] for row in shown) == made.totals["file_pence"]


@settings(max_examples=100, deadline=None)
@given(lines(), pieces, grounds, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_byte(
    rows: Any, made_of: Any, ground: Any, random: Any
) -> None:
    first = as_bytes(ledger_of(rows, made_of, ground))
    shuffled = rows[:]
    random.shuffle(shuffled)
    mixed = list(made_of.items())
    random.shuffle(mixed)
    assert as_bytes(ledger_of(shuffled, dict(mixed), ground)) == first


@settings(max_examples=100, deadline=None)
@given(lines().filter(bool), pieces, grounds, st.data())
def test_a_line_taken_out_lowers_one_bucket_by_its_amount_and_put_back_restores_every_byte(
    rows: Any, made_of: Any, ground: Any, data: Any
) -> None:
    whole = ledger_of(rows, made_of, ground)
    gone = data.draw(st.sampled_from(rows))
    less = ledger_of([row for row in rows if row is not gone], made_of, ground)
    lowered = {
        bucket: whole.totals[f"{bucket}_pence"] - less.totals[f"{bucket}_pence"]
        for bucket in BUCKETS
        if whole.totals[f"{bucket}_pence"] != less.totals[f"{bucket}_pence"]
    }
    counts = (
        gone["stage"] == "awarded"
        and gone["currency"] == "GBP"
        and gone["grade"] != "F"
        and gone["amount_pence"]
    )
    assert list(lowered.values()) == ([gone["amount_pence"]] if counts else [])
    back = [row for row in rows if row is not gone]
    back.insert(data.draw(st.integers(0, len(back))), gone)
    assert as_bytes(ledger_of(back, made_of, ground)) == as_bytes(whole)


@settings(max_examples=100, deadline=None)
@given(lines(), pieces, grounds)
def test_the_spread_by_people_is_the_partnership_wide_money_and_in_no_total(
    rows: Any, made_of: Any, ground: Any
) -> None:
    made = ledger_of(rows, made_of, ground)
    spread = [row["partnership_wide_spread_by_people_pence"] for row in view(made, "neighbourhood")]
    wide = [each["amount_pence"] for each in made.lines if each["certainty"] == "partnership_wide"]
    assert sum(share for share in spread if share is not None) == sum(wide)
    assert made.totals["neighbourhoods"]["partnership_wide_pence"] == 0
