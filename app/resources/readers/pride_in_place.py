"""Pride in Place allocations: £20m over ten years for each neighbourhood. Envelopes, never lines."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from app.resources.methods.amounts import RuleBroken, pence_from
from app.resources.readers.frames import clean_text
from app.vintages.readers.cells import FileRefused, read_sheet
from boundaries.errors import Fault

FUNDER = "Ministry of Housing, Communities and Local Government"
PROGRAMME = "Pride in Place"
ENVELOPE_COLUMNS = (
    "row",
    "id",
    "programme",
    "title",
    "funder",
    "lad_code",
    "area_code",
    "amount_pence",
    "period",
    "note",
)
_REQUIRED = (
    "neighbourhood_name",
    "phase",
    "local_authority_code",
    "local_authority_name",
    "country",
    "allocation_gbp",
    "allocation_period",
)


@dataclass(frozen=True)
class ReadEnvelopes:
    """Envelopes of one programme.

    `frame` has ENVELOPE_COLUMNS (dtype object): `area_code` is the MSOA 2021 that stands for the
    neighbourhood, None where no list or no sure match gives one; `note` says which.
    rows_in = rows of the frame + rows named in `faults`.
    """

    frame: pd.DataFrame
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    rows_in: int

    @property
    def rows_refused(self) -> int:
        """How many rows of the file were not taken."""
        return len({fault.row for fault in self.faults})


def read_pride_in_place(source: Path, small_areas: Path | None = None) -> ReadEnvelopes:
    """Read the list of neighbourhoods, joined to MSOA codes by council and name where just one matches.

    Parameters
    ----------
    source : the programme's list (one row a neighbourhood, all four nations)
    small_areas : list of lad_name, neighbourhood, MSOA21CD; None leaves area_code missing

    Notes
    -----
    Names are compared stripped, with runs of blanks as one and without regard to case; spelling
    is not mended ("Biddick Hill" stays unmatched to "Biddick Hall"). An MSOA that stands for two
    neighbourhoods, or a neighbourhood listed twice, gives no code and a note: one of the two is
    wrong and the file does not say which. Raises FileRefused when a column is missing.
    """
    sheet = read_sheet(source, source.name)
    missing = [column for column in _REQUIRED if column not in sheet.columns]
    if missing:
        raise FileRefused(
            f"{source.name} lacks the column {missing[0]!r}.",
            [
                Fault(
                    "The column is missing.",
                    file=source.name,
                    column=column,
                    rule="column-required",
                )
                for column in missing
            ],
        )
    codes, doubtful = _area_codes(small_areas)
    faults, notes = list(sheet.faults), list(sheet.notes)
    records: list[dict[str, object]] = []
    matched: set[tuple[str, str]] = set()
    for number, row in sheet.rows:
        title, council = (
            clean_text(row.get("neighbourhood_name")),
            clean_text(row.get("local_authority_name")),
        )
        try:
            if not title or not council:
                raise RuleBroken("value-required", "The neighbourhood or its council has no name.")
            pence = pence_from(row.get("allocation_gbp")).pence
        except RuleBroken as fault:
            shown = clean_text(row.get("allocation_gbp")) or ""
            faults.append(
                Fault(
                    fault.detail,
                    file=source.name,
                    row=number,
                    column="allocation_gbp",
                    value=shown,
                    rule=fault.rule,
                )
            )
            continue
        phase, key = clean_text(row.get("phase")) or "", (_name_key(council), _name_key(title))
        area_code, note = None, None
        if phase.startswith("Phase 2"):
            area_code, note = codes.get(key), doubtful.get(key)
            matched.add(key)
            if (
                area_code is None
                and note is None
                and small_areas is not None
                and row.get("country") == "England"
            ):
                note = "The list of small areas has no neighbourhood of this name in this council."
        if note:
            notes.append(
                Fault(
                    note,
                    file=source.name,
                    row=number,
                    column="neighbourhood_name",
                    value=title,
                    rule="one-small-area",
                )
            )
        records.append(
            {
                "row": number,
                "id": f"pride-in-place:{clean_text(row.get('local_authority_code'))}:{key[1].replace(' ', '-')}",
                "programme": f"{PROGRAMME}, {phase}" if phase else PROGRAMME,
                "title": title,
                "funder": FUNDER,
                "lad_code": clean_text(row.get("local_authority_code")),
                "area_code": area_code,
                "amount_pence": pence,
                "period": clean_text(row.get("allocation_period")) or "",
                "note": note,
            }
        )
    for council_key, title_key in sorted(set(codes) | set(doubtful)):
        if (council_key, title_key) not in matched and small_areas is not None:
            notes.append(
                Fault(
                    f"The list of small areas names this neighbourhood of {council_key.title()};"
                    " the programme's list does not.",
                    file=small_areas.name,
                    column="neighbourhood",
                    value=title_key,
                    rule="one-small-area",
                )
            )
    frame = pd.DataFrame(
        {
            name: pd.Series([record[name] for record in records], dtype=object)
            for name in ENVELOPE_COLUMNS
        }
    )
    return ReadEnvelopes(frame, tuple(faults), tuple(notes), len(sheet.rows) + len(sheet.faults))


_Key = tuple[str, str]


def _area_codes(path: Path | None) -> tuple[dict[_Key, str], dict[_Key, str]]:
    """Give (council, neighbourhood) → MSOA for the sure matches, and → reason for the doubtful ones."""
    if path is None:
        return {}, {}
    sheet = read_sheet(path, path.name)
    listed: dict[_Key, set[str]] = defaultdict(set)
    holders: dict[str, set[_Key]] = defaultdict(set)
    for _, row in sheet.rows:
        key = (
            _name_key(str(row.get("lad_name") or "")),
            _name_key(str(row.get("neighbourhood") or "")),
        )
        code = clean_text(row.get("msoa21cd"))
        if code:
            listed[key].add(code)
            holders[code].add(key)
    sure: dict[_Key, str] = {}
    doubtful: dict[_Key, str] = {}
    for key, codes in listed.items():
        shared = sorted(code for code in codes if len(holders[code]) > 1)
        if len(codes) > 1:
            doubtful[key] = f"The list of small areas gives {len(codes)} small areas for this name."
        elif shared:
            others = sorted(other[1].title() for other in holders[shared[0]] - {key})
            doubtful[key] = (
                f"{shared[0]} is given for this neighbourhood and for "
                f"{', '.join(others)}; one of them is wrong."
            )
        else:
            sure[key] = next(iter(codes))
    return sure, doubtful


def _name_key(name: str) -> str:
    return " ".join(name.split()).casefold()
