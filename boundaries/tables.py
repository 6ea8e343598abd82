"""The geography's tables: areas, their outlines by release, what belongs to what, and who lives where."""

from __future__ import annotations

from datetime import date, datetime

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.crs import BNG, WGS84
from boundaries.database import Base


class Release(Base):
    """One publication of one area type; served or not, so that taking it back is one flag."""

    __tablename__ = "releases"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    area_type: Mapped[str] = mapped_column(Text, index=True)
    title: Mapped[str] = mapped_column(Text)
    published_on: Mapped[date]
    resolution: Mapped[str] = mapped_column(
        Text, comment="bfc, bgc, bsc, buc or as the source says"
    )
    tolerance_m: Mapped[float] = mapped_column(
        comment="how far its outlines may lie from the truth, metres"
    )
    own_tolerance_m: Mapped[float | None] = mapped_column(
        comment="max(stated, 3 x p99 of slivers), metres; null: not measured"
    )
    sliver_p99_m: Mapped[float | None] = mapped_column(
        comment="99th percentile of the width of its slivers, metres"
    )
    measured_against: Mapped[str | None] = mapped_column(
        Text, comment="the release of districts that its slivers were measured against"
    )
    surveyed_features: Mapped[int | None] = mapped_column(
        comment="features stored when its borders were last surveyed; another number: the survey is due"
    )
    quality: Mapped[str] = mapped_column(Text)
    partial: Mapped[bool] = mapped_column(
        comment="true: holds only some places, nothing national is computed"
    )
    temporal: Mapped[bool] = mapped_column(
        server_default="false",
        comment="true: draws areas of many years, of which a day shows those alive",
    )
    demo: Mapped[bool]
    publisher: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    attribution: Mapped[str] = mapped_column(Text)
    source_file: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    crs_operation: Mapped[str] = mapped_column(Text)
    features_in: Mapped[int]
    features_stored: Mapped[int]
    features_refused: Mapped[int]
    features_elsewhere: Mapped[int] = mapped_column(
        comment="read, and left out as not of this place"
    )
    state: Mapped[str] = mapped_column(Text)
    checks: Mapped[list[dict[str, object]]] = mapped_column(
        JSONB,
        server_default="[]",
        comment="what was checked before serving: check, seen, wanted, passed",
    )
    loaded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        # `loaded`: stored, not judged; `checked`: passed, not served; `withdrawn`: was served.
        CheckConstraint("state IN ('loaded', 'checked', 'served', 'withdrawn')", name="state"),
        UniqueConstraint("area_type", "published_on", "resolution", "demo"),
        CheckConstraint(
            "quality IN ('official', 'best-fit', 'approximate', 'invented')", name="quality"
        ),
        CheckConstraint(
            "features_in = features_stored + features_refused + features_elsewhere",
            name="nothing_lost",
        ),
    )


class ReleaseDays(Base):
    """How well a release fits the areas alive in a span of days; written by refresh_release_days()."""

    __tablename__ = "release_days"

    release_id: Mapped[str] = mapped_column(
        ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True
    )
    from_day: Mapped[date] = mapped_column(primary_key=True)
    to_day: Mapped[date] = mapped_column(comment="the first day after the span")
    missing: Mapped[int] = mapped_column(comment="areas alive that it does not draw")
    extra: Mapped[int] = mapped_column(comment="areas it draws that are not alive")


class Area(Base):
    """A coded place and its life, half-open: alive on valid_from, no longer on valid_to."""

    __tablename__ = "areas"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    type: Mapped[str] = mapped_column(Text, index=True)
    name: Mapped[str] = mapped_column(Text, index=True)
    valid_from: Mapped[date | None] = mapped_column(comment="null: since before the records begin")
    valid_to: Mapped[date | None] = mapped_column(
        comment="null: still alive; else the first day it is gone"
    )
    demo: Mapped[bool] = mapped_column(server_default="false")

    __table_args__ = (CheckConstraint("valid_from < valid_to", name="life"),)


