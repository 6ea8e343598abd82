"""Reads what else an area is called: codes of other schemes, other names, and which area such a code stands for.

A code that stands for several areas on a day is refused with all of them: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from boundaries.errors import Conflict, Fault
from boundaries.tables import Area, AreaCode, AreaName

MOST_LISTED = 20  # of the areas that one code stands for


class AmbiguousCode(Conflict):
    """The code stands for several areas on that day; each is listed, by its own code."""

    slug = "ambiguous-code"
    title = "That code stands for several areas"


def codes_of(session: Session, area_code: str) -> list[dict[str, str]]:
    """List the codes that an area has in other schemes, as scheme and code."""
    rows = session.execute(
        select(AreaCode.scheme, AreaCode.code)
        .where(AreaCode.area_code == area_code)
        .order_by(AreaCode.scheme, AreaCode.code)
    )
    return [{"scheme": row[0], "code": row[1]} for row in rows]


def names_of(session: Session, area_code: str) -> list[dict[str, object]]:
    """List the other names of an area: name, kind (`former`, `also`, …), until (the first day without it), source."""
    rows = session.scalars(
        select(AreaName)
        .where(AreaName.area_code == area_code)
        .order_by(AreaName.kind, AreaName.name)
    )
    return [
        {"name": row.name, "kind": row.kind, "until": row.until, "source": row.source}
        for row in rows
    ]


def find_by_other_code(session: Session, written: str, day: date | None) -> Area | None:
    """Find the area that a code of another scheme stands for; None where no scheme here has it.

    Of several areas those alive on the day are meant: old codes of ONS were kept when a district was
    given another code of nine characters. Raises AmbiguousCode where that leaves none or several.
    """
    tidy = " ".join(written.split())
    areas = session.scalars(
        select(Area)
        .where(
            Area.code.in_(
                select(AreaCode.area_code).where(
                    or_(AreaCode.code == tidy, AreaCode.code == tidy.upper())
                )
            )
        )
        .order_by(Area.code)
    ).all()
    if len(areas) <= 1:
        return areas[0] if areas else None
    alive = [
        area
        for area in areas
        if day is not None
        and (area.valid_from is None or area.valid_from <= day)
        and (area.valid_to is None or area.valid_to > day)
    ]
    if len(alive) == 1:
        return alive[0]
    meant = alive or areas
    more = f" and {len(meant) - MOST_LISTED} more" if len(meant) > MOST_LISTED else ""
    told = ", ".join(f"{area.name} ({area.code})" for area in meant[:MOST_LISTED])
    raise AmbiguousCode(
        f"{tidy[:40]!r} stands for {told}{more}; name one by its own code",
        [Fault("one of these", pointer="/code", value=area.code) for area in meant[:MOST_LISTED]],
    )


def find_by_other_name(
    session: Session, folded: str, fold: Callable[[str], str]
) -> list[tuple[Area, AreaName]]:
    """List the districts and counties that bear or bore a name beside their own, compared folded.

    fold: what folds a name for comparing (`boundaries.queries.plain_name`); folded: the name asked for.
    """
    rows = session.execute(
        select(Area, AreaName)
        .join(AreaName, AreaName.area_code == Area.code)
        .where(Area.type.in_(["lad", "cty"]))
        .order_by(Area.code, AreaName.kind)
    ).all()
    return [(row[0], row[1]) for row in rows if fold(row[1].name) == folded]
