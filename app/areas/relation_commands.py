"""`bounds areas relations` and `bounds align compute`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from app.areas.commands import AsAt, AsJson, areas_app, print_json, read_day
from app.areas.overlap_tables import find_pair, keep_again, keep_pair
from app.areas.relations import ASKED, MAX_TOLERANCE_M, relations_body
from app.areas.routes import read_type
from app.dependencies import today
from app.sessions import reading
from boundaries.errors import Fault, Invalid
from boundaries.methods.relations import Related, relate


@areas_app.command("relations")
def relations(
    context: typer.Context,
    code: str,
    type: Annotated[
        str | None, typer.Option("--type", help="the other areas' type, e.g. wd")
    ] = None,
    relation: Annotated[
        str | None, typer.Option("--relation", help=f"only one of {', '.join(ASKED)}")
    ] = None,
    as_at: AsAt = None,
    tolerance_m: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=MAX_TOLERANCE_M,
            help="what is thinner is a sliver; default: both layers' own",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what an area covers, lies within, overlaps and touches, with the shares both have of each other."""
    if relation is not None and relation not in ASKED:
        raise Invalid(
            f"there is no relation {relation[:40]!r}; there are {', '.join(ASKED)}",
            [Fault("unknown relation", value=relation[:40])],
        )
    wanted = (relation,) if relation else tuple(ASKED)
    with reading(context.obj()) as session:
        body = relations_body(
            session, code, wanted, read_type(type), read_day(as_at), today(), tolerance_m
        )
    if as_json:
        print_json(body)
        return
    typer.echo(f"{body['name']} ({body['code']}) on {body['as_at']}")
    table = Table(
        "relation", "type", "code", "name", "of this area", "of that area", "of that one's people"
    )
    for item in body["items"]:
        table.add_row(
            item["relation"], item["type"], item["code"], item["name"],
            _share(item["share_of_this"]), _share(item["share_of_that"]),
            _share(item["population_share_of_that"]),
        )  # fmt: skip
    Console().print(table)
    for layer in body["layers"]:
        typer.echo(
            f"{layer['type']}: {layer['release']} ({layer['quality']}) against {layer['this_release']}, "
            f"slivers below {layer['tolerance_m']:g} m passed over"
        )


def _share(value: float | None) -> str:
    return "not known" if value is None else f"{100 * value:.2f} %"


def align_compute_command(
    context: typer.Context,
    type_a: Annotated[
        str | None, typer.Argument(help="an area type; without types: all that are out of date")
    ] = None,
    type_b: Annotated[str | None, typer.Argument(help="another")] = None,
    as_at: AsAt = None,
    demo: Annotated[bool, typer.Option("--demo", help="the invented county's areas")] = False,
    compute_on: Annotated[
        Literal["postgres", "dask"],
        typer.Option(
            "--engine",
            help="where outlines are compared: beside the database, or on a Dask cluster",
        ),
    ] = "postgres",
    scheduler: Annotated[
        str | None,
        typer.Option(help="with dask: tcp://host:8786; without: processes of this machine"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute once what the areas of two types share, and keep it; without types, all that is out of date."""
    day = read_day(as_at) or today()
    engine = context.obj()
    if (type_a is None) != (type_b is None):
        raise typer.BadParameter("give two area types, or none")
    if scheduler is not None and compute_on != "dask":
        raise typer.BadParameter("--scheduler goes with --engine dask")

    def tell(words: str) -> None:
        typer.echo(words, err=True)

    with ExitStack() as closing:
        way: Callable[..., Related] = relate
        if compute_on == "dask":
            from boundaries.dask_relate import dask_cluster, relate_on  # at first use: an extra

            way = relate_on(closing.enter_context(dask_cluster(scheduler)))
        if type_a is None or type_b is None:
            done = keep_again(engine, day, tell, relate_with=way)
        else:
            with reading(engine) as session:
                pair = find_pair(session, type_a, type_b, day, demo=demo)
            done = [keep_pair(engine, pair, None, tell, relate_with=way)]
    items: list[dict[str, Any]] = [asdict(one) for one in done]
    if as_json:
        print_json({"items": items, "total": len(items), "next": None})
        return
    for one in done:
        how = "kept already" if one.was_there else f"computed in {one.seconds:.1f} s"
        typer.echo(f"{one.release_a} with {one.release_b}: {one.pairs:,} pairs, {how}")
    if not done:
        typer.echo("Every table that was kept is up to date.")
