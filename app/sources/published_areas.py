"""Works out what the six downloaded files do not say: districts of today, links between the sets, where postcodes lie.

Nothing here reads or writes the database; outlines are valid and in metres of the National Grid.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from boundaries.methods.cross_check import BELONGS_SHARE, FALSE_SHARE, Drawn, cross_check
from boundaries.methods.locate import areas_of_points
from boundaries.methods.rebase import rebase_counts
from boundaries.sources.file7 import File7

ENGLAND = "E92000001"
WARD = "E05"  # how codes of English wards begin
# A postcode may lie a little beyond a generalised coast.
MARGIN_M = 1000.0


@dataclass(frozen=True)
class Homes:
    """The district of today of small areas.

    home: small area -> district. by_outline: those that their outline gave it to, as the file names a
    district that is no more or one in which the outline cannot lie. unplaced: those whose old district
    is no more and that no outline gave another. checked: all whose outline was held against it.
    disagreements: rows of `cross_check` where the file's district is one of today and the outline lies
    elsewhere.
    """

    home: dict[str, str]
    by_outline: set[str]
    unplaced: set[str]
    checked: list[str]
    disagreements: pd.DataFrame

    def within(self, districts: Collection[str]) -> set[str]:
        """Give the small areas of some districts."""
        return {code for code, district in self.home.items() if district in districts}


def find_homes(listed: File7, drawn: Drawn, districts: Drawn) -> Homes:
    """Give each small area of a File 7 its district of today: the file's where it is one, else by outline.

    Parameters
    ----------
    drawn : outlines of small areas; those it lacks keep the file's district, if it is one of today
    districts : the districts of today, all of them
    """
    written = dict(zip(listed.frame["code"], listed.frame["lad_code"], strict=True))
    today = {str(code) for code in districts.codes}
    found = cross_check(drawn, districts, written)
    is_old = ~found["lookup_parent"].isin(today)
    # An old district has no outline among those of today, so it holds nothing of the small area.
    moved = found[found["impossible"] & (found["outline_share"] >= BELONGS_SHARE)]
    home = {code: district for code, district in written.items() if district in today}
    home |= dict(zip(moved["child_code"], moved["outline_parent"], strict=True))
    return Homes(
        home, set(moved["child_code"]), set(written) - set(home), [str(code) for code in drawn.codes],
        found[found["disagrees"] & ~is_old],
    )  # fmt: skip


def beside(districts: Drawn, wanted: Collection[str]) -> set[str]:
    """Give some districts and those whose boxes meet theirs."""
    own = np.isin(districts.codes.astype(str), sorted(wanted))
    boxes = shapely.box(*shapely.bounds(districts.shapes).T)
    near = shapely.STRtree(boxes).query(boxes[own])[1]
    return {str(code) for code in districts.codes[np.unique(near)]} | set(wanted)


def find_links(older: Drawn, newer: Drawn, unchanged: Collection[str]) -> pd.DataFrame:
    """Link the small areas of 2011 to those of 2021: lsoa11_code, lsoa21_code, change_code (U, S, M, X).

    Parameters
    ----------
    older, newer : the areas to be linked that only their own set has
    unchanged : codes that both sets have; of the official links every one of them is unchanged

    Notes
    -----
    Two areas are linked where one holds at least 0.05 of the other: as borders are drawn to 20 m,
    neighbours share less. Of the 2,045 official links between changed areas that finds 2,043, and
    no other (all of England, both sets at 20 m).
    """
    old, new = shapely.STRtree(newer.shapes).query(older.shapes, predicate="intersects")
    shared_m2 = shapely.area(shapely.intersection(older.shapes[old], newer.shapes[new]))
    smaller_m2 = np.minimum(shapely.area(older.shapes)[old], shapely.area(newer.shapes)[new])
    kept = shared_m2 >= FALSE_SHARE * smaller_m2
    pairs = pd.DataFrame(
        {"lsoa11_code": older.codes[old[kept]], "lsoa21_code": newer.codes[new[kept]]}
    )
    several_new = pairs["lsoa11_code"].duplicated(keep=False)
    several_old = pairs["lsoa21_code"].duplicated(keep=False)
    pairs["change_code"] = np.select(
        [several_new & ~several_old, several_old & ~several_new], ["S", "M"], default="X"
    )
    # A chain of splits and mergers is neither.
    tangled = pairs.groupby("lsoa11_code")["change_code"].transform("nunique") > 1
    tangled |= pairs.groupby("lsoa21_code")["change_code"].transform("nunique") > 1
    pairs.loc[tangled, "change_code"] = "X"
    same = sorted(unchanged)
    alike = pd.DataFrame({"lsoa11_code": same, "lsoa21_code": same}).assign(change_code="U")
    return pd.concat([alike, pairs], ignore_index=True).sort_values(
        ["lsoa11_code", "lsoa21_code"], ignore_index=True
    )


@dataclass(frozen=True)
class PostcodesFound:
    """The postcodes of some districts.

    frame: postcode, easting, northing, lad_code, lsoa11_code, lsoa21_code, and ward_code where the list
    has it. by_outline: how many have their district from the outline. placeless: how many the list
    gives to these districts without a place (at 0, 0).
    """

    frame: pd.DataFrame
    by_outline: int
    placeless: int


def find_district(listed: pd.DataFrame, districts: Drawn, postcode: str) -> str | None:
    """Find a postcode's district of today in Code-Point Open's frame; None where it is not there or nowhere."""
    rows = listed[listed["postcode"] == postcode]
    if rows.empty:
        return None
    row = rows.iloc[0]
    if row["lad_code"] in set(districts.codes):
        return str(row["lad_code"])
    point = shapely.points([(float(row["easting"]), float(row["northing"]))])
    code = areas_of_points(districts.codes, districts.shapes, point, reach_m=0.0)[0][0]
    return None if code is None else str(code)


def find_postcodes(
    listed: pd.DataFrame,
    wanted: Collection[str],
    districts: Drawn,
    small: Mapping[str, Drawn],
) -> PostcodesFound:
    """Give the postcodes of the districts wanted, each with its small areas by outline.

    Parameters
    ----------
    listed : the frame of `read_code_point_open`; its district counts where it is one of today
    small : column to fill -> the small areas of the districts wanted
    """
    here = listed[listed["country_code"] == ENGLAND]
    home = here["lad_code"].astype(object).to_numpy(copy=True)
    known = np.isin(home.astype(str), districts.codes.astype(str))
    easting, northing = here["easting"].to_numpy(), here["northing"].to_numpy()
    placed = (easting != 0) | (northing != 0)
    at = np.flatnonzero(~known & placed & _in_box(easting, northing, districts, wanted))
    points = shapely.points(easting[at].astype(float), northing[at].astype(float))
    home[at] = areas_of_points(districts.codes, districts.shapes, points, reach_m=0.0)[0]
    ours = np.isin(home.astype(str), sorted(wanted))
    kept = ours & placed
    told = [name for name in ("postcode", "easting", "northing", "ward_code") if name in here]
    frame = here[told][kept].assign(lad_code=home[kept])
    points = shapely.points(easting[kept].astype(float), northing[kept].astype(float))
    for column, areas in small.items():
        frame[column] = areas_of_points(areas.codes, areas.shapes, points)[0]
    return PostcodesFound(
        frame.reset_index(drop=True), int((kept & ~known).sum()), int((ours & ~placed).sum())
    )


def find_wards(postcodes: pd.DataFrame, column: str) -> pd.DataFrame:
    """Give each small area the ward of most of its postcodes: child_code, parent_code; none where no ward is listed.

    column : of the small areas, in the frame of `find_postcodes`
    """
    if "ward_code" not in postcodes:
        return pd.DataFrame({"child_code": [], "parent_code": []})
    known = postcodes[postcodes["ward_code"].str.startswith(WARD, na=False)]
    counted = known.groupby([column, "ward_code"]).size().rename("postcodes").reset_index()
    counted = counted.sort_values(
        [column, "postcodes", "ward_code"], ascending=[True, False, True], ignore_index=True
    )
    most = counted.drop_duplicates(column)[[column, "ward_code"]]
    return most.set_axis(["child_code", "parent_code"], axis=1)


def _in_box(
    easting: NDArray[np.int32],
    northing: NDArray[np.int32],
    districts: Drawn,
    wanted: Collection[str],
) -> NDArray[np.bool_]:
    own = np.isin(districts.codes.astype(str), sorted(wanted))
    west, south, east, north = shapely.total_bounds(districts.shapes[own])
    return np.asarray(
        (easting >= west - MARGIN_M) & (easting <= east + MARGIN_M)
        & (northing >= south - MARGIN_M) & (northing <= north + MARGIN_M)
    )  # fmt: skip


def count_people(
    listed: Mapping[str, File7],
    homes: Mapping[str, Homes],
    wanted: Collection[str],
    links: pd.DataFrame,
    postcodes: pd.DataFrame,
) -> pd.DataFrame:
    """Give people of small areas and districts, and postcodes of small areas, as rows of `weights`.

    Parameters
    ----------
    listed, homes : by set of small areas, `lsoa-2011` and `lsoa-2021`
    wanted : districts whose small areas are given
    postcodes : the frame of `find_postcodes`

    Returns
    -------
    code, area_set, measure, period, value, estimated, source. What a file leaves out is absent. People
    of 2021 are the file's own where it has them, else those of 2011 re-based and marked estimated.
    Districts (all of England) are sums of the small areas of 2011; one of which any is missing is
    absent.
    """
    first, second = listed["lsoa-2011"], listed["lsoa-2021"]
    frames = [
        _people(each, homes[each.area_set].within(wanted))
        for each in (first, second)
        if each.period
    ]
    pairs = postcodes.groupby(["lsoa11_code", "lsoa21_code"]).size().rename("postcodes")
    if first.period and not second.period:
        counted = frames[0].set_index("code")["value"]
        later = rebase_counts(links, counted, pairs.reset_index()).reset_index()
        later = later.rename(columns={"lsoa21_code": "code"})
        frames.append(
            later[later["code"].isin(homes["lsoa-2021"].within(wanted))].assign(
                area_set="lsoa-2021", measure="people", period=first.period, estimated=True,
                source="re-based from LSOA 2011: outlines, postcode counts where split",
            )
        )  # fmt: skip
    if first.period:
        frames.append(_people_of_districts(first, homes["lsoa-2011"]))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def count_postcodes(postcodes: pd.DataFrame, period: str) -> pd.DataFrame:
    """Count the postcodes of each small area of both sets, as rows of `weights`."""
    frames = []
    for column, area_set in (("lsoa11_code", "lsoa-2011"), ("lsoa21_code", "lsoa-2021")):
        counts = postcodes.groupby(column).size()
        frames.append(
            pd.DataFrame({"code": counts.index, "value": counts.to_numpy()}).assign(
                area_set=area_set, measure="postcodes", period=period, estimated=False,
                source="Code-Point Open, by outline",
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _people(listed: File7, codes: Collection[str]) -> pd.DataFrame:
    rows = listed.frame[listed.frame["code"].isin(codes)].dropna(subset="people")
    return pd.DataFrame({"code": rows["code"], "value": rows["people"].astype(int)}).assign(
        area_set=listed.area_set, measure="people", period=listed.period, estimated=False,
        source=f"File 7 of the Indices, denominators of {listed.area_set}",
    )  # fmt: skip


def _people_of_districts(listed: File7, homes: Homes) -> pd.DataFrame:
    """Sum people by district of today; none for a district that may lack an unplaced small area."""
    frame = listed.frame.assign(home=listed.frame["code"].map(homes.home))
    sums = frame.groupby("home")["people"].agg(lambda people: people.sum(skipna=False))
    if homes.unplaced:
        # They lay in districts that are no more: any district that the file does not name may hold them.
        sums = sums[sums.index.isin(frame["lad_code"])]
    sums = sums.dropna().astype(int)
    return pd.DataFrame({"code": sums.index, "value": sums.to_numpy()}).assign(
        area_set="lad", measure="people", period=listed.period, estimated=False,
        source=f"File 7 of the Indices, denominators of {listed.area_set}",
    )  # fmt: skip
