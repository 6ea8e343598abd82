"""Holds the lookups against the outlines loaded here, stores where they disagree, and says which is used.

METHODS.md 1.2 and 8: at 20 m outlines a small area lies to at least 0.89 in its true district and to
at most 0.05 in another, so a lookup whose district holds less than that is taken to be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.sources.outcome import RowFinding
from boundaries.methods.cross_check import Drawn, cross_check
from boundaries.queries import outlines
from boundaries.sources.files import Files, read_table
from boundaries.sources.lookups import LSOA11, LSOA21
from boundaries.sources.wards import WARDS_2023, WARDS_2025
from boundaries.storing import store_disagreements
from boundaries.tables import Boundary, LookupDisagreement, Membership


class HomeLookup(NamedTuple):
    """A lookup of small areas that nest in districts, and the releases that draw both.

    parent_releases: the first that is loaded is used.
    """

    path: str
    child_column: str
    district_column: str
    child_release: str
    parent_releases: tuple[str, ...]


HOMES = (
    HomeLookup(LSOA21, "LSOA21CD", "ltla24_code", "lsoa-2021-12-bgc", ("lad-2023-05-bgc", "lad-2025-05-bgc")),
    HomeLookup(LSOA11, "lsoa11_code", "ltla21_code", "lsoa-2011-12-bgc", ("lad-2021-12-bgc", "lad-2025-05-bgc")),
)  # fmt: skip

# Areas drawn more coarsely: a disagreement is listed, and the lookup stays in use.
LISTED_ONLY = (
    (LSOA21, "msoa-2021-12-bsc", ("lad-2023-05-bgc", "lad-2025-05-bgc")),
    (LSOA11, "msoa-2011-12-bsc", ("lad-2021-12-bgc", "lad-2025-05-bgc")),
    (WARDS_2023, "wd-2023-05-bsc", ("lad-2023-05-bgc",)),
    (WARDS_2025, "wd-2025-05-bgc", ("lad-2025-05-bgc",)),
)

# Gives the outlines of some children of a release; None asks for all.
Draw = Callable[[str, Collection[str] | None], Drawn]


class Checked(NamedTuple):
    """What a check found.

    disagreements: rows of the table lookup_disagreements. moved: path of a lookup -> child -> the
    district of today that its outline lies in, where that is used. findings: path of a lookup -> its
    rows that are read otherwise than written. children: path -> all that were checked.
    """

    disagreements: dict[str, pd.DataFrame]
    moved: dict[str, dict[str, str]]
    findings: dict[str, tuple[RowFinding, ...]]
    children: dict[str, list[str]]

    @classmethod
    def nothing(cls) -> Checked:
        """Say that nothing was checked."""
        return cls({}, {}, {}, {})


def drawn_here(session: Session) -> Draw:
    """Give outlines from the releases loaded here."""

    def draw(release_id: str, codes: Collection[str] | None) -> Drawn:
        frame = outlines(session, release_id, None if codes is None else sorted(codes))
        return Drawn(
            frame["code"].to_numpy(dtype=object), np.asarray(frame.geometry.array, dtype=object)
        )

    return draw


def check_homes(
    session: Session,
    files: Files,
    active: Mapping[str, str],
    draw: Draw,
    wanted: Mapping[str, Collection[str]] | None = None,
) -> Checked:
    """Hold the districts of small areas against the outlines; a lookup without both layers is passed over.

    Parameters
    ----------
    draw : gives the small areas' outlines, in metres and valid; the districts' are taken from here
    wanted : path of a lookup -> the small areas to check; None checks all of England
    """
    checked = Checked.nothing()
    for home in HOMES:
        parents = _first_drawn(session, home.parent_releases)
        children = draw(home.child_release, None if wanted is None else wanted[home.path])
        if parents is None or not len(children.codes):
            continue
        rows = read_table(files, home.path, [home.child_column, home.district_column])
        lookup = _in_release(
            rows[home.child_column], rows[home.district_column], set(parents[1].codes), active
        )
        found = cross_check(children, parents[1], lookup)
        found = found[found["disagrees"]]
        impossible = found[found["impossible"]]
        checked.disagreements[home.path] = _as_rows(found, home, parents[0])
        checked.children[home.path] = [str(code) for code in children.codes]
        checked.moved[home.path] = {
            row.child_code: active.get(row.outline_parent, row.outline_parent)
            for row in impossible.itertuples()
        }
        place = {code: at + 1 for at, code in enumerate(rows[home.child_column])}
        checked.findings[home.path] = tuple(
            RowFinding(
                place[row.child_code], row.child_code, "outline-parent",
                f"the file says {row.lookup_parent}, which holds {100 * row.lookup_share:.2f} % of it;"
                f" {row.outline_parent} holds {100 * row.outline_share:.2f} % and is used",
            )
            for row in impossible.itertuples()
        )  # fmt: skip
    return checked


def moved_here(session: Session, active: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Read back which small areas are taken by their outline: path of a lookup -> child -> district of today."""
    moved: dict[str, dict[str, str]] = {home.path: {} for home in HOMES}
    paths = {Path(home.path).name: home.path for home in HOMES}
    table = LookupDisagreement
    rows = session.scalars(select(table).where(table.used == "outline", table.lookup.in_(paths)))
    for row in rows:
        if row.outline_parent is not None:
            moved[paths[row.lookup]][row.child_code] = active.get(
                row.outline_parent, row.outline_parent
            )
    return moved


