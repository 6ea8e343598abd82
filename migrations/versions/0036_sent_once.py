"""POSTs sent under an Idempotency-Key, and what they were answered, for a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sent_once",
        sa.Column("token_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "run",
            sa.Text(),
            nullable=False,
            comment="random: a try that was given up cannot store after another has begun",
        ),
        sa.Column("asked", sa.Text(), nullable=False, comment="digest of method, path and query"),
        sa.Column("body_sha256", sa.Text(), nullable=True, comment="null: not answered yet"),
        sa.Column(
            "is_stored",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="set in the transaction of the write itself",
        ),
        sa.Column("status", sa.Integer(), nullable=True, comment="null: not answered yet"),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "body",
            sa.LargeBinary(),
            nullable=True,
            comment="null: not answered yet, or too long to keep",
        ),
        sa.Column(
            "begun_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["token_id"],
            ["tokens.id"],
            name=op.f("fk_sent_once_token_id_tokens"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_id", "key", name=op.f("pk_sent_once")),
    )
    op.create_index(op.f("ix_sent_once_begun_at"), "sent_once", ["begun_at"])


def downgrade() -> None:
    op.drop_table("sent_once")
