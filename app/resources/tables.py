"""Money's tables: files, their lines and refusals; programmes, budgets and sums, which are no lines; services."""

from __future__ import annotations

from datetime import date, datetime

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.crs import BNG, WGS84
from boundaries.database import Base

# The place in one word: lines of one place are told at once. Its parts are read back by stated_places.sql.
PLACE_KEY = (
    "CASE place_kind"
    " WHEN 'postcode' THEN 'postcode:' || coalesce(place_postcode, '')"
    " WHEN 'point' THEN 'point:' || coalesce(encode(ST_AsEWKB(place_geom), 'hex'), '')"
    " WHEN 'partnership' THEN 'partnership:' || coalesce(partnership_slug, '')"
    " WHEN 'recipient' THEN"
    " 'recipient:' || coalesce(recipient_postcode, '') || ':' || coalesce(recipient_lad, '')"
    " WHEN 'none' THEN 'none'"
    " ELSE place_kind || ':' || coalesce(place_type, '') || ':' || coalesce(place_code, '')"
    " || coalesce(':' || footprint_id::text, '') END"
)
MONEY_KINDS = "money_kind IN ('revenue', 'capital')"
ESTIMATE_BASES = (
    "estimate_basis IN ('population', 'households', 'worst-fifth', 'equal', 'area',"
    " 'raster-population', 'given')"
)


class ResourceFile(Base):
    """One file of money: its rows are stored or listed, never lost."""

    __tablename__ = "resource_files"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    publisher: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    attribution: Mapped[str] = mapped_column(Text)
    source_file: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(
        Text, comment="360giving, towns-fund, pride-in-place, plain, demo"
    )
    coverage: Mapped[str | None] = mapped_column(
        Text, comment="what part of the whole it holds, where that is not all: 40 of 88 districts"
    )
    partnership_slug: Mapped[str | None] = mapped_column(Text)
    rows_in: Mapped[int]
    rows_stored: Mapped[int]
    rows_refused: Mapped[int]
    demo: Mapped[bool] = mapped_column(server_default="false")
    loaded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (CheckConstraint("rows_in = rows_stored + rows_refused", name="nothing_lost"),)


class ResourceLine(Base):
    """One line of money, as finely placed as its source says and no finer."""

    __tablename__ = "resource_lines"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    file_id: Mapped[str] = mapped_column(
        ForeignKey("resource_files.id", ondelete="CASCADE"), index=True
    )
    row: Mapped[int]
    identifier: Mapped[str] = mapped_column(Text, index=True)
    title: Mapped[str] = mapped_column(Text)
    funder: Mapped[str] = mapped_column(Text)
    programme: Mapped[str | None] = mapped_column(Text)
    theme: Mapped[str | None] = mapped_column(Text)
    recipient: Mapped[str | None] = mapped_column(Text)
    stage: Mapped[str] = mapped_column(Text)
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    awarded_on: Mapped[date | None]
    financial_year: Mapped[str | None] = mapped_column(Text, comment="2018-19, April to March")
    place_kind: Mapped[str] = mapped_column(Text)
    place_text: Mapped[str | None] = mapped_column(Text, comment="as the source words it")
    place_code: Mapped[str | None] = mapped_column(Text, index=True)
    place_type: Mapped[str | None] = mapped_column(Text)
    place_name: Mapped[str | None] = mapped_column(Text)
    place_postcode: Mapped[str | None] = mapped_column(Text, index=True)
    place_geom: Mapped[object | None] = mapped_column(
        Geometry("POINT", srid=BNG, spatial_index=False)
    )
    partnership_slug: Mapped[str | None] = mapped_column(
        Text, comment="for money given to a whole partnership"
    )
    grade: Mapped[str] = mapped_column(Text)
    recipient_postcode: Mapped[str | None] = mapped_column(Text)
    recipient_lad: Mapped[str | None] = mapped_column(Text, index=True)
    demo: Mapped[bool] = mapped_column(server_default="false")
    deliverer: Mapped[str | None] = mapped_column(
        Text, comment="who spends it, where not the recipient"
    )
    money_kind: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str] = mapped_column(
        Text,
        server_default="award",
        comment="award; regrant or match: of the line that related_identifier names; refund: below 0",
    )
    related_identifier: Mapped[str | None] = mapped_column(
        Text, index=True, comment="as the source writes it"
    )
    part_of: Mapped[str | None] = mapped_column(
        Text,
        index=True,
        comment="identifier of the row that states shares for several places; the line is one part",
    )
    part_share: Mapped[str | None] = mapped_column(Text, comment="the share as stated: 0.4 or 1/3")
    programme_id: Mapped[str | None] = mapped_column(
        ForeignKey("programmes.id", ondelete="SET NULL"), index=True
    )
    estimate_basis: Mapped[str | None] = mapped_column(
        Text, comment="of this line, before its programme's"
    )
    outcome: Mapped[str | None] = mapped_column(Text, comment="what it is said to have done")
    footprint_id: Mapped[int | None] = mapped_column(
        ForeignKey("footprints.id"), index=True, comment="the estate that it is stated for"
    )

    place_key: Mapped[str] = mapped_column(
        Text,
        Computed(PLACE_KEY, persisted=True),
        nullable=True,
    )

    __table_args__ = (
        CheckConstraint(MONEY_KINDS, name="money_kind"),
        CheckConstraint("role IN ('award', 'regrant', 'match', 'refund')", name="role"),
        CheckConstraint("amount_pence = 0 OR (role = 'refund') = (amount_pence < 0)", name="sign"),
        CheckConstraint(ESTIMATE_BASES, name="estimate_basis"),
        CheckConstraint("grade IN ('A', 'B', 'C', 'D', 'E', 'F', 'G')", name="grade"),
        CheckConstraint("stage IN ('planned', 'awarded', 'paid')", name="stage"),
        Index("ix_resource_lines_place_geom", "place_geom", postgresql_using="gist"),
        Index("ix_resource_lines_grade", "grade"),
    )


