"""Stores an invented land, a county or a nation, through the same doors as real files; all of it is marked invented."""

from __future__ import annotations

import hashlib
from typing import cast

import pandas as pd
import shapely
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE
from app.dependencies import today
from app.dev.sample_county.county import SampleCounty
from app.dev.sample_county.layers import SOURCE, Layer
from app.dev.sample_nation.nation import NATION_NOTICE, SampleNation
from app.indicators.actions import store_values
from app.indicators.definitions import Definition
from app.indicators.methods.periods import Direction
from app.indicators.readers.indicator_files import IndicatorValues
from app.indicators.storing import Publication, store_indicator
from app.indicators.tables import DeprivationIndex
from app.partnerships.actions import create_partnership
from app.partnerships.tables import Partnership
from app.places.load import LOADING_LOCK
from app.priorities.actions import save_default_designations
from app.resources.methods.allocations import programme_id
from app.resources.tables import (
    Programme,
    ProgrammeAllocation,
    ProgrammeArea,
    ResourceFile,
    ResourceLine,
)
from boundaries.crs import BNG
from boundaries.database import copy_rows
from boundaries.errors import Conflict
from boundaries.importing import Progress, ReleaseSpec, store_release
from boundaries.storing import (
    store_areas,
    store_memberships,
    store_postcodes,
    store_successions,
    store_weights,
)
from boundaries.tables import Release
from boundaries.topology import survey_all

LICENCE = "CC0 1.0 (invented)"


class LandTaken(Conflict):
    """An invented nation lies where real places lie, so it never joins anything else."""

    slug = "land-taken"
    title = "The database is not empty"


