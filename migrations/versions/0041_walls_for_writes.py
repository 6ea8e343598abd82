"""what a partnership entered is written for its own tokens alone, by the database's own row-level security."""

from __future__ import annotations

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

# As in 0039: the owner of the tables, who migrates, loads and runs the command line, is held by none of it.
SAID = "current_setting('bounds.partnership', true)"
# Whose a row is: by its own column. Null is nobody's, and for those alone who may write for every partnership.
OWNED = {
    "partnerships": "slug",
    "own_indices": "partnership_slug",
    "indicators": "partnership_slug",
    "neighbourhoods": "partnership_slug",
    "designations": "partnership_slug",
    "programmes": "partnership_slug",
    "resource_files": "partnership_slug",
    "resource_mappings": "partnership_slug",
    "targets": "partnership_slug",
    "planned_actions": "partnership_slug",
    "assessor_notes": "partnership_slug",
    "import_runs": "partnership_slug",
}
# By what it belongs to: the column, and where that leads to an owner.
FILE = "SELECT FROM resource_files AS f WHERE f.id = {} AND f.partnership_slug = " + SAID
PROGRAMME = "SELECT FROM programmes AS p WHERE p.id = {} AND p.partnership_slug = " + SAID
ESTATE = "SELECT FROM neighbourhoods AS n WHERE n.slug = {} AND n.partnership_slug = " + SAID
INDICATOR = "SELECT FROM indicators AS i WHERE i.number = {} AND i.partnership_slug = " + SAID
LINE = (
    "SELECT FROM resource_lines AS l JOIN resource_files AS f ON f.id = l.file_id"
    " WHERE l.id = {} AND f.partnership_slug = " + SAID
)
BELONGING = {
    "neighbourhood_versions": ("slug", ESTATE),
    "neighbourhood_managers": ("neighbourhood", ESTATE),
    "service_agreements": ("neighbourhood", ESTATE),
    "devolved_budgets": ("neighbourhood", ESTATE),
    "programme_areas": ("programme_id", PROGRAMME),
    "programme_allocations": ("programme_id", PROGRAMME),
    "indicator_periods": ("number", INDICATOR),
    "indicator_values": ("number", INDICATOR),
    "resource_lines": ("file_id", FILE),
    "resource_refusals": ("file_id", FILE),
    "budgets": ("file_id", FILE),
    "recipient_sums": ("file_id", FILE),
    "services": ("file_id", FILE),
    "resource_line_weights": ("line_id", LINE),
}


def walls() -> dict[str, str]:
    """Say of each table when a row of it is of the partnership that a transaction was let in to."""
    mine = {table: f"{SAID} IN ('*', {column})" for table, column in OWNED.items()}
    for table, (column, leads) in BELONGING.items():
        mine[table] = f"{SAID} = '*' OR EXISTS ({leads.format(f'{table}.{column}')})"
    return mine


def upgrade() -> None:
    for table, mine in walls().items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        # Everybody may read: a constant, which costs a plan nothing.
        op.execute(f"CREATE POLICY {table}_read ON {table} FOR SELECT USING (true)")
        op.execute(f"CREATE POLICY {table}_add ON {table} FOR INSERT WITH CHECK ({mine})")
        op.execute(
            f"CREATE POLICY {table}_change ON {table} FOR UPDATE USING ({mine}) WITH CHECK ({mine})"
        )
        op.execute(f"CREATE POLICY {table}_remove ON {table} FOR DELETE USING ({mine})")


def downgrade() -> None:
    for table in walls():
        for policy in ("read", "add", "change", "remove"):
            op.execute(f"DROP POLICY {table}_{policy} ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
