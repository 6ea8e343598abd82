"""`bounds sources`: the table for people, JSON for programs, and a group that does not exist."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app.settings import Settings
from app.sources.catalogue import UnknownDataset, catalogue, group
from app.sources.queries import Standing
from app.sources.sources_command import dataset_lines, sources_command, standing_words
from app.sources.tables import DatasetFetch
from tests.support.engines import open_engine

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@dataclass
class Opened:
    settings: Settings
    engine: Engine

    def __call__(self) -> Engine:
        return self.engine


@pytest.fixture
def command(
    settings: Settings, make_database: Callable[[str], str], template_database: str
) -> Iterator[typer.Typer]:
    engine = open_engine(make_database(template_database))
    with Session(engine) as session:
        session.add(
            DatasetFetch(
                dataset_id="imd-2025", address="x", sha256="0" * 64, size_bytes=1, fetched_at=NOON
            )
        )
        session.commit()
    made = typer.Typer()

    @made.callback()
    def root(context: typer.Context) -> None:
        context.obj = Opened(settings, engine)

    made.command("sources")(sources_command)
    yield made
    engine.dispose()


@pytest.mark.slow
def test_a_group_is_listed_with_all_that_is_known_of_each(command: typer.Typer) -> None:
    made = CliRunner().invoke(command, ["sources", "--group", "england-2001"])
    assert made.exit_code == 0, made.output
    lines = made.stdout.splitlines()
    at = lines.index("lsoa-2001-04-bfc: " + catalogue()["lsoa-2001-04-bfc"].title)
    assert (
        "Office for National Statistics; Census 2001; 32,482 rows; official; Open" in lines[at + 1]
    )
    assert lines[at + 2] == "    mirror only; not in the mirror; never fetched; not loaded"
    assert lines[at + 3].strip() == catalogue()["lsoa-2001-04-bfc"].attribution
    listed = [line.partition(":")[0] for line in lines if not line.startswith(" ")]
    assert listed == [each.id for each in group("england-2001")]
    assert f"{len(listed)} datasets" in made.stderr


@pytest.mark.slow
def test_json_says_everything_of_every_dataset(command: typer.Typer) -> None:
    made = CliRunner().invoke(command, ["sources", "--json"])
    told = {each["id"]: each for each in json.loads(made.stdout)}
    assert list(told) == list(catalogue())
    assert told["imd-2025"]["fetched_at"].startswith("2026-03-04T12:00:00")
    assert told["imd-2019"]["fetched_at"] == "never fetched"
    assert told["cni-2019"]["licence"] == "not stated: ask before redistribution"
    assert told["nrf-allocations"]["coverage"] == "40 of 88 districts"
    missing = [
        (name, field)
        for name, each in told.items()
        for field in (
            "title",
            "publisher",
            "release",
            "licence",
            "attribution",
            "quality",
            "address",
        )
        if not each[field]
    ]
    assert missing == []


@pytest.mark.slow
def test_a_group_that_does_not_exist_is_not_found(command: typer.Typer) -> None:
    made = CliRunner().invoke(command, ["sources", "--group", "wales"])
    assert isinstance(made.exception, UnknownDataset)


def test_where_a_dataset_is_and_how_it_stands(tmp_path: Path) -> None:
    remote, here, listed = (
        catalogue()[name] for name in ("lad-2024-05-bgc", "rgn-2016-12-bsc", "lad-2016-12-bgc")
    )
    fetched = Standing(fetched_at=NOON, loaded_at=NOON, partial=True)
    assert standing_words(remote, fetched, None) == [
        "not in the mirror", "fetched 2026-03-04", "loaded 2026-03-04 in part",
    ]  # fmt: skip
    assert remote.address is not None
    assert remote.address in dataset_lines(remote, fetched, None)[2]
    assert standing_words(listed, Standing(), None)[2] == "listed only"
    assert here.path is not None
    (tmp_path / "boundaries").mkdir()
    (tmp_path / here.path).touch()
    assert standing_words(here, Standing(), tmp_path) == [
        "in the mirror",
        "never fetched",
        "not loaded",
    ]
