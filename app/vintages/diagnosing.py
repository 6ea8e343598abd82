"""The vintage doctor: which column of a table holds codes, of which releases they are, and which rows are not well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from app.vintages.counting import Counted, count_cells
from app.vintages.judging import FOUND, Judged, Known, judge_cells, look_up
from app.vintages.methods.code_shapes import repairs_of
from app.vintages.methods.windows import Window, cover_of, windows_of
from app.vintages.queries import change_days, known_areas, releases_drawing
from app.vintages.readers.records import Records, refuse
from boundaries.area_types import AREA_TYPES
from boundaries.queries import plain_name
from boundaries.rebasing import CENSUS_SETS, CENSUS_TYPES, NamedRelease, read_release

# A column is one of codes where so many of its cells that are not blank name areas, or nearly do.
LEAST_KNOWN = 0.3
MOST_PROBLEMS = 200
# Of two columns with as many known codes the finer type is the table's own.
_FINEST = ("oa", "lsoa", "msoa", "wd", "par", "ncp", "bua", "lad", "cty")


@dataclass(frozen=True)
class TypeFound:
    """Areas of one type in a column. rows: how many name one; codes: how many different ones.

    windows : spans of days with the rows alive in each; vintages : the fewest spans that hold them all.
    releases : id -> rows whose area it draws.
    """

    area_type: str
    rows: int
    codes: int
    windows: list[Window]
    vintages: list[Window]
    releases: dict[str, int]

    @property
    def is_mixed(self) -> bool:
        """Say whether no day has all of these areas."""
        return len(self.vintages) > 1


@dataclass(frozen=True)
class ColumnFound:
    """A column of codes: its title and place, rows filled and rows whose code names an area, types by rows."""

    title: str
    position: int
    filled: int
    known: int
    types: list[TypeFound]


@dataclass(frozen=True)
class Problem:
    """One different cell that is not simply valid: how many rows hold it, and the first of them."""

    cell: str
    rows: int
    first_row: int
    judged: Judged


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor says of a table. `release` is the one that rows are judged by, `cells` every judgement."""

    records: Records
    counted: Counted
    columns: list[ColumnFound]
    main: ColumnFound
    release: NamedRelease
    cells: Mapping[str, Judged]
    statuses: Mapping[str, int]
    problems: list[Problem]


def diagnose(
    session: Session,
    records: Records,
    today: date,
    column: str | None = None,
    to: str | None = None,
) -> Diagnosis:
    """Diagnose a table.

    `column` names the column of codes, `to` the release wanted; by default the column in which most rows
    name areas, and the span of days in which most of its areas are alive, the later of equals. Raises
    TableRefused where no column holds codes, NotCarried for a release that is none.
    """
    asked = None
    if column is not None:
        if column not in records.header:
            raise refuse(
                records.name, f"the file has no column {column!r}", "column-is-there", column=column
            )
        asked = records.header.index(column)
    counted = count_cells(records, asked)
    if not counted.rows:
        raise refuse(records.name, "the file has a header and no rows", "file-has-rows")
    columns, lookups = _find_columns(session, records, counted, asked)
    if not columns:
        raise refuse(
            records.name, "no column holds codes of areas that are known here", "column-of-codes"
        )
    main = columns[0] if asked is None else next(c for c in columns if c.position == asked)
    release = _release_of(session, main, to, today)
    cells = counted.cells[main.position]
    judged = judge_cells(session, lookups[main.position], release.area_type, release.day)
    problems = _problems(records, main.position, cells, judged)
    judged = {**judged, **{each.cell: each.judged for each in problems}}
    statuses: Counter[str] = Counter()
    for cell, rows in cells.items():
        statuses[judged[cell].status] += rows
    return Diagnosis(records, counted, columns, main, release, judged, statuses, problems)


def _find_columns(
    session: Session, records: Records, counted: Counted, asked: int | None
) -> tuple[list[ColumnFound], dict[int, Known]]:
    found = []
    lookups = {}
    for position, cells in counted.cells.items():
        known = look_up(session, cells)
        rows: dict[str, Counter[str]] = {}
        filled = sum(count for cell, count in cells.items() if known.tidy[cell])
        for cell, count in cells.items():
            area = known.area_of(cell)
            if area is not None:
                rows.setdefault(area.type, Counter())[area.code] += count
        total = sum(sum(of.values()) for of in rows.values())
        if (
            position != asked
            and (not total or total < LEAST_KNOWN * filled)
            and not _nearly(session, known)
        ):
            continue
        types = [_type_found(session, kind, of, known) for kind, of in rows.items()]
        types.sort(key=lambda each: (-each.rows, each.area_type))
        lookups[position] = known
        found.append(ColumnFound(records.header[position], position, filled, total, types))
    order = {kind: at for at, kind in enumerate(_FINEST)}
    found.sort(
        key=lambda c: (-c.known, order.get(c.types[0].area_type, 99) if c.types else 99, c.position)
    )
    return found, lookups


def _nearly(session: Session, known: Known) -> bool:
    """Say whether most cells of a column would name an area, were they not damaged."""
    damaged = [code for code in set(known.tidy.values()) if repairs_of(code)][:50]
    fits = known_areas(session, {fit for code in damaged for fit in repairs_of(code)})
    mended = sum(any(fit in fits for fit in repairs_of(code)) for code in damaged)
    return (
        bool(damaged)
        and mended > len(damaged) / 2
        and len(damaged) >= LEAST_KNOWN * min(50, len(known.tidy))
    )


