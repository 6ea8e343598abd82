"""Denominators and published summaries of indices, and indices of the user's own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

FIGURES = ("average_rank", "average_score", "proportion_worst_10", "extent", "local_concentration")


def upgrade() -> None:
    figures = [
        column
        for name in (*FIGURES, "scale")
        for column in (
            sa.Column(name, sa.Double(), nullable=True),
            sa.Column(f"rank_of_{name}", sa.Integer(), nullable=True),
        )
    ]
    op.create_table(
        "index_summaries",
        sa.Column("index_id", sa.Text(), nullable=False),
        sa.Column("area_type", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *figures,
        sa.Column("source_file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "index_id", "area_type", "code", "measure", name=op.f("pk_index_summaries")
        ),
    )
    op.create_table(
        "own_indices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "index_id", sa.Text(), nullable=False, comment="whose areas, N and measures it uses"
        ),
        sa.Column(
            "recipe",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="weights and standardisation by measure",
        ),
        sa.Column("partnership_slug", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["partnership_slug"],
            ["partnerships.slug"],
            name=op.f("fk_own_indices_partnership_slug_partnerships"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_indices")),
    )
    op.create_index(
        op.f("ix_own_indices_partnership_slug"), "own_indices", ["partnership_slug"], unique=False
    )
    # Loaded before denominators were read: the next load reads these files again and adds them.
    op.execute("UPDATE dataset_loads SET sha256 = '' WHERE dataset_id IN ('imd-2019', 'imd-2025')")


def downgrade() -> None:
    op.drop_index(op.f("ix_own_indices_partnership_slug"), table_name="own_indices")
    op.drop_table("own_indices")
    # What the publisher summed up goes with its table: the next load reads the files of these indices again.
    op.execute(
        "UPDATE dataset_loads SET sha256 = '' WHERE dataset_id IN (SELECT index_id FROM index_summaries)"
    )
    op.drop_table("index_summaries")
