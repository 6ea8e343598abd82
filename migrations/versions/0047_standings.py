"""Where a level stands among an index's areas is read from an index that holds their scores, not from half its rows.

By rank the rows of an index are in no order on their pages: a place's profile looked at some 8,000 of them.
"""

from __future__ import annotations

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

NAME, COLUMNS = "ix_index_values_measure", ["index_id", "measure", "rank"]


def upgrade() -> None:
    _replace(["score"])


def downgrade() -> None:
    _replace([])


def _replace(beside: list[str]) -> None:
    # Readers wait for the change of names alone, and not for the index to be made.
    op.create_index(f"{NAME}_new", "index_values", COLUMNS, postgresql_include=beside)
    op.drop_index(NAME, table_name="index_values")
    op.execute(f"ALTER INDEX {NAME}_new RENAME TO {NAME}")
