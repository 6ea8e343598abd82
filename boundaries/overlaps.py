"""Keeps what the areas of two releases share: computed once for all of them, then read; dropped when they change.

Which two releases draw a day is asked anew each time (`layer_on`), so that a release served or
withdrawn changes at once which table is read, and what is not kept is computed for the area asked about.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from boundaries.database import copy_binary, named_sql
from boundaries.errors import Conflict, Fault, Invalid
from boundaries.layer_overlaps import (
    COLUMNS,
    MEASURES,
    MIRRORED,
    Layer,
    default_tolerance,
    is_smaller,
    measure_layers,
    read_layer,
)
from boundaries.methods.relations import Related, is_all_sliver, relate
from boundaries.postcode_points import set_of_release
from boundaries.queries import LayerMissing, layer_on
from boundaries.share_tables import Overlap, OverlapTable
from boundaries.stale_shares import CURRENT, STALE
from boundaries.tables import Release

THREADS = 2
SEEN = (
    "code", "overlap_m2", "share_of_this", "share_of_that", "postcodes", "postcode_share_of_this",
    "postcode_share_of_that", "people_share_of_this", "people_share_of_that", "relation",
)  # fmt: skip
PEOPLE_SEEN = ("people", "people_of_this", "people_of_that")
_KINDS = {
    "code_a": "text", "code_b": "text", **dict.fromkeys(MEASURES, "float8"), "postcodes": "int4",
    "relation": "text",
}  # fmt: skip


class OverlapsBusy(Conflict):
    """Another process computes the same table just now."""

    slug = "overlaps-busy"
    title = "Those overlaps are being computed"


class SameLayer(Invalid):
    """A layer was asked to overlap itself."""

    slug = "same-layer"
    title = "Both types are drawn by one layer"


class ToleranceTooLarge(Invalid):
    """At that tolerance the whole area is a sliver."""

    slug = "tolerance-too-large"
    title = "The tolerance is wider than the area"


@dataclass(frozen=True)
class Kept:
    """A table that is kept: its releases in order of id, pairs, tolerance, seconds, and whether it was there."""

    release_a: str
    release_b: str
    pairs: int
    tolerance_m: float
    seconds: float
    was_there: bool


def compute_overlaps(
    session: Session,
    release_a: str,
    release_b: str,
    progress: Callable[[str], None] | None = None,
    *,
    wait: bool = True,
    relate_with: Callable[..., Related] = relate,
) -> Kept:
    """Compute and keep what the areas of two releases share, unless it is kept already.

    Runs in the caller's transaction: a run that is killed leaves what was there. Both releases are
    locked against removal meanwhile; a second process waits for the first, or with `wait` False is told.
    `relate_with` relates the outlines: in this process, or on a cluster (`dask_relate`).

    Raises LayerMissing for an unknown release, SameLayer, OverlapsBusy.
    """
    first, second = sorted((release_a, release_b))
    if first == second:
        raise SameLayer(f"{first} is one layer: what its own areas share is asked area by area")
    one, other = (_locked_release(session, release_id) for release_id in (first, second))
    _lock(session, first, second, wait=wait)
    kept = session.get(OverlapTable, (first, second), populate_existing=True)
    if kept is not None and kept.state == CURRENT:
        return Kept(first, second, kept.pairs, kept.tolerance_m, kept.seconds, was_there=True)
    tell = progress or (lambda _words: None)
    began = time.perf_counter()
    a, b = read_layer(session, one), read_layer(session, other)
    tell(f"{first} ({len(a.codes):,} areas) with {second} ({len(b.codes):,})")
    tolerance_m = default_tolerance(one, other)
    found = measure_layers(
        session,
        a,
        b,
        tolerance_m,
        threads=THREADS,
        progress=_in_tenths(tell),
        relate_with=relate_with,
    )
    _store(session, first, second, found)
    seconds = time.perf_counter() - began
    values = {
        "state": CURRENT, "tolerance_m": tolerance_m, "pairs": len(found),
        "seconds": round(seconds, 3), "computed_at": func.now(),
    }  # fmt: skip
    session.execute(
        update(OverlapTable)
        .where(OverlapTable.release_a == first, OverlapTable.release_b == second)
        .values(values)
    )
    tell(f"{len(found):,} pairs kept in {seconds:.1f} s")
    return Kept(first, second, len(found), tolerance_m, seconds, was_there=False)


def is_kept(session: Session, one: str, other: str) -> bool:
    """Say whether the overlaps of two releases are kept and up to date."""
    first, second = sorted((one, other))
    kept = session.get(OverlapTable, (first, second))
    return kept is not None and kept.state == CURRENT


def layer_pairs_kept(
    session: Session, day: date, area_type: str | None = None
) -> list[tuple[str, str]]:
    """List the layers of a day whose overlaps were kept once, by type, and are not kept now.

    Returns pairs of release ids that draw the day: another release of a type was served since, or the
    outlines, postcodes or people changed. area_type : only pairs in which it takes part.
    """
    rows = session.execute(named_sql(__file__, "types_kept"), {"area_type": area_type}).all()
    found = []
    for row in rows:
        try:
            pair = sorted(
                layer_on(session, kind, day, demo=row.demo).id for kind in (row.type_a, row.type_b)
            )
        except LayerMissing:
            continue
        kept = session.get(OverlapTable, tuple(pair))
        if pair[0] != pair[1] and (kept is None or kept.state != CURRENT):
            found.append((pair[0], pair[1]))
    return found


def overlaps_of(
    session: Session, code: str, this: str, that: str, *, tolerance_m: float | None = None
) -> pd.DataFrame:
    """Give what one area of a release shares with the areas of another that it meets, in order of their code.

    Returns columns code, overlap_m2, share_of_this, share_of_that, postcodes, postcode_share_of_this,
    postcode_share_of_that, people_share_of_this, people_share_of_that, relation (of this to that); read
    from the kept table, and equal where it has to be computed. A tolerance other than that of both
    layers together changes the relation alone. The area is not related to itself.

    Raises LayerMissing where `this` does not draw the area, ToleranceTooLarge, ValueError for a
    negative tolerance.
    """
    own = read_layer(session, _release(session, this), codes=[code])
    if not len(own.codes):
        raise LayerMissing(f"{this} does not draw {code}")
    other = _release(session, that)
    usual_m = default_tolerance(own.release, other)
    asked_m = usual_m if tolerance_m is None else tolerance_m
    if tolerance_m is not None and is_all_sliver(own.shapes[0], tolerance_m):
        raise ToleranceTooLarge(
            f"{code} is nowhere {tolerance_m:g} m wide: at that tolerance it is a sliver as a whole",
            [Fault("wider than the area", "/tolerance_m", value=f"{tolerance_m:g}")],
        )
    found = _kept_of(session, code, this, that)
    if found is None:
        found = _computed_of(session, own, other)
    if this == that:
        found = found[found["code"] != code].reset_index(drop=True)
    if asked_m != usual_m and len(found):
        beside = read_layer(session, other, codes=found["code"].tolist())
        named = _relations_to(own, beside, asked_m)
        found = found.assign(relation=found["code"].map(named))
    return found


def _release(session: Session, release_id: str) -> Release:
    release = session.get(Release, release_id)
    if release is None:
        raise LayerMissing(f"there is no release {release_id!r}")
    return release


def _relations_to(own: Layer, beside: Layer, tolerance_m: float) -> dict[str, str]:
    """Relate one area to some others at a tolerance: code → what this one is to it."""
    if is_smaller(own.release, beside.release):
        found = relate(own.shapes, beside.shapes, tolerance_m)
        return dict(zip(beside.codes[found.b].tolist(), found.relation.tolist(), strict=True))
    turned = relate(beside.shapes, own.shapes, tolerance_m)
    return {
        code: MIRRORED[relation]
        for code, relation in zip(beside.codes[turned.a], turned.relation.tolist(), strict=True)
    }


def _kept_of(session: Session, code: str, this: str, that: str) -> pd.DataFrame | None:
    """Read one area's rows of a kept table; None where it is not kept."""
    first, second = sorted((this, that))
    kept = session.get(OverlapTable, (first, second))
    if kept is None or kept.state != CURRENT:
        return None
    own = Overlap.code_a if this == first else Overlap.code_b
    rows = session.execute(
        select(*(getattr(Overlap, name) for name in COLUMNS))
        .where(Overlap.release_a == first, Overlap.release_b == second, own == code)
        .order_by(Overlap.code_a, Overlap.code_b)
    ).all()
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(MEASURES, float))
    return _as_seen_from(frame, is_a=this == first)


