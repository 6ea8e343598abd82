"""The rows behind a number of a profile, so that its formula can be done again by anybody; does none of it itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.exports.sheets import Sheet
from app.indicators.methods.standardise import average_ranks
from app.indicators.queries import IndexRow
from app.indicators.values import indicator_frame
from app.priorities.queries import find_names
from app.profiles.comparators import PARTIAL, district_levels
from app.profiles.profile import stand_on_ground
from app.profiles.queries import IndexAreas, read_index_areas
from app.profiles.subject import Subject
from app.profiles.themes import Ground
from app.profiles.trends import ground_in_editions
from boundaries.errors import Fault, Invalid

DOMAINS = "domains"
COUNCILS = "councils"
HERE = "here"


def rows_of(
    session: Session, subject: Subject, index: IndexRow, edition: IndexRow, measure: str, of: str, day: date
) -> Sheet:  # fmt: skip
    """Give the rows behind a profile's numbers on one measure, for one place of it, in one edition.

    of : `here`, `partnership`, `england`, `nearest`, `councils`, or a comparator's key (`district:CODE`).
    measure : of the edition, or `domains` for all of them. Raises Invalid for others.
    """
    ground, _ = stand_on_ground(session, subject, index, day)
    areas = ground.areas if edition.id == index.id else read_index_areas(session, edition, day)
    wanted = areas.domains if measure == DOMAINS else [measure]
    if measure != DOMAINS and measure not in edition.measures:
        known = ", ".join((*edition.measures, DOMAINS))
        raise Invalid(
            f"{edition.id} has no measure {measure[:40]!r}; it has {known}",
            [Fault("unknown measure", "/measure", value=measure[:40])],
        )
    if of == COUNCILS:
        return _council_rows(areas, wanted)
    people, share = _weights(session, ground, areas, index, edition, of)
    # Of another edition the residents of the ground were carried, and they weigh its levels.
    residents = people if of == HERE and edition.id != index.id else areas.residents
    return _area_rows(session, areas, wanted, people, residents, share, subject)


def indicator_rows(
    session: Session, subject: Subject, index: IndexRow, indicator_id: str, period: str | None, of: str,
    day: date,
) -> Sheet:  # fmt: skip
    """Give the rows behind an indicator's number; small counts of a confidential upload are empty.

    of : `here`, `england` or a comparator's key. Raises Invalid for others.
    """
    ground, _ = stand_on_ground(session, subject, index, day)
    _, share = _weights(session, ground, ground.areas, index, index, of)
    codes = sorted(str(code) for code in share.index)
    frame = indicator_frame(session, indicator_id, codes, period)
    names = find_names(session, codes)
    residents = ground.areas.residents.reindex(codes)
    table = pd.DataFrame(
        {
            "code": codes, "name": [names.get(code) for code in codes], "residents": residents.to_numpy(),
            "share": share.reindex(codes).to_numpy(dtype=np.float64),
            "value": frame["value"].reindex(codes).to_numpy(),
            "state": frame["state"].reindex(codes).fillna("not listed").to_numpy(),
        }
    )  # fmt: skip
    columns = [("code", "text"), ("name", "text"), ("residents", "number"), ("share", "number")]
    columns += [("value", "number"), ("state", "text")]
    return _sheet("indicator_rows", "The rows behind an indicator's number", columns, table)


def _weights(
    session: Session, ground: Ground, areas: IndexAreas, index: IndexRow, edition: IndexRow, of: str
) -> tuple[pd.Series, pd.Series]:
    """Give the people and the share of each row's area: of the ground itself, or of a place beside it, whole."""
    if of == HERE and edition.id == index.id:
        codes = ground.people.index
        return areas.people.reindex(codes), ground.subject.shares[ground.estimate].astype("float64")
    if of == HERE:
        carried = ground_in_editions(
            session, ground.residents.round().astype("int64"), index, [edition]
        )[0].carried
        if carried is None:
            raise Invalid(
                f"the ground cannot be found in {edition.id}",
                [Fault("not found there", "/edition")],
            )
        # What was carried is who lives on the ground: the whole of it counts.
        return carried.people.astype("float64"), pd.Series(1.0, index=carried.people.index)
    if of == "england":
        return areas.people, pd.Series(1.0, index=areas.people.index)
    found = {one.key: one for one in ground.comparators}
    if of not in found or edition.id != index.id:
        known = ", ".join((HERE, *found, COUNCILS))
        raise Invalid(
            f"this profile has no rows of {of[:40]!r}; it has those of {known}",
            [Fault("unknown place", "/of", value=of[:40])],
        )
    if found[of].reason:
        raise Invalid(
            f"{found[of].name}: {found[of].reason}", [Fault(PARTIAL, "/of", value=of[:40])]
        )
    weights = found[of].weights
    return weights, pd.Series(1.0, index=weights.index)


