"""Files of money that are large, broken, half hidden or sent twice: bounded, listed, never counted again."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
from openpyxl import Workbook
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.access.actions import create_token
from app.access.audit import COMMAND_LINE
from app.main import create_app
from app.places.demo import DEMO_SLUG
from app.resources.actions import import_resources
from app.resources.methods import place
from app.resources.methods.place import PlaceLookups, PlaceUnsure, place_by_words
from app.resources.placing import place_lines
from app.resources.queries import stored_lines
from app.resources.readers.plain import REQUIRED, read_plain, read_plain_rows
from app.resources.tables import ResourceFile
from app.settings import Settings
from app.vintages.readers.cells import FileRefused, read_sheet
from tests.support.engines import open_engine

MORE_THAN_PARAMETERS = 65_536  # a statement of PostgreSQL takes 65,535
ROW = {"what": "a", "amount": 1, "year": "2018-19", "funder": "F", "place": ""}


def test_a_visible_sheet_goes_before_a_hidden_one_and_it_is_said() -> None:
    book = Workbook()
    book.active.append(REQUIRED)
    book.active.append(["Last year's", 5, "2017-18", "F", ""])
    book.active.sheet_state = "hidden"
    shown = book.create_sheet("Plan")
    shown.append(REQUIRED)
    shown.append(["This year's", 7, "2018-19", "F", ""])
    book.active = 1
    held = io.BytesIO()
    book.save(held)
    read = read_plain(held.getvalue(), "plan.xlsx")
    assert list(read.frame["title"]) == ["This year's"]
    assert [(note.rule, note.value) for note in read.notes] == [("one-sheet", "Plan")]


def test_a_sheet_that_breaks_off_below_its_header_is_refused_by_its_rule() -> None:
    book = Workbook()
    book.active.append(REQUIRED)
    book.active.append(list(ROW.values()))
    held, broken = io.BytesIO(), io.BytesIO()
    book.save(held)
    with zipfile.ZipFile(held) as before, zipfile.ZipFile(broken, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(b"</sheetData>", b"</oops>"))
    # No sheet holds these titles, so the first one is read for the message.
    with pytest.raises(FileRefused) as refused:
        read_sheet(broken.getvalue(), "plan.xlsx", wanted=("identifier",))
    assert refused.value.faults[0].rule == "file-readable"


def test_semicolons_part_the_cells_also_where_a_title_holds_a_comma() -> None:
    text = "what;amount;year;funder;place;notes, if any\nPlay;5;2018-19;F;;x\n"
    read = read_plain(text.encode(), "plan.csv")
    assert list(read.frame["amount_pence"]) == [500]


@pytest.mark.parametrize("column", ["what", "amount", "place", "theme"])
def test_a_list_or_an_object_is_no_cell(column: str) -> None:
    read = read_plain_rows([ROW | {column: {"a": 1}}, ROW | {column: ["a"]}, ROW])
    assert [(each.row, each.column, each.rule) for each in read.faults] == [
        (1, column, "value-is-one"), (2, column, "value-is-one"),
    ]  # fmt: skip
    assert (read.rows_in, len(read.frame)) == (3, 1)


def test_candidates_are_sought_for_a_bounded_number_of_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(place, "MOST_SOUGHT", 2)
    names = pd.DataFrame(
        {"code": ["E05000001"], "type": ["wd"], "name": ["Tressell"], "within": ["Hastings"],
         "current": [True]}
    )  # fmt: skip
    known = PlaceLookups(names[["code", "type", "name"]], pd.DataFrame({"postcode": []}), names)

    def offered(words: str) -> int:
        with pytest.raises(PlaceUnsure) as unsure:
            place_by_words(words, known)
        return len(unsure.value.candidates)

    # Two names are sought; the third is refused as they are but offered nothing; the first is remembered.
    assert [offered(words) for words in ("Tresell", "Tressel", "Tresel", "Tresell")] == [1, 1, 0, 1]


@pytest.fixture(scope="module")
def engine(make_database: Callable[[str], str], demo_template: str) -> Iterator[Engine]:
    opened = open_engine(make_database(demo_template), statement_timeout_s=60)
    yield opened
    opened.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened
        opened.rollback()


@pytest.mark.slow
@pytest.mark.parametrize(
    "place_of", ["E01{:06d}".format, lambda n: f"TN{n // 6760} {n // 676 % 10}{_letters(n)}"]
)
def test_a_file_may_name_more_places_than_a_statement_has_parameters(
    session: Session, place_of: Callable[[int], str]
) -> None:
    rows = [ROW | {"place": place_of(number)} for number in range(MORE_THAN_PARAMETERS + 6760)]
    read = read_plain_rows(rows[6760:])
    placed = place_lines(session, read, name="rows", by_words=True)
    assert (len(placed.frame), len(placed.faults)) == (0, MORE_THAN_PARAMETERS)


def _letters(number: int) -> str:
    return chr(65 + number % 676 // 26) + chr(65 + number % 26)


@pytest.mark.slow
def test_more_lines_may_be_looked_for_than_a_statement_has_parameters(session: Session) -> None:
    assert stored_lines(session, [f"x{n}" for n in range(MORE_THAN_PARAMETERS)]) == {}


@pytest.mark.slow
@pytest.mark.usefixtures("engine")
def test_a_file_without_one_good_row_leaves_nothing_behind(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with Session(engine) as session, session.begin():
        secret = create_token(session, "editor", DEMO_SLUG, "test").secret
        before = session.scalar(select(func.count()).select_from(ResourceFile))
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("bounds")), engine)
    with TestClient(app) as served:
        for _ in range(2):  # and may be sent again: it is not "already here"
            answer = served.post(
                f"/api/v1/resources?partnership={DEMO_SLUG}", json=[ROW | {"amount": "some"}],
                headers={"Authorization": f"Bearer {secret}"},
            )  # fmt: skip
            assert answer.status_code == 422, answer.text
            assert answer.json()["type"] == "/problems/nothing-to-store"
            told = answer.json()["errors"]
            assert [
                (each["row"], each["column"], each["value"], each["rule"]) for each in told
            ] == [(1, "amount", "some", "amount-is-a-number")]
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(ResourceFile)) == before


def grants(*identifiers: str) -> bytes:
    return json.dumps(
        {
            "grants": [
                {
                    "id": each, "title": "t", "currency": "GBP", "amountAwarded": 5, "awardDate": "2019-03-31",
                    "fundingOrganization": [{"name": "F"}],
                }
                for each in identifiers
            ]
        }
    ).encode()  # fmt: skip


@pytest.mark.slow
def test_a_grant_that_all_partnerships_read_is_not_stored_again_for_one(session: Session) -> None:
    def bring(source: object, slug: str | None = None) -> tuple[int, int, bool, list[str]]:
        report = import_resources(
            session, COMMAND_LINE, source, "file", partnership_slug=slug, commit=True  # type: ignore[arg-type]
        )  # fmt: skip
        rules = [fault.rule for fault in report.faults]
        return report.rows_stored, report.rows_refused, report.same_as is not None, rules

    assert bring(grants("360G-1", "360G-2")) == (2, 0, False, [])
    assert bring(grants("360G-1", "360G-2"), DEMO_SLUG) == (0, 2, True, [])
    assert bring(grants("360G-2", "360G-3"), DEMO_SLUG) == (1, 1, False, ["identifier-once"])
    # A keeper's own "1" means another line in every table; the same words are the same line.
    assert bring([ROW | {"identifier": "1"}]) == (1, 0, False, [])
    assert bring([ROW | {"identifier": "1", "amount": 2}], DEMO_SLUG) == (1, 0, False, [])
    assert bring([ROW]) == (1, 0, False, [])
    assert bring([ROW, ROW | {"amount": 3}], DEMO_SLUG) == (1, 1, False, ["identifier-once"])


@pytest.mark.slow
def test_a_file_of_half_a_gigabyte_is_refused_while_it_is_read_and_fills_no_memory(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sent, answers = 0, []
    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/rehearsals/resources", "query_string": b"", "client": None,
        "headers": [(b"host", b"127.0.0.1:8000"), (b"content-type", b"text/csv")], "http_version": "1.1",
        "scheme": "http", "root_path": "", "raw_path": b"/api/v1/rehearsals/resources", "server": ("127.0.0.1", 8000),
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        nonlocal sent
        sent += 1
        return {"type": "http.request", "body": bytes(1_000_000), "more_body": sent < 500}

    async def send(message: dict[str, Any]) -> None:
        answers.append(message)

    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("bounds")), engine)
    with TestClient(app) as served:
        assert served.portal is not None
        tracemalloc.start()
        served.portal.call(app, scope, receive, send)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert answers[0]["status"] == 413
    assert sent <= 202  # not read to its end: the limit is 200 MB
    assert peak < 20_000_000