def _as_seen_from(frame: pd.DataFrame, *, is_a: bool) -> pd.DataFrame:
    """Name the columns of pairs as one of the two sides sees them."""
    this, that = ("a", "b") if is_a else ("b", "a")
    named = frame.rename(columns={f"code_{that}": "code"})
    for name in ("share_of", "postcode_share_of", "people_share_of", "people_of"):
        named = named.rename(
            columns={f"{name}_{this}": f"{name}_this", f"{name}_{that}": f"{name}_that"}
        )
    if not is_a:
        named["relation"] = named["relation"].map(MIRRORED)
    counted = [name for name in PEOPLE_SEEN if name in named]
    return named[[*SEEN, *counted]].sort_values("code", ignore_index=True)


def people_beside(session: Session, code: str, this: str, that: str) -> pd.DataFrame:
    """Count the people that one area has in common with those that it meets, by the postcodes behind the shares.

    Returns columns code, people, people_of_this, people_of_that, always worked out anew: the kept table holds the
    shares alone. Raises LayerMissing where `this` does not draw the area.
    """
    own = read_layer(session, _release(session, this), codes=[code])
    if not len(own.codes):
        raise LayerMissing(f"{this} does not draw {code}")
    found = _computed_of(session, own, _release(session, that), with_people=True)
    return found[["code", *PEOPLE_SEEN]]


