"""The ground of councils before and of what would follow them, in small areas: what neighbourhoods and money read.

A small area that a part of a council cuts goes, as a whole, where most of its people would; each such one is listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.neighbourhoods.queries import release_of_set
from app.rehearsals.methods.regroup import Part, Piece
from app.resources.queries import SETS, GroundFound, find_ground
from boundaries.footprints import Ground as Footing
from boundaries.footprints import shares_of

SHARE_COLUMNS = ("code", "ground", "people_share", "area_share")


class NamedGround(NamedTuple):
    """One council before, or one unitary or council after: `new` where it does not exist yet."""

    name: str
    code: str | None
    new: bool
    found: GroundFound


@dataclass(frozen=True)
class Grounds:
    """The touched ground told twice: by councils as they are, and as it would be; both in one set of small areas.

    shares : of each small area the grounds after (positions in `after`) that hold it, SHARE_COLUMNS, shares 0
    to 1 that sum to 1. cut : small areas that a part cuts.
    """

    area_set: str
    before: list[NamedGround]
    after: list[NamedGround]
    together: GroundFound
    shares: pd.DataFrame
    cut: list[str]


def read_grounds(
    session: Session, pieces: Sequence[Piece], parts: Sequence[Part], unitaries: Sequence[str],
    names: Mapping[str, str], day: date, *, demo: bool, area_set: str = SETS[0],
) -> Grounds:  # fmt: skip
    """Read the small areas of each touched council and share them out as the pieces go.

    names : of councils, by code. Raises GroundNotLoaded where a council's small areas are not here, LayerMissing.
    """
    there = [piece for piece in pieces if piece.area_m2 > 0]
    councils = sorted({piece.council for piece in pieces})
    own = {code: find_ground(session, [code], area_set=area_set) for code in councils}
    cut_councils = {part.council for part in parts}
    left = [piece for piece in there if piece.unitary is None]
    titles = [*unitaries, *(piece.name for piece in left)]
    at = {name: place for place, name in enumerate(unitaries)}
    at_left = {piece.council: len(unitaries) + place for place, piece in enumerate(left)}
    goes = {
        piece.council: at[piece.unitary] if piece.unitary is not None else at_left[piece.council]
        for piece in there if piece.code == piece.council
    }  # fmt: skip
    goes_by_part = {p.code: at[p.unitary] for p in there if p.code != p.council and p.unitary}
    shares = pd.concat(
        [
            _whole(own[code], goes[code]) if code not in cut_councils
            else _divided(session, own[code], [p for p in parts if p.council == code], goes.get(code),
                          goes_by_part, day, area_set=area_set, demo=demo)
            for code in councils
        ],
        ignore_index=True,
    )  # fmt: skip
    shares = shares.drop_duplicates(["code", "ground"])
    most = shares.sort_values(["people_share", "ground"], ascending=[False, True])
    home = most.drop_duplicates("code").groupby("ground")["code"].agg(list).to_dict()
    after = []
    for place, title in enumerate(titles):
        whole = [code for code in councils if code not in cut_councils and goes[code] == place]
        touched = [
            code for code in cut_councils
            if goes.get(code) == place or any(goes_by_part[p.code] == place for p in parts if p.council == code)
        ]  # fmt: skip
        new = place < len(unitaries)
        found = find_ground(
            session, whole, area_set=area_set, areas=home.get(place, []), cut=sorted(touched)
        )
        after.append(NamedGround(title, None if new else left[place - len(unitaries)].council, new, found))  # fmt: skip
    together = find_ground(session, councils, area_set=area_set)
    counts = shares["code"].value_counts()
    before = [NamedGround(names[code], code, False, own[code]) for code in councils]
    return Grounds(area_set, before, after, together, shares, sorted(counts.index[counts > 1]))


def _whole(found: GroundFound, ground: int) -> pd.DataFrame:
    codes = sorted(found.ground.areas)
    return pd.DataFrame({"code": codes, "ground": ground, "people_share": 1.0, "area_share": 1.0})


def _divided(
    session: Session, found: GroundFound, parts: Sequence[Part], rest: int | None,
    goes_by_part: Mapping[str, int], day: date, *, area_set: str, demo: bool,
) -> pd.DataFrame:  # fmt: skip
    """Share a council's small areas out over its parts and the rest of it, by people where they are known."""
    release = release_of_set(session, area_set, demo=demo)
    rows = []
    for part in parts:
        held = shares_of(
            session, Footing(codes=(part.code,), as_at=day, demo=demo), release.id
        ).set_index("code")
        held = held[held.index.isin(found.ground.areas)]
        by_area = held["area_share"].fillna(0.0).clip(0, 1)
        by_people = held["people_share"].fillna(by_area).clip(0, 1)
        rows.append(
            pd.DataFrame({"code": held.index, "ground": goes_by_part[part.code],
                          "people_share": by_people.to_numpy(), "area_share": by_area.to_numpy()})
        )  # fmt: skip
    taken = pd.concat(rows, ignore_index=True)
    taken = taken[(taken["people_share"] > SLIVER) | (taken["area_share"] > SLIVER)]
    together = taken.groupby("code")[["people_share", "area_share"]].sum()
    codes = sorted(found.ground.areas)
    over = together.reindex(codes).fillna(0.0)
    if rest is not None:
        left = pd.DataFrame({"code": codes, "ground": rest,
                             "people_share": np.maximum(1 - over["people_share"].to_numpy(), 0.0),
                             "area_share": np.maximum(1 - over["area_share"].to_numpy(), 0.0)})  # fmt: skip
        left = left[(left["people_share"] > SLIVER) | (left["area_share"] > SLIVER)]
        taken = pd.concat([taken, left], ignore_index=True)
    taken = taken.groupby(["code", "ground"], as_index=False)[["people_share", "area_share"]].sum()
    total = taken.groupby("code")[["people_share", "area_share"]].transform("sum")
    for name in ("people_share", "area_share"):
        taken[name] = (taken[name] / total[name]).fillna(0.0)
    return taken[list(SHARE_COLUMNS)]


# METHODS.md 1.2: what parts a false overlap of two drawings from a true one.
SLIVER = 0.05
