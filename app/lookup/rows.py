"""Looks up every row of a table of a user's own, a block at a time: the same rows in the same order, columns added."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import IO

from sqlalchemy.orm import Session

from app.dependencies import today
from app.exports.csv import safe_cell
from app.lookup.answers import check_types
from app.lookup.methods.columns import PlaceColumns, Way, find_columns
from app.lookup.row_answers import Answer, Resolver, is_data, resolver_for
from app.vintages.readers.records import Records, refuse
from app.vintages.writing import RUNS, write_rows
from boundaries import deadlines
from boundaries.point_lookup import open_gazetteer

ROWS_A_BLOCK = 10_000
THREADS = 2
SAMPLE_ROWS = 1_000
# What most ask of a row; `--type` asks for others.
USUAL_TYPES = ("rgn", "cty", "lad", "wd", "par", "msoa", "lsoa")
STATUS = "lookup_status"
Progress = Callable[[int], None]


@dataclass(frozen=True)
class TableAsked:
    """What is wanted of a table: types of area, the day, and perhaps the columns and the way by hand."""

    types: tuple[str, ...] = ()
    day: date | None = None
    columns: tuple[str, ...] = ()
    way: Way | None = None


@dataclass
class TableDone:
    """What became of a table: rows in = rows out, and how many had which status."""

    way: str
    columns: list[str]
    added: list[str]
    rows: int = 0
    statuses: Counter[str] = field(default_factory=Counter)

    def as_body(self) -> dict[str, object]:
        """Write it for programs."""
        return {
            "way": self.way, "columns": self.columns, "added": self.added, "rows": self.rows,
            "statuses": dict(self.statuses.most_common()),
        }  # fmt: skip


def look_up_table(
    session: Session, records: Records, asked: TableAsked, folder: Path, out: IO[str],
    progress: Progress = lambda _rows: None,
) -> TableDone:  # fmt: skip
    """Write a table with what each row's place is in; memory holds a few blocks of rows.

    Raises TableRefused where the file is cut off or has no titles, NoPlaceColumn where nothing says
    where its rows are. What was written until then is for the caller to throw away.
    """
    sample = [cells for _, cells in islice(records.rows(), SAMPLE_ROWS)]
    _refuse_without_titles(records)
    columns = find_columns(records.header, sample, asked.columns, asked.way)
    types = check_types(asked.types) or USUAL_TYPES
    day = asked.day or today()
    resolver = resolver_for(
        session, columns.way, types, day, lambda: open_gazetteer(session, folder, day)
    )
    added = _titles(records.header, [*resolver.titles, STATUS])
    done = TableDone(columns.way, columns.titles(records.header), added)
    width = len(records.header)
    write_rows(out, _safe([*records.header, *added]), [])
    for block, answers in _answers_ahead(records, columns, resolver):
        write_rows(out, None, _answered(block, answers, width, done))
        done.rows += len(block)
        deadlines.check(f"{done.rows:,} rows were worked on; send fewer at once")
        progress(done.rows)
    return done


def _answers_ahead(
    records: Records, columns: PlaceColumns, resolver: Resolver
) -> Iterator[tuple[list[list[str]], list[Answer]]]:
    """Give block after block with its answers; the next are looked up while the caller writes one.

    Most of looking up is done outside Python's lock; a resolver lets one thread at a time to its session.
    """

    def look_up(block: list[list[str]]) -> list[Answer]:
        places = [
            tuple(cells[at].strip() if at < len(cells) else "" for at in columns.at)
            for cells in block
        ]
        return list(resolver.answer(places))

    begun: deque[tuple[list[list[str]], Future[list[Answer]]]] = deque()
    with ThreadPoolExecutor(max_workers=THREADS) as threads:
        for _, block in records.blocks(ROWS_A_BLOCK):
            begun.append((block, threads.submit(look_up, block)))
            if len(begun) > THREADS:
                first, answers = begun.popleft()
                yield first, answers.result()
        for first, answers in begun:
            yield first, answers.result()


def _answered(
    block: Sequence[list[str]], answers: Sequence[Answer], width: int, done: TableDone
) -> Iterator[Sequence[str]]:
    statuses: Counter[str] = Counter()
    for cells, (extra, status) in zip(block, answers, strict=True):
        told = status
        if len(cells) > width:
            told = f"{status}; the row has {len(cells) - width} cells more than there are titles"
        statuses[status] += 1
        # A short row is filled up, and what a long one has beyond the titles stands after what is added.
        yield _safe([*cells[:width], *[""] * (width - len(cells)), *extra, told, *cells[width:]])
    for status, count in statuses.items():
        done.statuses[status.split(";")[0].split(":")[0]] += count


def _safe(cells: list[str]) -> list[str]:
    """Put a quote before text that a spreadsheet would run; a negative number is a number and is left."""
    return [
        str(safe_cell(cell)) if cell[:1] in RUNS and not _is_negative(cell) else cell
        for cell in cells
    ]


def _is_negative(cell: str) -> bool:
    return not cell or (cell[0] == "-" and cell[1:].replace(".", "", 1).isdigit())


def _titles(header: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Give the titles of the columns to add, none of them twice in the table."""
    taken, chosen = set(header), []
    for one in wanted:
        title = one
        while title in taken:
            title = f"bounds_{title}"
        taken.add(title)
        chosen.append(title)
    return chosen


def _refuse_without_titles(records: Records) -> None:
    """Refuse a table whose first row is data already: one row would be lost as titles."""
    looks = [cell for cell in records.header if is_data(cell)]
    if looks:
        raise refuse(
            records.name, f"the first row holds data ({looks[0][:40]!r}): it must hold the column titles",
            "file-has-a-header", row=1, value=looks[0],
        )  # fmt: skip
