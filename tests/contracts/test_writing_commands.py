"""Every command that writes: what the audit trail says of it, and that a failed or rehearsed one leaves nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import geopandas as gpd
import pytest
import shapely
from click.testing import CliRunner, Result
from sqlalchemy import Engine
from typer.main import get_command

from app import cli
from app.places.demo import DEMO_SLUG
from app.rasters.stored import use_folder
from boundaries.crs import BNG
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine
from tests.support.trail import break_the_trail, events_after, last_event, stored

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Case:
    """One writing command: its words, what the trail says, what refuses it, and what must be done before."""

    words: str
    verb: str
    subject: str
    refused: str
    before: tuple[str, ...] = ()


REFORM = """
plan = "exe-reform"
name = "Exe reform"
source = "An invented order"

[[areas]]
code = "X06000099"
name = "New Exe"
from = 2040-04-01
made_of = ["X07000002"]
"""
PLAN = "areas plan {reform} --commit"
FUND = f"programme create Fund --funder F --partnership {DEMO_SLUG}"
RASTER = (
    "import raster {grid} --id grid --title Grid --unit people --nature extensive --nodata-means nobody"
    " --crs EPSG:27700 --commit"
)
ESTATE = "neighbourhood create Estate --codes X07000002"
WARDS = "import boundaries {wards} --type wd --release 2025-05-01 --commit"
STRATEGY = """
{"vision": "Good streets", "objectives": [{"title": "Homes"}], "reason": "A test"}
"""
TABLES = {
    "record.json": f'{{"format": "bounds-record-1", "partnership": [{{"slug": "{DEMO_SLUG}", "name": "Other"}}]}}',
    "members.csv": "name,sector\nBarset Constabulary,public\n",
    "actions.csv": "title,owner,due_on\nPaint,Tenants,2040-01-01\n",
    "targets.csv": "title,kind,scope,measure,unit,higher_is_worse,threshold,baseline_period,baseline_value,due_period\n"
    "Jobs,level,whole,Jobs,per cent,false,60,2020,50,2040\n",
}  # fmt: skip
BRING = f"strategy import {DEMO_SLUG} {{strategy}} --publish --commit"
CASES: dict[str, Case] = {
    "strategy import": Case(
        BRING, "publish", f"strategy:{DEMO_SLUG}", f"strategy import {DEMO_SLUG} {{money}} --commit"
    ),
    "partnership import": Case(
        "partnership import {record} --commit", "change", f"partnership:{DEMO_SLUG}", "partnership import {money}"
    ),
    "members import": Case(
        f"members import {DEMO_SLUG} {{members}} --commit", "change", f"partnership:{DEMO_SLUG}",
        f"members import {DEMO_SLUG} {{money}} --commit",
    ),
    "targets import": Case(
        f"targets import {DEMO_SLUG} {{targets}} --commit", "create", f"target:{DEMO_SLUG}-jobs",
        f"targets import {DEMO_SLUG} {{money}} --commit",
    ),
    "actions import": Case(
        f"actions import {DEMO_SLUG} {{actions}} --commit", "create", f"action:{DEMO_SLUG}-paint",
        f"actions import {DEMO_SLUG} {{money}} --commit",
    ),
    "strategy sign": Case(
        f"strategy sign {DEMO_SLUG} {{member}}", "sign", f"strategy:{DEMO_SLUG}",
        f"strategy sign {DEMO_SLUG} Nobody", (BRING,),
    ),
    "token create": Case(
        "token create --role editor", "create", r"token:1", "token create --role owner"
    ),
    "token revoke": Case(
        "token revoke 1", "revoke", "token:1", "token revoke 2", ("token create --role editor",)
    ),
    "partnership create": Case(
        "partnership create Pact --authorities X07000002", "create", "partnership:pact",
        "partnership create Pact --authorities Atlantis",
    ),
    "neighbourhood create": Case(
        ESTATE, "create", "neighbourhood:estate", "neighbourhood create Estate --codes X07000099"
    ),
    "neighbourhood import": Case(
        f"neighbourhood import {{drawn}} --partnership {DEMO_SLUG}", "import",
        f"neighbourhoods:{DEMO_SLUG}", "neighbourhood import {money}",
    ),
    "neighbourhood grow": Case(
        f"neighbourhood grow {DEMO_SLUG} --whole --save", "grow", f"neighbourhoods:{DEMO_SLUG}",
        f"neighbourhood grow {DEMO_SLUG} --households 9-1 --save",
    ),
    "neighbourhood rename": Case(
        "neighbourhood rename estate Other", "change", "neighbourhood:estate",
        "neighbourhood rename no-such Other", (ESTATE,),
    ),
    "neighbourhood remove": Case(
        "neighbourhood remove estate", "remove", "neighbourhood:estate",
        "neighbourhood remove no-such", (ESTATE,),
    ),
    "designate": Case(
        f"designate {DEMO_SLUG} --save List", "designate", f"designation:{DEMO_SLUG}-[0-9a-f]+",
        f"designate {DEMO_SLUG} --index imd-1066 --save List",
    ),
    "import resources": Case(
        "import resources {money} --commit", "import", "resources:plain-[0-9a-f]{12}",
        "import resources {wards} --commit",
    ),
    "programme create": Case(
        FUND, "create", f"programme:{DEMO_SLUG}.fund", f"{FUND} --basis luck"
    ),
    "programme import": Case(
        f"programme import {DEMO_SLUG}.fund {{envelopes}} --commit", "import", f"programme:{DEMO_SLUG}.fund",
        f"programme import {DEMO_SLUG}.fund {{money}} --commit", (FUND,),
    ),
    "programme remove": Case(
        f"programme remove {DEMO_SLUG}.fund", "remove", f"programme:{DEMO_SLUG}.fund",
        "programme remove no-such", (FUND,),
    ),
    "import indicators": Case(
        "import indicators {values} --id jobs --code-column code --value jobs --unit people"
        " --direction higher-is-worse --nature extensive --release lad-2023-05 --period 2023 --commit",
        "import", "indicator:jobs",
        "import indicators {values} --id jobs --code-column code --value joy --unit people"
        " --direction higher-is-worse --nature extensive --release lad-2023-05 --period 2023 --commit",
    ),
    "import boundaries": Case(
        WARDS, "import", "release:wd-2025-05",
        "import boundaries {money} --type wd --release 2025-05-01 --commit",
    ),
    "import raster": Case(
        RASTER, "import", "raster:grid", RASTER.replace("extensive", "intensive")
    ),
    "rasters drop": Case(
        "rasters drop grid", "remove", "raster:grid", "rasters drop no-such", (RASTER,)
    ),
    "areas plan": Case(PLAN, "plan", "plan:exe-reform", "areas plan {money} --commit"),
    "areas drop-plan": Case(
        "areas drop-plan exe-reform --commit", "remove", "plan:exe-reform",
        "areas drop-plan no-such --commit", (PLAN,),
    ),
    "releases withdraw": Case(
        "releases withdraw wd-2025-05 --commit", "withdraw", "release:wd-2025-05",
        "releases withdraw no-such --commit", (WARDS,),
    ),
    "releases serve": Case(
        "releases serve wd-2025-05 --commit", "serve", "release:wd-2025-05",
        "releases serve no-such --commit", (WARDS, "releases withdraw wd-2025-05 --commit"),
    ),
    "releases remove": Case(
        "releases remove wd-2025-05 --commit", "remove", "release:wd-2025-05",
        "releases remove no-such --commit", (WARDS, "releases withdraw wd-2025-05 --commit"),
    ),
}  # fmt: skip
READING = {
    "access", "agreements", "board-check", "compare", "estimate", "indices summaries", "profile", "progress", "gap",
    "accreditation", "fewer", "strategy show", "strategy export", "partnership export", "members export",
    "targets export", "actions export",
    "publish", "areas export", "compare-places", "targets judge", "targets list",
    "rules",
    "settings", "sbom", "align", "ledger", "map", "areas find", "areas show", "areas history", "areas plans",
    "areas relations", "lookup point", "lookup postcode", "lookup csv", "lookup geometry", "programmes", "services",
    "programme list", "programme show", "rebase", "rehearse", "merge", "region", "doctor csv",
    "partnership list", "partnership show", "report neighbourhood",
    "report partnership", "report progress", "report accreditation", "report statement-of-use", "token list",
    "audit", "history", "sources",
    "doctor", "db status", "db backup", "db url", "neighbourhood preview", "neighbourhood list", "neighbourhood show",
    "neighbourhood versions", "neighbourhood diff", "rasters list",
}  # fmt: skip
# They run the server or change its tables, and hold no row of ours.
RUNNING = {
    "db start", "db stop", "db migrate", "db psql", "db install", "db restore", "db upgrade", "db tidy",
}  # fmt: skip
# They keep what can be computed again at any time, and is nobody's statement: tests/boundaries/test_overlaps.py
# and test_topology.py, tests/app/rasters/test_rasters_served.py.
KEEPING = {"align compute", "rasters compute", "releases warm"}
# They load published files: tests/app/places and tests/app/sources/test_load.py prove what that leaves.
LOADING = {"up", "serve", "load"}


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command of `bounds` as it is typed."""
    waiting: list[tuple[str, Any]] = [("", get_command(cli.app))]
    while waiting:
        words, command = waiting.pop()
        inner = getattr(command, "commands", None)
        if inner is None:
            yield words, command
        else:
            waiting += [(f"{words} {name}".strip(), each) for name, each in inner.items()]


