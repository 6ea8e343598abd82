"""The authorities of a day as one layer draws them, ready to be measured against; a layer of another day is refused."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pandas as pd
from sqlalchemy.orm import Session

from app.latest import Latest
from app.marks import GEOGRAPHY, mark_of_tables
from app.partnerships.queries import areas_of
from boundaries.errors import Fault
from boundaries.methods.code_verdict import LowerAuthority
from boundaries.methods.verdict import AuthorityLayer
from boundaries.moments import sees_a_moment
from boundaries.queries import (
    DrawnBy,
    LayerMissing,
    get_area,
    is_alive,
    layer_on,
    lower_tier,
    outlines,
)

# The second and third character of the codes of districts that have a county over them.
IN_A_COUNTY = "07"


@dataclass(frozen=True)
class Tier:
    """The lower tier of a day: its layer, and each authority with its county, area and people."""

    layer: DrawnBy
    frame: pd.DataFrame

    def rows(self) -> list[LowerAuthority]:
        """Give the authorities as the verdict wants them; one without a county is its own upper tier."""
        return self._rows

    @cached_property
    def _rows(self) -> list[LowerAuthority]:
        return [
            LowerAuthority(
                row.code, row.name, row.county_code if isinstance(row.county_code, str) else row.code,
                row.county_name if isinstance(row.county_name, str) else row.name,
                float(row.area_m2), None if pd.isna(row.people) else int(row.people),
            )
            for row in self.frame.itertuples(index=False)
        ]  # fmt: skip

    @property
    def people_source(self) -> str:
        """Say of which period the people are; more than one where loads of two kinds met."""
        return "; ".join(sorted(self.frame["people_period"].dropna().unique())) or "not known"

    def without_county(self, codes: Collection[str]) -> list[str]:
        """Name the districts among some codes that lie in a county, as their code says, of which none is loaded."""
        two_tier = self.frame["code"].str[1:3] == IN_A_COUNTY
        lost = self.frame[two_tier & self.frame["county_code"].isna()]
        return lost["name"][lost["code"].isin(codes)].tolist()


# The districts of a day, 0.1 MB.
MOST_KEPT = 8
_kept: Latest[Tier] = Latest(MOST_KEPT)


def read_tier(session: Session, day: date, *, demo: bool) -> Tier:
    """Read the lower tier of a day; an authority that the day's layer does not draw is left out, and said so.

    Kept while the geography is as it is: nobody changes what is given.
    """
    key = (mark_of_tables(session, GEOGRAPHY), day, demo)
    return _kept.get(key, lambda: _read_tier(session, day, demo=demo), keeps=sees_a_moment(session))


def _read_tier(session: Session, day: date, *, demo: bool) -> Tier:
    frame = lower_tier(session, day, demo=demo)
    return Tier(layer_on(session, "lad", day, demo=demo), frame[frame["area_m2"].notna()])


def check_drawn(session: Session, codes: Sequence[str], tier: Tier) -> None:
    """Refuse authorities that lived on the day but that no layer held here draws: their area is not known."""
    drawn = set(tier.frame["code"]) | set(tier.frame["county_code"].dropna())
    faults = [
        Fault(
            # The day is not named: what is kept of one is told of others between the same turns.
            f"{get_area(session, code).name} ({code}) is not in {tier.layer.id}, the layer that draws "
            "most of that day",
            f"/codes/{codes.index(code)}",
            value=code,
        )
        for code in codes
        if code not in drawn
    ]
    if faults:
        raise LayerMissing("; ".join(fault.detail for fault in faults), faults)


def authority_layer(
    session: Session, day: date, box: tuple[float, float, float, float], *, demo: bool
) -> AuthorityLayer:
    """Read the outlines (BNG) of the day's lower tier that meet a box, ready to be measured against.

    Raises LayerMissing where the nearest layer draws there an authority that did not live on the
    day: its neighbours then may not have either, and nothing measured would be of that day.
    """
    layer = layer_on(session, "lad", day, demo=demo)
    near = outlines(session, layer.id, alive_on=day if layer.temporal else None, box=box)
    strange = [
        f"{area.name} ({area.code}), which began on {area.valid_from}"
        if area.valid_from and area.valid_from > day
        else f"{area.name} ({area.code}), which ended on {area.valid_to}"
        for area in areas_of(session, near["code"].tolist())
        if not is_alive(area, day)
    ]
    if strange:
        raise LayerMissing(
            f"no layer held here draws the authorities of that day on this ground; {layer.id} has there "
            + ", ".join(strange),
            [Fault("no layer of that day", "/as_at", value=str(day))],
        )
    return AuthorityLayer.from_frame(near)
