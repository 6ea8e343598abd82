"""A saved partnership's money: its ground, its priority neighbourhoods and the ledger against them, asked together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import NamedTuple

import pandas as pd
from sqlalchemy.orm import Session

from app.partnerships.alignment import align_ground, whole_and_cut
from app.partnerships.queries import ground_of_partnership
from app.priorities.actions import Designated, designate
from app.priorities.methods.conditions import worst_percent
from app.priorities.queries import find_partnership_place
from app.resources.building import ledger_on, require_set
from app.resources.estimating import basis_faults, estimate_places
from app.resources.methods.dates import is_financial_year
from app.resources.methods.ledger import STAGES, Ledger, Neighbourhood
from app.resources.methods.views import VIEWS
from app.resources.queries import GroundFound, find_ground
from app.resources.saved_neighbourhoods import CHOICES, PRIORITIES, SAVED, saved_neighbourhoods
from app.resources.summing import LedgerGround, ledger_ground
from boundaries.errors import Fault, Invalid

DEFAULT_WORST = 10


class LedgerAsked(NamedTuple):
    """What is asked of a ledger: a financial year or None for all, a view, a stage, the index of the priorities,
    by what every line is shared out in the estimate beside (None: as each says itself), and whose neighbourhoods
    stand in it: the priorities' or the partnership's saved ones."""

    year: str | None = None
    by: str = "neighbourhood"
    stage: str = "awarded"
    index_id: str | None = None
    basis: str | None = None
    neighbourhoods: str = PRIORITIES


class PartnershipMoney(NamedTuple):
    """A ledger and the index whose worst tenth made its neighbourhoods."""

    ledger: Ledger
    index_id: str


def check_asked(asked: LedgerAsked) -> LedgerAsked:
    """Refuse a view, stage or year that there is not, all faults at once. Raises Invalid."""
    faults = basis_faults(asked.basis)
    if asked.by not in VIEWS:
        faults.append(Fault(f"by: one of {', '.join(VIEWS)}", pointer="/by", value=asked.by[:40]))
    if asked.stage not in STAGES:
        faults.append(
            Fault(f"stage: one of {', '.join(STAGES)}", pointer="/stage", value=asked.stage[:40])
        )
    if asked.neighbourhoods not in CHOICES:
        told, value = f"neighbourhoods: one of {', '.join(CHOICES)}", asked.neighbourhoods[:40]
        faults.append(Fault(told, pointer="/neighbourhoods", value=value))
    if asked.year is not None and not is_financial_year(asked.year):
        faults.append(
            Fault("year: a financial year such as 2018-19", pointer="/year", value=asked.year[:40])
        )
    if faults:
        raise Invalid("; ".join(fault.detail for fault in faults), faults)
    return asked


def neighbourhoods_of(designated: Designated) -> list[Neighbourhood]:
    """Write a designation's groups as the ledger wants them; people stay None where not known."""
    return [
        Neighbourhood(
            int(str(number)), str(row["name"]), tuple(row["codes"]),
            None if pd.isna(row["people"]) else int(row["people"]),
        )
        for number, row in designated.groups.groups.iterrows()
    ]  # fmt: skip


def chosen_neighbourhoods(
    session: Session, designated: Designated, slug: str | None, which: str
) -> list[Neighbourhood]:
    """Give the neighbourhoods that stand in a partnership's ledger. Raises NoSavedNeighbourhoods, LayerMissing."""
    if which == SAVED and slug is not None:
        return saved_neighbourhoods(session, slug, designated.index.area_set)
    return neighbourhoods_of(designated)


def partnership_ledger(
    session: Session, slug: str, asked: LedgerAsked, day: date
) -> PartnershipMoney:
    """Build a saved partnership's ledger against its worst tenth by an index (None: its default one).

    Raises Invalid, UnknownPartnership, NoSmallAreas, UnknownIndex.
    """
    shared = shared_ground(session, slug, asked, day)
    ground = shared.ground
    ledger = ledger_on(session, ground.found, ground.parameters, ground.relations, asked.year)
    estimate = estimate_places(
        session, ground.parameters, ground.found, ground.relations, asked.basis, year=asked.year
    )
    return PartnershipMoney(replace(ledger, estimate=estimate), shared.index_id)


class SharedGround(NamedTuple):
    """What every question of one partnership's ledger starts from; see `summing.LedgerGround`."""

    ground: LedgerGround
    designated: Designated
    index_id: str


def shared_ground(session: Session, slug: str, asked: LedgerAsked, day: date) -> SharedGround:
    """Relate the places of a stage's lines to a saved partnership and its worst tenth, or its saved neighbourhoods.

    Raises Invalid, UnknownPartnership, NoSmallAreas, UnknownIndex, SetWithoutMoney, NoSavedNeighbourhoods.
    """
    check_asked(asked)
    designated = _designated(session, slug, asked.index_id)
    require_set(designated.index.area_set)
    whole, cut = whole_and_cut(
        align_ground(session, ground_of_partnership(session, slug, day), day)
    )
    found = find_ground(
        session, whole, chosen_neighbourhoods(session, designated, slug, asked.neighbourhoods),
        area_set=designated.index.area_set, areas=list(designated.ground.codes), cut=cut,
    )  # fmt: skip
    ground = ledger_ground(session, found, stage=asked.stage, slug=slug, codes=[*whole, *cut])
    return SharedGround(ground, designated, designated.index.id)


def partnership_ground(
    session: Session, slug: str, day: date, index_id: str | None = None
) -> GroundFound:
    """Say a saved partnership's ground and neighbourhoods as the preview of a file needs them."""
    designated = _designated(session, slug, index_id)
    whole, cut = whole_and_cut(
        align_ground(session, ground_of_partnership(session, slug, day), day)
    )
    return find_ground(
        session, whole, neighbourhoods_of(designated),
        area_set=designated.index.area_set, areas=list(designated.ground.codes), cut=cut,
    )  # fmt: skip


def _designated(session: Session, slug: str, index_id: str | None) -> Designated:
    return designate(
        session, find_partnership_place(session, slug), worst_percent(DEFAULT_WORST), index_id
    )
