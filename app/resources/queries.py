"""Reads of money: a partnership's ground, the files a ledger rests on, and what is known for placing lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from app.partnerships.tables import Partnership
from app.resources.methods.ledger import Neighbourhood, ground_held
from app.resources.methods.relate import Ground
from app.resources.tables import (
    Programme,
    ProgrammeAllocation,
    ResourceFile,
    ResourceLine,
    ResourceRefusal,
)
from boundaries.database import among, named_sql
from boundaries.errors import NotFound
from boundaries.moments import once_a_moment
from boundaries.tables import Membership, Postcode, Weight

# The set that pages and the ledger take unless told otherwise: its people are published, not estimated.
SETS = ("lsoa-2011", "lsoa-2021")
_OWN_LOOKUP = {"lsoa-2011": "lsoa11%", "lsoa-2021": "lsoa21%"}


class GroundNotLoaded(NotFound):
    """The partnership's small areas are not here, so nothing can be said to lie inside it."""

    slug = "ground-not-loaded"
    title = "Its small areas are not loaded"


class UnknownResourceFile(NotFound):
    """No file of money has that id."""

    slug = "unknown-resource-file"
    title = "No such file of resources"


class GroundFound(NamedTuple):
    """A partnership's ground in one set, with the neighbourhoods' people filled in where known."""

    ground: Ground
    area_set: str
    neighbourhoods: tuple[Neighbourhood, ...]
    rest_people: int | None


class KnownOfGround(NamedTuple):
    """What is known of ground before it is asked about.

    lineages : by authority the rows of lineages.sql. people : of its small areas in the set, by code; None: not read.
    """

    lineages: Mapping[str, Sequence[tuple[str, str, bool]]]
    people: Mapping[str, int] | None = None


def read_lineages(
    session: Session, authorities: Iterable[str]
) -> dict[str, list[tuple[str, str, bool]]]:
    """Read which codes some authorities had before and will have after, by authority; nobody changes the answer."""
    asked = tuple(sorted(set(authorities)))
    return once_a_moment(session, ("read_lineages", asked), lambda: _read_lineages(session, asked))


def _read_lineages(
    session: Session, authorities: Sequence[str]
) -> dict[str, list[tuple[str, str, bool]]]:
    found: dict[str, list[tuple[str, str, bool]]] = {}
    rows = session.execute(named_sql(__file__, "lineages"), {"authorities": list(authorities)})
    for authority, code, before in rows:
        found.setdefault(authority, []).append((authority, code, before))
    return found


def _people_of(session: Session, codes: Collection[str], area_set: str) -> dict[str, int]:
    """People by small area, in a few long texts: a row for each takes several times as long to read."""
    codes_of, values = session.execute(
        select(
            func.string_agg(Weight.code, ","), func.string_agg(cast(Weight.value, Text), ",")
        ).where(Weight.area_set == area_set, Weight.measure == "people", among(Weight.code, codes))
    ).one()
    if codes_of is None:
        return {}
    return dict(zip(codes_of.split(","), map(int, values.split(",")), strict=True))


def find_ground(
    session: Session,
    authorities: Sequence[str],
    groups: Sequence[Neighbourhood] = (),
    *,
    area_set: str | None = None,
    areas: Collection[str] | None = None,
    cut: Sequence[str] = (),
    known: KnownOfGround | None = None,
) -> GroundFound:
    """Say a partnership's ground in codes: small areas of one set, districts old and new, neighbourhoods.

    known : what was read already for this ground and others. Raises GroundNotLoaded where no small area is here.
    """
    lineages: dict[str, set[str]] = defaultdict(set)
    districts: set[str] = set(authorities)
    if known is None:
        known = KnownOfGround(read_lineages(session, [*authorities, *cut]))
    for authority, code, before in (
        row for one in sorted({*authorities, *cut}) for row in known.lineages.get(one, ())
    ):
        lineages[authority].add(code)
        if before and authority in authorities:
            districts.add(code)
    chosen = area_set or _set_of(session, groups)
    codes = set(areas) if areas is not None else _small_areas(session, districts, chosen)
    if not codes:
        raise GroundNotLoaded(
            f"no small area of {', '.join(sorted(authorities)) or 'this outline'} is loaded in the set {chosen}"
        )
    ground = ground_held(codes, groups, districts, tuple(lineages.values()))
    people = known.people if known.people is not None else _people_of(session, codes, chosen)
    counted = tuple(
        each
        if each.people is not None or each.parts
        else each._replace(people=_people(people, each.codes))
        for each in groups
    )
    return GroundFound(ground, chosen, counted, _rest_people(people, ground))


