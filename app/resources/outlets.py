"""Stores places of service from published tables: placed by their point, else by their postcode; one file once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.resources.files import begin_file, finish_file
from app.resources.methods.place import name_key
from app.resources.readers.outlets import LAYOUTS, StatedOutlet, read_services
from app.resources.storing import ImportReport, Publication
from app.resources.tables import Outlet
from boundaries.crs import BNG, NATIONAL_GRID_EXTENT, WGS84, to_bng, to_wgs84
from boundaries.database import among, copy_rows, named_sql
from boundaries.errors import Fault
from boundaries.gss import is_gss_code
from boundaries.tables import Area, Postcode

_COLUMNS = (
    "id", "file_id", "row", "kind", "subtype", "identifier", "name", "address", "postcode", "lad_code",
    "ward_code", "lsoa_code", "opened_on", "observed", "same_as", "placed_by", "geom", "geom_wgs84",
)  # fmt: skip
Points = NDArray[np.object_]


def load_services(session: Session, path: Path, publication: Publication) -> ImportReport:
    """Load one published table of services, whole; `publication.kind` is its id in the catalogue.

    A service of the same kind, identifier and time of observation that another file brought is not
    stored again but listed as elsewhere; one seen at another time is stored and points to the
    earlier (`same_as`). Services without a point take their postcode's, where that is loaded.
    Raises FileRefused.
    """
    read = read_services(path, path.name, LAYOUTS[publication.kind])
    held = _held(session, read.services, publication.kind)
    stated = [each for each in read.services if (_key(each), each.observed) not in held]
    elsewhere = [
        Fault(
            f"The same service is stored already, as {held[_key(each), each.observed]}.",
            file=path.name, row=each.row, column="identifier", value=each.identifier or "",
            rule="identifier-elsewhere",
        )
        for each in read.services
        if (_key(each), each.observed) in held
    ]  # fmt: skip
    refused = len({fault.row for fault in read.faults})
    if elsewhere and not stated:
        return ImportReport(
            path.name, publication.title, publication.kind, read.rows_in, 0, read.rows_in, False,
            same_as="the services of another file", faults=tuple(read.faults), elsewhere=tuple(elsewhere),
        )  # fmt: skip
    begun = begin_file(session, path, publication, read.rows_in, refused + len(elsewhere))
    if begun.same_as is not None:
        return begun.already_here(read.rows_in)
    earlier = {key: each for (key, _), each in held.items()}
    notes = list(read.notes)
    codes = _mended_codes(session, stated, path.name, notes)
    metric, degrees, placed_by = outlet_points(session, stated, path.name, notes)
    rows = (
        (
            f"{publication.kind}:{each.row}", begun.file_id, each.row, each.kind, each.subtype, each.identifier,
            each.name, each.address, each.postcode, code, each.ward_code, each.lsoa_code, each.opened_on,
            each.observed, earlier.get(_key(each)), by, point_hex(point, BNG), point_hex(degree, WGS84),
        )
        for each, code, by, point, degree in zip(stated, codes, placed_by, metric, degrees, strict=True)
    )  # fmt: skip
    copy_rows(session, "services", _COLUMNS, rows)
    return finish_file(session, begun, read.faults, notes, elsewhere)


def _key(stated: StatedOutlet) -> tuple[str, str]:
    return stated.kind, stated.identifier or ""


def _held(
    session: Session, stated: Sequence[StatedOutlet], kind: str
) -> dict[tuple[tuple[str, str], str], str]:
    """Give (kind, identifier), observed → id of services that other files brought; the first by id."""
    identifiers = sorted({each.identifier for each in stated if each.identifier})
    rows = session.execute(
        select(
            Outlet.kind, Outlet.identifier, Outlet.observed, func.min(Outlet.id)
        )
        .where(
            among(Outlet.identifier, identifiers), ~Outlet.file_id.like(f"{kind}-%")
        )
        .group_by(Outlet.kind, Outlet.identifier, Outlet.observed)
    )  # fmt: skip
    return {((row[0], str(row[1])), row[2]): row[3] for row in rows}


def _mended_codes(
    session: Session, stated: Sequence[StatedOutlet], name: str, notes: list[Fault]
) -> list[str | None]:
    """Give each service's district: the code as stated, or the only one it lacks a figure of that bears the name."""
    rows = session.execute(
        select(Area.code, Area.name).where(Area.type == "lad", Area.demo.is_(False))
    )
    named: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        named[name_key(row[1])].append(row[0])
    found: list[str | None] = []
    for each in stated:
        code = each.lad_code
        if code is None or is_gss_code(code):
            found.append(code)
            continue
        fits = [one for one in named[name_key(each.lad_name or "")] if _lacks_one(code, one)]
        found.append(fits[0] if len(fits) == 1 else None)
        said = f"read as {fits[0]}" if len(fits) == 1 else "kept without a district's code"
        notes.append(
            Fault(
                f"The district's code lacks a figure; {said}.",
                file=name, row=each.row, column="area_code", value=code, rule="code-lacks-a-figure",
            )
        )  # fmt: skip
    return found


