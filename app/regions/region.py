"""All partnerships of a region for a regional office: a row for each, and roll-ups that count each pound once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.indicators.queries import has_only_read
from app.latest import Latest
from app.partnerships.overlaps import all_overlaps
from app.partnerships.standings import Standings, read_standings
from app.priorities.ground import members_of
from app.regions.money import RegionGround, region_money
from app.regions.wording import say_region
from app.resources.partnership_money import LedgerAsked, check_asked
from app.resources.partnerships_together import OnGround, read_on_ground
from app.sessions import moment_of
from app.strategies.accreditation import accreditation_of
from app.strategies.methods.judge import STATUSES
from app.strategies.progress import progress_of
from app.strategies.queries import list_targets
from boundaries.errors import Conflict, Fault, Invalid, NotFound
from boundaries.gss import is_demo_code
from boundaries.queries import get_area

# Nine regions, of a few days and stages.
MOST_KEPT = 24
# Less of a partnership than this in a region is a drawn line's inaccuracy.
LEAST_SHARE = 0.0001
_kept: Latest[dict[str, Any]] = Latest(MOST_KEPT)


class NotARegion(Invalid):
    """The code names an area, but no region."""

    slug = "not-a-region"
    title = "That is no region"


def partnerships_of_region(
    session: Session, code: str, day: date, *, stage: str = "awarded"
) -> dict[str, Any]:
    """Tell of every partnership with ground in a region on a day.

    Kept while the database shows exactly the same data (the key holds PostgreSQL's own snapshot): nobody changes
    what is given. Raises UnknownArea, NotARegion, Invalid for an unknown stage, LayerMissing.
    """
    check_asked(LedgerAsked(stage=stage))
    area = get_area(session, code)
    if area.type != "rgn":
        detail = f"{area.name} ({area.code}) is a {area.type}, not a region"
        raise NotARegion(detail, [Fault(detail, "/code", value=area.code)])
    key = (str(session.get_bind().engine.url), moment_of(session), area.code, day, stage)
    return _kept.get(
        key, lambda: _tell(session, area.code, area.name, day, stage), keeps=has_only_read(session)
    )


def _tell(session: Session, code: str, name: str, day: date, stage: str) -> dict[str, Any]:
    demo = is_demo_code(code)
    members = members_of(session, [code], ["rgn"])
    standings = read_standings(session, day, demo=demo)
    frame = standings.districts
    is_in = frame["code"].isin(members).to_numpy()
    districts = frame["code"][is_in].tolist()
    shares = _shares(standings, is_in)
    overlaps = _overlaps(session, day, demo=demo) if shares else {}
    rows, held = [], []
    for at, share in shares.items():
        row, ground = _row(session, standings, at, share, overlaps, day)
        rows.append(row)
        held += [ground] if ground is not None else []
    money = region_money(session, RegionGround(name, districts), held, stage)
    for row in rows:
        row["money"] = money["by_partnership"].get(row["slug"])
        if row["money"] is None and not row["reason"]:
            row["reason"] = money["reasons"].get(row["slug"], "")
    people = frame["people"][is_in].astype(float).sum(skipna=False)
    body = {
        "region": {"code": code, "name": name, "demo": demo}, "as_at": day, "stage": stage,
        "districts": len(districts), "people": None if np.isnan(people) else round(float(people)),
        "release": standings.tier.layer.id, "attribution": standings.tier.layer.attribution,
        "people_source": standings.tier.people_source,
        "items": rows, "roll_up": _roll_up(rows, standings, list(shares), is_in),
        "money": {name: money[name] for name in money if name not in ("by_partnership", "reasons")},
    }  # fmt: skip
    return {"sentence": say_region(body), **body}


def _shares(standings: Standings, is_in: np.ndarray[Any, Any]) -> dict[int, dict[str, float | None]]:  # fmt: skip
    """Give each partnership with ground in the region the shares of it that lie there, by position."""
    found: dict[int, dict[str, float | None]] = {}
    for at in range(len(standings.rows)):
        inside = float(standings.area_m2[at, is_in].sum())
        whole = float(standings.area_m2[at].sum())
        if not whole or inside / whole < LEAST_SHARE:
            continue
        lives, all_lives = standings.people[at, is_in].sum(), standings.people[at].sum()
        known = not np.isnan(all_lives) and all_lives > 0
        found[at] = {
            "share_in_region": round(min(inside / whole, 1.0), 6),
            "population_share_in_region": round(float(lives / all_lives), 6) if known else None,
            "people_in_region": None if np.isnan(lives) else round(float(lives)),
        }
    return found


def _row(
    session: Session, standings: Standings, at: int, share: Mapping[str, float | None],
    overlaps: Mapping[str, list[dict[str, Any]]], day: date,
) -> tuple[dict[str, Any], OnGround | None]:  # fmt: skip
    """Tell one partnership, and its ledger's ground where that is loaded."""
    one = standings.rows[at]
    row: dict[str, Any] = {
        "slug": one.slug, "name": one.name, "kind": one.kind, **share,
        "straddles": share["share_in_region"] != 1.0, "reason": "",
        "verdict": None, "priorities": None, "accreditation": None,
    }  # fmt: skip
    ground = None
    try:
        ground = read_on_ground(session, one.slug, day)
    except (NotFound, Conflict, Invalid) as problem:
        row["reason"] = problem.detail
    if ground is not None:
        summary = ground.designated.summary
        row |= {
            "verdict": ground.alignment["verdict"], "by_tier": ground.alignment["by_tier"],
            "priorities": {
                name: summary[name]
                for name in ("areas_selected", "areas_total", "people_selected", "people_total")
            } | {"index": ground.designated.index.id},
        }  # fmt: skip
    counts = dict.fromkeys(STATUSES, 0)
    if list_targets(session, one.slug):
        counts = progress_of(session, one.slug, day)["counts"]
    row["progress"] = counts
    told = accreditation_of(
        session, one.slug, day, alignment=None if ground is None else ground.alignment,
        overlaps=overlaps.get(one.slug, []),
    )  # fmt: skip
    noted = sum(each["note"] is not None for each in told["criteria"])
    row["accreditation"] = {**told["counts"], "noted": noted, "criteria": len(told["criteria"])}
    return row, ground


def _overlaps(session: Session, day: date, *, demo: bool) -> dict[str, list[dict[str, Any]]]:
    """Give each partnership the others on its ground, as accreditation asks for them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for pair in all_overlaps(session, day, demo=demo):
        for own, other in (("a", "b"), ("b", "a")):
            told = {"name": pair[f"name_{other}"], "same_ground": pair["same_ground"]}
            found.setdefault(pair[own], []).append(told)
    return found


def _roll_up(
    rows: list[dict[str, Any]], standings: Standings, shown: list[int], is_in: np.ndarray[Any, Any]
) -> dict[str, Any]:  # fmt: skip
    """Sum up what can be summed: districts and people covered once, verdicts, targets, evidence."""
    covered = (standings.area_m2[shown][:, is_in] > 0).any(axis=0) if shown else np.zeros(0)
    return {
        "partnerships": len(rows), "straddling": sum(row["straddles"] for row in rows),
        "districts_touched": int(covered.sum()),
        "kinds": dict(sorted(Counter(row["kind"] for row in rows).items())),
        "verdicts": dict(sorted(Counter(row["verdict"] or "cannot-tell" for row in rows).items())),
        "targets": {word: sum(row["progress"][word] for row in rows) for word in STATUSES},
        "evidence": {
            word: sum(row["accreditation"][word] for row in rows)
            for word in ("shown", "partly", "missing")
        },
    }  # fmt: skip
