"""drafts are kept from whoever is not their partnership's, by the database's own row-level security."""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

# The owner of the tables, who migrates, backs up and runs the command line, is held by none of them.
MINE = "current_setting('bounds.partnership', true) IN ('*', partnership_slug)"
PUBLIC_WHEN = {
    "written_strategies": "published_on IS NOT NULL",
    "statements_of_use": "signed_at IS NOT NULL",
}


def upgrade() -> None:
    for table, is_public in PUBLIC_WHEN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_read ON {table} FOR SELECT USING ({is_public} OR {MINE})"
        )
        op.execute(f"CREATE POLICY {table}_add ON {table} FOR INSERT WITH CHECK ({MINE})")
        op.execute(
            f"CREATE POLICY {table}_change ON {table} FOR UPDATE USING ({MINE}) WITH CHECK ({MINE})"
        )
        op.execute(f"CREATE POLICY {table}_remove ON {table} FOR DELETE USING ({MINE})")


def downgrade() -> None:
    for table in PUBLIC_WHEN:
        for policy in ("read", "add", "change", "remove"):
            op.execute(f"DROP POLICY {table}_{policy} ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