def _people(people: Mapping[str, int], codes: Iterable[str]) -> int | None:
    """Add the people of some areas; one area without a figure makes the sum unknown, never lower."""
    figures = [people.get(code) for code in codes]
    known = [figure for figure in figures if figure is not None]
    return sum(known) if len(known) == len(figures) else None


def _rest_people(people: Mapping[str, int], ground: Ground) -> int | None:
    """Add the people of the partnership in no neighbourhood; None where one figure or part is not known."""
    if not ground.parts:
        return _people(
            people, [code for code in ground.areas if code not in ground.neighbourhood_of]
        )
    told = [(people.get(code), ground.share_in_none(code)) for code in ground.areas]
    if any(share is None or (count is None and share) for count, share in told):
        return None
    return round(sum((count * share for count, share in told if count and share), Fraction(0)))


def _set_of(session: Session, groups: Sequence[Neighbourhood]) -> str:
    codes = sorted({code for each in groups for code in each.codes})
    for area_set in SETS:
        held = select(func.count(func.distinct(Weight.code))).where(
            Weight.area_set == area_set, Weight.code.in_(codes)
        )
        if not codes or session.scalar(held) == len(codes):
            return area_set
    return SETS[0]


def _small_areas(session: Session, districts: Collection[str], area_set: str) -> set[str]:
    of_set = (
        select(Weight.code)
        .where(Weight.area_set == area_set, Weight.code == Membership.child_code)
        .exists()
    )
    return set(
        session.scalars(
            select(Membership.child_code)
            .where(
                Membership.parent_code.in_(sorted(districts)),
                Membership.parent_type == "lad",
                of_set,
            )
            .distinct()
        )
    )


def read_pieces(
    session: Session, place_codes: Iterable[str | None], found: GroundFound
) -> pd.DataFrame:
    """Read which small areas each stated area is made of: place, code, people, postcodes."""
    stated = sorted({code for written in place_codes if written for code in written.split()})
    rows = session.execute(
        named_sql(__file__, "pieces"),
        {
            "stated": stated, "ground": sorted(found.ground.areas), "area_set": found.area_set,
            "other_set": next(each for each in SETS if each != found.area_set),
            "own_lookup": _OWN_LOOKUP[found.area_set],
        },
    ).all()  # fmt: skip
    told = [tuple(row) for row in rows]
    return pd.DataFrame(told, columns=["place", "code", "people", "postcodes"]).astype(object)


def read_children(session: Session, lines: pd.DataFrame) -> pd.DataFrame:
    """Read the districts of the counties, regions and partnerships that lines name: parent, child."""
    wide = lines[lines["place_kind"] == "wide"]
    rows = session.execute(
        named_sql(__file__, "children"),
        {
            "wider": sorted(
                {code for written in wide["place_code"] if written for code in written.split()}
            ),
            "slugs": sorted({slug for slug in lines["partnership_slug"] if slug}),
        },
    ).all()
    return pd.DataFrame(rows, columns=["parent", "child"])


def list_envelopes(
    session: Session, *, districts: Collection[str] | None = None, demo: bool = False
) -> list[dict[str, Any]]:
    """List programmes' allocations for a whole period, of some districts or of all, by id.

    Envelopes are never lines and never summed with them. Yearly allocations are read by
    `programme_queries`, with their coverage beside.
    """
    query = (
        select(ProgrammeAllocation, Programme, ResourceFile.coverage)
        .join(Programme, Programme.id == ProgrammeAllocation.programme_id)
        .join(ResourceFile, ResourceFile.id == ProgrammeAllocation.file_id, isouter=True)
        .where(Programme.demo == demo, ProgrammeAllocation.financial_year.is_(None))
        .order_by(ProgrammeAllocation.id)
    )
    if districts is not None:
        query = query.where(ProgrammeAllocation.lad_code.in_(sorted(districts)))
    return [
        {
            "id": row.id, "file_id": row.file_id, "programme": programme.title, "title": row.title,
            "funder": programme.funder, "lad_code": row.lad_code, "area_code": row.area_code,
            "amount_pence": row.amount_pence, "period": row.period, "note": row.note,
            "coverage": coverage,
        }
        for row, programme, coverage in session.execute(query)
    ]  # fmt: skip