class ResourceRefusal(Base):
    """One row of a file that was not stored, and the rule that says why."""

    __tablename__ = "resource_refusals"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    file_id: Mapped[str] = mapped_column(
        ForeignKey("resource_files.id", ondelete="CASCADE"), index=True
    )
    row: Mapped[int]
    column: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    amount_pence: Mapped[int | None] = mapped_column(
        BigInteger, comment="of the row, on one of its faults; null where it could not be read"
    )
    currency: Mapped[str | None] = mapped_column(Text, comment="of amount_pence")


class Programme(Base):
    """Money with a name and a purpose, given to some places for some years."""

    __tablename__ = "programmes"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    funder: Mapped[str] = mapped_column(Text)
    period: Mapped[str | None] = mapped_column(Text)
    demo: Mapped[bool] = mapped_column(server_default="false")
    theme: Mapped[str | None] = mapped_column(Text)
    money_kind: Mapped[str | None] = mapped_column(Text)
    partnership_slug: Mapped[str | None] = mapped_column(
        ForeignKey("partnerships.slug", ondelete="CASCADE"),
        index=True,
        comment="whose own it is; null: published",
    )
    first_year: Mapped[str | None] = mapped_column(
        Text, comment="2001-02; lines lie in these years"
    )
    last_year: Mapped[str | None] = mapped_column(Text)
    estimate_basis: Mapped[str] = mapped_column(Text, server_default="population")

    __table_args__ = (
        CheckConstraint(MONEY_KINDS, name="money_kind"),
        CheckConstraint(ESTIMATE_BASES, name="estimate_basis"),
    )


class ProgrammeArea(Base):
    """A place that a programme is for, as its source names it, with the code it had on a day."""

    __tablename__ = "programme_areas"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    programme_id: Mapped[str] = mapped_column(
        ForeignKey("programmes.id", ondelete="CASCADE"), index=True
    )
    file_id: Mapped[str | None] = mapped_column(
        ForeignKey("resource_files.id", ondelete="CASCADE"),
        index=True,
        comment="null: of the programme's own record",
    )
    name: Mapped[str] = mapped_column(Text)
    area_code: Mapped[str | None] = mapped_column(Text, comment="of the area alive on as_at")
    as_at: Mapped[date | None]
    lad_code: Mapped[str | None] = mapped_column(
        Text, index=True, comment="the district that holds it"
    )
    stated_code: Mapped[str | None] = mapped_column(Text, comment="as the source writes it")
    note: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[object | None] = mapped_column(
        Geometry("MULTIPOLYGON", srid=BNG, spatial_index=False)
    )
    geom_wgs84: Mapped[object | None] = mapped_column(
        Geometry("MULTIPOLYGON", srid=WGS84, spatial_index=False)
    )


