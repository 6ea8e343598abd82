"""`bounds releases warm`: measures a release's borders, and finishes its answers before anybody asks."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from app.areas.commands import AsJson, print_json
from app.areas.release_commands import Commit, DryRun, survey
from app.dependencies import today
from app.ogc.actions import finish
from app.ogc.warming import collections_of, warm_all
from app.sessions import writing
from app.tiles.queries import Shown


def warm_command(
    context: typer.Context,
    release_id: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="a release; without one, each that no survey has seen is measured"),
    ] = None,
    measure: Annotated[
        bool, typer.Option("--measure/--no-measure", help="measure its borders and make its levels anew")
    ] = True,
    index: Annotated[
        list[str] | None, typer.Option("--index", help="tiles classed by this index, too; may be repeated")
    ] = None,
    commit: Commit = False, dry_run: DryRun = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Measure a release's borders anew, make its levels, then keep its pages of features and its tiles finished."""
    if commit and dry_run:
        raise typer.BadParameter("give either --commit or --dry-run")
    if release_id is None and not measure:
        raise typer.BadParameter("name a release with --no-measure")
    items = survey(context, release_id, commit, as_json) if measure else []
    kept = None
    if release_id is not None:
        kept = _fill(context, release_id, index or [], commit)
    if as_json:
        body = (
            {"items": items}
            if release_id is None
            else {**(items[0] if items else {}), "kept": kept}
        )
        print_json({**body, "stored": commit})
        return
    if kept is not None and commit:
        typer.echo(
            f"{release_id}: {kept['tiles']:,} tiles and {kept['pages']:,} pages of features kept finished,"
            f" {kept['seconds']} s"
        )
    if not commit:
        typer.echo("Nothing was changed; --commit changes it.", err=True)
    elif release_id is None and not items:
        typer.echo("The borders of every release that is served are surveyed.")


def _fill(
    context: typer.Context, release_id: str, indices: list[str], commit: bool
) -> dict[str, Any]:
    engine, day = context.obj(), today()
    started = time.monotonic()

    def told(words: str) -> None:
        typer.echo(words, err=True)

    collections = collections_of(engine, release_id, day)
    tiles = pages = 0
    if commit:
        settings = context.obj.settings
        with writing(engine) as session:
            finish(session, release_id, day)
        shown = [Shown(release_id, day, each) for each in (None, *indices)]
        tiles, pages = warm_all(settings, engine, shown, collections, told)
    seconds = round(time.monotonic() - started, 1)
    return {"collections": collections, "tiles": tiles, "pages": pages, "seconds": seconds}