class Boundary(Base):
    """What one release drew for one area, in metres and in degrees."""

    __tablename__ = "boundaries"

    release_id: Mapped[str] = mapped_column(
        ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(ForeignKey("areas.code"), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    geom: Mapped[object] = mapped_column(Geometry("MULTIPOLYGON", srid=BNG, spatial_index=False))
    geom_wgs84: Mapped[object] = mapped_column(
        Geometry("MULTIPOLYGON", srid=WGS84, spatial_index=False)
    )
    area_m2: Mapped[float]

    __table_args__ = (
        Index("ix_boundaries_geom", "geom", postgresql_using="gist"),
        # None on geom_wgs84: a box of degrees is carried to metres, and one index serves both.
        Index("ix_boundaries_code", "code"),
        # Names of a whole release without its outlines, which stand in the same rows.
        Index("ix_boundaries_named", "release_id", "code", postgresql_include=["name"]),
    )


class ImportFinding(Base):
    """One feature that was repaired or refused on import, with the square metres before and after."""

    __tablename__ = "import_findings"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    release_id: Mapped[str] = mapped_column(
        ForeignKey("releases.id", ondelete="CASCADE"), index=True
    )
    feature: Mapped[int] = mapped_column(comment="position in the source, from 1")
    code: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    area_before_m2: Mapped[float | None]
    area_after_m2: Mapped[float | None]

    __table_args__ = (CheckConstraint("kind IN ('repaired', 'refused')", name="kind"),)


class Membership(Base):
    """Which area belongs to which, as one lookup says; a best fit is marked as one."""

    __tablename__ = "memberships"

    child_code: Mapped[str] = mapped_column(Text, primary_key=True)
    parent_code: Mapped[str] = mapped_column(Text, primary_key=True)
    lookup: Mapped[str] = mapped_column(Text, primary_key=True)
    parent_type: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    share: Mapped[float] = mapped_column(
        comment="share of the child, 0 to 1; 1 for exact and best fit"
    )
    from_day: Mapped[date | None] = mapped_column(
        comment="first day that the lookup answers for; null: open"
    )
    to_day: Mapped[date | None] = mapped_column(
        comment="first day that it no longer does; null: open"
    )

    __table_args__ = (
        CheckConstraint("method IN ('exact', 'best-fit')", name="method"),
        CheckConstraint("from_day < to_day", name="span"),
        Index("ix_memberships_parent_code", "parent_code", "child_code"),
        Index(
            "ix_memberships_lookup",
            "parent_type",
            func.lower(text("lookup")).label("lookup"),
            postgresql_ops={"lookup": "text_pattern_ops"},
        ),
        Index(
            "ix_memberships_in_lsoa", "child_code", postgresql_where=text("parent_type = 'lsoa'")
        ),
    )


class LookupDisagreement(Base):
    """A lookup says one parent, the outlines another; `used` says which of them Bounds goes by."""

    __tablename__ = "lookup_disagreements"

    lookup: Mapped[str] = mapped_column(Text, primary_key=True)
    child_code: Mapped[str] = mapped_column(Text, primary_key=True)
    parent_type: Mapped[str] = mapped_column(Text, primary_key=True)
    lookup_parent: Mapped[str] = mapped_column(Text)
    outline_parent: Mapped[str | None] = mapped_column(Text)
    lookup_share: Mapped[float] = mapped_column(
        comment="share of the child's area in lookup_parent"
    )
    outline_share: Mapped[float] = mapped_column(comment="the same in outline_parent")
    child_release: Mapped[str] = mapped_column(Text)
    parent_release: Mapped[str] = mapped_column(Text)
    used: Mapped[str] = mapped_column(Text)

    __table_args__ = (CheckConstraint("used IN ('lookup', 'outline')", name="used"),)


class Succession(Base):
    """One link from an area to what followed it, with the share of it that was passed on."""

    __tablename__ = "successions"

    old_code: Mapped[str] = mapped_column(Text, primary_key=True)
    new_code: Mapped[str] = mapped_column(Text, primary_key=True)
    changed_on: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    share: Mapped[float | None] = mapped_column(
        comment="share of the old area's people; null where not known"
    )
    source: Mapped[str] = mapped_column(Text)
    method: Mapped[str | None] = mapped_column(Text, comment="how the share was found")

    __table_args__ = (Index("ix_successions_new_code", "new_code"),)


class AreaCode(Base):
    """A code of another scheme that stands for an area; one code may stand for several."""

    __tablename__ = "area_codes"

    scheme: Mapped[str] = mapped_column(
        Text, primary_key=True, comment="old-ons, gss-former, nhs, register, …"
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    area_code: Mapped[str] = mapped_column(Text, primary_key=True)

    __table_args__ = (
        Index("ix_area_codes_code", "code"),
        Index("ix_area_codes_area_code", "area_code"),
    )


class AreaName(Base):
    """Another name of an area: one it bore, one it is also called by, or one in another tongue."""

    __tablename__ = "area_names"

    area_code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    until: Mapped[date | None] = mapped_column(
        comment="the first day without the name; null: no list says"
    )
    source: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("kind IN ('former', 'also', 'welsh', 'local')", name="kind"),
        Index("ix_area_names_name", "name"),
    )


class Postcode(Base):
    """One postcode's point, district and small areas."""

    __tablename__ = "postcodes"

    postcode: Mapped[str] = mapped_column(Text, primary_key=True)
    easting: Mapped[int]
    northing: Mapped[int]
    lon: Mapped[float]
    lat: Mapped[float]
    geom: Mapped[object] = mapped_column(Geometry("POINT", srid=BNG, spatial_index=False))
    lad_code: Mapped[str | None] = mapped_column(Text)
    lsoa11_code: Mapped[str | None] = mapped_column(Text, index=True)
    lsoa21_code: Mapped[str | None] = mapped_column(Text, index=True)
    status: Mapped[str] = mapped_column(Text)
    demo: Mapped[bool] = mapped_column(server_default="false")

    __table_args__ = (
        Index("ix_postcodes_geom", "geom", postgresql_using="gist"),
        Index("ix_postcodes_lad_code", "lad_code"),
        Index(
            "ix_postcodes_current",
            "lsoa11_code",
            "lsoa21_code",
            postgresql_where=text("status = 'current'"),
        ),
        CheckConstraint("status IN ('current', 'not in the current list')", name="status"),
    )


class Weight(Base):
    """How many people, households or postcodes a small area holds, and whether that is an estimate."""

    __tablename__ = "weights"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    area_set: Mapped[str] = mapped_column(Text, primary_key=True)
    measure: Mapped[str] = mapped_column(Text, primary_key=True)
    period: Mapped[str] = mapped_column(Text)
    value: Mapped[int] = mapped_column(Integer)
    estimated: Mapped[bool]
    source: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_weights_measure", "area_set", "measure"),)


class TouchingPair(Base):
    """Two areas of one release that share a border, and for how many metres; stored once at load."""

    __tablename__ = "touching_pairs"

    release_id: Mapped[str] = mapped_column(
        ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True
    )
    code_a: Mapped[str] = mapped_column(Text, primary_key=True)
    code_b: Mapped[str] = mapped_column(Text, primary_key=True)
    border_m: Mapped[float]

    __table_args__ = (
        CheckConstraint("code_a < code_b", name="each_pair_once"),
        Index("ix_touching_pairs_code_b", "release_id", "code_b"),
    )


class GeographyChange(Base):
    """One statement that changed areas, names, codes, outlines or releases; the trigger of migration 0015 writes it.

    How many rows there are tells whether anything kept outside the database is still true.
    """

    __tablename__ = "geography_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    table_name: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class InputChange(Base):
    """A transaction that changed a table which answers follow from; the trigger of migration 0037 writes it."""

    __tablename__ = "input_changes"

    table_name: Mapped[str] = mapped_column(Text, primary_key=True)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    changed_in: Mapped[int] = mapped_column(BigInteger, primary_key=True, comment="the transaction")
