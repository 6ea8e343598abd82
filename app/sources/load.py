"""Loads datasets of the catalogue one after the other, each in one transaction; downloads what the mirror lacks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE, record
from app.areas.overlap_tables import keep_again, keep_usual
from app.dependencies import today
from app.disk_room import check_room
from app.memory import give_back_memory
from app.row_counts import Lines, listening
from app.settings import Settings
from app.sources.catalogue import GROUPS, Dataset, catalogue, get_dataset, group
from app.sources.files import find_file
from app.sources.run import GROWTH, Run, StepReport, held_from, note_load
from app.sources.steps import STEPS, Step
from app.sources.surveying import surveying
from boundaries.errors import Conflict, Fault, NotFound, Refused
from boundaries.importing import Progress, sha256_of

# The same key as that of a place's load: the two never write at once.
LOADING_LOCK = 40_316_002


class NoReader(Refused):
    """Bounds knows where the dataset is and has no reader for it."""

    slug = "no-reader"
    title = "The dataset is only listed"


class NothingToLoad(NotFound):
    """None of the files is in the mirror, and none can be downloaded."""

    slug = "nothing-to-load"
    title = "The files are not here"


class BeingLoaded(Conflict):
    """Another process is loading; when it is done, the same command finds its work done."""

    slug = "being-loaded"
    title = "Another load is running"


@dataclass(frozen=True)
class Choices:
    """How a load is to go.

    commit: store; else all of it is done in a transaction that is undone. force: serve a release that
    is a fifth smaller or larger than the last. fetch: ask the publisher although a file is here.
    accept_new: take a download whose checksum is not the one recorded. survey: survey the borders of
    what is stored; else that stays due for `bounds releases warm`.
    """

    commit: bool = False
    force: bool = False
    fetch: bool = False
    accept_new: bool = False
    survey: bool = True


@dataclass(frozen=True)
class LoadDone:
    """What a load did: a report of each dataset, and those that could not be had, with the reason."""

    reports: tuple[StepReport, ...]
    left_out: tuple[tuple[str, str], ...]
    stored: bool
    seconds: float


def datasets_meant(names: Sequence[str]) -> list[Dataset]:
    """List what some ids and groups stand for, each once, in the catalogue's order.

    Raises UnknownDataset; NoReader for a dataset named by itself that nothing reads.
    """
    meant: set[str] = set()
    for name in names:
        if name in GROUPS:
            meant |= {each.id for each in group(name)}
            continue
        one = get_dataset(name)
        if one.reader is None:
            raise NoReader(
                f"{name} is listed so that it can be found; nothing here reads it",
                [Fault("no reader", value=name)],
            )
        meant.add(one.id)
    return [dataset for dataset in catalogue().values() if dataset.id in meant]


def load_datasets(
    engine: Engine, settings: Settings, names: Sequence[str], choices: Choices, progress: Progress
) -> LoadDone:
    """Load datasets or groups by name, in an order in which each finds what it stands on.

    Each step is one transaction: a kill leaves whole datasets behind, and the same command goes on
    from there. What is here from the same bytes is not read again. Overlap tables of layers that are no
    longer the day's are computed anew at the end, and those that pages of regions and counties ask for.
    Without `choices.commit` all steps share one transaction, which is undone.

    Raises UnknownDataset, NoReader, NothingToLoad, DiskShort, BeingLoaded, and what a reader refuses.
    """
    began = time.perf_counter()
    meant = datasets_meant(names)
    files, left_out = _files_of(engine, settings, meant, choices, progress)
    if not files:
        raise NothingToLoad(
            "none of these files is here: set BOUNDS_MIRROR to a folder of published files",
            [Fault(reason, value=dataset_id) for dataset_id, reason in left_out],
        )
    if settings.database_url is None:
        size = sum(path.stat().st_size for path in files.values())
        check_room(settings.data_dir, size, growth=GROWTH)
    run = Run(files, settings.mirror, choices.force, progress)
    reports: list[StepReport] = []
    with _transactions(engine, choices, progress) as transaction:
        for step in _steps(meant, files):
            with transaction() as session, listening(Lines(progress)):
                done = _take(session, step, run)
            for report in done:
                progress(report.as_line())
            reports += done
            give_back_memory()
    if choices.commit and any(not report.already_here for report in reports):
        _gather_statistics(engine)
        keep_again(engine, today(), progress)
        keep_usual(engine, today(), progress)
    return LoadDone(tuple(reports), tuple(left_out), choices.commit, time.perf_counter() - began)


def _files_of(
    engine: Engine,
    settings: Settings,
    meant: Sequence[Dataset],
    choices: Choices,
    progress: Progress,
) -> tuple[dict[str, Path], list[tuple[str, str]]]:
    """Find each dataset's file, downloading what only the publisher has; and what cannot be had, with why."""
    files: dict[str, Path] = {}
    left_out: list[tuple[str, str]] = []
    for dataset in meant:
        if dataset.reader is None:
            left_out.append((dataset.id, "listed only: nothing here reads it"))
            continue
        if settings.mirror is None and STEPS[dataset.reader].needs_mirror:
            left_out.append((dataset.id, "read beside lookups that only a mirror holds"))
            continue
        found = find_file(dataset, settings.mirror, settings.data_dir)
        asked = choices.fetch or choices.accept_new or found is None
        if asked and dataset.fetch is not None:
            from app.sources.fetching import fetch_dataset  # only a download needs its libraries

            with Session(engine) as session, session.begin():
                found = fetch_dataset(
                    session, dataset, settings.data_dir, accept_new=choices.accept_new, progress=progress
                ).path  # fmt: skip
        if found is None:
            left_out.append((dataset.id, "not in the mirror, and not downloaded by Bounds"))
        else:
            files[dataset.id] = found
    return files, left_out