def store_checked(session: Session, checked: Checked) -> int:
    """Store what `check_homes` found; returns how many disagreements there are."""
    for home in HOMES:
        if home.path in checked.disagreements:
            store_disagreements(
                session, checked.disagreements[home.path], lookup=Path(home.path).name,
                child_release=home.child_release, children=checked.children[home.path],
            )  # fmt: skip
    return sum(len(rows) for rows in checked.disagreements.values())


def list_coarse_disagreements(session: Session) -> dict[str, int]:
    """Hold MSOAs and wards loaded here against the districts; returns release -> disagreements.

    The lookup stays in use: outlines at 200 m leave small areas where they are not.
    """
    counted: dict[str, int] = {}
    for path, child_release, parent_releases in LISTED_ONLY:
        parents = _first_drawn(session, parent_releases)
        children = drawn_here(session)(child_release, None)
        if parents is None or not len(children.codes):
            continue
        lookup = Path(path).name
        said = session.execute(
            select(Membership.child_code, Membership.parent_code)
            .join(Boundary, Boundary.code == Membership.child_code)
            .where(
                Boundary.release_id == child_release,
                Membership.lookup == lookup,
                Membership.parent_type == "lad",
                Membership.parent_code.in_([str(code) for code in parents[1].codes]),
            )
        ).all()
        found = cross_check(children, parents[1], {row[0]: row[1] for row in said})
        found = found[found["disagrees"]].assign(impossible=False)
        home = HomeLookup(path, "", "", child_release, parent_releases)
        store_disagreements(
            session, _as_rows(found, home, parents[0]), lookup=lookup, child_release=child_release,
            children=[str(code) for code in children.codes],
        )  # fmt: skip
        counted[child_release] = len(found)
    return counted


def _first_drawn(session: Session, releases: Collection[str]) -> tuple[str, Drawn] | None:
    for release_id in releases:
        drawn = drawn_here(session)(release_id, None)
        if len(drawn.codes):
            return release_id, drawn
    return None


def _in_release(
    children: pd.Series, districts: pd.Series, drawn: set[str], active: Mapping[str, str]
) -> dict[str, str]:
    """Name each child's district by the code that a release draws: as written, else as of today."""
    codes = {code: code if code in drawn else active.get(code, code) for code in set(districts)}
    return {
        child: codes[district]
        for child, district in zip(children, districts, strict=True)
        if codes[district] in drawn
    }


def _as_rows(found: pd.DataFrame, home: HomeLookup, parent_release: str) -> pd.DataFrame:
    rows = found.assign(
        lookup=Path(home.path).name, parent_type="lad", child_release=home.child_release,
        parent_release=parent_release, used=np.where(found["impossible"], "outline", "lookup"),
    )  # fmt: skip
    return rows.drop(columns=["disagrees", "impossible"])
