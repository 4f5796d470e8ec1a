"""The office's tables, in the same schema and the same transaction as the engine's."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from engine.database import Instant
from engine.tables import metadata

department = Table(  # every body that can hold work; its id is also its candidate group
    "department",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("kind", String(20), nullable=False),  # center, office, team, area, committee, property, external
    Column("parent_id", ForeignKey("department.id")),  # a committee's or property's 片区
    Column("active", Boolean, nullable=False, default=True),
)

person = Table(
    "person",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("login", String(60), nullable=False, unique=True),
    Column("name", String(60), nullable=False),
    Column("phone", String(40)),
    Column("password_hash", String(200)),
    Column("must_change_password", Boolean, nullable=False, default=False),
    Column("active", Boolean, nullable=False, default=True),
    Column("absent_until", Instant),  # while absent, the B handler of the same department takes over
    Column("created_at", Instant, nullable=False),
)

membership = Table(  # a person's posts: role in a department
    "membership",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("department_id", ForeignKey("department.id"), primary_key=True),
    Column("role", String(40), primary_key=True),  # see hotline/roles.py
    Column("handler_rank", String(1)),  # A or B for handlers
)

login_session = Table(
    "login_session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("address", String(60), nullable=False),
    Column("user_agent", String(300), nullable=False),
    Index("ix_login_session_person_id", "person_id"),
)

login_attempt = Table(  # throttle by account and by address
    "login_attempt",
    metadata,
    Column("subject", String(120), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("blocked_until", Instant),
    Column("updated_at", Instant, nullable=False),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),  # acts as this person
    Column("scopes", Text, nullable=False),  # JSON list of permissions
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
)

ticket = Table(
    "ticket",
    metadata,
    Column("number", String(60), primary_key=True),  # the business key
    Column("kind", String(20), nullable=False),  # ordinary, suishenpai
    Column("source", String(60), nullable=False),
    Column("title", String(200), nullable=False),
    Column("content", Text, nullable=False),
    Column("caller_name", String(60)),
    Column("caller_phone", String(40)),
    Column("address", String(300)),
    Column("anonymous", Boolean, nullable=False, default=False),
    Column("confidential", Boolean, nullable=False, default=False),
    Column("recheck", Boolean, nullable=False, default=False),  # 复
    Column("reassigned", Boolean, nullable=False, default=False),  # 重
    Column("supervision", String(20)),  # 督办: city, district, street
    Column("matter_class", String(20)),
    Column("item_number", Integer),  # annex 4
    Column("area_id", ForeignKey("department.id")),
    Column("lead_id", ForeignKey("department.id")),
    Column("responsible_person", String(100)),  # the lead department's head
    Column("state", String(20), nullable=False),  # see hotline/ticket_states.py
    Column("reported_at", Instant, nullable=False),  # at the city platform
    Column("received_at", Instant, nullable=False),  # with us
    Column("accepted_at", Instant),
    Column("dispatched_at", Instant),
    Column("closed_at", Instant),
    Column("due_at", Instant),
    Column("due_explanation", Text),
    Column("district_due_at", Instant),  # the one that counts for 按时办结 (3.0-1)
    Column("rework_count", Integer, nullable=False, default=0),
    Column("reply_points", Text),  # 答复要点
    Column("satisfaction", String(20)),
    Column("resolution", String(20)),
    Column("version", Integer, nullable=False, default=1),
    Index("ix_ticket_state", "state"),
    Index("ix_ticket_received_at", "received_at"),
    Index("ix_ticket_caller_phone", "caller_phone"),
)

ticket_department = Table(  # who takes or took part: this is what scopes the view
    "ticket_department",
    metadata,
    Column("ticket_number", ForeignKey("ticket.number"), primary_key=True),
    Column("group_id", String(100), primary_key=True),
    Column("role", String(20), nullable=False),  # lead, co, guide, enforce, step
    Column("since", Instant, nullable=False),
    Index("ix_ticket_department_group_id", "group_id"),
)

ticket_link = Table(
    "ticket_link",
    metadata,
    Column("ticket_number", ForeignKey("ticket.number"), primary_key=True),
    Column("linked_number", ForeignKey("ticket.number"), primary_key=True),
    Column("kind", String(20), nullable=False),  # recheck, reassigned, same_matter
    Column("reason", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(100), nullable=False),
)

ticket_fact = Table(  # what processes recorded, to be counted by reports later
    "ticket_fact",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(60), nullable=False),  # see processes/facts.yaml
    Column("ticket_number", ForeignKey("ticket.number"), nullable=False),
    Column("department_id", String(100)),  # whom it concerns
    Column("at", Instant, nullable=False),
    Column("detail", Text, nullable=False),  # JSON
    Column("clause", String(200), nullable=False),
    Index("ix_ticket_fact_ticket_number", "ticket_number"),
    Index("ix_ticket_fact_kind_at", "kind", "at"),
)

attachment = Table(
    "attachment",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("ticket_number", ForeignKey("ticket.number"), nullable=False),
    Column("user_task_id", String(36)),
    Column("name", String(200), nullable=False),
    Column("content_type", String(100), nullable=False),
    Column("kind", String(20), nullable=False),  # photo, recording, document, video
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("uploaded_at", Instant, nullable=False),
    Column("uploaded_by", String(100), nullable=False),
    Index("ix_attachment_ticket_number", "ticket_number"),
)

notice = Table(  # in-app messages, written by the step that sent them
    "notice",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("group_id", String(100), nullable=False),
    Column("ticket_number", String(100)),
    Column("title", String(200), nullable=False),
    Column("body", Text, nullable=False),
    Column("clause", String(200)),
    Column("created_at", Instant, nullable=False),
    Index("ix_notice_group_id", "group_id"),
)

notice_reading = Table(
    "notice_reading",
    metadata,
    Column("notice_id", ForeignKey("notice.id"), primary_key=True),
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("read_at", Instant, nullable=False),
)

import_batch = Table(
    "import_batch",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("file_name", String(200), nullable=False),
    Column("imported_at", Instant, nullable=False),
    Column("imported_by", String(100), nullable=False),
    Column("report", Text, nullable=False),  # JSON, per row
)
