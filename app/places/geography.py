"""Loads the boundaries, lookups, people and postcodes that some districts need from the mirror's files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from boundaries.importing import Progress, ReleaseSpec, sha256_of, store_release
from boundaries.methods.locate import areas_of_points
from boundaries.methods.rebase import rebase_counts
from boundaries.sources import lookups
from boundaries.sources.layers import LAYERS, OGL, ONS, Layer, ons_attribution, read_layer
from boundaries.storing import (
    store_areas,
    store_memberships,
    store_postcodes,
    store_successions,
    store_weights,
)
from boundaries.tables import Area, Boundary


def load_districts(session: Session, mirror: Path) -> lookups.Districts:
    """Store every district and county with its life, its upper tier and region; safe to repeat."""
    districts = lookups.read_districts(mirror)
    store_areas(session, districts.areas)
    store_memberships(session, districts.memberships)
    store_successions(session, districts.successions)
    store_weights(session, lookups.read_district_people(mirror, districts.active))
    return districts


def load_small_areas(
    session: Session, mirror: Path, districts: set[str], active: dict[str, str], progress: Progress
) -> lookups.SmallAreas:
    """Load every layer and lookup for some districts of today; returns their small areas.

    Districts, counties and regions are loaded whole (they are small, and an uploaded outline may
    lie anywhere); wards, parishes and small areas only for the districts asked for, in releases
    marked partial.
    """
    small = lookups.read_small_areas(mirror, districts, active)
    later_wards = wards_of_2025(mirror)
    for layer in LAYERS:
        keep = _codes_to_keep(mirror, layer, districts, active, small)
        read = read_layer(mirror, layer, keep)
        store_layer_areas(session, layer, read.frame, later_wards)
        year = 2025 if layer.published_on.year >= 2025 else layer.published_on.year
        path = mirror / layer.path
        spec = ReleaseSpec(
            id=layer.id, area_type=layer.area_type, title=layer.title, published_on=layer.published_on,
            resolution=layer.resolution, tolerance_m=layer.tolerance_m, quality=layer.quality, publisher=ONS,
            licence=OGL, attribution=ons_attribution(year), source_file=layer.path, sha256=sha256_of(path),
            partial=not layer.national,
        )  # fmt: skip
        report = store_release(session, spec, read.frame, features_in=read.features_in)
        progress(report.as_line())
    _store_lookup_areas(session, small)
    store_memberships(session, small.memberships)
    store_successions(session, _link_successions(small.links))
    box = _bounds_of(session, districts)
    postcodes = _postcodes(session, mirror, districts, active, box, small)
    stored = store_postcodes(session, postcodes)
    progress(f"postcodes: {len(postcodes)} of these districts, {stored} new")
    _store_people(session, mirror, small, postcodes)
    _note_shares(session)
    return small


def _codes_to_keep(
    mirror: Path,
    layer: Layer,
    districts: set[str],
    active: dict[str, str],
    small: lookups.SmallAreas,
) -> set[str] | None:
    if layer.national:
        return None
    if layer.area_type == "lsoa":
        return small.codes11 if layer.id.startswith("lsoa-2011") else small.codes21
    if layer.area_type == "msoa":
        return small.msoas
    if layer.area_type == "par":
        return small.parishes
    columns = [layer.code_column, *layer.columns]
    frame = pd.read_parquet(mirror / layer.path, columns=columns)
    home = frame[layer.columns[0]].map(active).fillna(frame[layer.columns[0]])
    return set(frame.loc[home.isin(districts), layer.code_column])


def store_layer_areas(
    session: Session, layer: Layer, frame: gpd.GeoDataFrame, later_wards: set[str]
) -> None:
    """Store the areas a layer draws, with lives from the sets' dates; districts and counties have theirs already."""
    if layer.area_type in ("lad", "cty"):
        return
    areas = pd.DataFrame({"code": frame["code"], "name": frame["name"]})
    areas["type"] = np.where(areas["code"].str.startswith("E43"), "ncp", layer.area_type)
    areas["valid_from"], areas["valid_to"] = None, None
    if layer.area_type in ("lsoa", "msoa"):
        first = layer.id.split("-")[1] == "2011"
        areas["valid_from"] = lookups.SET_2011[0] if first else lookups.SET_2021_FROM
        areas["valid_to"] = lookups.SET_2011[1] if first else None
    if layer.id.startswith("wd-2023"):
        # Wards carry no history in these files: one that the May 2025 layer no longer has ended
        # with a local election at the latest on the day that layer was published.
        areas["valid_to"] = [
            None if code in later_wards else date(2025, 5, 1) for code in areas["code"]
        ]
    store_areas(session, areas)
    if layer.area_type == "wd":
        home = frame.set_index("code")[layer.columns[0]]
        store_memberships(
            session,
            pd.DataFrame(
                {
                    "child_code": home.index, "parent_code": home.to_numpy(), "parent_type": "lad",
                    "lookup": layer.id, "method": "exact", "share": 1.0,
                }
            ),
        )  # fmt: skip


def wards_of_2025(mirror: Path) -> set[str]:
    """Read the codes of the May 2025 layer from its file: the layer itself is stored after that of 2023."""
    layer = next(layer for layer in LAYERS if layer.id.startswith("wd-2025"))
    return set(pd.read_parquet(mirror / layer.path, columns=[layer.code_column])[layer.code_column])


