"""One real place, loaded from the publishers' files: the figures that anybody can check by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, table, text
from sqlalchemy.orm import Session

from app.dependencies import today
from app.findings.gather import Findings, find_ground, gather, read_asked
from app.places.load import NoMirror, UnknownPlace, load_place
from boundaries.tables import Boundary, ImportFinding, Release, Weight
from tests.support.places import PLACE, quiet

pytestmark = pytest.mark.slow
SLUG = "hastings-and-rother"


@pytest.fixture(scope="module")
def found(place_engine: Engine) -> Findings:
    with Session(place_engine) as session:
        ground = find_ground(session, slug=SLUG, councils=None, day=today())
        asked = read_asked(session, ground, index_id=None, worst=None, rule=None)
        return gather(session, ground, asked, today())


def test_eighteen_of_111_small_areas_are_in_the_worst_tenth_home_to_31_191_people(
    found: Findings,
) -> None:
    summary = found.summary
    assert (summary["areas_selected"], summary["areas_total"]) == (18, 111)
    assert (summary["people_selected"], summary["people_total"]) == (31_191, 189_270)
    assert summary["people_source"] == "mid-2020"


def test_the_list_of_2025_has_21_and_keeps_all_18(found: Findings) -> None:
    assert found.compared is not None
    counts = found.compared.as_plain()["counts"]
    assert isinstance(counts, dict)
    assert (counts["areas_old"], counts["areas_new"]) == (18, 21)
    assert (counts["kept"], counts["added"], counts["dropped"]) == (18, 3, 0)


def test_eleven_grants_name_a_small_area_and_eight_of_them_one_of_the_eighteen(
    found: Findings,
) -> None:
    here = [
        line for line in found.ledger.lines
        if line["grade"] == "B" and line["bucket"] in ("neighbourhoods", "rest_of_partnership")
    ]  # fmt: skip
    inside = [line for line in here if line["bucket"] == "neighbourhoods"]
    assert (len(here), sum(line["amount_pence"] for line in here)) == (11, 688_435_00)
    assert (len(inside), sum(line["amount_pence"] for line in inside)) == (8, 669_995_00)
    assert {line["certainty"] for line in here} == {"located"}


def test_the_four_buckets_are_the_file_and_no_bucket_is_a_remainder(found: Findings) -> None:
    totals = found.ledger.totals
    buckets = ("neighbourhoods", "rest_of_partnership", "outside", "not_placed")
    for bucket in buckets:
        own = sum(line["amount_pence"] for line in found.ledger.lines if line["bucket"] == bucket)
        assert totals[f"{bucket}_pence"] == own
    assert sum(totals[f"{bucket}_pence"] for bucket in buckets) == totals["file_pence"]
    assert all(line["grade"] != "F" for line in found.ledger.lines)


def test_every_feature_read_is_stored_refused_or_elsewhere(place_db: Session) -> None:
    for release in place_db.scalars(select(Release)):
        total = release.features_stored + release.features_refused + release.features_elsewhere
        assert total == release.features_in, release.id
        stored = place_db.scalar(
            select(func.count()).select_from(Boundary).where(Boundary.release_id == release.id)
        )
        assert stored == release.features_stored, release.id


def test_the_dirty_districts_are_repaired_and_each_repair_is_listed(place_db: Session) -> None:
    # boundaries/README.md of the mirror: 72 and 69 invalid outlines
    for release, repaired in (("lad-2023-05-bgc", 72), ("lad-2025-05-bgc", 69)):
        listed = place_db.scalars(
            select(ImportFinding).where(ImportFinding.release_id == release)
        ).all()
        assert len(listed) == repaired
        assert {finding.kind for finding in listed} == {"repaired"}
        assert all(finding.reason and finding.area_after_m2 for finding in listed)
        valid = text("SELECT bool_and(ST_IsValid(geom)) FROM boundaries WHERE release_id = :id")
        assert place_db.scalar(valid, {"id": release}) is True


def test_people_are_conserved_from_the_areas_of_2011_to_those_of_2021(place_db: Session) -> None:
    def people(area_set: str) -> int | None:
        return place_db.scalar(
            select(func.sum(Weight.value)).where(
                Weight.area_set == area_set, Weight.measure == "people"
            )
        )

    assert people("lsoa-2011") == people("lsoa-2021") == 189_270


def test_loading_the_place_again_changes_nothing(place_db: Session, mirror: Path) -> None:
    tables = ("areas", "boundaries", "memberships", "successions", "postcodes", "weights", "index_values",
              "resource_lines", "resource_refusals", "partnerships", "designations")  # fmt: skip

    def counts() -> dict[str, int]:
        counted = {name: select(func.count()).select_from(table(name)) for name in tables}
        return {name: place_db.scalar(query) or 0 for name, query in counted.items()}

    before = counts()
    assert load_place(place_db, mirror, PLACE, quiet) == SLUG
    assert counts() == before


def test_an_unknown_place_is_refused_with_what_is_near_and_nothing_is_stored(
    db: Session, mirror: Path
) -> None:
    with pytest.raises(UnknownPlace, match=r"Hastings \(E07000062\)") as told:
        load_place(db, mirror, "Hasings, Nowhere at all", quiet)
    assert [fault.value for fault in told.value.faults] == ["Hasings", "Nowhere at all"]
    assert db.scalar(select(func.count()).select_from(Boundary)) == 0


def test_a_council_that_ended_is_told_with_its_successor(db: Session, mirror: Path) -> None:
    with pytest.raises(UnknownPlace, match="E06000063"):
        load_place(db, mirror, "Carlisle", quiet)


def test_without_a_folder_of_files_it_says_which_setting_is_missing(db: Session) -> None:
    with pytest.raises(NoMirror, match="BOUNDS_MIRROR"):
        load_place(db, None, PLACE, quiet)


def test_the_release_that_draws_districts_follows_the_day(place_db: Session) -> None:
    from boundaries.queries import layer_on

    assert layer_on(place_db, "lad", date(2024, 6, 1)).id == "lad-2023-05-bgc"
    assert layer_on(place_db, "lad", date(2025, 6, 1)).id == "lad-2025-05-bgc"
