"""what the published tables of money and services hold; envelopes become allocations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# An id is the title in small letters and figures, as app.resources.methods.allocations.programme_id gives.
_MOVE = (
    """
    INSERT INTO programmes (id, title, funder, period, demo)
    SELECT DISTINCT ON (made.id) made.id, e.programme, e.funder, e.period, e.demo
    FROM envelopes AS e
    CROSS JOIN LATERAL (
        SELECT btrim(regexp_replace(lower(e.programme), '[^a-z0-9]+', '-', 'g'), '-') AS id
    ) AS made
    ORDER BY made.id, e.id
    """,
    """
    INSERT INTO programme_areas (id, programme_id, file_id, name, area_code, lad_code, note)
    SELECT e.id, p.id, e.file_id, e.title, e.area_code, e.lad_code, e.note
    FROM envelopes AS e
    JOIN programmes AS p ON p.id = btrim(regexp_replace(lower(e.programme), '[^a-z0-9]+', '-', 'g'), '-')
    """,
    """
    INSERT INTO programme_allocations
        (id, programme_id, file_id, title, area_code, lad_code, period, amount_pence, status, derived, note)
    SELECT
        e.id, p.id, e.file_id, e.title, e.area_code, e.lad_code, e.period, e.amount_pence, 'awarded', false, e.note
    FROM envelopes AS e
    JOIN programmes AS p ON p.id = btrim(regexp_replace(lower(e.programme), '[^a-z0-9]+', '-', 'g'), '-')
    """,
)


def _file() -> sa.Column[str]:
    return sa.Column("file_id", sa.Text(), nullable=False)


def _of_file(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["file_id"],
        ["resource_files.id"],
        name=op.f(f"fk_{table}_file_id_resource_files"),
        ondelete="CASCADE",
    )


def _of_programme(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["programme_id"],
        ["programmes.id"],
        name=op.f(f"fk_{table}_programme_id_programmes"),
        ondelete="CASCADE",
    )


def upgrade() -> None:
    op.add_column(
        "resource_files",
        sa.Column(
            "coverage",
            sa.Text(),
            nullable=True,
            comment="what part of the whole it holds, where that is not all: 40 of 88 districts",
        ),
    )
    op.create_table(
        "programmes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("funder", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default="false", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
    )
    _create_programme_areas()
    _create_allocations()
    _create_budgets()
    _create_recipient_sums()
    _create_services()
    for statement in _MOVE:
        op.execute(statement)
    op.drop_table("envelopes")


def _create_programme_areas() -> None:
    op.create_geospatial_table(
        "programme_areas",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("programme_id", sa.Text(), nullable=False),
        _file(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=True, comment="of the area alive on as_at"),
        sa.Column("as_at", sa.Date(), nullable=True),
        sa.Column("lad_code", sa.Text(), nullable=True, comment="the district that holds it"),
        sa.Column("stated_code", sa.Text(), nullable=True, comment="as the source writes it"),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry("MULTIPOLYGON", srid=27700, dimension=2, spatial_index=False),
            nullable=True,
        ),
        sa.Column(
            "geom_wgs84",
            Geometry("MULTIPOLYGON", srid=4326, dimension=2, spatial_index=False),
            nullable=True,
        ),
        _of_programme("programme_areas"),
        _of_file("programme_areas"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_areas")),
    )
    for column in ("programme_id", "file_id", "lad_code"):
        op.create_index(op.f(f"ix_programme_areas_{column}"), "programme_areas", [column])


def _create_allocations() -> None:
    op.create_table(
        "programme_allocations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("programme_id", sa.Text(), nullable=False),
        _file(),
        sa.Column("title", sa.Text(), nullable=False, comment="the place, as the source names it"),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("lad_code", sa.Text(), nullable=True, comment="the district that holds it"),
        sa.Column(
            "financial_year", sa.Text(), nullable=True, comment="null: of a period of several years"
        ),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("derived", sa.Boolean(), nullable=False, comment="worked out, not published"),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('planned', 'awarded', 'paid', 'estimate')",
            name=op.f("ck_programme_allocations_status"),
        ),
        sa.CheckConstraint("amount_pence >= 0", name=op.f("ck_programme_allocations_amount")),
        _of_programme("programme_allocations"),
        _of_file("programme_allocations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_allocations")),
    )
    for column in ("programme_id", "file_id", "lad_code"):
        op.create_index(
            op.f(f"ix_programme_allocations_{column}"), "programme_allocations", [column]
        )


def _create_budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        _file(),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("authority_code", sa.Text(), nullable=True),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column(
            "level",
            sa.Text(),
            nullable=False,
            comment="district, unitary, metropolitan, london, county, fire, combined or other: they overlap",
        ),
        sa.Column("financial_year", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("stated", sa.Text(), nullable=False, comment="as the source writes it"),
        sa.CheckConstraint("kind IN ('revenue', 'capital')", name=op.f("ck_budgets_kind")),
        _of_file("budgets"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budgets")),
        sa.UniqueConstraint(
            "file_id",
            "authority",
            "financial_year",
            "part",
            name=op.f("uq_budgets_file_id_authority_financial_year_part"),
        ),
    )
    op.create_index(op.f("ix_budgets_authority_code"), "budgets", ["authority_code"])


def _create_recipient_sums() -> None:
    op.create_table(
        "recipient_sums",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        _file(),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("funder", sa.Text(), nullable=False),
        sa.Column("award_year", sa.Integer(), nullable=False),
        sa.Column("lad_code", sa.Text(), nullable=False, comment="of the recipient's office"),
        sa.Column("ward_code", sa.Text(), nullable=False, comment="of the recipient's office"),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("grants", sa.Integer(), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("grants > 0 AND amount_pence > 0", name=op.f("ck_recipient_sums_some")),
        _of_file("recipient_sums"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient_sums")),
    )
    op.create_index(op.f("ix_recipient_sums_file_id"), "recipient_sums", ["file_id"])
    op.create_index(op.f("ix_recipient_sums_lad_code"), "recipient_sums", ["lad_code"])


def _create_services() -> None:
    op.create_geospatial_table(
        "services",
        sa.Column("id", sa.Text(), nullable=False),
        _file(),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subtype", sa.Text(), nullable=True),
        sa.Column("identifier", sa.Text(), nullable=True, comment="scheme:value, as urn:100001"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column(
            "lad_code", sa.Text(), nullable=True, comment="as stated, lacking figures mended"
        ),
        sa.Column("ward_code", sa.Text(), nullable=True),
        sa.Column("lsoa_code", sa.Text(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("observed", sa.Text(), nullable=False, comment="when it was seen to be there"),
        sa.Column(
            "same_as", sa.Text(), nullable=True, comment="id of the same service in an earlier file"
        ),
        sa.Column("placed_by", sa.Text(), nullable=True),
        sa.Column(
            "geom", Geometry("POINT", srid=27700, dimension=2, spatial_index=False), nullable=True
        ),
        sa.Column(
            "geom_wgs84",
            Geometry("POINT", srid=4326, dimension=2, spatial_index=False),
            nullable=True,
        ),
        sa.CheckConstraint("placed_by IN ('point', 'postcode')", name=op.f("ck_services_placed")),
        sa.CheckConstraint(
            "(geom IS NULL) = (placed_by IS NULL) AND (geom IS NULL) = (geom_wgs84 IS NULL)",
            name=op.f("ck_services_point"),
        ),
        _of_file("services"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
    )
    for column in ("file_id", "kind", "identifier", "lad_code"):
        op.create_index(op.f(f"ix_services_{column}"), "services", [column])
    for column in ("geom", "geom_wgs84"):
        op.create_index(f"ix_services_{column}", "services", [column], postgresql_using="gist")


def downgrade() -> None:
    op.create_table(
        "envelopes",
        sa.Column("id", sa.Text(), nullable=False),
        _file(),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("funder", sa.Text(), nullable=False),
        sa.Column("lad_code", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default="false", nullable=False),
        _of_file("envelopes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelopes")),
    )
    op.create_index(op.f("ix_envelopes_file_id"), "envelopes", ["file_id"], unique=False)
    op.create_index(op.f("ix_envelopes_lad_code"), "envelopes", ["lad_code"], unique=False)
    # The older tables know allocations of whole periods alone.
    op.execute(
        "INSERT INTO envelopes (id, file_id, programme, title, funder, lad_code, area_code, amount_pence,"
        " period, note, demo) SELECT a.id, a.file_id, p.title, a.title, p.funder, a.lad_code, a.area_code,"
        " a.amount_pence, a.period, a.note, p.demo FROM programme_allocations AS a"
        " JOIN programmes AS p ON p.id = a.programme_id WHERE a.financial_year IS NULL"
    )
    op.drop_geospatial_table("services")
    op.drop_table("recipient_sums")
    op.drop_table("budgets")
    op.drop_table("programme_allocations")
    op.drop_geospatial_table("programme_areas")
    op.drop_table("programmes")
    op.execute(
        "DELETE FROM resource_files AS f WHERE f.kind NOT IN"
        " ('360giving', 'towns-fund', 'pride-in-place', 'plain', 'demo')"
        " AND NOT EXISTS (SELECT 1 FROM resource_lines AS l WHERE l.file_id = f.id)"
    )
    op.drop_column("resource_files", "coverage")