COMMANDS = dict(commands())
CASES_HERE = [name for name in CASES if name in COMMANDS]


@dataclass
class Desk:
    """A demo county of the test's own, with a file of money and one of boundaries beside it."""

    engine: Engine
    folder: Path

    def run(self, words: str) -> Result:
        """Run `bounds WORDS`."""
        name = next(each for each in COMMANDS if words.startswith(f"{each} "))
        files = {
            "wards": self.folder / "wards.gpkg", "money": self.folder / "plan.csv",
            "reform": self.folder / "reform.toml", "values": self.folder / "values.csv",
            "drawn": self.folder / "drawn.geojson",
            "envelopes": self.folder / "envelopes.csv",
            "grid": self.folder / "grid.csv", "strategy": self.folder / "strategy.json",
            "member": "Barset Constabulary",
            **{name: self.folder / f"{name}.csv" for name in ("members", "targets", "actions")},
            "record": self.folder / "record.json",
        }  # fmt: skip
        given = [part.format(**files) for part in words.removeprefix(name).split()]
        return CliRunner().invoke(COMMANDS[name], given, obj=lambda: self.engine)


def _desks(cluster: ClusterForTests, demo_template: str, tmp_path: Path) -> Iterator[Desk]:
    square = shapely.box(580_000, 110_000, 581_000, 111_000)
    frame = gpd.GeoDataFrame({"WD25CD": ["E05000001"], "WD25NM": ["W"]}, geometry=[square], crs=BNG)
    frame.to_file(tmp_path / "wards.gpkg", layer="wards")
    council = shapely.box(633_424, 371_163, 637_424, 375_163)
    drawn = gpd.GeoDataFrame({"name": ["Drawn"]}, geometry=[council], crs=BNG)
    drawn.to_file(tmp_path / "drawn.geojson", driver="GeoJSON")
    money = "what,amount,year,funder,place\nWardens,1,2018-19,F,X07000002\n"
    (tmp_path / "plan.csv").write_text(money, encoding="utf-8")
    envelopes = "place,year,amount\nwhole partnership,2018-19,10\n"
    (tmp_path / "envelopes.csv").write_text(envelopes, encoding="utf-8")
    (tmp_path / "values.csv").write_text("code,jobs\nX07000002,12\n", encoding="utf-8")
    points = "x,y,people\n634000,372000,10\n635000,372000,20\n634000,373000,30\n"
    (tmp_path / "grid.csv").write_text(points, encoding="utf-8")
    use_folder(tmp_path / "rasters")
    (tmp_path / "strategy.json").write_text(STRATEGY, encoding="utf-8")
    for name, rows in TABLES.items():
        (tmp_path / name).write_text(rows, encoding="utf-8")
    (tmp_path / "reform.toml").write_text(REFORM, encoding="utf-8")
    url = cluster.clone(demo_template)
    yield Desk(open_engine(url, statement_timeout_s=60), tmp_path)
    cluster.drop(url)


