"""The rows of process instances: reading and writing them, and looking into a saved state without changing it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, insert, select, update

from engine import process_definitions
from engine.diagram_functions import StepFunctions
from engine.errors import NotFound
from engine.paging import Page
from engine.process_definitions import ProcessDefinition
from engine.spiff.execution import Execution
from engine.spiff.script_engine import ScriptEngine
from engine.tables import process_definition, process_instance
from engine.transaction import Transaction, new_id

ACTIVE, SUSPENDED, COMPLETED, CANCELLED = "active", "suspended", "completed", "cancelled"
RUNNING = (ACTIVE, SUSPENDED)  # not ended

_OF_PROCESS = (
    process_instance.c.definition_key == bindparam("definition_key"),
    process_instance.c.business_key == bindparam("business_key"),
)
_RUNS = select(process_instance.c.id).where(*_OF_PROCESS, process_instance.c.state.in_(RUNNING))
_INSERT = insert(process_instance)
_MOVING = ("state", "version", "next_due", "ended_at")  # what a step changes, beside the blob
_UPDATE = (
    update(process_instance)
    .where(process_instance.c.id == bindparam("of_id"), process_instance.c.version == bindparam("of_version"))
    .values({name: bindparam(name) for name in (*_MOVING, "blob")})
)


@dataclass(frozen=True)
class ProcessInstance:
    """A running or ended instance; `version` grows by one with every saved step."""

    id: str
    definition_id: str
    definition_key: str
    definition_version: int
    business_key: str
    state: str
    version: int
    next_due: datetime | None
    started_at: datetime
    started_by: str
    ended_at: datetime | None

    @property
    def ended(self) -> bool:
        """Whether it will never move again."""
        return self.state not in RUNNING


def script_engine(tx: Transaction, business_key: str) -> tuple[StepFunctions, ScriptEngine]:
    """What a diagram may call, bound to this transaction's clock and the instance's business key."""
    functions = StepFunctions(tx, business_key)
    return functions, ScriptEngine(tx.now, functions.callables, functions.effects, functions.forget)


def selected(*more: Any) -> Select[Any]:
    """A query for instances, and `more` columns."""
    return select(
        process_instance.c.id,
        process_instance.c.definition_id,
        process_instance.c.definition_key,
        process_definition.c.version.label("definition_version"),
        process_instance.c.business_key,
        process_instance.c.state,
        process_instance.c.version,
        process_instance.c.next_due,
        process_instance.c.started_at,
        process_instance.c.started_by,
        process_instance.c.ended_at,
        *more,
    ).join(process_definition, process_definition.c.id == process_instance.c.definition_id)


def of_row(row: Row[Any]) -> ProcessInstance:
    """The instance in a row of `selected`."""
    fields = row._mapping
    return ProcessInstance(**{name: fields[name] for name in ProcessInstance.__dataclass_fields__})


def runs(tx: Transaction, key: str, business_key: str) -> bool:
    """Whether an instance of the process has this business key and has not ended."""
    return tx.connection.execute(_RUNS, {"definition_key": key, "business_key": business_key}).first() is not None


def running(tx: Transaction, business_key: str) -> list[ProcessInstance]:
    """Everything that has this business key and has not ended, oldest first."""
    query = selected().where(process_instance.c.business_key == business_key, process_instance.c.state.in_(RUNNING))
    rows = tx.connection.execute(query.order_by(process_instance.c.started_at, process_instance.c.id))
    return [of_row(row) for row in rows]


def insert_new(tx: Transaction, definition: ProcessDefinition, business_key: str) -> ProcessInstance:
    """A row without state yet; write follows in the same transaction."""
    row = ProcessInstance(
        id=new_id(),
        definition_id=definition.id,
        definition_key=definition.key,
        definition_version=definition.version,
        business_key=business_key,
        state=ACTIVE,
        version=0,
        next_due=None,
        started_at=tx.now,
        started_by=tx.actor.id,
        ended_at=None,
    )
    names = ("id", "definition_id", "definition_key", "business_key", "state", "version", "started_at", "started_by")
    tx.connection.execute(_INSERT, {"blob": b""} | {name: getattr(row, name) for name in names})
    return row


def write(tx: Transaction, before: ProcessInstance, after: ProcessInstance, blob: bytes) -> bool:
    """Store a step's outcome; False when somebody else has stored another one since `before` was read."""
    fence = {"of_id": before.id, "of_version": before.version, "blob": blob}
    written = tx.connection.execute(_UPDATE, fence | {name: getattr(after, name) for name in _MOVING})
    return written.rowcount == 1


def get(tx: Transaction, instance_id: str) -> ProcessInstance:
    """One instance by id."""
    return _one(tx.connection.execute(selected().where(process_instance.c.id == instance_id)).all())


def find(tx: Transaction, key: str, business_key: str) -> ProcessInstance:
    """The instance of a process with this business key: the one that runs, else the one that started last."""
    newest_last = (process_instance.c.ended_at.is_not(None), process_instance.c.started_at.desc())
    query = selected().where(*_OF_PROCESS).order_by(*newest_last).limit(1)
    return _one(tx.connection.execute(query, {"definition_key": key, "business_key": business_key}).all())


def _one(rows: Iterable[Row[Any]]) -> ProcessInstance:
    for row in rows:
        return of_row(row)
    raise NotFound("流程实例不存在")


def list_page(
    tx: Transaction,
    *,
    state: str | None = None,
    key: str | None = None,
    business_key: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Page[ProcessInstance]:
    """Instances, newest first; of those that started together, what runs first."""
    conditions = [
        column == value
        for column, value in (
            (process_instance.c.state, state),
            (process_instance.c.definition_key, key),
            (process_instance.c.business_key, business_key),
        )
        if value is not None
    ]
    query = selected().where(*conditions)
    total = tx.connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = tx.connection.execute(
        query.order_by(
            process_instance.c.started_at.desc(), process_instance.c.ended_at.is_not(None), process_instance.c.id
        )
        .limit(limit)
        .offset(offset)
    )
    return Page([of_row(row) for row in rows], total, limit, offset)


def variables(tx: Transaction, instance_id: str) -> dict[str, Any]:
    """The process's own variables as they are now."""
    return saved(tx, instance_id).variables()


def task_variables(tx: Transaction, instance_id: str, task_id: str) -> dict[str, Any]:
    """The variables one open user task sees; empty once it is closed."""
    return next((task.variables for task in saved(tx, instance_id).open_tasks() if task.id == task_id), {})


def saved(tx: Transaction, instance_id: str) -> Execution:
    """An instance as it was saved last, to look at; nothing done to it is kept."""
    found = tx.connection.execute(selected(process_instance.c.blob).where(process_instance.c.id == instance_id)).first()
    if found is None:
        raise NotFound("流程实例不存在")
    _, engine = script_engine(tx, found.business_key)
    compiled = process_definitions.compiled(tx, found.definition_id)
    return Execution.restore(compiled, bytes(found.blob), engine)
