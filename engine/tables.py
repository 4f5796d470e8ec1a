"""The engine's tables. State and documents are bytes or text, never JSONB (it reorders keys)."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from engine.database import Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

resource = Table(  # an author's file, untouched, by content
    "resource",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

deployment = Table(
    "deployment",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("deployed_at", Instant, nullable=False),
    Column("deployed_by", String(100), nullable=False),
    Column("source", Text, nullable=False),
)

process_definition = Table(
    "process_definition",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("bundle_hash", String(64), nullable=False),  # over every file it executes
    Column("deployment_id", ForeignKey("deployment.id"), nullable=False),
    UniqueConstraint("key", "version"),
)

definition_file = Table(  # every file one definition version executes: its own, called, decisions, forms
    "definition_file",
    metadata,
    Column("definition_id", ForeignKey("process_definition.id"), primary_key=True),
    Column("path", String(300), primary_key=True),  # e.g. processes/x/x.bpmn, forms/x/y.json
    Column("resource_hash", ForeignKey("resource.hash"), nullable=False),
)

key_lock = Table(  # one row per business key: what runs under it is written by whoever holds the row
    "key_lock",
    metadata,
    Column("business_key", String(100), primary_key=True),
)

process_instance = Table(
    "process_instance",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("definition_id", ForeignKey("process_definition.id"), nullable=False),
    Column("definition_key", String(100), nullable=False),
    Column("business_key", ForeignKey("key_lock.business_key"), nullable=False),
    Column("state", String(20), nullable=False),  # active, suspended, completed, cancelled
    Column("version", Integer, nullable=False),
    Column("blob", LargeBinary, nullable=False),
    Column("next_due", Instant),
    Column("started_at", Instant, nullable=False),
    Column("started_by", String(100), nullable=False),
    Column("ended_at", Instant),
    Index("ix_process_instance_business_key", "business_key"),
    Index(  # under a business key one instance of a process runs at a time
        "uq_process_instance_running",
        "definition_key",
        "business_key",
        unique=True,
        postgresql_where=text("state IN ('active', 'suspended')"),
        sqlite_where=text("state IN ('active', 'suspended')"),
    ),
    Index(
        "ix_process_instance_next_due",
        "next_due",
        postgresql_where=text("next_due IS NOT NULL"),
        sqlite_where=text("next_due IS NOT NULL"),
    ),
)

user_task = Table(
    "user_task",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("instance_id", ForeignKey("process_instance.id"), nullable=False),
    Column("definition_id", ForeignKey("process_definition.id"), nullable=False),
    Column("process_key", String(100), nullable=False),  # the process (maybe a called one) the element stands in
    Column("element_id", String(100), nullable=False),
    Column("name", String(200), nullable=False),
    Column("lane", String(200)),
    Column("state", String(20), nullable=False),  # created, completed, cancelled
    Column("assignee", String(100)),
    Column("form_key", String(200)),
    Column("due_at", Instant),
    Column("follow_up_at", Instant),
    Column("due_explanation", Text),  # JSON, see working_days.Deadline
    Column("clause", String(200)),
    Column("created_at", Instant, nullable=False),
    Column("completed_at", Instant),
    Column("completed_by", String(100)),
    Column("draft", Text),  # JSON of a form not yet submitted
    Index("ix_user_task_instance_id", "instance_id"),
    Index("ix_user_task_state_assignee_due_at", "state", "assignee", "due_at"),
)

user_task_candidate_group = Table(
    "user_task_candidate_group",
    metadata,
    Column("user_task_id", ForeignKey("user_task.id"), primary_key=True),
    Column("group_id", String(100), primary_key=True),
    Index("ix_user_task_candidate_group_group_id", "group_id"),
)

message = Table(  # inbox: each id is taken once; waits until an instance can take it
    "message",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("business_key", String(100), nullable=False),
    Column("payload", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("correlated_at", Instant),
    Index("ix_message_business_key", "business_key"),
)

incident = Table(
    "incident",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("instance_id", ForeignKey("process_instance.id"), nullable=False),
    Column("task_id", String(36)),  # the token that is held; none when a whole step of the worker failed
    Column("process_key", String(100)),
    Column("element_id", String(100)),
    Column("kind", String(40), nullable=False),
    Column("message", Text, nullable=False),
    Column("clause", String(200)),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("retry_at", Instant),
    Column("resolved_at", Instant),
    Index("ix_incident_instance_id", "instance_id"),
    Index(
        "ix_incident_retry_at",
        "retry_at",
        postgresql_where=text("resolved_at IS NULL"),
        sqlite_where=text("resolved_at IS NULL"),
    ),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("topic", String(100), nullable=False),
    Column("business_key", String(100), nullable=False),
    Column("payload", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_attempt_at", Instant, nullable=False),
    Column("delivered_at", Instant),
    Column("last_error", Text),
    Index(
        "ix_outbox_next_attempt_at",
        "next_attempt_at",
        postgresql_where=text("delivered_at IS NULL"),
        sqlite_where=text("delivered_at IS NULL"),
    ),
)

audit_entry = Table(  # one hash chain per stream; the primary key makes a fork impossible
    "audit_entry",
    metadata,
    Column("stream", String(160), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("action", String(60), nullable=False),
    Column("process_key", String(100)),
    Column("element_id", String(100)),
    Column("clause", String(200)),
    Column("detail", Text, nullable=False),  # JSON
    Column("hash", String(64), nullable=False),
    Index("ix_audit_entry_at", "at"),
)

idempotency_key = Table(  # the first answer of a mutation, replayed to the same key
    "idempotency_key",
    metadata,
    Column("actor", String(100), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
)

setting = Table(  # single facts about the system itself, such as the calendar deadlines were computed with
    "setting",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("value", Text, nullable=False),
)

worker_heartbeat = Table(
    "worker_heartbeat",
    metadata,
    Column("worker_id", String(100), primary_key=True),
    Column("seen_at", Instant, nullable=False),
    Column("embedded", Boolean, nullable=False),
)
