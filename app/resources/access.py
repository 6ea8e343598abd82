"""Access to services: the nearest, how many within a distance, how many people live beyond it, by straight lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.neighbourhoods.figures import GroundFigures, choose_set, figures_of
from app.neighbourhoods.queries import get_neighbourhood, get_version
from app.neighbourhoods.within import index_of_set
from app.partnerships.queries import get_partnership
from app.priorities.queries import Place, find_ground, find_partnership_place
from app.resources.beside_queries import files_of_kind, sources_of
from app.resources.methods import access as method
from app.resources.tables import ResourceFile
from boundaries.database import named_sql
from boundaries.errors import Fault, Invalid
from boundaries.footprints import Ground, outline_of_codes, read_ground
from boundaries.queries import LayerMissing, demo_of, get_area

REACH_M = 100_000.0
FARTHEST_M = 10_000.0
DEFAULT_M = 1_600.0
# Of a kind with at most so many services each one is looked at; of others the index is walked outwards.
FEW = 1_000
MOST_ORIGINS, MOST_CATCHMENTS = 8_000, 6_000
# A district that holds less of a file's services is only brushed by it, over a border.
BRUSHED = 0.05
# A directory of services holds what its publisher knows of, nowhere the whole country.
OPEN_REFERRAL = "open-referral"
NOTE = (
    "Straight-line distances, multiplied by nothing: no road is known. People stand at the mean of their small "
    "area's current postcodes, those of an estate at its postcodes. "
    f"Beyond {REACH_M / 1000:g} km nothing is near. A source that holds a part of the country tells only of its "
    "districts: of people elsewhere nothing is said."
)
CATCHMENTS = (
    "services per 1,000 people by enhanced two-step floating catchments, 1 / 0.68 / 0.22 at 1 / 2 / 5 km; each "
    "service counts as one, shared by all who live within 5 km of it, also beyond the place asked about"
)


@dataclass(frozen=True)
class Origins:
    """Where people are: codes (small areas, or an estate's postcodes), points in metres, people (NaN not known)."""

    what: str
    area_set: str
    demo: bool
    codes: list[str]
    names: list[str]
    easting: NDArray[np.float64]
    northing: NDArray[np.float64]
    people: NDArray[np.float64]
    districts: list[str | None]


class AccessAsked(NamedTuple):
    """What is asked: a kind of service, how far counts as near, and whether catchments are worked out."""

    kind: str
    distance_m: float = DEFAULT_M
    catchments: bool = False


@dataclass(frozen=True)
class Access:
    """Who is near which service: a row an origin (code, name, people, nearest, metres, within), and the sum of it."""

    rows: list[dict[str, Any]]
    summary: dict[str, Any]
    sources: list[dict[str, Any]]


def origins_of_place(
    session: Session, *, within: str | None = None, partnership: str | None = None,
    neighbourhood: str | None = None, area_type: str = "lsoa",
) -> Origins:  # fmt: skip
    """Say where the people of one place are: an area's or a partnership's small areas, an estate's postcodes.

    Raises Invalid, UnknownArea, UnknownPartnership, UnknownNeighbourhood, LayerMissing.
    """
    if sum(each is not None for each in (within, partnership, neighbourhood)) != 1:
        detail = "say of which place: within, partnership or neighbourhood"
        raise Invalid(detail, [Fault(detail, pointer="/within")])
    if area_type != "lsoa":
        detail = "people's whereabouts are known by small area: area_type is lsoa"
        raise Invalid(detail, [Fault(detail, pointer="/area_type", value=area_type[:20])])
    if neighbourhood is not None:
        get_neighbourhood(session, neighbourhood)
        ground = read_ground(session, get_version(session, neighbourhood).footprint_id)
        return origins_of_ground(session, ground)
    if partnership is not None:
        demo = get_partnership(session, partnership).demo
        release, area_set = choose_set(session, None, demo=demo)
        place = find_partnership_place(session, partnership)
        codes = small_areas_of(session, place, area_set, demo=demo)
    else:
        assert within is not None
        area = get_area(session, within)
        demo = demo_of([within])
        release, area_set = choose_set(session, None, demo=demo)
        codes = small_areas_of(session, Place(area.name, (area.code,)), area_set, demo=demo)
    return origins_of_areas(session, codes, area_set, release.id, demo=demo)


def small_areas_of(session: Session, place: Place, area_set: str, *, demo: bool) -> list[str]:
    """List a place's small areas of a set. Raises NoSmallAreas, LayerMissing."""
    index = index_of_set(session, area_set, demo=demo)
    if index is None:
        raise LayerMissing(
            f"no index of {area_set} is loaded, so a place's small areas are not known"
        )
    return [str(code) for code in find_ground(session, place, index).codes]


def origins_of_areas(
    session: Session, codes: Sequence[str], area_set: str, release_id: str, *, demo: bool
) -> Origins:
    """Put the people of small areas at the mean of their current postcodes."""
    rows = session.execute(
        named_sql(__file__, "centres_of_people"),
        {"codes": list(codes), "area_set": area_set, "release_id": release_id},
    ).all()
    table = np.array([row[2:5] for row in rows], dtype=np.float64).reshape(len(rows), 3)
    return Origins(
        "small areas", area_set, demo, [row[0] for row in rows], [row[1] for row in rows],
        table[:, 0], table[:, 1], table[:, 2], [row.lad_code for row in rows],
    )  # fmt: skip


def origins_of_ground(
    session: Session, ground: Ground, *, figures: GroundFigures | None = None
) -> Origins:
    """Put the people of an estate at the postcodes in it: a small area's share of people, each postcode the same."""
    figures = figures or figures_of(session, ground)
    weights = figures.weights
    whole = [str(code) for code in weights.index[weights["people_share"].ge(1)]]
    outline = ground.outline
    if ground.kind == "codes" and len(whole) < len(weights):
        assert ground.as_at is not None, "ground of codes has a day"
        outline = outline_of_codes(session, ground.codes, ground.as_at, demo=ground.demo)[0]
    rows = session.execute(
        named_sql(__file__, "postcodes_in_ground"),
        {"codes": [str(code) for code in weights.index], "area_set": figures.area_set,
         "listed": list(ground.postcodes) or None, "whole": whole,
         "outline": None if outline is None else outline.wkb},
    ).all()  # fmt: skip
    frame = pd.DataFrame(rows, columns=["postcode", "code", "easting", "northing", "people", "lad"])
    share = frame["code"].map(weights["people_share"]).to_numpy(dtype=np.float64)
    number = frame.groupby("code")["postcode"].transform("size").to_numpy(dtype=np.float64)
    people = (
        frame["people"].to_numpy(dtype=np.float64) * share / np.where(number > 0, number, np.nan)
    )
    return Origins(
        "postcodes", figures.area_set, ground.demo, list(frame["postcode"]), list(frame["postcode"]),
        frame["easting"].to_numpy(dtype=np.float64), frame["northing"].to_numpy(dtype=np.float64), people,
        list(frame["lad"]),
    )  # fmt: skip


def access_to(session: Session, origins: Origins, asked: AccessAsked) -> Access:
    """Say how near some people are to a kind of service.

    Raises Invalid for a kind that there is not, and for more people than are asked about at once.
    """
    if len(origins.codes) > MOST_ORIGINS:
        detail = f"{len(origins.codes):,} {origins.what} are too many at once: ask about a region at most"
        raise Invalid(detail, [Fault(detail, pointer="/within")])
    files, number = files_of_kind(session, asked.kind, demo=origins.demo)
    found = session.execute(
        named_sql(__file__, "nearest_of_few" if number <= FEW else "nearest_services"),
        {"eastings": origins.easting.tolist(), "northings": origins.northing.tolist(), "kind": asked.kind,
         "files": [each.id for each in files], "reach_m": REACH_M, "distance_m": asked.distance_m},
    ).all()  # fmt: skip
    metres = np.array([row.metres for row in found], dtype=np.float64)
    covered = covered_origins(session, origins, asked.kind, files)
    told = np.where(covered, origins.people, np.nan)
    beyond = method.people_beyond(metres, told, asked.distance_m)
    reached = _catchments(session, origins, asked, [each.id for each in files])
    rows = [
        {
            "code": code, "name": name, "people": method.rounded(people), "within": row.within,
            "nearest": None if row.id is None else {
                "id": row.id, "name": row.name, "distance_m": method.rounded(row.metres), "distance": "straight line",
            },
            "covered": covered[at],
            "beyond": None if not covered[at] else row.metres is None or row.metres > asked.distance_m,
            **({} if reached is None else {"services_per_1000_people": method.rounded(1000 * reached[at], 4)}),
        }
        for at, (code, name, people, row) in enumerate(
            zip(origins.codes, origins.names, origins.people.tolist(), found, strict=True)
        )
    ]  # fmt: skip
    summary = {
        "kind": asked.kind, "distance_m": asked.distance_m, "origins": origins.what, "origins_total": len(rows),
        "area_set": origins.area_set, "services": number,
        "people": method.rounded(beyond.of), "people_beyond": method.rounded(beyond.people),
        "share_beyond": None if beyond.share is None else round(beyond.share, 6),
        "without_people": int(np.isnan(origins.people).sum()),
        "people_not_covered": method.rounded(float(np.nansum(origins.people[~np.array(covered, dtype=bool)]))),
        "mean_distance_m": method.rounded(method.mean_distance(metres, told)),
    }  # fmt: skip
    return Access(rows, summary, sources_of(session, [each.kind for each in files]))


def covered_origins(
    session: Session, origins: Origins, kind: str, files: Sequence[ResourceFile]
) -> list[bool]:
    """Say of which origins the sources can tell: all where one holds the country, else those in their districts.

    Of the other ones nothing is claimed: that nothing is known there is not that nothing is there.
    """
    if any(file.coverage is None and file.kind != OPEN_REFERRAL for file in files):
        return [True] * len(origins.codes)
    asked = sorted({district for district in origins.districts if district is not None})
    districts = session.scalars(
        named_sql(__file__, "districts_covered"),
        {"kind": kind, "files": [file.id for file in files], "districts": asked, "least": BRUSHED},
    )
    held = set(districts)
    return [district in held for district in origins.districts]


def _catchments(
    session: Session, origins: Origins, asked: AccessAsked, files: Sequence[str]
) -> NDArray[np.float64] | None:
    """Work out floating catchments, with the people beyond the place who share the same services."""
    if not asked.catchments:
        return None
    if len(origins.codes) > MOST_CATCHMENTS or origins.what != "small areas":
        detail = f"catchments are worked out for at most {MOST_CATCHMENTS:,} small areas: ask about a smaller place"
        raise Invalid(detail, [Fault(detail, pointer="/catchments")])
    release, _ = choose_set(session, origins.area_set, demo=origins.demo)
    near = session.execute(
        named_sql(__file__, "small_areas_around"),
        {"eastings": origins.easting.tolist(), "northings": origins.northing.tolist(),
         "around_m": 2 * method.CATCHMENT_M, "release_id": release.id},
    ).scalars()  # fmt: skip
    all_of_them = origins_of_areas(
        session, sorted({*near, *origins.codes}), origins.area_set, release.id, demo=origins.demo
    )
    pairs = session.execute(
        named_sql(__file__, "catchment_pairs"),
        {"eastings": all_of_them.easting.tolist(), "northings": all_of_them.northing.tolist(),
         "kind": asked.kind, "files": list(files), "catchment_m": method.CATCHMENT_M},
    ).all()  # fmt: skip
    names = sorted({row.id for row in pairs})
    order = {name: at for at, name in enumerate(names)}
    reached = method.floating_catchments(
        np.array([row.position - 1 for row in pairs], dtype=np.intp),
        np.array([order[row.id] for row in pairs], dtype=np.intp),
        np.array([row.metres for row in pairs], dtype=np.float64),
        all_of_them.people, np.ones(len(names)),
    )  # fmt: skip
    place = {code: at for at, code in enumerate(all_of_them.codes)}
    return reached[[place[code] for code in origins.codes]]
