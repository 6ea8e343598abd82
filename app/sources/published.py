"""Loads one place from six files downloaded from their publishers, where no mirror of copies is.

They are the districts of May 2025, the small areas of 2011 and 2021, File 7 of the Indices of 2019
and 2025, and Code-Point Open. Nothing in them tells the past of districts, counties, regions, names of
wards, parishes, households or money: those stay unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.indicators.actions import load_index
from app.indicators.tables import DeprivationIndex
from app.sources.catalogue import get_dataset
from app.sources.files import fetched_path
from app.sources.outlines import store_layer, unknown_areas
from app.sources.people import note_shares
from app.sources.published_areas import (
    Homes,
    beside,
    count_people,
    count_postcodes,
    find_district,
    find_homes,
    find_links,
    find_postcodes,
    find_wards,
)
from app.sources.publishers.code_point_open import read_code_point_open
from app.sources.publishers.layers import read_fetched_layer
from app.sources.publishers.refusals import PublisherUnavailable
from app.sources.run import is_whole
from boundaries.errors import Conflict, Fault, Refused
from boundaries.importing import Progress, sha256_of
from boundaries.methods.cross_check import Drawn
from boundaries.methods.validity import repair
from boundaries.queries import outlines
from boundaries.sources.file7 import File7, read_file7
from boundaries.sources.layers import LayerRead
from boundaries.sources.lookups import LINK_KINDS, SET_2021_FROM
from boundaries.sources.postcodes import CURRENT, tidy_postcode
from boundaries.storing import (
    store_areas,
    store_disagreements,
    store_memberships,
    store_postcodes,
    store_successions,
    store_weights,
)
from boundaries.tables import Release

if TYPE_CHECKING:
    from app.sources.publishers.asking import Patience

DISTRICTS, POSTCODES = "lad-2025-05-bgc", "code-point-open"
LINKED_BY = "outlines and postcodes, no official lookup"


@dataclass(frozen=True)
class SetFiles:
    """One set of small areas: its layer, the index ranked on it, its lookups' names, and its column of postcodes."""

    area_set: str
    layer: str
    index: str
    lookup: str
    ward_lookup: str
    column: str


# Lookups begin as those of the official files of their set do: by that they are told apart.
SETS = (
    SetFiles(
        "lsoa-2011",
        "lsoa-2011-12-bfc",
        "imd-2019",
        "lsoa11-file7-2019",
        "lsoa11-postcodes",
        "lsoa11_code",
    ),
    SetFiles(
        "lsoa-2021",
        "lsoa-2021-12-bgc",
        "imd-2025",
        "lsoa21-file7-2025",
        "lsoa21-postcodes",
        "lsoa21_code",
    ),
)
# From the smallest to the largest: what is wrong is best found out early.
SIX_FILES = (
    DISTRICTS,
    *(each.index for each in SETS),
    POSTCODES,
    *(each.layer for each in reversed(SETS)),
)


class OtherCopyLoaded(Conflict):
    """A release is loaded from another copy of its file: the mirror's and the publisher's are not the same bytes."""

    slug = "other-copy-loaded"
    title = "Another copy of that release is loaded"


class LayerLacksAreas(Refused):
    """A downloaded layer does not draw small areas that the index lists."""

    slug = "layer-lacks-areas"
    title = "The layer lacks small areas"


@dataclass(frozen=True)
class Publishers:
    """How the publishers are asked: addresses in place of the catalogue's, and how long they are waited for."""

    addresses: Mapping[str, str] = field(default_factory=dict)
    patience: Patience | None = None


def fetch_file(
    engine: Engine, dataset_id: str, data_dir: Path, publishers: Publishers, progress: Progress
) -> Path:
    """Give the downloaded file of a dataset, asking its publisher only where it was not downloaded before.

    The download is recorded in a transaction of its own. Raises PublisherUnavailable naming the
    address, and whatever else `fetch_dataset` raises.
    """
    dataset = get_dataset(dataset_id)
    here = fetched_path(dataset, data_dir)
    if here is not None and here.is_file():
        return here
    from app.sources.fetching import fetch_dataset  # only a download needs its libraries
    from app.sources.publishers.asking import PATIENCE

    address = publishers.addresses.get(dataset_id) or dataset.address or ""
    progress(f"{dataset_id}: asking {address}")
    try:
        with Session(engine) as session, session.begin():
            report = fetch_dataset(
                session, dataset, data_dir, accept_new=False, progress=progress, address=address,
                patience=publishers.patience or PATIENCE,
            )  # fmt: skip
    except PublisherUnavailable as problem:
        raise PublisherUnavailable(
            f"{address} could not be reached; a place is loaded from there or from BOUNDS_MIRROR, a folder of"
            f" copies: {problem.detail}"
        ) from problem
    progress(report.as_line())
    return report.path


