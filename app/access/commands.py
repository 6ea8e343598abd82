"""`bounds token create | list | revoke`; the root puts a function that opens the database into the context."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from app.access import actions, queries
from app.access.audit import COMMAND_LINE
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
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Make a token and show it, once: only its hash is kept."""
    with writing(context.obj()) as session:
        made = actions.create_token(session, role, partnership, COMMAND_LINE)
    if as_json:
        typer.echo(orjson.dumps(made._asdict()).decode())
        return
    typer.echo(f"Token {made.id}. It is shown only now; keep it safe.", err=True)
    typer.echo(made.secret)


@token_app.command("list")
def list_all(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """List the tokens: number, role, partnership, when made and when revoked."""
    with reading(context.obj()) as session:
        tokens = queries.list_tokens(session)
    if as_json:
        typer.echo(orjson.dumps([token._asdict() for token in tokens]).decode())
        return
    table = Table("number", "role", "partnership", "made", "revoked")
    for token in tokens:
        revoked = "" if token.revoked_at is None else f"{token.revoked_at:%Y-%m-%d %H:%M}"
        slug = token.partnership_slug or "all"
        table.add_row(
            str(token.id), token.role, slug, f"{token.created_at:%Y-%m-%d %H:%M}", revoked
        )
    Console().print(table)


@token_app.command("revoke")
def revoke(
    context: typer.Context, number: Annotated[int, typer.Argument(help="the token's number")]
) -> None:
    """Stop a token from working, at once and for good."""
    with writing(context.obj()) as session:
        actions.revoke_token(session, number, COMMAND_LINE)
    typer.echo(f"Token {number} no longer works.", err=True)