def _type_found(session: Session, kind: str, rows: Counter[str], known: Known) -> TypeFound:
    lives = {code: (known.areas[code].valid_from, known.areas[code].valid_to) for code in rows}
    demo = next(iter(rows)).startswith("X")
    windows = windows_of(lives, rows, change_days(session, kind, demo=demo))
    drawn = releases_drawing(session, kind, rows)
    return TypeFound(
        kind, sum(rows.values()), len(rows), windows, cover_of(lives, rows, windows),
        {release: sum(rows[code] for code in codes) for release, codes in drawn.items()},
    )  # fmt: skip


def _release_of(session: Session, main: ColumnFound, to: str | None, today: date) -> NamedRelease:
    if to is not None:
        return read_release(session, to, "/to", tuple(AREA_TYPES))
    if not main.types:
        return NamedRelease("lad", today, f"lad-{today}")
    first = main.types[0]
    return name_window(first.area_type, first.vintages[0].day_of(today))


def name_window(area_type: str, day: date) -> NamedRelease:
    """Name the areas of a span of days: a census set by its year, others by a day of the span."""
    if area_type in (*CENSUS_TYPES, "oa"):
        year = max((y for y, first in CENSUS_SETS.items() if first <= day), default=2001)
        return NamedRelease(area_type, day, f"{area_type}-{year}")
    return NamedRelease(area_type, day, f"{area_type}-{day}")


def _problems(
    records: Records, position: int, cells: Counter[str], judged: Mapping[str, Judged]
) -> list[Problem]:
    """Find the first row of every cell that is not simply valid, and what the rest of its rows says of it."""
    wanted = {cell for cell, of in judged.items() if of.status not in ("valid", "blank")}
    wanted |= {cell for cell, of in judged.items() if of.status == "blank" and cells[cell]}
    if not wanted:
        return []
    first: dict[str, int] = {}
    names: dict[str, Counter[str]] = {}
    hits = (
        (number, record, record[position] if position < len(record) else "")
        for start, block in records.blocks()
        for number, record in enumerate(block, start)
        if position >= len(record) or record[position] in wanted
    )
    for number, record, cell in hits:
        first.setdefault(cell, number)
        of = judged[cell]
        if of.status == "ambiguous":
            said = {plain_name(other) for other in record if other and other != cell}
            fits = [area.code for area in of.candidates if plain_name(area.name) in said]
            if len(fits) == 1:
                names.setdefault(cell, Counter())[fits[0]] += 1
    found = []
    for cell in wanted:
        of = judged[cell]
        if len(named := list(names.get(cell, ()))) == 1:
            code = named[0]
            area = next(each for each in of.candidates if each.code == code)
            of = replace(
                of, status="repaired", code=code, reason=f"damaged; {area.name} stands in its row"
            )
        found.append(Problem(cell, cells[cell], first.get(cell, 0), of))
    return sorted(found, key=lambda each: (each.judged.status in FOUND, -each.rows, each.first_row))


def sentence_of(made: Diagnosis) -> str:
    """Say in a few sentences what the table holds and whether it mixes releases, in this column or another."""
    main = made.main
    others = [
        f"{column.title} mixes releases: {_spans(kind)}."
        for column in made.columns
        if column is not main
        for kind in column.types
        if kind.is_mixed
    ]
    return " ".join([_of_main(main), *others])


def _spans(kind: TypeFound) -> str:
    return ", then ".join(
        f"{span.rows:,} rows of {describe(kind.area_type, span)}" for span in kind.vintages
    )


def _of_main(main: ColumnFound) -> str:
    if not main.types:
        return f"{main.title} holds damaged codes only."
    plural = {kind: row.plural for kind, row in AREA_TYPES.items()}
    kinds = ", ".join(
        f"{each.rows:,} rows name {plural.get(each.area_type, each.area_type)}"
        for each in main.types
    )
    first = main.types[0]
    said = f"{main.title} holds codes of areas: {kinds}."
    if first.is_mixed:
        return f"{said} It mixes releases, as no day has all of them: {_spans(first)}."
    return f"{said} All are of one release: {describe(first.area_type, first.vintages[0])}."


def describe(area_type: str, span: Window) -> str:
    """Say a span of days for people: a census set by its name, others by their days."""
    if area_type in (*CENSUS_TYPES, "oa"):
        years = [
            year for year, day in CENSUS_SETS.items()
            if (span.from_day is None or day >= span.from_day) and (span.to_day is None or day < span.to_day)
        ]  # fmt: skip
        if years:
            return " and ".join(f"{area_type}-{year}" for year in years)
    if span.from_day is None:
        return "any day" if span.to_day is None else f"days before {span.to_day}"
    return f"{span.from_day} on" if span.to_day is None else f"{span.from_day} to {span.to_day}"


def ordered(statuses: Mapping[str, int], names: Sequence[str]) -> dict[str, int]:
    """Give counts in the order of the closed list."""
    return {name: statuses[name] for name in names if statuses.get(name)}
