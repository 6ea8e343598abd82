"""Lookups that answer for a span of days, other codes and names, on files that can be read in the head."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from boundaries.methods.lives import lives_between
from boundaries.sources import codes, dated
from boundaries.sources.districts import REGISTER
from boundaries.sources.files import FileUnreadable, files_in

OLD, NOW, OTHER = "E08000016", "E08000038", "E07000062"
ACTIVE = {OLD: NOW, NOW: NOW, OTHER: OTHER}


def write(mirror: Path, name: str, columns: str, *rows: tuple[object, ...]) -> None:
    path = mirror / name
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame(rows, columns=columns.split())
    frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_parquet(path)


def pairs(frame: pd.DataFrame) -> set[tuple[str, str, str]]:
    columns = ["child_code", "parent_code", "parent_type"]
    return set(frame[columns].itertuples(index=False, name=None))


def test_a_district_is_listed_under_the_code_it_had_and_under_todays(tmp_path: Path) -> None:
    path = "boundaries/lookups/ltla24_csp24_pfa24.csv"
    write(
        tmp_path, path, "ltla24_code ltla24_name csp24_code csp24_name pfa24_code pfa24_name",
        (OLD, "Barnsley", "E22000001", "Barnsley", "E23000011", "South Yorkshire"),
        ("W06000001", "Ynys", "W22000001", "Ynys", "W15000001", "Gogledd"),
    )  # fmt: skip
    read = dated.read_dated(files_in(tmp_path), dated.LOOKUPS[path], ACTIVE)
    assert pairs(read.memberships) == {
        (code, parent, kind)
        for code in (OLD, NOW)
        for parent, kind in (("E22000001", "csp"), ("E23000011", "pfa"))
    }
    assert set(read.memberships["from_day"]) == {date(2023, 4, 1)}
    assert read.memberships["to_day"].isna().all()
    assert read.rows == (2, 1)
    assert read.parents["name"].tolist() == ["Barnsley", "South Yorkshire"]


def test_a_district_that_became_unitary_never_passes_its_county_on(tmp_path: Path) -> None:
    path = "boundaries/lookups/ltla19_utla19.csv"
    write(
        tmp_path, path, "ltla19_code ltla19_name utla19_code utla19_name",
        ("E07000163", "Craven", "E10000023", "North Yorkshire"),
        (OLD, "Barnsley", OLD, "Barnsley"),
    )  # fmt: skip
    active = {**ACTIVE, "E07000163": "E06000065"}
    read = dated.read_dated(files_in(tmp_path), dated.LOOKUPS[path], active)
    assert pairs(read.memberships) == {("E07000163", "E10000023", "cty")}


def test_boards_have_their_nhs_codes_and_answer_from_one_list_to_the_next(tmp_path: Path) -> None:
    path = "boundaries/lookups/lsoa11_sicbl22_icb22_lad22.parquet"
    columns = (
        "lsoa11_code sicbl22_code sicbl22_name sicbl22_code_h icb22_code icb22_name icb22_code_h"
    )
    write(
        tmp_path, path, columns, ("E01000001", "E38000068", "01F", "01F", "E54000008", "C&M", "QYG")
    )
    read = dated.read_dated(files_in(tmp_path), dated.LOOKUPS[path], ACTIVE)
    assert set(read.codes[["scheme", "code", "area_code"]].itertuples(index=False, name=None)) == {
        ("nhs", "01F", "E38000068"), ("nhs", "QYG", "E54000008"),
    }  # fmt: skip
    spans = read.memberships[["from_day", "to_day"]].drop_duplicates()
    assert spans.to_numpy().tolist() == [[date(2022, 7, 1), date(2024, 4, 1)]]


def test_spans_of_one_kind_follow_each_other_without_a_gap_or_an_overlap() -> None:
    spans = sorted(
        {one.span for one in dated.LOOKUPS.values() if any(o.area_type == "icb" for o in one.over)},
        key=lambda span: span[0] or date.min,
    )
    assert [later[0] for later in spans[1:]] == [span[1] for span in spans[:-1]]


def test_a_rural_class_is_an_area_and_its_own_code_another_code_of_it(tmp_path: Path) -> None:
    write(
        tmp_path, dated.RURAL_URBAN, "lsoa21_code ruc21_code classification",
        ("E01000001", "UN1", "Urban: nearer"), ("W01000001", "RLF1", "Larger rural"),
    )  # fmt: skip
    read = dated.read_rural_urban(files_in(tmp_path))
    assert pairs(read.memberships) == {("E01000001", "ruc-un1", "ruc")}
    assert read.codes.to_numpy().tolist() == [["ruc21", "UN1", "ruc-un1"]]
    assert read.rows == (2, 1)


def test_of_two_copies_the_rows_that_differ_are_listed_with_their_place(tmp_path: Path) -> None:
    copy = dated.COPIES["boundaries/lookups/ltla21_utla21.csv"]
    columns = "ltla21_code utla21_code utla21_name"
    write(
        tmp_path, copy.stands, columns, (OTHER, "E10000011", "East Sussex"), (OLD, OLD, "Barnsley")
    )
    write(
        tmp_path, copy.path, columns, (OLD, OLD, "Barnsley"), (OTHER, "E10000016", "Kent"),
        ("W06000001", "W06000009", "of another nation"),
    )  # fmt: skip
    rows, found = dated.compare_copy(files_in(tmp_path), copy)
    assert rows == 3
    assert found[["row", "code"]].to_numpy().tolist() == [[2, OTHER]]
    assert "ltla21_utla21.parquet, which stands" in found["detail"].iloc[0]
    assert "E10000016" in found["detail"].iloc[0]


def test_the_code_change_is_windows_text_and_tells_the_county_of_a_district(tmp_path: Path) -> None:
    path = tmp_path / codes.CODE_CHANGE
    path.parent.mkdir(parents=True)
    lines = [
        "GEOGCD,GEOGNM,GEOGNMW,GEOGCDO,GEOGNMO,ENTITYCD",
        "E10000011,East Sussex,,21,East Sussex,E10",
        f"{OTHER},Hastings,,21UD,Hastings,E07",
        "E06000043,Brighton,,00ML,Brighton,E06",
        "E05001234,Môr,,21UDAB,Môr,E05",
        "W05000001,Llanfôr,Llanfôr,00NEPF,Llanfôr,W05",
        "E14000001,A seat,,123,A seat,E14",
    ]
    path.write_bytes("\r\n".join([*lines, ""]).encode("cp1252"))
    read = codes.read_code_change(files_in(tmp_path))
    assert read.rows == (6, 4)
    assert dict(zip(read.codes["code"], read.codes["area_code"], strict=True)) == {
        "21": "E10000011", "21UD": OTHER, "00ML": "E06000043", "21UDAB": "E05001234",
    }  # fmt: skip
    assert pairs(read.memberships) == {(OTHER, "E10000011", "cty")}
    path.write_text("<html>Not found</html>")
    with pytest.raises(FileUnreadable, match="code_change_2010"):
        codes.read_code_change(files_in(tmp_path))


def test_the_registers_names_are_each_taken_once_and_a_comma_within_one_stays(
    tmp_path: Path,
) -> None:
    write(
        tmp_path, REGISTER,
        "local-authority-code official-name nice-name gss-code alt-names former-gss-codes ecode snac end-date",
        ("BST", "Bristol City Council", "City of Bristol", "E06000023",
         "City of Bristol,Bristol, City of,Bristol UA,bristol,bristol city council,city of bristol",
         None, "E0102", "00HB", None),
        ("SAL", "St Albans Council", "St Albans", "E07000240", "St Albans", "E07000100", "E1936", "26UG", None),
        ("GLA", "Greater London Authority", "Greater London", "E61000001", "GLA", None, None, None, None),
    )  # fmt: skip
    read = codes.read_register(files_in(tmp_path))
    assert read.names[read.names["area_code"] == "E06000023"]["name"].tolist() == [
        "Bristol City Council", "City of Bristol", "Bristol, City of", "Bristol UA", "bristol",
    ]  # fmt: skip
    assert ("gss-former", "E07000100", "E07000240") in set(
        read.codes.itertuples(index=False, name=None)
    )
    assert read.rows == (3, 2)  # an area of a type that Bounds has not


def test_a_name_that_the_next_year_lacks_is_a_former_one_until_that_1_april(tmp_path: Path) -> None:
    columns = [f"ltla{year}_{part}" for year in codes.HISTORY_YEARS for part in ("code", "name")]
    rows = []
    for code, names in ((OTHER, {}), ("E07000112", {16: "Shepway", 17: "Shepway"})):
        rows.append([
            code if part == "code" else names.get(year, "Now so called")
            for year in codes.HISTORY_YEARS
            for part in ("code", "name")
        ])  # fmt: skip
    write(tmp_path, codes.HISTORY, " ".join(columns), *map(tuple, rows))
    names = codes.read_history(files_in(tmp_path)).names
    assert names[["area_code", "name", "kind", "until"]].to_numpy().tolist() == [
        ["E07000112", "Shepway", "former", date(2018, 4, 1)]
    ]


def test_a_link_of_2022_to_2023_that_the_changes_have_not_is_listed(tmp_path: Path) -> None:
    write(
        tmp_path, codes.DISTRICTS_22_23, "ltla22_code ltla23_code",
        (OTHER, OTHER), (OLD, NOW), ("E07000163", "E06000065"), ("W06000001", "W06000002"),
    )  # fmt: skip
    links = pd.DataFrame({"old_code": ["E07000163"], "new_code": ["E06000065"]})
    rows, strange = codes.check_districts_23(files_in(tmp_path), links)
    assert rows == (4, 3)
    assert strange[["row", "code"]].to_numpy().tolist() == [[2, OLD]]


def test_lives_between_lists_end_on_the_day_of_the_list_that_lacks_them() -> None:
    first, second, third = date(2021, 4, 1), date(2022, 7, 1), date(2024, 4, 1)
    lives = lives_between([(first, {"A", "B"}), (second, {"A", "C"}), (third, {"A", "C", "D"})])
    assert lives == {
        "A": (None, None), "B": (None, second), "C": (second, None), "D": (third, None),
    }  # fmt: skip
    with pytest.raises(ValueError, match="B is in a list before"):
        lives_between([(first, {"B"}), (second, {"A"}), (third, {"B"})])
