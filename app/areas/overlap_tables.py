"""Whole tables of what the areas of two types share: computed when first asked for, written as CSV in pieces."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.sessions import reading, writing
from boundaries.area_types import AREA_TYPES
from boundaries.database import named_sql
from boundaries.errors import Conflict, Fault, Invalid, NotFound
from boundaries.methods.relations import Related, relate
from boundaries.overlaps import Kept, compute_overlaps, is_kept, layer_pairs_kept
from boundaries.queries import DrawnBy, LayerMissing, layer_on

# Two layers of more areas than this together are compared by the command, not while somebody waits.
MOST_AREAS_IN_A_REQUEST = 60_000
ROWS_AT_ONCE = 2_000
# What the page of an area shows unasked, where areas are so large that a reader would wait for seconds.
USUAL = (("rgn", "lad"), ("cty", "lad"))
HEADINGS = (
    "code_a", "name_a", "code_b", "name_b", "relation", "overlap_m2", "share_of_a", "share_of_b",
    "postcodes", "postcode_share_of_a", "postcode_share_of_b", "population_share_of_a",
    "population_share_of_b", "release_a", "release_b",
)  # fmt: skip


class OverlapsNotKept(Conflict):
    """The overlaps of two large layers have to be computed by the command first."""

    slug = "overlaps-not-kept"
    title = "Those overlaps are not computed yet"


class UnknownType(NotFound):
    """There is no area type of that name."""

    slug = "unknown-area-type"
    title = "No such area type"


class SameType(Invalid):
    """A type was asked to overlap itself, or what draws it."""

    slug = "same-type"
    title = "Both types are drawn by one layer"


@dataclass(frozen=True)
class Pair:
    """The layers that draw two types on a day."""

    type_a: str
    type_b: str
    a: DrawnBy
    b: DrawnBy
    day: date

    @property
    def attribution(self) -> str:
        """Give the attribution of both, once where it is the same."""
        return " ".join(dict.fromkeys([self.a.attribution, self.b.attribution]))


def find_pair(session: Session, type_a: str, type_b: str, day: date, *, demo: bool = False) -> Pair:
    """Find the layers that draw two types on a day. Raises UnknownType, LayerMissing, SameType."""
    for kind in (type_a, type_b):
        if kind not in AREA_TYPES:
            raise UnknownType(
                f"there is no area type {kind[:40]!r}; there are {', '.join(AREA_TYPES)}",
                [Fault("unknown area type", value=kind[:40])],
            )
    drawn = [
        layer_on(session, "par" if kind == "ncp" else kind, day, demo=demo)
        for kind in (type_a, type_b)
    ]
    if drawn[0].id == drawn[1].id:
        raise SameType(
            f"{type_a} and {type_b} are drawn by one layer ({drawn[0].id}); ask its areas one by one",
            [Fault("the same layer", "/type_b", value=type_b)],
        )
    return Pair(type_a, type_b, drawn[0], drawn[1], day)


def keep_pair(
    engine: Engine, pair: Pair, statement_timeout_s: float | None, progress: Callable[[str], None] | None = None,
    *, in_a_request: bool = False, relate_with: Callable[..., Related] = relate,
) -> Kept:  # fmt: skip
    """Compute the table of a pair in a transaction of its own, unless it is kept.

    Within a request nobody waits for another, and large layers are refused: raises OverlapsBusy,
    OverlapsNotKept.
    """
    with writing(engine, statement_timeout_s) as session:
        if in_a_request and not is_kept(session, pair.a.id, pair.b.id):
            _refuse_large(session, pair)
        return compute_overlaps(
            session, pair.a.id, pair.b.id, progress, wait=not in_a_request, relate_with=relate_with
        )


def _refuse_large(session: Session, pair: Pair) -> None:
    areas = session.execute(
        named_sql(__file__, "count_areas"), {"releases": [pair.a.id, pair.b.id]}
    ).scalar_one()
    if areas > MOST_AREAS_IN_A_REQUEST:
        raise OverlapsNotKept(
            f"{pair.a.id} and {pair.b.id} have {areas:,} areas together and were never compared; "
            f"`bounds align compute {pair.type_a} {pair.type_b}` does it once"
        )


def keep_again(
    engine: Engine, day: date, progress: Callable[[str], None], area_type: str | None = None,
    relate_with: Callable[..., Related] = relate,
) -> list[Kept]:  # fmt: skip
    """Compute anew every table that was kept of a type, or of any, and is no longer that of the day's layers."""
    with reading(engine) as session:
        pairs = layer_pairs_kept(session, day, area_type)
    done = []
    for first, second in pairs:
        with writing(engine) as session:
            done.append(compute_overlaps(session, first, second, progress, relate_with=relate_with))
    return done


def keep_usual(engine: Engine, day: date, progress: Callable[[str], None]) -> list[Kept]:
    """Compute, once, the tables that pages of large areas ask for; a type that no layer draws is passed over."""
    done = []
    for type_a, type_b in USUAL:
        with reading(engine) as session:
            try:
                pair = find_pair(session, type_a, type_b, day)
            except LayerMissing:
                continue
            if is_kept(session, pair.a.id, pair.b.id):
                continue
        done.append(keep_pair(engine, pair, None, progress))
    return done


def csv_pieces(engine: Engine, pair: Pair) -> Iterator[bytes]:
    """Write a kept table as CSV, the pairs that share ground, in order of both codes; a block at a time.

    The columns are those of HEADINGS, of `type_a` first whatever the order the table is kept in. A share
    that is not known is empty. Of a temporal set only the areas alive on the day are written.
    """
    yield _as_text([HEADINGS])
    with reading(engine) as session:
        found = session.execute(
            named_sql(__file__, "overlap_rows"),
            {"a": pair.a.id, "b": pair.b.id, "first": min(pair.a.id, pair.b.id),
             "second": max(pair.a.id, pair.b.id), "day": pair.day,
             "a_is_first": pair.a.id < pair.b.id},
            execution_options={"yield_per": ROWS_AT_ONCE},
        )  # fmt: skip
        for block in found.partitions():
            yield _as_text(block)


def _as_text(rows: Any) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue().encode()
