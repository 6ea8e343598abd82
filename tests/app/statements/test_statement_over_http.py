"""A programme of one's own and its statement of use, through the API, on the demo county."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.access.actions import create_token
from app.main import create_app
from app.places.demo import DEMO_SLUG
from app.sessions import writing
from app.settings import Settings
from tests.app.pages.test_place_receipts import number_of, receipts_of, work_out
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

pytestmark = pytest.mark.slow
API = "/api/v1"
FUND = f"{DEMO_SLUG}.warden-fund"
STATEMENT = f"{API}/partnerships/{DEMO_SLUG}/statement-of-use?programme={FUND}&year=2018-19"
SIGN_OFF = {
    "prepared_by_role": "Neighbourhood manager", "agreed_on": "2020-05-01",
    "signatories": [{"role": "Chair", "organisation": "The partnership"}],
}  # fmt: skip
WORDS = {"outcomes": "Fewer <fires>.", "unallocated": "Kept for a second warden."}


def row(what: str, amount: str, **more: str) -> dict[str, str]:
    return {
        "what": what, "amount": amount, "year": "2018-19", "funder": "The fund", "programme": "Warden  FUND",
        "place": "whole partnership", "theme": "Crime", **more,
    }  # fmt: skip


class Desk:
    """A demo county of the module's own with a fund, three lines that draw on it and one that does not."""

    def __init__(self, client: TestClient, secret: str) -> None:
        self.client = client
        self.signed = {"Authorization": f"Bearer {secret}"}

    def ask(self, method: str, address: str, **sent: Any) -> Any:
        headers = {**self.signed, **sent.pop("headers", {})}
        return self.client.request(method, address, headers=headers, **sent)

    def statement(self, address: str = STATEMENT, *, public: bool = False) -> dict[str, Any]:
        answer = self.client.get(address) if public else self.ask("GET", address)
        if not public:
            assert answer.headers["cache-control"] == "private, no-store"
        assert "Authorization" in answer.headers["vary"]
        assert answer.status_code == 200, answer.text
        (found,) = answer.json()["statements"]
        return dict(found)

    def put(self, body: dict[str, Any], tag: str = "*") -> Any:
        return self.ask("PUT", STATEMENT, json=body, headers={"If-Match": tag})


