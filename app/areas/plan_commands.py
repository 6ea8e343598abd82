"""`bounds areas plan | plans | drop-plan`: areas of days to come, rehearsed unless --commit is given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app.access.audit import COMMAND_LINE
from app.areas.commands import AsJson, print_json
from app.areas.plans import drop_plan, make_plan, plan_bodies, read_plan_file, report_body
from app.sessions import reading, writing

Commit = Annotated[bool, typer.Option("--commit", help="store it")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="only rehearse (the default)")]


def plan_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="TOML, or JSON by its suffix")],
    commit: Commit = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Show what planned areas would end and how many people they hold; with --commit add them."""
    _choose(commit, dry_run)
    given = read_plan_file(file)
    with writing(context.obj()) as session:
        body = report_body(make_plan(session, COMMAND_LINE, given, commit=commit))
        if not commit:
            session.rollback()  # the rehearsal did all of it, in a transaction that ends here
    if as_json:
        print_json({**body, "stored": commit})
        return
    for area in body["areas"]:
        people = (
            "people not known" if area["population"] is None else f"{area['population']:,} people"
        )
        drawn = "" if area["is_drawn"] else "; an outline of it is not loaded"
        typer.echo(
            f"{area['name']} ({area['code']}) from {area['valid_from']}: {len(area['made_of'])} areas, "
            f"{people}{drawn}"
        )
    typer.echo(f"ended by it: {', '.join((*body['ended'], *body['counties_ended']))}")
    _say_rehearsed(commit)


def plans_command(context: typer.Context, as_json: AsJson = False) -> None:
    """List the plans and the areas that they make."""
    with reading(context.obj()) as session:
        bodies = plan_bodies(session)
    if as_json:
        print_json({"items": bodies, "total": len(bodies), "next": None})
        return
    for body in bodies:
        _print_plan(body)


def drop_plan_command(
    context: typer.Context,
    slug: str,
    commit: Commit = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Show which planned areas would go; with --commit take a plan away, so that what it ended lives on."""
    _choose(commit, dry_run)
    with writing(context.obj()) as session:
        codes = drop_plan(session, COMMAND_LINE, slug, commit=commit)
        if not commit:
            session.rollback()
    if as_json:
        print_json({"plan": slug, "removed": codes, "stored": commit})
        return
    typer.echo(f"{slug}: {', '.join(codes)}")
    _say_rehearsed(commit)


def _choose(commit: bool, dry_run: bool) -> None:
    if commit and dry_run:
        raise typer.BadParameter("give either --commit or --dry-run")


def _say_rehearsed(commit: bool) -> None:
    if not commit:
        typer.echo("Nothing was changed; --commit does it.", err=True)


def _print_plan(body: dict[str, Any]) -> None:
    typer.echo(f"{body['plan']}: {body['name']} ({body['source']})")
    for area in body["areas"]:
        typer.echo(
            f"  {area['valid_from']}  {area['name']} ({area['code']}): {', '.join(area['made_of'])}"
        )