def _store_lookup_areas(session: Session, small: lookups.SmallAreas) -> None:
    """Store wards that only a lookup names: they have no outline here, and say so by having none."""
    known = set(session.scalars(select(Area.code).where(Area.code.in_(list(small.ward_names)))))
    rows = [(code, "wd", name) for code, name in small.ward_names.items() if code not in known]
    if rows:
        frame = pd.DataFrame(rows, columns=["code", "type", "name"])
        store_areas(session, frame.assign(valid_from=None, valid_to=date(2023, 5, 4)))


def _link_successions(links: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "old_code": links["lsoa11_code"], "new_code": links["lsoa21_code"],
            "changed_on": lookups.SET_2021_FROM, "kind": links["change_code"].map(lookups.LINK_KINDS),
            "share": None, "source": Path(lookups.LSOA_LINKS).name,
        }
    )  # fmt: skip


def _bounds_of(session: Session, districts: set[str]) -> tuple[float, float, float, float]:
    row = session.execute(
        text(
            "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent(geom) AS e"
            " FROM boundaries WHERE release_id = 'lad-2025-05-bgc' AND code = ANY(:codes)) AS box"
        ),
        {"codes": sorted(districts)},
    ).one()
    # A kilometre more: the current list may put a postcode a little beyond a generalised coast.
    return (row[0] - 1000.0, row[1] - 1000.0, row[2] + 1000.0, row[3] + 1000.0)


def _shapes(session: Session, release_id: str, codes: set[str]) -> tuple[np.ndarray, np.ndarray]:
    rows = session.execute(
        select(Boundary.code, text("ST_AsBinary(geom)")).where(
            Boundary.release_id == release_id, Boundary.code.in_(sorted(codes))
        )
    ).all()
    return np.array([r[0] for r in rows], dtype=object), shapely.from_wkb(
        [bytes(r[1]) for r in rows]
    )


def _postcodes(
    session: Session, mirror: Path, districts: set[str], active: dict[str, str],
    box: tuple[float, float, float, float], small: lookups.SmallAreas,
) -> pd.DataFrame:  # fmt: skip
    """Give each postcode its district and small areas by its point; newer ones outside the districts are left out."""
    frame = lookups.read_postcodes(mirror, districts, active, box)
    points = shapely.points(frame["easting"].to_numpy(float), frame["northing"].to_numpy(float))
    codes, shapes = _shapes(session, "lad-2025-05-bgc", districts)
    homes, gap = areas_of_points(codes, shapes, points, reach_m=0.0)
    newer = frame["lad_code"].isna().to_numpy()
    here = ~newer | (gap == 0.0)
    frame["lad_code"] = frame["lad_code"].where(~newer, pd.Series(homes, index=frame.index))
    for column, release, wanted in (
        ("lsoa11_code", "lsoa-2011-12-bgc", small.codes11),
        ("lsoa21_code", "lsoa-2021-12-bgc", small.codes21),
    ):
        named, _ = areas_of_points(*_shapes(session, release, wanted), points)
        frame[column] = named
    return frame[here].reset_index(drop=True)


def _store_people(
    session: Session, mirror: Path, small: lookups.SmallAreas, postcodes: pd.DataFrame
) -> None:
    """Store people, households and postcode counts of both sets; people of 2021 are re-based and marked."""
    weights = lookups.read_people(mirror, small.codes11, small.codes21)
    people = weights[weights["measure"] == "people"].set_index("code")["value"]
    current = postcodes[postcodes["status"] == "current"]
    rebased = rebase_counts(small.links, people, current[["lsoa11_code", "lsoa21_code"]].dropna())
    later = rebased.reset_index().rename(columns={"lsoa21_code": "code"})
    later = later[later["code"].isin(small.codes21)].assign(
        area_set="lsoa-2021", measure="people", period="mid-2020",
        estimated=True, source="re-based from LSOA 2011: official links, postcode counts where split",
    )  # fmt: skip
    frames = [weights, later]
    for column, area_set in (("lsoa11_code", "lsoa-2011"), ("lsoa21_code", "lsoa-2021")):
        counts = current[column].value_counts()
        frames.append(
            pd.DataFrame({"code": counts.index, "value": counts.to_numpy()}).assign(
                area_set=area_set, measure="postcodes", period="November 2025", estimated=False,
                source="ONS Postcode Directory and Code-Point Open, current postcodes",
            )
        )  # fmt: skip
    store_weights(session, pd.concat(frames, ignore_index=True))


def _note_shares(session: Session) -> None:
    """Give each small-area link the share of people it passed on, from the counts now stored."""
    session.execute(
        text(
            "UPDATE successions AS s SET share = 1.0 WHERE s.share IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM successions AS o WHERE o.old_code = s.old_code AND o.new_code <> s.new_code)"
        )
    )
    session.execute(
        text(
            "WITH pairs AS (SELECT lsoa11_code AS old_code, lsoa21_code AS new_code, count(*) AS n"
            " FROM postcodes WHERE status = 'current' GROUP BY 1, 2)"
            " UPDATE successions AS s SET share = p.n / t.total"
            " FROM pairs AS p JOIN (SELECT old_code, sum(n)::float AS total FROM pairs GROUP BY 1) AS t"
            " USING (old_code) WHERE s.share IS NULL AND s.old_code = p.old_code AND s.new_code = p.new_code"
        )
    )
