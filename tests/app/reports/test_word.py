"""The Word file of a paper: real tables, headings and alternative text, and no figure that the JSON has not."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import TYPE_CHECKING, Any

import docx
import pytest
from docx.oxml.ns import qn
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.places.demo import DEMO_SLUG
from app.reports.facts import paper_facts
from app.reports.paper import make_document
from app.reports.word import WordPicture, make_word
from tests.app.reports.test_paper import findings_of, unaccounted

if TYPE_CHECKING:
    from docx.document import Document

DAY = date(2026, 11, 28)
HOSTILE = "<script>alert(1)</script> {{7*7}} \u202eabc"
PAGE = """<!doctype html><html lang="en-GB"><head><title>Paper of {name}</title>
<meta name="description" content="What it says"></head><body>
<header><div class="where"><svg><text>no</text></svg></div><h1>{name}</h1></header>
<p class="finding">18 of <strong>111</strong>
 areas.<br>Next line</p><h2>List</h2><div class="picture"></div><ul class="mapkey"><li>key</li></ul>
<table><caption class="unseen">Small areas</caption>
<thead><tr><th scope="col">Area</th><th scope="col" class="n">People</th></tr></thead>
<tbody><tr><th scope="row">{name}</th><td class="n">1,500</td></tr>
<tr class="sum"><td colspan="2">In all</td></tr></tbody></table><ul><li>Licence</li></ul></body></html>"""
SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>'


BARS = """<table><thead><tr><th scope="col">Theme</th><th scope="col" class="barcell">In the worst 10%</th>
<th scope="col" class="n">Share</th></tr></thead><tbody><tr><th scope="row">Crime</th>
<td class="barcell"><svg><rect width="3"/></svg></td><td class="n">15%</td></tr></tbody></table>
<p>Small areas<span class="drawn">; the line marks 10%</span>.</p>"""


def test_a_column_of_bars_is_not_left_empty_and_its_head_stays_with_the_figure() -> None:
    made = opened(make_word(escaped("Arden").replace("<table>", f"{BARS}<table>"), None, DAY))
    assert [[cell.text for cell in row.cells] for row in made.tables[0].rows] == [
        ["Theme", "In the worst 10%: share"], ["Crime", "15%"],
    ]  # fmt: skip
    assert "Small areas." in words_of(made)
    assert "line marks" not in words_of(made)


def escaped(name: str) -> str:
    return PAGE.replace("{name}", name.replace("<", "&lt;"))


def opened(content: bytes) -> Document:
    return docx.Document(io.BytesIO(content))


def words_of(document: Document) -> str:
    """Every word of the body, cells included, in order."""
    lines = document.element.body.iter(qn("w:p"))
    parts = ["".join(told.text or "" for told in line.iter(qn("w:t"))) for line in lines]
    return " ".join(" ".join(parts).split())


def test_headings_runs_and_tables_are_those_of_the_page() -> None:
    made = opened(make_word(escaped("Arden"), WordPicture(SQUARE, "Map of Arden"), DAY))
    told = [(line.style.name, line.text) for line in made.paragraphs if line.text and line.style]
    assert told == [
        ("Title", "Arden"), ("Normal", "18 of 111 areas.\nNext line"), ("Heading 1", "List"),
        ("List Bullet", "Licence"),
    ]  # fmt: skip
    bold = [run.text for line in made.paragraphs for run in line.runs if run.bold]
    assert bold == ["111"]
    (table,) = made.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Area", "People"], ["Arden", "1,500"], ["In all", "In all"],
    ]  # fmt: skip
    heads = [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in table.rows]
    assert heads == [True, False, False]
    (caption,) = table._tbl.tblPr.iter(qn("w:tblCaption"))
    assert caption.get(qn("w:val")) == "Small areas"


def test_columns_share_the_width_of_the_text_and_no_word_is_cut() -> None:
    head = "".join(f'<th scope="col">{name}</th>' for name in ("No.", "Neighbourhood", "Why"))
    cells = "<td>1</td><td>Ore</td><td>income, among the most deprived tenth of all England</td>"
    table = f"<table><thead><tr>{head}</tr></thead><tbody><tr>{cells}</tr></tbody></table>"
    made = opened(make_word(escaped("Arden").replace("<table>", f"{table}<table>"), None, DAY))
    widths = [column.width.mm for column in made.tables[0].columns if column.width]
    assert sum(widths) == pytest.approx(174, abs=0.1)
    # "Neighbourhood" in bold Arial of 8.5 points is 22.5 mm wide, and a cell has 3.8 mm of margins.
    assert widths[0] < widths[1] < widths[2]
    assert widths[1] > 26.3
    for row in made.tables[0].rows:
        assert [cell.width.mm for cell in row.cells if cell.width] == pytest.approx(widths)
    long = f"<tr>{'<td>Llanfairpwllgwyngyllgogerychwyrndrobwll</td>' * 9}</tr>"
    made = opened(
        make_word(escaped("Arden").replace("<table>", f"<table>{long}</table><table>"), None, DAY)
    )
    widths = [column.width.mm for column in made.tables[0].columns if column.width]
    assert widths == pytest.approx([174 / 9] * 9, abs=0.1)


def test_a_list_in_two_columns_says_its_head_once() -> None:
    split = (
        '<div><ul class="column"><li><strong>OGL</strong>\n<br>One.\n</li></ul>'
        '<ul class="column"><li class="again"><strong>OGL</strong>\n<br>Two.\n</li><li>CC BY</li></ul></div>'
    )
    made = opened(make_word(escaped("Arden").replace("<table>", f"{split}<table>"), None, DAY))
    lists = [
        [part.strip() for part in line.text.split("\n")]
        for line in made.paragraphs if line.style and line.style.name == "List Bullet"
    ]  # fmt: skip
    assert lists == [["OGL", "One.", "Two."], ["CC BY"], ["Licence"]]


def test_the_map_has_alternative_text_and_the_file_is_english_titled_a4() -> None:
    made = opened(make_word(escaped("Arden"), WordPicture(SQUARE, "Map of Arden"), DAY))
    (shape,) = made.inline_shapes
    assert shape._inline.docPr.get("descr") == "Map of Arden"
    section = made.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert made.core_properties.title == "Paper of Arden"
    assert made.core_properties.language == "en-GB"
    languages = {found.get(qn("w:val")) for found in made.styles.element.iter(qn("w:lang"))}
    assert languages == {"en-GB"}


def test_equal_pages_are_equal_bytes_and_a_hostile_name_stays_words() -> None:
    one = make_word(escaped(HOSTILE + "\x08"), None, DAY)
    assert one == make_word(escaped(HOSTILE + "\x08"), None, DAY)
    assert opened(one).paragraphs[0].text == HOSTILE
    with zipfile.ZipFile(io.BytesIO(one)) as parts:
        # no part says when it was written
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"<script" not in parts.read("word/document.xml")
        assert not any("http" in (n or "") for n in parts.namelist())


@pytest.fixture(scope="module")
def demo(demo_engine: Engine) -> tuple[Document, dict[str, Any]]:
    with Session(demo_engine) as session:
        findings = findings_of(session, DEMO_SLUG)
        return opened(make_document(session, findings)), paper_facts(session, findings)


@pytest.mark.slow
def test_every_number_of_the_word_file_stands_in_the_json(
    demo: tuple[Document, dict[str, Any]],
) -> None:
    missing, seen = unaccounted(words_of(demo[0]), demo[1])
    assert missing == []
    assert seen > 200, "too few numbers were found for this test to mean anything"


@pytest.mark.slow
def test_its_tables_hold_every_neighbourhood_and_small_area_of_the_json(
    demo: tuple[Document, dict[str, Any]],
) -> None:
    cells = {cell.text for table in demo[0].tables for row in table.rows for cell in row.cells}
    rows = [*demo[1]["neighbourhoods"], *demo[1]["small_areas"]]
    assert len(rows) > 5
    assert {row["name"] for row in rows} <= cells
    assert f"{demo[1]['money']['file_lines']:,}" in cells
    alternative = demo[0].inline_shapes[0]._inline.docPr.get("descr")
    assert demo[1]["finding"] in alternative
