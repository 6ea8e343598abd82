"""The steps of a load that read money and services: which datasets go together, and what became of their rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from app.resources.actions import in_order, load_grants, load_pride_in_place, load_towns_fund
from app.resources.outlets import load_services
from app.resources.pride_outlines import forget_outlines, load_pride_outlines
from app.resources.programmes import load_programme_file
from app.resources.published import load_budgets, load_local_projects, load_recipient_sums
from app.resources.readers.towns_fund import TownsFundFiles
from app.resources.storing import ImportReport, Publication
from app.sources.catalogue import Dataset
from app.sources.outcome import finding_of
from app.sources.run import Run, StepReport

Load = Callable[[Session, Path, Publication], ImportReport]
PRIDE, PRIDE_AREAS, PRIDE_OUTLINES = (
    "pride-in-place",
    "pride-in-place-areas",
    "pride-in-place-outlines",
)


def take_grants(session: Session, datasets: Sequence[Dataset], run: Run) -> list[StepReport]:
    """Load files of grants, publishers' own before samples that mix several."""
    ids = {run.files[dataset.id]: dataset.id for dataset in datasets}
    return [_money(ids[path], load_grants(session, path)) for path in in_order(ids)]


def take_towns_fund(session: Session, datasets: Sequence[Dataset], run: Run) -> list[StepReport]:
    """Load the Towns Fund's awards by its three lists, which stand in one folder."""
    awards = next(
        run.files[dataset.id] for dataset in datasets if dataset.id == "towns-fund-awards"
    )
    files = TownsFundFiles.in_folder(awards.parent)
    return _beside(datasets, "towns-fund-awards", load_towns_fund(session, files))


def take_pride_in_place(
    session: Session, datasets: Sequence[Dataset], run: Run
) -> list[StepReport]:
    """Load the allocations of Pride in Place, with the list of its small areas where it is here."""
    mine = {dataset.id: dataset for dataset in datasets}
    reports = []
    if PRIDE in mine:
        areas = run.files.get(PRIDE_AREAS, Path("not here"))
        done = load_pride_in_place(session, run.files[PRIDE], areas)
        if done.stored:
            forget_outlines(session, PRIDE_OUTLINES)
        lists = [dataset for dataset in datasets if dataset.id != PRIDE_OUTLINES]
        reports = _beside(lists, PRIDE, done)
    if PRIDE_OUTLINES in mine:
        outlines = mine[PRIDE_OUTLINES]
        drawn = load_pride_outlines(session, run.files[PRIDE_OUTLINES], _publication(outlines))
        reports.append(_money(PRIDE_OUTLINES, drawn, with_notes=True))
    return reports


def _single(load: Load) -> Callable[[Session, Sequence[Dataset], Run], list[StepReport]]:
    """Make the step that loads one dataset, whole, with everything that was found in its rows."""

    def take(session: Session, datasets: Sequence[Dataset], run: Run) -> list[StepReport]:
        (dataset,) = datasets
        done = load(session, run.files[dataset.id], _publication(dataset))
        return [_money(dataset.id, done, with_notes=True)]

    return take


take_programme = _single(load_programme_file)
take_local_projects = _single(load_local_projects)
take_budgets = _single(load_budgets)
take_recipient_sums = _single(load_recipient_sums)
take_services = _single(load_services)


def _publication(dataset: Dataset) -> Publication:
    return Publication(
        dataset.title,
        dataset.publisher,
        dataset.licence,
        dataset.attribution,
        dataset.id,
        dataset.coverage,
    )


def _beside(datasets: Sequence[Dataset], main: str, done: ImportReport) -> list[StepReport]:
    """Report the file whose rows are stored, and the lists read to place them, whose rows are not."""
    return [_money(main, done)] + [
        StepReport(
            dataset.id, dataset.features or 0, 0, rows_elsewhere=dataset.features or 0,
            notes=(f"read to place the rows of {main}",),
        )
        for dataset in datasets
        if dataset.id != main
    ]  # fmt: skip


def _money(dataset_id: str, done: ImportReport, *, with_notes: bool = False) -> StepReport:
    found = (*done.faults, *done.elsewhere, *(done.notes if with_notes else ()))
    findings = [finding_of(each) for each in found]
    elsewhere = len(done.elsewhere)
    if done.same_as is not None:
        note = f"its rows stand in {done.same_as} already"
        refused = done.rows_refused - elsewhere if elsewhere else 0
        return StepReport(
            dataset_id, done.rows_in, 0, refused, done.rows_in - refused, notes=(note,), findings=findings
        )  # fmt: skip
    return StepReport(
        dataset_id, done.rows_in, done.rows_stored, done.rows_refused - elsewhere, elsewhere, findings=findings
    )  # fmt: skip
