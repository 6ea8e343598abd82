"""Hastings and Rother from the publishers' files: estates of real postcodes, and the whole place divided."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.neighbourhoods.figures import figures_of
from app.neighbourhoods.growing import GrownPlace, grow_in_place
from app.neighbourhoods.methods.bands import BandInvalid, read_band
from app.neighbourhoods.names import name_ground
from app.neighbourhoods.saying import say_codes, say_postcodes
from app.priorities.methods.conditions import worst_percent
from app.priorities.queries import find_contiguity, find_place
from boundaries.tables import Postcode, Weight
from tests.app.neighbourhoods.grids import hang_together

pytestmark = pytest.mark.slow
DAY = date(2025, 11, 1)


def grown(session: Session, size: tuple[int, int], rule: object = None) -> GrownPlace:
    place = find_place(session, ["Hastings", "Rother"], DAY)
    band = read_band(*size, "people")
    return grow_in_place(session, place, band, rule=rule, index_id="imd-2019")


def test_the_whole_place_is_divided_within_the_size_each_area_in_one(place_db: Session) -> None:
    found = grown(place_db, (5000, 15000))
    assert found.grown.share_in_band >= 0.85
    codes = [code for row in found.grown.groups["codes"] for code in row]
    assert len(codes) == len(set(codes)) == found.selected == 111
    pairs = find_contiguity(place_db, found.index.release_id, pd.Index(codes, dtype=object))
    assert pairs is not None
    land = pairs[pairs["border_m"] > 1]
    assert all(hang_together(row, land) for row in found.grown.groups["codes"])
    again = grown(place_db, (5000, 15000))
    assert again.as_plain() == found.as_plain()
    names = [named.name for named in found.names.values()]
    assert len(set(names)) == len(names)
    assert {"ward", "parish"} >= {named.named_by for named in found.names.values()}
    # People are those of the areas, added by nobody of ours.
    counted = place_db.execute(
        select(Weight.value).where(
            Weight.area_set == "lsoa-2011", Weight.measure == "people", Weight.code.in_(codes)
        )
    ).scalars()
    assert sum(row["people"] for row in found.as_plain()["neighbourhoods"]) == sum(counted)


def test_what_the_worst_tenth_gives_is_listed_where_it_is_outside_the_size(
    place_db: Session,
) -> None:
    found = grown(place_db, (3000, 9000), worst_percent(10))
    plain = found.as_plain()
    assert plain["areas_selected"] == 18
    outside = set(plain["summary"]["outside_band"])
    for row in plain["neighbourhoods"]:
        assert (row["number"] in outside) == (not 3000 <= row["people"] <= 9000)
        assert bool(row["note"]) == (row["number"] in outside)
    with pytest.raises(BandInvalid, match="cannot be met"):
        grown(place_db, (100_000, 200_000), worst_percent(10))


def test_all_postcodes_of_areas_are_exactly_their_people_and_one_has_a_wide_range(
    place_db: Session,
) -> None:
    rows = place_db.execute(
        select(Postcode.postcode, Postcode.lsoa21_code)
        .where(Postcode.lad_code == "E07000062", Postcode.status == "current")
        .order_by(Postcode.lsoa21_code, Postcode.postcode)
    ).all()
    areas = sorted({row.lsoa21_code for row in rows})[:3]
    listed = [row.postcode for row in rows if row.lsoa21_code in areas]
    whole = figures_of(place_db, say_postcodes(place_db, "\n".join(listed)).ground)
    counted = place_db.execute(
        select(Weight.value).where(
            Weight.area_set == "lsoa-2021", Weight.measure == "people", Weight.code.in_(areas)
        )
    ).scalars()
    people = whole.estimates["people"]
    assert people.value == people.lowest == people.highest == sum(counted)
    by_codes = figures_of(place_db, say_codes(place_db, areas, DAY).ground)
    assert by_codes.estimates["people"] == people
    one = figures_of(place_db, say_postcodes(place_db, listed[:1]).ground).estimates["people"]
    assert one.value is not None
    assert one.lowest is not None
    assert one.highest is not None
    assert one.highest - one.lowest > one.value
    assert one.is_wide


def test_ended_postcodes_are_told_and_misspelt_ones_get_a_hint(place_db: Session) -> None:
    ended, live = (
        place_db.scalar(
            select(Postcode.postcode)
            .where(
                Postcode.lad_code == "E07000062", Postcode.status == status,
                Postcode.postcode.like("% 0__"),
            )
            .order_by(Postcode.postcode)
            .limit(1)
        )
        for status in ("not in the current list", "current")
    )  # fmt: skip
    assert ended is not None
    assert live is not None
    # Its nought written as a letter, which is read aloud the same way.
    said = say_postcodes(place_db, [live, ended, live.replace(" 0", " O")])
    assert [fault.value for fault in said.ended] == [ended]
    assert live in said.unknown[0].detail
    alone = figures_of(place_db, say_postcodes(place_db, [live]).ground)
    both = figures_of(place_db, say_postcodes(place_db, [live, ended]).ground)
    assert alone.estimates["people"] == both.estimates["people"]


def test_one_ward_bears_its_own_name_and_areas_that_of_the_place_most_like_them(
    place_db: Session,
) -> None:
    found = grown(place_db, (5000, 15000))
    codes = found.grown.groups["codes"].iloc[0]
    figures = figures_of(
        place_db, say_codes(place_db, list(codes), date(2015, 1, 1)).ground, area_set="lsoa-2011"
    )
    assert name_ground(place_db, figures, demo=False).name == found.names[1].name
    district = say_codes(place_db, ["E07000062"], DAY)
    assert district.named is not None
    assert district.named.name == "Hastings"
