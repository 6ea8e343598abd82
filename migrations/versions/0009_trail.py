"""the service may add to the audit trail and revoke tokens, but neither change the one nor make the other."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# A given database may lack the role: there the operator's own user does everything.
WITH_ROLE = "DO $$ BEGIN IF to_regrole('bounds_rw') IS NOT NULL THEN {} END IF; END $$"


def upgrade() -> None:
    op.execute(
        WITH_ROLE.format(
            "REVOKE UPDATE, DELETE, TRUNCATE ON audit_events FROM bounds_rw;"
            " REVOKE INSERT, DELETE, TRUNCATE ON tokens FROM bounds_rw;"
        )
    )


def downgrade() -> None:
    op.execute(
        WITH_ROLE.format(
            "GRANT UPDATE, DELETE ON audit_events TO bounds_rw; GRANT INSERT, DELETE ON tokens TO bounds_rw;"
        )
    )
