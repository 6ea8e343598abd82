"""Loads lookups that answer for a span of days, and the other codes and names of areas.

Every function runs in the caller's transaction and may be repeated: what is here stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import pandas as pd
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.sources.outcome import Outcomes, RowFinding, outcome_of
from app.sources.parishes import (
    store_parishes_of_2010,
    store_parishes_of_2022,
    store_unknown,
)
from boundaries.methods.lives import lives_between
from boundaries.sources import codes as lists
from boundaries.sources.codes import Codes
from boundaries.sources.dated import (
    COPIES,
    LOOKUPS,
    RURAL_URBAN,
    Dated,
    compare_copy,
    read_dated,
    read_rural_urban,
)
from boundaries.sources.districts import REGISTER, Districts
from boundaries.sources.files import FileLacking, Files
from boundaries.sources.lookups import SET_2021_FROM
from boundaries.sources.msoas import MSOA_LINKS, read_msoa_links
from boundaries.storing import (
    store_area_codes,
    store_area_names,
    store_areas,
    store_memberships,
    store_successions,
)
from boundaries.tables import Area

# The lists of health areas, in order of day; each is whole.
BOARD_LISTS = tuple(
    path for path, lookup in LOOKUPS.items() if any(over.area_type == "icb" for over in lookup.over)
)
# What is small enough to be read for every place: districts, and the lists of codes and names.
OF_DISTRICTS = (
    *(path for path, lookup in LOOKUPS.items() if lookup.is_of_districts),
    lists.CODE_CHANGE,
    lists.OLD_CODES_2013,
    lists.HISTORY,
    REGISTER,
)


def load_dated(
    session: Session, files: Files, districts: Districts, paths: Collection[str]
) -> Outcomes:
    """Store the lookups, codes and names of some files, by their paths in the mirror.

    A copy of another file stores nothing: where it differs, that is a finding. Raises FileLacking.
    """
    outcomes: Outcomes = {}
    active = districts.active
    found = {
        path: read_dated(files, lookup, active) for path, lookup in LOOKUPS.items() if path in paths
    }
    if RURAL_URBAN in paths:
        found[RURAL_URBAN] = read_rural_urban(files)
    for path, dated in found.items():
        _store_dated(session, dated)
        outcomes[path] = outcome_of(*dated.rows)
    if all(path in found for path in BOARD_LISTS):
        _store_boards(session, [found[path] for path in BOARD_LISTS])
    listed = _read_lists(files, active, paths)
    for path, one in listed.items():
        _store_codes(session, one)
        outcomes[path] = outcome_of(*one.rows)
    _store_codes(session, lists.read_exception_codes(active))
    if lists.PARISHES_2010 in listed:
        store_parishes_of_2010(session, listed[lists.PARISHES_2010].areas)
    if lists.PARISHES_2022 in listed:
        store_parishes_of_2022(session, listed[lists.PARISHES_2022].areas)
    if lists.BUILT_UP_2022 in listed:
        # Drawn for the census, as small areas are.
        store_unknown(session, listed[lists.BUILT_UP_2022].areas, (SET_2021_FROM, None))
    if lists.DISTRICTS_22_23 in paths:
        rows, strange = lists.check_districts_23(files, districts.successions)
        outcomes[lists.DISTRICTS_22_23] = outcome_of(*rows, _findings(strange, "disputed-link"))
    if MSOA_LINKS in paths:
        links, rows, strange = read_msoa_links(files)
        store_successions(session, links)
        outcomes[MSOA_LINKS] = outcome_of(*rows, _findings(strange, "disputed-link"))
    for path, copy in COPIES.items():
        if path in paths:
            rows_in, differing = compare_copy(files, copy)
            outcomes[path] = outcome_of(rows_in, 0, _findings(differing, "differs-from-copy"))
    return outcomes


def load_dated_of_districts(session: Session, files: Files, districts: Districts) -> None:
    """Store what the lookups and lists of districts say, as far as their files are here; for a place."""
    here = set()
    for path in OF_DISTRICTS:
        try:
            files(path)
        except FileLacking:
            continue
        here.add(path)
    if lists.CODE_CHANGE not in here:
        here.discard(lists.OLD_CODES_2013)  # which county a code begins with, the change says
    load_dated(session, files, districts, here)


def _store_dated(session: Session, dated: Dated) -> None:
    store_unknown(session, dated.parents)
    store_memberships(session, dated.memberships)
    store_area_codes(session, dated.codes)


def _store_codes(session: Session, listed: Codes) -> None:
    own = {row[0]: row[1] for row in session.execute(
        select(Area.code, Area.name).where(Area.code.in_(listed.names["area_code"].tolist()))
    )}  # fmt: skip
    is_other = [
        own.get(code, "").casefold() != name.casefold()
        for code, name in listed.names[["area_code", "name"]].itertuples(index=False)
    ]
    store_area_codes(session, listed.codes)
    store_area_names(session, listed.names[is_other])
    store_memberships(session, listed.memberships)


def _store_boards(session: Session, listed: Sequence[Dated]) -> None:
    """Tell the lives of health areas from their full lists, and give them the name of the latest that has them.

    A name that an earlier list has is kept as a former one, to the first day of the list that lacks it.
    """
    days = [dated.memberships["from_day"].iloc[0] for dated in listed]
    rows = []
    for kind in ("ccg", "icb"):
        names = [
            dated.parents[dated.parents["type"] == kind].set_index("code")["name"]
            for dated in listed
        ]
        lives = lives_between([(day, set(one.index)) for day, one in zip(days, names, strict=True)])
        last = pd.concat(names[::-1])
        last = last[~last.index.duplicated()]
        areas = pd.DataFrame({"code": last.index, "name": last.to_numpy(), "type": kind})
        areas["valid_from"] = [lives[code][0] for code in areas["code"]]
        areas["valid_to"] = [lives[code][1] for code in areas["code"]]
        store_areas(
            session, areas.astype({"valid_from": object, "valid_to": object}), lives_known=True
        )
        rows += [
            (code, one[code], "former", next_day, BOARD_LISTS[at].rsplit("/", 1)[-1])
            for at, (one, later, next_day) in enumerate(
                zip(names, names[1:], days[1:], strict=False)
            )
            for code in one.index
            if code in later.index and one[code] != later[code]
        ]
        session.execute(
            update(Area),
            [{"code": code, "name": name} for code, name in last.items()],
        )
    columns = ["area_code", "name", "kind", "until", "source"]
    store_area_names(session, pd.DataFrame(rows, columns=columns))


def _read_lists(
    files: Files, active: Mapping[str, str], paths: Collection[str]
) -> dict[str, Codes]:
    readers: Mapping[str, Callable[[], Codes]] = {
        lists.CODE_CHANGE: lambda: lists.read_code_change(files),
        lists.OLD_CODES_2013: lambda: lists.read_old_codes_2013(files),
        REGISTER: lambda: lists.read_register(files),
        lists.HISTORY: lambda: lists.read_history(files),
        lists.PARISHES_2010: lambda: lists.read_parishes_2010(files, active),
        lists.PARISHES_2022: lambda: lists.read_parishes_2022(files),
        lists.BUILT_UP_2022: lambda: lists.read_built_up_2022(files),
    }
    return {path: read() for path, read in readers.items() if path in paths}


def _findings(frame: pd.DataFrame, rule: str) -> tuple[RowFinding, ...]:
    return tuple(
        RowFinding(int(row.row), str(row.code), rule, str(row.detail)) for row in frame.itertuples()
    )
