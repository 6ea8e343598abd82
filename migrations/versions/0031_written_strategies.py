"""what partnerships wrote as their strategy, who signed it, and what assessors noted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "written_strategies",
        sa.Column("partnership_slug", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "words",
            postgresql.JSONB(),
            nullable=False,
            comment="vision, objectives, learning, plans",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="why this version was written"),
        sa.Column("published_on", sa.Date(), nullable=True, comment="null: a draft"),
        sa.Column(
            "sign_offs",
            postgresql.JSONB(),
            server_default="[]",
            nullable=False,
            comment="member organisations and days, no person's name",
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
            "made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_written_strategies_version")),
        sa.ForeignKeyConstraint(
            ["partnership_slug"],
            ["partnerships.slug"],
            name=op.f("fk_written_strategies_partnership_slug_partnerships"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("partnership_slug", "version", name=op.f("pk_written_strategies")),
    )
    op.create_table(
        "assessor_notes",
        sa.Column("partnership_slug", sa.Text(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False, comment="the assessor's post, never a name"),
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.Column(
            "revision",
            sa.Integer(),
            server_default="1",
            nullable=False,
            comment="goes up with every write",
        ),
        sa.ForeignKeyConstraint(
            ["partnership_slug"],
            ["partnerships.slug"],
            name=op.f("fk_assessor_notes_partnership_slug_partnerships"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("partnership_slug", "criterion", name=op.f("pk_assessor_notes")),
    )


def downgrade() -> None:
    op.drop_table("assessor_notes")
    op.drop_table("written_strategies")
