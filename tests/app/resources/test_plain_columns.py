"""What a plain table may say beside its first five columns, under its own titles, and what is refused."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pytest
from openpyxl import Workbook

from app.resources.readers.frames import ReadLines, StatedPlace
from app.resources.readers.plain import read_plain, read_plain_rows
from app.vintages.readers.cells import FileRefused

ROW: dict[str, Any] = {
    "what": "Play",
    "amount": "10.00",
    "year": "2018-19",
    "funder": "F",
    "place": "",
}


def rules(read: ReadLines) -> list[tuple[object, str, str]]:
    return [(fault.row, fault.column, fault.rule) for fault in read.faults]


def line(**cells: object) -> dict[str, Any]:
    read = read_plain_rows([ROW | cells])
    assert read.faults == ()
    return dict(read.frame.iloc[0])


def test_a_line_says_who_delivers_it_of_what_kind_it_is_and_what_it_did() -> None:
    read = line(
        deliverer="A Club", money_kind="Capital", outcome="40 places", estimate_basis="worst fifth"
    )
    assert (read["deliverer"], read["money_kind"], read["outcome"], read["estimate_basis"]) == (
        "A Club", "capital", "40 places", "worst-fifth",
    )  # fmt: skip
    assert line()["role"] == "award"


def test_titles_may_be_written_with_blanks() -> None:
    written = "What,Amount,Year,Funder,Place,Money Kind,Related Identifier,Role\na,-5,,F,,revenue,X,refund\n"
    read = read_plain(written.encode(), "plan.csv")
    assert (read.frame["role"][0], read.frame["amount_pence"][0], read.notes) == (
        "refund",
        -500,
        (),
    )


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"amount": "-5"}, "amount", "amount-not-negative"),
        (
            {"amount": "5", "role": "refund", "related_identifier": "X"},
            "amount",
            "refund-below-nought",
        ),
        ({"amount": "-5", "role": "refund"}, "related_identifier", "related-is-named"),
        ({"role": "match"}, "related_identifier", "related-is-named"),
        ({"role": "gift"}, "role", "role-is-known"),
        ({"money_kind": "both"}, "money_kind", "money-kind-is-known"),
        ({"estimate_basis": "feeling"}, "estimate_basis", "estimate-basis-is-known"),
        ({"estimate_basis": "given"}, "weights", "weights-are-given"),
        ({"weights": "Ore=2"}, "weights", "weights-are-given"),
        ({"place": "A; B", "shares": "0.5; 0.6"}, "shares", "shares-sum-to-one"),
        ({"place": "A; B", "shares": "1"}, "shares", "share-for-each-place"),
        ({"longitude": "200", "latitude": "50"}, "longitude", "point-in-degrees"),
        ({"longitude": "0.5"}, "latitude", "point-in-degrees"),
        ({"place": "; ".join(f"p{n}" for n in range(51))}, "place", "places-bounded"),
        ({"amount": "1.296,50"}, "amount", "amount-is-a-number"),
        ({"amount": "1e30"}, "amount", "amount-is-a-number"),
        ({"amount": 1e30}, "amount", "amount-bounded"),
        ({"amount": float("nan")}, "amount", "amount-is-a-number"),
        ({"amount": " "}, "amount", "amount-required"),
        ({"amount": "12.345"}, "amount", "amount-in-whole-pence"),
    ],
)
def test_what_cannot_be_so_is_refused_by_column_and_rule(
    cells: dict[str, object], column: str, rule: str
) -> None:
    assert rules(read_plain_rows([ROW | cells])) == [(1, column, rule)]


def test_weights_alone_make_the_basis_given_and_several_places_stand_apart() -> None:
    read = line(weights="E01000002=1; E01000001=3", place="A;B ; A", shares="40%; 0.6")
    assert read["estimate_basis"] == "given"
    assert read["weights"] == (("E01000001", "3"), ("E01000002", "1"))
    assert read["places"] == (StatedPlace("A"), StatedPlace("B"))
    assert read["shares"] == ("40%", "0.6")


def test_a_date_is_read_as_written_unless_another_row_writes_the_month_first() -> None:
    days = ["2018-06-01", "02/06/2018", "2018-19"]
    read = read_plain_rows([ROW | {"what": str(n), "year": day} for n, day in enumerate(days)])
    assert [str(day) for day in read.frame["awarded_on"]] == ["2018-06-01", "2018-06-02", "None"]
    read = read_plain_rows(
        [ROW | {"what": day, "year": day} for day in ("02/06/2018", "06/13/2018", "06/06/2018")]
    )
    assert rules(read) == [(1, "year", "date-is-sure"), (2, "year", "year-is-financial")]


def test_own_titles_are_mapped_and_words_may_be_said_of_every_row() -> None:
    written = "Project title;Sum (£);Ward;amount;Who\nPlay;£1,296.50;Ore;9;x\n"
    columns = {
        "what": "project TITLE", "amount": "Sum (£)", "place": "Ward", "funder": "=Exshire Council",
        "year": "=2018-19",
    }  # fmt: skip
    read = read_plain(written.encode(), "plan.csv", columns)
    assert dict(read.frame.iloc[0][["title", "amount_pence", "funder", "financial_year"]]) == {
        "title": "Play", "amount_pence": 129650, "funder": "Exshire Council", "financial_year": "2018-19",
    }  # fmt: skip
    # "amount" is a column of ours whose title is another here: it is left, and said.
    assert [note.column for note in read.notes if note.rule == "column-known"] == ["amount", "who"]


@pytest.mark.parametrize(
    ("columns", "rule"),
    [({"what": "Project", "funder": "=F", "year": "=", "place": "="}, "column-required"),
     ({"wat": "Title"}, "column-known")],
)  # fmt: skip
def test_a_title_that_the_file_lacks_and_a_column_that_we_lack_refuse_the_file(
    columns: dict[str, str], rule: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        read_plain(b"Title,amount\na,1\n", "plan.csv", columns)
    assert {fault.rule for fault in refused.value.faults} == {rule}


def test_a_row_keeps_its_name_when_columns_that_it_leaves_blank_are_added() -> None:
    before, after = line(), line(deliverer="", role=None)
    assert before["identifier"] == after["identifier"] != line(deliverer="A Club")["identifier"]


def forms(written: str) -> dict[str, bytes]:
    book = Workbook()
    for row in written.strip().splitlines():
        book.active.append(row.split(","))
    held = io.BytesIO()
    book.save(held)
    return {
        "UTF-8": written.encode(), "UTF-8 with its mark": written.encode("utf-8-sig"),
        "UTF-16": written.encode("utf-16"), "windows-1252": written.encode("cp1252"),
        "gzip": gzip.compress(written.encode()), "XLSX": held.getvalue(),
    }  # fmt: skip


def test_the_same_table_reads_the_same_in_every_encoding() -> None:
    written = "what,amount,year,funder,place\nCaf\u00e9,£5,2018-19,F,Ore\n"
    read = {form: read_plain(raw, form) for form, raw in forms(written).items()}
    assert {tuple(each.frame["identifier"]) for each in read.values()} == {
        tuple(read["UTF-8"].frame["identifier"])
    }
    assert {form for form, each in read.items() if each.notes} == {"UTF-16", "windows-1252"}
