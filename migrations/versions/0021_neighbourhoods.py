"""neighbourhoods, their versions and block lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "neighbourhoods",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("partnership_slug", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("named_by", sa.Text(), nullable=False, comment="whose name it is"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "revision",
            sa.Integer(),
            server_default="1",
            nullable=False,
            comment="goes up with every write",
        ),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column(
            "made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "kind IN ('estate', 'grown', 'drawn', 'listed')", name=op.f("ck_neighbourhoods_kind")
        ),
        sa.CheckConstraint(
            "named_by IN ('person', 'ward', 'parish', 'built-up area', 'codes')",
            name=op.f("ck_neighbourhoods_named_by"),
        ),
        sa.ForeignKeyConstraint(
            ["partnership_slug"],
            ["partnerships.slug"],
            name=op.f("fk_neighbourhoods_partnership_slug_partnerships"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_neighbourhoods")),
    )
    op.create_index(
        op.f("ix_neighbourhoods_partnership_slug"),
        "neighbourhoods",
        ["partnership_slug"],
        unique=False,
    )
    op.create_table(
        "neighbourhood_versions",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("footprint_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "block_codes",
            postgresql.ARRAY(sa.Text()),
            nullable=True,
            comment="small areas it is made of; null where it is postcodes or an outline",
        ),
        sa.Column("area_set", sa.Text(), nullable=True, comment="of the small areas"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column(
            "made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column(
            "inputs",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="what the figures of that day rested on",
        ),
        sa.Column(
            "figures",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="as they were that day",
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_neighbourhood_versions_counted_from_1")),
        sa.CheckConstraint(
            "block_codes IS NULL OR area_set IS NOT NULL",
            name=op.f("ck_neighbourhood_versions_blocks_of_a_set"),
        ),
        sa.ForeignKeyConstraint(
            ["footprint_id"],
            ["footprints.id"],
            name=op.f("fk_neighbourhood_versions_footprint_id_footprints"),
        ),
        sa.ForeignKeyConstraint(
            ["slug"],
            ["neighbourhoods.slug"],
            name=op.f("fk_neighbourhood_versions_slug_neighbourhoods"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("slug", "version", name=op.f("pk_neighbourhood_versions")),
    )
    op.create_index(
        op.f("ix_neighbourhood_versions_footprint_id"),
        "neighbourhood_versions",
        ["footprint_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(
        op.f("ix_neighbourhood_versions_footprint_id"), table_name="neighbourhood_versions"
    )
    op.drop_table("neighbourhood_versions")
    op.drop_index(op.f("ix_neighbourhoods_partnership_slug"), table_name="neighbourhoods")
    op.drop_table("neighbourhoods")
