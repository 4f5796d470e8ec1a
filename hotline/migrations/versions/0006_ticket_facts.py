"""What processes record about a ticket, for reports and assessment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_fact",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("ticket_number", sa.String(length=60), nullable=False),
        sa.Column("department_id", sa.String(length=100), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("clause", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["ticket_number"], ["ticket.number"], name=op.f("fk_ticket_fact_ticket_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_fact")),
    )
    op.create_index("ix_ticket_fact_kind_at", "ticket_fact", ["kind", "at"])
    op.create_index("ix_ticket_fact_ticket_number", "ticket_fact", ["ticket_number"])


def downgrade() -> None:
    op.drop_index("ix_ticket_fact_ticket_number", table_name="ticket_fact")
    op.drop_index("ix_ticket_fact_kind_at", table_name="ticket_fact")
    op.drop_table("ticket_fact")
