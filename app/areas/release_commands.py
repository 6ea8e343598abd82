"""`bounds releases`: what is loaded, what answers, its borders, and taking it back; rehearsed unless committed."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE
from app.areas import releases
from app.areas.commands import AsJson, print_json
from app.areas.overlap_tables import keep_again
from app.dependencies import today
from app.sessions import reading, writing

releases_app = typer.Typer(
    help="List releases of boundaries; serve, withdraw, remove or warm one.",
    invoke_without_command=True,
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
    """List the releases: areas, quality, state, which draws its type today, and what its borders are like."""
    if context.invoked_subcommand is not None:
        return
    with reading(context.obj()) as session:
        rows = releases.release_bodies(session, type)
    if as_json:
        print_json({"items": rows, "total": len(rows), "next": None})
        return
    table = Table(
        "release", "type", "published", "areas", "quality", "state", "today", "off by m", "gaps", "overlaps",
        "levels m",
    )  # fmt: skip
    for row in rows:
        words = row["quality"] + (", partial" if row["partial"] else "")
        table.add_row(
            row["id"], row["type"], str(row["published_on"]), f"{row['areas']:,}", words, row["state"],
            "draws it" if row["draws_today"] else "", *_borders(row),
        )  # fmt: skip
    Console().print(table)


def _borders(row: dict[str, Any]) -> tuple[str, str, str, str]:
    """Say in cells how far a release's borders are off, its gaps and overlaps, and its levels."""
    off = f"{row['tolerance_m']:g}"
    if row["own_tolerance_m"] is not None:
        off += f", measured {row['own_tolerance_m']:.0f}"
    faults = row["topology"]
    if faults is None:
        return off, "?", "?", ""
    gaps = "none to find" if faults["gaps"] is None else f"{faults['gaps']:,}"
    return (
        off, gaps, f"{faults['overlaps']:,}", " ".join(f"{one['tolerance_m']:g}" for one in row["levels"]),
    )  # fmt: skip


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


def survey(
    context: typer.Context, release_id: str | None, commit: bool, as_json: bool
) -> list[dict[str, Any]]:
    """Measure a release's gaps, overlaps and tolerance anew, and make its simplified levels; what was found.

    release_id : None: each that no survey has seen
    """
    with reading(context.obj()) as session:
        meant = releases.releases_to_warm(session) if release_id is None else [release_id]
    items = []
    for each in meant:
        with writing(context.obj()) as session:
            items.append(releases.warm_release(session, COMMAND_LINE, each))
            if not commit:
                session.rollback()  # all of it was done, in a transaction that ends here
        if not as_json:
            _tell_survey(items[-1])
    return items


def _tell_survey(done: dict[str, Any]) -> None:
    off = done["own_tolerance_m"]
    typer.echo(
        f"{done['id']}: {done['areas']:,} areas, "
        + ("gaps mean nothing here" if done["gaps"] is None else f"{done['gaps']:,} gaps")
        + f", {done['overlaps']:,} overlaps, {done['mended_areas']:,} areas mended, "
        + ("tolerance not measured" if off is None else f"own tolerance {off:.0f} m")
        + f", {done['seconds']} s"
    )
    for level in done["levels"]:
        typer.echo(f"  level {level['tolerance_m']:g} m: {level['corners']:,} corners")


def _change(
    context: typer.Context, verb: str, release_id: str, commit: bool, dry_run: bool, as_json: bool
) -> None:
    if commit and dry_run:
        raise typer.BadParameter("give either --commit or --dry-run")
    with writing(context.obj()) as session:
        done = _rehearse(session, verb, release_id, commit)
    if commit:
        # What was kept of this type is brought up to date with the layer that draws it now.
        keep_again(context.obj(), today(), lambda words: typer.echo(words, err=True), done["type"])
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
