"""which releases have had their borders surveyed: it may be done after they are served."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "releases",
        sa.Column(
            "surveyed_features",
            sa.Integer,
            comment="features stored when its borders were last surveyed; another number: the survey is due",
        ),
    )
    op.execute(
        "UPDATE releases SET surveyed_features = features_stored"
        " WHERE id IN (SELECT release_id FROM release_topology)"
    )


def downgrade() -> None:
    op.drop_column("releases", "surveyed_features")