@pytest.fixture(scope="module")
def desk(
    cluster: ClusterForTests, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    url = cluster.clone(demo_template)
    engine = open_engine(url)
    with writing(engine) as session:
        secret = create_token(session, "editor", DEMO_SLUG, "a test").secret
    folder = tmp_path_factory.mktemp("statement")
    with TestClient(create_app(Settings(data_dir=folder), engine)) as client:
        made = Desk(client, secret)
        lines = [
            row("Wardens", "600.01"), row("Lights", "250", theme=""), row("Later", "70", stage="paid"),
            row("Other money", "9", programme=""),
        ]  # fmt: skip
        stored = made.ask("POST", f"{API}/resources?partnership={DEMO_SLUG}", json=lines)
        assert stored.status_code == 201, stored.text
        fund = {
            "title": "Warden Fund", "funder": "Barset Council", "partnership": DEMO_SLUG, "money_kind": "revenue",
            "theme": "Safety", "first_year": "2017-18", "last_year": "2019-20",
            "allocations": [
                {"year": "2018-19", "amount_pence": 100_000},
                {"year": "2018-19", "amount_pence": 40_000, "status": "planned", "derived": True,
                 "basis": "two fifths of the fund"},
                {"year": "2019-20", "amount_pence": 30_000, "status": "planned"},
            ],
        }  # fmt: skip
        answer = made.ask("POST", f"{API}/programmes", json=fund)
        assert (answer.status_code, answer.json()["id"]) == (201, FUND), answer.text
        yield made
    cluster.drop(url)


def test_the_statement_says_allocation_use_and_what_is_left(desk: Desk) -> None:
    found = desk.statement()
    awarded, paid = found["use"]
    assert (awarded["drawn_pence"], paid["drawn_pence"]) == (60_001 + 25_000, 7_000)
    assert [
        (each["status"], each["stage"], each["unallocated_pence"]) for each in found["unallocated"]
    ] == [
        ("awarded", "awarded", 14_999), ("awarded", "paid", 93_000),
        ("planned", "awarded", -45_001), ("planned", "paid", 33_000),
    ]  # fmt: skip
    assert [each["overspent"] for each in found["unallocated"]] == [False, False, True, False]
    assert [(each["theme"], each["pence"]) for each in awarded["by_theme"]] == [
        ("Crime", 60_001), ("Safety", 25_000),
    ]  # fmt: skip
    assert [each["derived"] for each in found["allocation"]["rows"]] == [False, True]
    whole = desk.client.get(
        f"{API}/partnerships/{DEMO_SLUG}/statement-of-use?year=2018-19"
    ).json()["without_programme"]  # fmt: skip
    everything = desk.client.get(
        f"{API}/partnerships/{DEMO_SLUG}/ledger?year=2018-19"
    ).json()["totals"]  # fmt: skip
    here = everything["neighbourhoods_pence"] + everything["rest_of_partnership_pence"]
    drawn = next(each["pence"] for each in whole if each["stage"] == "awarded")
    assert drawn + awarded["drawn_pence"] == here


def test_the_rows_behind_every_figure_of_the_page_give_it_again(desk: Desk) -> None:
    found = receipts_of(desk.client.get(STATEMENT.removeprefix(API)).text)
    # three lines for the whole partnership that draw on the fund, whatever words they name it by
    assert sorted(number_of(each.written) for each in found) == [(7_000, 0), (85_001, 0)]
    for receipt in found:
        body = desk.client.get(receipt.address).text
        assert work_out(body, receipt.formula) == number_of(receipt.written)[0], receipt


def test_the_csv_has_every_figure_of_the_json(desk: Desk) -> None:
    found = desk.statement()
    written = desk.client.get(STATEMENT.replace("-use?", "-use.csv?")).text
    rows = list(csv.DictReader(io.StringIO(written)))
    told = {int(each["pence"]) for each in rows if each["pence"]}
    asked: set[int] = set()
    for use in found["use"]:
        asked |= {use[key] for key in use if key.endswith("_pence")}
        asked |= {
            each["pence"] for table in ("by_kind", "by_theme", "by_place") for each in use[table]
        }
    asked |= {each["unallocated_pence"] for each in found["unallocated"]}
    asked |= {each["amount_pence"] for each in [*found["allocation"]["rows"], *found["lines"]]}
    assert len(asked) >= 10
    assert asked - told == set()


def test_a_table_of_allocations_is_rehearsed_stored_once_and_refused_by_row(desk: Desk) -> None:
    table = (
        b"place,year,amount,note\nwhole partnership,2019-20,=1+1,x\nwhole partnership,2019-20,12.50,\n"
        b"whole partnership,2018-19,1,\nX06000001,2019-20,5,\nAtlantis,2019-20,5,\nwhole partnership,2019-20,3,\n"
    )
    address = f"{API}/programmes/{FUND}/table?name=plan.csv"
    csv_type = {"Content-Type": "text/csv"}
    before = desk.client.get(f"{API}/programmes/{FUND}").json()
    told = desk.ask("POST", f"{address}&dry_run=true", content=table, headers=csv_type)
    assert (told.status_code, told.json()["rows_stored"]) == (200, 1)
    assert desk.client.get(f"{API}/programmes/{FUND}").json() == before
    done = desk.ask("POST", address, content=table, headers=csv_type)
    assert done.status_code == 201, done.text
    assert [(each["row"], each["rule"]) for each in done.json()["refused"]] == [
        (2, "amount-is-a-number"), (4, "allocation-once"), (5, "place-in-partnership"), (6, "place-known"),
        (7, "allocation-once"),
    ]  # fmt: skip
    again = desk.ask("POST", address, content=table, headers=csv_type)
    assert (again.status_code, again.json()["same_as"]) == (200, done.json()["id"])
    years = {
        each["financial_year"]: each["amount_pence"]
        for each in desk.client.get(f"{API}/programmes/{FUND}").json()["allocations"]
        if each["status"] == "awarded"
    }
    assert years == {"2018-19": 100_000, "2019-20": 1_250}
    assert desk.ask("DELETE", f"{API}/programmes/{FUND}", headers={"If-Match": "*"}).status_code == 409  # fmt: skip


def test_a_change_needs_the_tag_of_what_was_read_and_replaces_its_own_lists(desk: Desk) -> None:
    read = desk.client.get(f"{API}/programmes/{FUND}")
    change = {"theme": "Safe streets", "last_year": "2020-21"}
    stale = desk.ask("PATCH", read.url.path, json=change, headers={"If-Match": '"no"'})
    assert stale.status_code == 412
    done = desk.ask("PATCH", read.url.path, json=change, headers={"If-Match": read.headers["etag"]})
    assert done.status_code == 200, done.text
    assert (done.json()["theme"], done.json()["last_year"]) == ("Safe streets", "2020-21")
    assert done.json()["allocations"] == read.json()["allocations"]
    tag = {"If-Match": done.headers["etag"]}
    shut = desk.ask("PATCH", read.url.path, json={"first_year": "2019-20"}, headers=tag)
    assert shut.status_code == 422
    assert shut.json()["errors"][0]["pointer"] == "/first_year"
    back = desk.ask("PATCH", read.url.path, json={"theme": "Safety", "last_year": "2019-20"}, headers=tag)  # fmt: skip
    assert back.status_code == 200


def test_a_signed_statement_stands_as_it_was_and_says_what_newer_data_changes(desk: Desk) -> None:
    early = desk.put({"words": WORDS, "sign": True})
    assert early.status_code == 422
    assert {each["pointer"] for each in early.json()["errors"]} == {
        "/sign_off/prepared_by_role", "/sign_off/agreed_on", "/sign_off/signatories",
    }  # fmt: skip
    draft = desk.put({"words": WORDS})
    assert draft.status_code == 200, draft.text
    kept = desk.statement()
    assert (kept["state"], kept["words"]["outcomes"]) == ("draft", WORDS["outcomes"])
    # A draft is nobody else's, on no page and in no file.
    public = desk.statement(public=True)
    assert (public["state"], public["revision"], set(public["words"].values())) == (
        "computed",
        0,
        {None},
    )
    page = STATEMENT.removeprefix(API)
    for address in (STATEMENT, STATEMENT.replace("-use?", "-use.csv?"), page):
        assert "second warden" not in desk.client.get(address).text
    assert "second warden" in desk.ask("GET", STATEMENT).text
    read = desk.ask("GET", STATEMENT).headers["etag"]
    signed = desk.put({"words": WORDS, "sign_off": SIGN_OFF, "sign": True}, read)
    assert signed.status_code == 200, signed.text
    # Who signs has read the figures: those of before are no longer what stands there.
    assert desk.put({"words": WORDS}, read).status_code == 412
    assert desk.put({"words": {}}).status_code == 409
    frozen = desk.statement()
    assert (frozen["state"], frozen["revision"], frozen["newer"]["entries_changed"]) == ("signed", 1, 0)  # fmt: skip

    more = desk.ask(
        "POST", f"{API}/resources?partnership={DEMO_SLUG}", json=[row("One more", "10")]
    )
    assert more.status_code == 201, more.text
    after = desk.statement()
    assert after["use"] == frozen["use"]
    changed = {each["pointer"]: each for each in after["newer"]["changes"]}
    drawn = changed["/use/0/drawn_pence"]
    assert (drawn["signed"], drawn["now"]) == (85_001, 86_001)

    revised = desk.put({"words": WORDS, "revise": True})
    assert revised.status_code == 200, revised.text
    newest = desk.statement()
    assert (newest["state"], newest["revision"]) == ("draft", 2)
    assert newest["use"][0]["drawn_pence"] == 86_001
    public = desk.statement(public=True)
    assert (public["state"], public["revision"]) == ("signed", 1)
    assert desk.client.get(f"{STATEMENT}&revision=2").status_code == 404
    assert desk.statement(f"{STATEMENT}&revision=1")["use"] == frozen["use"]
    assert desk.client.get(f"{STATEMENT}&revision=3").status_code == 404
    assert desk.ask("DELETE", f"{API}/programmes/{FUND}", headers={"If-Match": "*"}).status_code == 409  # fmt: skip


def test_hostile_words_are_kept_as_text_or_refused(desk: Desk) -> None:
    words = "Hostile =1+1 <b>\u202e'; DROP TABLE programmes; --"
    allocations = [{"year": "2018-19", "amount_pence": 1, "note": words}]
    fund = {"title": words, "funder": words, "partnership": DEMO_SLUG, "allocations": allocations}
    nul = desk.ask("POST", f"{API}/programmes", json=fund | {"funder": "a\u0000b"})
    assert nul.status_code in (201, 400), nul.text
    made = nul if nul.status_code == 201 else desk.ask("POST", f"{API}/programmes", json=fund)
    assert made.status_code == 201, made.text
    page = desk.client.get(f"/partnerships/{DEMO_SLUG}/statement-of-use?year=2018-19")
    assert page.status_code == 200
    assert "<b>" not in page.text
    assert "&lt;b&gt;" in page.text
    gone = desk.ask("DELETE", f"{API}/programmes/{made.json()['id']}", headers={"If-Match": "*"})
    assert gone.status_code == 204
    for address in (
        "statement-of-use?programme=%00", "statement-of-use?year=%00", "statement-of-use.csv?programme=%27%3B",
        "statement-of-use?revision=0", "statement-of-use?revision=99999999999999999999",
    ):  # fmt: skip
        answer = desk.client.get(f"{API}/partnerships/{DEMO_SLUG}/{address}")
        assert 400 <= answer.status_code < 500, (address, answer.text)
    wrong = [{"year": "2018-19", "amount_pence": 1.5}, {"year": "2018-19", "amount_pence": True}]
    odd = desk.ask("POST", f"{API}/programmes", json=fund | {"title": "Odd", "allocations": wrong})
    assert (odd.status_code, len(odd.json()["errors"])) == (422, 2)


def test_without_a_programme_or_year_all_that_concern_the_partnership_are_told(desk: Desk) -> None:
    body = desk.client.get(f"{API}/partnerships/{DEMO_SLUG}/statement-of-use").json()
    assert (body["year"], body["demo"]) == (
        "2019-20",
        True,
    )  # the last with an allocation or a line
    assert [each["programme"]["id"] for each in body["statements"]] == [FUND]
    assert desk.client.get(f"{API}/programmes?partnership={DEMO_SLUG}").json()["total"] >= 1
    assert [each["title"] for each in body["other_programmes"]] == ["Barsetshire Renewal Fund"]
    early = desk.client.get(f"{API}/partnerships/{DEMO_SLUG}/statement-of-use?year=1999-00").json()
    assert early["statements"] == []
    assert desk.client.get(f"{API}/partnerships/{DEMO_SLUG}/statement-of-use?year=1999").status_code == 422  # fmt: skip
    missing = desk.client.get(f"{API}/partnerships/{DEMO_SLUG}/statement-of-use?programme=no-such")
    assert missing.status_code == 404
