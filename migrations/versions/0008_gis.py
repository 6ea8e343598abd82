"""gis: read-only views for QGIS and notebooks, and a role that may read nothing else.

A view holds on to the columns it reads: a later migration that changes one of them drops the schema
(`DROP SCHEMA gis CASCADE`) and runs its own copy of these files again.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"
FILES = ("0008_gis_days", "0008_gis_areas", "0008_gis_uses", "0008_gis_comments", "0008_gis_rights")


def upgrade() -> None:
    # The driver itself, because SQLAlchemy would take a % of format() for a place of a parameter.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    for name in FILES:
        driver.execute((SQL / f"{name}.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    # What bounds_ro could read before 0008 (every table, tokens among them) is not given back.
    op.execute("DROP SCHEMA gis CASCADE")
