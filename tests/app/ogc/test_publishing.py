"""Publishing: files that are whole, an index that says so, and nothing that may not be passed on."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import pyogrio
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.ogc import publishing
from app.ogc.publishing import FolderNotEmpty, is_open, publish
from tests.support.places import quiet

DAY = date(2026, 1, 1)
BASE = "http://127.0.0.1:8000/ogc"


@pytest.mark.parametrize(
    ("licence", "open_"),
    [
        ("Open Government Licence v3.0", True),
        ("Open Government Licence v3.0; CC BY-SA 4.0 (GrantNav)", True),
        ("Creative Commons Attribution-ShareAlike 4.0", True),
        ("CC BY-NC 4.0", False),
        (
            "CC BY 4.0, as most publishers of the 360Giving registry choose; check with the publisher",
            False,
        ),
        ("All rights reserved", False),
        ("", False),
    ],
)
def test_only_licences_that_let_anybody_pass_data_on_are_open(licence: str, open_: bool) -> None:
    assert is_open(licence) is open_


def test_published_folder_is_what_its_index_says(demo_engine: Engine, tmp_path: Path) -> None:
    with Session(demo_engine) as session:
        session.execute(
            text("UPDATE releases SET licence = 'All rights reserved' WHERE area_type = 'wd'")
        )
        session.execute(
            text(
                "UPDATE releases SET licence = 'Open Government Licence v3.0' WHERE area_type <> 'wd'"
            )
        )
        # Two collections are enough to tell.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(publishing, "list_ids", lambda _session, _day: ["lad", "wd"])
            index = publish(session, tmp_path / "out", BASE, DAY, quiet)
        session.rollback()
    folder = tmp_path / "out"
    assert [each["id"] for each in index["collections"]] == ["lad"]
    assert [each["id"] for each in index["left_out"]] == ["wd"]
    assert json.loads((folder / "index.json").read_text())["collections"][0]["id"] == "lad"
    listed = {file["name"]: file for file in index["collections"][0]["files"]}
    assert set(listed) | {"index.json"} == {path.name for path in folder.iterdir()}
    for name, said in listed.items():
        body = (folder / name).read_bytes()
        assert (len(body), hashlib.sha256(body).hexdigest()) == (said["bytes"], said["sha256"])
    features = index["collections"][0]["features"]
    assert pyogrio.read_info(folder / "lad.fgb")["features"] == features
    assert len(json.loads((folder / "lad.geojson").read_text())["features"]) == features


def test_folder_of_something_else_is_left_alone(demo_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with Session(demo_engine) as session, pytest.raises(FolderNotEmpty):
        publish(session, tmp_path, BASE, DAY, quiet)
    assert [each.name for each in tmp_path.iterdir()] == ["letter.txt"]
