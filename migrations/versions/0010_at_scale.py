"""what national data need: borders found from either side, outlines stored as they are read."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_touching_pairs_code_b", "touching_pairs", ["release_id", "code_b"])
    # Coordinates hardly compress: packing and unpacking them cost more than the room they save.
    op.execute("ALTER TABLE boundaries ALTER COLUMN geom SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE boundaries ALTER COLUMN geom_wgs84 SET STORAGE EXTERNAL")
    # A small area's two outlines fit into its row; the usual limit of 2 kB would set them apart.
    op.execute("ALTER TABLE boundaries SET (toast_tuple_target = 8160)")


def downgrade() -> None:
    op.execute("ALTER TABLE boundaries RESET (toast_tuple_target)")
    op.execute("ALTER TABLE boundaries ALTER COLUMN geom_wgs84 SET STORAGE MAIN")
    op.execute("ALTER TABLE boundaries ALTER COLUMN geom SET STORAGE MAIN")
    op.drop_index("ix_touching_pairs_code_b", table_name="touching_pairs")
