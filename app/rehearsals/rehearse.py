"""What a plan of new unitaries would do: who would live where, which counties end, how partnerships would lie.

It only computes. People and ground are counted before and after, and are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import shapely
from sqlalchemy.orm import Session

from app.partnerships.standings import (
    OUTLINE_TOLERANCE_M,
    Standing,
    Standings,
    read_standings,
)
from app.rehearsals.methods.regroup import Piece, cut_into_pieces, tier_after
from app.rehearsals.plans import Plan
from app.rehearsals.reach import reach_of
from app.rehearsals.resolving import Resolved, resolve_plan
from app.rehearsals.wording import say_rehearsal
from app.resources.partnership_money import LedgerAsked, check_asked
from boundaries.footprints import outline_of_codes
from boundaries.methods.code_verdict import LowerAuthority, TierShare, verdict_by_codes
from boundaries.methods.erosion import unite
from boundaries.methods.verdict import AuthorityLayer, OutlineVerdict, judge_outline
from boundaries.queries import outlines


@dataclass(frozen=True)
class _Regrouped:
    """A plan carried out: the pieces, the tier as it is and as it would be, and each unitary's stand-in code."""

    resolved: Resolved
    pieces: list[Piece]
    before: list[LowerAuthority]
    after: list[LowerAuthority]
    unitary_codes: dict[str, str]


def rehearse(
    session: Session, plan: Plan, *, as_at: date | None, today: date, stage: str = "awarded"
) -> dict[str, Any]:
    """Rehearse a plan on the councils of a day: the last one before the plan's own day, or today if that is earlier.

    stage : whose lines of money are told, planned, awarded or paid. Raises PlanInvalid with every fault of
    the plan, LayerMissing, Invalid for an unknown stage.
    """
    check_asked(LedgerAsked(stage=stage))
    day = as_at or min(today, plan.day - timedelta(days=1) if plan.day else today)
    resolved = resolve_plan(session, plan, day)
    done = _regroup(plan, resolved)
    touched = {piece.council for piece in done.pieces}
    unitaries = [_unitary(plan, n, done) for n in range(len(plan.unitaries))]
    left = [piece for piece in done.pieces if piece.unitary is None and piece.area_m2 > 0]
    standings = read_standings(session, day, demo=resolved.demo, councils=touched)
    partnerships = _partnerships(session, standings, done, touched)
    counties = _counties(resolved, touched)
    before = _sum(row.people for row in done.before if row.code in touched)
    reach = reach_of(
        session, done.pieces, resolved.parts, [one.name for one in plan.unitaries],
        {row.code: row.name for row in done.before}, day, demo=resolved.demo, stage=stage,
    )  # fmt: skip
    body = {
        "name": plan.name, "day": plan.day, "as_at": day, "release": resolved.tier.layer.id,
        "quality": resolved.tier.layer.quality, "attribution": resolved.tier.layer.attribution,
        "people_source": resolved.tier.people_source, "unitaries": unitaries,
        "not_taken": [_piece_row(piece) for piece in left],
        "people_before": before, "people_after": _sum(piece.people for piece in done.pieces),
        "area_m2_before": round(sum(r.area_m2 for r in done.before if r.code in touched)),
        "area_m2_after": round(sum(piece.area_m2 for piece in done.pieces)),
        "counties": counties, "moved": _moved(done), "partnerships": partnerships,
        **reach,
    }  # fmt: skip
    return {"sentence": say_rehearsal(body), **body}


def _regroup(plan: Plan, resolved: Resolved) -> _Regrouped:
    before = resolved.tier.rows()
    in_plan = set(resolved.goes_to) | {part.council for part in resolved.parts}
    councils = [row for row in before if row.code in in_plan]
    pieces = cut_into_pieces(councils, resolved.goes_to, resolved.parts, resolved.part_goes_to)
    codes = {one.name: f"unitary-{n}" for n, one in enumerate(plan.unitaries, start=1)}
    after = tier_after(pieces, codes, [row for row in before if row.code not in in_plan])
    return _Regrouped(resolved, pieces, before, after, codes)


def _sum(values: Any) -> int | None:
    """Add whole numbers up; None where one is not known."""
    found = list(values)
    return None if any(value is None for value in found) else sum(found)


def _unitary(plan: Plan, n: int, done: _Regrouped) -> dict[str, Any]:
    name = plan.unitaries[n].name
    own = [piece for piece in done.pieces if piece.unitary == name and piece.area_m2 > 0]
    return {
        "name": name, "people": _sum(piece.people for piece in own),
        "area_m2": round(sum(piece.area_m2 for piece in own)),
        "councils": [_piece_row(piece) for piece in own if piece.code == piece.council],
        "parts": [_piece_row(piece) for piece in own if piece.code != piece.council],
    }  # fmt: skip


def _piece_row(piece: Piece) -> dict[str, Any]:
    return {
        "code": piece.code, "name": piece.name, "council": piece.council, "people": piece.people,
        "area_m2": round(piece.area_m2),
    }  # fmt: skip


def _moved(done: _Regrouped) -> list[dict[str, Any]]:
    """List the parts that go another way than the rest of their council."""
    whither = done.resolved.goes_to
    types = {part.code: part.type for part in done.resolved.parts}
    names = {row.code: row.name for row in done.before}
    return [
        _piece_row(piece) | {
            "type": types[piece.code], "council_name": names[piece.council],
            "rest_goes_to": whither.get(piece.council), "goes_to": piece.unitary,
        }
        for piece in done.pieces
        if piece.code != piece.council
    ]  # fmt: skip


