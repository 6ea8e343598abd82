"""The web service put together: which rooms it serves and what each request passes through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Depends, FastAPI
from sqlalchemy import Engine
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute
from starlette_compress import CompressMiddleware, add_compress_type

from app import operations, problems, trail, translation
from app.agreements import routes as agreements
from app.areas import plan_routes as plans
from app.areas import relation_routes as relations
from app.areas import release_routes as releases
from app.areas import routes as areas
from app.dependencies import make_gate, reject_unknown_parameters
from app.exports import routes as exports
from app.imports import routes as imports
from app.imports.running import Runs
from app.indicators import indicator_routes, upload_routes
from app.indicators import routes as indicators
from app.kept_answers import Doors, KeptAnswers
from app.long_answers import LongAnswers
from app.lookup import routes as lookup
from app.lookup.door import HotDoor
from app.lookup.standing import Standing
from app.memory import Trimming, keep_arenas_few, settle_what_is_loaded
from app.neighbourhoods import file_routes as outlines
from app.neighbourhoods import grow_routes as growing
from app.neighbourhoods import raster_routes as neighbourhood_rasters
from app.neighbourhoods import routes as neighbourhoods
from app.neighbourhoods import summary_routes as neighbourhood_summaries
from app.ogc import routes as features
from app.ogc.door import FeatureDoor
from app.own_files import OwnFiles
from app.pages import (
    about_routes,
    build_page,
    compare_page,
    dataset_pages,
    desk_home,
    embed_page,
    estate_page,
    fewer_page,
    gap_page,
    ground_page,
    history_page,
    jobs_page,
    members_page,
    merger_page,
    picture_routes,
    profile_page,
    progress_page,
    reconciliation_page,
    record_page,
    region_page,
    sign_in_page,
    sign_off_page,
    statement_page,
    strategy_page,
)
from app.pages import place_routes as place_pages
from app.pages import rehearsal_routes as rehearsal_pages
from app.pages import routes as pages
from app.pages import table_routes as table_pages
from app.partnerships import ground_routes as partnership_ground
from app.partnerships import routes as partnerships
from app.priorities import compare_routes as comparisons
from app.priorities import own_routes as own_indices
from app.priorities import routes as priorities
from app.priorities import summary_routes as index_summaries
from app.profiles import codes_routes as codes_profiles
from app.profiles import compare_routes as places_compared
from app.profiles import routes as profiles
from app.rasters import routes as rasters
from app.rasters.stored import use_folder
from app.readying import Readying
from app.records import routes as records
from app.regions import routes as regions
from app.rehearsals import merger_routes as mergers
from app.rehearsals import routes as rehearsals
from app.replicas import Databases, ReadRouting
from app.reports import accreditation_routes as accreditation_papers
from app.reports import choosing_routes as choosable
from app.reports import estate_routes as estates
from app.reports import money_routes as place_money
from app.reports import neighbourhood_routes as neighbourhood_papers
from app.reports import progress_routes as progress_papers
from app.reports import routes as reports
from app.reports import statement_routes as statement_papers
from app.request_counts import RequestCounts
from app.resources import access_routes as access_to_services
from app.resources import estimate_routes as estimates
from app.resources import ground_routes as ground_money
from app.resources import ledger_file_routes as ledger_files
from app.resources import ledger_routes as ledgers
from app.resources import mapping_routes as resource_mappings
from app.resources import overlap_routes as programmes_on_ground
from app.resources import own_programme_routes as own_programmes
from app.resources import programme_routes as programmes
from app.resources import radius_routes as money_by_radius
from app.resources import routes as resources
from app.sent_once import DoneOnce
from app.settings import Settings
from app.signposts import put_up
from app.sources import routes as sources
from app.statements import routes as statements
from app.strategies import accreditation_routes, gap_routes, report_routes, strategy_routes
from app.strategies import fewer_routes as fewer
from app.strategies import plan_routes as planned
from app.strategies import routes as strategies
from app.tiles import routes as tiles
from app.tiles.door import TileDoor
from app.time_limits import TimeLimits
from app.traffic import BodyRules, EntityTags, RequestLog, TrafficRules
from app.version import VERSION
from app.vintages import routes as vintages

ABOUT = """Boundaries, priority neighbourhoods and the money going into them.

