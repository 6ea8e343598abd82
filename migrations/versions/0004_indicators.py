"""indices of deprivation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "indices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("area_set", sa.Text(), nullable=False, comment="lsoa-2011 or lsoa-2021"),
        sa.Column(
            "release_id", sa.Text(), nullable=False, comment="the release that draws its areas"
        ),
        sa.Column(
            "areas_total",
            sa.Integer(),
            nullable=False,
            comment="N of the publication, whatever is loaded here",
        ),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows_in", sa.Integer(), nullable=False),
        sa.Column("rows_stored", sa.Integer(), nullable=False),
        sa.Column("rows_refused", sa.Integer(), nullable=False),
        sa.Column("rows_elsewhere", sa.Integer(), nullable=False),
        sa.Column(
            "loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "rows_in = rows_stored + rows_refused + rows_elsewhere",
            name=op.f("ck_indices_nothing_lost"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indices")),
    )
    op.create_table(
        "index_values",
        sa.Column("index_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("decile", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["index_id"],
            ["indices.id"],
            name=op.f("fk_index_values_index_id_indices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("index_id", "code", "measure", name=op.f("pk_index_values")),
    )
    op.create_index(
        "ix_index_values_measure", "index_values", ["index_id", "measure", "rank"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_index_values_measure", table_name="index_values")
    op.drop_table("index_values")
    op.drop_table("indices")
