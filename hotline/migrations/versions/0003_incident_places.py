"""An incident says which token is held at which element, and under which clause."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("task_id", sa.String(length=36), nullable=True))
    op.add_column("incident", sa.Column("process_key", sa.String(length=100), nullable=True))
    op.add_column("incident", sa.Column("clause", sa.String(length=200), nullable=True))
    op.create_index(
        "ix_incident_retry_at",
        "incident",
        ["retry_at"],
        unique=False,
        postgresql_where=sa.text("resolved_at IS NULL"),
        sqlite_where=sa.text("resolved_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_incident_retry_at", table_name="incident")
    for column in ("clause", "process_key", "task_id"):
        op.drop_column("incident", column)
