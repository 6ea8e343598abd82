"""Loads the demo county, Barsetshire, through the same doors as real files; everything of it is marked invented."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE, record
from app.dev.sample_county.county import NOTICE, make_county
from app.places.load import LOADING_LOCK
from app.places.nation import store_sample
from boundaries.importing import Progress
from boundaries.tables import Release

DEMO_SLUG = "hogglestock-and-st-ewolds"


def load_demo(session: Session, progress: Progress) -> str:
    """Load Barsetshire in the caller's transaction, once; returns the slug of its first partnership."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOADING_LOCK})
    if session.scalar(select(Release.id).where(Release.demo).limit(1)) is not None:
        return DEMO_SLUG
    store_sample(session, make_county(), NOTICE, "the demo county", progress)
    record(session, COMMAND_LINE, "load", "demo:barsetshire", {})
    return DEMO_SLUG
