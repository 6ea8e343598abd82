"""`bounds designate`: what it prints, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app.priorities.commands import designate_command, read_rule_argument
from app.priorities.methods.conditions import worst_percent
from app.priorities.methods.rules import InvalidRule
from boundaries.queries import UnknownArea
from tests.support.engines import open_engine


@pytest.fixture(scope="module")
def engine(make_database: Callable[[str], str], template_database: str) -> Iterator[Engine]:
    opened = open_engine(make_database(template_database))
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def command(engine: Engine) -> typer.Typer:
    made = typer.Typer()

    @made.callback()
    def root(context: typer.Context) -> None:
        context.obj = lambda: engine

    made.command("designate")(designate_command)
    return made


@pytest.fixture
def place(engine: Engine, fill: Callable[[Session], None]) -> None:
    from app.partnerships.tables import Partnership

    with Session(engine) as session:
        if session.get(Partnership, "exe") is None:
            fill(session)
            session.commit()


def test_the_table_says_counts_rule_neighbourhoods_and_margins(
    command: typer.Typer, place: None
) -> None:
    made = CliRunner().invoke(command, ["designate", "--areas", "Exshire", "--worst", "10"])
    assert made.exit_code == 0, made.output
    assert "3 of 6 small areas selected, 3,008 of 6,021 people (mid-2020)" in " ".join(
        made.output.split()
    )
    assert "Cannot be told, as a value is missing: 1." in made.output
    assert "Castle <b>" in made.output


def test_json_is_the_answer_of_the_api(command: typer.Typer, place: None) -> None:
    made = CliRunner().invoke(command, ["designate", "exe", "--json"])
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["summary"]["areas_selected"] == 2


def test_save_keeps_it_under_its_name(command: typer.Typer, place: None) -> None:
    made = CliRunner().invoke(command, ["designate", "exe", "--save", "Board list", "--json"])
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["name"] == "Board list"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["exe", "--areas", "Exe"],
        ["exe", "--worst", "10", "--rule", "{}"],
        ["exe", "--worst", "101"],
        ["--areas", "Exe", "--save", "x"],
    ],
)
def test_wrong_usage_exits_2(command: typer.Typer, place: None, arguments: list[str]) -> None:
    assert CliRunner().invoke(command, ["designate", *arguments]).exit_code == 2


def test_an_unknown_council_is_raised_for_the_root_to_say(
    command: typer.Typer, place: None
) -> None:
    made = CliRunner().invoke(command, ["designate", "--areas", "Exx"])
    assert isinstance(made.exception, UnknownArea)


def test_a_rule_is_read_from_a_file_or_from_the_line(tmp_path: Path) -> None:
    path = tmp_path / "rule.json"
    path.write_text("\ufeff" + json.dumps(worst_percent(20)), encoding="utf-8")
    assert read_rule_argument(str(path)) == worst_percent(20)
    assert read_rule_argument(json.dumps(worst_percent(20))) == worst_percent(20)
    with pytest.raises(InvalidRule, match="neither JSON, nor"):
        read_rule_argument(str(tmp_path / "none.json"))
    with pytest.raises(InvalidRule):
        read_rule_argument(str(tmp_path))