def _lacks_one(written: str, code: str) -> bool:
    """Say whether `written` is `code` with one character left out."""
    return len(written) + 1 == len(code) and any(
        code[:at] + code[at + 1 :] == written for at in range(len(code))
    )


def outlet_points(
    session: Session, stated: Sequence[StatedOutlet], name: str, notes: list[Fault]
) -> tuple[Points, Points, list[str | None]]:
    """Place services: their points in metres and in degrees (None where there is none), and what each was placed by."""
    metric, degrees = (
        np.full(len(stated), None, dtype=object),
        np.full(len(stated), None, dtype=object),
    )
    given = np.array([each.x is not None for each in stated], dtype=bool)
    in_metres = np.array([each.metric for each in stated], dtype=bool)
    drawn = np.array(
        [None if each.x is None else shapely.Point(each.x, each.y) for each in stated], dtype=object
    )
    for chosen, into in ((given & in_metres, metric), (given & ~in_metres, degrees)):
        into[chosen] = drawn[chosen]
    metric[given & ~in_metres] = to_bng(degrees[given & ~in_metres])
    inside = np.array([_on_grid(point) for point in metric], dtype=bool)
    for at in np.flatnonzero(given & ~inside).tolist():
        notes.append(
            Fault(
                "The point lies outside the National Grid; kept without one.",
                file=name, row=stated[at].row, value=f"{stated[at].x}, {stated[at].y}", rule="point-on-the-grid",
            )
        )  # fmt: skip
        metric[at] = degrees[at] = None
    placed_by: list[str | None] = ["point" if point is not None else None for point in metric]
    centres = _postcode_points(
        session,
        (each.postcode for each, point in zip(stated, metric, strict=True) if point is None),
    )
    for at, each in enumerate(stated):
        if metric[at] is None and each.postcode in centres:
            metric[at], placed_by[at] = shapely.Point(*centres[each.postcode]), "postcode"
    lacking = np.array(
        [m is not None and d is None for m, d in zip(metric, degrees, strict=True)], dtype=bool
    )
    degrees[lacking] = to_wgs84(metric[lacking])
    return metric, degrees, placed_by


def place_services_again(session: Session) -> int:
    """Place services that have a postcode and no point, where postcodes were loaded after them; says how many."""
    done = session.execute(named_sql(__file__, "place_by_postcode"))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _on_grid(point: object) -> bool:
    if point is None:
        return False
    west, south, east, north = NATIONAL_GRID_EXTENT
    x, y = float(shapely.get_x(point)), float(shapely.get_y(point))
    return west <= x <= east and south <= y <= north


def _postcode_points(
    session: Session, postcodes: Iterable[str | None]
) -> dict[str | None, tuple[float, float]]:
    wanted = sorted({each for each in postcodes if each})
    rows = session.execute(
        select(Postcode.postcode, Postcode.easting, Postcode.northing).where(
            among(Postcode.postcode, wanted), Postcode.easting.is_not(None)
        )
    )
    return {row[0]: (float(row[1]), float(row[2])) for row in rows}


def point_hex(point: object, system: int) -> str | None:
    """Write a point as the database takes it; None for none."""
    if point is None:
        return None
    return str(shapely.to_wkb(shapely.set_srid(point, system), hex=True, include_srid=True))
