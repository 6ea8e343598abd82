"""Loads the demo county, Barsetshire, through the same doors as real files; everything of it is marked invented."""

from __future__ import annotations

import hashlib

import pandas as pd
import shapely
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE, record
from app.dependencies import today
from app.dev.sample_county.county import NOTICE, SampleCounty, make_county
from app.dev.sample_county.layers import Layer
from app.indicators.actions import store_values
from app.indicators.tables import DeprivationIndex
from app.partnerships.actions import create_partnership
from app.partnerships.tables import Partnership
from app.places.load import LOADING_LOCK
from app.priorities.actions import save_default_designations
from app.resources.tables import Envelope, ResourceFile, ResourceLine
from boundaries.crs import BNG
from boundaries.database import copy_rows
from boundaries.importing import Progress, ReleaseSpec, store_release
from boundaries.storing import (
    store_areas,
    store_memberships,
    store_postcodes,
    store_successions,
    store_weights,
)
from boundaries.tables import Release

DEMO_SLUG = "hogglestock-and-st-ewolds"
LICENCE = "CC0 1.0 (invented)"


def load_demo(session: Session, progress: Progress) -> str:
    """Load Barsetshire in the caller's transaction, once; returns the slug of its first partnership."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOADING_LOCK})
    if session.scalar(select(Release.id).where(Release.demo).limit(1)) is not None:
        return DEMO_SLUG
    county = make_county()
    store_areas(session, county.areas, demo=True)
    store_memberships(session, county.memberships)
    store_successions(session, county.successions)
    for layer in county.layers.values():
        frame = layer.frame.assign(position=range(1, len(layer.frame) + 1))
        report = store_release(session, _spec(layer), frame, features_in=len(frame))
        progress(report.as_line())
    store_postcodes(session, county.postcodes, demo=True)
    store_weights(session, pd.concat([county.weights, _district_people(county)], ignore_index=True))
    _store_indices(session, county)
    _store_money(session, county)
    _store_partnerships(session, county)
    record(session, COMMAND_LINE, "load", "demo:barsetshire", {})
    progress(NOTICE)
    return DEMO_SLUG


def _spec(layer: Layer) -> ReleaseSpec:
    content = shapely.to_wkb(layer.frame.geometry.to_numpy())
    return ReleaseSpec(
        id=layer.release_id, area_type=layer.area_type, title=f"{layer.title} (invented)",
        published_on=layer.published_on, resolution="demo", tolerance_m=0.1, quality="invented",
        publisher="Bounds, invented", licence=LICENCE, attribution=NOTICE, source_file="the demo county",
        sha256=hashlib.sha256(b"".join(content)).hexdigest(), partial=False, demo=True,
    )  # fmt: skip


def _district_people(county: SampleCounty) -> pd.DataFrame:
    """Sum people by district, as the national file is summed for real ones."""
    people = county.weights[
        (county.weights["measure"] == "people") & (county.weights["area_set"] == "lsoa-2011")
    ]
    belongs = county.memberships[county.memberships["parent_type"] == "lad"]
    joined = people.merge(belongs, left_on="code", right_on="child_code")
    joined = joined.drop_duplicates(["code", "parent_code"])
    sums = joined.groupby("parent_code")["value"].sum()
    return pd.DataFrame({"code": sums.index, "value": sums.to_numpy()}).assign(
        area_set="lad",
        measure="people",
        period="mid-2020",
        estimated=False,
        source="invented with the demo county",
    )


def _store_indices(session: Session, county: SampleCounty) -> None:
    for index in county.indices:
        rows = index.values["code"].nunique()
        session.add(
            DeprivationIndex(
                id=index.index_id, title=index.title, area_set=index.area_set, release_id=index.release_id,
                areas_total=index.areas_total, published_on=index.published_on, partial=False, demo=True,
                publisher="Bounds, invented", licence=LICENCE, attribution=NOTICE, source_file="the demo county",
                sha256=hashlib.sha256(index.values.to_csv(index=False).encode()).hexdigest(),
                rows_in=rows, rows_stored=rows, rows_refused=0, rows_elsewhere=0,
            )
        )  # fmt: skip
        session.flush()
        store_values(session, index.index_id, index.values)


def _store_money(session: Session, county: SampleCounty) -> None:
    for file in county.files:
        session.add(
            ResourceFile(
                id=file.file_id, title=file.title, publisher=file.publisher, licence=file.licence,
                attribution=file.attribution, source_file="the demo county", sha256=file.sha256, kind="demo",
                partnership_slug=None, rows_in=file.rows_in, rows_stored=file.rows_in, rows_refused=0, demo=True,
            )
        )  # fmt: skip
    session.flush()
    columns = [c.name for c in ResourceLine.__table__.columns if c.name in county.lines.columns]
    lines = pd.DataFrame(county.lines[columns])
    points = shapely.set_srid(county.lines["place_geom"].to_numpy(), BNG)
    lines["place_geom"] = shapely.to_wkb(points, hex=True, include_srid=True)
    lines["demo"] = True
    tidy = lines.astype(object).where(lines.notna(), None)
    copy_rows(
        session, "resource_lines", list(tidy.columns), tidy.itertuples(index=False, name=None)
    )
    for row in county.envelopes.itertuples():
        session.add(
            Envelope(
                id=row.id, file_id=county.files[1].file_id, programme=row.programme, title=row.title,
                funder=row.funder, lad_code=row.lad_code, area_code=None, amount_pence=int(row.amount_pence),
                period=row.period, note=row.source, demo=True,
            )
        )  # fmt: skip
    session.flush()


def _store_partnerships(session: Session, county: SampleCounty) -> None:
    for given in county.partnerships:
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
