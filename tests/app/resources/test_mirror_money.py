"""The publishers' real files, held against figures worked out from them without our code."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from app.resources.methods.ledger import Neighbourhood, make_ledger
from app.resources.methods.relate import Ground, relate_lines
from app.resources.methods.several_places import place_published
from app.resources.readers.pride_in_place import read_pride_in_place
from app.resources.readers.threesixty import read_threesixty
from app.resources.readers.towns_fund import TownsFundFiles, read_towns_fund
from tests.app.resources.spots import empty_lookups

DISTRICTS = ["E07000062", "E07000064"]
FLAT = "resources/grants_360giving_flat.csv.gz"


@pytest.fixture(scope="module")
def hastings_and_rother(mirror: Path) -> tuple[set[str], set[str]]:
    """The small areas of the two districts, and those of decile 1 by IMD 2019."""
    lookup = pd.read_parquet(mirror / "lookups/lsoa11_wd19_lad19.parquet")
    ground = set(lookup.loc[lookup["LAD19CD"].isin(DISTRICTS), "LSOA11CD"])
    index = pd.read_csv(mirror / "indicators/iod2019_lsoa11_file7_rebuilt.csv.gz")
    decile = next(
        name
        for name in index.columns
        if name.startswith("Index of Multiple Deprivation (IMD) Decile")
    )
    worst = set(index.loc[index[decile] == 1, index.columns[0]]) & ground
    assert (len(ground), len(worst)) == (111, 18)
    return ground, worst


def test_the_ledger_of_two_districts_agrees_with_plain_sums_over_the_file(
    mirror: Path, hastings_and_rother: tuple[set[str], set[str]]
) -> None:
    ground, worst = hastings_and_rother
    raw = pd.read_csv(mirror / FLAT, dtype=str)
    code, pounds = (
        raw["Beneficiary Location:0:Geographic Code"],
        raw["Amount Awarded"].astype(float),
    )
    assert (code.isin(ground).sum(), round(pounds[code.isin(ground)].sum(), 2)) == (11, 688_435.00)
    assert (code.isin(worst).sum(), round(pounds[code.isin(worst)].sum(), 2)) == (8, 669_995.00)

    frame = read_threesixty(mirror / FLAT, "flat").frame
    nothing_known = empty_lookups()
    placed = [
        place_published(places, nothing_known, recipient_address=address)
        for places, address in zip(frame["places"], frame["recipient_address"], strict=True)
    ]
    frame = frame.assign(
        file_id="f", id=frame["identifier"], line_id=frame["identifier"], grade=[p.grade for p in placed],
        place_kind=[p.kind for p in placed], place_code=[p.code for p in placed], place_type=[p.type for p in placed],
        place_name=[p.name for p in placed], place_text=[p.text for p in placed], small_area=None,
        partnership_slug=None, recipient_here=False,
    )  # fmt: skip
    nowhere = pd.DataFrame({"parent": [], "child": []})
    pieces = pd.DataFrame(
        {"place": sorted(ground), "code": sorted(ground), "people": None, "postcodes": None}
    )
    inside = Ground(
        ground, dict.fromkeys(worst, 1), set(DISTRICTS), tuple({each} for each in DISTRICTS)
    )
    ledger = make_ledger(
        frame,
        relate_lines(frame, pieces, nowhere, inside),
        [Neighbourhood(1, "worst tenth", tuple(worst))],
    )
    totals = ledger.totals
    assert (totals["neighbourhoods_lines"], totals["neighbourhoods_pence"]) == (8, 66_999_500)
    assert (totals["rest_of_partnership_lines"], totals["rest_of_partnership_pence"]) == (
        3,
        1_844_000,
    )
    assert totals["neighbourhoods"]["located_pence"] == 66_999_500
    # one identifier stands twice, so one row of £100,000 is listed and not counted
    assert totals["source_pence"] == round(pounds.sum() * 100) - 10_000_000


def test_every_grant_file_gives_back_its_rows_as_lines_or_refusals(mirror: Path) -> None:
    rows = {
        path.name: (read.rows_in, len(read.frame), read.rows_refused)
        for path in sorted((mirror / "resources/grants_360giving").glob("*.json.gz"))
        for read in [read_threesixty(path, path.name)]
    }
    assert sum(rows_in for rows_in, *_ in rows.values()) == 6_777
    assert all(rows_in == lines and refused == 0 for rows_in, lines, refused in rows.values())


def test_the_original_workbooks_say_the_same_as_their_json(mirror: Path) -> None:
    folder = mirror / "resources/grants_360giving"
    for stem in ("ab_charitable_trust", "andrew_lloyd_webber_foundation"):
        book = read_threesixty(folder / f"{stem}_original.xlsx", stem).frame
        package = read_threesixty(folder / f"{stem}.json.gz", stem).frame
        wanted = [
            "identifier",
            "amount_pence",
            "awarded_on",
            "currency",
            "recipient_postcode",
            "funder",
        ]
        assert book[wanted].to_dict("records") == package[wanted].to_dict("records")


def test_the_two_amounts_with_binary_dust_are_named(mirror: Path) -> None:
    notes = read_threesixty(mirror / FLAT, "flat").notes
    dusty = sorted(note.value for note in notes if note.rule == "amount-without-dust")
    assert dusty == ["41133.770000000004", "44337.130000000005"]


def test_the_towns_fund_is_its_awards_less_the_one_without_a_total(mirror: Path) -> None:
    read = read_towns_fund(TownsFundFiles.in_folder(mirror / "resources"))
    raw = pd.read_csv(mirror / "resources/TF-grant-awarded.csv")
    assert (read.rows_in, len(read.frame)) == (len(raw), raw["Total"].notna().sum())
    assert sum(read.frame["amount_pence"]) == round(raw["Total"].sum() * 100)
    assert [(fault.column, fault.rule) for fault in read.faults] == [("total", "amount-required")]
    hastings = [p for places, p in zip(read.frame["places"], read.frame["amount_pence"], strict=True)
                if places[0].code == "E07000062"]  # fmt: skip
    in_file = raw.loc[raw["Index Code"].str.startswith("TD-HAS"), "Total"]
    assert (len(hastings), sum(hastings)) == (len(in_file), round(in_file.sum() * 100))


def test_pride_in_place_is_twenty_million_for_each_and_doubtful_codes_are_left_out(
    mirror: Path,
) -> None:
    read = read_pride_in_place(
        mirror / "resources/pride_in_place_neighbourhoods.csv",
        mirror / "boundaries/pip_neighbourhoods_2025_msoa21.csv",
    )
    assert (read.rows_in, len(read.frame)) == (284, 284)
    assert sum(read.frame["amount_pence"]) == 284 * 2_000_000_000
    # of 146 English neighbourhoods two share one MSOA and one is spelt otherwise in the other list
    assert read.frame["area_code"].notna().sum() == 143
    assert len(read.notes) == 4
