"""browsers that are signed in, and imports that run on while nobody waits for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "browser_sessions",
        sa.Column("sha256", sa.Text(), nullable=False, comment="hash of what the cookie holds"),
        sa.Column("token_id", sa.BigInteger(), nullable=False, comment="whose rights it has"),
        sa.Column(
            "begun_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["token_id"],
            ["tokens.id"],
            name=op.f("fk_browser_sessions_token_id_tokens"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_browser_sessions")),
    )
    op.create_index(op.f("ix_browser_sessions_token_id"), "browser_sessions", ["token_id"])
    op.create_table(
        "import_runs",
        sa.Column("id", sa.Text(), nullable=False, comment="random: who knows it may ask after it"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("partnership_slug", sa.Text(), nullable=True),
        sa.Column("token_id", sa.BigInteger(), nullable=False, comment="who began it"),
        sa.Column("given", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("stores", sa.Boolean(), nullable=False, comment="false: a rehearsal"),
        sa.Column("status", sa.Text(), server_default="running", nullable=False),
        sa.Column("step", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("rows_done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rows_total", sa.BigInteger(), nullable=True, comment="null: not counted yet"),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("cancel_asked", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "begun_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column(
            "alive_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="when its service was last heard of",
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('running', 'done', 'refused', 'interrupted')",
            name=op.f("ck_import_runs_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    op.create_index(
        op.f("ix_import_runs_begun_at_id"), "import_runs", ["begun_at", "id"], unique=False
    )
    op.create_index(
        "one_running_import",
        "import_runs",
        ["kind", "sha256", sa.literal_column("coalesce(partnership_slug, '')"), "stores"],
        unique=True,
        postgresql_where=sa.text("status = 'running'"),
    )


def downgrade() -> None:
    op.drop_table("import_runs")
    op.drop_table("browser_sessions")