Reading needs nothing. Writing needs `Authorization: Bearer TOKEN`; PATCH and PUT also `If-Match`. A POST may carry
`Idempotency-Key` (1 to 255 characters of your own choice): sent again within 24 hours with the same token, address and
body it does nothing and gets the first answer again, with `Idempotent-Replayed: true`; 422 where address or body
differ, 409 while the first is under way."""

# Served under /api/v1. A room appears here with its first route.
API_ROUTERS: tuple[APIRouter, ...] = (
    # First: `/partnerships/{slug}` would take `x.gpkg` for a slug.
    reports.router,
    place_money.router,
    choosable.router,
    estates.router,
    neighbourhood_papers.router,
    exports.router,
    areas.router,
    plans.router,
    relations.router,
    lookup.router,
    releases.router,
    # Before `/partnerships/{slug}`, which would take `overlaps` for a slug.
    partnership_ground.router,
    partnerships.router,
    indicators.router,
    indicator_routes.router,
    upload_routes.router,
    imports.router,
    rasters.router,
    priorities.router,
    comparisons.router,
    profiles.router,
    codes_profiles.router,
    places_compared.router,
    growing.router,
    outlines.router,
    ground_money.router,
    agreements.router,
    neighbourhoods.router,
    neighbourhood_summaries.router,
    neighbourhood_rasters.router,
    index_summaries.router,
    own_indices.router,
    ledger_files.router,
    ledgers.router,
    estimates.router,
    resources.router,
    money_by_radius.router,
    access_to_services.router,
    resource_mappings.router,
    programmes_on_ground.router,
    programmes.router,
    own_programmes.router,
    statements.router,
    statement_papers.router,
    rehearsals.router,
    mergers.router,
    regions.router,
    strategies.router,
    fewer.router,
    gap_routes.router,
    report_routes.router,
    progress_papers.router,
    strategy_routes.router,
    records.router,
    accreditation_routes.router,
    accreditation_papers.router,
    planned.router,
    sources.router,
    vintages.router,
    trail.router,
)

# Served from the root, under the addresses that people type.
PAGE_ROUTERS: tuple[APIRouter, ...] = (
    operations.router,
    reports.pages,
    neighbourhood_papers.pages,
    pages.router,
    dataset_pages.router,
    place_pages.router,
    table_pages.router,
    ground_page.router,
    fewer_page.router,
    estate_page.router,
    statement_page.router,
    profile_page.router,
    history_page.router,
    gap_page.router,
    members_page.router,
    strategy_page.router,
    progress_page.router,
    build_page.router,
    compare_page.router,
    embed_page.router,
    reconciliation_page.router,
    rehearsal_pages.router,
    merger_page.router,
    region_page.router,
    sign_in_page.router,
    desk_home.router,
    sign_off_page.router,
    jobs_page.router,
    record_page.router,
    # After the pages, whose `map.html` and `map.geojson` it would take for endings of its own.
    picture_routes.router,
    about_routes.router,
)

# Of pages and map data 9 to 12 % fewer bytes than gzip at 5, in 0.7 to 1.3 of its time.
BROTLI = 5
# Beside those of every answer that a page of a listed site may read (BOUNDS_CORS_ORIGINS).
READABLE_ELSEWHERE = (
    "ETag",
    "Content-Crs",
    "Link",
    "Location",
    "Retry-After",
    "X-Request-ID",
    "Simplified-To-M",
    "X-Bounds-LSN",
)
# Beside those that the library knows.
for _media in (
    "application/geo+json", "application/geo+json-seq", "application/openapi+json", "application/problem+json",
    "application/schema+json", "application/vnd.oai.openapi+json", "text/csv",
):  # fmt: skip
    add_compress_type(_media)

_PROBLEM: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "A problem, told as RFC 9457 says",
        "content": {problems.PROBLEM_JSON: {"schema": {"type": "object"}}},
    }
}


@asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    """Make ready, once the first answers are out, what they did not need; close at the end what routes opened."""
    settle_what_is_loaded()
    databases: Databases = app.state.databases
    databases.start()
    readying = Readying(app.state)
    app.state.readying = readying
    readying.start()
    trimming = Trimming(app.state.counts)
    trimming.start()
    yield
    trimming.stop()
    await to_thread.run_sync(readying.stop)
    runs: Runs | None = getattr(app.state, "runs", None)
    if runs is not None:
        runs.stop()
    standings: dict[Engine, Standing] = getattr(app.state, "standings", {})
    for each in standings.values():
        await each.close()
    front: FeatureDoor | None = getattr(app.state, "feature_door", None)
    if front is not None:
        front.close()
    tiles_front: TileDoor | None = getattr(app.state, "tile_door", None)
    if tiles_front is not None:
        tiles_front.close()
    databases.stop()


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """Put the rooms' routes together, once a process.

    What each route asks for is worked out at the first request that passes it: most of a second for
    all, which a second service of the same process need not pay again.
    """
    together = APIRouter()

    def include(room: APIRouter, prefix: str = "", **of_all: Any) -> None:
        together.include_router(room, prefix=prefix, **of_all)
        put_up(together.routes[-1], [f"{prefix}{route.path}" for route in room.routes])  # type: ignore[attr-defined]

    known_only = [Depends(reject_unknown_parameters)]
    include(lookup.hot, "/api/v1", responses=_PROBLEM)
    for room in API_ROUTERS:
        include(room, "/api/v1", dependencies=known_only, responses=_PROBLEM)
    include(tiles.router, "/ogc", dependencies=known_only)
    # Its routes read their own parameters: they answer 400 where others answer 422.
    include(features.router, "/ogc")
    for room in PAGE_ROUTERS:
        include(room)
    return tuple(together.routes)


def create_app(settings: Settings, engine: Engine, copies: Sequence[Engine] = ()) -> FastAPI:
    """Put the service together around a database that is already migrated, and its streaming copies.

    The engines are the caller's: `engine` is not opened before the first request, none is disposed of here.
    """
    keep_arenas_few()
    app = FastAPI(
        title="Bounds",
        version=VERSION,
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        lifespan=_running,
        # Nothing is told elsewhere, and to ask three times a request whether it should be costs as much as an answer.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    use_folder(settings.data_dir / "rasters")
    app.state.engine = engine
    app.state.databases = Databases(engine, copies)
    app.state.gate = make_gate()
    app.state.counts = RequestCounts()
    translation.install(app)

    app.router.routes.extend(_routes())
    static = Path(__file__).parent / "static"
    app.mount("/static", OwnFiles(directory=static, check_dir=False), name="static")

    # Read upwards: a request meets the last one added first.
    app.add_middleware(DoneOnce)
    is_https = settings.base_url.startswith("https://")
    app.add_middleware(ReadRouting, databases=app.state.databases, is_https=is_https)
    app.add_middleware(BodyRules, settings=settings)
    app.add_middleware(
        CompressMiddleware, minimum_size=1000, zstd=False, brotli_quality=BROTLI, gzip_level=5
    )
    app.add_middleware(EntityTags)
    # These tag, code and measure their answers themselves: what lies behind costs as much as they do.
    doors: Doors = {}
    app.add_middleware(FeatureDoor, databases=app.state.databases, doors=doors)
    app.add_middleware(TileDoor, doors=doors)
    app.add_middleware(HotDoor, databases=app.state.databases)
    app.add_middleware(TimeLimits, settings=settings)
    app.add_middleware(LongAnswers)
    app.add_middleware(KeptAnswers, doors=doors)
    if settings.cors_origins:
        # No credentials: a page elsewhere gets what everybody may read, and changes nothing.
        app.add_middleware(
            CORSMiddleware, allow_origins=settings.cors_origins, allow_methods=["GET", "HEAD", "POST"],
            allow_headers=["If-None-Match"], expose_headers=READABLE_ELSEWHERE,
        )  # fmt: skip
    app.add_middleware(TrafficRules, settings=settings)
    app.add_middleware(RequestLog, counts=app.state.counts, is_https=is_https)
    return app
