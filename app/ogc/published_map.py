"""Writes the national map of a publication: a page, its own scripts and styles, and tiles as two files.

It needs a plain web server and nothing else: no database, no service, no other host. The page holds a
picture and a table first; scripts put tiles in the picture's place.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app import assets
from app.indicators.queries import DEFAULT_INDEX, get_index
from app.indicators.worst_tenth import Ranked, ranked_councils
from app.pages.national_view import classed_layer, far_outlines, small_area_key
from app.pages.rendering import environment
from app.tiles.archive import ENDING, kept_stamp, write_archive
from app.tiles.baking import NothingToDraw, plan_baking
from app.tiles.methods.bands import COUNCIL_BANDS, SMALL_AREA_BANDS, council_band
from app.tiles.queries import CannotClass, Shown
from app.tiles.stored import TileStore
from boundaries.queries import LayerMissing, layer_on
from maps.legend import legend_entries, legend_html
from maps.palettes import NO_DATA, PLUM
from maps.svg_map import draw_map

PAGE = "index.html"
SITE = "site"
COUNCILS, SMALL_AREAS = f"map-councils{ENDING}", f"map-small-areas{ENDING}"
#: served name → name in the folder; a page that is copied elsewhere takes them along
SCRIPTS = ("leaflet.js", "pmtiles.js", "protomaps-leaflet.js", "published.js")
STYLES = ("app.css", "leaflet.css")
LICENCES = ("LICENSE-leaflet.txt", "LICENSE-protomaps-leaflet.txt")
Told = Callable[[str], None]


class CouncilRow(NamedTuple):
    """One council of the table: how many of its small areas are in the most deprived tenth, and its class."""

    code: str
    name: str
    worst: int
    areas: int
    words: str


def write_map(
    session: Session, folder: Path, day: date, entries: list[dict[str, Any]], told: Told,
    store: TileStore | None = None,
) -> list[str]:  # fmt: skip
    """Write the page and all that it needs; the names of its files. Without ranked councils it lists files alone."""
    ranked = ranked_councils(session, day)
    real = any(not one.demo and DEFAULT_INDEX in one.found for one in ranked)
    index_id = DEFAULT_INDEX if real else f"{DEFAULT_INDEX}-demo"
    shown = [one for one in ranked if one.demo != real and index_id in one.found]
    national = _drawn(session, shown, index_id, day) if shown else None
    files = [PAGE]
    if national is not None:
        for collection, name in (("lad", COUNCILS), ("lsoa", SMALL_AREAS)):
            if _tiles(session, Shown(collection, day, index_id), folder / name, told, store):
                files.append(name)
    files += _copy_site(folder / SITE)
    rows = sorted(
        (_row(one, index_id) for one in shown), key=lambda row: (-row.worst / row.areas, row.code)
    )
    text = environment().get_template("published.html").render(
        national=national, rows=rows, entries=entries, day=day, small=SMALL_AREAS in files,
        councils_file=COUNCILS, small_file=SMALL_AREAS, site=SITE, scripts=SCRIPTS, styles=STYLES,
        words=json.dumps({"councils": [band.words for band in COUNCIL_BANDS],
                          "small": [band.words for band in SMALL_AREA_BANDS]}),
    )  # fmt: skip
    (folder / PAGE).write_text(text, encoding="utf-8")
    return files


def _drawn(
    session: Session, shown: list[Ranked], index_id: str, day: date
) -> dict[str, Any] | None:
    index = get_index(session, index_id)
    try:
        drawn = layer_on(session, "lad", day, demo=index.demo)
    except LayerMissing:
        return None
    shares = {one.code: one.found[index_id] for one in shown}
    frame = far_outlines(session, drawn.id, {one.code: one.name for one in shown})
    bands = [council_band(*shares[code]) if code in shares else None for code in frame["code"]]
    words = [(band.number, band.words) for band in COUNCIL_BANDS]
    layer = classed_layer("Councils", frame, bands, words, drawn.attribution)
    west, south, east, north = (round(float(edge), 4) for edge in frame["geom_wgs84"].total_bounds)
    title = "Councils by share of small areas in the most deprived 10%"
    picture = draw_map(
        [layer], labels="percent", table_id="councils", table_caption="Councils", title=title
    )
    return {
        "title": title, "picture": picture, "key": legend_html(legend_entries([layer])),
        "small_key": small_area_key(), "index": index.title, "release": drawn.id,
        "attribution": f"{drawn.attribution} {index.attribution}",
        "bounds": json.dumps([[south, west], [north, east]]), "colours": json.dumps([*PLUM, NO_DATA]),
    }  # fmt: skip


def _row(one: Ranked, index_id: str) -> CouncilRow:
    worst, areas = one.found[index_id]
    words = COUNCIL_BANDS[council_band(worst, areas) - 1].words
    return CouncilRow(one.code, one.name, worst, areas, words)


def _tiles(session: Session, asked: Shown, path: Path, told: Told, store: TileStore | None) -> bool:
    """Write the classed tiles of a map unless they are there as they would be; whether there are any."""
    try:
        baking = plan_baking(session.get_bind().engine, asked, store=store)
    except (CannotClass, NothingToDraw):
        path.unlink(missing_ok=True)
        return False
    if kept_stamp(path) != baking.layer.stamp:
        told(f"{path.name}: drawn")
        write_archive(baking, path, told)
    return True


def _copy_site(folder: Path) -> list[str]:
    """Copy the browser files beside the page; their names as the page writes them."""
    folder.mkdir(exist_ok=True)
    listed = assets.manifest()
    copied = []
    for name in (*SCRIPTS, *STYLES):
        source = assets.STATIC / listed[name].url.removeprefix("/static/").partition("?")[0]
        shutil.copyfile(source, folder / name)
        copied.append(f"{SITE}/{name}")
    for name in LICENCES:
        shutil.copyfile(assets.STATIC / "vendor" / name, folder / name)
        copied.append(f"{SITE}/{name}")
    return copied
