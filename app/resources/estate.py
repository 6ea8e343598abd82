"""What an estate has around it and what is not known of it: services by kind, money that cannot be placed on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.resources.access import DEFAULT_M, Origins, covered_origins, origins_of_ground
from app.resources.beside_queries import files_by_kind, sources_of
from app.resources.methods.estate_services import kinds_not_told, services_by_kind
from app.resources.programme_queries import codes_of
from boundaries.database import named_sql
from boundaries.footprints import Ground, outline_of_codes

AROUND_M = 5_000.0
NOTE = (
    f"Straight-line distances from the estate's postcodes; {AROUND_M / 1000:g} km around it are looked at. A service "
    "that two files hold counts once. Where no source tells of a kind here, none known is not none there."
)


def services_of_ground(session: Session, ground: Ground) -> dict[str, Any]:
    """Say which services are in and around some ground, by kind. Raises LayerMissing."""
    origins = origins_of_ground(session, ground)
    held = files_by_kind(session, demo=ground.demo)
    known = {
        kind: bool(origins.codes) and any(covered_origins(session, origins, kind, files))
        for kind, files in held.items()
    }
    files = {file.id: file for own in held.values() for file in own}
    services = _around(session, ground, origins, sorted(files))
    spots = np.stack([origins.easting, origins.northing], axis=1)
    rows = services_by_kind(
        services, spots, origins.people, known, distance_m=DEFAULT_M, around_m=AROUND_M
    )
    shown = {"id", "kind", "name", "subtype", "postcode"}
    inside = [
        {key: value for key, value in row.items() if key in shown}
        for row in services[services["is_inside"]].to_dict("records")
    ]
    return {
        "distance_m": DEFAULT_M, "around_m": AROUND_M, "kinds": rows, "inside": inside,
        "not_told": kinds_not_told(rows), "origins_total": len(origins.codes), "note": NOTE,
        "sources": sources_of(session, [files[each].kind for each in services["file_id"].unique()]),
    }  # fmt: skip


def _around(session: Session, ground: Ground, origins: Origins, files: list[str]) -> Any:
    import pandas as pd

    columns = [
        "id",
        "file_id",
        "kind",
        "name",
        "subtype",
        "postcode",
        "easting",
        "northing",
        "is_inside",
    ]
    if not origins.codes:
        return pd.DataFrame(columns=columns).astype({"is_inside": bool})
    outline = ground.outline
    if ground.kind == "codes":
        assert ground.as_at is not None, "ground of codes has a day"
        outline = outline_of_codes(session, ground.codes, ground.as_at, demo=ground.demo)[0]
    rows = session.execute(
        named_sql(__file__, "services_around"),
        {
            "west": float(origins.easting.min() - AROUND_M), "east": float(origins.easting.max() + AROUND_M),
            "south": float(origins.northing.min() - AROUND_M), "north": float(origins.northing.max() + AROUND_M),
            "files": files, "postcodes": origins.codes if origins.what == "postcodes" else [],
            "outline": None if outline is None else outline.wkb,
        },
    ).all()  # fmt: skip
    return pd.DataFrame(rows, columns=columns).astype({"is_inside": bool})


def money_around(
    session: Session, ground: Ground, *, partnership_slug: str | None, stage: str = "awarded"
) -> dict[str, dict[str, int]]:
    """Sum the money that is stated for the estate's districts, or only for recipients in them: none of it is counted.

    Returns what ("district", "recipient") → lines, pence, funders; both always there.
    """
    districts = [each for each in origins_of_ground(session, ground).districts if each]
    codes = sorted(codes_of(session, sorted(set(districts))))
    rows = session.execute(
        named_sql(__file__, "money_not_placed_here"),
        {"districts": codes, "stage": stage, "demo": ground.demo, "slug": partnership_slug},
    ).all()
    found = {
        row.what: {"lines": int(row.lines), "pence": int(row.pence), "funders": int(row.funders)}
        for row in rows
    }
    nothing = {"lines": 0, "pence": 0, "funders": 0}
    return {what: found.get(what, dict(nothing)) for what in ("district", "recipient")}
