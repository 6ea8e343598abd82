"""Which small areas some codes stand for in an index's set, by the official lookups; half a place is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd
from sqlalchemy import ARRAY, Text, any_, case, func, literal, select
from sqlalchemy.orm import Session

from app.indicators.editions import PLACE_SETS
from app.indicators.queries import IndexRow
from app.indicators.tables import IndexValue
from app.indicators.value_tables import IndicatorValue
from app.partnerships.queries import join_names
from boundaries.database import among
from boundaries.errors import Fault, Invalid, NotFound
from boundaries.queries import get_area
from boundaries.sources.lookups import SET_2001_TO
from boundaries.tables import Area, Boundary, Membership, Succession

# Counties hold districts, regions and combined authorities hold counties: no tree is deeper.
DEEPEST = 4
_LOOKUP_OF = {"lsoa-2001": "lsoa01", "lsoa-2011": "lsoa11", "lsoa-2021": "lsoa21"}
MOST_NAMES = 6


class NoSmallAreas(NotFound):
    """The place is known, but none of its small areas is loaded in the index's set."""

    slug = "no-small-areas"
    title = "Its small areas are not loaded"


class SetOfAnotherTime(Invalid):
    """The index ranks a set of areas in which the place asked about cannot be found."""

    slug = "set-of-another-time"
    title = "That index cannot read this place"


@dataclass(frozen=True)
class SmallAreas:
    """The small areas of a place in one index's set, in order of code.

    border_cases : areas that an outline cuts: code, selected_in (bool), share (0 to 1), by
        ("postcodes" or "area").
    carried : codes asked that are of another set, with those they were carried to.
    """

    codes: pd.Index
    border_cases: list[dict[str, object]] = field(default_factory=list)
    carried: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def ground_of_codes(session: Session, codes: Sequence[str], index: IndexRow) -> SmallAreas:
    """List the small areas that the official lookups put in some codes, in an index's set.

    Small areas asked for by their own code are carried to the set by the official links. Raises
    NoSmallAreas where some of the districts meant are loaded and others are not.
    """
    wanted = {area.code: area.type for area in (get_area(session, code) for code in codes)}
    parents = set(wanted)
    for _ in range(DEEPEST):
        larger = parents | members_of(session, parents, ["rgn", "cauth", "cty"])
        if larger == parents:
            break
        parents = larger
    children = members_of(session, parents, ["lad"])
    followers = _followers(session, _districts_without(session, parents))
    children |= members_of(session, set(followers.values()), ["lad"])
    held = codes_of_set(session, children | set(wanted), index)
    elsewhere = {code for code, kind in wanted.items() if kind == "lsoa"} - held
    elsewhere |= _children_by_other_set(session, parents, index) - held
    carried: dict[str, tuple[str, ...]] = {}
    links = pd.concat(
        [find_links(session, elsewhere, "older"), find_links(session, elsewhere, "newer")]
    )
    for code, group in links.groupby("code", sort=True):
        found = codes_of_set(session, set(group["source"]), index)
        if found:
            carried[str(code)] = tuple(sorted(found))
            held |= found
    _refuse_half_a_place(session, _districts_without(session, parents) - set(followers), held)
    return SmallAreas(pd.Index(sorted(held), dtype=object), carried=carried)


def refuse_another_time(session: Session, codes: Collection[str], index: IndexRow) -> None:
    """Refuse ground that an older index cannot read: only districts that its own lookup knows can be found.

    Most codes of small areas of 2001 are codes of 2011 too, so that by the later lookups a part of a
    place (244 of Manchester's 259) would pass for the whole. `codes` empty: the place has an outline.
    """
    own = f"{_LOOKUP_OF.get(index.area_set, index.area_set)}%"
    known = set(
        session.scalars(
            select(Membership.parent_code).where(
                among(Membership.parent_code, codes), Membership.parent_type == "lad",
                func.lower(Membership.lookup).like(own),
            )
        )
    )  # fmt: skip
    if not codes or known != set(codes):
        detail = (
            f"{index.title} ranks areas of another time ({index.area_set}), and no lookup here finds "
            "this place in them; name an index of 2015 or later"
        )
        raise SetOfAnotherTime(detail, [Fault(detail, pointer="/index", value=index.id)])


def _districts_without(session: Session, codes: Collection[str]) -> set[str]:
    """Keep the districts that no lookup held here gives a small area."""
    with_areas = select(Membership.parent_code).where(
        Membership.parent_type == "lad", Membership.parent_code == Area.code
    )
    return set(
        session.scalars(
            select(Area.code).where(
                among(Area.code, codes), Area.type == "lad", ~with_areas.exists()
            )
        )
    )


