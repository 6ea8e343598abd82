"""How a partnership lies to local government: by codes where it has them, by outline where it has not.

The answer is the body of `POST /align`. Codes are exact and need no geometry; an outline is
measured against one coherent layer of the day, and every share says what it rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
import shapely
from sqlalchemy.orm import Session

from app.partnerships.queries import Ground, claims
from app.partnerships.tiers import Tier, authority_layer, check_drawn, read_tier
from boundaries import footprints
from boundaries.area_types import area_type_of
from boundaries.errors import Fault, Invalid
from boundaries.history import successors
from boundaries.methods.code_verdict import (
    CodesVerdict,
    join_words,
    say_outline_verdict,
    say_verdict,
    verdict_by_codes,
)
from boundaries.methods.verdict import OutlineVerdict, classify, judge_outline
from boundaries.queries import (
    UnknownArea,
    demo_of,
    get_area,
    is_alive,
    layer_on,
)

DEFAULT_TOLERANCE_M = 25.0
MAX_TOLERANCE_M = 500.0
MAX_CODES = 1000


class NotAnAuthority(Invalid):
    """A code names an area, but no district, unitary, borough or county."""

    slug = "not-an-authority"
    title = "That is no authority"


def align_codes(
    session: Session, codes: Sequence[str], day: date, *, name: str | None = None,
    tolerance_m: float = DEFAULT_TOLERANCE_M, slug: str | None = None, kind: str = "lsp",
) -> dict[str, Any]:  # fmt: skip
    """Align a list of authority codes, lower and upper tier, with areas and people.

    Raises UnknownArea for codes that nobody knows or that do not live on the day (their successors
    are named), NotAnAuthority for areas of other types; all faults together.
    """
    if len(codes) > MAX_CODES:
        raise Invalid(
            f"at most {MAX_CODES} codes are aligned at once", [Fault("too many", "/codes")]
        )
    tidy = _check_codes(session, codes, day)
    tier = read_tier(session, day, demo=demo_of(tidy))
    check_drawn(session, tidy, tier)
    found = verdict_by_codes(tidy, tier.rows())
    lost = tier.without_county([row.code for row in found.lower.authorities])
    if lost:
        # A district whose county is not known is not its own upper tier.
        found = replace(found, upper=replace(found.lower, verdict="cannot-tell"), left_out=())
    names = dict(zip(tier.frame["code"], tier.frame["name"], strict=True))
    inside = [row.code for row in found.lower.authorities]
    subject = name or "This partnership"
    return {
        "verdict": found.lower.verdict,
        "by_tier": {"lower": found.lower.verdict, "upper": found.upper.verdict},
        "basis": "codes",
        "outside_share": 0.0,
        "sentence": say_verdict(subject, found),
        "tolerance_m": tolerance_m,
        "as_at": day,
        "release": tier.layer.id,
        "quality": tier.layer.quality,
        "attribution": tier.layer.attribution,
        "people_source": tier.people_source,
        "authorities": _code_rows(found),
        "left_out": [
            {"code": row.code, "name": row.name, "people": row.people} for row in found.left_out
        ],
        "claimed_twice": [
            {**claim, "authority": names.get(claim["code"])}
            for claim in claims(session, inside, kind=kind, day=day, but=slug)
        ],
        "warnings": _no_county(lost),
    }


def _no_county(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    return [
        f"The county of {join_words(names)} is not loaded, so nothing is said of the upper tier."
    ]


def _code_rows(found: CodesVerdict) -> list[dict[str, Any]]:
    rows = list(found.lower.authorities)
    own = {row.code for row in rows}
    rows += [row for row in found.upper.authorities if row.code not in own]
    return [
        {
            "code": row.code, "name": row.name, "type": area_type_of(row.code), "tier": row.tier, "whole": row.whole,
            "share_of_authority": row.share_of_authority, "share_of_partnership": row.share_of_partnership,
            "population_share_of_authority": row.population_share_of_authority,
            "population_share_of_partnership": row.population_share_of_partnership,
        }
        for row in rows
    ]  # fmt: skip


def _check_codes(session: Session, codes: Sequence[str], day: date) -> list[str]:
    faults: list[Fault] = []
    tidy: list[str] = []
    wrong_kind = False
    for position, code in enumerate(codes):
        pointer = f"/codes/{position}"
        try:
            area = get_area(session, code)
        except UnknownArea as problem:
            faults.append(Fault(problem.detail, pointer, value=code[:40]))
            continue
        if area.type not in ("lad", "cty"):
            wrong_kind = True
            faults.append(
                Fault(f"{area.name} is a {area.type}, not an authority", pointer, value=code[:40])
            )
        elif not is_alive(area, day):
            after = ", ".join(s.new_code for s in successors(session, area.code)) or "none recorded"
            faults.append(
                Fault(
                    f"{area.name} ended on {area.valid_to}; successors: {after}",
                    pointer,
                    value=code[:40],
                )
            )
        else:
            tidy.append(area.code)
    if not codes:
        raise Invalid("name at least one authority", [Fault("an empty list", "/codes")])
    if faults:
        kind = (
            NotAnAuthority
            if wrong_kind and len(faults) == sum("not an authority" in f.detail for f in faults)
            else UnknownArea
        )
        raise kind("; ".join(fault.detail for fault in faults), faults)
    return tidy


def outline_body(
    session: Session, outline: shapely.MultiPolygon, found: OutlineVerdict, day: date, *, name: str | None = None,
    demo: bool = False, slug: str | None = None, kind: str = "lsp",
) -> dict[str, Any]:  # fmt: skip
    """Write an outline's verdict as the body of `POST /align`, with people's shares and the upper tier.

    People of an authority that is only partly in are its own times the share of people that its
    footprint has inside (by postcodes and small areas); where they are not loaded it says None.
    """
    tier = read_tier(session, day, demo=demo)
    people = _people_inside(session, outline, found, tier, demo=demo)
    counties = _upper_rows(found, tier, people)
    lower = [
        {
            "code": row.code, "name": row.name, "type": "lad", "tier": "lower", "whole": row.whole,
            "touched": row.touched, "share_of_authority": row.share_of_authority,
            "share_of_partnership": row.share_of_partnership,
            "core_share_of_authority": row.core_share_of_authority,
            **people.shares(row.code),
        }
        for row in found.authorities
    ]  # fmt: skip
    lost = tier.without_county([row.code for row in found.touched])
    upper = "cannot-tell" if lost else _upper_verdict(counties, lower)
    touched = [row.code for row in found.touched]
    touching_counties = {row["code"] for row in counties if row["touched"]}
    frame = tier.frame.set_index("code")
    members = frame[frame["county_code"].isin(touching_counties)]
    return {
        "verdict": found.verdict,
        "by_tier": {
            "lower": found.verdict,
            "upper": upper if found.verdict != "cannot-tell" else "cannot-tell",
        },
        "basis": "outline",
        "outside_share": found.outside_share,
        "sentence": say_outline_verdict(name or "This outline", found),
        "tolerance_m": found.tolerance_m,
        "effective_tolerance_m": found.effective_tolerance_m,
        "widest_leftover_m": round(found.widest_leftover_m, 1),
        "area_m2": found.area_m2,
        "as_at": day,
        "release": tier.layer.id,
        "quality": tier.layer.quality,
        "attribution": tier.layer.attribution,
        "people_source": f"{tier.people_source} by small area, shared by postcodes where an area is cut",
        "authorities": lower + counties,
        "left_out": [
            {
                "code": code,
                "name": row["name"],
                "people": None if pd.isna(row["people"]) else int(row["people"]),
            }
            for code, row in members.iterrows()
            if code not in touched
        ],
        "claimed_twice": claims(session, touched, kind=kind, day=day, but=slug),
        "warnings": [*found.warnings, *_no_county(lost)],
        **(
            {"note": "no English area is touched (Wales, Scotland or the sea?)"}
            if not found.authorities
            else {}
        ),
    }


def _upper_rows(found: OutlineVerdict, tier: Tier, people: _People) -> list[dict[str, Any]]:
    """Sum the lower tier up to its counties: both tiers then rest on the same measurement."""
    county_of = tier.frame.dropna(subset=["county_code"]).set_index("code")
    shares = {row.code: row for row in found.authorities}
    rows = []
    for code in sorted({county_of.loc[c, "county_code"] for c in shares if c in county_of.index}):
        districts = county_of[county_of["county_code"] == code]
        area = float(districts["area_m2"].sum())
        inside = sum(
            shares[c].share_of_authority * float(districts.loc[c, "area_m2"])
            for c in districts.index
            if c in shares
        )
        rows.append(
            {
                "code": code, "name": districts["county_name"].iloc[0], "type": "cty", "tier": "upper",
                "whole": all(c in shares and shares[c].whole for c in districts.index),
                "touched": any(c in shares and shares[c].touched for c in districts.index),
                "share_of_authority": round(inside / area, 6),
                "share_of_partnership": round(
                    sum(shares[c].share_of_partnership for c in districts.index if c in shares), 4
                ),
                **people.sum_shares(list(districts.index)),
            }
        )  # fmt: skip
    return rows


def _upper_verdict(counties: list[dict[str, Any]], lower: list[dict[str, Any]]) -> str:
    in_counties = {row["code"] for row in counties}
    alone = [row for row in lower if row["touched"] and not in_counties]
    rows = [row for row in counties if row["touched"]] or alone
    if counties:
        rows += [
            row
            for row in lower
            if row["touched"] and row["type"] == "lad" and row["code"][1:3] != "07"
        ]
    whole = sum(bool(row["whole"]) for row in rows)
    return classify(whole, len(rows) - whole)


@dataclass(frozen=True)
class _People:
    """People inside an outline and in all, by district; None where the figure is not known."""

    inside: dict[str, float | None]
    total: dict[str, int | None]

    def shares(self, code: str) -> dict[str, float | None]:
        return self.sum_shares([code])

    def sum_shares(self, codes: Sequence[str]) -> dict[str, float | None]:
        """Give the shares of some districts together; a district out of the outline counts as nobody inside."""
        part = _sum([self.inside.get(code, 0.0) for code in codes])
        whole = _sum([self.total.get(code) for code in codes])
        everybody = _sum(list(self.inside.values()))
        return {
            "population_share_of_authority": round(part / whole, 6)
            if part is not None and whole
            else None,
            "population_share_of_partnership": round(part / everybody, 4)
            if part is not None and everybody
            else None,
        }


def _sum(values: Sequence[float | int | None]) -> float | None:
    return (
        None
        if any(value is None for value in values)
        else float(sum(v for v in values if v is not None))
    )


def _people_inside(
    session: Session,
    outline: shapely.MultiPolygon,
    found: OutlineVerdict,
    tier: Tier,
    *,
    demo: bool,
) -> _People:
    total = {
        row.code: None if pd.isna(row.people) else int(row.people)
        for row in tier.frame.itertuples(index=False)
    }
    inside: dict[str, float | None] = {}
    for row in found.authorities:
        if row.whole:
            inside[row.code] = total.get(row.code)
    cut = [row.code for row in found.authorities if row.touched and not row.whole]
    if cut:
        ground = footprints.Ground(outline=outline, demo=demo)
        for code, share in footprints.people_shares(session, ground, tier.layer.id, cut).items():
            people = total.get(code)
            inside[code] = None if share is None or people is None else people * share
    return _People(inside, total)


def whole_and_cut(body: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Split an alignment's lower tier into the codes that are wholly in and those that are only partly."""
    lower = [
        row for row in body["authorities"] if row["tier"] == "lower" and row.get("touched", True)
    ]
    whole = [row["code"] for row in lower if row["whole"]]
    return whole, [row["code"] for row in lower if not row["whole"]]


def align_ground(session: Session, ground: Ground, day: date) -> dict[str, Any]:
    """Align a saved partnership or a passing view: by its outline where it has one, else by its codes."""
    if ground.outline_wkb is None:
        return align_codes(
            session, ground.codes, day, name=ground.name, slug=ground.slug, kind=ground.kind
        )
    outline = shapely.from_wkb(ground.outline_wkb)
    layer = authority_layer(session, day, outline.bounds, demo=ground.demo)
    found = judge_outline(
        outline, layer, tolerance_m=DEFAULT_TOLERANCE_M,
        layer_tolerance_m=layer_on(session, "lad", day, demo=ground.demo).tolerance_m,
    )  # fmt: skip
    return outline_body(
        session,
        outline,
        found,
        day,
        name=ground.name,
        demo=ground.demo,
        slug=ground.slug,
        kind=ground.kind,
    )