def _area_rows(
    session: Session, areas: IndexAreas, measures: Sequence[str], people: pd.Series, residents: pd.Series,
    share: pd.Series, subject: Subject,
) -> Sheet:  # fmt: skip
    codes = people.index.sort_values()
    names = find_names(session, [str(code) for code in codes])
    inside = set() if subject.partnership is None else set(subject.partnership)
    columns: list[tuple[str, str]] = [("code", "text"), ("name", "text"), ("district", "text")]
    table = pd.DataFrame(
        {
            "code": codes, "name": [names.get(str(code)) for code in codes],
            "district": areas.district.reindex(codes).to_numpy(),
            "in_partnership": [code in inside for code in codes],
            "people": people.reindex(codes).to_numpy(),
            "residents": residents.reindex(codes).to_numpy(), "share": share.reindex(codes).to_numpy(),
        }
    )  # fmt: skip
    columns += [
        ("in_partnership", "truth"),
        ("people", "number"),
        ("residents", "number"),
        ("share", "number"),
    ]
    for measure in measures:
        ending = "" if len(measures) == 1 else f"_{measure}"
        averaged = _averaged(areas, measure)
        for name, frame in (
            ("score", areas.values[measure]), ("rank", areas.ranks[measure]),
            ("rank_averaged", averaged), ("transformed", areas.transformed[measure]),
        ):  # fmt: skip
            table[f"{name}{ending}"] = frame.reindex(codes).to_numpy()
            columns.append((f"{name}{ending}", "number"))
    return _sheet("profile_rows", "The rows behind a profile's numbers", columns, table)


def _averaged(areas: IndexAreas, measure: str) -> pd.Series:
    ranks = areas.ranks[measure]
    if not areas.is_whole:
        return ranks
    return pd.Series(average_ranks(ranks.to_numpy(dtype=np.float64)), index=ranks.index)


def _council_rows(areas: IndexAreas, measures: Sequence[str]) -> Sheet:
    if not areas.is_whole:
        raise Invalid(PARTIAL, [Fault(PARTIAL, "/of", value=COUNCILS)])
    frames = {"score": district_levels(areas, areas.values[list(measures)])}
    frames["transformed"] = district_levels(areas, areas.transformed[list(measures)])
    codes = frames["score"].index
    table = pd.DataFrame(
        {
            "code": codes, "name": [areas.names.get(str(code)) for code in codes],
            "people": areas.people.groupby(areas.district).sum().reindex(codes).to_numpy(),
        }
    )  # fmt: skip
    columns: list[tuple[str, str]] = [("code", "text"), ("name", "text"), ("people", "number")]
    for measure in measures:
        ending = "" if len(measures) == 1 else f"_{measure}"
        for name, frame in frames.items():
            table[f"{name}{ending}"] = frame[measure].to_numpy()
            columns.append((f"{name}{ending}", "number"))
    return _sheet("profile_councils", "Councils and their means", columns, table)


def _sheet(name: str, title: str, columns: list[tuple[str, str]], table: pd.DataFrame) -> Sheet:
    whole = table.astype(object).where(table.notna(), None)
    return Sheet(name, title, tuple(columns), whole.to_dict("records"))  # type: ignore[arg-type]
