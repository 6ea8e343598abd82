"""Several partnerships' ledgers read at once: lines counted by how they stand in each and in all their ground."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple, Protocol

from sqlalchemy.orm import Session

from app.latest import Latest
from app.marks import GEOGRAPHY, INDICES, mark_of_tables, marks_of_ground
from app.partnerships.alignment import align_ground, whole_and_cut
from app.partnerships.queries import ground_of_partnership, partnerships_at_once
from app.priorities.designating import Designated, designate_each
from app.priorities.ground import areas_at_once
from app.priorities.methods.conditions import worst_percent
from app.priorities.queries import find_partnership_place
from app.resources.building import require_set
from app.resources.methods.ledger import Neighbourhood
from app.resources.methods.together import CountedTogether, InOne
from app.resources.partnership_money import DEFAULT_WORST, neighbourhoods_of
from app.resources.queries import GroundFound, KnownOfGround, find_ground, read_lineages
from app.resources.several_grounds import (
    OneGround,
    PlaceStands,
    SeveralGrounds,
    count_by_kind,
    relate_several,
)
from boundaries.errors import BoundsError, Conflict
from boundaries.moments import sees_a_moment

# Those of England, 100 kB each: on which day they are asked for makes no difference.
MOST_KEPT = 600
_designated: Latest[Designated] = Latest(MOST_KEPT)
_grounds: Latest[GroundFound] = Latest(MOST_KEPT)


class SetsDiffer(Conflict):
    """The partnerships' default indices rank different small areas, so their ledgers cannot be laid together."""

    slug = "sets-differ"
    title = "Their small areas are of different sets"


class OnGround(NamedTuple):
    """One partnership on its ground: how it lies to councils, its worst tenth, and its ledger's ground."""

    slug: str
    alignment: dict[str, Any]
    whole: list[str]
    cut: list[str]
    designated: Designated
    found: GroundFound


class HasGround(Protocol):
    """What ledgers are laid together from: the councils wholly and partly in it, and its ledger's ground."""

    @property
    def whole(self) -> list[str]: ...
    @property
    def cut(self) -> list[str]: ...
    @property
    def found(self) -> GroundFound: ...


class LinesTogether(NamedTuple):
    """The lines of one stage counted by how they stand; see `methods.together`. file_ids : whose lines these are."""

    cells: list[CountedTogether]
    several: SeveralGrounds
    other_currencies: dict[str, dict[str, int]]
    file_ids: list[str]


def read_on_ground(session: Session, slug: str, day: date) -> OnGround:
    """Read a partnership as its own ledger does, against its worst tenth by its default index.

    Raises UnknownPartnership, NoSmallAreas, SetWithoutMoney, GroundNotLoaded, LayerMissing.
    """
    found = read_each_on_ground(session, [slug], day)[slug]
    if isinstance(found, BoundsError):
        raise found
    return found


def read_each_on_ground(
    session: Session, slugs: Sequence[str], day: date
) -> dict[str, OnGround | BoundsError]:
    """Read each of some partnerships on its ground, what they share once; see `read_on_ground`.

    Where that would raise stands the problem.
    """
    rows = partnerships_at_once(session, slugs)
    # Held until the end: nothing more is asked for an area or partnership that is.
    held = areas_at_once(session, {code for row in rows for code in row.authorities})
    found: dict[str, OnGround | BoundsError] = {}
    aligned: dict[str, dict[str, Any]] = {}
    for slug in slugs:
        try:
            aligned[slug] = align_ground(session, ground_of_partnership(session, slug, day), day)
        except BoundsError as problem:
            found[slug] = problem
    marks = _marks(session, list(aligned))
    judged = _judged(session, marks)
    parts = {slug: whole_and_cut(body) for slug, body in aligned.items()}
    lineages = read_lineages(
        session, {code for both in parts.values() for some in both for code in some}
    )
    for slug, designated in judged.items():
        if isinstance(designated, BoundsError):
            found[slug] = designated
            continue
        whole, cut = parts[slug]
        read = partial(_read_ground, session, designated, whole, cut, lineages)
        try:
            ground = _grounds.get(
                (marks[slug], *whole, "cut", *cut), read, keeps=sees_a_moment(session)
            )
        except BoundsError as problem:
            found[slug] = problem
            continue
        found[slug] = OnGround(slug, aligned[slug], whole, cut, designated, ground)
    del held, rows
    return found


