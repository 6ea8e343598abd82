"""The pages about the service: notes on methods as they stand in docs, the accessibility statement, all problems."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.pages.accessibility import TESTED, statement_of
from app.pages.method_notes import FOLDER, UnknownMethod, list_notes, note_html, read_note
from app.problems import all_problems
from app.settings import Settings, from_environment
from tests.app.pages.test_pages import read, text_of
from tests.house.source import REPOSITORY

if TYPE_CHECKING:
    from starlette.testclient import TestClient


def test_every_note_is_listed_with_its_title_and_what_it_says() -> None:
    notes = {note.name: note for note in list_notes()}
    assert set(notes) == {path.stem for path in FOLDER.glob("*.md")}
    assert notes["targets"].title == "Targets"
    assert notes["targets"].says.startswith("What was promised, as figures, and how it goes.")
    assert notes["statements"].has_example
    assert not notes["coordinates"].has_example


def test_no_note_loses_a_word_of_its_tables_and_every_table_is_named() -> None:
    for note in list_notes():
        written = (FOLDER / f"{note.name}.md").read_text(encoding="utf-8")
        rules = len(re.findall(r"^\|(?: *:?-+:? *\|)+ *$", written, re.MULTILINE))
        assert note.html.count("<table>") == note.html.count('role="region"') == rules, note.name
        labels = re.findall(r'aria-label="([^"]+)"', note.html)
        assert len(set(labels)) == len(labels)
        # every row but the rule below the head, and heads without a word
        rows = len(re.findall(r"^\|", written, re.MULTILINE)) - rules
        empty = len(re.findall(r"^\|(?: *\|)+ *$", written, re.MULTILINE))
        assert note.html.count("<tr>") == rows - empty, note.name


def test_markup_in_a_note_is_text_and_links_lead_to_notes_alone() -> None:
    html = note_html(
        "<script>x</script> [a](money.md) [b](../decisions/0001.md) [c](https://e.invalid)\n\n"
        "| | |\n| --- | --- |\n| one | two |\n",
        "T",
    )
    assert "<script" not in html
    assert re.findall(r'href="([^"]+)"', html) == ["/methods/money", "/methods", "/methods"]
    assert "<th" not in html
    assert "<td>one</td>" in html


@pytest.mark.parametrize("name", ["nope", "../money", "Money", "money.md", "", "a" * 60])
def test_no_other_name_reads_a_file(name: str) -> None:
    with pytest.raises(UnknownMethod, match=r"there are [a-z, ]*alignment"):
        read_note(name)


def test_every_test_that_the_statement_names_exists() -> None:
    assert len(TESTED) >= 5
    for _, test in TESTED:
        assert (REPOSITORY / test).is_file(), test


def test_whom_to_tell_is_the_operators_setting(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert statement_of(settings).contact is None
    told = statement_of(dataclasses.replace(settings, contact="help@council.example"))
    assert (told.contact, told.is_address) == ("help@council.example", True)
    assert not statement_of(dataclasses.replace(settings, contact="Call 0300 1")).is_address
    environ = {"BOUNDS_CONTACT": " a@b.example ", "BOUNDS_DATA_DIR": str(tmp_path)}
    assert from_environment(environ).contact == "a@b.example"


@pytest.mark.slow
def test_the_pages_are_linked_from_every_foot_and_say_what_they_list(
    demo_client: TestClient,
) -> None:
    foot = read(demo_client, "/data").partition("<footer")[2]
    for address in ("/methods", "/accessibility", "/problems"):
        assert f'href="{address}"' in foot
    assert 'href="/methods/money"' in read(demo_client, "/methods")
    assert "Worked example" in read(demo_client, "/methods/rebasing")
    assert "There is no note on 'nope'" in text_of(read(demo_client, "/methods/nope", 404))
    assert "BOUNDS_CONTACT" in read(demo_client, "/accessibility")
    page = read(demo_client, "/problems")
    listed = set(re.findall(r'<a href="/problems/([^"]+)">', page))
    assert set(all_problems()) == listed
    assert len(listed) > 40


def test_the_examples_for_programs_can_be_followed(demo_client: TestClient) -> None:
    page = demo_client.get("/docs").text
    found = [one.replace("&amp;", "&") for one in re.findall(r'<li><a href="([^"]+)"', page)]
    assert len(found) >= 4
    for address in found:
        assert demo_client.get(address).status_code == 200, address
