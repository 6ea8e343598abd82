"""What answers take from all of England is read from few pages: of one measure, one lookup, one release.

A database that has just been started reads each page from the disk. The rows of a measure or a lookup stand together
and were found one by one; postcodes were counted, and names read, where their rows stand.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_weights_measure", "weights", ["area_set", "measure"])
    op.create_index(
        "ix_memberships_lookup", "memberships", ["parent_type", sa.func.lower(sa.text("lookup")).label("lookup")],
        postgresql_ops={"lookup": "text_pattern_ops"},
    )  # fmt: skip
    # Nearly all that is asked for by its code alone has no parent of this type.
    op.create_index(
        "ix_memberships_in_lsoa", "memberships", ["child_code"], postgresql_where=sa.text("parent_type = 'lsoa'")
    )  # fmt: skip
    op.create_index(
        "ix_postcodes_current", "postcodes", ["lsoa11_code", "lsoa21_code"],
        postgresql_where=sa.text("status = 'current'"),
    )  # fmt: skip
    op.create_index(
        "ix_boundaries_named", "boundaries", ["release_id", "code"], postgresql_include=["name"]
    )


def downgrade() -> None:
    op.drop_index("ix_boundaries_named", table_name="boundaries")
    op.drop_index("ix_postcodes_current", table_name="postcodes")
    op.drop_index("ix_memberships_in_lsoa", table_name="memberships")
    op.drop_index("ix_memberships_lookup", table_name="memberships")
    op.drop_index("ix_weights_measure", table_name="weights")
