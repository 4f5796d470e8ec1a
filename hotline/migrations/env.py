"""Runs migrations on the connection minhu.migrate hands over, or for `alembic revision` on DATABASE_URL."""

from __future__ import annotations

import os
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from engine import jobs
from engine.database import Database
from hotline import tables


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A revision must not change when our code does: write plain SQLAlchemy types."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def _is_ours(_item: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
    """DBOS looks after its own tables (engine.jobs)."""
    return kind != "table" or name not in jobs.TABLES


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=tables.ticket.metadata,
        render_as_batch=True,
        render_item=_render,
        include_object=_is_ours,
        compare_type=True,
        transaction_per_migration=False,
    )
    context.run_migrations()


handed_over: Connection | None = context.config.attributes.get("connection")
if handed_over is not None:
    _run(handed_over)
else:
    database = Database(os.environ["DATABASE_URL"])
    with database.write() as own_connection:
        _run(own_connection)
    database.dispose()
