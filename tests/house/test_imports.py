from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import REPOSITORY, files, imported

LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"

DATABASE = {"sqlalchemy", "geoalchemy2", "psycopg"}
# A room keeps its SQL in these files.
MAY_KNOW_THE_DATABASE = {"tables", "queries", "actions", "database"}
# The types of what is handed down may be named anywhere outside methods and readers.
HANDED_DOWN = {"sqlalchemy.Engine", "sqlalchemy.orm.Session"}
# Elsewhere only with a reason.
ALSO = {
    "app/cli.py": "turns the database's errors into exit codes",
    "app/sessions.py": "opens and closes sessions",
    "app/replica_watch.py": "asks each server how far it is",
    "app/marks.py": "asks in which version the database shows what answers follow from",
    "app/problems.py": "turns the database's errors into ours",
    "app/lacks.py": "asks the database what is missing or stale",
    "app/measures.py": "asks the database for its size and what its connections do",
    "app/translation.py": "turns the database's errors into ours",
    "app/areas/releases.py": "lists releases with their findings and takes the steps of their life",
    "app/areas/relations.py": "reads the lives of the areas beside one",
    "app/indicators/asking.py": "asks which areas lie in a place",
    "app/indicators/rebased.py": "reads the people that rates are carried by",
    "app/indicators/storing.py": "stores indicators in the transaction of a load",
    "app/indicators/uploading.py": "stores a user's table in one transaction",
    "app/indicators/value_tables.py": "holds tables",
    "app/indicators/values.py": "the queries of indicators, apart from those of indices",
    "app/indicators/summaries.py": "reads what summaries are made of, the agreed name for other rooms",
    "app/indicators/summary_loading.py": "stores published summaries in the transaction of a load",
    "app/places/nation.py": "loads an invented land in one transaction",
    "app/places/load.py": "loads a place in one transaction, one load at a time",
    "app/places/demo.py": "loads the demo county in one transaction, one load at a time",
    "app/priorities/ground.py": "reads which small areas some codes stand for",
    "app/priorities/worst_tenth_queries.py": "reads what saved designations say of partnerships",
    "app/priorities/larger_codes.py": "reads which small areas a rule's larger ones stand for",
    "app/resources/conflicts.py": "reads which rows of a file are stored already",
    "app/resources/import_tables.py": "holds tables",
    "app/resources/kinds.py": "reads what each file of money holds",
    "app/resources/known_places.py": "reads what is known of the places a file names",
    "app/resources/mappings.py": "keeps how a partnership's files are read, in the transaction of a change",
    "app/resources/programme_years.py": "reads the years of the programmes that lines name",
    "app/resources/counting_once.py": "reads the few lines that may be counted twice",
    "app/resources/estimate_weights.py": "reads what small areas weigh in an estimate",
    "app/resources/kept_elsewhere.py": "keeps the lines of another database in the transaction of a record",
    "app/resources/files.py": "notes a published file in the transaction of its load",
    "app/resources/old_districts.py": "reads districts of every day for the loads of old papers",
    "app/resources/place_grounds.py": "reads which small areas stated places are made of",
    "app/resources/pride_outlines.py": "draws eligible areas in the transaction of a load",
    "app/resources/own_programmes.py": "keeps a programme's own record in the transaction of a change",
    "app/resources/programme_places.py": "finds the places of a record against the tables at once",
    "app/resources/programme_tables.py": "stores a keeper's table in the transaction of a change",
    "app/resources/programme_overlaps.py": "reads the ground that programmes are for",
    "app/strategies/accreditation.py": "the query of an assessor's notes, beside the rest of accreditation",
    "app/strategies/written.py": "checks a strategy against the ids of what it may name",
    "app/strategies/written_queries.py": "the queries of written strategies, apart from the targets'",
    "app/strategies/plan_queries.py": "the queries of actions, apart from the targets'",
    "app/resources/programme_queries.py": "the queries of programmes, apart from the ledger's",
    "app/resources/programmes.py": "stores programmes in the transaction of a load",
    "app/resources/beside_queries.py": "the queries of services and budgets, apart from the ledger's",
    "app/resources/outlets.py": "stores services in the transaction of a load",
    "app/resources/referral.py": "stores services of a directory in the transaction of an import",
    "app/resources/storing.py": "stores a file of money in the transaction of a load",
    "app/statements/gathering.py": "asks at once for all that statements rest on",
    "boundaries/footprints.py": "keeps ground and its shares in the transaction of the asker",
    "boundaries/names.py": "reads every name at once",
    "boundaries/point_lookup.py": "asks what lies at a point, and makes the atlas that says the same",
    "boundaries/layer_overlaps.py": "reads outlines through the driver itself",
    "boundaries/overlaps.py": "keeps the overlaps of two layers in one transaction",
    "boundaries/stale_shares.py": "marks kept shares in the transaction of a change",
    "boundaries/postcode_points.py": "reads postcodes as arrays",
    "boundaries/share_tables.py": "holds tables",
    "boundaries/plan_tables.py": "holds tables",
    "boundaries/planning.py": "keeps planned areas in the transaction of a change",
    "boundaries/plan_drawing.py": "draws planned areas in the transaction of a change",
    "boundaries/codes.py": "reads which area another code or name stands for",
    "boundaries/history.py": "reads what an area followed and what followed it",
    "boundaries/level_tables.py": "holds tables",
    "boundaries/levels.py": "reads levels and what was measured of releases",
    "app/tiles/drawing.py": "draws over the driver itself",
    "app/finished_reads.py": "asks over the driver's own protocol",
    "boundaries/box_type.py": "names a type of the database",
    "boundaries/map_sheets.py": "lays a release out in the transaction of its warming",
    "boundaries/topology.py": "surveys a release in the transaction of its load",
    "boundaries/releases.py": "checks and serves a release in the transaction of its load",
    "boundaries/importing.py": "stores a release in one transaction",
    "boundaries/rebasing.py": "reads the links between releases",
    "boundaries/storing.py": "stages rows in the transaction of a load",
}
ALSO_FOLDERS = {
    "app/access": "who may write is a table",
    "app/dev": "runs the private server",
    "app/ogc/statements": "composes the statements that pages, filters and files of features are read by",
    "app/sources": "loads published files in the transaction of a load",
}


