"""The steps of a load in their order: which reader takes which datasets, and what each gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.indicators.actions import load_index
from app.indicators.storing import Publication, load_indicator_file
from app.indicators.summary_loading import load_summaries
from app.resources.outlets import place_services_again
from app.resources.programmes import code_areas_again
from app.sources import money
from app.sources.catalogue import Dataset
from app.sources.dated import load_dated
from app.sources.geography import (
    district_outcomes,
    load_districts,
    load_links_2001,
    load_lookups,
    load_output_areas,
)
from app.sources.outcome import Outcomes, RowFinding, finding_of
from app.sources.outlines import store_layer
from app.sources.parishes import load_parish_list
from app.sources.people import load_people
from app.sources.postcodes import load_postcodes
from app.sources.publishers.layers import read_fetched_layer
from app.sources.rasters import take_raster
from app.sources.run import Run, StepReport
from app.sources.shares import link_ended, share_links
from boundaries.importing import sha256_of
from boundaries.releases import refresh_every_day
from boundaries.sources import lookups
from boundaries.sources.districts import REGISTER, read_districts
from boundaries.sources.layers import PARISH_NAMES, read_layer
from boundaries.tables import ImportFinding

Take = Callable[[Session, Sequence[Dataset], Run], list[StepReport]]


@dataclass(frozen=True)
class Step:
    """Some datasets that are read together in one transaction, and what reads them."""

    datasets: tuple[Dataset, ...]
    take: Take


@dataclass(frozen=True)
class Reader:
    """What loads datasets. together: all of them at once; needs_mirror: beside files no publisher is asked for."""

    take: Take
    together: bool = True
    needs_mirror: bool = False


def take_districts(session: Session, datasets: Sequence[Dataset], run: Run) -> list[StepReport]:
    """Load districts, counties, combined authorities and regions with their lives and members."""
    outcomes = district_outcomes(load_districts(session, run.find))
    code_areas_again(session)
    refresh_every_day(session)
    return _reports(datasets, outcomes)


def take_layer(session: Session, datasets: Sequence[Dataset], run: Run) -> list[StepReport]:
    """Load one layer of boundaries, whole."""
    (dataset,) = datasets
    layer = dataset.layer
    assert layer is not None, "the catalogue gives every layer its layout"
    path = run.files[dataset.id]
    if run.mirror is not None and path.is_relative_to(run.mirror):
        read = read_layer(run.mirror, layer, None)
    else:
        read = read_fetched_layer(path, layer, None)
    done = store_layer(session, dataset, read, path, partial=not layer.whole, force=run.force)
    findings = session.scalars(
        select(ImportFinding)
        .where(ImportFinding.release_id == dataset.id)
        .order_by(ImportFinding.feature)
    )
    notes = (
        [f"{done.repaired:,} repaired ({done.repaired_m2:,.0f} m² changed)"]
        if done.repaired
        else []
    )
    return [
        StepReport(
            dataset.id, done.features_in, done.features_stored, done.features_refused,
            done.features_elsewhere, partial=not layer.whole, notes=notes,
            findings=[RowFinding(row.feature, row.code, row.kind, row.reason) for row in findings],
        )
    ]  # fmt: skip


def take_lookups(session: Session, datasets: Sequence[Dataset], run: Run) -> list[StepReport]:
    """Load what small areas, wards, parishes and output areas belong to, held against the outlines."""
    paths = {dataset.path for dataset in datasets}
    active = read_districts(run.find).active
    outcomes: Outcomes = {}
    if paths - OF_2001 - {lookups.OUTPUT_AREAS, PARISH_NAMES}:
        outcomes |= load_lookups(session, run.find, active, run.progress)
    if PARISH_NAMES in paths:
        outcomes |= load_parish_list(session, run.find)
    if lookups.OUTPUT_AREAS in paths:
        outcomes |= load_output_areas(session, run.find, active)
    if paths & OF_2001:
        outcomes |= load_links_2001(session, run.find)
        code_areas_again(session)
    refresh_every_day(session)
    return _reports(datasets, outcomes)


def take_postcodes(session: Session, datasets: Sequence[Dataset], run: Run) -> list[StepReport]:
    """Load every English postcode of the directory and the current list, placed by the outlines."""
    active = read_districts(run.find).active
    reports = _reports(datasets, load_postcodes(session, run.find, None, active, run.progress))
    place_services_again(session)
    return reports


def take_people(session: Session, datasets: Sequence[Dataset], run: Run) -> list[StepReport]:
    """Load people and households of both sets of small areas."""
    return _reports(datasets, load_people(session, run.find))


def take_dated(session: Session, datasets: Sequence[Dataset], run: Run) -> list[StepReport]:
    """Load lookups that answer for a span of days, other codes and names; then share out what ended.

    Last of the geography: the links of MSOAs and counties are shared by the people of small areas.
    """
    paths = {dataset.path for dataset in datasets if dataset.path is not None}
    outcomes = load_dated(session, run.find, read_districts(run.find), paths | {REGISTER})
    link_ended(session)
    share_links(session)
    refresh_every_day(session)
    return _reports(datasets, outcomes)


def _reports(datasets: Sequence[Dataset], outcomes: Outcomes) -> list[StepReport]:
    """Report each dataset by what became of its file's rows; one that only names others stores none."""
    reports = []
    for dataset in datasets:
        found = outcomes.get(dataset.path or "")
        if found is None:
            rows = dataset.features or 0
            note = "read for names and dates of the others"
            reports.append(StepReport(dataset.id, rows, 0, rows_elsewhere=rows, notes=(note,)))
            continue
        reports.append(
            StepReport(
                dataset.id, found.rows_in, found.rows_stored, found.rows_refused, found.rows_elsewhere,
                findings=found.findings,
            )
        )  # fmt: skip
    return reports


