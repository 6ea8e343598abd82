"""The page of what is loaded, over small made rows: what it says, how long it may get, what it never lets through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from html import unescape
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE
from app.areas.releases import change_release
from app.resources.tables import ResourceFile, ResourceRefusal
from app.sources.catalogue import catalogue
from app.sources.tables import DatasetFetch, DatasetFinding, DatasetLoad
from boundaries.storing import store_disagreements, store_memberships
from boundaries.tables import Area, ImportFinding, Release

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow

HTML = {"Accept": "text/html"}
LOOKUP, ONSPD, POSTCODES = "lsoa21-msoa21-lad22-wd24", "onspd-2025-11", "code-point-open"
HOSTILE = '"><img src=x onerror=alert(1)>'
MOST_BYTES = 500_000
LOADED_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def read(client: TestClient, address: str = "/data") -> str:
    answer = client.get(address, headers=HTML)
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def said_of(page: str, start: str, end: str = "</tr>") -> str:
    """The words from a first mark to the next end."""
    return text_of(page.split(start, 1)[1].split(end, 1)[0])


@contextmanager
def writing(client: TestClient) -> Iterator[Session]:
    with Session(client.app.state.engine) as session, session.begin():  # type: ignore[attr-defined]
        yield session


def release(release_id: str = "lad-2025-05-bgc", **given: Any) -> Release:
    told: dict[str, Any] = {
        "id": release_id, "area_type": "lad", "title": "Districts, May 2025",
        "published_on": date(2025, 5, 31), "resolution": release_id, "tolerance_m": 20.0,
        "quality": "official", "partial": False, "demo": False, "publisher": "Office",
        "licence": "Open Government Licence v3.0", "attribution": "Contains made figures",
        "source_file": "made", "sha256": "0" * 64, "crs_operation": "none", "features_in": 296,
        "features_stored": 295, "features_refused": 1, "features_elsewhere": 0, "state": "served",
        "checks": [{"check": "codes", "seen": "0 strange", "wanted": "none", "passed": True},
                   {"check": "validity", "seen": "0 invalid", "wanted": "none", "passed": True}],
    }  # fmt: skip
    return Release(**{**told, **given})


def load(dataset_id: str, **given: Any) -> DatasetLoad:
    told: dict[str, Any] = {
        "dataset_id": dataset_id, "sha256": "0" * 64, "rows_in": 10, "rows_stored": 10,
        "rows_refused": 0, "rows_elsewhere": 0, "partial": False, "seconds": 0.1,
        "loaded_at": LOADED_AT,
    }  # fmt: skip
    return DatasetLoad(**{**told, **given})


def finding(dataset_id: str, **given: Any) -> DatasetFinding:
    return DatasetFinding(
        **{"dataset_id": dataset_id, "row": None, "code": "X", "rule": "r", "detail": "d", **given}
    )


def disagreement(child: str, used: str, **given: Any) -> dict[str, Any]:
    return {
        "lookup": "made.csv", "child_code": child, "parent_type": "lad",
        "lookup_parent": "E07000177", "outline_parent": "E06000062", "lookup_share": 0.000543,
        "outline_share": 0.999456, "child_release": "lsoa-2021-12-bgc",
        "parent_release": "lad-2023-05-bgc", "used": used, **given,
    }  # fmt: skip


def add_differing(session: Session, *rows: dict[str, Any]) -> None:
    session.add_all(
        [
            Area(code="E01027305", type="lsoa", name="South Northamptonshire 006E"),
            Area(code="E01027306", type="lsoa", name="South Northamptonshire 006F"),
            Area(code="E07000177", type="lad", name="Cherwell"),
            Area(code="E06000062", type="lad", name="West Northamptonshire"),
        ]
    )
    session.flush()
    parents = [
        {"child_code": child, "parent_code": parent, "parent_type": "lad", "lookup": "made.csv",
         "method": "exact", "share": 1.0}
        for child in ("E01027305", "E01027306")
        for parent in ("E07000177", "E06000062")
    ]  # fmt: skip
    store_memberships(session, pd.DataFrame(parents))
    store_disagreements(
        session, pd.DataFrame(rows), lookup="made.csv", child_release="lsoa-2021-12-bgc",
        children=[row["child_code"] for row in rows],
    )  # fmt: skip


def test_an_empty_database_says_so_and_still_shows_the_whole_catalogue(client: TestClient) -> None:
    page = read(client)
    known = len(catalogue())
    assert f"Nothing is loaded yet; {known} published datasets are known." in text_of(page)
    assert "./bounds load england --commit" in page
    assert page.count("<small>") >= len(catalogue())
    assert all(f"<small>{name}</small>" in page for name in catalogue())
    assert len(page.encode()) < MOST_BYTES


def test_the_first_sentence_counts_what_draws_england_what_is_loaded_and_what_differs(
    client: TestClient,
) -> None:
    with writing(client) as session:
        session.add_all(
            [
                release(),
                release("lad-2023-05-bgc", published_on=date(2023, 5, 31)),
                release("wd-2025-05-bgc", area_type="wd", partial=True),
                release("lad-2019-12-bgc", state="withdrawn"),
                load("lad-2025-05-bgc"),
                load(ONSPD),
            ]
        )
        add_differing(
            session, disagreement("E01027305", "outline"), disagreement("E01027306", "lookup")
        )
    assert (
        f"2 releases draw England, in 1 kind of area; 1 release draws only some places."
        f" 2 of {len(catalogue())} known datasets are loaded. 1 area lies by its outline elsewhere than"
        " its lookup says, and the outline is used. In 1 case lookup and outlines differ and the"
        " lookup is used."
    ) in text_of(read(client))


def test_a_release_tells_its_state_its_checks_and_what_was_overruled(client: TestClient) -> None:
    failed = {"check": "count", "seen": "200 areas", "wanted": "296 within 20%", "passed": False}
    with writing(client) as session:
        passed = release().checks
        session.add_all([release(), release("lad-2023-05-bgc", checks=[*passed, failed])])
        session.add(release("lad-2019-12-bgc", checks=[], state="withdrawn"))
    page = read(client)
    row = said_of(page, ">lad-2025-05-bgc</a>")
    assert "served" in row
    assert "Passed: codes, validity." in row
    assert row.endswith("296 295 1 0 0")
    assert "Overruled: count: 200 areas, wanted 296 within 20%." in said_of(
        page, ">lad-2023-05-bgc</a>"
    )
    assert "withdrawn. No check." in said_of(page, ">lad-2019-12-bgc</a>")


def test_one_release_of_a_type_is_said_to_draw_it_today(demo_client: TestClient) -> None:
    rows = demo_client.get("/api/v1/releases").json()["items"]
    page = read(demo_client)
    told = {
        row["id"]: "draws each" in said_of(page, f'/data/releases/{row["id"]}"') for row in rows
    }
    assert told == {row["id"]: row["draws_today"] for row in rows}
    assert 0 < sum(told.values()) < len(told)


def test_the_catalogue_says_where_each_dataset_is_when_it_came_and_where_its_rows_went(
    client: TestClient,
) -> None:
    with writing(client) as session:
        session.add(
            load(POSTCODES, rows_in=1_578_308, rows_stored=1_485_438, rows_refused=723,
                 rows_elsewhere=92_147)
        )  # fmt: skip
        session.add(load("imd-2025", partial=True))
        session.add(load("gone-from-the-catalogue"))
        session.add(
            DatasetFetch(
                dataset_id=POSTCODES, address="x", sha256="0" * 64, size_bytes=1,
                fetched_at=datetime(2026, 1, 2, 12, tzinfo=UTC),
            )
        )  # fmt: skip
    page = read(client)
    postcodes = said_of(page, f"<small>{POSTCODES}</small>")
    assert "2 January 2026" in postcodes
    assert "22 November 2026: 1,485,438 of 1,578,308 rows stored, 723 refused, 92,147 left out" in (
        postcodes
    )
    assert "some places only" in said_of(page, "<small>imd-2025</small>")
    regions = said_of(page, "<small>rgn-2016-12-bsc</small>")
    assert "mirror only; never fetched not loaded" in regions
    assert "three outlines are invalid" in regions
    assert "listed only" in said_of(page, "<small>wd-2020-12-bsc</small>")
    assert f'<a href="{catalogue()["lad-2025-05-bgc"].address}">services1.arcgis.com</a>' in page
    assert "no longer in the catalogue: gone-from-the-catalogue" in text_of(page)


def test_every_licence_leads_to_the_words_of_thanks_of_its_dataset(client: TestClient) -> None:
    page = read(client)
    for name in ("lad-2025-05-bgc", POSTCODES, "imd-2019"):
        row = page.split(f"<small>{name}</small>", 1)[1].split("</tr>", 1)[0]
        found = re.search(r'href="#(credit-\d+)"', row)
        assert found, name
        credit = said_of(page, f'<li id="{found[1]}">', "</li>")
        assert catalogue()[name].attribution in credit
        assert catalogue()[name].licence in credit


def test_where_lookup_and_outlines_differ_both_are_named_with_shares_and_the_one_used(
    client: TestClient,
) -> None:
    with writing(client) as session:
        add_differing(
            session,
            disagreement("E01027305", "outline"),
            disagreement("E01027306", "lookup", outline_parent=None, outline_share=0.0),
        )
    page = read(client)
    table = page.split('aria-label="Where lookups and outlines differ"')[1].split("</table>")[0]
    first, second = [text_of(row) for row in re.findall(r"<tr><td>.*?</tr>", table, re.DOTALL)]
    assert first.startswith(
        "South Northamptonshire 006E E01027305 Cherwell (E07000177), 0.05% of it"
        " West Northamptonshire (E06000062), 99.95% of it the outline made.csv"
    )
    assert "none that is drawn the lookup" in second


def test_an_area_says_that_its_lookup_and_its_outline_differ_and_which_is_used(
    client: TestClient,
) -> None:
    with writing(client) as session:
        add_differing(
            session,
            disagreement("E01027305", "outline"),
            disagreement("E01027306", "lookup", outline_parent=None, outline_share=0.0),
        )
    body = client.get("/api/v1/areas/E01027305").json()
    told = body["lookup_disagreement"]
    sentence = (
        "The official lookup gives this small area to Cherwell (E07000177); its outline lies to"
        " 99.95% in West Northamptonshire (E06000062), which is used here."
    )
    assert (told["used"], told["outline_parent"], told["sentence"]) == (
        "outline",
        "E06000062",
        sentence,
    )
    assert [parent["code"] for parent in body["parents"]] == ["E06000062"]
    page = read(client, "/areas/E01027305")
    assert sentence in text_of(page)
    assert "E06000062 its outline" in text_of(page)
    other = client.get("/api/v1/areas/E01027306").json()
    assert (
        "no district that is drawn; the lookup is used" in other["lookup_disagreement"]["sentence"]
    )
    assert "its outline</td>" not in read(client, "/areas/E01027306")
    assert client.get("/api/v1/areas/E07000177").json()["lookup_disagreement"] is None


def test_rows_are_counted_by_rule_the_first_hundred_listed_and_all_served_in_pages(
    client: TestClient,
) -> None:
    with writing(client) as session:
        session.add_all([load(POSTCODES), load(LOOKUP), load("grants-mixed"), release()])
        session.add(load("lad-2025-05-bgc"))
        session.flush()
        for at in range(400):
            session.add(finding(POSTCODES, row=at + 1, code=f"P{at}", rule="no-coordinates"))
        for name in (LOOKUP, "grants-mixed", "lad-2025-05-bgc"):
            session.add(finding(name, rule=f"of-{name}"))
    page = read(client)
    assert "OS Code-Point Open: 400 rows, rule no-coordinates" in text_of(page)
    assert len(re.findall(r"<td>P\d+</td>", page)) == 100
    assert "100 of 400 rows are listed here." in text_of(page)
    assert f'href="/api/v1/sources/{POSTCODES}/findings.csv"' in page
    # Rows of money and features of releases have sections of their own.
    assert f"rule of-{LOOKUP}" in page
    assert not re.search("rule of-(grants-mixed|lad-2025-05-bgc)", page)
    address: str | None = f"/api/v1/sources/{POSTCODES}/findings?limit=150"
    seen: list[str] = []
    while address:
        body = client.get(address).json()
        assert body["total"] == 400
        seen += [item["code"] for item in body["items"]]
        address = body["next"]
    lines = client.get(f"/api/v1/sources/{POSTCODES}/findings.csv").text.splitlines()[1:]
    assert seen == [f"P{at}" for at in range(400)] == [line.split(",")[2] for line in lines]
    one = client.get(f"/api/v1/sources/{LOOKUP}/findings").json()["items"][0]
    assert (one["row"], one["code"], one["rule"], one["detail"]) == (None, "X", f"of-{LOOKUP}", "d")
    assert client.get("/api/v1/sources/imd-2019/findings").json()["items"] == []
    assert client.get("/api/v1/sources/lad-1066/findings").status_code == 404


def test_the_page_stays_small_with_hundreds_of_findings_and_lists_refused_features_first(
    client: TestClient,
) -> None:
    with writing(client) as session:
        for number in range(12):
            session.add(release(f"lad-{number}"))
            session.flush()
            for at in range(400):
                kind = "refused" if at == 399 else "repaired"
                session.add(
                    ImportFinding(
                        release_id=f"lad-{number}", feature=at + 1, code=f"E{at:08d}", kind=kind,
                        reason="Self-intersection" + "[1]" * 500, area_before_m2=1.5, area_after_m2=None,
                    )
                )  # fmt: skip
    page = read(client)
    assert len(page.encode()) < MOST_BYTES
    assert "lad-0: 399 features repaired, 1 refused" in text_of(page)
    table = page.split("Findings in lad-0</caption>")[1].split("</table>")[0]
    rows = re.findall(r"<tr><td.*?</tr>", table, re.DOTALL)
    assert len(rows) == 100
    assert "<td>refused</td>" in rows[0]
    assert text_of(rows[0]).endswith("1.5 –")
    said = text_of(page)
    assert "100 of 400 features are listed here." in said
    # However many releases there are: the last go without a list and keep their count and link.
    assert "0 of 400 features are listed here." in said
    assert page.count("/findings") == 12


def test_a_file_of_money_lists_its_first_refused_rows_and_leads_to_all(client: TestClient) -> None:
    with writing(client) as session:
        session.add(
            ResourceFile(
                id="plain-1", title="A list", publisher="P", licence="L", attribution="Thanks to P",
                source_file="f", sha256="1", kind="plain", partnership_slug=None, rows_in=400,
                rows_stored=0, rows_refused=400, demo=False,
            )
        )  # fmt: skip
        session.flush()
        for at in range(400):
            session.add(
                ResourceRefusal(
                    file_id="plain-1", row=at + 1, column="amount", value=HOSTILE * 50, rule="r", detail="d"
                )
            )  # fmt: skip
    page = read(client)
    assert len(page.encode()) < MOST_BYTES
    assert "A list: 400 rows refused" in text_of(page)
    assert "100 of 400 rows are listed here." in text_of(page)
    assert 'href="/api/v1/resources/plain-1"' in page
    assert "Thanks to P" in page
    assert "<img" not in page


def test_hostile_words_of_a_file_stay_text(client: TestClient) -> None:
    with writing(client) as session:
        session.add(
            release(
                "lad-x", title=HOSTILE, publisher=HOSTILE, licence=HOSTILE, attribution=HOSTILE,
                checks=[{"check": HOSTILE, "seen": HOSTILE, "wanted": HOSTILE, "passed": False}],
            )
        )  # fmt: skip
        session.add(release(f"lad-{HOSTILE}"))
        session.add(load(LOOKUP))
        session.flush()
        session.add(
            ImportFinding(
                release_id="lad-x", feature=1, code=HOSTILE, kind="refused", reason=HOSTILE
            )
        )
        session.add(finding(LOOKUP, code=HOSTILE, rule=HOSTILE, detail=HOSTILE))
        add_differing(session, disagreement("E01027305", "outline", child_release=HOSTILE))
        for code in ("E01027305", "E06000062"):
            area = session.get(Area, code)
            assert area is not None
            area.name = HOSTILE
    for address in ("/data", "/areas/E01027305"):
        page = read(client, address)
        assert "<img" not in page, address
        assert "onerror=alert(1)" in page, address


def test_a_kept_page_is_made_anew_when_a_release_is_withdrawn(client: TestClient) -> None:
    with writing(client) as session:
        session.add(release())
    before = read(client)
    assert read(client) == before
    assert "1 release draws England" in text_of(before)
    with writing(client) as session:
        change_release(session, COMMAND_LINE, "lad-2025-05-bgc", "withdraw", date(2026, 11, 22))
    after = read(client)
    assert "No release draws the whole of England" in text_of(after)
    assert "withdrawn" in said_of(after, ">lad-2025-05-bgc</a>")
