"""`bounds token create | list | revoke` and `bounds audit`; the root puts what opens the database into the context."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.access import actions, queries
from app.access.audit import COMMAND_LINE
from app.access.history import PUBLIC_KINDS, history_of
from app.sessions import reading, writing

token_app = typer.Typer(
    help="Tokens for writing: make, list and revoke them.", no_args_is_help=True
)


@token_app.command("create")
def create(
    context: typer.Context,
    role: Annotated[str, typer.Option(help="editor or administrator")],
    partnership: Annotated[
        str | None, typer.Option(help="slug of the one partnership an editor may change")
    ] = None,
    days: Annotated[
        int, typer.Option(help=f"how long it works: 1 to {actions.MAX_DAYS} days")
    ] = actions.DEFAULT_DAYS,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Make a token and show it, once: only its hash is kept."""
    with writing(context.obj()) as session:
        made = actions.create_token(session, role, partnership, COMMAND_LINE, days)
    if as_json:
        typer.echo(orjson.dumps(made._asdict()).decode())
        return
    typer.echo(
        f"Token {made.id} works until {made.expires_at:%Y-%m-%d}. It is shown only now; keep it safe.",
        err=True,
    )
    typer.echo(made.secret)


@token_app.command("list")
def list_all(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """List the tokens: number, role, partnership, whether it works and until when, its last write."""
    with reading(context.obj()) as session:
        tokens = queries.list_tokens(session)
    if as_json:
        typer.echo(orjson.dumps([token._asdict() for token in tokens]).decode())
        return
    table = Table("no.", "role", "partnership", "works", "last write")
    for token in tokens:
        slug = escape(token.partnership_slug or "all")
        wrote = "none" if token.last_write_at is None else f"{token.last_write_at:%Y-%m-%d}"
        table.add_row(str(token.id), token.role, slug, _works(token), wrote)
    Console().print(table)


def _works(token: queries.TokenRow) -> str:
    if token.revoked_at is not None:
        return f"revoked {token.revoked_at:%Y-%m-%d}"
    if token.expires_at is None:
        return "without end"  # made before tokens expired
    verb = "expired" if token.state == "expired" else "until"
    return f"{verb} {token.expires_at:%Y-%m-%d}"


@token_app.command("revoke")
def revoke(
    context: typer.Context, number: Annotated[int, typer.Argument(help="the token's number")]
) -> None:
    """Stop a token from working, at once and for good."""
    with writing(context.obj()) as session:
        actions.revoke_token(session, number, COMMAND_LINE)
    typer.echo(f"Token {number} no longer works.", err=True)


def audit_command(
    context: typer.Context,
    subject: Annotated[
        str | None,
        typer.Option(help="one thing (partnership:exe-valley) or one kind of thing (partnership)"),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="how many, the newest first")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """List who wrote what and when, newest first."""
    with reading(context.obj()) as session:
        events, total = queries.list_events(session, subject=subject, limit=limit)
    if as_json:
        items = [event._asdict() for event in events]
        typer.echo(orjson.dumps({"items": items, "total": total, "next": None}).decode())
        return
    for event in events:
        # Lines and no table: a detail folded into a narrow column cannot be read or searched.
        detail = orjson.dumps(event.detail).decode()
        typer.echo(
            f"{event.at:%Y-%m-%d %H:%M:%S}  {event.actor}: {event.verb} {event.subject} {detail}"
        )
    if total > len(events):
        typer.echo(f"{total - len(events)} older ones; --limit shows more.", err=True)


def history_command(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=f"one of {', '.join(PUBLIC_KINDS)}")],
    record_id: Annotated[str, typer.Argument(metavar="ID", help="the record's id or slug")],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="how many, the newest first")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Tell what was written of one record: when, by which role, and each field before and after."""
    with reading(context.obj()) as session:
        events, total = history_of(session, kind, record_id, before=None, limit=limit)
    if as_json:
        typer.echo(orjson.dumps({"items": events, "total": total, "next": None}).decode())
        return
    for event in events:
        typer.echo(f"{event['at']:%Y-%m-%d %H:%M:%S}  {event['who']}: {event['verb']}")
        for field, (was, now) in event["changed"].items():
            typer.echo(f"  {field}: {orjson.dumps(was).decode()} -> {orjson.dumps(now).decode()}")
    if total > len(events):
        typer.echo(f"{total - len(events)} older ones; --limit shows more.", err=True)
