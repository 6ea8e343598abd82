"""A CSV as people have it: marks, encodings, quotes, gzip, cuts; read whole, or refused with the row."""

from __future__ import annotations

import gzip

import pytest

from app.vintages.readers.records import TableRefused, open_records


def rows(raw: bytes) -> list[tuple[int, list[str]]]:
    return list(open_records(raw, "t.csv").rows())


def refused(raw: bytes) -> tuple[str, int | str | None]:
    with pytest.raises(TableRefused) as told:
        rows(raw)
    fault = told.value.faults[0]
    return fault.rule, fault.row


def test_a_byte_order_mark_is_no_part_of_the_first_title() -> None:
    assert open_records(b"\xef\xbb\xbfcode,n\nA,1\n", "t.csv").header == ("code", "n")


def test_windows_1252_is_read_and_said() -> None:
    found = open_records(b"code,name\nA,Ynys M\xf4n\n", "t.csv")
    assert list(found.rows()) == [(2, ["A", "Ynys Môn"])]
    assert [fault.rule for fault in found.notes] == ["file-encoding"]


def test_a_line_break_in_quotes_does_not_end_a_record() -> None:
    assert rows(b'code,n\n"A\nB",1\nC,2\n') == [(2, ["A\nB", "1"]), (3, ["C", "2"])]


def test_blank_lines_and_short_rows_are_records() -> None:
    assert rows(b"a,b\n\nx\n,\n") == [(2, []), (3, ["x"]), (4, ["", ""])]


def test_semicolons_tabs_and_gzip_are_read() -> None:
    assert rows(b"a;b\n1;2\n") == rows(b"a\tb\n1\t2\n") == rows(gzip.compress(b"a,b\n1,2\n"))


def test_three_hundred_columns_are_read() -> None:
    line = ",".join(str(number) for number in range(300)).encode()
    assert len(rows(line + b"\n" + line + b"\n")[0][1]) == 300


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b"", "file-has-a-header"),
        (b" \n\n", "file-has-a-header"),
        (b",,\n1,2,3\n", "file-has-a-header"),
        ("a,b\n".encode("utf-16"), "file-encoding"),
        (b"a,b\n\x00,1\n", "file-encoding"),
        (b"a,\x81\n", "file-encoding"),
        (b"<html><p>no</p></html>", "file-readable"),
        (b"PK\x03\x04rest", "file-readable"),
        (gzip.compress(b"a,b\n1,2\n" * 1000)[:-20], "file-whole"),
        (b"a" * 131_073 + b",b\n", "file-readable"),
        ((",".join("x" * 1001) + "\n").encode(), "file-bounded"),
    ],
    ids=range(11),
)
def test_what_is_no_table_is_refused(raw: bytes, rule: str) -> None:
    assert refused(raw)[0] == rule


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_of_more_lines_than_may_be_sent_is_refused_before_it_is_worked_on(end: str) -> None:
    raw = f"code,n{end}A,1{end}B,2{end}".encode()
    assert open_records(raw, "t.csv", most_lines=3).header == ("code", "n")
    for sent in (raw, gzip.compress(raw)):
        with pytest.raises(TableRefused, match="more than 2 lines; send it in parts") as told:
            open_records(sent, "t.csv", most_lines=2)
        assert told.value.faults[0].rule == "file-bounded"


def test_a_file_cut_inside_quotes_names_the_record() -> None:
    assert refused(b'a,b\n1,2\n"cut') == ("file-whole", 3)


def test_a_gzip_that_grows_a_hundredfold_is_refused_and_a_plain_file_of_one_row_is_not() -> None:
    repeated = b"code,n\n" + b"E01000001,1\n" * 200_000
    with pytest.raises(TableRefused, match="more than 100 times"):
        open_records(gzip.compress(repeated, 9, mtime=0), "a.csv.gz")
    assert open_records(repeated, "a.csv").header == ("code", "n")


def test_a_gzip_that_grows_beyond_the_bound_is_refused() -> None:
    with pytest.raises(TableRefused):
        open_records(gzip.compress(b"a,b\n" + b"1,2\n" * 10_000), "t.csv", most_bytes=10_000)