def take_index(session: Session, datasets: Sequence[Dataset], run: Run) -> list[StepReport]:
    """Load one edition of the Indices, whole."""
    (dataset,) = datasets
    done = load_index(session, run.files[dataset.id], dataset.id)
    findings = [finding_of(fault) for fault in (*done.faults, *done.notes)]
    return [
        StepReport(
            dataset.id, done.rows_in, done.rows_stored, done.rows_refused, done.rows_elsewhere,
            findings=findings,
        )
    ]  # fmt: skip


def take_indicators(session: Session, datasets: Sequence[Dataset], run: Run) -> list[StepReport]:
    """Load every indicator of one file, whole."""
    (dataset,) = datasets
    path = run.files[dataset.id]
    known = dataset.path is not None and path.as_posix().endswith(dataset.path)
    publication = Publication(
        dataset.id, dataset.publisher, dataset.licence, dataset.attribution, dataset.coverage,
        source_file=dataset.path if known and dataset.path else path.name, sha256=sha256_of(path),
    )  # fmt: skip
    done = load_indicator_file(session, path, publication)
    values = sum(len(each.frame) for each in done.indicators)
    note = f"{len(done.indicators)} indicators, {values:,} values"
    return [
        StepReport(
            dataset.id, done.rows_in, done.rows_kept, done.rows_refused, done.rows_elsewhere,
            notes=(note,), findings=[finding_of(fault) for fault in done.faults],
        )
    ]  # fmt: skip


def take_summaries(session: Session, datasets: Sequence[Dataset], run: Run) -> list[StepReport]:
    """Load what a publisher says of districts, boards or forums by one edition."""
    (dataset,) = datasets
    done = load_summaries(session, run.files[dataset.id], dataset.id)
    return [
        StepReport(
            dataset.id, done.rows_in, done.rows_kept, done.rows_refused,
            findings=[finding_of(fault) for fault in done.faults],
        )
    ]  # fmt: skip


# The files of the small areas of 2001, which england-2001 loads.
OF_2001 = {lookups.LSOA01_LINKS, lookups.LSOA01_DISTRICT}

# In the order of loading: what a later reader stands on comes first.
STEPS: Mapping[str, Reader] = {
    "districts": Reader(take_districts, needs_mirror=True),
    "layer": Reader(take_layer, together=False),
    "small-areas": Reader(take_lookups, needs_mirror=True),
    "postcodes": Reader(take_postcodes, needs_mirror=True),
    "people": Reader(take_people, needs_mirror=True),
    "dated": Reader(take_dated, needs_mirror=True),
    "index": Reader(take_index, together=False),
    "indicators": Reader(take_indicators, together=False),
    "summaries": Reader(take_summaries, together=False),
    "grants": Reader(money.take_grants),
    "recipient-sums": Reader(money.take_recipient_sums, together=False),
    "towns-fund": Reader(money.take_towns_fund),
    "pride-in-place": Reader(money.take_pride_in_place),
    "programme": Reader(money.take_programme, together=False),
    "local-projects": Reader(money.take_local_projects, together=False),
    "budgets": Reader(money.take_budgets, together=False),
    "services": Reader(money.take_services, together=False),
    "raster": Reader(take_raster, together=False),
}