def _followers(session: Session, ended: Collection[str]) -> dict[str, str]:
    """Name what stands in the lookups for districts that ended before these begin.

    A merged authority stands for the districts it was made of only where all of them are asked:
    for one of them alone it would count the ground of the others.
    """
    rows = session.execute(
        select(Succession.new_code, Succession.old_code)
        # A county is followed by the authorities that its districts went to: it adds no ground.
        .join(Area, (Area.code == Succession.old_code) & (Area.type != "cty"))
        .where(
            Succession.new_code.in_(
                select(Succession.new_code).where(among(Succession.old_code, ended))
            )
        )
    ).all()
    made_of: dict[str, set[str]] = {}
    for new, old in rows:
        made_of.setdefault(new, set()).add(old)
    return {old: new for new, olds in made_of.items() if olds <= set(ended) for old in olds}


def _refuse_half_a_place(session: Session, lacking: Collection[str], held: Collection[str]) -> None:
    """Refuse a place of which some districts are loaded and others not: half a count is a wrong count."""
    if not lacking or not held:
        return
    rows = session.execute(
        select(Area.code, Area.name).where(among(Area.code, lacking)).order_by(Area.code)
    ).all()
    named = join_names([name for _, name in rows[:MOST_NAMES]])
    if len(rows) > MOST_NAMES:
        named += f" and {len(rows) - MOST_NAMES} more"
    raise NoSmallAreas(
        f"the small areas of {named} are not loaded, so nothing is counted for the whole; "
        f'`bounds up --place "{rows[0].name}"` loads a place',
        [Fault("its small areas are not loaded", value=code) for code, _ in rows[:100]],
    )


def members_of(session: Session, parents: Collection[str], kinds: Sequence[str]) -> set[str]:
    """List what belongs to any of some areas, by the kinds of these."""
    return set(
        session.scalars(
            select(Membership.child_code).where(
                among(Membership.parent_code, parents), among(Membership.parent_type, kinds)
            )
        )
    )


def _children_by_other_set(session: Session, parents: Collection[str], index: IndexRow) -> set[str]:
    """List small areas of authorities that only the other set's lookup names.

    A district that ended in 2023 is in the lookup of the 2011 set alone: what it shares with the
    2021 set is only its unchanged areas, and the others must be carried.
    """
    rows = session.execute(
        select(Membership.parent_code, Membership.child_code, Membership.lookup).where(
            among(Membership.parent_code, parents), Membership.parent_type == "lad"
        )
    ).all()
    own = _LOOKUP_OF.get(index.area_set, "")
    others = tuple(_LOOKUP_OF[area_set] for area_set in PLACE_SETS if area_set != index.area_set)
    has_own = {row[0] for row in rows if row[2].lower().startswith(own)}
    return {row[1] for row in rows if row[0] not in has_own and row[2].lower().startswith(others)}


def codes_of_set(session: Session, codes: Collection[str], index: IndexRow) -> set[str]:
    """Keep the codes that are areas of the index's set: drawn by its release or valued by it."""
    listed = sorted(codes)
    drawn = select(Boundary.code).where(
        Boundary.release_id == index.release_id, among(Boundary.code, listed)
    )
    valued = select(IndexValue.code).where(
        IndexValue.index_id == index.id, among(IndexValue.code, listed)
    )
    return set(session.scalars(drawn)) | set(session.scalars(valued))


def find_links(
    session: Session, codes: Collection[str], to: Literal["older", "newer"]
) -> pd.DataFrame:
    """Official links of small areas to the older or newer set: code (asked), source (linked), kind."""
    asked, linked = Succession.old_code, Succession.new_code
    if to == "older":
        asked, linked = linked, asked
    rows = session.execute(
        select(asked, linked, Succession.kind)
        # The links of 2001 to 2011 stand in the same table, and no place is carried over those.
        .where(among(asked, codes), Succession.changed_on > SET_2001_TO)
        .order_by(asked, linked)
    ).all()
    return pd.DataFrame(rows, columns=["code", "source", "kind"]).drop_duplicates(
        ["code", "source"], ignore_index=True
    )


def find_homes(
    session: Session, codes: Collection[str], area_set: str, number: int, index: IndexRow
) -> pd.DataFrame:
    """The larger area that each small area lies in, among those an indicator has values of: code, source, kind.

    By the lookups of the index's set, in the indicator's numbered values; of several lookups that of the
    year of its areas, then the largest share, then the lowest code. Best fits, as lookups of wards are.
    """
    year = case((func.lower(Membership.lookup).like(f"%d{area_set[-2:]}%"), 0), else_=1)
    own = f"{_LOOKUP_OF.get(index.area_set, index.area_set)}%"
    held = select(IndicatorValue.code).where(
        IndicatorValue.number == number, IndicatorValue.code == Membership.parent_code
    )
    rows = session.execute(
        select(Membership.child_code, Membership.parent_code)
        .where(
            Membership.child_code == any_(literal(sorted(codes), ARRAY(Text))),
            Membership.parent_type == area_set.partition("-")[0],
            func.lower(Membership.lookup).like(own), held.exists(),
        )
        .order_by(Membership.child_code, year, Membership.share.desc(), Membership.parent_code)
    ).all()  # fmt: skip
    found = pd.DataFrame(rows, columns=["code", "source"]).drop_duplicates("code")
    return found.assign(kind="best-fit")