class ProgrammeAllocation(Base):
    """An envelope: what a programme gives a place in a year or period. Lines draw on it; it is never one."""

    __tablename__ = "programme_allocations"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    programme_id: Mapped[str] = mapped_column(
        ForeignKey("programmes.id", ondelete="CASCADE"), index=True
    )
    file_id: Mapped[str | None] = mapped_column(
        ForeignKey("resource_files.id", ondelete="CASCADE"),
        index=True,
        comment="null: of the programme's own record",
    )
    title: Mapped[str] = mapped_column(Text, comment="the place, as the source names it")
    area_code: Mapped[str | None] = mapped_column(Text)
    lad_code: Mapped[str | None] = mapped_column(
        Text, index=True, comment="the district that holds it"
    )
    financial_year: Mapped[str | None] = mapped_column(
        Text, comment="null: of a period of several years"
    )
    period: Mapped[str] = mapped_column(Text)
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(Text)
    basis: Mapped[str | None] = mapped_column(Text)
    derived: Mapped[bool] = mapped_column(comment="worked out, not published")
    source: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("status IN ('planned', 'awarded', 'paid', 'estimate')", name="status"),
        CheckConstraint("amount_pence >= 0", name="amount"),
    )


class Budget(Base):
    """One part of an authority's mainstream budget in one financial year; levels of authorities overlap."""

    __tablename__ = "budgets"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    file_id: Mapped[str] = mapped_column(ForeignKey("resource_files.id", ondelete="CASCADE"))
    row: Mapped[int]
    authority_code: Mapped[str | None] = mapped_column(Text, index=True)
    authority: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(
        Text,
        comment="district, unitary, metropolitan, london, county, fire, combined or other: they overlap",
    )
    financial_year: Mapped[str] = mapped_column(Text)
    part: Mapped[str] = mapped_column(Text)
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    stated: Mapped[str] = mapped_column(Text, comment="as the source writes it")

    __table_args__ = (
        CheckConstraint("kind IN ('revenue', 'capital')", name="kind"),
        UniqueConstraint(
            "file_id", "authority", "financial_year", "part",
            name="uq_budgets_file_id_authority_financial_year_part",
        ),
    )  # fmt: skip


class RecipientSum(Base):
    """Grants of one funder, year and recipients' ward added up by somebody else: grade F, never a line."""

    __tablename__ = "recipient_sums"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    file_id: Mapped[str] = mapped_column(
        ForeignKey("resource_files.id", ondelete="CASCADE"), index=True
    )
    row: Mapped[int]
    funder: Mapped[str] = mapped_column(Text)
    award_year: Mapped[int]
    lad_code: Mapped[str] = mapped_column(Text, index=True, comment="of the recipient's office")
    ward_code: Mapped[str] = mapped_column(Text, comment="of the recipient's office")
    region: Mapped[str | None] = mapped_column(Text)
    grants: Mapped[int]
    amount_pence: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("grants > 0 AND amount_pence > 0", name="some"),)


class Outlet(Base):
    """A place that gives a service: a school, a surgery, a library; as a file said at one time."""

    __tablename__ = "services"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    file_id: Mapped[str] = mapped_column(
        ForeignKey("resource_files.id", ondelete="CASCADE"), index=True
    )
    row: Mapped[int]
    kind: Mapped[str] = mapped_column(Text, index=True)
    subtype: Mapped[str | None] = mapped_column(Text)
    identifier: Mapped[str | None] = mapped_column(
        Text, index=True, comment="scheme:value, as urn:100001"
    )
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    postcode: Mapped[str | None] = mapped_column(Text)
    lad_code: Mapped[str | None] = mapped_column(
        Text, index=True, comment="as stated, lacking figures mended"
    )
    ward_code: Mapped[str | None] = mapped_column(Text)
    lsoa_code: Mapped[str | None] = mapped_column(Text)
    opened_on: Mapped[date | None]
    observed: Mapped[str] = mapped_column(Text, comment="when it was seen to be there")
    same_as: Mapped[str | None] = mapped_column(
        Text, comment="id of the same service in an earlier file"
    )
    placed_by: Mapped[str | None] = mapped_column(Text)
    organisation: Mapped[str | None] = mapped_column(Text, comment="that gives it; never a person")
    url: Mapped[str | None] = mapped_column(Text)
    schedule: Mapped[str | None] = mapped_column(Text, comment="when it is open, in words")
    terms: Mapped[list[str] | None] = mapped_column(ARRAY(Text), comment="of its source's taxonomy")
    geom: Mapped[object | None] = mapped_column(Geometry("POINT", srid=BNG, spatial_index=False))
    geom_wgs84: Mapped[object | None] = mapped_column(
        Geometry("POINT", srid=WGS84, spatial_index=False)
    )

    __table_args__ = (
        CheckConstraint("placed_by IN ('point', 'postcode')", name="placed"),
        CheckConstraint(
            "(geom IS NULL) = (placed_by IS NULL) AND (geom IS NULL) = (geom_wgs84 IS NULL)",
            name="point",
        ),
        Index("ix_services_geom", "geom", postgresql_using="gist"),
        Index("ix_services_geom_wgs84", "geom_wgs84", postgresql_using="gist"),
    )
