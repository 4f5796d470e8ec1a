"""Brings a database to the newest schema; many processes may start at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

import hotline.migrations
from engine.database import Database

ADVISORY_LOCK = 12345  # PostgreSQL: whoever migrates holds it until commit


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(hotline.migrations.__file__).parent))
    return config


def newest_revision() -> str:
    """The revision this code needs."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise RuntimeError("no revision in hotline/migrations/versions")
    return revision


def revision_of(connection: Connection) -> str | None:
    """The revision a database stands at, None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def is_current(database: Database) -> bool:
    """Whether nothing is left to migrate."""
    with database.read() as connection:
        return revision_of(connection) == newest_revision()


def migrate(database: Database) -> bool:
    """Apply what is missing, in one transaction under a lock; True when something was applied."""
    if is_current(database):
        return False
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        if revision_of(connection) == newest_revision():  # somebody else was faster
            return False
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True