def check_contracts(where: Path) -> subprocess.CompletedProcess[str]:
    asked = [LINT_IMPORTS, "--no-cache", "--no-logo", "--config", REPOSITORY / "pyproject.toml"]
    return subprocess.run(asked, cwd=where, capture_output=True, text=True, check=False)


def test_rooms_import_only_downwards() -> None:
    told = check_contracts(REPOSITORY)
    assert told.returncode == 0, told.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("boundaries/gss.py", "import maps.layers", "never meet"),
        ("maps/layers.py", "import boundaries.gss", "never meet"),
        ("boundaries/gss.py", "import app.settings", "know nothing of the service"),
        ("maps/layers.py", "import sqlalchemy", "neither a database nor HTTP"),
        ("app/areas/queries.py", "import app.partnerships.queries", "roots down"),
        ("app/partnerships/queries.py", "import app.resources.queries", "roots down"),
        ("app/problems.py", "import app.dependencies", "roots down"),
        ("app/priorities/methods/rules.py", "import sqlalchemy", "methods are pure"),
        ("app/priorities/methods/rules.py", "import pydantic", "methods are pure"),
        ("boundaries/methods/overlay.py", "import boundaries.tables", "methods are pure"),
    ],
)
def test_the_contracts_notice_an_import_that_goes_the_wrong_way(
    tmp_path: Path, module: str, line: str, contract: str
) -> None:
    # The real files' names with nothing in them: the only import is the wrong one.
    for name in files(".py", under=("app", "boundaries", "maps")):
        copy = tmp_path / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.touch()
    for name in ("layers", "gss"):
        assert list(tmp_path.rglob(f"{name}.py")), f"there is no {name}.py any more"
    target = tmp_path / module
    target.parent.mkdir(parents=True, exist_ok=True)
    for folder in target.relative_to(tmp_path).parents:
        if folder != Path():
            (tmp_path / folder / "__init__.py").touch()
    imported_module = line.removeprefix("import ").replace(".", "/")
    if imported_module.startswith(("app/", "boundaries/", "maps/")):
        wanted = tmp_path / f"{imported_module}.py"
        wanted.parent.mkdir(parents=True, exist_ok=True)
        wanted.touch()
    target.write_text(line + "\n")
    told = check_contracts(tmp_path)
    assert told.returncode != 0
    broken = [said for said in told.stdout.splitlines() if said.endswith("BROKEN")]
    assert any(contract in said for said in broken), told.stdout


def knows(name: Path) -> list[str]:
    """Where a file imports from the database's libraries more than the types that are handed down."""
    plain = "methods" not in name.parts and "readers" not in name.parts
    allowed = HANDED_DOWN if plain else set()
    return [
        f"{name}:{line} {word}"
        for line, word in imported(name)
        if word.split(".")[0] in DATABASE and word not in allowed
    ]


def test_only_tables_queries_and_actions_know_the_database() -> None:
    wrong = []
    for name in files(".py", under=("app", "boundaries", "maps")):
        in_folder = any(str(name).startswith(f"{folder}/") for folder in ALSO_FOLDERS)
        if name.stem not in MAY_KNOW_THE_DATABASE and str(name) not in ALSO and not in_folder:
            wrong += knows(name)
    assert wrong == []


def test_every_exception_to_that_is_still_needed() -> None:
    assert [named for named in ALSO if not knows(Path(named))] == []