def files_of(session: Session, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Name the sources that some files are: title, publisher, licence, attribution, date, quality, partial."""
    rows = session.scalars(
        select(ResourceFile).where(ResourceFile.id.in_(list(ids))).order_by(ResourceFile.id)
    )
    return [
        {
            "title": row.title, "publisher": row.publisher, "licence": row.licence, "attribution": row.attribution,
            "date": row.loaded_at.date(), "quality": "as published", "partial": False,
        }
        for row in rows
    ]  # fmt: skip


def attributions_of_lines(session: Session, ids: Sequence[str]) -> tuple[str, ...]:
    """Say how the publishers of some lines ask to be named, each once."""
    files = select(ResourceLine.file_id).where(ResourceLine.id.in_(list(ids)))
    rows = session.scalars(
        select(ResourceFile.attribution).where(ResourceFile.id.in_(files)).order_by(ResourceFile.id)
    )
    return tuple(dict.fromkeys(line for line in rows if line))


def file_owners(session: Session, *, demo: bool) -> list[tuple[str, str | None, list[str] | None]]:
    """Say of each file to which partnership it was given (None: to all), and the authorities of that one."""
    rows = session.execute(
        select(ResourceFile.id, ResourceFile.partnership_slug, Partnership.authorities)
        .outerjoin(Partnership, Partnership.slug == ResourceFile.partnership_slug)
        .where(ResourceFile.demo == demo)
        .order_by(ResourceFile.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def list_files(session: Session) -> list[dict[str, Any]]:
    """List the files of money: what each is, whose, and how many rows came in, were stored and were refused."""
    rows = session.scalars(select(ResourceFile).order_by(ResourceFile.id))
    return [file_as_body(row) for row in rows]


def own_files(session: Session, slug: str) -> list[ResourceFile]:
    """List the files of money that were given to a partnership, by id."""
    query = (
        select(ResourceFile).where(ResourceFile.partnership_slug == slug).order_by(ResourceFile.id)
    )
    return list(session.scalars(query))


def file_as_body(row: ResourceFile) -> dict[str, Any]:
    """Write a file of money as the API sends it."""
    return {
        "id": row.id, "kind": row.kind, "title": row.title, "publisher": row.publisher, "licence": row.licence,
        "attribution": row.attribution, "coverage": row.coverage, "source_file": row.source_file, "sha256": row.sha256,
        "partnership": row.partnership_slug, "rows_in": row.rows_in, "rows_stored": row.rows_stored,
        "rows_refused": row.rows_refused, "demo": row.demo, "loaded_at": row.loaded_at,
    }  # fmt: skip


def get_file(session: Session, file_id: str) -> ResourceFile:
    """Get one file of money; raises UnknownResourceFile."""
    row = session.get(ResourceFile, file_id)
    if row is None:
        raise UnknownResourceFile(f"there is no file of resources {file_id[:80]!r}")
    return row


def get_line(session: Session, line_id: str) -> ResourceLine | None:
    """Get one stored line, or None."""
    return session.get(ResourceLine, line_id)


def refusals_of(session: Session, file_id: str) -> list[dict[str, Any]]:
    """List the rows of a file that were not stored: row, column, value, rule, detail."""
    columns = (ResourceRefusal.row, ResourceRefusal.column, ResourceRefusal.value, ResourceRefusal.rule,
               ResourceRefusal.detail)  # fmt: skip
    rows = session.execute(
        select(*columns).where(ResourceRefusal.file_id == file_id).order_by(ResourceRefusal.id)
    )
    return [dict(row) for row in rows.mappings()]


def stored_lines(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """Give line id → file id of those lines that are stored already."""
    rows = session.execute(
        select(ResourceLine.id, ResourceLine.file_id).where(among(ResourceLine.id, ids))
    )
    return {row[0]: row[1] for row in rows}


def postcode_spots(session: Session, postcodes: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Give where postcodes lie: easting and northing in metres; unknown ones are left out."""
    columns = (Postcode.postcode, Postcode.easting, Postcode.northing)
    rows = session.execute(select(*columns).where(among(Postcode.postcode, postcodes)))
    return {row[0]: (row[1], row[2]) for row in rows}
