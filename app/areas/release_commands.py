"""`bounds releases`: what is loaded, what answers, and taking it back; every change is rehearsed unless committed."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE
from app.areas import releases
from app.areas.commands import AsJson, print_json
from app.dependencies import today
from app.sessions import reading, writing

releases_app = typer.Typer(
    help="List releases of boundaries; serve, withdraw or remove one.", invoke_without_command=True
)
ReleaseId = Annotated[str, typer.Argument(metavar="ID", help="a release, e.g. lad-2025-05-bgc")]
Commit = Annotated[bool, typer.Option("--commit", help="do it; without it only rehearse")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="only rehearse (the default)")]


@releases_app.callback()
def list_all(
    context: typer.Context,
    type: Annotated[str | None, typer.Option("--type", help="only of one area type")] = None,
    as_json: AsJson = False,
) -> None:
    """List the releases: areas, quality, state, and which draws its type today."""
    if context.invoked_subcommand is not None:
        return
    with reading(context.obj()) as session:
        rows = releases.release_bodies(session, type)
    if as_json:
        print_json({"items": rows, "total": len(rows), "next": None})
        return
    table = Table("release", "type", "published", "areas", "quality", "state", "today")
    for row in rows:
        words = row["quality"] + (", partial" if row["partial"] else "")
        table.add_row(
            row["id"], row["type"], str(row["published_on"]), f"{row['areas']:,}", words, row["state"],
            "draws it" if row["draws_today"] else "",
        )  # fmt: skip
    Console().print(table)


@releases_app.command("serve")
def serve(
    context: typer.Context, release_id: ReleaseId, commit: Commit = False, dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Let a withdrawn release answer again."""
    _change(context, "serve", release_id, commit, dry_run, as_json)


@releases_app.command("withdraw")
def withdraw(
    context: typer.Context, release_id: ReleaseId, commit: Commit = False, dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Stop a release from answering; the one before it draws again."""
    _change(context, "withdraw", release_id, commit, dry_run, as_json)


@releases_app.command("remove")
def remove(
    context: typer.Context, release_id: ReleaseId, commit: Commit = False, dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Delete a release that is not served, with its outlines."""
    _change(context, "remove", release_id, commit, dry_run, as_json)


def _change(
    context: typer.Context, verb: str, release_id: str, commit: bool, dry_run: bool, as_json: bool
) -> None:
    if commit and dry_run:
        raise typer.BadParameter("give either --commit or --dry-run")
    with writing(context.obj()) as session:
        done = _rehearse(session, verb, release_id, commit)
    if as_json:
        print_json(done)
        return
    typer.echo(f"{release_id}: {done['before']} → {done['after']}")
    typer.echo(f"{done['type']} on {today()} is drawn by {done['drawn_by'] or 'nothing'}")
    if not commit:
        typer.echo("Nothing was changed; --commit changes it.", err=True)


def _rehearse(session: Session, verb: str, release_id: str, commit: bool) -> dict[str, Any]:
    done = releases.change_release(session, COMMAND_LINE, release_id, verb, today())
    if not commit:
        session.rollback()  # all of it was done, in a transaction that ends here
    return {**done, "stored": commit}
