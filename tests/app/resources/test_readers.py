"""Files of money: what is taken, what is listed, and that nothing is lost between the two."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from app.resources.readers.frames import ReadLines, StatedPlace, clean_text
from app.resources.readers.plain import read_plain, read_plain_rows
from app.resources.readers.threesixty import read_threesixty
from app.vintages.readers import cells
from app.vintages.readers.cells import FileRefused, read_sheet

GRANT = {
    "id": "360G-x-1", "title": "Youth work", "currency": "GBP", "amountAwarded": 1296.5, "awardDate": "2019-03-31",
    "fundingOrganization": [{"name": "A Trust"}],
    "recipientOrganization": [{"name": "A Club", "postalCode": "tn34 1aa"}],
    "grantProgramme": [{"title": "Main"}],
    "beneficiaryLocation": [{"geoCode": "E01020979", "geoCodeType": "LSOA", "countryCode": "GB"}],
}  # fmt: skip
FLAT = (
    "Identifier,Title,Currency,Amount Awarded,Award Date,Funding Org:Name,Recipient Org:Name,Recipient Org:Postal Code,"
    "Grant Programme: Title,Beneficiary Location:0:Geographic Code,Beneficiary Location:0:Geographic Code Type,"
    "Beneficiary Location:0:Country Code\n"
    "360G-x-1,Youth work,GBP,1296.5,31/03/2019,A Trust,A Club,tn34 1aa,Main,E01020979,LSOA,GB\n"
)


def package(*grants: object) -> bytes:
    return json.dumps({"grants": grants}).encode()


def rules(read: ReadLines) -> list[tuple[object, str, str]]:
    return [(fault.row, fault.column, fault.rule) for fault in read.faults]


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def replaced(book: bytes, old: bytes, new: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as before, zipfile.ZipFile(held, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(old, new))
    return held.getvalue()


def test_one_grant_reads_the_same_from_json_csv_xlsx_and_gzip() -> None:
    rows = [line.split(",") for line in FLAT.strip().splitlines()]
    rows[1][3] = 1296.5  # type: ignore[call-overload]
    forms = [package(GRANT), FLAT.encode(), workbook(*rows), gzip.compress(FLAT.encode())]
    found = [
        read_threesixty(form, "grants").frame.drop(columns="row").to_dict("records")
        for form in forms
    ]
    assert found[0] == found[1] == found[2] == found[3]
    line = found[0][0]
    assert (line["amount_pence"], line["awarded_on"], line["financial_year"]) == (
        129650,
        date(2019, 3, 31),
        "2018-19",
    )
    assert line["places"] == (StatedPlace(code="E01020979", code_type="LSOA", country="GB"),)
    assert (line["recipient_postcode"], line["programme"], line["funder"]) == (
        "TN34 1AA",
        "Main",
        "A Trust",
    )


def test_an_identifier_twice_in_a_file_is_stored_once_and_listed_once() -> None:
    read = read_threesixty(package(GRANT, GRANT), "grants.json")
    assert (read.rows_in, len(read.frame), read.rows_refused) == (2, 1, 1)
    assert rules(read) == [(2, "identifier", "identifier-once")]


@pytest.mark.parametrize(
    ("change", "column", "rule"),
    [
        ({"amountAwarded": "lots"}, "amount awarded", "amount-is-a-number"),
        ({"amountAwarded": -1}, "amount awarded", "amount-not-negative"),
        ({"amountAwarded": 1.234}, "amount awarded", "amount-in-whole-pence"),
        ({"amountAwarded": None}, "amount awarded", "amount-required"),
        ({"awardDate": "last June"}, "award date", "date-is-a-day"),
        ({"awardDate": None}, "award date", "value-required"),
        ({"currency": "pounds"}, "currency", "currency-is-a-code"),
        ({"id": None}, "identifier", "value-required"),
        ({"fundingOrganization": []}, "funding org:name", "value-required"),
    ],
)
def test_a_broken_grant_is_listed_by_row_column_and_rule(
    change: dict[str, object], column: str, rule: str
) -> None:
    read = read_threesixty(package(GRANT | {"id": "360G-x-0"}, GRANT | change), "grants.json")
    assert rules(read) == [(2, column, rule)]
    assert (read.rows_in, len(read.frame)) == (2, 1)


def test_a_grant_of_nought_is_a_line_and_a_grant_without_amount_is_not() -> None:
    read = read_threesixty(package(GRANT | {"amountAwarded": 0}), "grants.json")
    assert list(read.frame["amount_pence"]) == [0]


def test_nan_in_json_is_refused_as_no_number() -> None:
    read = read_threesixty(package(GRANT).replace(b"1296.5", b"NaN"), "grants.json")
    assert rules(read) == [(1, "amount awarded", "amount-is-a-number")]


def test_something_that_is_no_grant_is_a_listed_row() -> None:
    read = read_threesixty(package(GRANT, 7), "grants.json")
    assert (read.rows_in, len(read.frame), read.rows_refused) == (2, 1, 1)


def test_several_places_of_one_grant_are_all_kept() -> None:
    places = [{"geoCode": "E01020979"}, {"name": "Rye"}]
    read = read_threesixty(package(GRANT | {"beneficiaryLocation": places}), "grants.json")
    assert read.frame["places"][0] == (StatedPlace(code="E01020979"), StatedPlace(name="Rye"))


@pytest.mark.parametrize(
    "content", [b"{", b"[1", b'{"grants": 5}', b"[" * 100_000, b'{"a": "\xff"']
)
def test_what_is_not_a_package_is_refused_whole(content: bytes) -> None:
    with pytest.raises(FileRefused):
        read_threesixty(content, "grants.json")


def test_missing_columns_are_all_named() -> None:
    with pytest.raises(FileRefused) as refused:
        read_threesixty(b"Identifier,Title\n1,x\n", "grants.csv")
    assert {fault.column for fault in refused.value.faults} == {
        "funding org:name", "currency", "amount awarded", "award date",
    }  # fmt: skip


PLAIN = "What , AMOUNT,year,Funder,Place\n"


def test_titles_are_taken_without_case_or_blanks_and_pounds_signs_are_read() -> None:
    read = read_plain(
        (PLAIN + 'Play area,"£1,296.50",2018/19,Council,TN34 1AA\n').encode(), "plan.csv"
    )
    line = read.frame.iloc[0]
    assert (line["title"], line["amount_pence"], line["financial_year"]) == (
        "Play area",
        129650,
        "2018-19",
    )
    assert (line["stage"], line["currency"], line["places"]) == (
        "awarded",
        "GBP",
        (StatedPlace(name="TN34 1AA"),),
    )


def test_a_missing_column_is_named() -> None:
    with pytest.raises(FileRefused, match="lacks the column funder"):
        read_plain(b"what,amount,year,place\n", "plan.csv")


def test_every_fault_of_a_row_is_told_and_the_row_counted_once() -> None:
    read = read_plain((PLAIN + "Play,-5,2018,,x\n,,,,\nGood,5,,F,\n").encode(), "plan.csv")
    assert rules(read) == [
        (2, "funder", "value-required"), (2, "amount", "amount-not-negative"), (2, "year", "year-is-financial"),
    ]  # fmt: skip
    assert (read.rows_in, len(read.frame), read.rows_refused) == (
        2,
        1,
        1,
    )  # the blank row is no row
    assert read.frame["row"][0] == 4
    assert read.frame["places"][0] == ()


def test_a_row_with_more_cells_than_the_header_is_listed() -> None:
    read = read_plain((PLAIN + "Play,1,296,2018-19,F,x\n").encode(), "plan.csv")
    assert rules(read) == [(2, "", "row-fits-header")]


def test_a_workbooks_numbers_are_exact_pence() -> None:
    written = workbook(
        ["what", "amount", "year", "funder", "place"], ["a", 0.3, "2018-19", "F", None],
        ["b", 1296.5, "2018-19", "F", None], ["c", 7, "2018-19", "F", None],
    )  # fmt: skip
    # Excel itself writes all 17 digits of a double, which openpyxl does not
    read = read_plain(replaced(written, b"<v>0.3</v>", b"<v>0.30000000000000004</v>"), "plan.xlsx")
    assert list(read.frame["amount_pence"]) == [30, 129650, 700]
    assert [(note.row, note.rule) for note in read.notes] == [(2, "amount-without-dust")]


def test_rows_that_say_the_same_are_two_lines_whatever_their_order() -> None:
    one, two = {"what": "a", "amount": 1, "year": "", "funder": "F", "place": ""}, {"what": "b"}
    other = {**one, **two}
    first, second = read_plain_rows([one, one, other]), read_plain_rows([other, one, one])
    assert len(set(first.frame["identifier"])) == 3
    assert sorted(first.frame["identifier"]) == sorted(second.frame["identifier"])


def test_windows_1252_is_recognised_and_said() -> None:
    read = read_plain((PLAIN + "Caf\u00e9,5,,F,\n").encode("cp1252"), "plan.csv")
    assert read.frame["title"][0] == "Caf\u00e9"
    assert [note.rule for note in read.notes] == ["file-encoding"]


def test_a_byte_order_mark_is_no_part_of_the_first_title() -> None:
    assert len(read_plain(("\ufeff" + PLAIN + "a,5,,F,\n").encode(), "plan.csv").frame) == 1


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "file-has-a-header"),
        ("what".encode("utf-16") + b"x", "file-encoding"),
        (b"what,\x00", "file-encoding"),
        (b"what,\x81\xff", "file-encoding"),
        (b"PK\x03\x04 not a zip", "file-readable"),
        (b"\x1f\x8b broken", "file-readable"),
        (gzip.compress(b"what", mtime=0)[:-6], "file-readable"),
        (b"a,a\n1,2\n", "column-once"),
        (b'a,b\n"open', "file-readable"),
    ],
)
def test_what_is_not_a_table_is_refused_with_its_rule(content: bytes, rule: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_sheet(content, "x")
    assert refused.value.faults[0].rule == rule


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("../evil.txt", "x")
    with pytest.raises(FileRefused, match="not a workbook"):
        read_sheet(held.getvalue(), "x.xlsx")


def test_bombs_are_refused_before_they_are_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MAX_BYTES", 10_000)
    with pytest.raises(FileRefused, match="unpacked"):
        read_sheet(gzip.compress(b"a," * 10_000), "x.csv.gz")
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 20_000)
    with pytest.raises(FileRefused, match="unpacks to more"):
        read_sheet(held.getvalue(), "x.xlsx")


def test_rows_beyond_the_bound_are_refused_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MAX_ROWS", 3)
    assert len(read_sheet(b"a\n1\n2\n3\n", "x").rows) == 3
    with pytest.raises(FileRefused, match="more than 3 rows"):
        read_sheet(b"a\n1\n2\n3\n4\n", "x")


def test_text_is_kept_as_written_but_for_what_a_database_cannot_hold() -> None:
    assert clean_text(" <b>Hi</b>\x00\ud800 ") == "<b>Hi</b>"
    assert clean_text("   ") is None