def _steps(meant: Sequence[Dataset], files: dict[str, Path]) -> Iterator[Step]:
    """Make the steps, in the order of STEPS; datasets that are read together are one step."""
    here = [dataset for dataset in meant if dataset.id in files]
    for name, reader in STEPS.items():
        mine = tuple(dataset for dataset in here if dataset.reader == name)
        if mine and reader.together:
            yield Step(mine, reader.take)
        else:
            yield from (Step((dataset,), reader.take) for dataset in mine)


def _take(session: Session, step: Step, run: Run) -> list[StepReport]:
    """Do one step unless it was done from the same bytes; keep what it did."""
    ids = [dataset.id for dataset in step.datasets]
    _lock(session, ids)
    bytes_of = {each: sha256_of(run.files[each]) for each in ids}
    here = [held_from(session, each, bytes_of[each]) for each in ids]
    if all(report is not None for report in here):
        return [report for report in here if report is not None]
    run.progress(f"loading {', '.join(ids)}")
    began = time.perf_counter()
    reports = step.take(session, step.datasets, run)
    seconds = (time.perf_counter() - began) / len(reports)
    done = [
        replace(report, sha256=bytes_of[report.dataset_id], seconds=report.seconds or seconds)
        for report in reports
    ]
    for report in done:
        note_load(session, report)
        detail: dict[str, object] = {"rows_stored": report.rows_stored, "sha256": report.sha256}
        record(session, COMMAND_LINE, "load", f"dataset:{report.dataset_id}", detail)
    return done


def _lock(session: Session, ids: Sequence[str]) -> None:
    """Take the one lock of loading till the transaction ends. Raises BeingLoaded."""
    got = session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": LOADING_LOCK})
    if not got:
        raise BeingLoaded(
            f"another process is loading; {ids[0]} was not begun: try again when that one is done"
        )


@contextmanager
def _transactions(
    engine: Engine, choices: Choices, progress: Progress
) -> Iterator[Callable[[], AbstractContextManager[Session]]]:
    """Give a maker of transactions: each commits by itself, or all are one that is undone at the end.

    The borders of what is committed are surveyed meanwhile; in a rehearsal they are not.
    """
    if choices.commit:
        with surveying(engine, progress) if choices.survey else nullcontext() as surveyor:

            @contextmanager
            def single() -> Iterator[Session]:
                with Session(engine) as session, session.begin():
                    yield session
                if surveyor is not None:
                    surveyor.look()

            yield single
        return
    with Session(engine) as rehearsal:

        @contextmanager
        def shared() -> Iterator[Session]:
            yield rehearsal
            rehearsal.flush()

        try:
            yield shared
        finally:
            rehearsal.rollback()


def _gather_statistics(engine: Engine) -> None:
    """Let the planner see what was loaded: without it, first queries may scan whole tables."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
