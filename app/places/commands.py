"""`bounds up` and `bounds serve`: from an empty machine to an answer and an address."""

from __future__ import annotations

import asyncio
import socket
import time
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine
from uvicorn.supervisors import Multiprocess

from app.dealing import DealingLoop
from app.logs import configure_logs
from app.places.demo import DEMO_SLUG, load_demo
from app.places.load import make_ready
from app.reports.answer import answer_lines
from app.sessions import reading, writing
from app.settings import Settings
from app.slow_clients import ImpatientProtocol
from app.sources.surveying import Surveyor
from boundaries.crs import use_grid
from boundaries.database import make_engine
from boundaries.errors import Unavailable
from boundaries.gdal_drivers import lock_down_gdal
from boundaries.queries import is_any_place_loaded

# Connections of one server process; further ones are told 503.
MOST_CLIENTS = 512
# What is under way when the service is told to stop may go on for so long.
FINISH_S = 30
# A process that says nothing for so long is ended and begun anew; on a busy machine one takes long to begin.
SILENT_S = 30


def say(words: str) -> None:
    """Tell progress on standard error."""
    typer.echo(words, err=True)


def up_command(
    context: typer.Context,
    place: Annotated[
        str | None,
        typer.Option(
            help="councils or a postcode, e.g. 'Hastings, Rother'; default: the demo county"
        ),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="print the answer, leave out/, and stop")
    ] = False,
    host: Annotated[str | None, typer.Option(help="network address to listen on")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="port to listen on")] = None,
) -> None:
    """Load what is missing, print the answer for one place, and serve the pages."""
    settings: Settings = context.obj.settings_at(host, port)
    at = None if once else claim_address(settings.host, settings.port)
    engine: Engine = context.obj()
    started = time.monotonic()
    slug = ensure_place(engine, settings, place)
    with reading(engine) as session:
        for line in answer_lines(session, slug, out=Path("out"), address=settings.base_url):
            typer.echo(line)
    say(f"answered in {time.monotonic() - started:.1f} s")
    if at is not None:
        serve(context, settings, at)


def ensure_place(engine: Engine, settings: Settings, place: str | None) -> str:
    """Make the place asked for ready, or the demo county in an empty database; returns its partnership's slug."""
    if place is not None:
        return make_ready(engine, settings, place, say)
    with reading(engine) as session:
        is_empty = not is_any_place_loaded(session)
    if is_empty:
        say("loading the demo county, Barsetshire: invented, to show what Bounds does")
        with writing(engine) as session:
            load_demo(session, say)
    return latest_partnership(engine)


def latest_partnership(engine: Engine) -> str:
    """Name the partnership to open on: the newest real one, else the demo county's first."""
    from app.partnerships.queries import list_partnerships

    with reading(engine) as session:
        rows, _ = list_partnerships(session, after=None, limit=1000)
        real = sorted(
            (row for row in rows if not row.demo), key=lambda row: (row.created_at, row.slug)
        )
        return real[-1].slug if real else DEMO_SLUG


def serve_command(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="network address to listen on")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="port to listen on")] = None,
) -> None:
    """Serve the pages and the API; loads the demo county into an empty database."""
    settings: Settings = context.obj.settings_at(host, port)
    at = claim_address(settings.host, settings.port)
    ensure_place(context.obj(), settings, None)
    serve(context, settings, at)


class AddressTaken(Unavailable):
    """Another program listens at that address, or this machine does not have it."""

    slug = "address-taken"
    title = "The address cannot be used"


def claim_address(host: str, port: int) -> socket.socket:
    """Take the address before any work is done; nobody can connect until the server listens. Raises AddressTaken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        claimed = socket.socket(family, kind, protocol)
        try:
            claimed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            claimed.bind(address)
        except OSError:
            claimed.close()
            raise
    except OSError as error:
        raise AddressTaken(
            f"cannot listen at {host} port {port}: {error.strerror}; choose another with --port"
        ) from error
    return claimed


def serve(context: typer.Context, settings: Settings, at: socket.socket) -> None:
    """Run the web server until it is stopped; the database it started stops with it."""
    configure_logs(settings.log_level)
    say(f"Bounds is at {settings.base_url} (Ctrl-C stops it)")
    _survey_beside(context.obj())
    configuration = uvicorn.Config(
        partial(service, settings, context.obj.api_url),
        factory=True,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        http=ImpatientProtocol,
        loop="app.dealing:DealingLoop",
        limit_concurrency=MOST_CLIENTS,
        timeout_graceful_shutdown=FINISH_S,
        timeout_worker_healthcheck=SILENT_S,
    )
    if settings.workers == 1:
        uvicorn.Server(configuration).run(sockets=[at])
    else:
        Multiprocess(configuration, [at]).run()  # a process that dies is started again


def service(settings: Settings, url: str) -> FastAPI:
    """Make the service in the process that is to run it."""
    from app.main import create_app

    configure_logs(settings.log_level)
    lock_down_gdal()
    use_grid(settings.data_dir / "proj")
    loop = asyncio.get_running_loop()
    if settings.workers > 1 and isinstance(loop, DealingLoop):
        loop.deal(settings.data_dir, settings.port)
    make = partial(
        make_engine,
        pool_size=settings.pool_size,
        statement_timeout_s=settings.statement_timeout_s,
        pooled=settings.database_pooled,
    )
    copies = [make(address) for address in settings.replica_addresses]
    for each in copies:
        # Others stand beside it: nobody waits for it.
        each.update_execution_options(reconnect_s=0.0)
    return create_app(settings, make(url), copies)


def _survey_beside(engine: Engine) -> None:
    """Survey the borders of what a place's load left due, while the pages are served."""
    surveyor = Surveyor(engine, say)
    surveyor.start()
    surveyor.look()