def _computed_of(
    session: Session, own: Layer, other: Release, *, with_people: bool = False
) -> pd.DataFrame:
    """Compute one area's rows from the outlines around it, by the same steps as the whole table.

    Where one layer draws small areas, postcodes go with these: then all small areas of the areas that
    this one meets are needed, and what those meet in turn, for the shares of the others to be whole.
    """
    this = own.release
    near_box = own.box
    is_small = set_of_release(this) is not None
    if this.id == other.id or is_small == (set_of_release(other) is not None):
        around = read_layer(session, other, near_box)
        block = (own, around)
    elif is_small:
        met = read_layer(session, other, near_box)
        block = (read_layer(session, this, met.box), met) if len(met.codes) else (own, met)
        block = (block[0], read_layer(session, other, block[0].box))
    else:
        small = read_layer(session, other, near_box)
        block = (read_layer(session, this, small.box) if len(small.codes) else own, small)
    pairs = measure_layers(session, *block, default_tolerance(this, other), with_people=with_people)
    mine = pairs[pairs["code_a"] == own.codes[0]]
    return _as_seen_from(mine, is_a=True)


def _in_tenths(tell: Callable[[str], None]) -> Callable[[float], None]:
    """Tell progress at every tenth of the work."""
    told = [0]

    def step(share: float) -> None:
        if int(share * 10) > told[0]:
            told[0] = int(share * 10)
            tell(f"  {told[0] * 10} % of the outlines related")

    return step


def _locked_release(session: Session, release_id: str) -> Release:
    """Get a release, locked so that nobody withdraws or removes it before this transaction ends."""
    release = session.get(Release, release_id, with_for_update={"read": True})
    if release is None:
        raise LayerMissing(f"there is no release {release_id!r}")
    return release


def _lock(session: Session, first: str, second: str, *, wait: bool) -> None:
    """Take the place of the one who computes a table; raises OverlapsBusy where it is taken and none waits."""
    name = {"name": f"overlaps {first} {second}"}
    if wait:
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), name)
    elif not session.scalar(
        text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"), name
    ):
        raise OverlapsBusy(f"{first} and {second} are being compared; ask again in a few seconds")


def _store(session: Session, first: str, second: str, found: pd.DataFrame) -> None:
    """Write a table's rows in place of those that were there."""
    ids = {"release_a": first, "release_b": second}
    wanted = {"state": STALE, "tolerance_m": 0.0, "pairs": 0, "seconds": 0.0}
    session.execute(insert(OverlapTable).values({**ids, **wanted}).on_conflict_do_nothing())
    session.execute(delete(Overlap).where(Overlap.release_a == first, Overlap.release_b == second))
    values = found.astype({"postcodes": "Int64"}).astype(object)
    rows = values.where(values.notna(), None)[list(COLUMNS)].itertuples(index=False)
    copy_binary(
        session, "overlaps", {"release_a": "text", "release_b": "text", **_KINDS},
        ((first, second, *row) for row in rows),
    )  # fmt: skip
