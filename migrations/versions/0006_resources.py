"""the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "resource_files",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="360giving, towns-fund, pride-in-place, plain, demo",
        ),
        sa.Column("partnership_slug", sa.Text(), nullable=True),
        sa.Column("rows_in", sa.Integer(), nullable=False),
        sa.Column("rows_stored", sa.Integer(), nullable=False),
        sa.Column("rows_refused", sa.Integer(), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "rows_in = rows_stored + rows_refused", name=op.f("ck_resource_files_nothing_lost")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_files")),
        sa.UniqueConstraint("sha256", name=op.f("uq_resource_files_sha256")),
    )
    op.create_table(
        "envelopes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("funder", sa.Text(), nullable=False),
        sa.Column("lad_code", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["resource_files.id"],
            name=op.f("fk_envelopes_file_id_resource_files"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelopes")),
    )
    op.create_index(op.f("ix_envelopes_file_id"), "envelopes", ["file_id"], unique=False)
    op.create_index(op.f("ix_envelopes_lad_code"), "envelopes", ["lad_code"], unique=False)
    op.create_geospatial_table(
        "resource_lines",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("funder", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=True),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("awarded_on", sa.Date(), nullable=True),
        sa.Column("financial_year", sa.Text(), nullable=True, comment="2018-19, April to March"),
        sa.Column("place_kind", sa.Text(), nullable=False),
        sa.Column("place_text", sa.Text(), nullable=True, comment="as the source words it"),
        sa.Column("place_code", sa.Text(), nullable=True),
        sa.Column("place_type", sa.Text(), nullable=True),
        sa.Column("place_name", sa.Text(), nullable=True),
        sa.Column("place_postcode", sa.Text(), nullable=True),
        sa.Column(
            "place_geom",
            Geometry(
                geometry_type="POINT",
                srid=27700,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "partnership_slug",
            sa.Text(),
            nullable=True,
            comment="for money given to a whole partnership",
        ),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("recipient_postcode", sa.Text(), nullable=True),
        sa.Column("recipient_lad", sa.Text(), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(
            "grade IN ('A', 'B', 'C', 'D', 'E', 'F', 'G')", name=op.f("ck_resource_lines_grade")
        ),
        sa.CheckConstraint(
            "stage IN ('planned', 'awarded', 'paid')", name=op.f("ck_resource_lines_stage")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["resource_files.id"],
            name=op.f("fk_resource_lines_file_id_resource_files"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_lines")),
    )
    op.create_index(op.f("ix_resource_lines_file_id"), "resource_lines", ["file_id"], unique=False)
    op.create_index("ix_resource_lines_grade", "resource_lines", ["grade"], unique=False)
    op.create_index(
        op.f("ix_resource_lines_identifier"), "resource_lines", ["identifier"], unique=False
    )
    op.create_index(
        op.f("ix_resource_lines_place_code"), "resource_lines", ["place_code"], unique=False
    )
    op.create_geospatial_index(
        "ix_resource_lines_place_geom",
        "resource_lines",
        ["place_geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        op.f("ix_resource_lines_place_postcode"), "resource_lines", ["place_postcode"], unique=False
    )
    op.create_index(
        op.f("ix_resource_lines_recipient_lad"), "resource_lines", ["recipient_lad"], unique=False
    )
    op.create_table(
        "resource_refusals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["resource_files.id"],
            name=op.f("fk_resource_refusals_file_id_resource_files"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_refusals")),
    )
    op.create_index(
        op.f("ix_resource_refusals_file_id"), "resource_refusals", ["file_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_resource_refusals_file_id"), table_name="resource_refusals")
    op.drop_table("resource_refusals")
    op.drop_index(op.f("ix_resource_lines_recipient_lad"), table_name="resource_lines")
    op.drop_index(op.f("ix_resource_lines_place_postcode"), table_name="resource_lines")
    op.drop_geospatial_index(
        "ix_resource_lines_place_geom",
        table_name="resource_lines",
        postgresql_using="gist",
        column_name="place_geom",
    )
    op.drop_index(op.f("ix_resource_lines_place_code"), table_name="resource_lines")
    op.drop_index(op.f("ix_resource_lines_identifier"), table_name="resource_lines")
    op.drop_index("ix_resource_lines_grade", table_name="resource_lines")
    op.drop_index(op.f("ix_resource_lines_file_id"), table_name="resource_lines")
    op.drop_geospatial_table("resource_lines")
    op.drop_index(op.f("ix_envelopes_lad_code"), table_name="envelopes")
    op.drop_index(op.f("ix_envelopes_file_id"), table_name="envelopes")
    op.drop_table("envelopes")
    op.drop_table("resource_files")
