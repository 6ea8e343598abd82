"""The page that builds a neighbourhood, over the demo county: choosing, counting, saving and what is refused."""

from __future__ import annotations

import html
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas
import pandas as pd
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.access import actions
from app.neighbourhoods.choosing import areas_of_entries, choosable_areas, count_chosen
from app.pages.chosen_areas import pack, unpack
from app.places.demo import DEMO_SLUG
from app.sessions import writing
from tests.app.pages.test_pages import read, text_of

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow

PAGE = f"/partnerships/{DEMO_SLUG}/build"
OURS = {"Origin": "http://testserver", "Accept": "text/html"}


def test_what_is_not_known_is_not_counted_as_nobody() -> None:
    assert count_chosen(pd.Series([5, pd.NA, 7], dtype="Int64")) == (counted := count_chosen(
        pd.Series([12, pd.NA], dtype="Int64")))  # fmt: skip
    assert (counted.value, counted.unknown) == (12, 1)
    assert count_chosen(pd.Series([pd.NA], dtype="Int64")).value is None


def test_a_postcode_chooses_its_small_area_and_a_council_all_of_its_own(demo_db: Session) -> None:
    among = choosable_areas(demo_db, DEMO_SLUG)
    codes = list(among.areas.index)
    found = areas_of_entries(demo_db, [f"{codes[3]} {codes[5]}", "X99999999", "not one"], among)
    assert found.codes == tuple(sorted([codes[3], codes[5]]))
    assert {fault.value for fault in found.left_out} == {"X99999999", "NOT", "ONE"}
    postcode = demo_db.scalar(
        text("SELECT postcode FROM postcodes WHERE demo AND status = 'current' ORDER BY postcode LIMIT 1")
    )  # fmt: skip
    one = areas_of_entries(demo_db, [str(postcode)], among)
    assert len(one.codes) + len(one.left_out) == 1
    council = areas_of_entries(demo_db, ["X07000002"], among)
    assert 1 < len(council.codes) < len(codes)
    # of a council beyond the partnership nothing is chosen, and every area of it is told
    elsewhere = areas_of_entries(demo_db, [_council_beyond(demo_db)], among)
    assert elsewhere.codes == ()
    assert {fault.detail for fault in elsewhere.left_out} == {"lies outside this partnership"}


def _council_beyond(session: Session) -> str:
    found = session.scalar(
        text(
            "SELECT code FROM areas WHERE demo AND type = 'lad' AND valid_to IS NULL AND code <> ALL ("
            " SELECT unnest(authorities) FROM partnerships WHERE slug = :slug) ORDER BY code LIMIT 1"
        ),
        {"slug": DEMO_SLUG},
    )
    return str(found)


def test_each_area_has_a_box_and_a_shape_and_the_count_is_their_sum(
    demo_client: TestClient,
) -> None:
    page = read(demo_client, PAGE)
    rows = re.findall(
        r'name="area" value="([^"]+)".*?<td class="num">([\d,]+)</td><td class="num">([\d,]+)</td>', page
    )  # fmt: skip
    assert len(rows) == 93
    assert len(re.findall(r'<path data-code="', page)) == 93
    assert "Nothing is chosen yet" in text_of(page)
    three = rows[10:13]
    sent = [("area", code) for code, _, _ in three]
    answer = demo_client.post(
        PAGE, data={"area": [code for _, code in sent], "do": "update"}, follow_redirects=False
    )
    assert answer.status_code == 303
    there = answer.headers["location"]
    chosen = read(demo_client, there)
    people, households = (
        sum(int(row[at].replace(",", "")) for row in three) for at in (1, 2)
    )  # fmt: skip
    assert f"3 small areas: {people:,} people, {households:,} households" in text_of(chosen)
    assert len(re.findall(r" checked aria-label", chosen)) == 3
    assert len(re.findall(r'<path data-code="[^"]+" fill="#76307f"', chosen)) == 3
    piece = read(demo_client, there.replace("/build?", "/build/count?"))
    assert f"{people:,} people" in piece
    assert piece.count("data-check=") == 4


def test_what_a_list_or_file_does_not_choose_is_told(demo_client: TestClient) -> None:
    def send(**files: Any) -> Any:
        return demo_client.post(PAGE, files=files, data={"do": "update"}, headers=OURS)

    told = send(file=("list.csv", b"code\nX99999999\n", "text/csv"))
    assert "X99999999: no area here has that code" in text_of(told.text)
    assert "[rule" not in text_of(told.text)
    assert send(file=("list.csv", b"codes of mine\nX1\n", "text/csv")).status_code == 422
    great = send(file=("great.csv", b"code\n" + b"X01000129\n" * 2_000_000, "text/csv"))
    assert great.status_code == 413
    assert text_of(great.text).count("2,000,000 bytes") == 1
    # what was ticked beside it is not lost
    ticked = demo_client.post(
        PAGE, data={"area": "X01000130", "do": "update"}, headers=OURS,
        files={"file": ("great.csv", b"code\n" + b"X01000129\n" * 2_000_000, "text/csv")},
    )  # fmt: skip
    assert ticked.status_code == 413
    assert len(re.findall(r" checked aria-label", ticked.text)) == 1
    assert demo_client.get(f"{PAGE}?chosen=E01-g6u", headers=OURS).status_code == 422
    assert demo_client.get(f"{PAGE}?chosen=%3Cscript%3E", headers=OURS).status_code == 422


