"""The forms of a partnership's papers and of what is agreed for its neighbourhoods, over the demo county."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.datastructures import FormData

from app.dependencies import today
from app.pages.paper_kinds import PAPERS
from app.pages.record_fields import from_text, given_by, sent_texts, stored_texts, to_text
from tests.support.engines import open_engine
from tests.support.forms import Editor, editing, fields_of

FORMS = "/desk/records"
STRATEGY = f"{FORMS}/strategies/exe-pact/edit"
HOSTILE = "<img src=x onerror=alert(1)> {{7*7}} \u202eevil \U0001f3da " + "Llanfair" * 25


@pytest.fixture(scope="module")
def editor(
    make_database: Callable[[str], str],
    demo_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Editor]:
    engine = open_engine(make_database(demo_template))
    with editing(engine, tmp_path_factory.mktemp("papers"), "administrator", None) as made:
        typed = made.fields(f"{FORMS}/partnerships/new")
        typed |= {
            "name": "Exe Pact", "authorities": "X07000002",
            "members.0.name": "Exe Council", "members.0.sector": "public",
            "members.1.name": "Exe Traders", "members.1.sector": "private",
        }  # fmt: skip
        assert made.send(f"{FORMS}/partnerships/new", typed).status_code == 303
        yield made


def test_rows_that_are_empty_or_taken_out_go_and_the_others_keep_their_order() -> None:
    parts = PAPERS["strategies"].parts
    sent = FormData(
        [("learning.0.title", "First"), ("learning.1.title", ""), ("learning.1.status", "done"),
         ("learning.2.title", "Second"), ("learning.7.title", "Third"), ("learning.7.gone", "yes")]
    )  # fmt: skip
    typed = sent_texts(parts, sent, {"vision": "Good streets", "objectives.0.title": "Homes"})
    assert given_by(parts, typed) == {
        "vision": "Good streets", "objectives": [{"title": "Homes"}],
        "learning": [{"title": "First"}, {"title": "Second"}],
    }  # fmt: skip
    texts = stored_texts(parts, given_by(parts, typed))
    assert {name: text for name, text in texts.items() if text} == {
        name: text for name, text in typed.items() if text
    }


@pytest.mark.parametrize(
    ("typed", "pence"),
    [("25000", 2_500_000), ("£25,000.5", 2_500_050), ("0.07", 7), ("", None), ("25,00", "25,00"),
     ("1e3", "1e3"), ("-1", "-1"), ("1.234", "1.234")],
)  # fmt: skip
def test_pounds_are_read_to_the_penny_and_anything_else_is_left_as_typed(
    typed: str, pence: Any
) -> None:
    assert from_text(typed, "pounds") == pence
    if isinstance(pence, int):
        assert from_text(to_text(pence, "pounds"), "pounds") == pence


def test_a_strategy_is_drafted_row_by_row_published_and_signed(editor: Editor) -> None:
    typed = editor.fields(STRATEGY)
    assert "objectives.0.title" in typed
    asks = editor.client.get(STRATEGY).text
    # a row may stay empty: what is needed in it is needed where it is used
    assert asks.count("(needed where the row is used)") == 3
    assert "Why this version is written, in a sentence" in asks.split("(needed)")[0][-200:]
    asked = editor.send(STRATEGY, typed | {"objectives.0.title": "Homes", "do": "more:objectives"})
    assert asked.status_code == 200
    assert 'name="objectives.1.title"' in asked.text
    assert 'value="Homes"' in asked.text
    assert "Nothing is written yet" in editor.client.get(STRATEGY).text

    typed |= {
        "vision": "Good streets", "objectives.0.title": HOSTILE, "learning.0.title": "To listen",
        "learning.0.due_on": "soon", "reason": "A test",
    }  # fmt: skip
    back = editor.send(STRATEGY, typed | {"do": "save"})
    assert back.status_code == 422
    assert 'id="learning.0.due_on-fault"' in back.text
    assert '<a href="#learning.0.due_on">Thing to learn 1: by when</a>' in back.text
    assert "<img" not in back.text
    assert "{{7*7}}" in back.text

    typed["learning.0.due_on"] = "2040-01-01"
    assert editor.send(STRATEGY, typed | {"do": "save"}).status_code == 303
    stranger = editor.stranger()
    assert stranger.get("/api/v1/partnerships/exe-pact/strategy").json()["version"] is None
    draft = editor.fields(STRATEGY)
    assert draft["objectives.0.title"] == HOSTILE.strip()
    sent = editor.send(STRATEGY, draft | {"do": "publish"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/partnerships/exe-pact/strategy")
    told = stranger.get("/api/v1/partnerships/exe-pact/strategy").json()
    assert (told["version"], told["learning"][0]["due_on"]) == (1, "2040-01-01")

    signing = "/desk/sign-offs/exe-pact"
    blank = editor.fields(signing)
    assert editor.send(signing, blank).status_code == 422
    strange = blank | {"member": ["Exe Traders", "Nobody at all"]}
    refused = editor.send(signing, strange)
    assert refused.status_code == 422
    assert 'value="Exe Traders" checked' in refused.text
    assert editor.read("partnerships/exe-pact/strategy")["signed"] == 0  # all of them or none
    assert editor.send(signing, blank | {"member": ["Exe Traders"]}).status_code == 303
    assert editor.read("partnerships/exe-pact/strategy")["signed"] == 1
    assert 'value="Exe Traders"' not in editor.client.get(signing).text


def test_who_saves_a_strategy_second_is_shown_row_by_row_what_was_saved_since(
    editor: Editor,
) -> None:
    mine, theirs = editor.fields(STRATEGY), editor.fields(STRATEGY)
    words = {"reason": "Once more", "do": "save"}
    assert editor.send(STRATEGY, theirs | words | {"objectives.0.title": "Theirs"}).status_code == 303  # fmt: skip
    # a row asked for meanwhile does not take the other's words for read: the old tag stays
    more = fields_of(editor.send(STRATEGY, mine | {"do": "more:plans"}).text)
    assert more["etag"] == mine["etag"]
    told = editor.send(STRATEGY, mine | words | {"objectives.0.title": "Mine"})
    assert told.status_code == 412
    assert '<th scope="row">Objective 1: objective</th><td>Theirs</td><td>Mine</td>' in told.text
    assert editor.fields(STRATEGY)["objectives.0.title"] == "Theirs"
    kept = editor.fields(STRATEGY)
    removing = {"etag": kept["etag"], "form_word": kept["form_word"]}
    assert editor.send(STRATEGY.replace("/edit", "/remove"), removing).status_code == 422
    assert editor.send(STRATEGY.replace("/edit", "/remove"), removing | {"sure": "yes"}).status_code == 303  # fmt: skip
    assert "Theirs" not in editor.client.get(STRATEGY).text


def test_an_assessor_s_note_is_an_administrator_s(editor: Editor, tmp_path: Any) -> None:
    note = f"{FORMS}/notes/exe-pact:players/edit"
    typed = editor.fields(note)
    bad = editor.send(note, typed | {"words": "Ring 01424 555123", "role": "Assessor"})
    assert bad.status_code == 422
    assert 'id="words-fault"' in bad.text
    sent = editor.send(note, typed | {"words": "All are there", "role": "Assessor"})
    assert sent.headers["location"] == "/partnerships/exe-pact/accreditation#players"
    assert "All are there" in editor.client.get("/partnerships/exe-pact/accreditation").text
    with editing(editor.engine, tmp_path, "editor", "exe-pact") as other:
        assert other.client.get(note).status_code == 404
        assert "/records/notes/" not in other.client.get("/desk").text
    assert editor.client.get(f"{FORMS}/notes/exe-pact:nothing/edit").status_code == 404
    assert editor.client.get(f"{FORMS}/notes/new").status_code == 404


def test_what_is_agreed_for_a_neighbourhood_is_kept_changed_and_removed_by_form(
    editor: Editor,
) -> None:
    council = editor.read("areas/X07000002/covers?type=lsoa&limit=3")["items"]
    made = editor.client.post(
        "/api/v1/neighbourhoods",
        json={"name": "Exe Estate", "codes": [each["code"] for each in council],
              "partnership": "exe-pact", "reason": "A test"},
        headers={"X-CSRF-Token": editor.fields(STRATEGY)["form_word"], "Origin": "http://testserver"},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    new = f"{FORMS}/budgets/new?neighbourhood=exe-estate"
    typed = editor.fields(new)
    assert typed["neighbourhood"] == "exe-estate"
    typed |= {"fund": "Estate pot", "year": "2026-27", "decided_by": "The board"}
    bad = editor.send(new, typed | {"amount_pence": "a lot"})
    assert bad.status_code == 422
    assert 'value="a lot"' in bad.text
    assert 'id="amount_pence-fault"' in bad.text
    sent = editor.send(new, typed | {"amount_pence": "£12,000.50"})
    assert sent.headers["location"] == "/neighbourhoods/exe-estate#agreed"
    (budget,) = editor.read("agreements/budgets?neighbourhood=exe-estate")["items"]
    assert budget["amount_pence"] == 1_200_050
    edit = f"{FORMS}/budgets/{budget['id']}/edit"
    fields = editor.fields(edit)
    assert fields["amount_pence"] == "12000.50"
    assert editor.send(edit, fields | {"amount_pence": "12001"}).status_code == 303
    (budget,) = editor.read("agreements/budgets?neighbourhood=exe-estate")["items"]
    assert budget["amount_pence"] == 1_200_100
    for kind, given in (
        ("managers", {"role": "Manager", "organisation": "Exe Council"}),
        ("services", {"service": "Lamps", "provider": "Exe Council", "standard": "All lit", "review_on": "2040-01-01"}),
    ):  # fmt: skip
        new = f"{FORMS}/{kind}/new?neighbourhood=exe-estate"
        assert editor.send(new, editor.fields(new) | given).status_code == 303
    desk = editor.client.get("/desk?partnership=exe-pact").text
    assert re.findall(r"Estate pot – 2026-27|Manager – Exe Council|Lamps – Exe Council", desk) == [
        "Manager – Exe Council", "Lamps – Exe Council", "Estate pot – 2026-27",
    ]  # fmt: skip
    stale = {"etag": fields["etag"], "form_word": fields["form_word"], "sure": "yes"}
    assert editor.send(edit.replace("/edit", "/remove"), stale).status_code == 412
    now = stale | {"etag": editor.fields(edit)["etag"]}
    assert editor.send(edit.replace("/edit", "/remove"), now).status_code == 303
    assert editor.read("agreements/budgets?neighbourhood=exe-estate")["total"] == 0


def test_a_statement_is_drafted_signed_with_its_figures_and_revised(editor: Editor) -> None:
    new = f"{FORMS}/programmes/new?partnership=exe-pact"
    fund = editor.fields(new) | {"title": "Exe Fund", "funder": "F"}
    assert editor.send(new, fund).status_code == 303
    form = f"{FORMS}/statements/exe-pact:2018-19:exe-pact.exe-fund/edit"
    address = "partnerships/exe-pact/statement-of-use?programme=exe-pact.exe-fund&year=2018-19"
    typed = editor.fields(form) | {"introduction": "What we did", "signatories.0.role": "Chair"}
    unsigned = editor.send(form, typed | {"do": "sign"})
    assert unsigned.status_code == 422
    assert "Signatory 1: organisation" in unsigned.text
    typed |= {
        "signatories.0.organisation": "Exe Council", "prepared_by_role": "Officer",
        "agreed_on": today().isoformat(),
    }  # fmt: skip
    assert editor.send(form, typed | {"do": "sign"}).status_code == 303
    (told,) = editor.read(address)["statements"]
    assert (told["state"], told["revision"]) == ("signed", 1)
    page = editor.client.get(f"/{address}").text
    assert "tenth by the Barsetshire Index of Deprivation 2019" in page
    assert "imd-2019-demo" not in page.split("<main")[1].split("<h2")[-1]
    assert told["sign_off"]["signatories"] == [{"role": "Chair", "organisation": "Exe Council"}]
    # the words it was signed with are frozen: what is saved next begins another revision
    assert "begins revision 2" in editor.client.get(form).text
    assert editor.send(form, typed | {"introduction": "Old tag", "do": "save"}).status_code == 412
    again = editor.fields(form) | {"introduction": "Mended", "do": "save"}
    assert editor.send(form, again).status_code == 303
    (told,) = editor.read(address)["statements"]
    assert (told["state"], told["revision"], told["words"]["introduction"]) == (
        "draft",
        2,
        "Mended",
    )
    for wrong in ("exe-pact", "exe-pact:2018-19", "exe-pact:2018-19:no-such"):
        assert editor.client.get(f"{FORMS}/statements/{wrong}/edit").status_code == 404
    assert editor.client.get(f"{FORMS}/statements/exe-pact:x:exe-pact.exe-fund/edit").status_code == 422  # fmt: skip
