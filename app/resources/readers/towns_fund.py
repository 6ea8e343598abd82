"""Towns Fund awards: Town Deals by project, Future High Streets Fund by place; each stands at its council."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.resources.methods.amounts import RuleBroken, pence_from
from app.resources.readers.frames import ReadLines, StatedPlace, clean_text, lines_frame
from app.vintages.readers.cells import FileRefused, Sheet, read_sheet
from boundaries.errors import Fault

FUNDS = {"TD": "Town Deals", "HS": "Future High Streets Fund"}
FUNDER = "Ministry of Housing, Communities and Local Government"
PLACES_FILE, PROJECTS_FILE, AWARDS_FILE = (
    "towns_fund_places.csv",
    "towns_fund_projects.csv",
    "TF-grant-awarded.csv",
)
_PLACE_CODE_LENGTH = 6


@dataclass(frozen=True)
class TownsFundFiles:
    """The three files that belong together: awards hold the money, places the council, projects the names."""

    awards: Path
    places: Path
    projects: Path

    @classmethod
    def in_folder(cls, folder: Path) -> TownsFundFiles:
        """The three files by their published names in one folder."""
        return cls(folder / AWARDS_FILE, folder / PLACES_FILE, folder / PROJECTS_FILE)


def read_towns_fund(files: TownsFundFiles) -> ReadLines:
    """Read the awards; each row of the awards file is one line or one refusal.

    Returns
    -------
    ReadLines, stage `awarded`, no award date and no financial year (the source states neither).
    The place is the council of the award's place (the town named in the title is finer, but the
    source gives it no code), so every line is of a whole district. An award whose code is not in
    the project list (programme management and the like) is stored under its place and noted.
    A total that differs from its revenue and capital parts is stored as published and noted.

    Raises
    ------
    FileRefused : a file or a column is missing.
    """
    awards = _sheet(files.awards, ("index code", "rdel", "cdel", "total"))
    places = _sheet(files.places, ("place_id", "place", "lad_name", "lad_code_current"))
    projects = _sheet(files.projects, ("project_id", "project_name"))
    place_by_id = {clean_text(row["place_id"]): row for _, row in places.rows}
    project_by_id = {clean_text(row["project_id"]): row for _, row in projects.rows}
    name = files.awards.name
    records: list[dict[str, object]] = []
    faults, notes = list(awards.faults), [*awards.notes, *places.notes, *projects.notes]
    seen: set[str] = set()
    for number, row in awards.rows:
        code = clean_text(row.get("index code")) or ""
        place = place_by_id.get(code[:_PLACE_CODE_LENGTH])
        rule = _code_rule(code, seen, known_place=place is not None)
        if rule:
            faults.append(
                Fault(rule[1], file=name, row=number, column="index code", value=code, rule=rule[0])
            )
            continue
        assert place is not None
        try:
            pence = pence_from(row.get("total")).pence
        except RuleBroken as fault:
            shown = clean_text(row.get("total")) or ""
            faults.append(
                Fault(
                    fault.detail,
                    file=name,
                    row=number,
                    column="total",
                    value=shown,
                    rule=fault.rule,
                )
            )
            continue
        seen.add(code)
        notes.extend(_notes(number, row, pence, name, code, known_project=code in project_by_id))
        records.append(_record(number, code, pence, place, project_by_id.get(code)))
    return ReadLines(
        lines_frame(records), tuple(faults), tuple(notes), len(awards.rows) + len(awards.faults)
    )


def _code_rule(code: str, seen: set[str], *, known_place: bool) -> tuple[str, str] | None:
    if not code:
        return "value-required", "The award has no code."
    if code in seen:
        return "identifier-once", "The award's code stands in an earlier row already."
    if not known_place or code[:2] not in FUNDS:
        return "place-is-known", "The award's code begins with no place of the Towns Fund."
    return None


def _record(
    number: int, code: str, pence: int, place: dict[str, object], project: dict[str, object] | None
) -> dict[str, object]:
    town, fund = clean_text(place["place"]) or code, FUNDS[code[:2]]
    project_name = clean_text(project["project_name"]) if project else None
    council = clean_text(place["lad_name"])
    return {
        "row": number,
        "identifier": f"towns-fund:{code}",
        "title": f"{town}: {project_name}" if project_name else f"{town}: {fund}, award {code}",
        "funder": FUNDER,
        "programme": fund,
        "recipient": clean_text(place.get("local_authority")) or council,
        "stage": "awarded",
        "amount_pence": pence,
        "currency": "GBP",
        "places": (
            StatedPlace(name=council, code=clean_text(place["lad_code_current"]), code_type="lad"),
        ),
        "recipient_address": False,
    }


def _notes(
    number: int, row: dict[str, object], pence: int, name: str, code: str, *, known_project: bool
) -> list[Fault]:
    notes = []
    if code.startswith("TD"):
        if not known_project:
            notes.append(
                Fault(
                    "The award is not in the list of projects.",
                    file=name,
                    row=number,
                    column="index code",
                    value=code,
                    rule="project-is-listed",
                )
            )
        try:
            parts = pence_from(row.get("rdel")).pence + pence_from(row.get("cdel")).pence
        except RuleBroken:
            parts = pence
        if parts != pence:
            notes.append(
                Fault(
                    "Revenue and capital do not add up to the total; the total is used.",
                    file=name,
                    row=number,
                    column="total",
                    value=str(row.get("total")),
                    rule="parts-add-up",
                )
            )
    return notes


def _sheet(path: Path, columns: tuple[str, ...]) -> Sheet:
    sheet = read_sheet(path, path.name)
    missing = [column for column in columns if column not in sheet.columns]
    if missing:
        raise FileRefused(
            f"{path.name} lacks the column {missing[0]!r}.",
            [
                Fault(
                    "The column is missing.", file=path.name, column=column, rule="column-required"
                )
                for column in missing
            ],
        )
    return sheet
