"""The command line's root: lists the commands by hand, opens the database once, turns errors into exit codes."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app.access.commands import audit_command, history_command, token_app
from app.agreements.commands import agreements_command
from app.areas.commands import areas_app, import_boundaries_command
from app.areas.plan_commands import drop_plan_command, plan_command, plans_command
from app.areas.relation_commands import align_compute_command
from app.areas.release_commands import releases_app
from app.dev.backup_commands import add_backup_commands
from app.dev.commands import db_app
from app.dev.database_choice import check_given, open_database
from app.dev.doctor import doctor_app
from app.dev.sbom import sbom_command
from app.indicators.commands import import_indicators_command
from app.logs import keep_quiet
from app.lookup.commands import lookup_app
from app.neighbourhoods.commands import neighbourhood_app
from app.neighbourhoods.grow_commands import grow_command
from app.ogc.commands import publish_command
from app.ogc.warm_commands import warm_command
from app.operations import newest_migration
from app.partnerships.commands import align_command, partnership_app
from app.places.commands import serve_command, up_command
from app.priorities.commands import designate_command, rules_command
from app.priorities.index_commands import indices_app
from app.problems import from_database
from app.profiles.commands import board_check_command, compare_command, profile_command
from app.profiles.compare_commands import compare_places_command
from app.rasters.commands import import_raster_command, rasters_app
from app.rasters.stored import use_folder
from app.records.commands import (
    actions_app,
    add_table_commands,
    export_record_command,
    import_record_command,
    members_app,
)
from app.regions.commands import region_command
from app.rehearsals.commands import rehearse_command
from app.rehearsals.merger_commands import merge_command
from app.reports.accreditation_commands import accreditation_report_command
from app.reports.commands import map_command, report_app
from app.reports.neighbourhood_commands import neighbourhood_command
from app.reports.progress_commands import progress_report_command
from app.reports.statement_commands import statement_command
from app.resources.access_commands import access_command
from app.resources.beside_commands import programmes_command, services_command
from app.resources.commands import import_app
from app.resources.estimate_commands import estimate_command
from app.resources.ground_commands import preview_command
from app.resources.ledger_commands import ledger_command
from app.resources.own_programme_commands import programme_app
from app.sessions import applied_migration, serves_on
from app.settings import Settings, from_environment
from app.sources.commands import load_command
from app.sources.sources_command import sources_command
from app.strategies.commands import progress_command, targets_app
from app.strategies.fewer_commands import fewer_command
from app.strategies.gap_commands import gap_command
from app.strategies.strategy_commands import accreditation_command, strategy_app
from app.tiles.commands import export_command
from app.vintages.commands import doctor_csv_command, rebase_command
from boundaries.crs import use_grid
from boundaries.database import make_engine, migrate
from boundaries.errors import BoundsError, NotFound, Unavailable
from boundaries.gdal_drivers import lock_down_gdal

TABLE_COLUMNS, HELP_COLUMNS = "10000", "100"
EXIT_ENVIRONMENT, EXIT_USAGE, EXIT_REFUSED, EXIT_NOT_FOUND = 1, 2, 3, 4

app = typer.Typer(
    name="bounds",
    help="Boundaries, priority neighbourhoods and the money going into them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
align_app = typer.Typer(
    help="Say how a partnership lies to councils; compare two types of area.",
    invoke_without_command=True,
)


class Opening:
    """Opens the database that the settings mean when a command first asks, migrated to this code's tables."""

    def __init__(self, settings: Settings, stack: ExitStack) -> None:
        self.settings = settings
        self.stack = stack
        self._engine: Engine | None = None
        self.api_url = ""

    def settings_at(self, host: str | None, port: int | None) -> Settings:
        """The settings with an address from the command line laid over, and what follows from it.

        A service that listens beyond this machine takes other Host names and limits its callers.
        """
        given = {"BOUNDS_HOST": host, "BOUNDS_PORT": None if port is None else str(port)}
        over = {name: value for name, value in given.items() if value is not None}
        return from_environment({**os.environ, **over}) if over else self.settings

    def __call__(self) -> Engine:
        """Give an engine as the owner of the tables: the command line may do everything."""
        if self._engine is None:
            addresses = self.stack.enter_context(open_database(self.settings))
            if self.settings.database_url is not None:
                check_given(addresses.owner)
            engine = make_engine(addresses.owner, pool_size=0, statement_timeout_s=600)
            if not serves_on(applied_migration(engine), newest_migration()):
                migrate(addresses.owner)
            self._engine = engine
            self.api_url = addresses.api
        return self._engine


@app.callback()
def root(context: typer.Context) -> None:
    """Read the settings and prepare to open the database."""
    settings = from_environment(os.environ)
    lock_down_gdal()
    use_grid(settings.data_dir / "proj")
    use_folder(settings.data_dir / "rasters")
    stack = ExitStack()
    context.call_on_close(stack.close)
    context.obj = Opening(settings, stack)


