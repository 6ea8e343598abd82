"""which inputs changed: what is kept outside the database stays while those that it follows from do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# Areas, their codes, names, outlines and releases are watched since 0015.
WATCHED = (
    "memberships", "successions", "weights", "touching_pairs", "postcodes", "release_days", "indices",
    "index_values", "own_indices", "indicators", "indicator_values", "indicator_periods", "programmes",
    "programme_areas", "programme_allocations", "resource_files", "resource_lines", "resource_line_weights",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "input_changes",
        sa.Column("table_name", sa.Text(), primary_key=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("changed_in", sa.BigInteger(), primary_key=True, comment="the transaction"),
    )
    # A row for each table and transaction, never an update: two loads at once do not wait for each other, and
    # a change counts when it is committed. The moment tells a number apart from one of a restored copy.
    op.execute(
        "CREATE FUNCTION note_input_change() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN INSERT INTO input_changes (table_name, changed_at, changed_in)"
        " VALUES (TG_TABLE_NAME, now(), CAST(CAST(pg_current_xact_id() AS text) AS bigint))"
        " ON CONFLICT DO NOTHING; RETURN NULL; END $$"
    )
    for table in WATCHED:
        op.execute(
            f"CREATE TRIGGER note_input AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION note_input_change()"
        )


def downgrade() -> None:
    for table in WATCHED:
        op.execute(f"DROP TRIGGER note_input ON {table}")
    op.execute("DROP FUNCTION note_input_change()")
    op.drop_table("input_changes")