def _counties(resolved: Resolved, touched: set[str]) -> list[dict[str, Any]]:
    """Say of each touched county whether it would end, and which districts of it no unitary takes."""
    frame = resolved.tier.frame.dropna(subset=["county_code"])
    rows = []
    for code, members in frame.groupby("county_code"):
        if not touched & set(members["code"]):
            continue
        out = members[~members["code"].isin(resolved.goes_to)]
        rows.append({
            "code": code, "name": members["county_name"].iloc[0], "ends": out.empty,
            "left_out": [
                {"code": row.code, "name": row.name, "people": None if pd.isna(row.people) else int(row.people)}
                for row in out.itertuples(index=False)
            ],
        })  # fmt: skip
    return rows


def _partnerships(
    session: Session, standings: Standings, done: _Regrouped, touched: set[str]
) -> list[dict[str, Any]]:
    """Say how each saved partnership on the ground lies to the councils before, and to those after."""
    rows = []
    shapes: AuthorityLayer | None = None
    for at, one in enumerate(standings.rows):
        if not touched & set(standings.touched(at)):
            continue
        if one.outline is None:
            before, after = _by_codes(one, done)
        else:
            shapes = shapes or _shapes_after(session, done, touched, standings)
            before, after = _by_outline(session, one.outline, standings, shapes)
        people = standings.people[at].sum()
        rows.append({
            "partnership": one.slug, "name": one.name, "kind": one.kind,
            "basis": "codes" if one.outline is None else "outline",
            "people": None if pd.isna(people) else round(float(people)),
            "before": before, "after": after, "changes": before["verdict"] != after["verdict"],
        })  # fmt: skip
    return rows


def _by_codes(one: Standing, done: _Regrouped) -> tuple[dict[str, Any], dict[str, Any]]:
    before = verdict_by_codes(one.codes, done.before).lower
    inside = {
        piece.code for piece in done.pieces if piece.council in one.codes and piece.area_m2 > 0
    }
    others = {row.code for row in done.after} & set(one.codes)
    after = verdict_by_codes(inside | others, done.after).upper
    return (
        {"verdict": before.verdict, "authorities": [_share_row(row, None) for row in before.authorities]},
        {"verdict": after.verdict, "authorities": [_share_row(row, done) for row in after.authorities]},
    )  # fmt: skip


def _share_row(row: TierShare, done: _Regrouped | None) -> dict[str, Any]:
    new = done is not None and row.code in done.unitary_codes.values()
    return {
        "code": None if new else row.code, "name": row.name, "new": new, "whole": row.whole,
        "share_of_authority": row.share_of_authority, "share_of_partnership": row.share_of_partnership,
        "population_share_of_authority": row.population_share_of_authority,
        "population_share_of_partnership": row.population_share_of_partnership,
    }  # fmt: skip


def _shapes_after(
    session: Session, done: _Regrouped, touched: set[str], standings: Standings
) -> AuthorityLayer:
    """Draw the authorities as they would be: pieces joined to unitaries, the untouched as they are."""
    day_layer = standings.tier.layer.id
    drawn = outlines(session, day_layer).set_index("code").geometry
    parts = {
        part.code: outline_of_codes(session, (part.code,), standings.day, demo=standings.demo)[0]
        for part in done.resolved.parts
    }
    shapes: dict[str, list[Any]] = {}
    for piece in done.pieces:
        if piece.area_m2 <= 0:
            continue
        if piece.code != piece.council:
            shape = shapely.intersection(parts[piece.code], drawn[piece.council])
        else:
            taken = [parts[p.code] for p in done.resolved.parts if p.council == piece.council]
            shape = drawn[piece.council]
            shape = shapely.difference(shape, shapely.union_all(taken)) if taken else shape
        shapes.setdefault(piece.unitary or piece.council, []).append(shape)
    names = dict(zip(standings.districts["code"], standings.districts["name"], strict=True))
    codes = [done.unitary_codes.get(key, key) for key in shapes]
    titles = [key if key in done.unitary_codes else names[key] for key in shapes]
    rest = [code for code in names if code not in touched and code in drawn.index]
    return AuthorityLayer(
        [*codes, *rest], [*titles, *(names[code] for code in rest)],
        [*(unite(pieces) for pieces in shapes.values()), *drawn[rest]],
    )  # fmt: skip


def _by_outline(
    session: Session, outline: shapely.MultiPolygon, standings: Standings, after: AuthorityLayer
) -> tuple[dict[str, Any], dict[str, Any]]:
    layer = standings.tier.layer
    near = outlines(session, layer.id, box=outline.bounds)
    near = near[near["code"].isin(standings.districts["code"])]
    found = [
        judge_outline(
            outline, one, tolerance_m=OUTLINE_TOLERANCE_M, layer_tolerance_m=layer.tolerance_m
        )
        for one in (AuthorityLayer.from_frame(near), after)
    ]
    return _outline_row(found[0]), _outline_row(found[1])


def _outline_row(found: OutlineVerdict) -> dict[str, Any]:
    rows: Sequence[Any] = found.touched
    return {
        "verdict": found.verdict,
        "authorities": [
            {
                "code": None if row.code.startswith("unitary-") else row.code, "name": row.name,
                "new": row.code.startswith("unitary-"), "whole": row.whole,
                "share_of_authority": row.share_of_authority,
                "share_of_partnership": row.share_of_partnership,
                "population_share_of_authority": None, "population_share_of_partnership": None,
            }
            for row in rows
        ],
    }  # fmt: skip
