"""`bounds align` and `bounds partnership …`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import shapely
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE
from app.areas.commands import AsAt, AsJson, print_json, read_day
from app.dependencies import today
from app.partnerships import actions
from app.partnerships.alignment import (
    DEFAULT_TOLERANCE_M,
    align_ground,
    outline_body,
)
from app.partnerships.area_alignment import align_areas
from app.partnerships.queries import (
    as_body,
    get_partnership,
    ground_of_partnership,
    list_partnerships,
)
from app.partnerships.tiers import authority_layer
from app.sessions import reading, writing
from boundaries.errors import Fault, Invalid, NotFound
from boundaries.methods.code_verdict import percent
from boundaries.queries import find_authority, layer_on
from boundaries.untrusted import (
    judge_uploaded_outline,
    parse_outline,
    read_json_body,
    read_uploaded_vector,
)

partnership_app = typer.Typer(help="Make, list and show partnerships.", no_args_is_help=True)
JSON_ENDINGS = {".geojson", ".json"}


def split_list(written: str) -> list[str]:
    """Split `A, B` into its parts."""
    return [part.strip() for part in written.split(",") if part.strip()]


def align_command(
    context: typer.Context,
    codes: Annotated[
        str | None,
        typer.Option(
            help="codes or names of councils, or codes of one other type, with commas between"
        ),
    ] = None,
    geometry: Annotated[Path | None, typer.Option(help="a file with an outline")] = None,
    partnership: Annotated[str | None, typer.Option(help="slug of a saved partnership")] = None,
    as_at: AsAt = None,
    tolerance_m: Annotated[
        float, typer.Option(min=1, max=500, help="how far the outline may be off")
    ] = (DEFAULT_TOLERANCE_M),
    as_json: AsJson = False,
) -> None:
    """Say whether a partnership is the same as councils, a union, a part, or straddles them."""
    if context.invoked_subcommand is not None:
        return
    if sum(given is not None for given in (codes, geometry, partnership)) != 1:
        raise typer.BadParameter("give one of --codes, --geometry and --partnership")
    day = read_day(as_at) or today()
    with reading(context.obj()) as session:
        if codes is not None:
            found = [find_authority(session, words, day).code for words in split_list(codes)]
            body = align_areas(session, found, day, tolerance_m=tolerance_m)
        elif geometry is not None:
            outline = read_outline_file(geometry)
            layer = authority_layer(session, day, outline.bounds, demo=False)
            verdict = judge_uploaded_outline(
                outline, layer, tolerance_m=tolerance_m,
                layer_tolerance_m=layer_on(session, "lad", day).tolerance_m,
            )  # fmt: skip
            body = outline_body(session, outline, verdict, day, name=geometry.stem)
        else:
            body = align_ground(
                session, ground_of_partnership(session, partnership or "", day), day
            )
    if as_json:
        print_json(body)
        return
    print_alignment(body)


def read_outline_file(path: Path) -> shapely.MultiPolygon:
    """Read an outline (BNG) from GeoJSON or any vector file; several features are taken together.

    Raises NotFound where there is no such file, and what the checks of `boundaries.untrusted` raise.
    """
    if not path.is_file():
        raise NotFound(f"there is no file {path}", [Fault("no such file", file=str(path))])
    if path.suffix.lower() in JSON_ENDINGS:
        shape = parse_outline(read_json_body(path.read_bytes()))
    else:
        frame = read_uploaded_vector(path).frame
        if frame.empty:
            raise Invalid(f"{path.name} holds no usable outline", [Fault("empty", file=path.name)])
        shape = shapely.union_all(frame.geometry.to_numpy())
    return shapely.multipolygons(shapely.get_parts(shape))


def print_alignment(body: dict[str, Any]) -> None:
    """Print the verdict for people: the sentence, then a table of shares."""
    typer.echo(body["sentence"])
    table = Table("code", "name", "tier", "of its area", "of the partnership", "of its people")
    for row in body["authorities"]:
        people = row["population_share_of_authority"]
        table.add_row(
            row["code"], row["name"], row["tier"], percent(row["share_of_authority"]),
            percent(row["share_of_partnership"]), "not known" if people is None else percent(people),
        )  # fmt: skip
    Console().print(table)
    if body["outside_share"]:
        typer.echo(f"Outside every authority: {percent(body['outside_share'])}")
    for claim in body["claimed_twice"]:
        typer.echo(f"{claim['code']} is also in {claim['name']}")


@partnership_app.command("create")
def create(
    context: typer.Context,
    name: str,
    authorities: Annotated[
        str, typer.Option(help="codes or names of councils, with commas between")
    ],
    kind: Annotated[str, typer.Option(help=f"one of {', '.join(actions.KINDS)}")] = "lsp",
) -> None:
    """Make a partnership of councils and print its slug."""
    with writing(context.obj()) as session:
        row = actions.create_partnership(
            session,
            COMMAND_LINE,
            name=name,
            kind=kind,
            authorities=split_list(authorities),
            day=today(),
        )
        typer.echo(row.slug)


@partnership_app.command("list")
def list_all(context: typer.Context, as_at: AsAt = None, as_json: AsJson = False) -> None:
    """List the partnerships; with --as-at those that lived on that day."""
    with reading(context.obj()) as session:
        rows, total = list_partnerships(session, after=None, limit=1000, day=read_day(as_at))
        items = [as_body(row) for row in rows]
    if as_json:
        print_json({"items": items, "total": total, "next": None})
        return
    table = Table("slug", "name", "authorities")
    for item in items:
        table.add_row(item["slug"], item["name"], ", ".join(item["authorities"]))
    Console().print(table)


@partnership_app.command("show")
def show(context: typer.Context, slug: str, as_at: AsAt = None, as_json: AsJson = False) -> None:
    """Show one partnership and how it lies to local government, today or on a day."""
    with reading(context.obj()) as session:
        body = _show(session, slug, read_day(as_at) or today())
    if as_json:
        print_json(body)
        return
    typer.echo(f"{body['name']} ({body['slug']})")
    print_alignment(body["alignment"])


def _show(session: Session, slug: str, day: date) -> dict[str, Any]:
    row = get_partnership(session, slug)
    return {
        **as_body(row),
        "alignment": align_ground(session, ground_of_partnership(session, slug, day), day),
    }
