"""Which small areas some codes stand for in an index's set, by the official lookups; half a place is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd
from sqlalchemy import ARRAY, Text, any_, case, func, literal, select
from sqlalchemy.orm import Session

from app.indicators.editions import PLACE_SETS
from app.indicators.queries import IndexRow
from app.indicators.tables import IndexValue
from app.indicators.value_tables import IndicatorValue
from app.latest import Latest
from app.marks import GEOGRAPHY, INDICES, mark_of_tables
from app.partnerships.queries import join_names
from boundaries.database import among
from boundaries.errors import BoundsError, Fault, Invalid, NotFound
from boundaries.moments import once_a_moment, sees_a_moment
from boundaries.queries import get_area
from boundaries.sources.lookups import SET_2001_TO
from boundaries.tables import Area, Boundary, Membership, Succession

# Counties hold districts, regions and combined authorities hold counties: no tree is deeper.
DEEPEST = 4
WIDE = ("rgn", "cauth", "cty")
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
    found = grounds_of_codes(session, [codes], index)[0]
    if isinstance(found, BoundsError):
        raise found
    return found


def grounds_of_codes(
    session: Session, several: Sequence[Sequence[str]], index: IndexRow
) -> list[SmallAreas | BoundsError]:
    """List the small areas of several places, the lookups read once for all of them; see `ground_of_codes`.

    A place that is refused has its problem.
    """
    held = areas_at_once(session, {code for codes in several for code in codes})
    meant = [_areas_meant(session, codes) for codes in several]
    del held
    every = {code for wanted in meant if isinstance(wanted, dict) for code in wanted}
    lookups = read_lookups(session, every)
    without = _districts_without(session, lookups.parents)
    listed = lookups.within(lookups.parents, ["lad"]) | every
    known = codes_of_set(session, listed, index)
    found: list[SmallAreas | BoundsError] = []
    for wanted in meant:
        try:
            found.append(
                wanted
                if isinstance(wanted, BoundsError)
                else _ground_of_areas(session, wanted, index, lookups, without, (listed, known))
            )
        except BoundsError as problem:
            found.append(problem)
    return found


def _areas_meant(session: Session, codes: Sequence[str]) -> dict[str, str] | BoundsError:
    """Give the areas that some codes mean, each with its type; the problem of the first that means none."""
    try:
        return {area.code: area.type for area in (get_area(session, code) for code in codes)}
    except BoundsError as problem:
        return problem


def _ground_of_areas(
    session: Session, wanted: Mapping[str, str], index: IndexRow, lookups: Lookups, without: Collection[str],
    checked: tuple[set[str], set[str]],
) -> SmallAreas:  # fmt: skip
    """checked : codes that were looked for in the index's set, and those of them that are of it."""
    parents = lookups.with_inner(wanted, WIDE)
    lacking = set(without) & parents
    followers = _followers(session, lacking) if lacking else {}
    listed = lookups.within(parents, ["lad"]) | set(wanted)
    if followers:
        listed |= members_of(session, set(followers.values()), ["lad"])
    known, unseen = checked[1] & listed, listed - checked[0]
    held = known | codes_of_set(session, unseen, index) if unseen else known
    elsewhere = {code for code, kind in wanted.items() if kind == "lsoa"} - held
    elsewhere |= _children_by_other_set(lookups, parents, index) - held
    carried: dict[str, tuple[str, ...]] = {}
    if elsewhere:
        links = pd.concat(
            [find_links(session, elsewhere, "older"), find_links(session, elsewhere, "newer")]
        )
        for code, group in links.groupby("code", sort=True):
            found = codes_of_set(session, set(group["source"]), index)
            if found:
                carried[str(code)] = tuple(sorted(found))
                held |= found
    _refuse_half_a_place(session, lacking - set(followers), held)
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


def areas_at_once(session: Session, codes: Collection[str]) -> list[Area]:
    """Read some areas at once; while the list is held, `get_area` asks nothing more for them."""
    return list(session.scalars(select(Area).where(among(Area.code, codes)).order_by(Area.code)))


@dataclass(frozen=True)
class Lookups:
    """What belongs to some areas and to all in them: by parent and (its kind, lookup) the codes of its children."""

    inner: Mapping[str, Mapping[tuple[str, str], set[str]]]

    @property
    def parents(self) -> set[str]:
        """Name the areas that were asked about, and those in them."""
        return set(self.inner)

    def within(self, parents: Iterable[str], kinds: Collection[str]) -> set[str]:
        """List what belongs to any of some areas, by the kinds of these."""
        found: set[str] = set()
        for parent in parents:
            for (kind, _), children in self.inner.get(parent, {}).items():
                if kind in kinds:
                    found |= children
        return found

    def with_inner(self, codes: Iterable[str], kinds: Collection[str]) -> set[str]:
        """Add to some areas all that belongs to them, step by step."""
        parents = set(codes)
        for _ in range(DEEPEST):
            larger = parents | self.within(parents, kinds)
            if larger == parents:
                break
            parents = larger
        return parents