def test_entries_with_commas_between_choose_as_on_lines_of_their_own(demo_db: Session) -> None:
    among = choosable_areas(demo_db, DEMO_SLUG)
    two = demo_db.scalars(
        text("SELECT postcode FROM postcodes WHERE demo AND status = 'current' ORDER BY postcode LIMIT 2")
    ).all()  # fmt: skip
    entries = [*map(str, two), *list(among.areas.index[:2])]
    lines = areas_of_entries(demo_db, entries, among)
    assert len(lines.codes) >= 2
    for between in (", ", ";", "\t", " "):
        assert areas_of_entries(demo_db, [between.join(entries)], among) == lines
    told = areas_of_entries(demo_db, [", ".join([*entries, "nonsense"])], among)
    assert told.codes == lines.codes
    assert [fault.value.lower() for fault in told.left_out if fault not in lines.left_out] == [
        "nonsense"
    ]


def outlines_of(client: TestClient, codes: list[str]) -> bytes:
    """Give some areas' own outlines as a file that somebody drew."""
    drawn = [client.get(f"/api/v1/areas/{code}.geojson").json()["geometry"] for code in codes]
    features = [
        {"type": "Feature", "properties": {"name": f"drawn {n}"}, "geometry": each}
        for n, each in enumerate(drawn, start=1)
    ]  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def test_outlines_choose_the_areas_with_most_of_their_people_inside(
    demo_client: TestClient, tmp_path: Path
) -> None:
    codes = re.findall(r'name="area" value="([^"]+)"', read(demo_client, PAGE))[4:6]

    def send(name: str, content: bytes) -> Any:
        sent = {"file": (name, content, "application/octet-stream")}
        return demo_client.post(
            PAGE, files=sent, data={"do": "update"}, headers=OURS, follow_redirects=False
        )

    # past the two megabytes of a list, within the ten of outlines
    answer = send("great.json", outlines_of(demo_client, codes) + b" " * 3_000_000)
    assert answer.status_code == 303, text_of(answer.text)
    assert unpack(answer.headers["location"].split("chosen=")[1]) == sorted(codes)
    refused = send("greatest.geojson", b" " * 20_000_000)
    assert refused.status_code == 413
    assert "10,000,000 bytes of a file of outlines" in text_of(refused.text)
    beyond = demo_client.get("/api/v1/areas", params={"type": "lsoa", "within": "X07000003"}).json()
    drawn = outlines_of(demo_client, [codes[0], beyond["items"][0]["code"]])
    package = tmp_path / "away.gpkg"
    grid = geopandas.read_file(io.BytesIO(drawn)).to_crs(27700)
    # wider than the area that is meant: it grazes those around, and chooses none of them
    grid.set_geometry(grid.buffer(120)).to_file(package, driver="GPKG")
    away = send("away.gpkg", package.read_bytes())
    assert away.status_code == 200
    assert "row 2" in away.text
    assert "half of its people in this outline" in text_of(away.text)
    assert len(re.findall(r" checked aria-label", away.text)) == 1
    # named on the map: what is chosen does not hang on colour
    assert len(re.findall(r'class="placename"', away.text)) == 1


def sign_in(client: TestClient, slug: str | None) -> str:
    with writing(client.app.state.engine) as session:  # type: ignore[attr-defined]
        role = "editor" if slug else "administrator"
        made = actions.create_token(session, role, slug, "a test")
    client.post("/sign-in", data={"token": made.secret}, headers=OURS)
    return re.findall(r'name="form_word" value="([0-9a-f]{64})"', read(client, PAGE))[0]


def test_a_choice_is_kept_once_signed_in_and_then_as_a_version_nobody_has_changed(
    demo_client_that_writes: TestClient,
) -> None:
    client = demo_client_that_writes
    codes = re.findall(r'name="area" value="([^"]+)"', read(client, PAGE))
    asked: dict[str, Any] = {
        "area": codes[:2], "do": "save", "reason": "The board asked", "name": "Two <b>areas</b>",
    }  # fmt: skip

    def send(**more: Any) -> Any:
        return client.post(PAGE, data=asked | more, headers=OURS, follow_redirects=False)

    assert send().status_code == 401
    word = sign_in(client, DEMO_SLUG)
    assert send().status_code == 403  # the cookie without the word
    assert send(form_word=word, reason="").status_code == 422
    kept = send(form_word=word)
    assert (kept.status_code, kept.headers["location"]) == (303, "/neighbourhoods/two-b-areas-b")
    api = "/api/v1/neighbourhoods/two-b-areas-b"
    assert client.get(f"{api}/blocks").json()["items"] == sorted(codes[:2])
    page = read(client, PAGE)
    assert "Two &lt;b&gt;areas" in page
    assert "own-overlaps" not in page
    # two areas are saved; of the four chosen here one is among them
    piece = read(client, f"{PAGE}/count?chosen={pack(codes[1:5])}")
    people = re.findall(rf'value="{codes[1]}".*?<td class="num">([\d,]+)</td>', page)[0]
    assert f"Two <b>areas</b> (1 small area, {people} people in both)" in html.unescape(
        text_of(piece)
    )
    assert "no saved neighbourhood" in read(client, f"{PAGE}/count?chosen={pack(codes[5:7])}")
    option = re.findall(r'<option value="(two-b-areas-b@\d+)"', page)[0]
    again = send(form_word=word, area=codes[:3], version_of=option)
    assert again.headers["location"] == "/neighbourhoods/two-b-areas-b"
    assert client.get(api).json()["version"] == 2
    stale = send(form_word=word, area=codes[:4], version_of=option)
    assert stale.status_code == 412
    assert "somebody has changed" in text_of(stale.text).lower()
    assert client.get(api).json()["version"] == 2