class PublishedFiles:
    """The six files of a place, each read once, when it is first asked for."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self.paths = dict(paths)

    @cached_property
    def districts(self) -> LayerRead:
        """The districts of England in the layer of May 2025."""
        return self.layer(DISTRICTS, None)

    @cached_property
    def drawn(self) -> Drawn:
        """Those districts' outlines, valid."""
        return as_drawn(self.districts)

    @cached_property
    def postcodes(self) -> pd.DataFrame:
        """The current postcodes: the frame of `read_code_point_open`."""
        return read_code_point_open(self.paths[POSTCODES]).frame

    def layer(self, dataset_id: str, keep: Collection[str] | None) -> LayerRead:
        """Read one of the layers, or some areas of it."""
        layer = get_dataset(dataset_id).layer
        assert layer is not None, "the catalogue gives every layer its layout"
        return read_fetched_layer(self.paths[dataset_id], layer, keep)

    def district_of(self, postcode: str) -> str | None:
        """Find a postcode's district of today; None where the list lacks it."""
        return find_district(self.postcodes, self.drawn, tidy_postcode(postcode))


def as_drawn(read: LayerRead) -> Drawn:
    """Give a layer's codes and outlines, made valid; those that cannot be are left out."""
    mended = repair(np.asarray(read.frame.geometry.array, dtype=object))[0]
    kept = np.array([shape is not None for shape in mended], dtype=bool)
    return Drawn(read.frame["code"].to_numpy(dtype=object)[kept], mended[kept])


def refuse_other_copies(session: Session, paths: Mapping[str, Path]) -> None:
    """Refuse files of releases that are loaded here for some place from other bytes. Raises OtherCopyLoaded."""
    for release_id, path in paths.items():
        release = session.get(Release, release_id)
        if release is None or is_whole(session, [release_id]) or release.sha256 == sha256_of(path):
            continue
        raise OtherCopyLoaded(
            f"{release_id} is loaded here from {release.source_file}, and {path.name} is another copy of it: "
            "a mirror's copies and the publishers' own files are never mixed. Go on from where the first "
            "place came from (BOUNDS_MIRROR set or not set, as then), or take the release out with "
            f"`bounds releases withdraw {release_id} --commit` and `bounds releases remove {release_id} "
            "--commit`, and load its places again",
            [Fault("another copy is loaded", file=path.name, value=release_id)],
        )


def store_names(session: Session, files: PublishedFiles) -> None:
    """Store the districts as areas, without their outlines; what is here stays as it is."""
    layer = get_dataset(DISTRICTS).layer
    assert layer is not None, "the catalogue gives every layer its layout"
    store_areas(session, unknown_areas(session, layer, files.districts.frame))


def load_published_districts(session: Session, files: PublishedFiles, progress: Progress) -> None:
    """Store the districts of May 2025; their lives are open, as none of the files tells their past."""
    path = files.paths[DISTRICTS]
    refuse_other_copies(session, {DISTRICTS: path})
    done = store_layer(session, get_dataset(DISTRICTS), files.districts, path, partial=False)
    progress(done.as_line())
    progress(
        "districts: those of May 2025 stand for every day; which were there before, and counties and"
        " regions, none of these files says"
    )


def load_published_small_areas(
    session: Session, files: PublishedFiles, districts: set[str], progress: Progress
) -> None:
    """Store the small areas of some districts: outlines, districts, links, postcodes, people and both indices.

    The districts must be stored. Raises LayerLacksAreas, OtherCopyLoaded.
    """
    refuse_other_copies(session, {each.layer: files.paths[each.layer] for each in SETS})
    listed = {each.area_set: read_file7(files.paths[each.index]) for each in SETS}
    tier = _districts_here(session)
    homes: dict[str, Homes] = {}
    small: dict[str, Drawn] = {}
    for each in SETS:
        homes[each.area_set], small[each.column] = _load_set(
            session, files, each, listed[each.area_set], tier, districts, progress
        )
    links = _links(small, listed)
    store_successions(session, _as_successions(links))
    found = find_postcodes(files.postcodes, districts, tier, small)
    store_postcodes(session, found.frame.assign(status=CURRENT))
    progress(
        f"postcodes: {len(found.frame):,} current, {found.by_outline:,} of them by the outline of their"
        f" district, {found.placeless:,} left out as the list gives them no place"
    )
    for each in SETS:
        store_memberships(session, _as_wards(find_wards(found.frame, each.column), each))
    note_shares(session)
    people = count_people(listed, homes, districts, links, found.frame)
    day = datetime.fromtimestamp(files.paths[POSTCODES].stat().st_mtime, UTC)
    counted = count_postcodes(found.frame, f"downloaded {day:%-d %B %Y}")
    store_weights(session, pd.concat([people, counted], ignore_index=True))
    for area_set, rows in people[people["area_set"] != "lad"].groupby("area_set"):
        how = "estimated, " if rows["estimated"].any() else ""
        progress(f"people of {area_set}: {rows['value'].sum():,} ({how}{rows['period'].iloc[0]})")
    for each in SETS:
        progress(load_index(session, files.paths[each.index], each.index, districts).as_line())
        _draw_index(session, each)