def read_lookups(session: Session, codes: Collection[str]) -> Lookups:
    """Read what the lookups put in some areas, and in the counties and districts that belong to these."""
    inner: dict[str, dict[tuple[str, str], set[str]]] = {}
    further = set(codes)
    while further:
        inner |= {code: {} for code in further}
        rows = session.execute(
            # In a few long texts: a row for each child takes several times as long to read.
            select(
                Membership.parent_code, Membership.parent_type, Membership.lookup,
                func.string_agg(Membership.child_code, ","),
            )
            .where(among(Membership.parent_code, further), among(Membership.parent_type, (*WIDE, "lad")))
            .group_by(Membership.parent_code, Membership.parent_type, Membership.lookup)
        ).all()  # fmt: skip
        further = set()
        for parent, kind, lookup, children in rows:
            inner[parent][kind, lookup] = set(children.split(","))
            if kind in WIDE:
                further |= inner[parent][kind, lookup]
        further -= set(inner)
    return Lookups(inner)


def members_of(session: Session, parents: Collection[str], kinds: Sequence[str]) -> set[str]:
    """List what belongs to any of some areas, by the kinds of these."""
    return set(
        session.scalars(
            select(Membership.child_code).where(
                among(Membership.parent_code, parents), among(Membership.parent_type, kinds)
            )
        )
    )


def _children_by_other_set(lookups: Lookups, parents: Collection[str], index: IndexRow) -> set[str]:
    """List small areas of authorities that only the other set's lookup names.

    A district that ended in 2023 is in the lookup of the 2011 set alone: what it shares with the
    2021 set is only its unchanged areas, and the others must be carried.
    """
    own = _LOOKUP_OF.get(index.area_set, "")
    others = tuple(_LOOKUP_OF[area_set] for area_set in PLACE_SETS if area_set != index.area_set)
    found: set[str] = set()
    for parent in parents:
        by_lookup = [
            (lookup.lower(), inner)
            for (kind, lookup), inner in lookups.inner.get(parent, {}).items()
            if kind == "lad"
        ]
        if not any(name.startswith(own) for name, _ in by_lookup):
            for name, inner in by_lookup:
                found |= inner if name.startswith(others) else set()
    return found


def codes_of_set(session: Session, codes: Collection[str], index: IndexRow) -> set[str]:
    """Keep the codes that are areas of the index's set: drawn by its release or valued by it."""
    if sees_a_moment(session):
        return set(codes) & every_code_of_set(session, index)
    drawn = select(Boundary.code).where(
        Boundary.release_id == index.release_id, among(Boundary.code, codes)
    )
    return set(session.scalars(drawn)) | codes_with_values(session, codes, index.id)


# Of England 33,000 codes, 3 MB.
MOST_KEPT = 8
_kept: Latest[frozenset[str]] = Latest(MOST_KEPT)


def every_code_of_set(session: Session, index: IndexRow) -> frozenset[str]:
    """Give every area of the index's set, kept while indices and geography are as they are."""

    def read() -> frozenset[str]:
        drawn = select(Boundary.code).where(Boundary.release_id == index.release_id)
        # In the order of the key: of eight values an area, hashing takes three times as long.
        valued = (
            select(IndexValue.code).where(IndexValue.index_id == index.id).group_by(IndexValue.code)
        )
        written = [
            session.scalar(select(func.string_agg(each.subquery().c.code, ","))) or ""
            for each in (drawn, valued)
        ]
        return frozenset(",".join(written).split(",")) - {""}

    key = (mark_of_tables(session, (*GEOGRAPHY, *INDICES)), index.id, index.release_id)
    return _kept.get(key, read, keeps=sees_a_moment(session))


def codes_with_values(session: Session, codes: Collection[str], index_id: str) -> set[str]:
    """Keep the codes that an index has a value of."""
    valued = select(IndexValue.code).where(
        IndexValue.index_id == index_id, among(IndexValue.code, codes)
    )
    return set(session.scalars(valued))


def find_links(
    session: Session, codes: Collection[str], to: Literal["older", "newer"]
) -> pd.DataFrame:
    """Official links of small areas to the older or newer set: code (asked), source (linked), kind.

    Read once a moment: nobody changes them.
    """
    key = ("links", to, frozenset(codes))
    return once_a_moment(session, key, lambda: _read_links(session, codes, to))


def _read_links(
    session: Session, codes: Collection[str], to: Literal["older", "newer"]
) -> pd.DataFrame:
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
