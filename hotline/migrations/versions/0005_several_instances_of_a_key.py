"""A business key may have several instances, one running at a time of each process; its lock has a row of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UNIQUE = "uq_process_instance_business_key"
RUNNING = sa.text("state IN ('active', 'suspended')")
COLUMNS = (
    *("id", "definition_id", "business_key", "state", "version", "blob"),
    *("next_due", "started_at", "started_by", "ended_at"),
)


def upgrade() -> None:
    op.create_table(
        "key_lock",
        sa.Column("business_key", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("business_key", name=op.f("pk_key_lock")),
    )
    op.execute("INSERT INTO key_lock SELECT business_key FROM process_instance")
    if op.get_bind().dialect.name == "sqlite":
        _rebuild(new=True)
    else:
        op.add_column("process_instance", sa.Column("definition_key", sa.String(length=100)))
        op.execute(
            "UPDATE process_instance SET definition_key = process_definition.key FROM process_definition"
            " WHERE process_definition.id = process_instance.definition_id"
        )
        op.alter_column("process_instance", "definition_key", nullable=False)
        op.drop_constraint(UNIQUE, "process_instance")
        op.create_foreign_key(
            "fk_process_instance_business_key", "process_instance", "key_lock", ["business_key"], ["business_key"]
        )
    op.create_index("ix_process_instance_business_key", "process_instance", ["business_key"])
    op.create_index(
        "uq_process_instance_running",
        "process_instance",
        ["definition_key", "business_key"],
        unique=True,
        postgresql_where=RUNNING,
        sqlite_where=RUNNING,
    )


def downgrade() -> None:
    op.drop_index("uq_process_instance_running", table_name="process_instance")
    op.drop_index("ix_process_instance_business_key", table_name="process_instance")
    if op.get_bind().dialect.name == "sqlite":
        _rebuild(new=False)
    else:
        op.drop_constraint("fk_process_instance_business_key", "process_instance")
        op.create_unique_constraint(UNIQUE, "process_instance", ["business_key"])
        op.drop_column("process_instance", "definition_key")
    op.drop_table("key_lock")


def _rebuild(*, new: bool) -> None:
    """SQLite cannot drop a constraint. What refers to the rows finds them again before the transaction ends."""
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TABLE kept AS SELECT * FROM process_instance")
    op.execute("DELETE FROM process_instance")
    op.drop_table("process_instance")
    op.create_table("process_instance", *_columns(new=new))
    names, found = ", ".join(COLUMNS), ", ".join(f"kept.{name}" for name in COLUMNS)
    if new:
        op.execute(
            f"INSERT INTO process_instance ({names}, definition_key) SELECT {found}, process_definition.key"  # noqa: S608
            " FROM kept JOIN process_definition ON process_definition.id = kept.definition_id"
        )
    else:
        op.execute(f"INSERT INTO process_instance ({names}) SELECT {found} FROM kept")  # noqa: S608
    op.execute("DROP TABLE kept")
    due = sa.text("next_due IS NOT NULL")
    op.create_index("ix_process_instance_next_due", "process_instance", ["next_due"], sqlite_where=due)


def _columns(*, new: bool) -> list[sa.schema.SchemaItem]:
    own: list[sa.schema.SchemaItem] = [
        sa.ForeignKeyConstraint(["business_key"], ["key_lock.business_key"], name="fk_process_instance_business_key"),
        sa.Column("definition_key", sa.String(length=100), nullable=False),
    ]
    return [
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("definition_id", sa.String(length=36), nullable=False),
        sa.Column("business_key", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("next_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(length=100), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["definition_id"], ["process_definition.id"], name="fk_process_instance_definition_id"),
        sa.PrimaryKeyConstraint("id", name="pk_process_instance"),
        *(own if new else [sa.UniqueConstraint("business_key", name=UNIQUE)]),
    ]