def _districts_here(session: Session) -> Drawn:
    frame = outlines(session, DISTRICTS)
    return Drawn(
        frame["code"].to_numpy(dtype=object), np.asarray(frame.geometry.array, dtype=object)
    )


def _load_set(
    session: Session, files: PublishedFiles, of: SetFiles, listed: File7, tier: Drawn,
    districts: set[str], progress: Progress,
) -> tuple[Homes, Drawn]:  # fmt: skip
    """Store one set's small areas with their district; gives the homes, and the outlines of those stored."""
    near = beside(tier, districts)
    today = {str(code) for code in tier.codes}
    written = listed.frame["lad_code"]
    # Those beside as well: an outline may lie here although the file says elsewhere. And those whose
    # district is no more, wherever they are: only their outline can tell.
    read = files.layer(
        of.layer, set(listed.frame["code"][written.isin(near) | ~written.isin(today)])
    )
    drawn = as_drawn(read)
    homes = find_homes(listed, drawn, tier)
    ours = homes.within(districts)
    if lacking := sorted(ours - {str(code) for code in drawn.codes}):
        raise LayerLacksAreas(
            f"{of.layer} does not draw {len(lacking):,} small areas that {of.index} lists in these districts,"
            f" {lacking[0]} for one",
            [Fault("not drawn", file=of.layer, value=code) for code in lacking[:100]],
        )
    own = read.frame[read.frame["code"].isin(ours)].reset_index(drop=True)
    kept = LayerRead(own, read.features_in, read.features_in - len(own))
    path = files.paths[of.layer]
    progress(store_layer(session, get_dataset(of.layer), kept, path, partial=True).as_line())
    store_memberships(session, _as_memberships(homes, ours, of.lookup))
    _note_disagreements(session, homes, ours, of)
    moved = len(ours & homes.by_outline)
    why = (
        " (the file names a district that is no more, or that they cannot lie in)" if moved else ""
    )
    progress(f"{of.lookup}: {len(ours):,} small areas, {moved:,} of them by their outline{why}")
    mine = np.isin(drawn.codes.astype(str), sorted(ours))
    return homes, Drawn(drawn.codes[mine], drawn.shapes[mine])


def _as_memberships(homes: Homes, codes: set[str], lookup: str) -> pd.DataFrame:
    ordered = sorted(codes)
    return pd.DataFrame(
        {
            "child_code": ordered, "parent_code": [homes.home[code] for code in ordered], "parent_type": "lad",
            "lookup": lookup, "share": 1.0,
            "method": ["best-fit" if code in homes.by_outline else "exact" for code in ordered],
        }
    )  # fmt: skip


def _as_wards(pairs: pd.DataFrame, of: SetFiles) -> pd.DataFrame:
    """Write the wards of most postcodes as memberships: a best fit, by today's codes, whose names no file has."""
    return pairs.assign(parent_type="wd", lookup=of.ward_lookup, method="best-fit", share=1.0)


def _note_disagreements(session: Session, homes: Homes, codes: set[str], of: SetFiles) -> None:
    rows = homes.disagreements[homes.disagreements["child_code"].isin(codes)]
    used = np.where(rows["impossible"], "outline", "lookup")
    rows = rows.drop(columns=["disagrees", "impossible"]).assign(
        lookup=of.lookup,
        parent_type="lad",
        child_release=of.layer,
        parent_release=DISTRICTS,
        used=used,
    )
    checked = [code for code in homes.checked if code in codes]
    store_disagreements(session, rows, lookup=of.lookup, child_release=of.layer, children=checked)


def _links(small: Mapping[str, Drawn], listed: Mapping[str, File7]) -> pd.DataFrame:
    """Link the small areas stored here between the sets."""
    first, second = (small[each.column] for each in SETS)
    every = [set(listed[each.area_set].frame["code"]) for each in SETS]
    both = every[0] & every[1]
    ours = {str(code) for code in (*first.codes, *second.codes)}
    changed = [
        Drawn(drawn.codes[only], drawn.shapes[only])
        for drawn in (first, second)
        for only in [~np.isin(drawn.codes.astype(str), sorted(both))]
    ]
    return find_links(changed[0], changed[1], ours & both)


def _as_successions(links: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "old_code": links["lsoa11_code"], "new_code": links["lsoa21_code"],
            "changed_on": SET_2021_FROM, "kind": links["change_code"].map(LINK_KINDS), "share": None,
            "source": LINKED_BY,
        }
    )  # fmt: skip


def _draw_index(session: Session, of: SetFiles) -> None:
    """Let the layer loaded here draw an index whose usual layer is not loaded."""
    session.flush()
    row = session.get(DeprivationIndex, of.index)
    if row is not None and session.get(Release, row.release_id) is None:
        row.release_id = of.layer
        session.flush()
