"""Brings a database to the newest schema; many processes may start at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

import hotline.migrations
from engine import jobs
from engine.database import Database

ADVISORY_LOCK = 12345  # PostgreSQL: whoever migrates holds it until commit


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.attributes["connection"] = connection
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


def is_known(revision: str) -> bool:
    """Whether this code has that revision."""
    return any(each.revision == revision for each in ScriptDirectory.from_config(_config()).walk_revisions())


def migrate(database: Database) -> bool:
    """Apply what is missing, in one transaction under a lock; True when something was applied."""
    if is_current(database):
        return False
    jobs.migrate(database)
    with database.write() as connection:
        hold_lock(connection)
        if revision_of(connection) == newest_revision():  # somebody else was faster
            return False
        upgrade(connection)
    return True


def hold_lock(connection: Connection) -> None:
    """One migration at a time; SQLite's write transaction is such a lock already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Apply revisions in the caller's transaction."""
    command.upgrade(_config(connection), revision)


def remove_everything(connection: Connection) -> None:
    """Take every revision back: all tables and all data are gone."""
    command.downgrade(_config(connection), "base")
