"""`bounds neighbourhood …` on the demo county: an estate from a file and back, its versions, and growing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from typer.main import get_command

from app import cli
from app.places.demo import DEMO_SLUG
from app.sessions import reading
from boundaries.errors import BoundsError
from boundaries.tables import Postcode
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

pytestmark = pytest.mark.slow
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def engine(cluster: ClusterForTests, demo_template: str) -> Iterator[Any]:
    url = cluster.clone(demo_template)
    yield open_engine(url, statement_timeout_s=60)
    cluster.drop(url)


@pytest.fixture
def run(engine: Any) -> Run:
    """Run `bounds neighbourhood WORDS…`."""
    command = get_command(cli.app).commands["neighbourhood"]  # type: ignore[attr-defined]

    def runs(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(command, list(words), obj=lambda: engine, input=typed)

    return runs


@pytest.fixture
def postcodes(engine: Any) -> list[str]:
    """The current postcodes of one small area of the council, in order."""
    with reading(engine) as session:
        rows = session.execute(
            select(Postcode.postcode, Postcode.lsoa21_code)
            .where(Postcode.status == "current", Postcode.lad_code == "X07000002")
            .order_by(Postcode.lsoa21_code, Postcode.postcode)
        ).all()
    return [row.postcode for row in rows if row.lsoa21_code == rows[0].lsoa21_code]


def test_an_estate_goes_in_from_a_file_and_comes_out_identical(
    run: Run, postcodes: list[str], tmp_path: Path
) -> None:
    given, out = tmp_path / "ore.csv", tmp_path / "out.csv"
    given.write_text("postcode\r\n" + "\r\n".join(postcodes) + "\r\n", newline="")
    seen = run("preview", "--postcodes", str(given), "--json")
    body = json.loads(seen.stdout)
    assert body["people"]["spread"] == 0
    assert set(body["money"]) >= {"located", "estimated"}
    told = run("preview", "--postcodes", "-", typed=postcodes[0])
    assert "Money awarded, located:" in told.stdout
    assert "uncertain" in told.stdout

    made = run("create", "Ore", "--postcodes", str(given), "--partnership", DEMO_SLUG)
    assert (made.exit_code, made.stdout) == (0, "ore\n")
    assert run("show", "ore", "--blocks", str(out)).exit_code == 0
    assert out.read_bytes() == given.read_bytes()
    again = run("create", "--version-of", "ore", "--postcodes", str(out))
    assert isinstance(again.exception, BoundsError)
    assert again.exception.slug == "same-ground"

    less = ",".join(postcodes[1:])
    assert (
        run("create", "--version-of", "ore", "--postcodes", less, "--reason", "less").stdout
        == "ore\n"
    )
    versions = json.loads(run("versions", "ore", "--json").stdout)["items"]
    assert [(row["version"], row["reason"]) for row in versions] == [(2, "less"), (1, "first made")]
    old = json.loads(run("show", "ore", "--version", "1", "--json").stdout)
    assert old["figures"]["people"]["value"] == old["figures_now"]["people"]["value"]
    assert old["figures"]["people"]["value"] == versions[1]["people"] > versions[0]["people"]
    diff = json.loads(run("diff", "ore", "--json").stdout)
    assert diff["postcodes"]["dropped_list"] == postcodes[:1]
    assert f"{len(postcodes) - 1} in both, 0 added, 1 dropped." in run("diff", "ore").stdout
    assert "ore" in run("list", "--partnership", DEMO_SLUG).stdout


def test_what_is_wrong_is_said_by_row_and_nothing_is_made(run: Run, postcodes: list[str]) -> None:
    refused = run("create", "Bad", "--postcodes", f"{postcodes[0]},nonsense")
    assert isinstance(refused.exception, BoundsError)
    assert [fault.row for fault in refused.exception.faults] == [2]
    assert cli.exit_code_of(refused.exception) == cli.EXIT_REFUSED
    missing = run("create", "Bad", "--postcodes", "no/such.csv")
    assert isinstance(missing.exception, BoundsError)
    assert cli.exit_code_of(missing.exception) == cli.EXIT_NOT_FOUND
    for words in ((), ("--postcodes", "XB1 1AA", "--codes", "X07000002")):
        assert run("create", "Bad", *words).exit_code == cli.EXIT_USAGE
    assert "bad" not in run("list").stdout


def test_growing_prints_what_is_outside_the_size_and_why(run: Run) -> None:
    grown = run("grow", DEMO_SLUG, "--worst", "20", "--people", "6000-12000", "--json")
    body = json.loads(grown.stdout)
    outside = body["summary"]["outside_band"]
    assert body["kept"] == []
    assert {row["number"] for row in body["neighbourhoods"] if row["note"]} >= set(outside)
    told = run("grow", "--areas", "X07000002", "--whole", "--people", "4000-12000")
    assert "neighbourhoods of" in told.stdout
    assert run("grow", DEMO_SLUG, "--people", "many").exit_code == cli.EXIT_USAGE
    assert run("grow", "--areas", "X07000002", "--save").exit_code == cli.EXIT_USAGE