def _marks(session: Session, slugs: Sequence[str]) -> dict[str, Hashable]:
    """Mark all that the worst tenth of each partnership follows from; no day is among it."""
    inputs = mark_of_tables(session, (*GEOGRAPHY, *INDICES))
    own = marks_of_ground(session, slugs)
    return {slug: (inputs, slug, own[slug]) for slug in slugs}


def _judged(session: Session, marks: Mapping[str, Hashable]) -> dict[str, Designated | BoundsError]:
    """Judge the worst tenth of those that are not kept, all together; a problem is not kept."""
    keeps = sees_a_moment(session)
    lacking = [slug for slug, mark in marks.items() if not keeps or not _designated.holds(mark)]
    read = _judge(session, lacking)
    found: dict[str, Designated | BoundsError] = {}
    for slug, mark in marks.items():
        one = read.get(slug)
        if isinstance(one, BoundsError):
            found[slug] = one
            continue
        try:
            found[slug] = _designated.get(mark, partial(_made, session, slug, one), keeps=keeps)
        except BoundsError as problem:
            found[slug] = problem
    return found


def _made(session: Session, slug: str, one: Designated | None) -> Designated:
    """Give what was judged just now, or judge what was kept a moment ago and has left."""
    made = one or _judge(session, [slug])[slug]
    if isinstance(made, BoundsError):
        raise made
    return made


def _judge(session: Session, slugs: Sequence[str]) -> dict[str, Designated | BoundsError]:
    places = [find_partnership_place(session, slug) for slug in slugs]
    judged = designate_each(session, places, worst_percent(DEFAULT_WORST))
    return dict(zip(slugs, judged, strict=True))


def _read_ground(
    session: Session, designated: Designated, whole: list[str], cut: list[str],
    lineages: Mapping[str, Sequence[tuple[str, str, bool]]],
) -> GroundFound:  # fmt: skip
    people = {str(code): int(count) for code, count in designated.people.dropna().items()}
    require_set(designated.index.area_set)
    return find_ground(
        session, whole, neighbourhoods_of(designated), area_set=designated.index.area_set,
        areas=list(designated.ground.codes), cut=cut, known=KnownOfGround(lineages, people),
    )  # fmt: skip


def ground_of_all(
    session: Session, held: Sequence[HasGround], more: Sequence[GroundFound] = (), codes: Sequence[str] = ()
) -> GroundFound:  # fmt: skip
    """Say the ground of some partnerships together, with the neighbourhoods of each, as one ledger's.

    more, codes : other ground to lay beside it, and its councils. A neighbourhood that two name alike and of the
    same areas is one. Raises SetsDiffer.
    """
    sets = {one.found.area_set for one in held} | {found.area_set for found in more}
    if len(sets) != 1:
        raise SetsDiffer(f"the partnerships are ranked by areas of {' and '.join(sorted(sets))}")
    whole = sorted({code for one in held for code in one.whole} | set(codes))
    cut = sorted({code for one in held for code in one.cut} - set(whole))
    areas = {code for one in held for code in one.found.ground.areas}
    areas |= {code for found in more for code in found.ground.areas}
    groups: dict[tuple[str, ...], Neighbourhood] = {}
    for one in held:
        for each in one.found.neighbourhoods:
            groups.setdefault(tuple(sorted(each.codes)), each)
    numbered = [each._replace(number=n) for n, each in enumerate(groups.values(), start=1)]
    return find_ground(session, whole, numbered, area_set=sets.pop(), areas=sorted(areas), cut=cut)


def lines_together(
    session: Session, grounds: Sequence[OneGround], together: GroundFound, stage: str
) -> LinesTogether:
    """Count one stage's lines by how they stand in the ledger of each ground and of all of them."""
    several = relate_several(session, grounds, together, stage=stage)

    def kind_of(place: PlaceStands) -> tuple[tuple[InOne, ...], InOne]:
        in_each = tuple(InOne(stands.bucket, stands.certainty) for stands in place.in_each)
        return in_each, InOne(place.in_all.bucket, place.in_all.certainty)

    found = count_by_kind(session, several, kind_of)
    cells = []
    for cell in found.cells:
        in_each, in_all = cell.kind
        readers = several.readers[cell.file_id]
        read = tuple(stands if at in readers else None for at, stands in enumerate(in_each))
        cells.append(CountedTogether(read, in_all, cell.year, cell.lines, cell.pence))
    files = sorted({cell.file_id for cell in found.cells})
    return LinesTogether(cells, several, found.other_currencies, files)
