"""A neighbourhood's paper: PDF and Word file say what the JSON says, under any name, and nothing else."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import docx
import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.neighbourhoods.tables import Neighbourhood, NeighbourhoodVersion
from app.places.demo import DEMO_SLUG
from app.reports.neighbourhood_facts import worst_first, year_facts
from app.reports.neighbourhood_paper import (
    NeighbourhoodPaper,
    figures_of_paper,
    print_neighbourhood,
    read_neighbourhood,
    write_neighbourhood_document,
)
from app.reports.wording import in_columns
from boundaries.footprints import Ground, store_footprint
from boundaries.queries import releases_of
from boundaries.tables import Boundary
from tests.app.reports.test_paper import findings_of, read_pdf, unaccounted, words_of
from tests.app.reports.test_word import words_of as words_of_file

HOSTILE = "<script>alert(1)</script> {{ 7*7 }} & =1+1"
DAY = date(2026, 11, 28)


def paper_of(session: Session) -> NeighbourhoodPaper:
    """Keep three small areas of the demo partnership as a neighbourhood under a hostile name, and gather its paper."""
    codes = tuple(str(code) for code in findings_of(session, DEMO_SLUG).designated.ground.codes[:3])
    session.add(
        Neighbourhood(
            slug="quarter", name=HOSTILE, named_by="person", kind="listed", made_by="t", demo=True,
            partnership_slug=DEMO_SLUG,
        )
    )  # fmt: skip
    session.flush()
    ground = Ground(codes=codes, as_at=date(2019, 10, 1), demo=True)
    session.add(
        NeighbourhoodVersion(
            slug="quarter", version=1, footprint_id=store_footprint(session, ground), reason="because",
            author="t", inputs={}, figures={},
        )
    )  # fmt: skip
    session.flush()
    return read_neighbourhood(session, "quarter", None, DAY)


def ward_names(session: Session, release: str) -> list[str]:
    """List the names of a release's wards."""
    return list(session.scalars(select(Boundary.name).where(Boundary.release_id == release)))


@pytest.mark.slow
def test_pdf_and_word_file_say_only_what_the_json_says(demo_db: Session) -> None:
    paper = paper_of(demo_db)
    figures: dict[str, Any] = orjson.loads(figures_of_paper(paper))
    pdf = read_pdf(print_neighbourhood(demo_db, paper))
    word = docx.Document(io.BytesIO(write_neighbourhood_document(demo_db, paper)))
    for printed in (words_of(pdf), words_of_file(word)):
        # the scale bar's words are drawn twice, once as their own halo
        missing, seen = unaccounted(re.sub(r"(?:\d+ k?m){2}", "", printed), figures)
        assert missing == []
        assert seen > 60, "too few numbers were found for this test to mean anything"
        # a name is words: neither markup nor a template
        assert "{{ 7*7 }}" in printed
        assert "<script>alert(1)</script>" in printed
        assert all(row["code"] in printed for row in figures["small_areas"])
    assert len(figures["small_areas"]) == 3
    # the map names the wards around, and their release is among the sources
    assert releases_of(demo_db, [figures["wards"]])[0].title in str(figures["sources"])
    assert any(name in words_of(pdf) for name in ward_names(demo_db, figures["wards"]))
    assert figures["finding"] in words_of_file(word)
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert str(pdf.trailer["/Root"]["/Lang"]).startswith("en")
    assert [round(float(side)) for side in pdf.pages[0].mediabox[2:]] == [595, 842]
    assert "Map of" in word.inline_shapes[0]._inline.docPr.get("descr")


def test_themes_stand_worst_first_and_what_is_not_known_last() -> None:
    rows = [{"title": "a", "rank": None}, {"title": "b", "rank": 40}, {"title": "c", "rank": 3}]
    assert [row["title"] for row in worst_first(rows)] == ["c", "b", "a"]


def test_years_sum_their_themes_and_never_located_with_estimated() -> None:
    def row(year: str | None, located: int, estimated: int) -> dict[str, Any]:
        return {
            "year": year, "theme": None, "located_lines": 1, "located_pence": located,
            "estimated_lines": 2, "estimated_pence": estimated,
        }  # fmt: skip

    assert year_facts([row("2001-02", 100, 7), row("2001-02", 50, 1), row(None, 3, 0)]) == [
        {"year": "2001-02", "lines": 6, "located_pence": 150, "estimated_pence": 8},
        {"year": None, "lines": 3, "located_pence": 3, "estimated_pence": 0},
    ]


def test_two_columns_hold_every_source_once_and_a_parted_licence_is_named_twice() -> None:
    def source(title: str) -> dict[str, Any]:
        return {"titles": [title], "publisher": "p", "attribution": "x" * 100}

    licences = [
        {"licence": "one", "entries": [source(f"a{n}") for n in range(6)]},
        {"licence": "two", "entries": [source("b")]},
    ]
    left, right = in_columns(licences)
    assert [each["licence"] for each in left] == ["one"]
    assert [each["licence"] for each in right] == ["one", "two"]
    titles = [entry["titles"][0] for part in (*left, *right) for entry in part["entries"]]
    assert titles == ["a0", "a1", "a2", "a3", "a4", "a5", "b"]
    assert abs(sum(len(part["entries"]) for part in left) - 3.5) < 1
    assert in_columns([]) == []
