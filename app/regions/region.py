"""All partnerships of a region for a regional office: a row for each, and roll-ups that count each pound once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from app.dependencies import today
from app.latest import Latest
from app.marks import (
    EVERY_INPUT,
    GEOGRAPHY,
    INDICES,
    MONEY,
    database_of,
    mark_of_partnerships,
    mark_of_tables,
    marks_of_records,
)
from app.partnerships.overlaps import overlaps_among
from app.partnerships.standings import Standings, read_standings
from app.priorities.ground import members_of
from app.regions.actions import keep_answer
from app.regions.grounds import HeldGround, grounds_of
from app.regions.methods.turns import Turns
from app.regions.money import RegionGround, region_money
from app.regions.queries import find_answer, mark_of_answer
from app.regions.rows import RowAsked, rows_of
from app.regions.turns import turns_before
from app.regions.wording import say_region
from app.resources.partnership_money import LedgerAsked, check_asked
from app.resources.queries import file_owners
from app.strategies.methods.judge import STATUSES
from boundaries.errors import Fault, Invalid
from boundaries.gss import is_demo_code
from boundaries.moments import sees_a_moment
from boundaries.queries import get_area
from boundaries.tables import Area

# Nine regions, between a few turns and by stage.
MOST_KEPT = 24
# Less of a partnership than this in a region is a drawn line's inaccuracy.
LEAST_SHARE = 0.0001
_kept: Latest[dict[str, Any]] = Latest(MOST_KEPT)
_found: Latest[dict[str, Any]] = Latest(MOST_KEPT)


class NotARegion(Invalid):
    """The code names an area, but no region."""

    slug = "not-a-region"
    title = "That is no region"


def partnerships_of_region(
    session: Session, code: str, day: date, *, stage: str = "awarded"
) -> dict[str, Any]:
    """Tell of every partnership with ground in a region on a day.

    Kept while the partnerships, what is kept of those in the region and all inputs are as they are, whatever else
    is written, and given of every day between the same turns: nobody changes what is given. Raises UnknownArea,
    NotARegion, Invalid for an unknown stage, LayerMissing.
    """
    check_asked(LedgerAsked(stage=stage))
    area = get_area(session, code)
    if area.type != "rgn":
        detail = f"{area.name} ({area.code}) is a {area.type}, not a region"
        raise NotARegion(detail, [Fault(detail, "/code", value=area.code)])
    demo, keeps = is_demo_code(area.code), sees_a_moment(session)
    turns = turns_before(session, day, demo=demo)
    if not keeps:
        return _worked_out(session, area, day, turns, stage, demo=demo, keeps=False)
    mark = mark_of_answer(session, turns, demo=demo)

    def find_or_work_out() -> dict[str, Any]:
        found = find_answer(session, area.code, stage, mark)
        if found is None:
            found = _worked_out(session, area, day, turns, stage, demo=demo, keeps=True)
            # Of today also the database keeps it: who has just begun need not work it out.
            if day == today():
                keep_answer(session, area.code, stage, mark, found)
        return found

    told = _found.get((database_of(session), area.code, stage, mark), find_or_work_out)
    return told if told["as_at"] == day else told | {"as_at": day}


def _worked_out(
    session: Session, area: Area, day: date, turns: Turns, stage: str, *, demo: bool, keeps: bool
) -> dict[str, Any]:  # fmt: skip
    ground_mark = (
        mark_of_tables(session, (*GEOGRAPHY, *INDICES)), mark_of_partnerships(session, demo=demo), area.code,
        turns.of_ground, turns.living_on,
    )  # fmt: skip
    ground = _grounds.get(
        ground_mark,
        lambda: _read_ground(session, area.code, day, turns, demo=demo, keeps=keeps),
        keeps=keeps,
    )
    inputs = mark_of_tables(session, EVERY_INPUT)
    records = marks_of_records(session, list(ground.held))

    def tell() -> dict[str, Any]:
        money = _money(session, area, ground, stage, keeps=keeps)
        rows = _rows(session, ground, day, turns, keeps=keeps)
        return _tell(area, ground, rows, money, stage, day)

    return _kept.get((ground_mark, inputs, stage, records, turns.every), tell, keeps=keeps)


class _Ground(NamedTuple):
    """A region's partnerships on their ground, by position in the standings; held by slug, or why one is not."""

    standings: Standings
    is_in: np.ndarray[Any, Any]
    shares: dict[int, dict[str, float | None]]
    overlaps: dict[str, list[dict[str, Any]]]
    held: dict[str, HeldGround | str]

    @property
    def districts(self) -> list[str]:
        """Name the region's districts of the day."""
        found: list[str] = self.standings.districts["code"][self.is_in].tolist()
        return found


