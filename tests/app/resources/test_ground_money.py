"""The money in any ground: like the ledger's for whole areas, and by place for estates."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.neighbourhoods.figures import figures_of
from app.resources.building import build_ledger
from app.resources.ground_money import money_in_ground
from app.resources.methods.ground_lines import place_lines
from app.resources.methods.ledger import NEIGHBOURHOODS, Neighbourhood
from boundaries.errors import Invalid
from boundaries.footprints import Ground, store_footprint
from boundaries.tables import Postcode

DAY = date(2025, 1, 1)


def lines(*rows: tuple[str, str, str | None, int]) -> pd.DataFrame:
    columns = ["id", "place_kind", "place_code", "amount_pence"]
    frame = pd.DataFrame(rows, columns=columns)
    nothing = ["title", "funder", "programme", "theme", "place_name", "place_postcode", "grade"]
    return frame.assign(**dict.fromkeys(nothing, None), currency="GBP", financial_year="2024-25")


PIECES = pd.DataFrame(
    [("ward", "a", 300, 30), ("ward", "b", 100, 10), ("half", "a", 50, 5), ("half", "c", 50, 5),
     ("dark", "a", None, None), ("dark", "c", None, None), ("bright", "a", None, None)],
    columns=["place", "code", "people", "postcodes"],
)  # fmt: skip


def test_a_line_counts_whole_by_where_most_of_its_people_are() -> None:
    given = lines(
        ("1", "area", "ward", 100), ("2", "area", "half", 10), ("3", "area", "dark", 5),
        ("4", "area", "bright", 7), ("5", "point", None, 3), ("6", "postcode", None, 2),
        ("7", "area", "elsewhere", 1),
    )  # fmt: skip
    found = place_lines(given, {"5"}, PIECES, {"a": 1.0}, stage="awarded").as_plain()
    # Ward: 300 of 400 people. Half: exactly half. Dark: not known. Bright: all of it is in.
    assert [(row["id"], row["certainty"], row["share_inside"]) for row in found["lines"]] == [
        ("1", "estimated", 0.75), ("2", "estimated", 0.5), ("4", "located", 1.0), ("5", "located", 1.0),
    ]  # fmt: skip
    assert found["located"] == {"lines": 2, "pence": 10}
    assert found["estimated"] == {"lines": 2, "pence": 110}
    assert found["mostly_elsewhere"] == {"lines": 1, "pence": 5}
    less = place_lines(given, set(), PIECES, {"a": 0.6}, stage="awarded")
    # 0.6 of 300 in 400 is 0.45: mostly elsewhere now.
    assert [row["id"] for row in less.lines] == []
    assert {row["id"] for row in less.beside} == {"1", "2", "3", "4"}


def test_other_currencies_and_years_are_in_no_sum() -> None:
    given = lines(("1", "point", None, 100), ("2", "point", None, 10))
    given.loc[0, "currency"] = "EUR"
    given.loc[1, "financial_year"] = "2023-24"
    found = place_lines(given, {"1", "2"}, PIECES, {}, stage="awarded")
    assert (found.other_currencies, len(found.lines)) == (1, 1)
    assert place_lines(given, {"1", "2"}, PIECES, {}, stage="awarded", year="2024-25").lines == []


@pytest.fixture
def council(demo_db: Session) -> list[str]:
    """The small areas (2021) of one council of the demo county, in order."""
    rows = demo_db.scalars(
        text(
            "SELECT child_code FROM memberships WHERE parent_code = 'X07000002'"
            " AND lookup = 'lsoa21-lad23-demo' AND child_code LIKE 'X01%' ORDER BY 1"
        )
    )
    return list(rows)


def test_whole_areas_hold_what_the_ledger_places_in_them(
    demo_db: Session, council: list[str]
) -> None:
    mine = tuple(council[: len(council) // 2])
    ledger = build_ledger(
        demo_db, authorities=["X07000002"], groups=[Neighbourhood(1, "Half", mine)],
        area_set="lsoa-2021",
    )  # fmt: skip
    theirs = {
        (line["id"], line["certainty"]) for line in ledger.lines if line["bucket"] == NEIGHBOURHOODS
    }
    ground = Ground(codes=mine, as_at=DAY, demo=True)
    found = money_in_ground(demo_db, ground, figures_of(demo_db, ground, area_set="lsoa-2021"))
    assert theirs
    assert {(row["id"], row["certainty"]) for row in found.lines} == theirs


def test_an_estate_holds_the_lines_of_its_own_postcodes(
    demo_db: Session, council: list[str]
) -> None:
    spots = demo_db.execute(
        text("SELECT id, place_postcode FROM resource_lines WHERE demo AND place_kind = 'postcode'"
             " AND stage = 'awarded' AND place_postcode IS NOT NULL ORDER BY id LIMIT 1")
    ).one()  # fmt: skip
    home = demo_db.scalar(
        select(Postcode.lsoa21_code).where(Postcode.postcode == spots.place_postcode)
    )
    beside = demo_db.scalars(
        select(Postcode.postcode).where(
            Postcode.lsoa21_code == home, Postcode.postcode != spots.place_postcode,
            Postcode.status == "current",
        )
    ).all()  # fmt: skip
    for listed, holds in (((spots.place_postcode,), True), (tuple(beside[:2]), False)):
        ground = Ground(postcodes=listed, demo=True)
        found = money_in_ground(demo_db, ground, figures_of(demo_db, ground))
        assert (spots.id in {row["id"] for row in found.lines}) is holds
        assert all(row["certainty"] == "located" for row in found.lines if row["grade"] == "A")


def test_money_for_an_estate_counts_where_its_postcodes_are(demo_db: Session) -> None:
    listed = demo_db.scalars(
        select(Postcode.postcode)
        .where(Postcode.demo, Postcode.status == "current")
        .order_by(Postcode.postcode)
        .limit(4)
    ).all()  # fmt: skip
    own = Ground(postcodes=tuple(listed[:2]), demo=True)
    line = demo_db.execute(
        text("UPDATE resource_lines SET place_kind = 'estate', footprint_id = :estate, place_code = NULL"
             " WHERE id = (SELECT min(l.id) FROM resource_lines l JOIN resource_files f ON f.id = l.file_id"
             " WHERE l.demo AND l.stage = 'awarded' AND l.grade = 'A' AND l.currency = 'GBP'"
             " AND f.partnership_slug IS NULL) RETURNING id"), {"estate": store_footprint(demo_db, own)},
    ).scalar_one()  # fmt: skip
    # All of its postcodes; one of its two; none of them.
    for postcodes, certainty in (
        (listed[:3], "located"), ((listed[0], listed[3]), "estimated"), (listed[3:], None),
    ):  # fmt: skip
        ground = Ground(postcodes=tuple(postcodes), demo=True)
        found = money_in_ground(demo_db, ground, figures_of(demo_db, ground))
        assert {row["id"]: row["certainty"] for row in found.lines}.get(line) == certainty


def test_a_stage_that_there_is_not_is_refused(demo_db: Session) -> None:
    ground = Ground(codes=("X07000002",), as_at=DAY, demo=True)
    with pytest.raises(Invalid, match="planned, awarded, paid"):
        money_in_ground(demo_db, ground, figures_of(demo_db, ground), stage="promised")
