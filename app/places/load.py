"""Makes one place ready from the mirror's files: geography, indices, money, partnership and designations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE
from app.dependencies import today
from app.indicators.actions import load_index
from app.partnerships.actions import create_partnership, slug_of
from app.partnerships.queries import join_names, spread_counties
from app.partnerships.tables import Partnership
from app.priorities.actions import save_default_designations
from app.resources.actions import load_mirror_resources
from app.sources.geography import load_districts, load_small_areas
from boundaries.area_types import area_type_of
from boundaries.errors import Fault, Invalid, NotFound
from boundaries.importing import Progress
from boundaries.queries import find_authority
from boundaries.sources.postcodes import POSTCODES, tidy_postcode
from boundaries.tables import Area

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
        mirror / POSTCODES,
        columns=["laua"],
        filters=[("pcd", "in", [padded, f"{outward} {inward}"])],
    )
    return None if rows.empty else str(rows["laua"].iloc[0])


def find_places(session: Session, mirror: Path, words: Sequence[str]) -> list[Area]:
    """Find the districts that names, codes or postcodes stand for; counties are written out.

    All words are tried before it fails. Raises UnknownPlace with a fault for each that nobody knows.
    """
    found: list[Area] = []
    faults: list[Fault] = []
    for word in words:
        wanted: str | None = word
        if _POSTCODE.match(word):
            wanted = district_of_postcode(mirror, word)
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


def load_place(session: Session, mirror: Path | None, place: str, progress: Progress) -> str:
    """Load what some councils need and make their partnership; returns its slug.

    In the caller's one transaction: a fault, or a kill, leaves nothing behind. Loading the same
    place again changes nothing.
    """
    if mirror is None or not mirror.is_dir():
        raise NoMirror(
            "BOUNDS_MIRROR must name a folder of published files to load a place from"
            + (f"; {mirror} is no folder" if mirror else "")
        )
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOADING_LOCK})
    districts = load_districts(session, mirror)
    areas = find_places(session, mirror, split_words(place))
    codes = {area.code for area in areas}
    progress(f"loading {join_names([area.name for area in areas])}")
    load_small_areas(session, mirror, codes, districts.active, progress)
    for index_id in INDICES:
        progress(load_index(session, mirror, index_id, codes).as_line())
    for report in load_mirror_resources(session, mirror):
        progress(report.as_line())
    slug = make_partnership(session, areas)
    save_default_designations(session, slug)
    return slug


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