# Nine regions, between a few turns; where they lie, and their money by stage.
_grounds: Latest[_Ground] = Latest(MOST_KEPT)
_moneys: Latest[dict[str, Any]] = Latest(MOST_KEPT)


def _read_ground(
    session: Session, code: str, day: date, turns: Turns, *, demo: bool, keeps: bool
) -> _Ground:
    members = members_of(session, [code], ["rgn"])
    standings = read_standings(session, day, demo=demo)
    is_in = standings.districts["code"].isin(members).to_numpy()
    shares = _shares(standings, is_in)
    overlaps = _overlaps(session, standings) if shares else {}
    slugs = [standings.rows[at].slug for at in shares]
    held = grounds_of(session, slugs, day, turns, keeps=keeps)
    return _Ground(standings, is_in, shares, overlaps, held)


def _money(
    session: Session, area: Area, ground: _Ground, stage: str, *, keeps: bool
) -> dict[str, Any]:  # fmt: skip
    """Sum the money of the region; it follows from ground and from who was given files, from no other word or day."""
    held = [one for one in ground.held.values() if isinstance(one, HeldGround)]
    region = RegionGround(area.name, ground.districts)
    owners = file_owners(session, demo=ground.standings.demo)
    given = tuple((owner, tuple(codes or ())) for _, owner, codes in owners if owner)
    inputs = mark_of_tables(session, (*GEOGRAPHY, *INDICES, *MONEY))
    key = (inputs, area.code, *ground.districts, stage, given, *(one.mark for one in held))
    return _moneys.get(key, lambda: region_money(session, region, held, stage), keeps=keeps)


def _rows(
    session: Session, ground: _Ground, day: date, turns: Turns, *, keeps: bool
) -> list[dict[str, Any]]:
    """Tell each partnership, its money aside; those are read anew of which a word changed, or a neighbour's."""
    standings = ground.standings
    asked = [
        RowAsked(
            standings.rows[at].slug, standings.rows[at].name, standings.rows[at].kind, share,
            ground.held[standings.rows[at].slug], ground.overlaps.get(standings.rows[at].slug, []),
        )
        for at, share in ground.shares.items()
    ]  # fmt: skip
    return rows_of(session, asked, day, turns, keeps=keeps)


def _tell(
    area: Area, ground: _Ground, rows: list[dict[str, Any]], money: Mapping[str, Any], stage: str, day: date
) -> dict[str, Any]:  # fmt: skip
    standings, is_in = ground.standings, ground.is_in
    for row in rows:
        row["money"] = money["by_partnership"].get(row["slug"])
        if row["money"] is None and not row["reason"]:
            row["reason"] = money["reasons"].get(row["slug"], "")
    people = standings.districts["people"][is_in].astype(float).sum(skipna=False)
    body = {
        "region": {"code": area.code, "name": area.name, "demo": standings.demo}, "as_at": day, "stage": stage,
        "districts": len(ground.districts), "people": None if np.isnan(people) else round(float(people)),
        "release": standings.tier.layer.id, "attribution": standings.tier.layer.attribution,
        "people_source": standings.tier.people_source,
        "items": rows, "roll_up": _roll_up(rows, standings, list(ground.shares), is_in),
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


def _overlaps(session: Session, standings: Standings) -> dict[str, list[dict[str, Any]]]:
    """Give each partnership the others on its ground, as accreditation asks for them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for pair in overlaps_among(session, standings):
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
