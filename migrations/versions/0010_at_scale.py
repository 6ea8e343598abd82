"""an index that national data need: borders from either side."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_touching_pairs_code_b", "touching_pairs", ["release_id", "code_b"])


def downgrade() -> None:
    op.drop_index("ix_touching_pairs_code_b", table_name="touching_pairs")
