"""Published tables carried over the published links: England to the last person, Gateshead by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.vintages.diagnosing import diagnose
from app.vintages.methods.columns import Wanted
from app.vintages.readers.records import open_records
from app.vintages.rebasing import rebase_table
from boundaries.methods.rebase import Column, Step, Values, carry, trace_lineages
from boundaries.rebasing import read_release
from boundaries.tables import Weight

COLUMNS = [Column("people"), Column("income")]


@pytest.fixture(scope="module")
def england(mirror: Path) -> tuple[Values, Step]:
    """People of mid-2020 and income numerators (31 withheld) of 32,844 areas, and the links with made-up postcodes."""
    people = pd.read_parquet(mirror / "indicators/population_lsoa11_midyear_2017_2019_2020.parquet")
    people = people[people["year"] == 2020].set_index("lsoa11_code")["total_population"]
    path = mirror / "indicators/iod2019_lsoa11_file8_underlying_indicators.parquet"
    income = pd.read_parquet(path).set_index("lsoa11_code")["income_domain_numerator"]
    income = income.reindex(people.index)
    links = pd.read_parquet(mirror / "lookups/lsoa11_lsoa21_ltla22.parquet")
    links = links[links["lsoa11_code"].str.startswith("E")]
    frame = pd.DataFrame(
        {
            "source": links["lsoa11_code"].to_numpy(), "target": links["lsoa21_code"].to_numpy(),
            "kind": links["change_code"].map({"X": "complex"}).fillna("").to_numpy(),
            # Any counts will do where only the sums are asked.
            "postcodes": (links["lsoa21_code"].str[-3:].astype(int) % 50 + 1).to_numpy(),
        }
    )  # fmt: skip
    none = np.zeros(len(people), dtype=bool)
    return Values(
        people.index.to_numpy(dtype=object), np.zeros(len(people), dtype=np.int64),
        {"people": people.to_numpy(dtype=np.int64), "income": income.fillna(0).to_numpy(dtype=np.int64)},
        {"people": none, "income": income.isna().to_numpy()},
    ), Step("lsoa-2011 to lsoa-2021", frame)  # fmt: skip


@pytest.mark.slow
def test_england_keeps_every_person_there_and_back(england: tuple[Values, Step]) -> None:
    rows, step = england
    there = carry(rows, COLUMNS, step)
    assert len(there.rows.codes) == 33_755
    assert there.listed == {}
    assert there.totals["people"].before == there.totals["people"].after == 56_550_138
    income = there.totals["income"]
    assert income.before == income.after + income.withheld
    # 31 areas have no figure: 28 unchanged, one in two parts, and two of two merged ones leave 32.
    assert (int(rows.missing["income"].sum()), int(there.rows.missing["income"].sum())) == (31, 32)
    links = step.links.rename(columns={"source": "target", "target": "source"})
    back = carry(there.rows, COLUMNS, Step("back", links))
    assert back.totals["people"].after == 56_550_138
    found = dict(zip(back.rows.codes, back.rows.values["people"], strict=True))
    unchanged = step.links["source"] == step.links["target"]
    was = dict(zip(rows.codes, rows.values["people"], strict=True))
    assert all(found[code] == was[code] for code in step.links.loc[unchanged, "source"])


@pytest.mark.slow
def test_the_methods_of_england_are_as_many_as_its_links(england: tuple[Values, Step]) -> None:
    methods = [lineage.method for lineage in trace_lineages([england[1]]).values()]
    assert {method: methods.count(method) for method in set(methods)} == {
        "exact": 31_810, "merged": 97, "split by postcodes": 1_845, "complex: many to many, by postcodes": 3
    }  # fmt: skip


def test_the_worked_example_of_the_paper() -> None:
    links = [
        ("E01008187", "E01035624", "complex", 61), ("E01008187", "E01035637", "complex", 1),
        ("E01027506", "E01035637", "complex", 119),
    ]  # fmt: skip
    step = Step("2011", pd.DataFrame(links, columns=["source", "target", "kind", "postcodes"]))
    none = np.zeros(2, dtype=bool)
    codes = np.array(["E01008187", "E01027506"], dtype=object)
    rows = Values(codes, np.zeros(2, np.int64), {"n": np.array([1558, 1140])}, {"n": none})
    done = carry(rows, [Column("n")], step).rows
    assert dict(zip(done.codes, done.values["n"], strict=True)) == {
        "E01035624": 1533,
        "E01035637": 1165,
    }


def test_the_people_of_a_real_place_are_those_stored_at_load(place_db: Session) -> None:
    """Two ways to one answer: the load of people, and a table of the same people carried."""
    stored = {
        area_set: {row[0]: row[1] for row in place_db.execute(
            select(Weight.code, Weight.value).where(Weight.area_set == area_set, Weight.measure == "people")
        )}
        for area_set in ("lsoa-2011", "lsoa-2021")
    }  # fmt: skip
    raw = "\n".join(["code,people", *(f"{c},{n}" for c, n in stored["lsoa-2011"].items())]).encode()
    made = rebase_table(
        place_db, open_records(raw, "people.csv"), read_release(place_db, "lsoa-2011"),
        read_release(place_db, "lsoa-2021"), Wanted(),
    )  # fmt: skip
    found = {row[0]: int(row[1]) for row in made.rows()}
    assert len(found) > 50
    assert found == stored["lsoa-2021"]


def test_the_real_list_of_dentists_is_mended_by_its_names(place_db: Session, mirror: Path) -> None:
    path = mirror / "resources/services_greater_manchester/gm_dentists.csv"
    made = diagnose(place_db, open_records(path, path.name), date(2025, 6, 1))
    assert made.main.title == "area_code"
    # 489 of 539 codes lack a digit (the mirror's README).
    assert made.statuses == {"repaired": 489, "valid": 50}
    assert made.cells["E0800006"].code == "E08000006"


def test_the_real_list_of_spending_mixes_districts_counties_and_fire(
    place_db: Session, mirror: Path
) -> None:
    path = mirror / "resources/core_spending_power_2015_2020.csv"
    made = diagnose(place_db, open_records(path, path.name), date(2025, 6, 1))
    assert made.main.title == "ons_code"
    kinds = {kind.area_type: kind.codes for kind in made.main.types}
    assert (kinds["lad"], kinds["cty"]) == (334, 27)
    districts = made.main.types[0]
    assert [(str(span.from_day), str(span.to_day), span.rows) for span in districts.vintages] == [
        ("2013-04-01", "2019-04-01", 1956), ("2021-04-01", "2023-04-01", 48)
    ]  # fmt: skip
    assert sum(made.statuses.values()) == 2376


def test_the_fifteen_wards_of_somerset_are_found(place_db: Session, mirror: Path) -> None:
    frame = pd.read_parquet(
        mirror / "boundaries/wd_2025_bgc.parquet", columns=["LAD25CD", "WD25NM"]
    )
    made = diagnose(
        place_db, open_records(frame.to_csv(index=False).encode(), "wd25.csv"), date(2025, 6, 1), to="lad-2025"
    )  # fmt: skip
    assert made.statuses == {"valid": 6811, "followed": 15}
    assert made.cells["E07000246"].code == "E06000066"
