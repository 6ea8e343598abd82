"""Loads boundaries, lookups, people and postcodes from published files, for some districts or for all of England.

Every function runs in the caller's transaction and may be repeated: what is here stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy.orm import Session

from app.sources.catalogue import Dataset, catalogue, place_layers
from app.sources.checks import (
    Checked,
    check_homes,
    drawn_here,
    list_coarse_disagreements,
    moved_here,
    store_checked,
)
from app.sources.lives import begin_later_codes, with_beginnings
from app.sources.outcome import Outcomes, RowFinding, outcome_of
from app.sources.outlines import store_layer
from app.sources.people import load_people
from app.sources.postcodes import load_postcodes
from app.sources.run import is_whole
from boundaries.crs import BNG, to_bng
from boundaries.importing import Progress
from boundaries.methods.cross_check import Drawn
from boundaries.methods.validity import repair
from boundaries.planning import carry_out_again
from boundaries.queries import outlines
from boundaries.sources import lookups, wards
from boundaries.sources.districts import Districts, read_districts
from boundaries.sources.files import Files, files_in
from boundaries.sources.layers import Layer, read_layer
from boundaries.sources.people import HOUSEHOLDS11, HOUSEHOLDS21, PEOPLE, read_district_people
from boundaries.sources.postcodes import CURRENT_POSTCODES, POSTCODES
from boundaries.storing import store_areas, store_memberships, store_successions, store_weights


def load_districts(session: Session, files: Files | Path) -> Districts:
    """Store every district, county, combined authority and region with its life and members."""
    files = files_in(files) if isinstance(files, Path) else files
    districts = read_districts(files)
    store_areas(session, with_beginnings(session, districts.areas), lives_known=True)
    store_memberships(session, districts.memberships)
    store_successions(session, districts.successions)
    store_weights(session, read_district_people(files, districts.active))
    carry_out_again(session)
    return districts


def district_outcomes(districts: Districts) -> Outcomes:
    """Say where the rows of the files of districts went; other nations are elsewhere."""
    return {
        path: outcome_of(rows, districts.rows_kept[path])
        for path, rows in districts.rows_in.items()
    }


def load_lookups(
    session: Session, files: Files, active: Mapping[str, str], progress: Progress
) -> Outcomes:
    """Store for all of England what small areas, wards and parishes belong to, and how long wards lived.

    The layers must be loaded: the lookups of districts are held against them first, and one that is
    impossible gives way to the outline.
    """
    checked = check_homes(session, files, active, drawn_here(session))
    small = lookups.read_small_areas(files, None, active, checked.moved)
    listed = wards.read_ward_lists(files)
    store_areas(session, with_beginnings(session, listed.areas()), lives_known=True)
    store_memberships(session, pd.concat([small.memberships, listed.memberships(active)]))
    store_successions(session, _link_successions(small.links))
    _finish_checks(session, checked, progress)
    rows = small.rows | {path: listed.rows[path] for path in listed.rows if path not in small.rows}
    return _lookup_outcomes(rows, checked.findings)


def load_output_areas(session: Session, files: Files, active: Mapping[str, str]) -> Outcomes:
    """Store every output area of 2011, without outline, and what it belongs to."""
    areas, memberships = lookups.read_output_areas(files, active)
    first, last = lookups.SET_2011
    store_areas(
        session, areas.assign(type="oa", name=areas["code"], valid_from=first, valid_to=last)
    )
    store_memberships(session, memberships)
    return {lookups.OUTPUT_AREAS: outcome_of(len(areas), len(areas))}


def load_links_2001(session: Session, files: Files) -> Outcomes:
    """Store the small areas of 2001, the districts of old code they lay in, and what followed them in 2011."""
    old = lookups.read_set_2001(files)
    store_areas(session, old.areas)
    store_memberships(session, old.memberships)
    begin_later_codes(session)
    store_successions(
        session,
        pd.DataFrame(
            {
                "old_code": old.links["lsoa01_code"], "new_code": old.links["lsoa11_code"],
                "changed_on": lookups.SET_2001_TO,
                "kind": old.links["change_code"].map(lookups.LINK_KINDS), "share": None,
                "source": Path(lookups.LSOA01_LINKS).name,
            }
        ),
    )  # fmt: skip
    return {path: outcome_of(*rows) for path, rows in old.rows.items()}


def load_small_areas(
    session: Session,
    mirror: Path,
    districts: set[str],
    active: Mapping[str, str],
    progress: Progress,
) -> lookups.SmallAreas:
    """Load every layer and lookup for some districts of today; returns their small areas.

    Districts, counties and regions are loaded whole (they are small, and an uploaded outline may
    lie anywhere); wards, parishes and small areas only for the districts asked for, in releases
    marked partial. What is loaded for all of England is not read again.
    """
    files = files_in(mirror)
    for dataset, layer in place_layers():
        if layer.national and not is_whole(session, [dataset.id]):
            _load_layer(session, mirror, dataset, layer, None, progress)
    checked = Checked.nothing()
    has_lookups = _is_here(session, lookups.LSOA11, lookups.LSOA21)
    if has_lookups:
        checked.moved.update(moved_here(session, active))
    else:
        checked = _check_place(session, mirror, districts, active)
    small = lookups.read_small_areas(files, districts, active, checked.moved)
    if not has_lookups:
        listed = wards.read_ward_lists(files)
        here = listed.of_districts(districts, active)
        own = here | (small.wards - set(listed.homes["code"]))
        store_areas(session, with_beginnings(session, listed.areas(own)), lives_known=True)
        store_memberships(session, listed.memberships(active, here))
        store_memberships(session, _of_own_wards(small.memberships, own))
        store_successions(session, _link_successions(small.links))
        for dataset, layer in place_layers():
            if not layer.national and not is_whole(session, [dataset.id]):
                keep = _codes_to_keep(layer, here, small)
                _load_layer(session, mirror, dataset, layer, keep, progress)
        _finish_checks(session, checked, progress)
    if not _is_here(session, POSTCODES, CURRENT_POSTCODES):
        load_postcodes(session, files, districts, active, progress)
    if not _is_here(session, PEOPLE, HOUSEHOLDS11, HOUSEHOLDS21):
        load_people(session, files, small)
    return small


def _is_here(session: Session, *paths: str) -> bool:
    """Say whether the datasets of some files of the mirror are loaded for all of England."""
    ids = [dataset.id for dataset in catalogue().values() if dataset.path in paths]
    return len(ids) >= len(paths) and is_whole(session, ids)


def _load_layer(
    session: Session, mirror: Path, dataset: Dataset, layer: Layer, keep: set[str] | None, progress: Progress
) -> None:  # fmt: skip
    """Store what a place needs of one layer: the areas that no list has, and the outlines."""
    read = read_layer(mirror, layer, keep)
    done = store_layer(session, dataset, read, mirror / layer.path, partial=not layer.national)
    progress(done.as_line())


def _codes_to_keep(layer: Layer, own_wards: set[str], small: lookups.SmallAreas) -> set[str]:
    if layer.area_type == "lsoa":
        return small.codes11 if layer.id.startswith("lsoa-2011") else small.codes21
    return {"wd": own_wards, "msoa": small.msoas, "par": small.parishes}[layer.area_type]


def _check_place(
    session: Session, mirror: Path, districts: set[str], active: Mapping[str, str]
) -> Checked:
    """Hold against the outlines the small areas that lookups give to some districts or to those beside them.

    Those beside them too: the outline may lie here although the lookup says elsewhere.
    """
    files = files_in(mirror)
    near = _districts_beside(session, districts)
    layers = {layer.id: layer for _, layer in place_layers()}
    homes = dict(
        zip((lookups.LSOA11, lookups.LSOA21), lookups.read_homes(files, active), strict=True)
    )
    wanted = {
        path: {code for code, home in of.items() if home in near} for path, of in homes.items()
    }

    def draw(release_id: str, codes: Collection[str] | None) -> Drawn:
        frame = read_layer(mirror, layers[release_id], None if codes is None else set(codes)).frame
        return Drawn(frame["code"].to_numpy(dtype=object), _in_metres(frame))

    checked = check_homes(session, files, active, draw, wanted)
    for path, found in checked.disagreements.items():
        of, moved = homes[path], checked.moved[path]
        ours = [
            code for code in checked.children[path]
            if of[code] in districts or moved.get(code) in districts
        ]  # fmt: skip
        checked.children[path] = ours
        checked.disagreements[path] = found[found["child_code"].isin(ours)]
    return checked


def _in_metres(frame: gpd.GeoDataFrame) -> np.ndarray:
    shapes = np.asarray(frame.geometry.array, dtype=object)
    if frame.crs is None or frame.crs.to_epsg() != BNG:
        shapes = to_bng(shapes)
    return repair(shapes)[0]


def _districts_beside(session: Session, districts: set[str]) -> set[str]:
    """Give some districts and those whose boxes meet theirs."""
    frame = outlines(session, "lad-2025-05-bgc")
    shapes = np.asarray(frame.geometry.array, dtype=object)
    own = frame["code"].isin(districts).to_numpy()
    boxes = shapely.box(*shapely.bounds(shapes[own]).T)
    found = shapely.STRtree(boxes).query(shapely.box(*shapely.bounds(shapes).T))[0]
    return districts | set(frame["code"].to_numpy()[np.unique(found)])


def _of_own_wards(memberships: pd.DataFrame, own: set[str]) -> pd.DataFrame:
    """Leave out the wards of other places: their areas are not loaded, and a best fit may reach there."""
    parent = (memberships["parent_type"] == "wd") & ~memberships["parent_code"].isin(own)
    child = memberships["child_code"].str.startswith("E05") & ~memberships["child_code"].isin(own)
    return memberships[~parent & ~child]


def _link_successions(links: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "old_code": links["lsoa11_code"], "new_code": links["lsoa21_code"],
            "changed_on": lookups.SET_2021_FROM, "kind": links["change_code"].map(lookups.LINK_KINDS),
            "share": None, "source": Path(lookups.LSOA_LINKS).name,
        }
    )  # fmt: skip


def _finish_checks(session: Session, checked: Checked, progress: Progress) -> None:
    """Store what disagrees, with MSOAs and wards, and say how much does."""
    small_areas = store_checked(session, checked)
    coarse = list_coarse_disagreements(session)
    used = sum(len(moved) for moved in checked.moved.values())
    progress(
        f"lookups against outlines: {small_areas} small areas lie in another district than the lookup"
        f" says, of which {used} are taken by their outline; listed only: "
        + ", ".join(f"{release} {count}" for release, count in coarse.items())
    )


def _lookup_outcomes(
    rows: Mapping[str, tuple[int, int]], findings: Mapping[str, tuple[RowFinding, ...]]
) -> Outcomes:
    return {
        path: outcome_of(read, kept, findings.get(path, ())) for path, (read, kept) in rows.items()
    }