def load_nation(session: Session, nation: SampleNation, progress: Progress) -> str:
    """Load an invented nation in the caller's transaction; returns the slug of its first partnership.

    Raises LandTaken where any release is here already.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOADING_LOCK})
    held = session.scalar(select(Release.id).order_by(Release.id).limit(1))
    if held is not None:
        raise LandTaken(f"{held} is loaded here; an invented nation needs an empty database")
    store_sample(session, nation, NATION_NOTICE, "the invented nation", progress)
    return nation.partnerships[0].slug


def store_sample(
    session: Session, sample: SampleCounty, notice: str, called: str, progress: Progress
) -> None:
    """Store all tables of an invented county or nation, telling `progress` after each step."""
    fresh = store_areas(session, sample.areas, demo=True)
    progress(f"areas: {fresh} stored")
    progress(f"lookups: {store_memberships(session, sample.memberships)} stored")
    progress(f"successions: {store_successions(session, sample.successions)} stored")
    for layer in sample.layers.values():
        frame = layer.frame.assign(position=range(1, len(layer.frame) + 1))
        spec = _spec(layer, notice, called)
        report = store_release(session, spec, frame, features_in=len(frame))
        progress(report.as_line())
    survey_all(session)
    progress("borders surveyed")
    progress(f"postcodes: {store_postcodes(session, sample.postcodes, demo=True)} stored")
    weights = pd.concat([sample.weights, _district_people(sample)], ignore_index=True)
    progress(f"people, households and postcodes: {store_weights(session, weights)} stored")
    _store_indices(session, sample, notice, called)
    progress(f"indices: {sum(len(index.values) for index in sample.indices)} values stored")
    progress(f"indicators: {_store_measures(session, sample, notice, called)} values stored")
    _store_money(session, sample, called)
    progress(f"ledger: {len(sample.lines)} lines stored")
    # What was written in this transaction has no statistics yet, and plans without them scan whole tables.
    session.execute(text("ANALYZE"))
    progress("tables counted")
    _store_partnerships(session, sample)
    progress(f"partnerships: {len(sample.partnerships)} stored")
    progress(notice)


def _spec(layer: Layer, notice: str, called: str) -> ReleaseSpec:
    content = shapely.to_wkb(layer.frame.geometry.to_numpy())
    return ReleaseSpec(
        id=layer.release_id, area_type=layer.area_type, title=f"{layer.title} (invented)",
        published_on=layer.published_on, resolution="demo", tolerance_m=0.1, quality="invented",
        publisher="Bounds, invented", licence=LICENCE, attribution=notice, source_file=called,
        sha256=hashlib.sha256(b"".join(content)).hexdigest(), partial=False, demo=True,
    )  # fmt: skip


def _district_people(sample: SampleCounty) -> pd.DataFrame:
    """Sum people by district, as the national file is summed for real ones."""
    people = sample.weights[
        (sample.weights["measure"] == "people") & (sample.weights["area_set"] == "lsoa-2011")
    ]
    belongs = sample.memberships[sample.memberships["parent_type"] == "lad"]
    joined = people.merge(belongs, left_on="code", right_on="child_code")
    joined = joined.drop_duplicates(["code", "parent_code"])
    sums = joined.groupby("parent_code")["value"].sum()
    return pd.DataFrame({"code": sums.index, "value": sums.to_numpy()}).assign(
        area_set="lad", measure="people", period="mid-2020", estimated=False, source=SOURCE
    )


def _store_indices(session: Session, sample: SampleCounty, notice: str, called: str) -> None:
    for index in sample.indices:
        rows = index.values["code"].nunique()
        session.add(
            DeprivationIndex(
                id=index.index_id, title=index.title, area_set=index.area_set, release_id=index.release_id,
                areas_total=index.areas_total, published_on=index.published_on, partial=False, demo=True,
                publisher="Bounds, invented", licence=LICENCE, attribution=notice, source_file=called,
                sha256=hashlib.sha256(index.values.to_csv(index=False).encode()).hexdigest(),
                rows_in=rows, rows_stored=rows, rows_refused=0, rows_elsewhere=0,
            )
        )  # fmt: skip
        session.flush()
        store_values(session, index.index_id, index.values)


def _store_measures(session: Session, sample: SampleCounty, notice: str, called: str) -> int:
    stored = 0
    for measure in sample.measures:
        one = Definition(
            measure.indicator_id, "", measure.title, measure.definition, measure.unit,
            cast(Direction, measure.direction), measure.nature, measure.denominator,
        )  # fmt: skip
        ranks = pd.Series(pd.NA, index=measure.values.index, dtype="Int64")
        given = IndicatorValues(one, measure.values.assign(rank=ranks), len(measure.values))
        publication = Publication(
            "demo", "Bounds, invented", LICENCE, notice, source_file=called, demo=True,
            sha256=hashlib.sha256(measure.values.to_csv(index=False).encode()).hexdigest(),
        )  # fmt: skip
        stored += store_indicator(
            session, given, publication, "lsoa", measure.area_set, measure.release_id
        )
    return stored


def _store_money(session: Session, sample: SampleCounty, called: str) -> None:
    for file in sample.files:
        session.add(
            ResourceFile(
                id=file.file_id, title=file.title, publisher=file.publisher, licence=file.licence,
                attribution=file.attribution, source_file=called, sha256=file.sha256, kind="demo",
                partnership_slug=None, rows_in=file.rows_in, rows_stored=file.rows_in, rows_refused=0, demo=True,
            )
        )  # fmt: skip
    session.flush()
    columns = [c.name for c in ResourceLine.__table__.columns if c.name in sample.lines.columns]
    lines = pd.DataFrame(sample.lines[columns])
    points = shapely.set_srid(sample.lines["place_geom"].to_numpy(), BNG)
    lines["place_geom"] = shapely.to_wkb(points, hex=True, include_srid=True)
    lines["demo"] = True
    tidy = lines.astype(object).where(lines.notna(), None)
    copy_rows(
        session, "resource_lines", list(tidy.columns), tidy.itertuples(index=False, name=None)
    )
    _store_envelopes(session, sample)


def _store_envelopes(session: Session, sample: SampleCounty) -> None:
    file_id = sample.files[1].file_id
    for row in sample.envelopes.itertuples():
        programme = programme_id(row.programme)
        if session.get(Programme, programme) is None:
            session.add(
                Programme(
                    id=programme,
                    title=row.programme,
                    funder=row.funder,
                    period=row.period,
                    demo=True,
                )
            )
            session.flush()
        session.add(
            ProgrammeArea(
                id=row.id, programme_id=programme, file_id=file_id, name=row.area_name,
                area_code=row.lad_code, lad_code=row.lad_code, note=row.source,
            )
        )  # fmt: skip
        session.add(
            ProgrammeAllocation(
                id=row.id, programme_id=programme, file_id=file_id, title=row.title, lad_code=row.lad_code,
                period=row.period, amount_pence=int(row.amount_pence), status="awarded", derived=False,
                note=row.source,
            )
        )  # fmt: skip
    session.flush()


def _store_partnerships(session: Session, sample: SampleCounty) -> None:
    for given in sample.partnerships:
        outline = None
        if given.geometry is not None:
            outline = shapely.multipolygons([given.geometry])
        create_partnership(
            session, COMMAND_LINE, name=given.name, kind=given.kind, authorities=given.authorities,
            outline=outline, members=given.members, lead=given.lead, valid_from=given.valid_from,
            valid_to=given.valid_to, day=today(), slug=given.slug,
        )  # fmt: skip
        row = session.get(Partnership, given.slug)
        assert row is not None, "just made"
        row.demo = True
        session.flush()
        save_default_designations(session, given.slug)
