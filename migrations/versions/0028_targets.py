"""targets of partnerships."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "targets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("partnership_slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "scope", sa.Text(), nullable=False, comment="who is judged: each district, or the whole"
        ),
        sa.Column("indicator_id", sa.Text(), nullable=True, comment="null: no series is held"),
        sa.Column(
            "measure", sa.Text(), nullable=False, comment="what the figures are of, in words"
        ),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("higher_is_worse", sa.Boolean(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=True),
        sa.Column("reduction_share", sa.Float(), nullable=True),
        sa.Column("tail_share", sa.Float(), server_default="0.2", nullable=False),
        sa.Column("baseline_period", sa.Text(), nullable=False),
        sa.Column("baseline_value", sa.Float(), nullable=True),
        sa.Column("due_period", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), server_default="linear", nullable=False),
        sa.Column(
            "milestones",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="period and figure of each, the first first",
        ),
        sa.Column("source", sa.Text(), nullable=True, comment="where it was promised"),
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
            "kind IN ('level', 'floor', 'ratio', 'tail-gap')", name=op.f("ck_targets_kind")
        ),
        sa.CheckConstraint("scope IN ('districts', 'whole')", name=op.f("ck_targets_scope")),
        sa.CheckConstraint("path IN ('linear', 'stepped')", name=op.f("ck_targets_path")),
        sa.CheckConstraint(
            "(threshold IS NULL) <> (reduction_share IS NULL)", name=op.f("ck_targets_one_aim")
        ),
        sa.ForeignKeyConstraint(
            ["partnership_slug"],
            ["partnerships.slug"],
            name=op.f("fk_targets_partnership_slug_partnerships"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_targets")),
    )
    op.create_index(op.f("ix_targets_partnership_slug"), "targets", ["partnership_slug"])


def downgrade() -> None:
    op.drop_table("targets")
