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
from app.sources.sources_command import loaded_words, sources_command, where_words
from app.sources.tables import DatasetFetch
from boundaries.database import make_engine

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
    engine = make_engine(make_database(template_database), pool_size=0)
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
def test_the_table_lists_a_group(command: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "220")
    made = CliRunner().invoke(command, ["sources", "--group", "england-2001"])
    assert made.exit_code == 0, made.output
    row = next(line for line in made.stdout.splitlines() if "lsoa-2001-04-bfc" in line)
    assert "32,482" in row
    assert "mirror only, not here" in row
    assert f"{len(group('england-2001'))} datasets" in made.stderr


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


def test_where_a_dataset_is(tmp_path: Path) -> None:
    remote, both, here = (
        catalogue()[name] for name in ("lad-2024-05-bgc", "lad-2025-05-bgc", "rgn-2016-12-bsc")
    )
    assert where_words(remote, Standing(), tmp_path) == "remote"
    assert where_words(both, Standing(), None) == "remote"
    assert where_words(both, Standing(fetched_at=NOON), None) == "fetched 2026-03-04"
    assert where_words(here, Standing(), tmp_path) == "mirror only, not here"
    assert here.path is not None
    (tmp_path / "boundaries").mkdir()
    (tmp_path / here.path).touch()
    assert where_words(here, Standing(), tmp_path) == "in mirror"


def test_when_a_dataset_was_loaded() -> None:
    assert loaded_words(Standing()) == "-"
    assert loaded_words(Standing(loaded_at=NOON, partial=False)) == "2026-03-04"
    assert loaded_words(Standing(loaded_at=NOON, partial=True)) == "2026-03-04 in part"
