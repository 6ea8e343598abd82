"""Makes one place ready, from a mirror or its publishers: geography, indices, money, partnership, designations."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE
from app.dependencies import today
from app.indicators.actions import load_index
from app.indicators.tables import IndexValue
from app.partnerships.actions import create_partnership, slug_of
from app.partnerships.queries import join_names, spread_counties
from app.partnerships.tables import Partnership
from app.priorities.actions import save_default_designations
from app.resources.actions import load_mirror_resources
from app.sessions import writing
from app.settings import Settings
from app.sources.catalogue import group, place_layers
from app.sources.dated import load_dated_of_districts
from app.sources.geography import load_districts, load_small_areas
from app.sources.published import (
    DISTRICTS,
    POSTCODES,
    SETS,
    SIX_FILES,
    PublishedFiles,
    Publishers,
    fetch_file,
    load_published_districts,
    load_published_small_areas,
    refuse_other_copies,
    store_names,
)
from app.sources.shares import link_ended
from boundaries.area_types import area_type_of
from boundaries.errors import Fault, Invalid, NotFound
from boundaries.importing import Progress
from boundaries.queries import find_authority
from boundaries.sources.files import files_in
from boundaries.sources.postcodes import POSTCODES as DIRECTORY
from boundaries.sources.postcodes import tidy_postcode
from boundaries.tables import Area, Boundary, Membership

LOADING_LOCK = 40_316_002  # one load at a time: a second one waits and then finds its work done
INDICES = ("imd-2019", "imd-2025", "imd-2015")
_POSTCODE = re.compile(r"^[A-Za-z]{1,2}\d[A-Za-z\d]?\s*\d[A-Za-z]{2}$")


class NoMirror(Invalid):
    """There is nowhere to load a place from."""

    slug = "no-mirror"
    title = "No folder of published files"


class UnknownPlace(NotFound):
    """No council, code or postcode is known by those words."""

    slug = "unknown-place"
    title = "No such place"


def split_words(place: str) -> list[str]:
    """Split `Hastings, Rother` into its parts; raises Invalid where nothing is left."""
    words = [part.strip() for part in place.split(",") if part.strip()]
    if not words:
        raise Invalid("name a place: council names, codes or a postcode, with commas between")
    return words


def district_of_postcode(mirror: Path, written: str) -> str | None:
    """Find a postcode's district code in the ONS directory's file; None where the file lacks it."""
    tidy = tidy_postcode(written)
    outward, inward = tidy.split(" ")
    padded = f"{outward:<4}{inward}" if len(outward) < 4 else f"{outward}{inward}"
    rows = pd.read_parquet(
        mirror / DIRECTORY,
        columns=["laua"],
        filters=[("pcd", "in", [padded, f"{outward} {inward}"])],
    )
    return None if rows.empty else str(rows["laua"].iloc[0])


def find_places(
    session: Session, words: Sequence[str], district_of: Callable[[str], str | None]
) -> list[Area]:
    """Find the districts that names, codes or postcodes stand for; counties are written out.

    `district_of` gives a postcode's district. All words are tried before it fails. Raises UnknownPlace
    with a fault for each that nobody knows.
    """
    found: list[Area] = []
    faults: list[Fault] = []
    for word in words:
        wanted: str | None = word
        if _POSTCODE.match(word):
            wanted = district_of(word)
            if wanted is None:
                faults.append(Fault("the postcode is in no list here", value=word))
                continue
        try:
            found.append(find_authority(session, wanted or word, today()))
        except NotFound as problem:
            faults.append(Fault(problem.detail, value=word))
    if faults:
        raise UnknownPlace("; ".join(fault.detail for fault in faults), faults)
    areas = spread_counties(session, found, today())
    wrong = [
        area for area in areas if area_type_of(area.code) != "lad" or area.valid_to is not None
    ]
    if wrong:
        raise UnknownPlace("; ".join(f"{a.name} ({a.code}) is no council of today" for a in wrong))
    return areas


def make_ready(
    engine: Engine,
    settings: Settings,
    place: str,
    progress: Progress,
    publishers: Publishers | None = None,
) -> str:
    """Load a place from the mirror or, without one, from its publishers; returns its partnership's slug.

    A mirror that lacks a file of every place is not used. Raises what `load_place` and
    `load_from_publishers` raise.
    """
    mirror = settings.mirror
    if mirror is not None and not (lacking := _lacks(mirror)):
        with writing(engine) as session:
            return load_place(session, mirror, place, progress)
    if mirror is not None:
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        progress(
            f"{lacking[0]}{more} not in BOUNDS_MIRROR: the publishers are asked for what a place needs most"
        )
    return load_from_publishers(
        engine, settings.data_dir, place, progress, publishers or Publishers()
    )


def _lacks(mirror: Path) -> list[str]:
    """List the files of every place that a folder lacks, but for money; a folder that is none is refused later."""
    if not mirror.is_dir():
        return []
    return [
        dataset.path for dataset in group("place")
        if dataset.path is not None and dataset.kind != "money" and not (mirror / dataset.path).is_file()
    ]  # fmt: skip


def load_from_publishers(
    engine: Engine, data_dir: Path, place: str, progress: Progress, publishers: Publishers
) -> str:
    """Load what some councils need from six files of their publishers; returns their partnership's slug.

    What was downloaded before is not asked for again, and what is loaded needs no file. Names are
    looked up before the large files are downloaded. Each download is recorded by itself; the place is
    stored in one transaction, so that a fault, or a kill, leaves nothing of it behind.
    """
    words = split_words(place)
    with writing(engine) as session:
        if areas := _find_loaded(session, words):
            return _finish(session, areas)
    files = PublishedFiles({})

    def fetch(dataset_id: str) -> None:
        if dataset_id not in files.paths:
            path = fetch_file(engine, dataset_id, data_dir, publishers, progress)
            files.paths[dataset_id] = path

    fetch(DISTRICTS)
    if any(_POSTCODE.match(word) for word in words):
        fetch(POSTCODES)
    with Session(engine) as rehearsal:  # undone: it only looks the names up
        refuse_other_copies(rehearsal, {DISTRICTS: files.paths[DISTRICTS]})
        store_names(rehearsal, files)
        find_places(rehearsal, words, files.district_of)
    for dataset_id in SIX_FILES:
        fetch(dataset_id)
    with writing(engine) as session:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOADING_LOCK})
        load_published_districts(session, files, progress)
        areas = find_places(session, words, files.district_of)
        progress(f"loading {join_names([area.name for area in areas])}")
        load_published_small_areas(session, files, {area.code for area in areas}, progress)
        progress("money: none of these files has any; `bounds resources import` takes a file of it")
        return _finish(session, areas)


def _find_loaded(session: Session, words: Sequence[str]) -> list[Area]:
    """Find the districts that names stand for if all of them are loaded with both indices, else none."""
    try:
        areas = find_places(session, words, lambda _postcode: None)
    except UnknownPlace:
        return []
    for of in SETS:
        held = select(Membership.parent_code).distinct()
        held = held.join(Boundary, Boundary.code == Membership.child_code)
        held = held.join(IndexValue, IndexValue.code == Membership.child_code)
        held = held.where(
            Membership.parent_code.in_([area.code for area in areas]),
            func.lower(Membership.lookup).startswith(of.lookup[:6]),
            IndexValue.index_id == of.index,
        )
        if len(session.scalars(held).all()) < len(areas):
            return []
    return areas


def _finish(session: Session, areas: Sequence[Area]) -> str:
    slug = make_partnership(session, areas)
    save_default_designations(session, slug)
    return slug


def load_place(session: Session, mirror: Path | None, place: str, progress: Progress) -> str:
    """Load what some councils need from a mirror and make their partnership; returns its slug.

    In the caller's one transaction: a fault, or a kill, leaves nothing behind. Loading the same
    place again changes nothing.
    """
    if mirror is None or not mirror.is_dir():
        raise NoMirror(
            "BOUNDS_MIRROR must name a folder of published files to load a place from"
            + (f"; {mirror} is no folder" if mirror else "")
        )
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOADING_LOCK})
    copies = {layer.id: mirror / layer.path for _, layer in place_layers()}
    refuse_other_copies(session, {key: copies[key] for key in copies if key in SIX_FILES})
    districts = load_districts(session, mirror)
    load_dated_of_districts(session, files_in(mirror), districts)
    link_ended(session)
    areas = find_places(
        session, split_words(place), lambda postcode: district_of_postcode(mirror, postcode)
    )
    codes = {area.code for area in areas}
    progress(f"loading {join_names([area.name for area in areas])}")
    load_small_areas(session, mirror, codes, districts.active, progress)
    for index_id in INDICES:
        progress(load_index(session, mirror, index_id, codes).as_line())
    for report in load_mirror_resources(session, mirror):
        progress(report.as_line())
    return _finish(session, areas)


def make_partnership(session: Session, areas: Sequence[Area]) -> str:
    """Make the partnership of some councils unless one of the same councils is here; returns its slug."""
    codes = sorted(area.code for area in areas)
    same = (
        session.query(Partnership)
        .filter(Partnership.authorities == codes)
        .order_by(Partnership.slug)
        .first()
    )
    if same is not None:
        return same.slug
    name = join_names([area.name for area in areas])
    slug = (
        slug_of(name)
        if len(name) <= 60
        else slug_of(f"{areas[0].name} and {len(areas) - 1} others")
    )
    taken = session.get(Partnership, slug)
    if taken is not None:
        slug = f"{slug}-{codes[0].lower()}"
    row = create_partnership(
        session, COMMAND_LINE, name=f"{name} partnership", authorities=codes, day=today(), slug=slug
    )
    return row.slug
