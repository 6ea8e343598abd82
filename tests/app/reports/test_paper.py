"""The printed paper: two clean accessible pages whose every figure stands in its JSON."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import orjson
import pypdf
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.dependencies import today
from app.dev.sample_county.facts import Facts
from app.findings.gather import Findings, find_ground, gather, read_asked
from app.places.demo import DEMO_SLUG
from app.reports.facts import paper_facts
from app.reports.paper import compose_paper, lay_out, make_paper

pytestmark = pytest.mark.slow
REAL_SLUG = "hastings-and-rother"
NUMBER = re.compile(r"(?<![\w.,])£?\d[\d,]*(?:\.\d+)?(?![\w])")


def findings_of(session: Session, slug: str, worst: int | None = None) -> Findings:
    ground = find_ground(session, slug=slug, councils=None, day=today())
    asked = read_asked(session, ground, index_id=None, worst=worst, rule=None)
    return gather(session, ground, asked, today())


def read_pdf(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content))


def words_of(reader: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in reader.pages)


def numbers_in(value: Any) -> Iterator[str]:
    """Every number of a JSON value, also those inside its texts, without commas."""
    if isinstance(value, dict):
        for each in value.values():
            yield from numbers_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from numbers_in(each)
    elif isinstance(value, str):
        for found in NUMBER.findall(value):
            yield found.replace(",", "").lstrip("£")
            yield found.replace(",", "").lstrip("£").lstrip("0") or "0"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield f"{value:g}" if isinstance(value, float) else str(value)


def unaccounted(printed: str, figures: dict[str, Any]) -> tuple[list[str], int]:
    """The printed numbers that the JSON has not, and how many numbers were looked at."""
    known = set(numbers_in(orjson.loads(orjson.dumps(figures))))
    printed = re.sub(r"Page \d+ of \d+", "", printed)
    printed = re.sub(r"\b\d+ k?m\b", "", printed, count=1)  # the scale bar
    missing, seen = [], 0
    for found in NUMBER.findall(printed):
        seen += 1
        plain = found.replace(",", "")
        if plain.startswith("£"):
            pounds, _, pence = plain[1:].partition(".")
            plain = str(int(pounds) * 100 + int(pence or 0))
        if plain not in known and plain.lstrip("0") not in known:
            missing.append(found)
    return missing, seen


@pytest.fixture(scope="module")
def demo(demo_engine: Engine) -> tuple[bytes, dict[str, Any]]:
    with Session(demo_engine) as session:
        findings = findings_of(session, DEMO_SLUG)
        return make_paper(session, findings), paper_facts(session, findings)


@pytest.fixture(scope="module")
def real(place_engine: Engine) -> tuple[bytes, dict[str, Any]]:
    with Session(place_engine) as session:
        findings = findings_of(session, REAL_SLUG)
        return make_paper(session, findings), paper_facts(session, findings)


@pytest.mark.parametrize("which", ["demo", "real"])
def test_the_paper_is_two_a4_pages(which: str, request: pytest.FixtureRequest) -> None:
    reader = read_pdf(request.getfixturevalue(which)[0])
    assert len(reader.pages) == 2
    for page in reader.pages:
        # A4 is 210 x 297 mm: 595.3 x 841.9 points.
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
        assert len(page.extract_text()) > 1_000, "a page is nearly empty"


@pytest.mark.parametrize("which", ["demo", "real"])
def test_every_printed_number_stands_in_the_json(
    which: str, request: pytest.FixtureRequest
) -> None:
    content, figures = request.getfixturevalue(which)
    missing, seen = unaccounted(words_of(read_pdf(content)), figures)
    assert missing == []
    assert seen > 200, "too few numbers were found for this test to mean anything"


def test_a_number_that_the_json_lacks_would_be_found() -> None:
    printed = "18 areas, £669,995.00 and 31,192 people"
    assert unaccounted(printed, {"areas": 18, "pence": 66_999_500}) == (["31,192"], 3)
    assert unaccounted("£6.70", {"pence": 669})[0] == ["£6.70"]


def test_the_paper_is_tagged_english_titled_and_carries_its_fonts(
    demo: tuple[bytes, dict[str, Any]],
) -> None:
    reader = read_pdf(demo[0])
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).startswith("en")
    assert "/StructTreeRoot" in root
    assert reader.metadata is not None
    assert "Hogglestock" in str(reader.metadata.title)
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
    fonts: dict[str, bool] = {}
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            for below in font.get_object()["/DescendantFonts"]:
                described = below.get_object()["/FontDescriptor"].get_object()
                fonts[str(described["/FontName"])] = any(
                    key in described for key in ("/FontFile", "/FontFile2", "/FontFile3")
                )
    assert fonts
    assert all(fonts.values())


def test_the_map_has_words_for_those_who_do_not_see_it(demo: tuple[bytes, dict[str, Any]]) -> None:
    reader = read_pdf(demo[0])
    alternatives = []
    for number in range(1, int(reader.trailer["/Size"])):
        found = reader.get_object(pypdf.generic.IndirectObject(number, 0, reader))
        if isinstance(found, dict) and found.get("/S") == "/Figure":
            alternatives.append(str(found.get("/Alt", "")))
    assert any("Map of Hogglestock" in words for words in alternatives)


def test_the_figures_are_those_worked_out_from_the_cells(
    demo: tuple[bytes, dict[str, Any]], facts: Facts
) -> None:
    figures = demo[1]
    areas, people = figures["areas"], figures["people"]
    assert (areas["selected"], areas["total"]) == (facts.areas_selected, facts.areas_total)
    assert (people["selected"], people["total"]) == (facts.people_selected, facts.people_total)
    assert figures["change"]["newer_selected"] == facts.areas_selected_2025
    money = {row["bucket"]: row for row in figures["money"]["rows"]}
    assert money["neighbourhoods"]["pence"] == facts.neighbourhoods_pence
    assert money["rest_of_partnership"]["pence"] == facts.rest_of_partnership_pence
    assert money["outside"]["pence"] == facts.outside_pence
    assert money["not_placed"]["pence"] == facts.not_placed_pence
    inside = [money["neighbourhoods"], money["rest_of_partnership"]]
    for name in ("located_pence", "estimated_pence", "partnership_wide_pence"):
        assert sum(row[name] for row in inside) == getattr(facts, name)
    assert sum(row["pence"] for row in money.values()) == figures["money"]["file_pence"]
    here = figures["money"]["paid_here"]
    assert (here["lines"], here["pence"]) == facts.recipient_only_here
    assert {row["code"] for row in figures["small_areas"]} == facts.selected


def test_lists_and_totals_of_the_paper_agree(demo: tuple[bytes, dict[str, Any]]) -> None:
    figures = demo[1]
    groups = figures["neighbourhoods"]
    assert sum(row["areas"] for row in groups) == figures["areas"]["selected"]
    assert sum(row["people"] for row in groups) == figures["people"]["selected"]
    inside = figures["money"]["rows"][0]
    for name in ("located_pence", "estimated_pence"):
        assert sum(row[name] for row in groups) == inside[name] > 0
    for place, edition in enumerate(figures["bands"]["editions"]):
        counts = [row["counts"][place] for row in figures["bands"]["rows"]]
        assert sum(counts) == edition["areas"]
    largest = figures["money"]["paid_here"]
    shown = sum(row["pence"] for row in largest["largest"])
    assert shown + largest["more_pence"] == largest["pence"]


def test_the_real_paper_says_what_was_seen_for_hastings_and_rother(
    real: tuple[bytes, dict[str, Any]],
) -> None:
    figures = real[1]
    assert (figures["areas"]["selected"], figures["areas"]["total"]) == (18, 111)
    assert (figures["people"]["selected"], figures["people"]["total"]) == (31_191, 189_270)
    assert figures["change"]["newer_selected"] == 21
    assert figures["named_small_areas"]["lines"] == 11
    assert figures["named_small_areas"]["pence"] == 688_435_00
    assert figures["named_small_areas"]["lines_in_neighbourhoods"] == 8
    assert figures["named_small_areas"]["pence_in_neighbourhoods"] == 669_995_00
    unknown = figures["money"]["no_place"]
    assert 2 * unknown["lines"] > unknown["of_lines"]
    assert unknown["sentence"].startswith("Most lines state no place of spending")
    printed = words_of(read_pdf(real[0]))
    for said in ("£688,435.00", "£669,995.00", "31,191", "Open Government Licence"):
        assert said in printed


def test_the_paper_says_what_the_problems_are_and_leaves_its_sources_to_the_end(
    real: tuple[bytes, dict[str, Any]],
) -> None:
    printed, figures = words_of(read_pdf(real[0])), real[1]
    shares = [row["areas"] / row["areas_known"] for row in figures["problems"]]
    assert len(shares) == 7
    assert shares == sorted(shares, reverse=True)
    for row in figures["problems"]:
        assert f"{row['title']} {row['percent']}%" in printed
    for row in figures["neighbourhoods"]:
        assert f"{row['worst_theme']} {row['themes_in_worst_10']} of 7" in printed
    # the publishers' words stand once, at the end, and not on the map too
    assert printed.count("Contains OS data") == 1
    assert "sources and licences at the end" in printed


def test_the_demo_says_that_it_is_invented(demo: tuple[bytes, dict[str, Any]]) -> None:
    assert demo[1]["invented"]
    assert "Barsetshire is an invented county" in words_of(read_pdf(demo[0]))


def test_a_place_with_more_to_list_runs_on_and_loses_nothing(place_engine: Engine) -> None:
    with Session(place_engine) as session:
        findings = findings_of(session, REAL_SLUG, worst=50)
        reader = read_pdf(make_paper(session, findings))
        figures = paper_facts(session, findings)
    assert len(reader.pages) > 2
    printed = words_of(reader)
    codes = [row["code"] for row in figures["small_areas"]]
    assert len(codes) > 50
    assert [code for code in codes if code not in printed] == []
    assert f"Page 1 of {len(reader.pages)}" in printed


def test_nothing_selected_is_said_in_words(place_engine: Engine) -> None:
    # Of the 111, the national rank of the worst is 147 of 32,844: no rule of 1 % can be empty, so
    # one council without any in the worst 1 % is asked.
    with Session(place_engine) as session:
        ground = find_ground(session, slug=None, councils=["Rother"], day=today())
        asked = read_asked(session, ground, index_id=None, worst=1, rule=None)
        findings = gather(session, ground, asked, today())
        figures = paper_facts(session, findings)
        reader = read_pdf(make_paper(session, findings))
    assert figures["areas"]["selected"] == 0
    assert figures["neighbourhoods"] == []
    assert "No areas match this rule" in words_of(reader)


HOSTILE = '<img src="http://evil.invalid/x.png"><script>alert(1)</script>&amp; {{ 7*7 }}'


def test_a_hostile_name_is_printed_as_it_is_written(demo_db: Session) -> None:
    demo_db.execute(
        text("UPDATE partnerships SET name = :name WHERE slug = :slug"),
        {"name": HOSTILE, "slug": DEMO_SLUG},
    )
    findings = findings_of(demo_db, DEMO_SLUG)
    written = compose_paper(demo_db, findings, paper_facts(demo_db, findings))("roomy")
    assert "<script" not in written
    assert "<img" not in written
    printed = words_of(read_pdf(make_paper(demo_db, findings)))
    assert "{{ 7*7 }}" in printed
    assert "alert(1)" in printed


@pytest.mark.parametrize(
    "asks",
    [
        '<img src="http://evil.invalid/x.png">',
        '<img src="file:///etc/passwd">',
        '<link rel="stylesheet" href="http://evil.invalid/x.css">',
        '<p style="background: url(http://evil.invalid/x.png)">x</p>',
    ],
)
def test_a_paper_that_asks_for_anything_is_not_made(asks: str) -> None:
    from weasyprint.urls import FatalURLFetchingError

    with pytest.raises(FatalURLFetchingError):
        lay_out(f"<!doctype html><html lang='en'><title>x</title>{asks}</html>").write_pdf()


def test_a_paper_is_made_in_under_two_seconds(demo_engine: Engine) -> None:
    with Session(demo_engine) as session:
        findings = findings_of(session, DEMO_SLUG)
        make_paper(session, findings)  # fonts are looked for once
        taken = [float("inf")]
        while (
            min(taken) >= 2.0 and len(taken) <= 8
        ):  # a machine shared with others is slow at times
            began = time.process_time()
            make_paper(session, findings)
            taken.append(time.process_time() - began)
    assert min(taken) < 2.0


def test_the_date_is_that_of_the_findings(demo: tuple[bytes, dict[str, Any]]) -> None:
    day = demo[1]["date"]
    assert isinstance(day, date)
    assert f"Produced {day.day} {day:%B %Y}" in words_of(read_pdf(demo[0]))
