"""How a partnership's files of money are read is kept, and so are weights that a source states for a line."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "resource_mappings",
        sa.Column("partnership_slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "columns",
            postgresql.JSONB(),
            nullable=False,
            comment="our column to the file's title, or =words that every row says",
        ),
        sa.Column(
            "places",
            postgresql.JSONB(),
            nullable=False,
            comment="words to the code, postcode or neighbourhood that a person confirmed",
        ),
        sa.Column(
            "revision",
            sa.Integer(),
            server_default="1",
            nullable=False,
            comment="goes up with every write",
        ),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["partnership_slug"],
            ["partnerships.slug"],
            name=op.f("fk_resource_mappings_partnership_slug_partnerships"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("partnership_slug", "name", name=op.f("pk_resource_mappings")),
    )
    op.create_table(
        "resource_line_weights",
        sa.Column("line_id", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("weight", sa.Numeric(), nullable=False),
        sa.CheckConstraint("weight >= 0", name=op.f("ck_resource_line_weights_weight")),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["resource_lines.id"],
            name=op.f("fk_resource_line_weights_line_id_resource_lines"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("line_id", "area_code", name=op.f("pk_resource_line_weights")),
    )


def downgrade() -> None:
    op.drop_table("resource_line_weights")
    op.drop_table("resource_mappings")
