"""Fills the store of finished answers for a release: its pages of features and its tiles, before anybody asks.

Nothing here writes an answer: pages are asked for at the door that everybody comes through, tiles are
drawn by the code of their route. So what is kept is what would have been made, and what is kept already is
not made again: work that was stopped is taken up where it ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Event
from typing import Any

import httpx
import orjson
from anyio import to_thread
from fastapi import FastAPI
from sqlalchemy import Engine

from app.ogc.door import FeatureDoor
from app.ogc.routes import router
from app.replicas import Databases
from app.sessions import reading, writing
from app.settings import Settings
from app.tiles.archive import TOLD_EVERY
from app.tiles.baking import plan_baking
from app.tiles.queries import Shown
from app.tiles.stored import TileStore
from boundaries.errors import NotFound
from boundaries.map_sheets import lay_out
from boundaries.queries import LayerMissing, layer_on
from boundaries.tables import Release

#: pages that clients ask for: as they come, and as large as GDAL, QGIS and scripts make them
PAGE_SIZES = (None, 1_000, 10_000)
CODINGS = ("gzip", "br")


class NotServed(NotFound):
    """No release of that name is served."""

    slug = "release-not-served"
    title = "No such release is served"


def collections_of(engine: Engine, release_id: str, day: date) -> list[str]:
    """Name the collections that show a release: itself, and its type where it draws it on the day. Raises NotServed."""
    with reading(engine) as session:
        release = session.get(Release, release_id)
        if release is None or release.state != "served":
            raise NotServed(
                f"no release {release_id[:80]!r} is served; `bounds releases` lists them"
            )
        try:
            draws = layer_on(session, release.area_type, day, demo=release.demo).id == release_id
        except LayerMissing:
            draws = False
        return [release_id, release.area_type] if draws else [release_id]


def warm_tiles(
    settings: Settings, engine: Engine, asked: Shown, told: Callable[[str], None]
) -> int:
    """Lay a collection's release out for maps, and keep every tile from level 5 to 12; how many hold something.

    Raises as `plan_baking`, and ChangedMeanwhile.
    """
    store = TileStore(settings.data_dir / "tiles")
    planned = plan_baking(engine, asked, store=store, is_kept=True)
    with writing(engine) as session:
        is_new = lay_out(session, planned.layer.release_id)
    baking = plan_baking(engine, asked, store=store, is_kept=True) if is_new else planned
    made = 0
    for tile in baking:
        made += 1
        if made % TOLD_EVERY == 0:
            told(
                f"{asked.collection}: {made:,} of at most {len(baking.places):,} tiles, at level {tile.z}"
            )
    return made


def warm_pages(
    settings: Settings, engine: Engine, collection: str, told: Callable[[str], None],
    stopped: Event | None = None,
) -> int:  # fmt: skip
    """Ask for every page of a collection, of the usual sizes, in each coding; how many pages there are.

    stopped : set to have it end after the page in hand
    """
    return asyncio.run(_ask_for_pages(settings, engine, collection, told, stopped or Event()))


def warm_all(
    settings: Settings, engine: Engine, shown: Sequence[Shown], collections: Sequence[str],
    told: Callable[[str], None],
) -> tuple[int, int]:  # fmt: skip
    """Keep tiles and pages at once, so that no processor waits for the other; how many there are of each."""
    stopped = Event()
    with ThreadPoolExecutor(1, "pages") as beside:
        asked = beside.submit(
            lambda: sum(warm_pages(settings, engine, each, told, stopped) for each in collections)
        )
        tiles = None
        try:
            tiles = sum(warm_tiles(settings, engine, each, told) for each in shown)
        finally:
            if tiles is None:
                stopped.set()
        return tiles, asked.result()


async def _ask_for_pages(
    settings: Settings, engine: Engine, collection: str, told: Callable[[str], None],
    stopped: Event,
) -> int:  # fmt: skip
    inner = FastAPI()
    inner.state.engine, inner.state.settings = engine, settings
    inner.include_router(router, prefix="/ogc")
    inner.add_middleware(FeatureDoor, databases=Databases(engine), doors={})
    pages = 0
    try:
        transport = httpx.ASGITransport(inner)
        async with httpx.AsyncClient(transport=transport, base_url="http://warming") as client:
            for size in PAGE_SIZES:
                asked: str | None = "" if size is None else f"?limit={size}"
                while asked is not None:
                    address = f"/ogc/collections/{collection}/items{asked}"
                    plain = {"Accept": "application/geo+json", "Accept-Encoding": "identity"}
                    answer = await client.get(address, headers=plain)
                    answer.raise_for_status()
                    again = ({**plain, "Accept-Encoding": coding} for coding in CODINGS)
                    await asyncio.gather(*(_ask(client, address, each) for each in again))
                    pages += 1
                    asked = _following(orjson.loads(answer.content))
                    if stopped.is_set():
                        return pages
                told(f"{collection}: pages of {size or 'the usual size'} are kept")
    finally:
        front: FeatureDoor | None = getattr(inner.state, "feature_door", None)
        if front is not None:
            await to_thread.run_sync(front.close)
    return pages


async def _ask(client: httpx.AsyncClient, address: str, headers: dict[str, str]) -> None:
    """Ask for an answer and leave it as it comes: nobody reads it."""
    async with client.stream("GET", address, headers=headers) as answer:
        answer.raise_for_status()
        async for _ in answer.aiter_raw():
            pass


def _following(page: dict[str, Any]) -> str | None:
    links = (each["href"] for each in page["links"] if each["rel"] == "next")
    following = next(links, None)
    return None if following is None else "?" + following.partition("?")[2]