@app.command("settings")
def show_settings(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """List every setting with its value, default and meaning."""
    rows = context.obj.settings.rows()
    if as_json:
        typer.echo(orjson.dumps([row._asdict() for row in rows]).decode())
        return
    table = Table("setting", "value", "default", "meaning")
    for row in rows:
        table.add_row(row.name, row.value, row.default, row.meaning)
    Console().print(table)


app.command("up")(up_command)
app.command("serve")(serve_command)
app.command("rehearse")(rehearse_command)
app.command("merge")(merge_command)
app.command("region")(region_command)
app.command("designate")(designate_command)
app.command("compare")(compare_command)
app.command("compare-places")(compare_places_command)
app.command("profile")(profile_command)
app.command("board-check")(board_check_command)
app.command("rules")(rules_command)
app.command("ledger")(ledger_command)
app.command("estimate")(estimate_command)
app.command("progress")(progress_command)
app.command("agreements")(agreements_command)
app.command("gap")(gap_command)
app.command("fewer")(fewer_command)
app.command("accreditation")(accreditation_command)
app.add_typer(strategy_app, name="strategy")
app.command("programmes")(programmes_command)
app.command("services")(services_command)
app.command("access")(access_command)
app.command("sources")(sources_command)
app.command("load")(load_command)
app.command("rebase")(rebase_command)
app.command("audit")(audit_command)
app.command("history")(history_command)
app.command("map")(map_command)
app.command("publish")(publish_command)
app.command("sbom")(sbom_command)
areas_app.command("export")(export_command)
areas_app.command("plan")(plan_command)
areas_app.command("plans")(plans_command)
areas_app.command("drop-plan")(drop_plan_command)
align_app.callback()(align_command)
align_app.command("compute")(align_compute_command)
app.add_typer(align_app, name="align")
app.add_typer(areas_app, name="areas")
add_table_commands(targets_app)
app.add_typer(targets_app, name="targets")
app.add_typer(actions_app, name="actions")
app.add_typer(members_app, name="members")
partnership_app.command("export")(export_record_command)
partnership_app.command("import")(import_record_command)
app.add_typer(indices_app, name="indices")
app.add_typer(lookup_app, name="lookup")
app.add_typer(rasters_app, name="rasters")
releases_app.command("warm")(warm_command)
app.add_typer(releases_app, name="releases")
app.add_typer(partnership_app, name="partnership")
neighbourhood_app.command("preview")(preview_command)
neighbourhood_app.command("grow")(grow_command)
app.add_typer(neighbourhood_app, name="neighbourhood")
app.add_typer(programme_app, name="programme")
import_app.command("boundaries")(import_boundaries_command)
import_app.command("indicators")(import_indicators_command)
import_app.command("raster")(import_raster_command)
app.add_typer(import_app, name="import")
report_app.command("neighbourhood")(neighbourhood_command)
report_app.command("statement-of-use")(statement_command)
report_app.command("accreditation")(accreditation_report_command)
report_app.command("progress")(progress_report_command)
app.add_typer(report_app, name="report")
app.add_typer(token_app, name="token")
add_backup_commands(db_app)
app.add_typer(db_app, name="db")
doctor_app.command("csv")(doctor_csv_command)
app.add_typer(doctor_app, name="doctor")


def exit_code_of(problem: BoundsError) -> int:
    """Give the exit code that CONTRACT.md names for a kind of error."""
    if isinstance(problem, NotFound):
        return EXIT_NOT_FOUND
    return EXIT_ENVIRONMENT if isinstance(problem, Unavailable) else EXIT_REFUSED


def run() -> None:
    """Run the command line; errors are said on standard error, one line a fault."""
    keep_quiet()
    if not sys.stdout.isatty():
        # Into a file or another program a table goes whole: fitted to 80 columns its codes would be cut.
        os.environ.setdefault("COLUMNS", TABLE_COLUMNS)
        os.environ.setdefault("TERMINAL_WIDTH", HELP_COLUMNS)
    try:
        app()
    except BoundsError as problem:
        _say(problem)
        sys.exit(exit_code_of(problem))
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        typer.echo(f"error: {named}{error.strerror or error}", err=True)
        sys.exit(EXIT_ENVIRONMENT)
    except DBAPIError as error:
        told = from_database(error)
        _say(told)
        sys.exit(exit_code_of(told))


def _say(problem: BoundsError) -> None:
    typer.echo(f"error: {problem.detail}", err=True)
    for fault in problem.faults:
        if (line := fault.as_line()) not in problem.detail:
            typer.echo(f"  {line}", err=True)


if __name__ == "__main__":
    run()