@pytest.fixture
def desk(cluster: ClusterForTests, demo_template: str, tmp_path: Path) -> Iterator[Desk]:
    yield from _desks(cluster, demo_template, tmp_path)


@pytest.fixture(scope="module")
def untouched(
    cluster: ClusterForTests, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """One desk for the rehearsals that begin with the county as it is: none changes anything."""
    yield from _desks(cluster, demo_template, tmp_path_factory.mktemp("untouched"))


@pytest.fixture(scope="module")
def without_trail(
    cluster: ClusterForTests, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """One desk whose trail takes nothing more, so that nothing can be changed there."""
    for made in _desks(cluster, demo_template, tmp_path_factory.mktemp("without_trail")):
        break_the_trail(made.engine)
        yield made


def test_every_command_is_known_to_write_or_not_to() -> None:
    known = set(CASES) | READING | RUNNING | KEEPING | LOADING
    assert set(COMMANDS) - known == set(), (
        "say here whether it writes; what writes needs a case, so that its trail is proved"
    )


@pytest.mark.parametrize("name", CASES_HERE)
def test_a_command_that_writes_leaves_one_event(desk: Desk, name: str) -> None:
    for words in CASES[name].before:
        assert desk.run(words).exit_code == 0
    number, before = last_event(desk.engine), stored(desk.engine)
    done = desk.run(CASES[name].words)
    assert done.exit_code == 0, (done.output, done.exception)
    (event,) = events_after(desk.engine, number)
    assert (event.actor, event.verb) == ("command line", CASES[name].verb)
    assert re.fullmatch(CASES[name].subject, event.subject)
    after = stored(desk.engine)
    assert {table for table in after if after[table] != before[table]} > {"audit_events"}


@pytest.mark.parametrize("name", CASES_HERE)
def test_a_command_that_is_refused_or_cannot_be_recorded_leaves_nothing(
    request: pytest.FixtureRequest, name: str
) -> None:
    case = CASES[name]
    desk: Desk = request.getfixturevalue("desk" if case.before else "without_trail")
    for words in case.before:
        assert desk.run(words).exit_code == 0
    if case.before:
        break_the_trail(desk.engine)
    before = stored(desk.engine)
    assert desk.run(case.refused).exit_code != 0
    assert stored(desk.engine) == before
    assert "the trail is closed" in str(desk.run(case.words).exception)
    assert stored(desk.engine) == before


@pytest.mark.parametrize("name", [name for name in CASES_HERE if "--commit" in CASES[name].words])
def test_a_rehearsal_leaves_nothing(request: pytest.FixtureRequest, name: str) -> None:
    desk: Desk = request.getfixturevalue("desk" if CASES[name].before else "untouched")
    for words in CASES[name].before:
        assert desk.run(words).exit_code == 0
    before = stored(desk.engine)
    done = desk.run(CASES[name].words.removesuffix(" --commit"))
    assert done.exit_code == 0, (done.output, done.exception)
    assert stored(desk.engine) == before
