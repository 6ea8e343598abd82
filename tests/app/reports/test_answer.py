"""The answer on the command line: at most eight lines, each figure as the paper has it, and two files."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app.places.demo import DEMO_SLUG
from app.reports.answer import answer_lines
from app.reports.commands import CannotWrite, map_command, report_app, save

pytestmark = pytest.mark.slow
ADDRESS = "http://127.0.0.1:8000"


def test_hastings_and_rother_is_answered_in_eight_lines(
    place_engine: Engine, tmp_path: Path
) -> None:
    with Session(place_engine) as session:
        lines = answer_lines(session, "hastings-and-rother", out=tmp_path / "out", address=ADDRESS)
    assert len(lines) <= 8
    assert all("\n" not in line for line in lines)
    told = "\n".join(lines)
    for said in (
        "is a union of two districts, Hastings and Rother",
        "18 of 111 small areas are in the most deprived 10 % of England",
        "home to 31,191 of 189,270 people (mid-2020)",
        "21 of 111 by IMD 2025: 18 kept, 3 added, 0 dropped",
        "11 grants name a small area here: £688,435.00; 8 of them, £669,995.00, in the 18",
        "priority neighbourhoods £669,995.00 located and £0.00 estimated",
        "place of spending not stated: 11 lines",
        f"page: {ADDRESS}/partnerships/hastings-and-rother",
    ):
        assert said in told, said
    assert (tmp_path / "out/hastings-and-rother.pdf").read_bytes().startswith(b"%PDF-")
    page = (tmp_path / "out/hastings-and-rother.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "£669,995.00" in page
    assert (
        "http://" not in page.replace("http://www.w3.org", "").replace("http://leafletjs", "")[:500]
    )


def test_the_demo_says_first_that_it_is_invented(demo_engine: Engine, tmp_path: Path) -> None:
    with Session(demo_engine) as session:
        lines = answer_lines(session, DEMO_SLUG, out=tmp_path, address=ADDRESS)
    assert len(lines) <= 8
    assert lines[0].startswith("Barsetshire is invented: no place, person or pound is real.")
    assert "of Barsetshire (invented)" in lines[1]


@pytest.fixture
def command_line(demo_engine: Engine) -> typer.Typer:
    app = typer.Typer()

    @app.callback()
    def root(context: typer.Context) -> None:
        context.obj = lambda: demo_engine

    app.command("map")(map_command)
    app.add_typer(report_app, name="report")
    return app


def test_the_commands_write_the_files_asked_for(command_line: typer.Typer, tmp_path: Path) -> None:
    pdf, page = tmp_path / "a.pdf", tmp_path / "a.html"
    told = CliRunner().invoke(
        command_line, ["report", "partnership", DEMO_SLUG, "-o", str(pdf), "--worst", "20"]
    )
    assert told.exit_code == 0, told.output
    assert told.output.strip() == str(pdf)
    assert pdf.read_bytes().startswith(b"%PDF-")
    told = CliRunner().invoke(command_line, ["map", DEMO_SLUG, "-o", str(page)])
    assert told.exit_code == 0, told.output
    assert "Hogglestock" in page.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="cannot be written"):
        save(tmp_path / "no" / "such" / "folder.pdf", b"")
    assert not (tmp_path / "no").exists()
