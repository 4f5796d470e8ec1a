"""Notices are written by their step; those still waiting in the outbox move over. The outbox keeps what leaves."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

outbox = sa.table("outbox", *map(sa.column, ("id", "topic", "business_key", "payload", "created_at", "delivered_at")))
notice = sa.table(
    "notice", *map(sa.column, ("id", "group_id", "ticket_number", "title", "body", "clause", "created_at"))
)
ticket = sa.table("ticket", sa.column("number"))


def upgrade() -> None:
    connection = op.get_bind()
    waiting = sa.select(outbox, ticket.c.number).select_from(
        outbox.outerjoin(ticket, ticket.c.number == outbox.c.business_key)
    )
    for row in connection.execute(waiting.where(outbox.c.topic == "notice", outbox.c.delivered_at.is_(None))).all():
        told = json.loads(row.payload)
        values = {
            "id": row.id,
            "group_id": told["group"],
            "ticket_number": row.number,
            "title": str(told["title"])[:200],
            "body": str(told["body"]),
            "clause": told.get("clause") or None,
            "created_at": row.created_at,
        }
        connection.execute(sa.insert(notice).values(values))
    connection.execute(sa.delete(outbox).where(outbox.c.topic == "notice"))


def downgrade() -> None:
    """Nothing to take back: the notices are where the older version would have put them."""
