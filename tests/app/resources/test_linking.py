"""Lines draw on the programme their source names: one that is named surely, or none."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE
from app.partnerships.tables import Partnership
from app.resources.actions import import_resources
from app.resources.linking import link_lines
from app.resources.tables import Programme, ResourceFile, ResourceLine

WORDS = ("Neighbourhood Renewal Fund", "  neighbourhood   RENEWAL fund ", "neighbourhood-renewal-fund",
         "Neighbourhood Renewal", None)  # fmt: skip


@pytest.fixture
def lines(db: Session) -> None:
    """Two files of five lines each: one that everybody reads, one for the partnership `towns`."""
    db.add_all(
        Partnership(slug=slug, name=slug, kind="lsp", authorities=["X07000001"], members=[])
        for slug in ("towns", "other")
    )
    db.flush()
    for file_id, slug in (("public", None), ("own", "towns")):
        db.add(
            ResourceFile(
                id=file_id, title="T", publisher="P", licence="L", attribution="A", source_file="f", kind="plain",
                sha256=file_id, partnership_slug=slug, rows_in=5, rows_stored=5, rows_refused=0,
            )
        )  # fmt: skip
        db.flush()
        db.add_all(
            ResourceLine(
                id=f"{file_id}/{at}", file_id=file_id, row=at, identifier=str(at), title="T", funder="F",
                programme=words, stage="awarded", amount_pence=1, currency="GBP", place_kind="none", grade="G",
            )
            for at, words in enumerate(WORDS)
        )  # fmt: skip
    db.flush()


def programme(
    db: Session, programme_id: str, title: str, slug: str | None = None, *, demo: bool = False
) -> None:
    db.add(Programme(id=programme_id, title=title, funder="F", partnership_slug=slug, demo=demo))
    db.flush()


def linked(db: Session) -> dict[str, str]:
    rows = db.execute(
        select(ResourceLine.id, ResourceLine.programme_id).where(
            ResourceLine.programme_id.is_not(None)
        )
    )
    return {row[0]: row[1] for row in rows}


def test_words_that_equal_a_title_or_an_id_link_whatever_their_case_and_blanks(
    db: Session, lines: None
) -> None:
    programme(db, "neighbourhood-renewal-fund", "Neighbourhood Renewal Fund")
    assert link_lines(db) == 6  # three of five in each file: part of a title is no title
    assert set(linked(db)) == {f"{file}/{at}" for file in ("public", "own") for at in (0, 1, 2)}
    assert link_lines(db) == 0


def test_words_that_equal_two_programmes_link_to_neither(db: Session, lines: None) -> None:
    programme(db, "neighbourhood-renewal-fund", "Neighbourhood Renewal Fund")
    programme(db, "second", "NEIGHBOURHOOD RENEWAL FUND")
    assert link_lines(db) == 2  # the id is borne by one alone
    assert set(linked(db)) == {"public/2", "own/2"}


def test_an_own_programme_is_drawn_on_by_its_partnerships_lines_alone_and_goes_first(
    db: Session, lines: None
) -> None:
    programme(db, "neighbourhood-renewal-fund", "Neighbourhood Renewal Fund")
    programme(db, "other-fund", "Neighbourhood Renewal Fund", "other")
    link_lines(db)
    programme(db, "towns-fund", "neighbourhood renewal fund", "towns")
    assert link_lines(db, programme_id="towns-fund") == 2
    here = linked(db)
    assert {key: each for key, each in here.items() if key.startswith("own")} == {
        "own/0": "towns-fund", "own/1": "towns-fund", "own/2": "neighbourhood-renewal-fund",
    }  # fmt: skip
    assert {each for key, each in here.items() if key.startswith("public")} == {
        "neighbourhood-renewal-fund"
    }


def test_only_the_lines_asked_for_are_linked_and_invented_ones_never_to_a_real_programme(
    db: Session, lines: None
) -> None:
    programme(db, "pretended", "Neighbourhood Renewal", demo=True)
    assert link_lines(db) == 0
    programme(db, "neighbourhood-renewal-fund", "Neighbourhood Renewal Fund")
    assert link_lines(db, file_id="own") == 3
    assert set(linked(db)) == {"own/0", "own/1", "own/2"}


def test_a_renamed_programme_lets_go_of_the_lines_that_named_its_old_title(
    db: Session, lines: None
) -> None:
    programme(db, "nrf", "Neighbourhood Renewal Fund")
    assert link_lines(db, programme_id="nrf") == 4
    renamed = db.get_one(Programme, "nrf")
    renamed.title = "Neighbourhood Renewal"
    assert link_lines(db, programme_id="nrf") == 6  # four let go, two taken
    assert set(linked(db)) == {"public/3", "own/3"}


def grant(identifier: str, funder: str, recipient: str, *related: str) -> dict[str, object]:
    return {
        "id": identifier, "title": "T", "currency": "GBP", "amountAwarded": 1, "awardDate": "2019-01-01",
        "fundingOrganization": [{"name": funder}], "recipientOrganization": [{"name": recipient}],
        "relatedActivity": list(related),
    }  # fmt: skip


@pytest.mark.parametrize("parents_first", [True, False])
def test_a_grant_that_names_the_grant_its_funder_received_is_a_regrant_whichever_came_first(
    db: Session, parents_first: bool
) -> None:
    files = [
        [grant("parent", "Fund", "A  Foundation")],
        [
            grant("passed-on", "a foundation", "Club", "parent"),
            grant("of-the-same-funder", "Fund", "Club", "parent"),  # one project, two grants
            grant("of-nothing-stored", "A Foundation", "Club", "unknown"),
        ],
    ]
    for number, held in enumerate(files if parents_first else files[::-1]):
        raw = json.dumps({"grants": held}).encode()
        import_resources(db, COMMAND_LINE, raw, f"{number}.json", commit=True)
    assert {
        each.identifier for each in db.scalars(select(ResourceLine)) if each.role == "regrant"
    } == {"passed-on"}
