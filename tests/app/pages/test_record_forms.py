"""The editor's forms: faults by field, nothing typed is lost, and nobody writes over another unknowing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy.orm import Session

from app.indicators.definitions import NATURES
from app.indicators.methods.periods import DIRECTIONS
from boundaries.rebasing import read_release
from tests.support.engines import open_engine
from tests.support.forms import Editor, editing
from tests.support.forms import fields_of as editor_fields

FORMS = "/desk/records"
MEMBERS = [
    {"name": "Exe Council", "sector": "public", "role": "chair", "joined": "2020-01-01",
     "communities": ["one", "two"]},
    {"name": "Exe Traders", "sector": "private"},
]  # fmt: skip


@pytest.fixture(scope="module")
def editor(
    make_database: Callable[[str], str],
    demo_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Editor]:
    engine = open_engine(make_database(demo_template))
    with editing(engine, tmp_path_factory.mktemp("forms"), "editor", "exe-pact") as made:
        typed = made.fields(f"{FORMS}/partnerships/new")
        typed |= {"name": "Exe Pact", "authorities": "X07000002"}
        sent = made.send(f"{FORMS}/partnerships/new", typed)
        assert (sent.status_code, sent.headers["location"]) == (303, "/partnerships/exe-pact")
        yield made


def test_members_are_rows_with_days_and_read_back_as_they_were_stored(editor: Editor) -> None:
    edit = f"{FORMS}/partnerships/exe-pact/edit"
    typed, rows = editor.fields(edit), {}
    assert typed["members.0.name"] == ""  # one to fill in
    for n, member in enumerate(MEMBERS):
        rows |= {
            f"members.{n}.{name}": "\n".join(told) if name == "communities" else told
            for name, told in member.items()
        }
    assert editor.send(edit, typed | rows).status_code == 303
    kept = editor.read("partnerships/exe-pact")["members"]
    assert [
        {name: each[name] for name in said} for said, each in zip(MEMBERS, kept, strict=True)
    ] == MEMBERS
    page = editor.client.get(edit).text
    assert editor_fields(page)["members.0.joined"] == "2020-01-01"
    assert _inputs(page)["members.1.left"] == "date"
    assert "<h1>Change Exe Pact</h1>" in page
    assert ">Desk of Exe Pact</a>" in page
    # what is refused is told at its row, a row is asked for and taken out, and the rest stays as it is
    wrong = editor.send(edit, editor.fields(edit) | {"members.0.left": "2019-01-01"})
    assert wrong.status_code == 422
    assert 'id="members.0.left-fault"' in wrong.text
    more = editor.send(edit, editor.fields(edit) | {"do": "more:members"})
    assert editor_fields(more.text)["members.2.name"] == ""
    assert editor.send(edit, editor.fields(edit) | {"members.1.gone": "yes"}).status_code == 303
    assert editor.read("partnerships/exe-pact")["members"] == kept[:1]
    assert editor.send(edit, editor.fields(edit) | {"members.0.name": ""}).status_code == 422
    assert editor.send(edit, editor.fields(edit) | {"members.0.gone": "yes"}).status_code == 303
    assert editor.read("partnerships/exe-pact")["members"] == []


def test_a_new_partnership_s_form_gives_another_member_and_keeps_what_was_typed(
    editor: Editor,
) -> None:
    address = f"{FORMS}/partnerships/new"
    typed = editor.fields(address) | {"name": "Wye", "members.0.name": "A", "do": "more:members"}
    back = editor.send(address, typed)
    assert back.status_code == 200
    fields = editor_fields(back.text)
    assert (fields["name"], fields["members.0.name"], fields["members.1.name"]) == ("Wye", "A", "")


def test_a_faulty_form_comes_back_as_it_was_typed_with_each_fault_at_its_field(
    editor: Editor,
) -> None:
    address = f"{FORMS}/actions/new"
    typed = editor.fields(address)
    assert typed["partnership"] == "exe-pact"
    back = editor.send(
        address, typed | {"title": '<b>"Lamps"</b>', "owner": "Council", "due_on": "soon"}
    )
    assert back.status_code == 422
    assert '<span class="error" id="due_on-fault">' in back.text
    assert "&lt;b&gt;&#34;Lamps&#34;&lt;/b&gt;" in back.text
    assert "<b>" not in back.text
    assert editor.read("actions?partnership=exe-pact")["total"] == 0


def test_an_action_is_kept_changed_and_shown_on_the_desk(editor: Editor) -> None:
    address = f"{FORMS}/actions/new"
    typed = editor.fields(address) | {"title": "Lamps", "owner": "Council", "due_on": "2030-05-01"}
    sent = editor.send(address, typed)
    assert sent.headers["location"] == "/partnerships/exe-pact/progress"
    (kept,) = editor.read("actions?partnership=exe-pact")["items"]
    edit = f"{FORMS}/actions/{kept['id']}/edit"
    assert f'href="{edit}"' in editor.client.get("/desk").text
    assert editor.send(edit, editor.fields(edit) | {"status": "done"}).status_code == 303
    (changed,) = editor.read("actions?partnership=exe-pact")["items"]
    assert changed == {**kept, "status": "done"}


def test_who_saves_second_is_told_shown_both_and_overwrites_nothing_unknowing(
    editor: Editor,
) -> None:
    edit = f"{FORMS}/partnerships/exe-pact/edit"
    mine, theirs = editor.fields(edit), editor.fields(edit)
    assert editor.send(edit, theirs | {"lead": "Their lead"}).status_code == 303
    told = editor.send(edit, mine | {"lead": "My lead"})
    assert told.status_code == 412
    assert "<td>Their lead</td><td>My lead</td>" in told.text
    assert editor.read("partnerships/exe-pact")["lead"] == "Their lead"
    fresh = re.findall(r'name="etag" value="([^"]*)"', told.text)[0].replace("&#34;", '"')
    assert editor.send(edit, mine | {"lead": "My lead", "etag": fresh}).status_code == 303
    assert editor.read("partnerships/exe-pact")["lead"] == "My lead"


def test_sending_a_form_unchanged_writes_nothing(editor: Editor) -> None:
    edit = f"{FORMS}/partnerships/exe-pact/edit"
    before = editor.read("partnerships/exe-pact")["version"]
    assert editor.send(edit, editor.fields(edit)).status_code == 303
    assert editor.read("partnerships/exe-pact")["version"] == before


def test_another_partnership_s_record_is_as_good_as_none(editor: Editor) -> None:
    for slug in ("hogglestock-and-st-ewolds", "no-such"):
        assert editor.client.get(f"{FORMS}/partnerships/{slug}/edit").status_code == 404
    typed = editor.fields(f"{FORMS}/programmes/new")
    other = typed | {"partnership": "no-such", "title": "Fund", "funder": "F"}
    assert editor.send(f"{FORMS}/programmes/new", other).status_code == 404
    assert editor.client.get(f"{FORMS}/nothing/new").status_code == 404


def test_a_programme_is_kept_by_form(editor: Editor) -> None:
    typed = editor.fields(f"{FORMS}/programmes/new")
    sent = editor.send(f"{FORMS}/programmes/new", typed | {"title": "Exe Fund", "funder": "F"})
    assert sent.status_code == 303, sent.text
    assert editor.read("programmes/exe-pact.exe-fund")["funder"] == "F"
    edit = f"{FORMS}/programmes/exe-pact.exe-fund/edit"
    assert editor.send(edit, editor.fields(edit) | {"theme": "Crime"}).status_code == 303
    assert editor.read("programmes/exe-pact.exe-fund")["theme"] == "Crime"


def test_a_target_s_form_holds_every_field_that_its_faults_name(editor: Editor) -> None:
    address = f"{FORMS}/targets/new"
    typed = editor.fields(address) | {
        "title": "Fewer empty homes", "kind": "level", "scope": "whole", "baseline_period": "2019",
        "due_period": "2035", "baseline_value": "40",
    }  # fmt: skip
    told = editor.send(address, typed)
    assert told.status_code == 422
    named = set(re.findall(r'<li><a href="#(\w+)">', told.text))
    assert named >= {"measure", "unit", "higher_is_worse", "threshold"}
    assert "give either threshold or “Share of a gap to close”" in told.text
    assert "reduction_share" not in re.sub(r"<[^>]+>", "", told.text)
    assert all(f'id="{field}"' in told.text for field in named)
    said = {"measure": "Empty homes", "unit": "homes", "higher_is_worse": "true", "threshold": "10"}
    stepped = said | {"path": "stepped", "milestones": "2025 = 30\n2030 = 20"}
    assert editor.send(address, typed | stepped).status_code == 303
    (kept,) = editor.read("targets?partnership=exe-pact")["items"]
    assert [step["figure"] for step in kept["milestones"]] == [30, 20]
    edit = f"{FORMS}/targets/{kept['id']}/edit"
    assert editor.fields(edit)["milestones"] == "2025 = 30.0\n2030 = 20.0"


def test_a_form_without_its_word_changes_nothing(editor: Editor) -> None:
    edit = f"{FORMS}/partnerships/exe-pact/edit"
    typed = editor.fields(edit) | {"lead": "Foreign"}
    del typed["form_word"]
    assert editor.send(edit, typed).status_code == 403
    assert editor.read("partnerships/exe-pact")["lead"] != "Foreign"


def _options(page: str, name: str) -> list[str]:
    found = re.search(rf'<(select|datalist) id="{name}(?:-known)?".*?</\1>', page, re.DOTALL)
    assert found is not None, name
    return re.findall(r'<option value="([^"]*)"', found[0])


def test_what_the_service_knows_is_chosen_from_a_list_and_not_typed(editor: Editor) -> None:
    page = editor.client.get("/desk/import/indicators").text
    assert _options(page, "direction") == ["", *DIRECTIONS]
    assert _options(page, "nature") == ["", *NATURES]
    assert _options(page, "partnership") == ["", "exe-pact"]
    releases = _options(page, "release")[1:]
    assert len(set(releases)) == len(releases) > 1
    with Session(editor.engine) as session:
        for one in releases:  # each is what an upload takes
            assert read_release(session, one).demo
    target = editor.client.get(f"{FORMS}/targets/new?partnership=exe-pact").text
    assert _options(target, "partnership") == ["exe-pact"]
    assert "imd-2019-demo-income" in _options(target, "indicator")


def _inputs(page: str) -> dict[str, str]:
    """Give the type of each field of a page by its name."""
    tags = re.findall(r"<input [^>]*>", page)
    return {
        found[1]: kind[1]
        for tag in tags
        if (found := re.search(r' name="([^"]+)"', tag))
        and (kind := re.search(r' type="(\w+)"', tag))
    }


def test_every_day_is_asked_for_by_a_field_of_days_and_every_year_by_one_of_years(
    editor: Editor,
) -> None:
    forms = {
        "actions/new": {"starts_on": "date", "due_on": "date"},
        "partnerships/new": {"valid_from": "date", "valid_to": "date", "members.0.joined": "date"},
        "managers/new": {"starts_on": "date", "ends_on": "date"},
        "services/new": {"starts_on": "date", "review_on": "date"},
        "budgets/new": {"year": "number"},
        "programmes/new": {"first_year": "number", "last_year": "number"},
        "strategies/exe-pact/edit": {"learning.0.due_on": "date"},
    }  # fmt: skip
    for address, asked in forms.items():
        page = editor.client.get(f"{FORMS}/{address}").text
        kinds = _inputs(page)
        assert {name: kinds[name] for name in asked} == asked
        assert "YYYY" not in page


def test_what_is_no_day_is_shown_again_as_it_was_typed_with_the_rule(editor: Editor) -> None:
    address = f"{FORMS}/actions/new"
    typed = editor.fields(address) | {
        "title": "Lamps",
        "owner": "Council",
        "starts_on": "2030-01-01",
    }
    for wrong in ("soon", "2026-02-30", "30/11/2026"):
        back = editor.send(address, typed | {"due_on": wrong})
        assert back.status_code == 422
        assert editor_fields(back.text)["due_on"] == wrong
        assert (_inputs(back.text)["due_on"], _inputs(back.text)["starts_on"]) == ("text", "date")
        assert (
            '<li><a href="#due_on">Due on</a>: a day of the calendar, as 2026-11-30</li>'
            in back.text
        )


def test_a_programme_s_years_are_asked_for_by_their_april_and_kept_by_name(editor: Editor) -> None:
    typed = editor.fields(f"{FORMS}/programmes/new") | {"title": "Years", "funder": "F"}
    back = editor.send(f"{FORMS}/programmes/new", typed | {"first_year": "early"})
    assert back.status_code == 422
    assert editor_fields(back.text)["first_year"] == "early"
    for first, last in (("1999", "2003"), ("1999-00", "2003-04")):
        title = f"Years {first}"
        said = typed | {"title": title, "first_year": first, "last_year": last}
        assert editor.send(f"{FORMS}/programmes/new", said).status_code == 303
    kept = editor.read("programmes/exe-pact.years-1999")
    assert (kept["first_year"], kept["last_year"]) == ("1999-00", "2003-04")
    assert editor.read("programmes/exe-pact.years-1999-00")["first_year"] == "1999-00"
    edit = editor.fields(f"{FORMS}/programmes/exe-pact.years-1999/edit")
    assert (edit["first_year"], edit["last_year"]) == ("1999", "2003")
