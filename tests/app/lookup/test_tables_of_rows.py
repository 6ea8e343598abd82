"""Files of rows: same rows, same order, a status each; whatever is wrong with them has an answer."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.lookup.commands import lookup_app
from app.sessions import reading
from app.settings import Settings
from boundaries.tables import Area, Postcode

pytestmark = pytest.mark.slow
CSV = "/api/v1/lookup/csv"


def send(client: TestClient, text: str | bytes, **params: Any) -> Any:
    body = text.encode() if isinstance(text, str) else text
    return client.post(CSV, content=body, headers={"Content-Type": "text/csv"}, params=params)


def rows_of(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text, newline="")))


@pytest.fixture(scope="module")
def known(demo_engine: Engine) -> list[Any]:
    with reading(demo_engine) as session:
        rows = session.execute(
            select(Postcode.postcode, Postcode.easting, Postcode.northing, Postcode.lad_code,
                   Postcode.lsoa21_code, Postcode.lon, Postcode.lat)
            .where(Postcode.status == "current").order_by(Postcode.postcode).limit(40)
        ).all()  # fmt: skip
    return list(rows)


def test_every_row_comes_back_in_order_whatever_it_holds(
    demo_client: TestClient, known: list[Any]
) -> None:
    first, second = known[0].postcode, known[1].postcode
    text = (
        f"\ufeffid,Post Code,note\r\n1,{first.lower().replace(' ', '')},=1+1\r\n2,,\r\n\r\n"
        f'3,ZZ99 9ZZ,"two\nlines, quoted"\r\n4,hello,-5\r\n5,{second.replace(" ", "  ")}\r\n'
        f"6,{first},x,extra\r\n"
    )
    header, *rows = rows_of(send(demo_client, text))
    at = {title: k for k, title in enumerate(header)}
    assert [row[0] for row in rows] == ["1", "2", "", "3", "4", "5", "6"]
    statuses = [row[at["lookup_status"]] for row in rows]
    assert statuses[:6] == [
        "found",
        "blank",
        "blank",
        "unknown postcode",
        "not a postcode",
        "found",
    ]
    assert statuses[6].startswith("found; the row has 1 cells more")
    assert rows[6][-1] == "extra"
    assert rows[0][2] == "'=1+1"  # a spreadsheet must not run it
    assert rows[4][2] == "-5"  # a number is a number
    assert rows[3][2] == "two\nlines, quoted"
    assert rows[0][at["lad_code"]] == known[0].lad_code
    assert rows[0][at["lsoa_code"]] == known[0].lsoa21_code
    assert rows[0][at["postcode_as_listed"]] == first


@pytest.mark.parametrize("way", ["grid", "lonlat"])
def test_points_have_the_areas_of_the_point_alone(
    demo_client: TestClient, known: list[Any], way: str
) -> None:
    pairs = [(r.easting, r.northing) if way == "grid" else (r.lon, r.lat) for r in known]
    titles = "easting,northing" if way == "grid" else "lon,lat"
    text = titles + "\n" + "\n".join(f"{a},{b}" for a, b in pairs)
    header, *rows = rows_of(send(demo_client, text, type="lad,wd,lsoa"))
    names = titles.split(",")
    for row, (a, b) in zip(rows, pairs, strict=True):
        told = demo_client.get(
            "/api/v1/lookup/point", params={names[0]: a, names[1]: b, "type": "lad,wd,lsoa"}
        ).json()
        seen = dict(zip(header, row, strict=True))
        alone = {area["type"]: area["code"] for area in told["areas"]}
        assert {kind: seen[f"{kind}_code"] for kind in ("lad", "wd", "lsoa")} == alone


def test_points_that_are_none_say_why(demo_client: TestClient, known: list[Any]) -> None:
    lon, lat = known[0].lon, known[0].lat
    text = f"lon,lat\n{lat},{lon}\n0,0\nx,51\ninf,51\nnan,nan\n-3.19,55.95\n530000,180000\n,\n200,51\n{lon},{lat}\n"
    statuses = [row[-1] for row in rows_of(send(demo_client, text))[1:]]
    expected = [
        "swapped", "0, 0", "finite", "finite", "finite", "outside England", "look like metres", "blank",
        "not a longitude", "found",
    ]  # fmt: skip
    assert [part in told for part, told in zip(expected, statuses, strict=True)] == [True] * 10


def test_swapped_metres_are_noticed(demo_client: TestClient, known: list[Any]) -> None:
    text = f"easting,northing\n{known[0].northing},{known[0].easting}\n{known[0].easting},{known[0].northing}\n"
    swapped, right = [row[-1] for row in rows_of(send(demo_client, text))[1:]]
    assert right == "found"
    assert swapped.startswith("outside England")


def test_codes_of_mixed_releases_each_say_what_they_are(
    demo_client: TestClient, demo_engine: Engine
) -> None:
    with reading(demo_engine) as session:
        gone = session.scalar(
            select(Area.code).where(Area.valid_to.is_not(None), Area.type == "lad")
        )
    text = f"code,n\nX07000002,1\n{gone},2\nE99999999,3\n,4\nx07000002 ,5\n"
    header, *rows = rows_of(send(demo_client, text))
    seen = [dict(zip(header, row, strict=True)) for row in rows]
    assert [one["lookup_status"].split(" 2")[0] for one in seen] == [
        "found", "found: ended", "unknown code", "blank", "found",
    ]  # fmt: skip
    assert seen[1]["followed_by"]
    assert seen[4]["area_name"] == seen[0]["area_name"] != ""


def test_names_are_found_and_a_misspelt_one_is_offered_only(
    demo_client: TestClient, demo_engine: Engine
) -> None:
    with reading(demo_engine) as session:
        lad = session.scalars(select(Area).where(Area.code == "X07000002")).one()
        code, name = lad.code, lad.name
    text = f"council\n{name.upper()}\n{name[:-2]}{name[-1]}\nNowhere at all\n"
    header, *rows = rows_of(send(demo_client, text))
    seen = [dict(zip(header, row, strict=True)) for row in rows]
    assert seen[0]["area_code"] == code
    assert seen[0]["lookup_status"].startswith("found")
    assert seen[1]["area_code"] == ""
    assert code in seen[1]["lookup_status"]
    assert seen[2]["lookup_status"] == "unknown name"


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "file-has-a-header"), (b"\n\n", "file-has-a-header"),
        (b"a,b\n1,2\n", "place-column-found"),
        (b"TN34 1AA,5\nTN34 1AB,6\n", "file-has-a-header"),
        ("postcode\nTN34 1AA\n".encode("utf-16"), "file-encoding"),
        (b"PK\x03\x04junk", "file-readable"),
        (b"postcode,note\n" + b"XB1 1AA,fine\n" * 30_000 + b'XB1 1AA,"cut off here\nXB1', "file-whole"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_whole(
    demo_client: TestClient, body: bytes, rule: str
) -> None:
    answer = send(demo_client, body)
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert error["rule"] == rule
    if rule == "file-whole":
        assert error["row"] == 30_002


def test_windows_1252_and_three_hundred_columns_are_read(
    demo_client: TestClient, known: list[Any]
) -> None:
    header = [f"c{k}" for k in range(299)] + ["postcode"]
    text = ",".join(header) + "\n" + ",".join(["é"] * 299 + [known[0].postcode]) + "\n"
    rows = rows_of(send(demo_client, text.encode("cp1252")))
    assert rows[1][0] == "é"
    assert rows[1][-1] == "found"


def test_an_added_title_never_stands_twice(demo_client: TestClient, known: list[Any]) -> None:
    rows = rows_of(
        send(demo_client, f"postcode,lad_code,lookup_status\n{known[0].postcode},mine,\n")
    )
    assert len(set(rows[0])) == len(rows[0])
    assert rows[1][1] == "mine"


@pytest.mark.parametrize(
    ("params", "status"), [({"type": "zz"}, 422), ({"way": "zz"}, 422), ({"as_at": "x"}, 422)]
)
def test_a_wrong_wish_is_refused(
    demo_client: TestClient, params: dict[str, str], status: int
) -> None:
    assert send(demo_client, "postcode\nXB1 1AA\n", **params).status_code == status


def test_the_command_writes_the_file_whole_or_not_at_all(
    demo_engine: Engine, tmp_path: Path, known: list[Any]
) -> None:
    class Opened(SimpleNamespace):
        def __call__(self) -> Engine:
            return demo_engine

    opened = Opened(settings=Settings(data_dir=tmp_path / "home"))
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("postcode\n" + "\n".join(row.postcode for row in known) + "\n")
    told = CliRunner().invoke(lookup_app, ["csv", str(source), "-o", str(out)], obj=opened)
    assert told.exit_code == 0, told.output
    assert f"{len(known)} found" in told.output
    assert len(list(csv.reader(io.StringIO(out.read_text(), newline="")))) == len(known) + 1
    before = out.read_bytes()
    source.write_text('postcode\nXB1 1AA\n"cut off')
    told = CliRunner().invoke(lookup_app, ["csv", str(source), "-o", str(out)], obj=opened)
    assert told.exit_code != 0
    assert out.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "in.csv", "out.csv"]
